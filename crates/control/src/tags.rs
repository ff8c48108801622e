//! Operations on tags.

mod list_tags;
mod refusal;
mod resource;
mod tag_resource;
mod untag_resource;

use refusal::TagRefusal;

/// Tags of one resource (Lambda API Reference, `TagResource`).
pub(crate) const MAX_TAGS: usize = 50;
