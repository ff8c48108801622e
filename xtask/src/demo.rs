//! `cargo xtask demo`: Lambkin doing its main job on real input, checked.
//!
//! A Python function shrinks a photograph with Pillow, a Rust function counts words, a Node function uses an npm
//! package. The real AWS CLI deploys and invokes them; every answer is checked; logs and timings follow.

mod examples;
mod jpeg;
mod timings;

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::Value;

use crate::aws::Aws;
use crate::checkout::{Build, Checkout};
use crate::demo::examples::Example;
use crate::provision;
use crate::server::Server;
use crate::steps::Steps;

/// The role is only named: Lambkin does not look inside yet.
const ROLE: &str = "arn:aws:iam::000000000000:role/demo";

/// How long an acknowledged invocation's log lines may take to be readable.
const LOG_PATIENCE: Duration = Duration::from_secs(10);

/// How to show it.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Warm invocations to time per function
    #[arg(long, default_value_t = 50)]
    warm: u32,
    /// Cold starts to time per function
    #[arg(long, default_value_t = 5)]
    cold: u32,
}

/// Runs the demo; fails if any answer is not what it has to be.
pub(crate) fn run(checkout: &Checkout, options: &Options) -> Result<()> {
    let mut steps = Steps::new(provision::STEPS + 4 + examples::COUNT);
    let provisioned = provision::steps(checkout, &mut steps)?;
    steps.step("Building lambkin (release)", || provision::build(checkout, Build::Release))?;
    let server = steps
        .step("Starting lambkin on a free port, with data in target/demo", || start(checkout))?;
    let aws = Aws::new(&server)?;
    let examples = examples::all(&provisioned);
    for example in &examples {
        steps.step(example.what, || show(checkout, &server, &aws, example))?;
    }
    steps.step("Timings", || {
        let names: Vec<_> =
            examples.iter().map(|example| (example.name, example.event_file())).collect();
        timings::show(checkout, &server, &names, options.cold, options.warm)
    })?;
    steps.step("Cleaning up: deleting the functions, stopping lambkin with SIGTERM", || {
        for example in &examples {
            aws.show(&["lambda", "delete-function", "--function-name", example.name])?;
        }
        server.stop()
    })?;
    println!(
        "\neverything worked, in {}. The thumbnail is {}",
        steps.elapsed(),
        checkout.target.join("demo/thumbnail.jpg").display()
    );
    Ok(())
}

fn start(checkout: &Checkout) -> Result<Server> {
    let server = Server::start(checkout, Build::Release, "demo")?;
    println!("  ready {}", server.endpoint());
    println!("  (the server's own log: {})", server.log().display());
    Ok(server)
}

/// Deploys one example, invokes it, checks its answer and shows its log.
fn show(checkout: &Checkout, server: &Server, aws: &Aws, example: &Example) -> Result<()> {
    let package = format!("{}.zip", example.folder);
    fs::copy(checkout.package(example.folder), server.home().join(&package))?;
    let event = (example.event)(checkout)?;
    fs::write(server.home().join(example.event_file()), serde_json::to_vec(&event)?)?;

    let zip_file = format!("fileb://{package}");
    let memory = example.memory_mib.to_string();
    aws.show_json(&[
        "lambda",
        "create-function",
        "--function-name",
        example.name,
        "--runtime",
        &example.runtime,
        "--handler",
        example.handler,
        "--memory-size",
        &memory,
        "--timeout",
        "10",
        "--role",
        ROLE,
        "--zip-file",
        &zip_file,
    ])?;
    aws.show(&["lambda", "wait", "function-active-v2", "--function-name", example.name])?;

    let payload = format!("fileb://{}", example.event_file());
    let meta = aws.show_json(&[
        "lambda",
        "invoke",
        "--function-name",
        example.name,
        "--payload",
        &payload,
        "answer.json",
    ])?;
    let answer = fs::read_to_string(server.home().join("answer.json"))?;
    println!("    {}", shorten(&answer));
    ensure!(
        meta["StatusCode"] == 200 && meta["FunctionError"] == Value::Null,
        "the function failed: {meta} {answer}"
    );
    let answer: Value = serde_json::from_str(&answer).context("the answer is JSON")?;
    let finding = (example.check)(&answer, server)?;
    println!("    correct: {finding}");
    show_log(aws, example.name)
}

/// Shows what `aws logs tail` says, once the invocation's closing line is there.
fn show_log(aws: &Aws, name: &str) -> Result<()> {
    let group = format!("/aws/lambda/{name}");
    let deadline = Instant::now() + LOG_PATIENCE;
    loop {
        let mut tail =
            aws.command(&["logs", "tail", &group, "--since", "10m", "--format", "short"]);
        let output = crate::process::capture(&mut tail)?;
        let log = String::from_utf8_lossy(&output.stdout);
        if log.contains("REPORT RequestId") {
            println!("  $ aws logs tail {group} --since 10m --format short");
            log.lines().for_each(|line| println!("    {}", line.trim_end()));
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(Instant::now() < deadline, "no REPORT line in {group}: {log}{said}");
        thread::sleep(Duration::from_millis(200));
    }
}

/// Long answers (a picture, say) in one line.
fn shorten(text: &str) -> String {
    const SHOWN: usize = 100;
    if text.len() <= SHOWN + 20 {
        return text.to_owned();
    }
    let start: String = text.chars().take(SHOWN).collect();
    format!("{start}… ({} bytes)", text.len())
}
