//! The floor: the least that anything can do that answers invocations by a guest that speaks the Runtime API.
//!
//! What it **is**: one process with one thread and one event loop. It has two sockets, so that it need not route: on one,
//! any request is an invocation, and its body is the event; on the other, guests ask for `next` and post responses. An
//! event is written to a waiting guest in the same turn of the loop in which it was read, and a response to its caller
//! likewise; no task wakes another. Guests are the very programs that run under Lambkin, started as plain processes of the
//! host, as many as there are connections.
//!
//! What it is **not**: it verifies no signature (though it gets the same signed bytes), knows no functions, reads no
//! headers but those that tell a message's length, gives out no useful request ids, has no timeouts, no limits, no log, no isolation and no
//! store, and does not survive a guest that misbehaves. What is above it in the figures is what all of this costs.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::io::{self, Read as _, Write as _};
use std::rc::Rc;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context, Result};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinSet, LocalSet};

use super::clock;
use super::http1::{Inbox, send};

const ACCEPTED: &[u8] = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";

/// How long a guest is told that it has.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Who waits for whom.
#[derive(Default)]
struct Desk {
    /// Guests that asked for `next`; the one that asked last is used first.
    guests: Vec<Rc<TcpStream>>,
    /// Events that no guest was free for.
    events: VecDeque<(u64, Vec<u8>)>,
    /// Who is owed a response.
    callers: HashMap<u64, Rc<TcpStream>>,
    last_id: u64,
    message: Vec<u8>,
}

type Shared = Rc<RefCell<Desk>>;

/// Serves until standard input ends, which it does with the process that started this one.
///
/// With `once`, a guest gets one event and then waits for ever, so that as many guests are needed as there are events.
pub(super) fn run(once: bool) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    LocalSet::new().block_on(&runtime, async {
        let calls = TcpListener::bind("127.0.0.1:0").await?;
        let guests = TcpListener::bind("127.0.0.1:0").await?;
        println!("floor {} {}", calls.local_addr()?, guests.local_addr()?);
        io::stdout().flush()?;
        let desk = Shared::default();
        let parent = tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new()));
        tokio::select! {
            served = accept(&calls, &desk, serve_caller) => served,
            served = accept(&guests, &desk, |stream, desk| serve_guest(stream, desk, once)) => served,
            _ = parent => Ok(()),
        }
        .context("the floor gave way")
    })
}

async fn accept<F>(
    listener: &TcpListener,
    desk: &Shared,
    serve: impl Fn(Rc<TcpStream>, Shared) -> F,
) -> io::Result<()>
where
    F: Future<Output = io::Result<()>> + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        connections.spawn_local(serve(Rc::new(stream), Rc::clone(desk)));
        while connections.try_join_next().is_some() {}
    }
}

async fn serve_caller(stream: Rc<TcpStream>, desk: Shared) -> io::Result<()> {
    let mut inbox = Inbox::default();
    while let Some(request) = inbox.receive(&stream).await? {
        desk.borrow_mut().call(&stream, request.body)?;
    }
    Ok(())
}

async fn serve_guest(stream: Rc<TcpStream>, desk: Shared, once: bool) -> io::Result<()> {
    let mut inbox = Inbox::default();
    let mut asked = false;
    while let Some(request) = inbox.receive(&stream).await? {
        if request.head.starts_with(b"GET") {
            if once && asked {
                continue;
            }
            asked = true;
            desk.borrow_mut().next(&stream)?;
        } else {
            let id = request_id(request.first_line());
            desk.borrow_mut().respond(id, request.body)?;
            send(&stream, ACCEPTED)?;
        }
    }
    Ok(())
}

/// Reads the id out of `POST /2018-06-01/runtime/invocation/<id>/response HTTP/1.1`.
fn request_id(line: &str) -> Option<u64> {
    line.split('/').nth(4)?.rsplit('-').next()?.parse().ok()
}

// === impl Desk ===

impl Desk {
    /// Hands an event to a guest, or keeps it for the next one that is free.
    fn call(&mut self, caller: &Rc<TcpStream>, event: &[u8]) -> io::Result<()> {
        self.last_id += 1;
        let id = self.last_id;
        self.callers.insert(id, Rc::clone(caller));
        while let Some(guest) = self.guests.pop() {
            if is_open(&guest) {
                return self.hand_over(&guest, id, event);
            }
        }
        self.events.push_back((id, event.to_vec()));
        Ok(())
    }

    /// Gives a guest the event that has waited longest, or lets it wait.
    fn next(&mut self, guest: &Rc<TcpStream>) -> io::Result<()> {
        if let Some((id, event)) = self.events.pop_front() {
            return self.hand_over(guest, id, &event);
        }
        self.guests.push(Rc::clone(guest));
        Ok(())
    }

    /// Passes a response on; a guest's complaint (about its init, say) has no caller.
    fn respond(&mut self, id: Option<u64>, response: &[u8]) -> io::Result<()> {
        let Some(caller) = id.and_then(|id| self.callers.remove(&id)) else {
            return Ok(());
        };
        self.message.clear();
        write!(self.message, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", response.len())?;
        self.message.extend_from_slice(response);
        send(&caller, &self.message)
    }

    fn hand_over(&mut self, guest: &TcpStream, id: u64, event: &[u8]) -> io::Result<()> {
        let deadline = (clock::now() + TIMEOUT).duration_since(UNIX_EPOCH).unwrap_or_default();
        self.message.clear();
        write!(
            self.message,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\
             Lambda-Runtime-Aws-Request-Id: 00000000-0000-4000-8000-{id:012}\r\n\
             Lambda-Runtime-Deadline-Ms: {}\r\n\
             Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:000000000000:function:floor\r\n\
             Content-Length: {}\r\n\r\n",
            deadline.as_millis(),
            event.len()
        )?;
        self.message.extend_from_slice(event);
        send(guest, &self.message)
    }
}

/// Tells whether a guest that asked for `next` is still there: such a guest sends nothing, so anything to read is its end.
fn is_open(guest: &TcpStream) -> bool {
    matches!(guest.try_read(&mut [0]), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}

#[cfg(test)]
mod tests {
    use super::request_id;

    #[test]
    fn a_response_names_its_invocation() {
        let path = "/2018-06-01/runtime/invocation/00000000-0000-4000-8000-000000000042/response";
        assert_eq!(request_id(&format!("POST {path} HTTP/1.1")), Some(42));
    }

    #[test]
    fn a_failed_init_belongs_to_no_invocation() {
        assert_eq!(request_id("POST /2018-06-01/runtime/init/error HTTP/1.1"), None);
    }
}
