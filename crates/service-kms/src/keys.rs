//! Operations on keys.

mod cancel_key_deletion;
mod create_key;
mod describe_key;
mod disable_key;
mod enable_key;
mod list_keys;
mod schedule_key_deletion;
mod update_key_description;
