//! Operations on the account.

mod get_account_settings;
mod usage;
