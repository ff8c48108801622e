//! `lambkin env`: how AWS tools reach this server.

use std::{fs, path::Path};

use anyhow::Result;

use crate::{
    cli::{DataArguments, say},
    config::Config,
    keys::RootKeys,
};

const ENDPOINT_FILE: &str = "endpoint";

/// Remembers the address of a running server for `lambkin env`.
pub(crate) fn remember_endpoint(data_dir: &Path, endpoint: &str) -> std::io::Result<()> {
    fs::write(data_dir.join(ENDPOINT_FILE), endpoint)
}

/// Prints export lines for a shell.
pub(crate) fn run(arguments: &DataArguments) -> Result<()> {
    let config = Config::load(arguments)?;
    let keys = RootKeys::load_or_create(&config.data_dir)?;
    let endpoint = fs::read_to_string(config.data_dir.join(ENDPOINT_FILE))
        .unwrap_or_else(|_| format!("http://{}", config.listen));
    say(format_args!("export AWS_ENDPOINT_URL={endpoint}"));
    say(format_args!("export AWS_ACCESS_KEY_ID={}", keys.access_key_id));
    say(format_args!("export AWS_SECRET_ACCESS_KEY='{}'", keys.secret_access_key));
    say(format_args!("export AWS_DEFAULT_REGION={}", config.default_region));
    Ok(())
}
