//! What a warm invocation costs in things that can be counted: they are the same on a busy machine.
//!
//! **Instructions** in user space: the serving process runs under valgrind's callgrind, once for so many invocations over
//! one connection and once for three times as many; what the second run has more, divided by what it did more, is an
//! invocation. Only the serving process is counted, neither guests nor spawner nor generator. The functions that cost
//! most are named from the same difference.
//!
//! **System calls**: the kernel's own counters of `perf stat`, attached to the serving process as it is normally run, as
//! `strace` would slow it so much that it does other things.
//!
//! A tool that this machine lacks is named on the page, and its figures are missing.

mod callgrind;
mod system_calls;

use std::fmt::Write as _;

use anyhow::Result;
use http::Method;

use self::callgrind::{Profile, Tool};
use self::system_calls::Calls;
use super::client::{Endpoint, PATIENCE, check_greeting};
use super::floor_process::Floor;
use super::functions;
use super::guests::{EVENT, GREETING, Guest};
use super::load::Target;
use super::section::Section;
use super::steal::Reading;
use super::words::number;
use crate::checkout::{Build, Checkout};
use crate::server::Server;

const NAME: &str = "bench-counts";

/// Functions that are named.
const NAMED: usize = 15;

/// Measures with so many invocations.
pub(super) async fn measure(checkout: &Checkout, guest: &Guest, count: usize) -> Result<Section> {
    let since = Reading::now()?;
    let mut section = Section {
        title: "What a warm invocation costs, counted".to_owned(),
        text: format!("{}, one connection, {count} invocations.\n", guest.title),
        ..Section::default()
    };
    let folder = super::clear(checkout.target.join("bench-callgrind"))?;
    match Tool::find(checkout, folder) {
        None => section.text.push_str("\nInstructions were not counted: there is no valgrind.\n"),
        Some(tool) => {
            if let Err(error) = instructions(checkout, guest, count, &tool, &mut section.text).await
            {
                let _ = writeln!(
                    section.text,
                    "\nInstructions were not counted, as this valgrind cannot run it: {error:#}."
                );
            }
        }
    }
    match system_calls::possible() {
        Ok(()) => calls(checkout, guest, count, &mut section.text).await?,
        Err(reason) => {
            let _ = writeln!(section.text, "\nSystem calls were not counted: {reason:#}.");
        }
    }
    section.stolen = since.stolen_percent()?;
    Ok(section)
}

async fn instructions(
    checkout: &Checkout,
    guest: &Guest,
    count: usize,
    tool: &Tool,
    text: &mut String,
) -> Result<()> {
    let once = ours(checkout, guest, count, tool).await?;
    let thrice = ours(checkout, guest, 3 * count, tool).await?;
    let ours = thrice.beyond(&once, 2.0 * number(count));
    let once = floor(checkout, guest, count, tool).await?;
    let thrice = floor(checkout, guest, 3 * count, tool).await?;
    let floor = thrice.beyond(&once, 2.0 * number(count));
    let _ = write!(
        text,
        "\n| | floor | Lambkin | ratio |\n|---|---:|---:|---:|\n\
         | instructions in user space | {:.0} | {:.0} | {:.2} |\n\n\
         Where Lambkin's are; with what a function calls, only for functions outside of the standard library and tokio. \
         Valgrind has no SHA instructions, so that signatures cost more here than they do.\n\n\
         | itself | | with what it calls | |\n|---:|---|---:|---|\n",
        floor.total,
        ours.total,
        ours.total / floor.total
    );
    let mut named = ours.inclusive;
    named.retain(|name, _| !callgrind::is_frame(name));
    let inclusive = callgrind::most(&named, NAMED);
    for (at, (name, cost)) in callgrind::most(&ours.own, NAMED).into_iter().enumerate() {
        let (other, with_calls) = inclusive.get(at).copied().unwrap_or_default();
        let _ = writeln!(text, "| {cost:.0} | `{name}` | {with_calls:.0} | `{other}` |");
    }
    Ok(())
}

async fn ours(checkout: &Checkout, guest: &Guest, count: usize, tool: &Tool) -> Result<Profile> {
    let line = tool.command_line();
    let server = Server::start_under(checkout, Build::Release, "bench-counts", &line)?;
    invoke(&deploy(&server, guest).await?, count).await?;
    let pid = server.pid();
    server.stop()?;
    tool.read(pid)
}

async fn floor(checkout: &Checkout, guest: &Guest, count: usize, tool: &Tool) -> Result<Profile> {
    let log = checkout.target.join("bench-counts/floor.log");
    let floor = Floor::start_under(log, &tool.command_line())?;
    let process = floor.start_guest(guest)?;
    let target = floor.target(&functions::invocations(NAME));
    invoke(&target, count).await?;
    drop(process);
    floor.stop()?;
    tool.read(target.pid)
}

async fn calls(checkout: &Checkout, guest: &Guest, count: usize, text: &mut String) -> Result<()> {
    let server = Server::start(checkout, Build::Release, "bench-counts")?;
    let ours = deploy(&server, guest).await?;
    let ours = counted(&ours, count).await?;
    server.stop()?;
    let floor = Floor::start(checkout.target.join("bench-counts/floor.log"))?;
    let _guest = floor.start_guest(guest)?;
    let floor = counted(&floor.target(&functions::invocations(NAME)), count).await?;
    let _ = write!(
        text,
        "\n| system calls | floor | Lambkin |\n|---|---:|---:|\n| all | {:.2} | {:.2} |\n",
        floor.all() / number(count),
        ours.all() / number(count)
    );
    for (name, number_of) in ours.most(NAMED) {
        let _ = writeln!(
            text,
            "| {name} | {:.2} | {:.2} |",
            floor.of(name) / number(count),
            number_of / number(count)
        );
    }
    Ok(())
}

async fn counted(target: &Target, count: usize) -> Result<Calls> {
    invoke(target, count / 5 + 1).await?;
    let counter = system_calls::begin(target.pid)?;
    invoke(target, count).await?;
    counter.end()
}

async fn deploy(server: &Server, guest: &Guest) -> Result<Target> {
    let endpoint = Endpoint::of(server)?;
    functions::create(&endpoint, guest, &[NAME.to_owned()]).await?;
    Ok(Target { endpoint, path: functions::invocations(NAME), pid: server.pid() })
}

/// Invokes one after the other over one connection.
async fn invoke(target: &Target, count: usize) -> Result<()> {
    let mut connection = target.endpoint.connect().await?;
    for _ in 0..count {
        connection.prepare(Method::POST, &target.path, None, EVENT)?;
        let (answer, _) = tokio::time::timeout(PATIENCE, connection.exchange()).await??;
        check_greeting(&answer, GREETING)?;
    }
    Ok(())
}
