//! The command line.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::sign::SignArguments;

/// AWS Lambda on your own machines.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    after_help = "\
First steps:
  lambkin doctor                     see what this machine offers
  lambkin runtimes add python3.12    add a managed runtime
  lambkin start &                    serve the AWS API on http://127.0.0.1:4566
  eval \"$(lambkin env)\"              point the AWS CLI and SDKs at it
  aws lambda list-functions"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the AWS API until SIGTERM or SIGINT.
    Start(StartArguments),
    /// Print export lines that point AWS tools at this server.
    Env(DataArguments),
    /// Say what isolation and which runtimes this machine offers, and how to get the rest.
    Doctor(DataArguments),
    /// List or add managed runtimes.
    Runtimes(RuntimesArguments),
    /// Sign a package for code signing, or make a key to sign with.
    Sign(SignArguments),
}

#[derive(Debug, Args)]
pub(crate) struct StartArguments {
    /// Address and port to listen on; port 0 takes any free port [default: 127.0.0.1:4566].
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// Whether requests must be signed; off is refused unless listening on loopback [default: on].
    #[arg(long, value_name = "on|off")]
    pub(crate) auth: Option<AuthSwitch>,
    /// The account that owns everything: twelve digits [default: 000000000000].
    #[arg(long, value_name = "ID")]
    pub(crate) account_id: Option<String>,
    #[command(flatten)]
    pub(crate) data: DataArguments,
}

/// Where the server's data and configuration are.
#[derive(Debug, Args)]
pub(crate) struct DataArguments {
    /// Where everything durable is kept [default: /var/lib/lambkin for root, else
    /// ~/.local/share/lambkin].
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Configuration file (TOML); docs/config.md lists the keys.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RuntimesArguments {
    #[command(subcommand)]
    pub(crate) action: RuntimesAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RuntimesAction {
    /// List the runtimes that functions can use now.
    List(DataArguments),
    /// Add a runtime from an interpreter that this machine has; fetches the official client.
    Add {
        /// Identifier, for example python3.12 or nodejs20.x.
        runtime: String,
        /// The interpreter to use [default: the newest one found].
        #[arg(long, value_name = "FILE")]
        interpreter: Option<PathBuf>,
        #[command(flatten)]
        data: DataArguments,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AuthSwitch {
    /// Every request must be signed.
    On,
    /// Nobody has to prove anything.
    Off,
}

/// Prints a line of the command's result.
#[expect(clippy::print_stdout, reason = "what a command prints is its result")]
pub(crate) fn say(line: impl std::fmt::Display) {
    use std::io::Write as _;
    println!("{line}");
    // Whoever waits for the line may be behind a pipe.
    let _ = std::io::stdout().flush();
}

/// Prints why a command failed, with all causes.
#[expect(clippy::print_stderr, reason = "the last word of a failed command")]
pub(crate) fn complain(error: &anyhow::Error) {
    eprintln!("lambkin: {error:#}");
}
