//! Starting the server: from executing the program to its `ready` line, with a new data directory, and what it then holds.

use anyhow::Result;

use super::processes::{self, Memory};
use super::section::{Goal, Section, Unit};
use super::statistics::Times;
use super::steal::Reading;
use super::words::{cells, in_ms, mebibytes};
use crate::checkout::{Build, Checkout};
use crate::server::Server;

/// Starts and stops a server several times.
pub(super) fn measure(checkout: &Checkout, starts: usize) -> Result<Section> {
    let since = Reading::now()?;
    let (mut times, mut resident_kib, mut memory) = (Vec::new(), 0, Memory::default());
    for _ in 0..starts {
        let server = Server::start(checkout, Build::Release, "bench-start")?;
        times.push(server.start_up());
        resident_kib = processes::resident_kib(server.pid())?;
        memory = processes::memory(server.pid())?;
        server.stop()?;
    }
    let times = Times::new(times);
    let text = format!(
        "From executing the program to its `ready` line, with a new data directory; {} starts.\n\n\
         | | p50 | p99 | max |\n|---|---:|---:|---:|\n| executed to `ready` | {} |\n\n\
         Resident memory of the idle server is {:.1} MiB; the proportional memory of server, spawner and what they keep \
         ready {:.1} MiB.\n",
        times.len(),
        cells(&times),
        mebibytes(resident_kib),
        mebibytes(memory.ours_kib),
    );
    let p50 = in_ms(times.percentile(50));
    Ok(Section {
        title: "Start-up".to_owned(),
        text,
        goals: vec![
            Goal::at_most("server, start to `ready`, p50", p50, 50.0, Unit::Ms),
            Goal::at_most("server, resident and idle", mebibytes(resident_kib), 25.0, Unit::Mib),
        ],
        curves: Vec::new(),
        stolen: since.stolen_percent()?,
    })
}
