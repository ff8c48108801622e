//! How a jail becomes an environment, and how a runtime is started in it.
//!
//! Everything here waits for the kernel and for the jail's init, so it runs on a blocking thread: all of a start in a
//! row on one, since every change of threads would delay the guest.

use std::{io, os::fd::AsFd, path::PathBuf, sync::Arc};

use jail::{CpuLimit, ExecError, ExecSpec, GuestPid, Limits as JailLimits, Mount};
use model::invocation::Failure;
use tokio::time::Instant;

use super::{Blueprint, Environment, MIB, StartError};
use crate::{
    logs::{Pipes, WriteEnds},
    stem::Waiting,
    variables::{self, TELEMETRY_FD},
};

const STDIN: i32 = 0;
const STDOUT: i32 = 1;
const STDERR: i32 = 2;

/// Says why no runtime was started.
#[derive(Debug, thiserror::Error)]
enum Unstarted {
    #[error("no bootstrap can be executed")]
    NoBootstrap,
    #[error("the jail refused")]
    Machine(#[source] ExecError),
    #[error("the log pipes cannot be opened")]
    Pipes(#[from] io::Error),
}

/// Makes the jail this function's, and starts its runtime, or tells the one that waits who it is.
pub(super) fn first_start(
    environment: &Arc<Environment>,
    waiting: Option<Waiting>,
) -> Result<(), StartError> {
    let began = Instant::now();
    furnish(environment, waiting.is_some())?;
    let furnished = Instant::now();
    let from_stem = waiting.is_some_and(|waiting| specialise(environment, waiting));
    if !from_stem {
        start_runtime(environment);
    }
    tracing::debug!(
        log_stream = environment.blueprint.log_stream.name,
        from_stem,
        furnish_us = furnished.duration_since(began).as_micros(),
        execute_us = furnished.elapsed().as_micros(),
        "a runtime was started"
    );
    Ok(())
}

/// Makes a waiting interpreter this function's runtime; `false` if it has gone.
fn specialise(environment: &Arc<Environment>, waiting: Waiting) -> bool {
    let variables = variables::build(&environment.blueprint);
    if let Err(error) = waiting.specialise(&variables) {
        tracing::warn!(%error, ?environment, "a stem cell was lost; starting without");
        // Whatever is left of it must not be there beside the runtime.
        if let Err(error) = environment.jail.kill_all() {
            tracing::error!(%error, ?environment, "cannot end a stem cell");
        }
        return false;
    }
    // Nobody looks at the guest's calls before this has returned, so none can come too early.
    let mut core = environment.core.lock();
    core.prepare(environment, waiting.pipes);
    core.started(waiting.guest);
    true
}

/// Starts the runtime from the first bootstrap that is there; a failure becomes the core's.
pub(super) fn start_runtime(environment: &Arc<Environment>) {
    if let Err(error) = execute(environment) {
        let failure = failure(environment, &error);
        environment.with_core(|core| core.fail(environment, &failure));
    }
}

/// Turns a jail into this function's: limits, code, runtime unless it is there already, and `/tmp`.
fn furnish(environment: &Environment, has_runtime: bool) -> Result<(), StartError> {
    let began = Instant::now();
    let Environment { blueprint, jail, .. } = environment;
    jail.set_limits(&JailLimits {
        memory_bytes: environment.memory_bytes(),
        pids: blueprint.limits.processes,
        // Init gets the whole machine; the share by memory applies from the first event on.
        cpu: CpuLimit::Unlimited,
    })?;
    let code = (blueprint.code_dir.as_path(), "/var/task");
    let mut mounts: Vec<Mount> = std::iter::once(code)
        .chain(blueprint.runtime.mounts().into_iter().filter(|_| !has_runtime))
        .map(|(source, target)| Mount::bind(source, target))
        .collect();
    if !blueprint.layer_dirs.is_empty() {
        // A mount has its uppermost directory first.
        let layers = blueprint.layer_dirs.iter().rev().cloned().collect();
        mounts.push(Mount::overlay(layers, "/opt"));
    }
    let limited = Instant::now();
    jail.mount(&mounts)?;
    let mounted = Instant::now();
    jail.set_tmp(u64::from(blueprint.settings.ephemeral_storage_mib) * MIB)?;
    tracing::debug!(
        limits_us = limited.duration_since(began).as_micros(),
        mounts_us = mounted.duration_since(limited).as_micros(),
        tmp_us = mounted.elapsed().as_micros(),
        "a jail was furnished"
    );
    Ok(())
}

fn execute(environment: &Arc<Environment>) -> Result<(), Unstarted> {
    let (pipes, ends) = Pipes::open()?;
    environment.core.lock().prepare(environment, pipes);
    let guest = execute_bootstrap(environment, &ends)?;
    environment.core.lock().started(guest);
    Ok(())
}

fn execute_bootstrap(environment: &Environment, ends: &WriteEnds) -> Result<GuestPid, Unstarted> {
    let blueprint = &environment.blueprint;
    let stdin = std::fs::File::open("/dev/null")?;
    let mut spec = ExecSpec {
        argv: Vec::new(),
        env: variables::build(blueprint),
        cwd: PathBuf::from("/var/task"),
        fds: vec![(stdin.as_fd(), STDIN), (ends.output(), STDOUT), (ends.output(), STDERR)],
    };
    if blueprint.runtime.is_managed() {
        spec.fds.push((ends.telemetry(), TELEMETRY_FD));
    }
    for bootstrap in blueprint.runtime.bootstraps() {
        spec.argv = vec![(*bootstrap).to_owned()];
        match environment.jail.exec(&spec) {
            Ok(guest) => return Ok(guest),
            Err(ExecError::Program { .. }) => {}
            Err(error) => return Err(Unstarted::Machine(error)),
        }
    }
    Err(Unstarted::NoBootstrap)
}

fn failure(environment: &Environment, error: &Unstarted) -> Failure {
    match error {
        Unstarted::NoBootstrap => {
            let Blueprint { runtime, .. } = &environment.blueprint;
            let searched = runtime.bootstraps().iter().map(|&place| place.to_owned()).collect();
            Failure::NoBootstrap { searched }
        }
        Unstarted::Machine(_) | Unstarted::Pipes(_) => {
            tracing::error!(%error, ?environment, "cannot start a runtime");
            Failure::Protocol {
                error_type: "Sandbox.Failure",
                message: "The environment could not be started".to_owned(),
            }
        }
    }
}
