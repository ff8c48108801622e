//! `PublishVersion`.

use api::{
    Call, Handle, Operation,
    lambda::{FunctionConfiguration, PublishVersion, PublishVersionRequest},
};
use wire::ApiError;

use super::Publication;
use crate::{Control, error::Refusal};

impl Handle<PublishVersion> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: PublishVersionRequest,
    ) -> Result<FunctionConfiguration, ApiError> {
        Ok(self.publish_version(call, input).await?)
    }
}

// === impl Control: PublishVersion ===

impl Control {
    async fn publish_version(
        &self,
        call: &Call,
        input: PublishVersionRequest,
    ) -> Result<FunctionConfiguration, Refusal> {
        let arn = self.address_function(call, PublishVersion::SPEC, &input.function_name)?;
        if input.publish_to.is_some() {
            return Err(Refusal::NotOffered("PublishTo"));
        }
        let function = self.find(&arn)?;
        self.check_storage(&arn.region, function.latest.settings.code_bytes())?;
        let publication = Publication {
            description: input.description,
            code_sha256: input.code_sha256,
            revision_id: input.revision_id,
            of_a_change: false,
        };
        let version = self.publish(call, &arn, &publication).await?;
        Ok(self.render(call, &arn.qualified(version.qualifier()), &version))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, call, text};

    fn of(name: &str) -> PublishVersionRequest {
        PublishVersionRequest { function_name: name.to_owned(), ..PublishVersionRequest::default() }
    }

    async fn publish(
        fixture: &Fixture,
        input: PublishVersionRequest,
    ) -> Result<FunctionConfiguration, Refusal> {
        fixture.control.publish_version(&call(), input).await
    }

    #[tokio::test]
    async fn a_version_is_active_at_once_and_has_its_own_revision() {
        let fixture = Fixture::new().await;
        let before = fixture.create_active("f").await;
        let answer = publish(&fixture, of("f")).await.unwrap();
        assert_eq!(answer.version.as_deref(), Some("1"));
        assert!(answer.function_arn.unwrap().ends_with(":f:1"));
        assert_eq!(answer.state.as_deref(), Some("Active"));
        assert_eq!(answer.last_update_status.as_deref(), Some("Successful"));
        let after = fixture.function("f").unwrap();
        assert_ne!(after.latest.revision_id, before.latest.revision_id);
        assert_ne!(answer.revision_id, Some(after.latest.revision_id.to_string()));
    }

    #[tokio::test]
    async fn nothing_new_answers_the_version_before() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        let described = PublishVersionRequest { description: Some("release".into()), ..of("f") };
        let first = publish(&fixture, described).await.unwrap();
        assert_eq!(first.description.as_deref(), Some("release"));
        let again = publish(&fixture, of("f")).await.unwrap();
        assert_eq!(again, first);
        fixture.touch("f").await;
        let next = publish(&fixture, of("f")).await.unwrap();
        assert_eq!(next.version.as_deref(), Some("2"));
        assert_ne!(next.description.as_deref(), Some("release"));
    }

    #[tokio::test]
    async fn a_description_of_latest_alone_makes_a_new_version() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        publish(&fixture, of("f")).await.unwrap();
        let describe = |text: &'static str| {
            fixture.change("f", move |f| f.latest.settings.description = text.to_owned())
        };
        describe("new").await;
        let next = publish(&fixture, of("f")).await.unwrap();
        assert_eq!(
            (next.version.as_deref(), next.description.as_deref()),
            (Some("2"), Some("new"))
        );
        assert_eq!(publish(&fixture, of("f")).await.unwrap(), next);
    }

    #[tokio::test]
    async fn a_deleted_version_is_published_anew_under_the_next_number() {
        let fixture = Fixture::new().await;
        fixture.create_active("f").await;
        publish(&fixture, of("f")).await.unwrap();
        let function = fixture.function("f").unwrap();
        let functions = &fixture.control.parts.functions;
        functions.delete_version(&function, model::names::VersionNumber(1)).await.unwrap();
        let next = publish(&fixture, of("f")).await.unwrap();
        assert_eq!(next.version.as_deref(), Some("2"));
    }

    #[tokio::test]
    async fn preconditions_are_checked() {
        let fixture = Fixture::new().await;
        fixture.create("f").await;
        assert!(matches!(publish(&fixture, of("f")).await, Err(Refusal::UpdateInProgress(_))));
        fixture.settle().await;
        let other = PublishVersionRequest { code_sha256: Some("x".into()), ..of("f") };
        let refused = text(publish(&fixture, other).await);
        assert!(
            refused.starts_with("CodeSHA256 (x) is different from current CodeSHA256 in $LATEST (")
        );
        let stale = PublishVersionRequest { revision_id: Some("x".into()), ..of("f") };
        assert!(matches!(publish(&fixture, stale).await, Err(Refusal::StaleRevision)));
        assert!(matches!(publish(&fixture, of("f:1")).await, Err(Refusal::Qualified)));
        let missing = "Function not found: arn:aws:lambda:us-east-1:000000000000:function:g";
        assert_eq!(text(publish(&fixture, of("g")).await), missing);
    }
}
