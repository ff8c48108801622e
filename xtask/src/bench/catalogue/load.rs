//! Making functions and versions as fast as the API takes them.

use std::io::{Cursor, Write as _};
use std::time::Duration;

use anyhow::{Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde_json::json;
use tokio::task::JoinSet;

use super::super::client::{Connection, Endpoint};

pub(super) const FUNCTIONS: &str = "/2015-03-31/functions";

/// How many requests are under way at once.
pub(super) const CONNECTIONS: usize = 64;

/// The pause before what came too early for a function is tried again.
const PAUSE: Duration = Duration::from_millis(2);

/// How often that may be.
const TRIES: usize = 5000;

/// The name of the `n`th function; names sort as their numbers do.
pub(super) fn name(n: usize) -> String {
    format!("function-{n:06}")
}

/// Creates functions, and publishes versions of each until it has as many as wanted.
pub(super) async fn fill(endpoint: &Endpoint, functions: usize, versions: usize) -> Result<()> {
    // Two packages in turn: a version is only published if something has changed since the last.
    let packages = [package("one")?, package("two")?];
    let mut clients = JoinSet::new();
    for first in 0..CONNECTIONS.min(functions) {
        let (mut connection, packages) = (endpoint.connect().await?, packages.clone());
        clients.spawn_local(async move {
            let own: Vec<_> = (first..functions).step_by(CONNECTIONS).map(name).collect();
            for name in &own {
                connection.ask(Method::POST, FUNCTIONS, &creation(name, &packages[0])?).await?;
            }
            for version in 1..versions {
                let body = json!({ "ZipFile": packages[version % 2], "Publish": true });
                let body = serde_json::to_vec(&body)?;
                for name in &own {
                    publish(&mut connection, name, &body).await?;
                }
            }
            for name in &own {
                settled(&mut connection, name).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(client) = clients.join_next().await {
        client??;
    }
    Ok(())
}

fn creation(name: &str, package: &str) -> Result<Vec<u8>> {
    let function = json!({
        "FunctionName": name,
        "Runtime": "provided.al2023",
        "Handler": "bootstrap",
        "Role": "arn:aws:iam::000000000000:role/bench",
        "Description": "One of very many functions",
        "Environment": { "Variables": { "STAGE": "production", "TABLE": "orders" } },
        "Publish": true,
        "Code": { "ZipFile": package },
    });
    Ok(serde_json::to_vec(&function)?)
}

/// Publishes once the update before has settled.
async fn publish(connection: &mut Connection, name: &str, body: &[u8]) -> Result<()> {
    let path = format!("{FUNCTIONS}/{name}/code");
    for _ in 0..TRIES {
        connection.prepare(Method::PUT, &path, None, body)?;
        let (answer, _) = connection.exchange().await?;
        if answer.head.starts_with(b"HTTP/1.1 200") {
            return Ok(());
        }
        let early = answer.head.starts_with(b"HTTP/1.1 409");
        ensure!(early, "{}: {}", answer.first_line(), String::from_utf8_lossy(answer.body));
        tokio::time::sleep(PAUSE).await;
    }
    anyhow::bail!("{name} does not settle")
}

async fn settled(connection: &mut Connection, name: &str) -> Result<()> {
    let path = format!("{FUNCTIONS}/{name}/configuration");
    for _ in 0..TRIES {
        let answer = connection.ask(Method::GET, &path, b"").await?;
        let configuration: serde_json::Value = serde_json::from_slice(&answer)?;
        if configuration["LastUpdateStatus"] == "Successful" {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
    anyhow::bail!("{name} does not settle")
}

fn package(text: &str) -> Result<String> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
    archive.start_file("bootstrap", options)?;
    writeln!(archive, "#!/bin/sh\n# {text}")?;
    Ok(STANDARD.encode(archive.finish()?.into_inner()))
}
