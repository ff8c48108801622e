//! Another S3, reached over HTTP.

use std::{io, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use api::{Access, Authorize, Call};
use async_trait::async_trait;
use bytes::Bytes;
use control::{CodeObject, CodeSource, FetchError};
use futures_util::{StreamExt, stream};
use http::{HeaderValue, Request, Response, Uri, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use store::{Clock, Content};
use tokio::{net::TcpStream, time::timeout};
use tokio_util::task::TaskTracker;
use wire::sigv4::{Secret, Signer};

/// How long the other side may take to be reached, and between two pieces of an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a refusal may be.
const REFUSAL_BYTES: usize = 64 * 1024;

/// The keys with which the other S3 is asked.
#[derive(Clone, Debug)]
pub(crate) struct ExternalKeys {
    pub(crate) access_key_id: String,
    pub(crate) secret: Secret,
    pub(crate) session_token: Option<Secret>,
}

/// Reads code out of another S3, for those whom the policies here let.
#[derive(Debug)]
pub(crate) struct ExternalCode {
    authority: String,
    path: String,
    keys: Option<ExternalKeys>,
    guard: Arc<dyn Authorize>,
    clock: Arc<dyn Clock>,
    tasks: TaskTracker,
}

// === impl ExternalCode ===

impl ExternalCode {
    /// Reads the endpoint, for example `http://storage.internal:9000`.
    pub(crate) fn new(
        endpoint: &str,
        keys: Option<ExternalKeys>,
        guard: Arc<dyn Authorize>,
        clock: Arc<dyn Clock>,
        tasks: TaskTracker,
    ) -> Result<Self> {
        let uri: Uri = endpoint.parse().with_context(|| format!("{endpoint} is no URL"))?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => {
                bail!("{endpoint}: only http is spoken to another S3; put a proxy before it")
            }
            _ => bail!("{endpoint}: an endpoint begins with http://"),
        }
        let authority = uri.authority().map(ToString::to_string).unwrap_or_default();
        ensure!(!authority.is_empty(), "{endpoint} names no host");
        let path = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { authority, path, keys, guard, clock, tasks })
    }

    /// The other S3 knows this server only, so whether the caller may is decided here.
    fn authorize(&self, call: &Call, object: &CodeObject) -> Result<(), FetchError> {
        if call.caller.is_root() {
            return Ok(());
        }
        let versioned = object.version.is_some();
        let access = Access {
            action: if versioned { "s3:GetObjectVersion" } else { "s3:GetObject" },
            resource: &format!("arn:aws:s3:::{}/{}", object.bucket, object.key),
            region: &call.region,
            now: call.now,
            source_ip: call.source_ip,
            conditions: &[],
        };
        self.guard.authorize(&call.caller, &access).map_err(|_| FetchError::denied(object))
    }

    fn request(&self, call: &Call, object: &CodeObject) -> Result<Request<Empty<Bytes>>> {
        let key: Vec<_> = object.key.split('/').map(wire::uri_encode).collect();
        let bucket = wire::uri_encode(&object.bucket);
        let mut target = format!("{}/{bucket}/{}", self.path, key.join("/"));
        if let Some(version) = &object.version {
            target = format!("{target}?versionId={}", wire::uri_encode(version));
        }
        let request =
            Request::get(target).header(header::HOST, &self.authority).body(Empty::new())?;
        let (mut parts, body) = request.into_parts();
        if let Some(keys) = &self.keys {
            let unsigned = HeaderValue::from_static("UNSIGNED-PAYLOAD");
            parts.headers.insert("x-amz-content-sha256", unsigned);
            let signer = Signer {
                access_key_id: keys.access_key_id.clone(),
                secret: keys.secret.clone(),
                session_token: keys.session_token.clone(),
                region: call.region.to_string(),
                service: "s3".to_owned(),
            };
            signer.sign(&mut parts, &[], self.clock.now().into())?;
        }
        Ok(Request::from_parts(parts, body))
    }

    async fn send(&self, request: Request<Empty<Bytes>>) -> Result<Response<Incoming>> {
        let default_port = if self.authority.contains(':') { "" } else { ":80" };
        let address = format!("{}{default_port}", self.authority);
        let stream = timeout(PATIENCE, TcpStream::connect(address)).await??;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        self.tasks.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to another S3 ended early");
            }
        });
        Ok(timeout(PATIENCE, sender.send_request(request)).await??)
    }
}

#[async_trait]
impl CodeSource for ExternalCode {
    async fn open(&self, call: &Call, object: &CodeObject) -> Result<Content, FetchError> {
        self.authorize(call, object)?;
        let unreachable = |error: anyhow::Error| {
            tracing::warn!(%error, "another S3 cannot be reached");
            FetchError::Unreachable(error.to_string())
        };
        let request = self.request(call, object).map_err(unreachable)?;
        let response = self.send(request).await.map_err(unreachable)?;
        if response.status().is_success() {
            return Ok(content(response.into_body()));
        }
        Err(refusal(object, response).await)
    }
}

/// Takes the bytes of an answer as they come.
fn content(body: Incoming) -> Content {
    stream::unfold(Some(body), |body| async {
        let mut body = body?;
        loop {
            let frame = match timeout(PATIENCE, body.frame()).await {
                Ok(Some(Ok(frame))) => frame,
                Ok(None) => return None,
                Ok(Some(Err(error))) => return Some((Err(io::Error::other(error)), None)),
                Err(_) => return Some((Err(io::ErrorKind::TimedOut.into()), None)),
            };
            if let Ok(data) = frame.into_data() {
                return Some((Ok(data), Some(body)));
            }
        }
    })
    .boxed()
}

async fn refusal(object: &CodeObject, response: Response<Incoming>) -> FetchError {
    let status = response.status();
    let region = response.headers().get("x-amz-bucket-region").cloned();
    let body = timeout(PATIENCE, Limited::new(response.into_body(), REFUSAL_BYTES).collect()).await;
    let text = body.ok().and_then(Result::ok).map(http_body_util::Collected::to_bytes);
    let worded = text.and_then(|text| service_s3::read_error(&text));
    let (code, message) =
        worded.unwrap_or_else(|| (status.as_u16().to_string(), status.to_string()));
    match region.as_ref().and_then(|region| region.to_str().ok()) {
        Some(region) if code == "PermanentRedirect" => FetchError::elsewhere(region),
        _ => FetchError::of(object, &code, &message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::SystemClock;

    /// Lets nobody do anything.
    #[derive(Debug)]
    struct Closed;

    impl Authorize for Closed {
        fn authorize(&self, _: &api::Caller, _: &Access<'_>) -> Result<(), api::AccessDenied> {
            Err(api::AccessDenied { message: String::new() })
        }
    }

    fn code(endpoint: &str) -> Result<ExternalCode> {
        let keys = ExternalKeys {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret: "secret".into(),
            session_token: None,
        };
        let clock = Arc::new(SystemClock);
        ExternalCode::new(endpoint, Some(keys), Arc::new(Closed), clock, TaskTracker::new())
    }

    fn call() -> Call {
        let account = "000000000000".into();
        Call {
            request_id: wire::RequestId::from_random([7; 16]),
            region: "eu-west-1".into(),
            caller: api::Caller::root(&account),
            account_id: account,
            endpoint: "http://127.0.0.1:4566".into(),
            source_ip: std::net::Ipv4Addr::LOCALHOST.into(),
            now: std::time::UNIX_EPOCH,
            trace_header: None,
        }
    }

    fn object() -> CodeObject {
        let (bucket, key) = ("b".to_owned(), "a b/ü.zip".to_owned());
        CodeObject { bucket, key, version: Some("v/1".to_owned()) }
    }

    #[test]
    fn only_an_endpoint_that_can_be_spoken_to_is_taken() {
        assert!(code("http://127.0.0.1:9000/").is_ok());
        for wrong in ["https://s3.amazonaws.com", "127.0.0.1:9000", "http://", "nothing at all"] {
            assert!(code(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_object_is_asked_for_by_path_and_with_a_signature() {
        let request = code("http://h:9000/base").unwrap().request(&call(), &object()).unwrap();
        assert_eq!(request.uri(), "/base/b/a%20b/%C3%BC.zip?versionId=v%2F1");
        assert_eq!(request.headers()["host"], "h:9000");
        let signed = request.headers()["authorization"].to_str().unwrap();
        assert!(signed.contains("/eu-west-1/s3/aws4_request"), "{signed}");
    }

    #[tokio::test]
    async fn who_may_not_read_the_object_does_not_make_the_server_read_it() {
        let code = code("http://127.0.0.1:1").unwrap();
        let caller =
            api::Caller { identity: api::Identity::User { name: "ada".into() }, ..call().caller };
        let refused = code.open(&Call { caller, ..call() }, &object()).await;
        assert_eq!(refused.map(drop), Err(FetchError::denied(&object())));
        let unreachable = code.open(&call(), &object()).await;
        assert!(matches!(unreachable, Err(FetchError::Unreachable(_))));
    }
}
