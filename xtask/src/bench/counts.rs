//! What a warm invocation costs in things that can be counted: they are the same on a busy machine.
//!
//! **Instructions** in user space: the serving process runs under valgrind's callgrind, which is told to begin anew after
//! a warm-up and to write down what it has after so many invocations over one connection. Only the serving process is
//! counted, neither guests nor spawner nor generator. The functions that cost most are named from its profile.
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

use self::callgrind::Profile;
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
use crate::process;
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
    if process::find("valgrind").is_some() && process::find("callgrind_control").is_some() {
        instructions(checkout, guest, count, &mut section.text).await?;
    } else {
        section.text.push_str("\nInstructions were not counted: there is no valgrind here.\n");
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
    text: &mut String,
) -> Result<()> {
    let folder = super::clear(checkout.target.join("bench-callgrind"))?;
    let tool = callgrind::command_line(&folder);
    let server = Server::start_under(checkout, Build::Release, "bench-counts", &tool)?;
    let ours = deploy(&server, guest).await?;
    let ours = profile(&ours, count, &folder).await?;
    server.stop()?;
    let floor = Floor::start_under(folder.join("floor.log"), &tool)?;
    let _guest = floor.start_guest(guest)?;
    let floor = profile(&floor.target(&functions::invocations(NAME)), count, &folder).await?;
    let each = |profile: &Profile| profile.total / number(count);
    let _ = write!(
        text,
        "\n| | floor | Lambkin | ratio |\n|---|---:|---:|---:|\n\
         | instructions in user space | {:.0} | {:.0} | {:.2} |\n\n\
         Where Lambkin's are (callgrind; inclusive counts a function with what it calls):\n\n\
         | itself | | inclusive | |\n|---:|---|---:|---|\n",
        each(&floor),
        each(&ours),
        each(&ours) / each(&floor)
    );
    let cell = |list: &[(f64, String)], at: usize| {
        list.get(at).map_or_else(
            || " | ".to_owned(),
            |(cost, name)| format!("{:.0} | `{name}`", cost / number(count)),
        )
    };
    for at in 0..NAMED {
        let _ = writeln!(text, "| {} | {} |", cell(&ours.own, at), cell(&ours.inclusive, at));
    }
    Ok(())
}

async fn profile(target: &Target, count: usize, folder: &std::path::Path) -> Result<Profile> {
    invoke(target, count / 5 + 1).await?;
    callgrind::begin(target.pid)?;
    invoke(target, count).await?;
    callgrind::end(target.pid, folder)
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
