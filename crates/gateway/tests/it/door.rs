//! A gateway on a free port, a service that repeats, and a client that signs.

use std::{
    fmt::Write as _,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use api::{Access, AccessDenied, Authorize, Call, Caller, Identity};
use async_trait::async_trait;
use bytes::Bytes;
use engine::RandomIds;
use gateway::{Auth, BodyLimit, Gateway, Listener, Need, Parts, Principals, Routed, Service};
use http::{Method, Request, Response, request::Parts as Head};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use store::{Clock, SystemClock};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Notify,
    task::JoinHandle,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use wire::{
    ApiError, Body, Protocol,
    sigv4::{Credential, Signer},
};

use crate::scroll::Scroll;

pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const KEY: &str = "AKIDEXAMPLE";
const USER_KEY: &str = "AKIDUSER";

/// What a test wants different from the ordinary.
pub(crate) struct Wish {
    pub(crate) auth: Auth,
    pub(crate) body_limit: usize,
    pub(crate) buffered_bytes: usize,
    /// Whether the service waits before it answers.
    pub(crate) held: bool,
}

impl Default for Wish {
    fn default() -> Self {
        Self { auth: Auth::On, body_limit: 1000, buffered_bytes: 1_000_000, held: false }
    }
}

#[derive(Debug)]
struct Echo {
    body_limit: usize,
    held: bool,
    calls: AtomicUsize,
    arrived: Notify,
    release: Notify,
}

#[async_trait]
impl Service for Echo {
    fn signing_name(&self) -> &'static str {
        "echo"
    }

    fn protocol(&self) -> Protocol {
        Protocol::RestJson
    }

    fn route<'p>(&self, _head: &'p Head) -> Result<Routed<'p>, ApiError> {
        let limit = BodyLimit { bytes: self.body_limit, operation: "Echo" };
        Ok(Routed { limit, operation: None })
    }

    fn recognises(&self, head: &Head) -> bool {
        head.uri.path() == "/echo"
    }

    fn needs(&self, _: &Call, _: &Head, _: Option<&wire::Route<'_>>, body: &Bytes) -> Vec<Need> {
        let action = format!("echo:{}", String::from_utf8_lossy(body));
        vec![Need { action, resource: "*".into(), conditions: Vec::new() }]
    }

    async fn answer(
        &self,
        call: &Call,
        _head: &Head,
        _operation: Option<wire::Route<'_>>,
        body: Bytes,
    ) -> wire::Response {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.arrived.notify_one();
        if self.held {
            self.release.notified().await;
        }
        let said = String::from_utf8_lossy(&body);
        wire::Response::new(Body::from(format!("{} {} {said}", call.caller.arn, call.region)))
    }
}

#[derive(Debug)]
struct OneKey;

/// Lets everybody say everything but `loud`.
#[derive(Debug)]
struct Quiet;

impl Authorize for Quiet {
    fn authorize(&self, caller: &Caller, access: &Access<'_>) -> Result<(), AccessDenied> {
        let message = format!("{} may not {}", caller.arn, access.action);
        if access.action == "echo:loud" { Err(AccessDenied { message }) } else { Ok(()) }
    }
}

impl Principals for OneKey {
    fn find(&self, access_key_id: &str, _: Option<&str>) -> Option<(Credential, Caller)> {
        let credential =
            Credential { secret: SECRET.into(), session_token: None, expires_at: None };
        let user = Caller { identity: Identity::User { name: "ada".into() }, ..self.root() };
        match access_key_id {
            KEY => Some((credential, self.root())),
            USER_KEY => Some((credential, user)),
            _ => None,
        }
    }

    fn root(&self) -> Caller {
        Caller::root(&"000000000000".into())
    }
}

/// A gateway under test.
pub(crate) struct Door {
    address: SocketAddr,
    echo: Arc<Echo>,
    stop: CancellationToken,
    serving: Mutex<Option<JoinHandle<()>>>,
}

// === impl Door ===

impl Door {
    pub(crate) async fn open(wish: Wish) -> Self {
        let echo = Arc::new(Echo {
            body_limit: wish.body_limit,
            held: wish.held,
            calls: AtomicUsize::new(0),
            arrived: Notify::new(),
            release: Notify::new(),
        });
        let gateway = Arc::new(Gateway::new(Parts {
            account: "000000000000".parse().unwrap(),
            default_region: "us-east-1".parse().unwrap(),
            auth: wish.auth,
            signature_skew: Duration::from_secs(300),
            buffered_bytes: wish.buffered_bytes,
            principals: Arc::new(OneKey),
            guard: Arc::new(Quiet),
            services: vec![Arc::clone(&echo) as Arc<dyn Service>],
            streaming: vec![Arc::new(Scroll)],
            function_urls: None,
            open_routes: Vec::new(),
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
        }));
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), 16).await.unwrap();
        let address = listener.address();
        let stop = CancellationToken::new();
        let patience = Duration::from_secs(60);
        let serving = spawn(listener.serve(gateway, TaskTracker::new(), stop.clone(), patience));
        Self { address, echo, stop, serving: Mutex::new(Some(serving)) }
    }

    pub(crate) fn request(&self, method: Method, path: &str, body: &str) -> Request<String> {
        let host = self.address.to_string();
        let request = Request::builder().method(method).uri(path).header("host", host);
        request.body(body.to_owned()).unwrap()
    }

    /// Signs with the right key.
    pub(crate) fn signed(&self, service: &str, region: &str, body: &str) -> Request<String> {
        self.sign(&signer(KEY, SECRET, service, region), body)
    }

    /// Signs with the key of a user.
    pub(crate) fn signed_by_user(&self, body: &str) -> Request<String> {
        self.sign(&signer(USER_KEY, SECRET, "echo", "us-east-1"), body)
    }

    /// Signs with some key.
    pub(crate) fn signed_by(&self, key: &str, secret: &str) -> Request<String> {
        self.sign(&signer(key, secret, "echo", "us-east-1"), "x")
    }

    /// Signs a request whose body is to be read while it comes, and is what `declared` says.
    pub(crate) fn scroll(
        &self,
        target: &str,
        declared: Option<&str>,
        body: &str,
    ) -> Request<String> {
        let (mut parts, body) = self.request(Method::PUT, target, body).into_parts();
        if let Some(declared) = declared {
            parts.headers.insert("x-amz-content-sha256", declared.parse().unwrap());
        }
        let user = target.contains('?');
        let signer = signer(if user { USER_KEY } else { KEY }, SECRET, "scroll", "eu-west-1");
        signer.sign(&mut parts, body.as_bytes(), SystemClock.now().into()).unwrap();
        Request::from_parts(parts, body)
    }

    fn sign(&self, signer: &Signer, body: &str) -> Request<String> {
        let (mut parts, body) = self.request(Method::POST, "/echo", body).into_parts();
        signer.sign(&mut parts, body.as_bytes(), SystemClock.now().into()).unwrap();
        Request::from_parts(parts, body)
    }

    pub(crate) async fn send(&self, request: Request<String>) -> Response<Incoming> {
        self.begin(request).await.unwrap()
    }

    /// Sends without waiting for the answer.
    pub(crate) fn begin(&self, request: Request<String>) -> JoinHandle<Response<Incoming>> {
        let address = self.address;
        spawn(async move {
            let stream = TcpStream::connect(address).await.unwrap();
            let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream));
            let (mut sender, connection) = handshake.await.unwrap();
            spawn(async move { drop(connection.await) });
            sender.send_request(request.map(|body| Full::new(Bytes::from(body)))).await.unwrap()
        })
    }

    /// Sends the body in chunks, so that nothing announces its length; gives the raw answer.
    pub(crate) async fn send_chunked(&self, request: Request<String>) -> String {
        let (parts, body) = request.into_parts();
        let mut text = format!("POST {} HTTP/1.1\r\n", parts.uri);
        for (name, value) in &parts.headers {
            write!(text, "{name}: {}\r\n", value.to_str().unwrap()).unwrap();
        }
        text += "connection: close\r\ntransfer-encoding: chunked\r\n\r\n";
        write!(text, "{:x}\r\n{body}\r\n0\r\n\r\n", body.len()).unwrap();
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    pub(crate) fn calls(&self) -> usize {
        self.echo.calls.load(Ordering::SeqCst)
    }

    pub(crate) async fn arrived(&self) {
        self.echo.arrived.notified().await;
    }

    pub(crate) fn release(&self) {
        self.echo.release.notify_one();
    }

    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// Waits until the door has closed.
    pub(crate) async fn closed(&self) {
        let serving = self.serving.lock().take().unwrap();
        serving.await.unwrap();
    }
}

pub(crate) async fn text(answer: Response<Incoming>) -> String {
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub(crate) fn error_type(answer: &Response<Incoming>) -> (u16, &str) {
    let kind = answer.headers().get("x-amzn-errortype").map(|value| value.to_str().unwrap());
    (answer.status().as_u16(), kind.unwrap_or_default())
}

fn signer(key: &str, secret: &str, service: &str, region: &str) -> Signer {
    Signer {
        access_key_id: key.to_owned(),
        secret: secret.into(),
        session_token: None,
        region: region.to_owned(),
        service: service.to_owned(),
    }
}

#[expect(clippy::disallowed_methods, reason = "a test's own tasks end with its runtime")]
fn spawn<T: Send + 'static>(task: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    tokio::spawn(task)
}
