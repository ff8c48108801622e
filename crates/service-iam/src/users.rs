//! Users.

mod create_user;
mod delete_user;
mod delete_user_permissions_boundary;
mod get_user;
mod list_user_tags;
mod list_users;
mod put_user_permissions_boundary;
mod tag_user;
mod untag_user;
mod update_user;

use api::iam::User;
use wire::Timestamp;

use crate::{Iam, grants};

/// Gives a user as the operations answer it.
fn render(iam: &Iam, user: &identity::User) -> User {
    User {
        path: user.path.clone(),
        user_name: user.name.clone(),
        user_id: user.id.clone(),
        arn: user.arn(iam.account()),
        create_date: Timestamp::from_epoch_ms(user.created_ms),
        password_last_used: None,
        permissions_boundary: grants::render_boundary(&user.grants),
        tags: grants::some_tags(&user.grants.tags),
    }
}

/// Gives the owner of the account, who is no user and has no name.
fn render_root(iam: &Iam) -> User {
    let account = iam.account();
    User {
        path: "/".into(),
        user_name: account.to_owned(),
        user_id: account.to_owned(),
        arn: format!("arn:aws:iam::{account}:root"),
        ..User::default()
    }
}
