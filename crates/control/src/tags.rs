//! Operations on tags.

mod list_tags;
mod refusal;
mod resource;
mod tag_resource;
mod untag_resource;

use refusal::TagRefusal;
pub(crate) use resource::check_count;

/// Tags of one resource (Lambda API Reference, `TagResource`).
const MAX_TAGS: usize = 50;
