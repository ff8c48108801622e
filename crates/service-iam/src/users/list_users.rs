//! `ListUsers`.

use api::iam::{ListUsers, ListUsersRequest, ListUsersResponse, User};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::page::{Page, page};
use crate::users::render;

impl Handle<ListUsers> for Iam {
    async fn handle(
        &self,
        _: &Call,
        input: ListUsersRequest,
    ) -> Result<ListUsersResponse, ApiError> {
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        let rows = self.directory.users().range("", None, usize::MAX);
        let all = rows.iter().filter(|row| row.value.path.starts_with(prefix));
        // Lists do not tell tags and boundaries.
        let all = all.map(|row| {
            let user = User { permissions_boundary: None, tags: None, ..render(self, &row.value) };
            (row.key.to_string(), user)
        });
        let page = page(all, input.marker.as_deref(), input.max_items)?;
        let Page { items: users, is_truncated, marker } = page;
        Ok(ListUsersResponse { users, is_truncated, marker })
    }
}
