//! `ListRoles`.

use api::iam::{ListRoles, ListRolesRequest, ListRolesResponse, Role};
use api::{Call, Handle};
use wire::ApiError;

use crate::Iam;
use crate::page::{Page, page};
use crate::roles::render;

impl Handle<ListRoles> for Iam {
    async fn handle(
        &self,
        _: &Call,
        input: ListRolesRequest,
    ) -> Result<ListRolesResponse, ApiError> {
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        let rows = self.directory.roles().range("", None, usize::MAX);
        let all = rows.iter().filter(|row| row.value.path.starts_with(prefix));
        // Lists do not tell tags and boundaries.
        let all = all.map(|row| {
            let role = Role { permissions_boundary: None, tags: None, ..render(self, &row.value) };
            (row.key.to_string(), role)
        });
        let page = page(all, input.marker.as_deref(), input.max_items)?;
        let Page { items: roles, is_truncated, marker } = page;
        Ok(ListRolesResponse { roles, is_truncated, marker })
    }
}
