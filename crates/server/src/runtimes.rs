//! `lambkin runtimes`: the managed runtimes of this machine.

use std::{io::Write, path::Path};

use anyhow::{Context, Result, bail, ensure};
use model::runtime::{Family, Support};
use sandbox::Catalogue;

use crate::{
    cli::{RuntimesAction, RuntimesArguments, say},
    config::Config,
};

const ADD_PYTHON: &str = include_str!("../../../runtimes/add-python.sh");
const ADD_NODEJS: &str = include_str!("../../../runtimes/add-nodejs.sh");

/// Lists or adds.
pub(crate) fn run(arguments: &RuntimesArguments) -> Result<()> {
    match &arguments.action {
        RuntimesAction::List(data) => {
            list(&Config::load(data)?.runtimes_dir());
            Ok(())
        }
        RuntimesAction::Add { runtime, interpreter, data } => {
            let place = Config::load(data)?.runtimes_dir();
            add(runtime, interpreter.as_deref(), &place)
        }
    }
}

/// Prints the runtimes that are there.
pub(crate) fn list(place: &Path) {
    for runtime in Catalogue::new(place.to_path_buf()).list() {
        let version = runtime.version.as_deref().unwrap_or("the package brings its own");
        say(format_args!("{:<16} {version}", runtime.name));
    }
}

fn add(name: &str, interpreter: Option<&Path>, place: &Path) -> Result<()> {
    let identifier = model::runtime::find(name)
        .with_context(|| format!("{name} is not a Lambda runtime; try python3.12 or nodejs20.x"))?;
    ensure!(identifier.support == Support::Accepted, "AWS has ended support for {name}");
    let script = match identifier.family {
        Family::Python => ADD_PYTHON,
        Family::Nodejs => ADD_NODEJS,
        Family::Provided => bail!("{name} needs nothing added: the package brings its bootstrap"),
        _ => bail!("Lambkin cannot add {name} yet; build for provided.al2023 instead"),
    };
    std::fs::create_dir_all(place)?;
    run_script(script, name, interpreter, place)
}

#[expect(
    clippy::disallowed_methods,
    reason = "an operator's command that ends with its script; no server is running in this process"
)]
fn run_script(script: &str, name: &str, interpreter: Option<&Path>, place: &Path) -> Result<()> {
    let mut file = tempfile::Builder::new().prefix("lambkin-").suffix(".sh").tempfile()?;
    file.write_all(script.as_bytes())?;
    file.flush()?;
    let status = std::process::Command::new("/bin/sh")
        .arg(file.path())
        .arg(name)
        .arg(place)
        .args(interpreter)
        .status()
        .context("cannot run /bin/sh")?;
    ensure!(status.success(), "{name} was not added");
    Ok(())
}
