//! The configuration: file, then command line; every key has a default.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use engine::EngineConfig;
use identity::UnknownRoles;
use model::{AccountId, Limits, Region};
use serde::Deserialize;
use signing::Roots;

use crate::{
    cli::{AuthSwitch, DataArguments, StartArguments},
    encryption::EncryptionKeys,
    metrics_route::Readers,
    place,
};

/// The configuration file.
#[derive(Debug, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Config {
    /// Address and port to listen on (default 127.0.0.1:4566).
    pub(crate) listen: SocketAddr,
    /// Where everything durable is kept (default /var/lib/lambkin for root, else
    /// ~/.local/share/lambkin).
    pub(crate) data_dir: PathBuf,
    /// Where packages are unpacked, as their functions need them: in the clear (default `code` in the
    /// data directory; memory or an encrypted disk keeps them off the disk).
    pub(crate) code_cache_dir: Option<PathBuf>,
    /// Where runtimes are (default `runtimes` in the data directory).
    pub(crate) runtimes_dir: Option<PathBuf>,
    /// Whether requests must be signed: on or off (default on; off only on loopback).
    pub(crate) auth: AuthSwitch,
    /// The account that owns everything (default 000000000000).
    pub(crate) account_id: AccountId,
    /// The region of unsigned requests and of `lambkin env` (default us-east-1).
    pub(crate) default_region: Region,
    /// What is done about a function's role that IAM does not have: accept (its credentials may do
    /// nothing) or refuse (as on AWS; default accept).
    pub(crate) unknown_roles: UnknownRoles,
    /// Who may read `/_lambkin/metrics`, which names functions: loopback (programs on this machine),
    /// anyone (whoever reaches the port) or nobody (default loopback).
    pub(crate) metrics: Readers,
    /// Connections open at once; more wait to be accepted (count; default 4096).
    pub(crate) max_connections: usize,
    /// Memory for the bodies of requests and answers under way; requests that find no room are
    /// answered with 429 before they are read (MiB; default 512; bodies of up to 16 KiB always
    /// have room).
    pub(crate) max_buffered_mib: usize,
    /// Threads that answer requests and guests; 0 makes one for each processor (count; default 0;
    /// fewer leave more of the processors to functions, and wake each other less).
    pub(crate) worker_threads: usize,
    /// How long requests under way may take after SIGTERM (duration; default 30s).
    #[serde(with = "humantime_serde")]
    pub(crate) drain_timeout: Duration,
    /// Limits and delays that AWS fixes.
    pub(crate) limits: Limits,
    /// Running functions.
    pub(crate) engine: EngineConfig,
    /// The log service.
    pub(crate) logs: service_logs::LogsConfig,
    /// The key management service.
    pub(crate) kms: service_kms::KmsConfig,
    /// The object storage service.
    pub(crate) s3: service_s3::S3Config,
    /// The functions' network.
    pub(crate) network: NetworkKeys,
    /// Function URLs.
    pub(crate) function_urls: FunctionUrlKeys,
    /// Encryption at rest.
    pub(crate) encryption: EncryptionKeys,
    /// Code signing.
    pub(crate) code_signing: CodeSigningKeys,
    /// The embedded store.
    pub(crate) store: store::sqlite::Config,
}

/// The `[function-urls]` table.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct FunctionUrlKeys {
    /// Where function URLs are reached, for example `https://functions.example.com`, whose subdomains
    /// must lead here (URL; default: where the client that asks for the address reached this server).
    pub(crate) base_url: Option<String>,
    /// Whether callers need `lambda:InvokeFunction` beside `lambda:InvokeFunctionUrl`, as AWS asks of
    /// URLs made since October 2025 (default false).
    pub(crate) needs_invoke_permission: bool,
}

/// The `[network]` table.
#[derive(Debug, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct NetworkKeys {
    /// First address of the block that environments get theirs from (default 100.72.0.0).
    pub(crate) subnet: Ipv4Addr,
    /// Length of the block's prefix in bits (8 to 30; default 14).
    pub(crate) prefix_length: u8,
    /// Name servers of functions (default: this machine's, except loopback addresses).
    pub(crate) nameservers: Vec<IpAddr>,
}

/// The `[code-signing]` table.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct CodeSigningKeys {
    /// Files with certificates, in PEM, that are trusted to have signed those of signers, like the root of
    /// AWS Signer (default none: only the certificates that signing profiles name are trusted).
    pub(crate) trusted_certificates: Vec<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 4566)),
            data_dir: place::default_data_dir(),
            code_cache_dir: None,
            runtimes_dir: None,
            auth: AuthSwitch::On,
            account_id: "000000000000".parse().expect("twelve digits"),
            default_region: "us-east-1".parse().expect("a region"),
            unknown_roles: UnknownRoles::Accept,
            metrics: Readers::Loopback,
            max_connections: 4096,
            max_buffered_mib: 512,
            worker_threads: 0,
            drain_timeout: Duration::from_secs(30),
            limits: Limits::default(),
            engine: EngineConfig::default(),
            logs: service_logs::LogsConfig::default(),
            kms: service_kms::KmsConfig::default(),
            s3: service_s3::S3Config::default(),
            network: NetworkKeys::default(),
            function_urls: FunctionUrlKeys::default(),
            encryption: EncryptionKeys::default(),
            code_signing: CodeSigningKeys::default(),
            store: store::sqlite::Config::default(),
        }
    }
}

impl Default for NetworkKeys {
    fn default() -> Self {
        let network = jail::NetworkConfig::default();
        Self {
            subnet: network.subnet,
            prefix_length: network.prefix_len,
            nameservers: network.nameservers,
        }
    }
}

// === impl CodeSigningKeys ===

impl CodeSigningKeys {
    /// Reads the certificates.
    pub(crate) fn roots(&self) -> Result<Roots> {
        let mut roots = Roots::default();
        for path in &self.trusted_certificates {
            let mut read = || -> Result<()> { Ok(roots.add(&fs::read_to_string(path)?)?) };
            read().with_context(|| {
                format!("[code-signing] trusted-certificates: {}", path.display())
            })?;
        }
        Ok(roots)
    }
}

// === impl FunctionUrlKeys ===

impl FunctionUrlKeys {
    fn check(&self) -> Result<()> {
        let Some(base) = &self.base_url else { return Ok(()) };
        let host = ["http://", "https://"].iter().find_map(|scheme| base.strip_prefix(scheme));
        let host = host.map(|host| host.strip_suffix('/').unwrap_or(host)).unwrap_or_default();
        let is_host = !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']);
        ensure!(is_host, "function-urls.base-url is `{base}`, not `https://` and a host");
        Ok(())
    }
}

// === impl Config ===

impl Config {
    /// Reads the file that the arguments name, if any.
    pub(crate) fn load(arguments: &DataArguments) -> Result<Self> {
        let mut config = match &arguments.config {
            Some(path) => Self::read(path)?,
            None => Self::default(),
        };
        if let Some(data_dir) = &arguments.data_dir {
            config.data_dir.clone_from(data_dir);
        }
        Ok(config)
    }

    /// Reads the configuration of a server, and checks what no single key can tell.
    pub(crate) fn load_for_start(arguments: &StartArguments) -> Result<Self> {
        let mut config = Self::load(&arguments.data)?;
        config.listen = arguments.listen.unwrap_or(config.listen);
        config.auth = arguments.auth.unwrap_or(config.auth);
        if let Some(account_id) = &arguments.account_id {
            config.account_id = account_id.parse().context("--account-id")?;
        }
        config.function_urls.check()?;
        ensure!(
            config.auth == AuthSwitch::On || config.listen.ip().is_loopback(),
            "--auth off is refused on {}: anyone who reaches it could run code; listen on 127.0.0.1",
            config.listen
        );
        Ok(config)
    }

    /// Gives the directory of the runtimes.
    pub(crate) fn runtimes_dir(&self) -> PathBuf {
        self.runtimes_dir.clone().unwrap_or_else(|| self.data_dir.join("runtimes"))
    }

    /// Gives the directory of unpacked packages.
    pub(crate) fn code_cache_dir(&self, data_dir: &Path) -> PathBuf {
        self.code_cache_dir.clone().unwrap_or_else(|| data_dir.join("code"))
    }

    /// Gives the number of threads that answer, for a machine with so many processors.
    pub(crate) fn worker_threads(&self, processors: usize) -> usize {
        match self.worker_threads {
            0 => processors.max(1),
            threads => threads,
        }
    }

    fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path)
            .with_context(|| format!("cannot read the configuration file {}", path.display()))?;
        toml::from_str(&text)
            .with_context(|| format!("in the configuration file {}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_all_defaults() {
        let config: Config = toml::from_str("").unwrap();
        assert_eq!(config.limits, Limits::default());
        assert_eq!(config.listen.port(), 4566);
    }

    #[test]
    fn a_key_that_does_not_exist_is_refused_by_name() {
        let error = toml::from_str::<Config>("[limits]\nconcurent-executions = 3").unwrap_err();
        assert!(error.to_string().contains("concurent-executions"), "{error}");
    }

    #[test]
    fn the_base_of_function_urls_is_a_scheme_and_a_host() {
        let check = |base: &str| {
            let base_url = Some(base.to_owned());
            FunctionUrlKeys { base_url, ..FunctionUrlKeys::default() }.check()
        };
        for good in ["https://f.example.com", "http://f.example.com:8080/"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in ["", "f.example.com", "ftp://f", "https://", "https://f/path", "https://u@f"] {
            assert!(check(bad).is_err(), "{bad}");
        }
        assert!(FunctionUrlKeys::default().check().is_ok());
    }

    #[test]
    fn durations_are_written_with_units() {
        let config: Config = toml::from_str("[limits]\nidle-timeout = \"90s\"").unwrap();
        assert_eq!(config.limits.idle_timeout, Duration::from_secs(90));
    }

    #[test]
    fn every_processor_has_a_thread_unless_configured() {
        let threads =
            |text, processors| toml::from_str::<Config>(text).unwrap().worker_threads(processors);
        assert_eq!([0, 1, 2, 8].map(|processors| threads("", processors)), [1, 1, 2, 8]);
        assert_eq!(threads("worker-threads = 3", 8), 3);
    }

    #[test]
    fn an_unauthenticated_server_must_not_be_reachable_from_elsewhere() {
        let arguments = StartArguments {
            listen: Some("0.0.0.0:0".parse().unwrap()),
            auth: Some(AuthSwitch::Off),
            account_id: None,
            data: DataArguments { data_dir: None, config: None },
        };
        assert!(Config::load_for_start(&arguments).is_err());
        let loopback = StartArguments { listen: Some("127.0.0.1:0".parse().unwrap()), ..arguments };
        assert!(Config::load_for_start(&loopback).is_ok());
    }
}
