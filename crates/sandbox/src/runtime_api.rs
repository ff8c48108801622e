//! The Runtime API: the HTTP server that a guest talks to.
//!
//! Source: Developer Guide, "Using the Lambda runtime API for custom runtimes", and the runtime
//! interface emulator where that page is silent. Which call is permitted when is decided in
//! `model::runtime_api`; here are only paths, headers and bodies.

mod posted;
mod respond;

use std::{convert::Infallible, sync::Arc};

use http::{Method, Request, Response};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use model::{invocation::RequestId, runtime_api::RuntimeCall};
use tokio::net::TcpStream;

use crate::environment::{Environment, Next, Refusal};

type Reply = Response<Full<bytes::Bytes>>;

/// One connection of the guest, and the runtime that it belongs to.
#[derive(Clone)]
struct Connection {
    environment: Arc<Environment>,
    generation: u64,
}

/// A call that the paths name.
#[derive(Debug, PartialEq, Eq)]
enum Call<'a> {
    Ping,
    Next,
    Response(&'a str),
    Error(&'a str),
    InitError,
}

/// Serves one connection until the guest closes it. No timeouts: a guest may be frozen for long.
pub(crate) async fn serve(environment: Arc<Environment>, generation: u64, stream: TcpStream) {
    // A response is one small write; waiting for more to send with it would only delay it.
    let _ = stream.set_nodelay(true);
    let connection = Connection { environment, generation };
    let service = service_fn(move |request| {
        let connection = connection.clone();
        async move { Ok::<_, Infallible>(connection.handle(request).await) }
    });
    let served = http1::Builder::new()
        .half_close(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a guest's connection ended early");
    }
}

// === impl Connection ===

impl Connection {
    async fn handle(&self, request: Request<Incoming>) -> Reply {
        let (parts, body) = request.into_parts();
        match route(&parts.method, parts.uri.path()) {
            Ok(Call::Next) => self.next().await,
            Ok(Call::Response(id)) => {
                let id = id.parse().ok();
                self.response(id, &parts.headers, body).await
            }
            Ok(Call::Error(id)) => {
                let id = id.parse().ok();
                self.error(id, &parts.headers, body).await
            }
            Ok(Call::InitError) => self.init_error(&parts.headers, body).await,
            Ok(Call::Ping) => respond::pong(),
            Err(status) => respond::empty(status),
        }
    }

    async fn next(&self) -> Reply {
        let environment = &self.environment;
        let next = environment.with_core(|core| core.next(environment, self.generation));
        let delivery = match next {
            Ok(Next::Event(delivery)) => delivery,
            Ok(Next::Later(receiver)) => match receiver.await {
                Ok(delivery) => delivery,
                Err(_) => return respond::refusal(&Refusal::Stale),
            },
            Err(refusal) => return respond::refusal(&refusal),
        };
        respond::event(&delivery)
    }

    async fn response(
        &self,
        id: Option<RequestId>,
        headers: &http::HeaderMap,
        body: Incoming,
    ) -> Reply {
        let call = RuntimeCall::Response;
        let _turn = self.environment.turn_to_post().await;
        if let Err(refusal) =
            self.environment.with_core(|core| core.check_answer(self.generation, id, call))
        {
            return self.refuse(&refusal, body).await;
        }
        let outcome = posted::response(headers, body, self.environment.response_limit_bytes());
        let (answer, reply) = outcome.await.into_answer(id.unwrap_or_default());
        self.answer(id, call, answer, reply)
    }

    async fn error(
        &self,
        id: Option<RequestId>,
        headers: &http::HeaderMap,
        body: Incoming,
    ) -> Reply {
        let call = RuntimeCall::Error;
        let _turn = self.environment.turn_to_post().await;
        if let Err(refusal) =
            self.environment.with_core(|core| core.check_answer(self.generation, id, call))
        {
            return self.refuse(&refusal, body).await;
        }
        let outcome = posted::error(headers, body, self.environment.response_limit_bytes());
        let (answer, reply) = outcome.await.into_answer(id.unwrap_or_default());
        self.answer(id, call, answer, reply)
    }

    /// Refuses a call whose body nobody reads; unread, it would cost the guest its connection.
    async fn refuse(&self, refusal: &Refusal, body: Incoming) -> Reply {
        let _discarded = posted::whole(body, self.environment.response_limit_bytes()).await;
        respond::refusal(refusal)
    }

    fn answer(
        &self,
        id: Option<RequestId>,
        call: RuntimeCall,
        answer: crate::environment::Answer,
        reply: Reply,
    ) -> Reply {
        match self.environment.with_core(|core| core.answer(self.generation, id, call, answer)) {
            Ok(()) => reply,
            Err(refusal) => respond::refusal(&refusal),
        }
    }

    async fn init_error(&self, headers: &http::HeaderMap, body: Incoming) -> Reply {
        let limit = self.environment.response_limit_bytes();
        let _turn = self.environment.turn_to_post().await;
        let error_type = posted::error_type(headers);
        let Ok(payload) = posted::whole(body, limit).await else { return respond::truncated() };
        let payload = posted::or_unknown(payload, &error_type);
        let taken = self
            .environment
            .with_core(|core| core.init_error(self.generation, error_type, payload));
        match taken {
            Ok(()) => respond::accepted(),
            Err(refusal) => respond::refusal(&refusal),
        }
    }
}

fn route<'a>(method: &Method, path: &'a str) -> Result<Call<'a>, http::StatusCode> {
    let not_found = http::StatusCode::NOT_FOUND;
    let rest = path.strip_prefix("/2018-06-01/").ok_or(not_found)?;
    let (allowed, call) = match rest {
        "ping" => (Method::GET, Call::Ping),
        "runtime/invocation/next" => (Method::GET, Call::Next),
        "runtime/init/error" => (Method::POST, Call::InitError),
        _ => {
            let rest = rest.strip_prefix("runtime/invocation/").ok_or(not_found)?;
            let call = match rest.split_once('/') {
                Some((id, "response")) => Call::Response(id),
                Some((id, "error")) => Call::Error(id),
                _ => return Err(not_found),
            };
            (Method::POST, call)
        }
    };
    if allowed == *method { Ok(call) } else { Err(http::StatusCode::METHOD_NOT_ALLOWED) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_calls() {
        let cases = [
            (Method::GET, "/2018-06-01/ping", Ok(Call::Ping)),
            (Method::GET, "/2018-06-01/runtime/invocation/next", Ok(Call::Next)),
            (
                Method::POST,
                "/2018-06-01/runtime/invocation/x-1/response",
                Ok(Call::Response("x-1")),
            ),
            (Method::POST, "/2018-06-01/runtime/invocation/x-1/error", Ok(Call::Error("x-1"))),
            (Method::POST, "/2018-06-01/runtime/init/error", Ok(Call::InitError)),
            (Method::GET, "/2018-06-01/runtime/init/error", Err(405)),
            (Method::POST, "/2018-06-01/runtime/invocation/next", Err(405)),
            (Method::POST, "/2018-06-01/runtime/invocation/x/other", Err(404)),
            (Method::GET, "/2020-01-01/extension/register", Err(404)),
            (Method::GET, "/", Err(404)),
        ];
        for (method, path, expected) in cases {
            let got = route(&method, path).map_err(|status| status.as_u16());
            assert_eq!(got, expected, "{method} {path}");
        }
    }
}
