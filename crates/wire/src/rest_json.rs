//! The rest-json protocol: members in the path, the query string, headers and the body.

mod answer;
mod fields;
mod read;
mod route;

pub use answer::Answer;
pub use fields::Fields;
pub use route::Router;

pub(crate) use read::{read, typed_text};
pub(crate) use route::Labels;
