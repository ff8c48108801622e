//! The Runtime API: the HTTP server that a guest talks to.
//!
//! Source: Developer Guide, "Using the Lambda runtime API for custom runtimes", and the runtime
//! interface emulator where that page is silent. Which call is permitted when is decided in
//! `model::runtime_api`; here are only paths, headers and bodies.
//!
//! The server is written out, and not a library's, because it is on the way of every invocation and
//! there is one for every environment: it speaks as much of HTTP/1.1 as runtimes do, keeps nothing
//! for a guest that waits, and lets an invoker write an event straight to the guest's socket.

mod framing;
mod head;
mod posted;
mod respond;
mod streaming;
mod wire;

use std::{io, sync::Arc};

use model::{invocation::RequestId, runtime_api::RuntimeCall};
use tokio::net::TcpStream;

pub(crate) use self::respond::{Handed, Waiter};

use self::{
    head::{Call, Head},
    posted::Posted,
    respond::Reply,
    wire::{NoHead, Unreadable, Wire},
};
use crate::environment::{Delivery, Environment, Next, Refusal};

/// One connection of the guest, and the runtime that it belongs to.
struct Connection {
    environment: Arc<Environment>,
    generation: u64,
    wire: Wire,
    keep_alive: bool,
}

/// Serves one connection until the guest closes it. No timeouts: a guest may be frozen for long.
pub(crate) async fn serve(environment: Arc<Environment>, generation: u64, stream: TcpStream) {
    // A response is one small write; waiting for more to send with it would only delay it.
    let _ = stream.set_nodelay(true);
    let wire = Wire::new(stream);
    let connection = Connection { environment, generation, wire, keep_alive: true };
    if let Err(error) = connection.run().await {
        tracing::debug!(%error, "a guest's connection ended early");
    }
}

// === impl Connection ===

impl Connection {
    async fn run(mut self) -> io::Result<()> {
        while self.keep_alive {
            let head = match self.wire.head().await? {
                Ok(head) => head,
                Err(NoHead::End) => return Ok(()),
                Err(NoHead::Bad(status)) => {
                    return self.wire.send(&respond::empty(status).bytes(false), &[]).await;
                }
            };
            self.keep_alive = head.keep_alive;
            if let Some(reply) = self.handle(&head).await? {
                self.wire.send(&reply.bytes(self.keep_alive), &[]).await?;
            }
        }
        Ok(())
    }

    /// Does what a request asks for; gives the reply unless it has been sent already.
    async fn handle(&mut self, head: &Head) -> io::Result<Option<Reply>> {
        let reply = match head.call {
            Ok(Call::Response(id)) => self.answer(head, id, RuntimeCall::Response).await?,
            Ok(Call::Error(id)) => self.answer(head, id, RuntimeCall::Error).await?,
            Ok(Call::InitError) => self.init_error(head).await?,
            Ok(Call::Next) => {
                self.discard(head).await?;
                return self.next().await;
            }
            Ok(Call::Ping) => {
                self.discard(head).await?;
                respond::pong()
            }
            Err(status) => {
                self.discard(head).await?;
                respond::empty(status)
            }
        };
        Ok(Some(reply))
    }

    async fn next(&mut self) -> io::Result<Option<Reply>> {
        let environment = &self.environment;
        let to_guest = self.wire.to_guest();
        let next = environment.with_core(|core| core.next(environment, self.generation, to_guest));
        let mut handed = match next {
            Ok(Next::Event(delivery)) => {
                self.send_event(&delivery, 0).await?;
                return Ok(None);
            }
            Ok(Next::Later(handed)) => handed,
            Err(refusal) => return Ok(Some(respond::refusal(&refusal))),
        };
        let handed = tokio::select! {
            biased;
            handed = &mut handed => handed,
            ended = self.wire.watch() => return ended.map(|()| None),
        };
        match handed {
            Ok(Handed { delivery, sent }) => {
                self.send_event(&delivery, sent).await?;
                Ok(None)
            }
            // Another connection of this guest waits now, or the runtime is gone.
            Err(_) => Ok(Some(respond::refusal(&Refusal::Stale))),
        }
    }

    /// Sends what is left of an event.
    async fn send_event(&self, delivery: &Delivery, sent: usize) -> io::Result<()> {
        let payload = &delivery.invocation.payload;
        self.wire.send_rest(&respond::event_head(delivery), payload, sent).await
    }

    async fn answer(
        &mut self,
        head: &Head,
        id: Option<RequestId>,
        call: RuntimeCall,
    ) -> io::Result<Reply> {
        let environment = Arc::clone(&self.environment);
        let _turn = environment.turn_to_post().await;
        if let Err(refusal) =
            environment.with_core(|core| core.check_answer(self.generation, id, call))
        {
            self.discard(head).await?;
            return Ok(respond::refusal(&refusal));
        }
        let posted = match self.outlet(head, id, call) {
            Ok(Some(outlet)) => self.stream(head, outlet).await?,
            Ok(None) => self.posted(head, call).await?,
            Err(refusal) => return Ok(respond::refusal(&refusal)),
        };
        let (answer, reply) = posted.into_answer(id.unwrap_or_default());
        match environment.with_core(|core| core.answer(self.generation, id, call, answer)) {
            Ok(()) => Ok(reply),
            Err(refusal) => Ok(respond::refusal(&refusal)),
        }
    }

    async fn posted(&mut self, head: &Head, call: RuntimeCall) -> io::Result<Posted> {
        if call == RuntimeCall::Response && head.labels.unknown_mode {
            self.discard(head).await?;
            return Ok(Posted::unknown_mode());
        }
        let limit_bytes = self.environment.response_limit_bytes();
        Ok(match self.body(head).await? {
            Err(unreadable) => Posted::unreadable(&unreadable, limit_bytes),
            Ok(body) if call == RuntimeCall::Response => posted::response(body),
            Ok(body) => posted::error(&head.labels, body.bytes),
        })
    }

    async fn init_error(&mut self, head: &Head) -> io::Result<Reply> {
        let environment = Arc::clone(&self.environment);
        let _turn = environment.turn_to_post().await;
        let Ok(body) = self.body(head).await? else { return Ok(respond::truncated()) };
        let error_type = posted::error_type(head.labels.error_type.as_deref());
        let payload = posted::or_unknown(body.bytes, &error_type);
        let taken =
            environment.with_core(|core| core.init_error(self.generation, error_type, payload));
        Ok(match taken {
            Ok(()) => respond::accepted(),
            Err(refusal) => respond::refusal(&refusal),
        })
    }

    /// Reads over a body that nobody wants; unread, it would cost the guest its connection.
    async fn discard(&mut self, head: &Head) -> io::Result<()> {
        self.body(head).await.map(drop)
    }

    /// Reads a body, and notes when nothing can be read after it any more.
    async fn body(&mut self, head: &Head) -> io::Result<Result<wire::Posted, Unreadable>> {
        let body = self.wire.body(head, self.environment.response_limit_bytes()).await?;
        if let Err(Unreadable::Truncated | Unreadable::TooLarge { at_its_end: false }) = body {
            self.keep_alive = false;
        }
        Ok(body)
    }
}
