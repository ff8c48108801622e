//! Downloads of packages, by the links that `GetFunction` gives.

use std::sync::Arc;

use async_trait::async_trait;
use control::CodeLinks;
use engine::CodeStore;
use futures_util::TryStreamExt;
use gateway::OpenRoute;
use http::{HeaderValue, Method, StatusCode, header, request::Parts};
use http_body::Frame;
use http_body_util::StreamBody;
use store::Clock;
use wire::{Body, BoxError, Response};

/// Serves packages to whoever has a good link.
#[derive(Debug)]
pub(crate) struct CodeRoute {
    pub(crate) links: CodeLinks,
    pub(crate) code: CodeStore,
    pub(crate) clock: Arc<dyn Clock>,
}

#[async_trait]
impl OpenRoute for CodeRoute {
    fn covers(&self, path: &str) -> bool {
        path.starts_with(CodeLinks::PATH)
    }

    async fn answer(&self, parts: &Parts) -> Response {
        let path = parts.uri.path();
        let digest = path.strip_prefix(CodeLinks::PATH).unwrap_or_default();
        if parts.method != Method::GET {
            return plain(StatusCode::METHOD_NOT_ALLOWED, "GET only\n");
        }
        let query = parts.uri.query().unwrap_or_default();
        let now = engine::timestamp(self.clock.as_ref());
        let good =
            value(query, "expires").and_then(|text| text.parse().ok()).is_some_and(|expires| {
                let signature = value(query, "signature").unwrap_or_default();
                self.links.verify(digest, expires, signature, now)
            });
        if !good {
            return plain(StatusCode::FORBIDDEN, "the link is not genuine or has expired\n");
        }
        self.download(digest).await
    }
}

// === impl CodeRoute ===

impl CodeRoute {
    async fn download(&self, digest: &str) -> Response {
        let archive = match self.code.archive(digest).await {
            Ok(archive) => archive,
            Err(error) => {
                tracing::warn!(%error, digest, "a package cannot be downloaded");
                return plain(StatusCode::NOT_FOUND, "the package is gone\n");
            }
        };
        let length = archive.size_bytes;
        let frames = archive.content.map_ok(Frame::data).map_err(BoxError::from);
        let mut response = Response::new(Body::stream(StreamBody::new(frames)));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
        headers.insert(header::CONTENT_LENGTH, length.into());
        response
    }
}

fn value<'a>(query: &'a str, key: &str) -> Option<&'a str> {
    query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))
}

fn plain(status: StatusCode, text: &str) -> Response {
    let mut response = Response::new(Body::from(text.to_owned()));
    *response.status_mut() = status;
    response
}
