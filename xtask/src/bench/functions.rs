//! Deploying the measured functions on a server.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde_json::{Value, json};

use super::client::{Connection, Endpoint, PATIENCE, check_greeting};
use super::guests::{EVENT, GREETING, Guest, MEMORY_MIB};

const FUNCTIONS: &str = "/2015-03-31/functions";

/// Returns the path that invokes a function.
pub(super) fn invocations(name: &str) -> String {
    format!("{FUNCTIONS}/{name}/invocations")
}

/// Creates functions that differ in their names alone, and waits until all can be invoked.
pub(super) async fn create(endpoint: &Endpoint, guest: &Guest, names: &[String]) -> Result<()> {
    let mut connection = endpoint.connect().await?;
    let package = STANDARD.encode(&guest.package);
    for name in names {
        let function = json!({
            "FunctionName": name,
            "Runtime": guest.runtime,
            "Handler": guest.handler,
            "Role": "arn:aws:iam::000000000000:role/bench",
            "MemorySize": MEMORY_MIB,
            "Timeout": 30,
            "Code": { "ZipFile": package },
        });
        connection.ask(Method::POST, FUNCTIONS, &serde_json::to_vec(&function)?).await?;
    }
    for name in names {
        wait_until_active(&mut connection, name).await?;
    }
    Ok(())
}

/// Invokes a function once and returns the answer's body and how long it took.
pub(super) async fn invoke_once(endpoint: &Endpoint, name: &str) -> Result<(Vec<u8>, Duration)> {
    let mut connection = endpoint.connect().await?;
    connection.prepare(Method::POST, &invocations(name), None, EVENT)?;
    let answered = tokio::time::timeout(PATIENCE, connection.exchange()).await;
    let (answer, took) = answered.with_context(|| format!("{name} does not answer"))??;
    check_greeting(&answer, GREETING)?;
    Ok((answer.body.to_vec(), took))
}

/// Deletes functions, which ends their environments.
pub(super) async fn delete(endpoint: &Endpoint, names: &[String]) -> Result<()> {
    let mut connection = endpoint.connect().await?;
    for name in names {
        connection.ask(Method::DELETE, &format!("{FUNCTIONS}/{name}"), b"").await?;
    }
    Ok(())
}

/// Makes names for several functions.
pub(super) fn names(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{prefix}-{number}")).collect()
}

async fn wait_until_active(connection: &mut Connection, name: &str) -> Result<()> {
    let path = format!("{FUNCTIONS}/{name}/configuration");
    let deadline = Instant::now() + PATIENCE;
    loop {
        let configuration = connection.ask(Method::GET, &path, b"").await?;
        let configuration: Value = serde_json::from_slice(&configuration)?;
        if configuration["State"] == "Active" {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "{name} does not become active: {configuration}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
