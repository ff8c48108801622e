//! The head of a guest's request: which call it is, and how long its body is.

use http::StatusCode;
use model::invocation::RequestId;

use super::framing::Framing;

/// The longest head. Clients send the cause of an error in a header, of up to some hundred KiB.
pub(super) const MAX_HEAD_BYTES: usize = 512 * 1024;

const MAX_HEADERS: usize = 100;

/// A call that the paths name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Ping,
    Next,
    /// A result of the invocation of that id; an id that is none is kept as such.
    Response(Option<RequestId>),
    /// An error of the invocation of that id.
    Error(Option<RequestId>),
    InitError,
}

/// What a guest says of the body that it posts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Labels {
    /// `Lambda-Runtime-Function-Error-Type`.
    pub(super) error_type: Option<String>,
    /// Whether `Lambda-Runtime-Function-Response-Mode` names a mode that does not exist.
    pub(super) unknown_mode: bool,
    /// Whether it names the one that does: the body is to be passed on as it comes.
    pub(super) streaming: bool,
    /// `Content-Type`, of a body that is streamed; nobody asks for any other.
    pub(super) content_type: Option<String>,
    /// Whether the body is an error with its cause, of which the caller gets the error alone.
    pub(super) with_cause: bool,
}

/// The head of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// The call, or the status for a path or method that is none.
    pub(super) call: Result<Call, StatusCode>,
    pub(super) framing: Framing,
    pub(super) labels: Labels,
    /// Whether the guest waits for a go-ahead before it sends the body.
    pub(super) expects_continue: bool,
    /// Whether the connection stays open afterwards.
    pub(super) keep_alive: bool,
}

/// What the bytes at the start of a connection are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    /// A head of so many bytes.
    Head(usize, Head),
    /// The beginning of a head.
    Partial,
    /// No head that can be answered; the connection ends with this status.
    Bad(StatusCode),
}

/// Reads a head.
pub(super) fn parse(bytes: &[u8]) -> Parsed {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(bytes) {
        Ok(httparse::Status::Complete(length)) if length <= MAX_HEAD_BYTES => {
            understand(&request).map_or_else(Parsed::Bad, |head| Parsed::Head(length, head))
        }
        Ok(httparse::Status::Partial) if bytes.len() < MAX_HEAD_BYTES => Parsed::Partial,
        Ok(_) | Err(httparse::Error::TooManyHeaders) => {
            Parsed::Bad(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
        }
        Err(_) => Parsed::Bad(StatusCode::BAD_REQUEST),
    }
}

/// Gives the value of the error type among trailers or headers, and other values, by name.
pub(super) fn value<'h>(headers: &[httparse::Header<'h>], name: &str) -> Option<&'h [u8]> {
    let found = headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
    found.map(|header| header.value.trim_ascii())
}

fn understand(request: &httparse::Request<'_, '_>) -> Result<Head, StatusCode> {
    let is_http_1_0 = request.version == Some(0);
    let mut head = Head {
        call: route(request.method.unwrap_or_default(), path(request.path.unwrap_or_default())),
        framing: Framing::Length(0),
        labels: Labels::default(),
        expects_continue: false,
        keep_alive: !is_http_1_0,
    };
    let (mut length, mut chunked) = (None, false);
    for header in request.headers.iter() {
        let (name, given) = (header.name, header.value.trim_ascii());
        let is = |wanted: &str| name.eq_ignore_ascii_case(wanted);
        if is("content-length") {
            let given = digits(given).ok_or(StatusCode::BAD_REQUEST)?;
            if length.replace(given).is_some_and(|other| other != given) {
                return Err(StatusCode::BAD_REQUEST);
            }
        } else if is("transfer-encoding") {
            // The only encoding that says where a body ends, and the only one that is offered.
            if chunked || is_http_1_0 || !given.eq_ignore_ascii_case(b"chunked") {
                return Err(StatusCode::BAD_REQUEST);
            }
            chunked = true;
        } else if is("connection") {
            head.keep_alive = keep_alive(given, head.keep_alive);
        } else if is("expect") {
            head.expects_continue = !is_http_1_0 && given.eq_ignore_ascii_case(b"100-continue");
        } else {
            head.labels.take(name, given);
        }
    }
    if head.labels.streaming {
        let given = value(request.headers, "content-type");
        head.labels.content_type =
            given.and_then(|given| std::str::from_utf8(given).ok()).map(str::to_owned);
    }
    head.framing = match (chunked, length) {
        // A length beside chunks does not count (RFC 9112, section 6.3).
        (true, _) => Framing::Chunked,
        (false, length) => Framing::Length(length.unwrap_or(0)),
    };
    Ok(head)
}

// === impl Labels ===

impl Labels {
    pub(super) const ERROR_TYPE: &'static str = "lambda-runtime-function-error-type";
    pub(super) const ERROR_BODY: &'static str = "lambda-runtime-function-error-body";
    const RESPONSE_MODE: &'static str = "lambda-runtime-function-response-mode";
    const CAUSE: &'static [u8] = b"application/vnd.aws.lambda.error.cause+json";

    fn take(&mut self, name: &str, given: &[u8]) {
        if name.eq_ignore_ascii_case(Self::ERROR_TYPE) {
            self.error_type = std::str::from_utf8(given).ok().map(str::to_owned);
        } else if name.eq_ignore_ascii_case(Self::RESPONSE_MODE) {
            self.streaming = given == b"streaming";
            self.unknown_mode = !self.streaming;
        } else if name.eq_ignore_ascii_case("content-type") {
            self.with_cause = given == Self::CAUSE;
        }
    }
}

/// Takes `Connection` into account: a list of options, of which two matter.
fn keep_alive(given: &[u8], default: bool) -> bool {
    let options = given.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    options.fold(default, |keep, option| {
        if option.eq_ignore_ascii_case(b"close") {
            false
        } else {
            keep || option.eq_ignore_ascii_case(b"keep-alive")
        }
    })
}

/// Reads a length: digits only, which `parse` alone would not insist on.
fn digits(text: &[u8]) -> Option<u64> {
    let all = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    all.then(|| std::str::from_utf8(text).ok()?.parse().ok()).flatten()
}

/// Gives the path of a target that may be a whole URL.
fn path(target: &str) -> &str {
    let path = match target.split_once("://") {
        Some((scheme, rest)) if !scheme.contains('/') => {
            rest.find('/').map_or("/", |start| &rest[start..])
        }
        _ => target,
    };
    path.split('?').next().unwrap_or_default()
}

fn route(method: &str, path: &str) -> Result<Call, StatusCode> {
    let not_found = StatusCode::NOT_FOUND;
    let rest = path.strip_prefix("/2018-06-01/").ok_or(not_found)?;
    let (allowed, call) = match rest {
        "ping" => ("GET", Call::Ping),
        "runtime/invocation/next" => ("GET", Call::Next),
        "runtime/init/error" => ("POST", Call::InitError),
        _ => {
            let rest = rest.strip_prefix("runtime/invocation/").ok_or(not_found)?;
            let call = match rest.split_once('/') {
                Some((id, "response")) => Call::Response(id.parse().ok()),
                Some((id, "error")) => Call::Error(id.parse().ok()),
                _ => return Err(not_found),
            };
            ("POST", call)
        }
    };
    if allowed == method { Ok(call) } else { Err(StatusCode::METHOD_NOT_ALLOWED) }
}

#[cfg(test)]
mod tests;
