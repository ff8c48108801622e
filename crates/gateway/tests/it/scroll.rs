//! A service that takes bodies while they come, and only tells how long they were.

use api::Call;
use async_trait::async_trait;
use gateway::{Need, StreamingService};
use http::request::Parts as Head;
use http_body_util::BodyExt;
use wire::{Body, Response, Upload};

#[derive(Debug)]
pub(crate) struct Scroll;

#[async_trait]
impl StreamingService for Scroll {
    fn signing_name(&self) -> &'static str {
        "scroll"
    }

    fn recognises(&self, head: &Head) -> bool {
        head.uri.path() == "/scroll"
    }

    fn needs(&self, _: &Call, head: &Head) -> Vec<Need> {
        let action = format!("echo:{}", head.uri.query().unwrap_or_default());
        vec![Need { action, resource: "*".into(), conditions: Vec::new() }]
    }

    async fn answer(&self, call: &Call, _: &Head, mut upload: Upload) -> Response {
        let (mut length, mut trailer) = (0, String::new());
        while let Some(frame) = upload.frame().await {
            match frame {
                Ok(frame) => match frame.into_data() {
                    Ok(data) => length += data.len(),
                    Err(frame) => {
                        let trailers = frame.into_trailers().unwrap();
                        let value = trailers.get("x-amz-checksum-crc32");
                        trailer.push_str(value.map_or("", |value| value.to_str().unwrap()));
                    }
                },
                Err(error) => return error.render_xml(&call.request_id),
            }
        }
        Response::new(Body::from(format!("{} {length} {trailer}", call.region)))
    }
}
