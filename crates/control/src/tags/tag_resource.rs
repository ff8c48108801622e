//! `TagResource`.

use api::{
    Call, Handle, Operation,
    lambda::{TagResource, TagResourceRequest},
};
use wire::ApiError;

use super::TagRefusal;
use crate::{Control, error::Refusal};

impl Handle<TagResource> for Control {
    async fn handle(&self, call: &Call, input: TagResourceRequest) -> Result<(), ApiError> {
        Ok(self.tag_resource(call, &input).await?)
    }
}

// === impl Control: TagResource ===

impl Control {
    /// Adds tags; those with the same keys are overwritten.
    async fn tag_resource(&self, call: &Call, input: &TagResourceRequest) -> Result<(), Refusal> {
        let resource = self.tagged(call, TagResource::SPEC, &input.resource)?;
        if input.tags.is_empty() {
            return Err(TagRefusal::NoTags.into());
        }
        self.change_tags(&resource, |tags| tags.extend(input.tags.clone())).await
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use api::lambda::{ListTags, ListTagsRequest, UntagResource, UntagResourceRequest};

    use super::*;
    use crate::fixture::{Fixture, call, text};

    const F: &str = "arn:aws:lambda:us-east-1:000000000000:function:f";

    fn tag(resource: &str, tags: &[(&str, &str)]) -> TagResourceRequest {
        let tags = tags.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        TagResourceRequest { resource: resource.to_owned(), tags }
    }

    async fn tags(fixture: &Fixture) -> BTreeMap<String, String> {
        let input = ListTagsRequest { resource: F.to_owned() };
        Handle::<ListTags>::handle(&fixture.control, &call(), input).await.unwrap().tags.unwrap()
    }

    #[tokio::test]
    async fn tags_are_merged_and_taken_away_and_change_the_revision() {
        let fixture = Fixture::new().await;
        let before = fixture.create_active("f").await;
        assert_eq!(tags(&fixture).await.len(), 0);
        for pairs in [&[("a", "1"), ("b", "2")][..], &[("b", "3")]] {
            fixture.control.tag_resource(&call(), &tag(F, pairs)).await.unwrap();
        }
        assert_eq!(tags(&fixture).await["b"], "3");
        let tag_keys = vec!["a".to_owned(), "z".to_owned()];
        let untag = UntagResourceRequest { resource: F.to_owned(), tag_keys };
        Handle::<UntagResource>::handle(&fixture.control, &call(), untag).await.unwrap();
        assert_eq!(tags(&fixture).await.into_keys().collect::<Vec<_>>(), ["b"]);
        let after = fixture.function("f").unwrap();
        assert_ne!(after.latest.revision_id, before.latest.revision_id);
    }

    #[tokio::test]
    async fn there_are_at_most_fifty() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        let many: Vec<String> = (0..50).map(|n| format!("k{n}")).collect();
        let pairs: Vec<(&str, &str)> = many.iter().map(|key| (key.as_str(), "")).collect();
        fixture.control.tag_resource(&call(), &tag(F, &pairs)).await.unwrap();
        let more = text(fixture.control.tag_resource(&call(), &tag(F, &[("one", "")])).await);
        assert_eq!(more, "Number of tags exceeds resource tag limit.");
        assert_eq!(tags(&fixture).await.len(), 50);
    }

    #[tokio::test]
    async fn what_cannot_be_tagged_is_refused() {
        let fixture = Fixture::new().await;
        fixture.create("f").await;
        let mapping = "arn:aws:lambda:us-east-1:000000000000:event-source-mapping:\
                       01234567-0123-0123-0123-012345678901";
        let cases = [
            (tag(F, &[]), "An error occurred and the request cannot be processed.".to_owned()),
            (
                tag(&format!("{F}:$LATEST"), &[("a", "")]),
                "Tags on function aliases and versions are not supported. Please specify a \
                 function ARN."
                    .to_owned(),
            ),
            (tag(&format!("{F}x"), &[("a", "")]), format!("Function not found: {F}x")),
            (tag(mapping, &[("a", "")]), format!("Event source mapping not found: {mapping}")),
            (
                tag(F, &[("a", "")]),
                format!(
                    "The operation cannot be performed at this time. An update is in progress for \
                     resource: {F}"
                ),
            ),
        ];
        for (input, expected) in cases {
            assert_eq!(text(fixture.control.tag_resource(&call(), &input).await), expected);
        }
    }
}
