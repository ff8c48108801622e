//! Servers that keep more or less ready for cold starts.

use anyhow::Result;

use crate::checkout::{Build, Checkout};
use crate::server::Server;

/// The label of the server that keeps ready what it does by default.
pub(super) const AS_USED: &str = "blank jails and stem cells ready";

/// The label of the server that has to make everything.
const DRAINED: &str = "nothing ready";

/// The label of a server of a time before anything could be kept ready.
const UNPREPARED: &str = "nothing ready (no pools in this version)";

/// Keeps nothing ready: as this version says it, then as older ones did.
const NOTHING: [&str; 2] = [
    "[engine]\nblank-jails = 0\nblank-jails-max = 0\nstem-cells = 0\nstem-cells-max = 0\n",
    "[engine]\nblank-jails = 0\nblank-jails-max = 0\n",
];

/// A server with its label.
#[derive(Debug)]
pub(super) struct Variant {
    /// What the page calls it.
    pub(super) label: &'static str,
    /// The server.
    pub(super) server: Server,
}

/// Starts a server as users run it, and one that keeps nothing ready.
///
/// An older version, to be compared with, knows no such setting, and all it can is the second.
pub(super) fn start(checkout: &Checkout) -> Result<Vec<Variant>> {
    let drained = NOTHING.iter().find_map(|tables| {
        Server::start_with(checkout, Build::Release, "bench-drained", tables).ok()
    });
    let server = Server::start(checkout, Build::Release, "bench")?;
    Ok(match drained {
        Some(drained) => {
            vec![Variant { label: AS_USED, server }, Variant { label: DRAINED, server: drained }]
        }
        None => vec![Variant { label: UNPREPARED, server }],
    })
}
