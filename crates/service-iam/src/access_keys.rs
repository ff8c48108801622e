//! Access keys.

mod create_access_key;
mod delete_access_key;
mod get_access_key_last_used;
mod list_access_keys;
mod update_access_key;

/// How many keys a user may have.
const KEYS_MAX: usize = 2;

fn status(active: bool) -> &'static str {
    if active { "Active" } else { "Inactive" }
}
