//! Operations on aliases.

mod create_alias;
mod delete_alias;
mod get_alias;
mod list_aliases;
mod refusal;
mod render;
mod routing;
mod update_alias;

use refusal::{AliasRefusal, not_written};
use render::render;
