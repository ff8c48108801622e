//! `--peers`: the same function on another program that answers Lambda's API without containers, in turns with Lambkin.
//!
//! The peer is `ministack` from the Python package index, which starts functions as subprocesses of its own on the host,
//! without isolation. It is installed into `.cache/peers` with the interpreter of the Python runtime that Lambkin uses, so
//! that the function runs on the same Python on both sides, and is asked through the same API by the same client. It keeps its default
//! settings but for its address and the choice of subprocesses over Docker.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::net::TcpStream;

use super::client::Endpoint;
use super::effort::Effort;
use super::floor_process::Bare;
use super::functions;
use super::guests::Guest;
use super::load::{Target, round};
use super::processes;
use super::section::Section;
use super::statistics::Times;
use super::steal::Reading;
use super::words::{cells, in_ms};
use crate::checkout::Checkout;
use crate::process::{command, quiet};
use crate::server::Server;

/// The peer's version: results of another one are not comparable.
const PEER: &str = "ministack==1.5.33";

/// How long it may take until the peer listens.
const PATIENCE: Duration = Duration::from_secs(60);

/// Measures the peer and Lambkin; if the peer cannot run here, the section says why.
pub(super) async fn measure(
    checkout: &Checkout,
    server: &Server,
    guest: &Guest,
    effort: &Effort,
) -> Result<Section> {
    let since = Reading::now()?;
    let title = format!("Beside {PEER} ({}, no container)", guest.title);
    let mut section = Section { title, ..Section::default() };
    let peer = match start(checkout, guest).await {
        Ok(peer) => peer,
        Err(error) => {
            let _ = writeln!(section.text, "Not measured, as it does not run here: {error:#}.");
            return Ok(section);
        }
    };
    let (process, address) = peer;
    let endpoints = [Endpoint::unchecked(address), Endpoint::of(server)?];
    match turns(&endpoints, [process.id(), server.pid()], server.pid(), guest, effort).await {
        Ok([theirs, ours]) => tell(&mut section, &theirs, &ours),
        Err(error) => {
            let _ = writeln!(section.text, "Given up, as not every answer was right: {error:#}.");
        }
    }
    section.stolen = since.stolen_percent()?;
    Ok(section)
}

/// Cold and warm invocations of one side.
#[derive(Debug, Default)]
struct Found {
    cold: Vec<Duration>,
    warm: Vec<Times>,
}

async fn turns(
    endpoints: &[Endpoint; 2],
    pids: [u32; 2],
    server: u32,
    guest: &Guest,
    effort: &Effort,
) -> Result<[Found; 2]> {
    let names = functions::names("peers", effort.peer_colds + 1);
    let mut found = [Found::default(), Found::default()];
    for endpoint in endpoints {
        functions::create(endpoint, guest, &names).await?;
    }
    for (number, name) in names.iter().enumerate() {
        for (endpoint, found) in endpoints.iter().zip(&mut found) {
            processes::rest(server).await?;
            let (_, took) = functions::invoke_once(endpoint, name).await?;
            // The first meets caches that are empty, on both sides.
            if number > 0 {
                found.cold.push(took);
            }
        }
    }
    let path = functions::invocations(&names[0]);
    for _ in 0..effort.rounds.div_ceil(4) {
        for ((endpoint, pid), found) in endpoints.iter().zip(pids).zip(&mut found) {
            let target = Target { endpoint: endpoint.clone(), path: path.clone(), pid };
            found.warm.push(round(&target, 1, effort.round * 2).await?.times);
        }
    }
    for endpoint in endpoints {
        functions::delete(endpoint, &names).await?;
    }
    Ok(found)
}

/// Installs and starts the peer, and waits until it listens.
async fn start(checkout: &Checkout, guest: &Guest) -> Result<(Bare, SocketAddr)> {
    let venv = install(checkout, guest)?;
    let home = super::clear(checkout.target.join("bench-peer"))?;
    // The peer takes no port from the kernel; between here and its start anyone could take this one, and then it fails.
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let log = File::create(home.join("log"))?;
    let child = command(venv.join("bin/python"))
        .args(["-m", "ministack"])
        .current_dir(&home)
        .env("GATEWAY_PORT", address.port().to_string())
        .env("BIND_HOST", "127.0.0.1")
        .env("LAMBDA_EXECUTOR", "local")
        .env("TMPDIR", &home)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .context("starting the peer")?;
    let mut process = Bare::new(child);
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(address).await.is_err() {
        if process.has_ended()? || Instant::now() > deadline {
            let said = fs::read_to_string(home.join("log")).unwrap_or_default();
            let last = said.lines().last().unwrap_or("it said nothing");
            anyhow::bail!("it did not start: {last}");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok((process, address))
}

fn install(checkout: &Checkout, guest: &Guest) -> Result<PathBuf> {
    let venv = checkout.path(".cache/peers").join(PEER.replace("==", "-"));
    let stamp = venv.join("complete");
    if stamp.exists() {
        return Ok(venv);
    }
    if venv.exists() {
        fs::remove_dir_all(&venv)?;
    }
    let interpreter = interpreter(&checkout.runtimes().join(&guest.runtime), &guest.runtime)?;
    println!("  installing {PEER}");
    quiet(command(interpreter).args(["-m", "venv"]).arg(&venv))?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", PEER];
    quiet(command(venv.join("bin/python")).args(pip))?;
    fs::write(&stamp, "")?;
    Ok(venv)
}

/// Finds the interpreter of a Python runtime on the host.
fn interpreter(runtime: &Path, name: &str) -> Result<PathBuf> {
    let manifest = fs::read_to_string(runtime.join("runtime.toml"))?;
    let lang = manifest.lines().find_map(|line| line.strip_prefix("lang = "));
    let lang = Path::new(lang.map_or("/usr", |path| path.trim_matches('"')));
    let found = lang.join("bin").join(name);
    ensure!(found.exists(), "{} is not there", found.display());
    Ok(found)
}

fn tell(section: &mut Section, theirs: &Found, ours: &Found) {
    section.text.push_str(
        "The same function through the same API by the same client, in turns. The peer runs it as a subprocess of its own \
         user, without a jail.\n\n\
         | | | samples | p50 | p99 | max |\n|---|---|---:|---:|---:|---:|\n",
    );
    let mut row = |what: &str, who: &str, times: &Times| {
        let count = times.len();
        let _ = writeln!(section.text, "| {what} | {who} | {count} | {} |", cells(times));
        in_ms(times.percentile(50))
    };
    let mut ratios = Vec::new();
    for (what, of) in [
        ("cold", (|found: &Found| Times::new(found.cold.clone())) as fn(&Found) -> Times),
        ("warm", |found: &Found| Times::pooled(found.warm.iter())),
    ] {
        let peer = row(what, "peer", &of(theirs));
        ratios.push((what, peer / row(what, "Lambkin", &of(ours))));
    }
    section.text.push('\n');
    for (what, ratio) in ratios {
        let _ =
            writeln!(section.text, "At p50, a {what} call of Lambkin is {ratio:.1} times as fast.");
    }
}
