//! `PublishLayerVersion`.

use api::{
    Call, Handle, Operation,
    lambda::{
        LayerVersionContentInput, PublishLayerVersion, PublishLayerVersionRequest,
        PublishLayerVersionResponse,
    },
};
use model::layer::LayerVersion;
use wire::ApiError;

use crate::{Control, control::arrival, error::Refusal, functions::Source};

impl Handle<PublishLayerVersion> for Control {
    async fn handle(
        &self,
        call: &Call,
        input: PublishLayerVersionRequest,
    ) -> Result<PublishLayerVersionResponse, ApiError> {
        Ok(self.publish_layer_version(call, input).await?)
    }
}

// === impl Control: PublishLayerVersion ===

impl Control {
    async fn publish_layer_version(
        &self,
        call: &Call,
        input: PublishLayerVersionRequest,
    ) -> Result<PublishLayerVersionResponse, Refusal> {
        let layer = self.layer(call, PublishLayerVersion::SPEC, &input.layer_name)?;
        let package = Source::from(input.content).package()?;
        let archive = self.fetch(call, &layer.region, package).await?;
        let _until_a_record_names_it = self.uploads.read().await;
        let content = self.keep_code(archive).await?;
        let published = self.parts.registry.publish_layer(&layer, |number| LayerVersion {
            name: layer.name.clone(),
            number,
            description: input.description.unwrap_or_default(),
            created: arrival(call),
            content,
            compatible_runtimes: input.compatible_runtimes,
            compatible_architectures: input.compatible_architectures,
            license_info: input.license_info,
            policy: None,
        });
        let shown = self.render_layer(call, &layer, &published.await?);
        Ok(PublishLayerVersionResponse {
            content: shown.content,
            layer_arn: shown.layer_arn,
            layer_version_arn: shown.layer_version_arn,
            description: shown.description,
            created_date: shown.created_date,
            version: shown.version,
            compatible_architectures: shown.compatible_architectures,
            compatible_runtimes: shown.compatible_runtimes,
            license_info: shown.license_info,
        })
    }
}

impl From<LayerVersionContentInput> for Source {
    fn from(content: LayerVersionContentInput) -> Self {
        Self {
            zip_file: content.zip_file,
            bucket: content.s3_bucket,
            key: content.s3_key,
            version: content.s3_object_version,
            storage_mode: content.s3_object_storage_mode,
            image_uri: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use api::lambda::{
        DeleteLayerVersion, DeleteLayerVersionRequest, ListLayerVersions, ListLayerVersionsRequest,
        ListLayers, ListLayersRequest,
    };

    use super::*;
    use crate::fixture::{Fixture, call, text, zip};

    fn publish(content: &str, runtimes: Option<&[&str]>) -> PublishLayerVersionRequest {
        PublishLayerVersionRequest {
            layer_name: "l".to_owned(),
            content: LayerVersionContentInput {
                zip_file: Some(zip("python/lib.py", content)),
                ..LayerVersionContentInput::default()
            },
            compatible_runtimes: runtimes
                .map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
            ..PublishLayerVersionRequest::default()
        }
    }

    async fn numbers(fixture: &Fixture, runtime: Option<&str>, size: i32) -> Vec<Vec<i64>> {
        let mut pages = Vec::new();
        let mut input = ListLayerVersionsRequest {
            layer_name: "l".to_owned(),
            compatible_runtime: runtime.map(str::to_owned),
            max_items: Some(size),
            ..ListLayerVersionsRequest::default()
        };
        loop {
            let answer =
                Handle::<ListLayerVersions>::handle(&fixture.control, &call(), input.clone())
                    .await
                    .unwrap();
            let versions = answer.layer_versions.unwrap();
            pages.push(versions.into_iter().map(|version| version.version.unwrap()).collect());
            input.marker = answer.next_marker;
            if input.marker.is_none() {
                return pages;
            }
        }
    }

    async fn delete(fixture: &Fixture, number: i64) {
        let input =
            DeleteLayerVersionRequest { layer_name: "l".to_owned(), version_number: number };
        Handle::<DeleteLayerVersion>::handle(&fixture.control, &call(), input).await.unwrap();
    }

    #[tokio::test]
    async fn a_version_shows_what_was_sent_and_nothing_else() {
        let fixture = Fixture::new().await;
        let input = publish("one", Some(&["python3.12"]));
        let answer = fixture.control.publish_layer_version(&call(), input).await.unwrap();
        let arn = "arn:aws:lambda:us-east-1:000000000000:layer:l";
        assert_eq!(answer.layer_arn.as_deref(), Some(arn));
        assert_eq!(answer.layer_version_arn, Some(format!("{arn}:1")));
        assert_eq!((answer.version, answer.description.as_deref()), (Some(1), Some("")));
        assert_eq!(answer.created_date.as_deref(), Some("2025-11-25T02:26:54.123+0000"));
        assert_eq!(answer.compatible_runtimes.unwrap(), ["python3.12"]);
        assert_eq!((answer.compatible_architectures, answer.license_info), (None, None));
        let content = answer.content.unwrap();
        assert!(content.location.unwrap().starts_with("http://127.0.0.1:9999/_lambkin/code/"));
    }

    #[tokio::test]
    async fn numbers_go_on_after_all_versions_are_gone() {
        let fixture = Fixture::new().await;
        for content in ["one", "two"] {
            fixture.control.publish_layer_version(&call(), publish(content, None)).await.unwrap();
        }
        for number in [1, 2, 2, 7] {
            delete(&fixture, number).await;
        }
        assert_eq!(numbers(&fixture, None, 9).await, [Vec::<i64>::new()]);
        let all = ListLayersRequest::default();
        let list = Handle::<ListLayers>::handle(&fixture.control, &call(), all).await.unwrap();
        assert_eq!(list.layers.unwrap().len(), 0);
        let third = fixture.control.publish_layer_version(&call(), publish("x", None)).await;
        assert_eq!(third.unwrap().version, Some(3));
    }

    #[tokio::test]
    async fn lists_show_the_newest_first_and_those_that_suit() {
        let fixture = Fixture::new().await;
        for (content, runtimes) in
            [("1", None), ("2", Some(&["python3.12"][..])), ("3", Some(&["nodejs22.x"]))]
        {
            let input = publish(content, runtimes);
            fixture.control.publish_layer_version(&call(), input).await.unwrap();
        }
        assert_eq!(numbers(&fixture, None, 2).await, [vec![3, 2], vec![1]]);
        assert_eq!(numbers(&fixture, Some("python3.12"), 2).await, [[2]]);
        let input = ListLayersRequest {
            compatible_runtime: Some("python3.12".to_owned()),
            ..ListLayersRequest::default()
        };
        let answer = Handle::<ListLayers>::handle(&fixture.control, &call(), input).await.unwrap();
        let latest = answer.layers.unwrap().remove(0).latest_matching_version.unwrap();
        assert_eq!(latest.version, Some(2));
    }

    #[tokio::test]
    async fn a_layer_without_content_is_refused() {
        let fixture = Fixture::new().await;
        let empty = PublishLayerVersionRequest {
            content: LayerVersionContentInput::default(),
            ..publish("", None)
        };
        let refused = text(fixture.control.publish_layer_version(&call(), empty).await);
        assert_eq!(refused, "Please provide a source for function code.");
    }

    #[tokio::test]
    async fn an_archive_is_kept_while_a_layer_has_it() {
        let fixture = Fixture::new().await;
        fixture.control.publish_layer_version(&call(), publish("one", None)).await.unwrap();
        let region = "us-east-1".parse().unwrap();
        assert!(fixture.control.usage(&region).code_bytes > 0);
        delete(&fixture, 1).await;
        assert_eq!(fixture.control.usage(&region).code_bytes, 0);
    }
}
