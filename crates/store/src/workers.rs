//! Named threads that do blocking work for asynchronous callers.

use std::collections::VecDeque;
use std::fmt::{self, Debug};
use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use crate::BackendError;

type Task<C> = Box<dyn FnOnce(&mut C) + Send>;

/// Threads that share a queue of tasks; each owns a context `C` that it lends to its tasks.
///
/// Dropping it finishes the tasks that are queued and joins the threads.
pub(crate) struct Workers<C> {
    shared: Arc<Shared<C>>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared<C> {
    state: Mutex<State<C>>,
    changed: Condvar,
}

struct State<C> {
    tasks: VecDeque<Task<C>>,
    closed: bool,
}

// === impl Workers ===

impl<C: Send + 'static> Workers<C> {
    /// Starts one thread for each context.
    pub(crate) fn start(name: &str, contexts: Vec<C>) -> io::Result<Self> {
        let state = State { tasks: VecDeque::new(), closed: false };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let mut workers = Self { shared, threads: Vec::with_capacity(contexts.len()) };
        for (number, context) in contexts.into_iter().enumerate() {
            let shared = Arc::clone(&workers.shared);
            let builder = thread::Builder::new().name(format!("{name}-{number}"));
            workers.threads.push(builder.spawn(move || shared.work(context))?);
        }
        Ok(workers)
    }

    /// Has a thread run `act`; dropping the future does not stop it.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut C) -> T + Send + 'static,
    ) -> Result<T, BackendError> {
        let (done, result) = oneshot::channel();
        let task: Task<C> = Box::new(move |context| {
            let _ = done.send(act(context));
        });
        self.shared.state.lock().tasks.push_back(task);
        self.shared.changed.notify_one();
        result.await.map_err(|_| BackendError::Closed)
    }
}

impl<C> Drop for Workers<C> {
    fn drop(&mut self) {
        self.shared.state.lock().closed = true;
        self.shared.changed.notify_all();
        for thread in self.threads.drain(..) {
            // A worker that panicked has already said so.
            let _ = thread.join();
        }
    }
}

impl<C> Debug for Workers<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workers").field("threads", &self.threads.len()).finish_non_exhaustive()
    }
}

// === impl Shared ===

impl<C> Shared<C> {
    fn work(&self, mut context: C) {
        while let Some(task) = self.next() {
            task(&mut context);
        }
    }

    fn next(&self) -> Option<Task<C>> {
        let mut state = self.state.lock();
        loop {
            if let Some(task) = state.tasks.pop_front() {
                return Some(task);
            }
            if state.closed {
                return None;
            }
            self.changed.wait(&mut state);
        }
    }
}
