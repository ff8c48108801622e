//! A wake-up that carries no data: look again, something may have come.

use std::collections::HashMap;

use parking_lot::Mutex;
use tokio::sync::watch;

/// Wakes its owner when the thing it was made for may have changed.
///
/// Signals merge: one wake-up may stand for many changes, and a wake-up may be spurious. A change
/// that happens after the signal was made and before [`Signal::wait`] is called is not missed.
#[derive(Debug)]
pub struct Signal(watch::Receiver<()>);

impl Signal {
    /// Waits for the next change; answers `false` when there will be none because the store is closed.
    ///
    /// Dropping the future loses nothing.
    pub async fn wait(&mut self) -> bool {
        self.0.changed().await.is_ok()
    }
}

/// The senders of many named signals, for use by backends.
#[derive(Debug, Default)]
pub struct Signals {
    senders: Mutex<HashMap<String, watch::Sender<()>>>,
}

impl Signals {
    /// Returns a signal for `name` that sees every notification from now on.
    pub fn subscribe(&self, name: &str) -> Signal {
        let mut senders = self.senders.lock();
        // Names come and go with functions and log groups; those nobody listens to are dropped here.
        senders.retain(|_, sender| !sender.is_closed());
        Signal(senders.entry(name.to_owned()).or_insert_with(|| watch::Sender::new(())).subscribe())
    }

    /// Wakes everyone who listens to `name`.
    pub fn notify(&self, name: &str) {
        if let Some(sender) = self.senders.lock().get(name) {
            sender.send_replace(());
        }
    }
}
