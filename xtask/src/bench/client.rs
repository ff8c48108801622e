//! A client of the API: signs requests and sends them on a connection of its own, one after the other.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use http::header::{CONTENT_LENGTH, HOST, HeaderName, HeaderValue};
use http::{Method, Request, Uri};
use tokio::net::TcpStream;
use wire::sigv4::Signer;

use super::clock;
use super::http1::{Inbox, Message, send};
use crate::server::Server;

/// How long any single answer may take before the run is given up.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// The region that everything happens in.
const REGION: &str = "us-east-1";

/// Where requests go and who signs them.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    address: SocketAddr,
    signer: Rc<Signer>,
}

/// One kept connection.
#[derive(Debug)]
pub(super) struct Connection {
    endpoint: Endpoint,
    stream: TcpStream,
    inbox: Inbox,
    request: Vec<u8>,
}

// === impl Endpoint ===

impl Endpoint {
    /// Asks a server who may talk to it.
    pub(super) fn of(server: &Server) -> Result<Self> {
        let variables = server.environment()?;
        let of = |name: &str| {
            let found = variables.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.clone()).with_context(|| format!("no {name}"))
        };
        let signer = Signer {
            access_key_id: of("AWS_ACCESS_KEY_ID")?,
            secret: of("AWS_SECRET_ACCESS_KEY")?.as_str().into(),
            session_token: None,
            region: REGION.to_owned(),
            service: "lambda".to_owned(),
        };
        let address = server.endpoint().strip_prefix("http://").context("plain HTTP")?.parse()?;
        Ok(Self { address, signer: Rc::new(signer) })
    }

    /// Makes an endpoint out of anything that does not look at signatures.
    pub(super) fn unchecked(address: SocketAddr) -> Self {
        let signer = Signer {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
            session_token: None,
            region: REGION.to_owned(),
            service: "lambda".to_owned(),
        };
        Self { address, signer: Rc::new(signer) }
    }

    /// Opens a connection.
    pub(super) async fn connect(&self) -> Result<Connection> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        stream.writable().await?;
        let (inbox, request) = (Inbox::default(), Vec::new());
        Ok(Connection { endpoint: self.clone(), stream, inbox, request })
    }
}

// === impl Connection ===

impl Connection {
    /// Signs the next request and writes it down, ready to be sent.
    pub(super) fn prepare(
        &mut self,
        method: Method,
        path: &str,
        header: Option<(&'static str, &'static str)>,
        body: &[u8],
    ) -> Result<()> {
        let (mut parts, ()) = Request::new(()).into_parts();
        parts.method = method;
        parts.uri = path.parse::<Uri>()?;
        let host = HeaderValue::from_str(&self.endpoint.address.to_string())?;
        parts.headers.insert(HOST, host);
        parts.headers.insert(CONTENT_LENGTH, body.len().into());
        if let Some((name, value)) = header {
            parts.headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        self.endpoint.signer.sign(&mut parts, body, clock::now())?;
        let request = &mut self.request;
        request.clear();
        for piece in [parts.method.as_str(), " ", path, " HTTP/1.1\r\n"] {
            request.extend_from_slice(piece.as_bytes());
        }
        for (name, value) in &parts.headers {
            for piece in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
                request.extend_from_slice(piece);
            }
        }
        request.extend_from_slice(b"\r\n");
        request.extend_from_slice(body);
        Ok(())
    }

    /// Sends the prepared request and returns the answer and how long it took to come.
    pub(super) async fn exchange(&mut self) -> Result<(Message<'_>, Duration)> {
        let started = Instant::now();
        let mut rest = self.request.as_slice();
        // A deployment package may be larger than the socket's buffer.
        while rest.len() > SMALL {
            self.stream.writable().await?;
            match self.stream.try_write(rest) {
                Ok(sent) => rest = &rest[sent..],
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            }
        }
        if !rest.is_empty() {
            self.stream.writable().await?;
            send(&self.stream, rest)?;
        }
        let answer = self.inbox.receive(&self.stream).await?;
        let answer = answer.context("the server closed the connection")?;
        Ok((answer, started.elapsed()))
    }

    /// Makes one request of the API and returns its answer's body; fails unless it is a success.
    pub(super) async fn ask(&mut self, method: Method, path: &str, body: &[u8]) -> Result<Vec<u8>> {
        let what = format!("{method} {path}");
        self.prepare(method, path, None, body)?;
        let (answer, _) = tokio::time::timeout(PATIENCE, self.exchange())
            .await
            .with_context(|| what.clone())??;
        let body = String::from_utf8_lossy(answer.body);
        ensure!(succeeded(&answer), "{what}: {} {body}", answer.first_line());
        Ok(answer.body.to_vec())
    }
}

/// Requests up to this length always fit into an idle connection's buffer.
const SMALL: usize = 2048;

/// Tells whether an answer is one of the 2xx.
fn succeeded(answer: &Message<'_>) -> bool {
    answer.head.starts_with(b"HTTP/1.1 2")
}

/// Fails unless an invocation's answer is the guest's own, and right.
pub(super) fn check_greeting(answer: &Message<'_>, expected: &[u8]) -> Result<()> {
    let right = succeeded(answer)
        && answer.body.windows(expected.len()).any(|window| window == expected)
        && answer.header("x-amz-function-error").is_none();
    if !right {
        bail!("{}: {}", answer.first_line(), String::from_utf8_lossy(answer.body));
    }
    Ok(())
}
