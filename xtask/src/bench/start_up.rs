//! Starting the server: from executing the program to its `ready` line, with a new data directory, and what it then holds.

use anyhow::Result;

use super::processes::{self, Memory};
use super::statistics::Times;
use crate::checkout::{Build, Checkout};
use crate::server::Server;

/// What was found.
#[derive(Debug)]
pub(super) struct StartUp {
    /// How long each start took.
    pub(super) times: Times,
    /// Resident memory of the last idle server process.
    pub(super) resident_kib: u64,
    /// Its memory and its spawner's.
    pub(super) memory: Memory,
}

/// Starts and stops a server several times.
pub(super) fn measure(checkout: &Checkout, starts: usize) -> Result<StartUp> {
    let (mut times, mut resident_kib, mut memory) = (Vec::new(), 0, Memory::default());
    for _ in 0..starts {
        let server = Server::start(checkout, Build::Release, "bench-start")?;
        times.push(server.start_up());
        resident_kib = processes::resident_kib(server.pid())?;
        memory = processes::memory(server.pid())?;
        server.stop()?;
    }
    Ok(StartUp { times: Times::new(times), resident_kib, memory })
}
