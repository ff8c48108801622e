//! Policies of users.

mod attach_user_policy;
mod delete_user_policy;
mod detach_user_policy;
mod get_user_policy;
mod list_attached_user_policies;
mod list_user_policies;
mod put_user_policy;
