//! Warm invocations: the same load on the floor and on Lambkin, in turns.

use anyhow::Result;

use super::Effort;
use super::client::Endpoint;
use super::floor_process::{Bare, Floor};
use super::functions;
use super::guests::Guest;
use super::load::{Round, Target, round};
use crate::server::Server;

/// How many clients there are at once.
pub(super) const CONNECTIONS: [usize; 3] = [1, 8, 32];

/// The function that is invoked.
const NAME: &str = "bench-warm";

/// What was found with so many connections.
#[derive(Debug)]
pub(super) struct Warm {
    /// The number of connections, and of the floor's guests.
    pub(super) connections: usize,
    /// Rounds of the floor and of Lambkin, each pair one after the other.
    pub(super) rounds: Vec<(Round, Round)>,
}

/// Measures with each number of connections.
pub(super) async fn measure(
    server: &Server,
    floor: &Floor,
    guest: &Guest,
    effort: &Effort,
) -> Result<Vec<Warm>> {
    let endpoint = Endpoint::of(server)?;
    functions::create(&endpoint, guest, &[NAME.to_owned()]).await?;
    let path = functions::invocations(NAME);
    let ours = Target { endpoint, path: path.clone(), pid: server.pid() };
    let theirs = floor.target(&path);
    let mut guests = Vec::<Bare>::new();
    let mut found = Vec::new();
    for connections in CONNECTIONS {
        while guests.len() < connections {
            guests.push(floor.start_guest(guest)?);
        }
        // Lambkin starts its environments here.
        for target in [&theirs, &ours] {
            round(target, connections, effort.warm_up).await?;
        }
        let mut rounds = Vec::new();
        for _ in 0..effort.rounds {
            let floor = round(&theirs, connections, effort.round).await?;
            rounds.push((floor, round(&ours, connections, effort.round).await?));
        }
        found.push(Warm { connections, rounds });
    }
    functions::delete(&ours.endpoint, &[NAME.to_owned()]).await?;
    Ok(found)
}
