//! Accepting connections, and letting those under way end well.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::gateway::Gateway;

/// How long a client may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How long the head of a request may be.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// How long to wait after the machine refused a connection, for example for lack of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// An address being listened on.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    connections: Arc<Semaphore>,
}

/// Says why an address cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}")]
pub struct ListenError {
    address: SocketAddr,
    #[source]
    source: io::Error,
}

// === impl Listener ===

impl Listener {
    /// Listens on `address`; port 0 takes any free one. At most `connections` are open at once.
    pub async fn bind(address: SocketAddr, connections: usize) -> Result<Self, ListenError> {
        let failed = |source| ListenError { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let connections = connections.min(Semaphore::MAX_PERMITS);
        Ok(Self { socket: listener, address, connections: Arc::new(Semaphore::new(connections)) })
    }

    /// Gives the address, with the port that was taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves connections until `stop`; then accepts no more, lets each finish its present request,
    /// and returns when all have or `patience` is over.
    pub async fn serve(
        self,
        gateway: Arc<Gateway>,
        tasks: TaskTracker,
        stop: CancellationToken,
        patience: Duration,
    ) {
        let graceful = GracefulShutdown::new();
        loop {
            let (permit, accepted) = tokio::select! {
                () = stop.cancelled() => break,
                next = self.next() => next,
            };
            match accepted {
                Ok(connection) => {
                    serve_connection(connection, Arc::clone(&gateway), &graceful, &tasks, permit);
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        drop(self.socket);
        if timeout(patience, graceful.shutdown()).await.is_err() {
            tracing::warn!(?patience, "some connections did not finish in time");
        }
    }

    /// Accepts the next connection. The permit comes first: connections beyond the limit wait in the
    /// kernel's queue.
    async fn next(&self) -> Accepted {
        // The semaphore is never closed, so there always is a permit in the end.
        let permit = Arc::clone(&self.connections).acquire_owned().await.ok();
        (permit, self.socket.accept().await)
    }
}

/// The right to serve one connection, and the connection.
type Accepted = (Option<OwnedSemaphorePermit>, io::Result<(TcpStream, SocketAddr)>);

fn serve_connection(
    (stream, peer): (TcpStream, SocketAddr),
    gateway: Arc<Gateway>,
    graceful: &GracefulShutdown,
    tasks: &TaskTracker,
    permit: Option<OwnedSemaphorePermit>,
) {
    // Answers are written in one piece; there is nothing to wait for.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let gateway = Arc::clone(&gateway);
        async move { Ok::<_, Infallible>(gateway.answer(request, peer.ip()).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let connection = graceful.watch(connection);
    tasks.spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended early");
        }
        drop(permit);
    });
}
