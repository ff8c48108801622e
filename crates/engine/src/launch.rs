//! A new environment: a blank jail, the code, the runtime, and an init.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use model::{
    Limits,
    environment::InitializationType,
    function::{Settings, ZipPackage},
    names::{FunctionName, Region},
};
use sandbox::{
    Blueprint, Catalogue, Cell, Environment, Host, LogSink, LogStream, Runtime, StemKey,
};
use store::Clock;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;
use vault::KeyError;

use crate::{
    clock::{Ids, timestamp},
    code::{CodeError, CodeStore},
    config::EngineConfig,
    nursery::{MakeError, Nursery},
    pool::{Home, Pool},
    role_credentials::RoleCredentials,
    secrets::RoleKeys,
};

/// What every launch needs.
#[derive(Debug)]
pub(crate) struct Launcher {
    pub(crate) nursery: Nursery,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) code: CodeStore,
    pub(crate) limits: Arc<Limits>,
    pub(crate) config: EngineConfig,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) credentials: Arc<dyn RoleCredentials>,
    pub(crate) keys: Arc<dyn RoleKeys>,
    pub(crate) logs: Arc<dyn LogSink>,
    pub(crate) tasks: TaskTracker,
}

/// Says why no environment came to be; the text is for the log and the operator.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LaunchError {
    #[error("Lambkin cannot run container images yet")]
    Image,
    #[error("unknown runtime {0}")]
    UnknownRuntime(String),
    #[error(transparent)]
    MissingRuntime(#[from] sandbox::MissingRuntime),
    #[error("the code cannot be unpacked: {0}")]
    Code(#[from] CodeError),
    #[error("the variables cannot be opened: {0}")]
    Variables(#[from] KeyError),
    #[error("no jail could be made: {0}")]
    Jail(#[from] MakeError),
    #[error("the environment could not be set up: {0}")]
    Start(#[from] sandbox::StartError),
}

// === impl Launcher ===

impl Launcher {
    /// Makes an environment for `pool` and runs its init.
    pub(crate) async fn launch(
        &self,
        pool: &Arc<Pool>,
        (region, name): (&Region, &FunctionName),
        initialization: InitializationType,
    ) -> Result<Arc<Environment>, LaunchError> {
        let settings = pool.settings();
        let began = Instant::now();
        let _starting = self.nursery.starting();
        let runtime = self.runtime(settings)?;
        let variables = settings.environment.as_ref();
        let open = |sealed| {
            let secrets = self.keys.of_role(&settings.role, (region, name));
            secrets.open((region, name), sealed)
        };
        let variables = variables.map(open);
        let id = self.ids.next();
        let package = settings.zip().ok_or(LaunchError::Image)?;
        let code_dir = self.code.unpacked(&package.code.sha256).await?;
        let layer_dirs = self.layers(package).await?;
        let unpacked = Instant::now();
        let cell = self.cell(&runtime, settings, (&code_dir, &layer_dirs)).await?;
        let claimed = Instant::now();
        let blueprint = Blueprint {
            function_name: name.to_string(),
            version: pool.version().to_string(),
            initialization,
            settings: Arc::clone(settings),
            variables: variables.transpose()?.unwrap_or_default(),
            code_dir,
            layer_dirs,
            runtime,
            credentials: self.credentials.issue(&settings.role, name.as_str()),
            log_stream: Arc::new(self.log_stream(region, name, pool, &id.simple().to_string())),
            operator_variables: self.config.variables.clone().into_iter().collect(),
            limits: Arc::clone(&self.limits),
        };
        let clock = Arc::clone(&self.clock);
        let host = Host {
            now: Arc::new(move || timestamp(clock.as_ref())),
            logs: Arc::clone(&self.logs),
            observer: Arc::new(Home(Arc::clone(pool))),
            tasks: self.tasks.clone(),
        };
        let environment = Environment::start(blueprint, cell, host).await?;
        tracing::debug!(
            function = %name,
            code_us = unpacked.duration_since(began).as_micros(),
            claim_us = claimed.duration_since(unpacked).as_micros(),
            init_us = claimed.elapsed().as_micros(),
            "an environment came to be"
        );
        Ok(environment)
    }

    async fn layers(&self, package: &ZipPackage) -> Result<Vec<PathBuf>, CodeError> {
        let mut directories = Vec::new();
        for layer in &package.layers {
            directories.push(self.code.unpacked(&layer.content.sha256).await?);
        }
        Ok(directories)
    }

    /// Gives what an environment of this function can come to be in: a stem cell if there is one, else a blank jail.
    async fn cell(
        &self,
        runtime: &Runtime,
        settings: &Settings,
        (code_dir, layer_dirs): (&Path, &[PathBuf]),
    ) -> Result<Cell, MakeError> {
        // An interpreter that waits has looked for its modules before the layers were there.
        if self.nursery.keeps_stems()
            && layer_dirs.is_empty()
            && let Some(key) = self.stem_key(runtime, settings)
            && StemKey::suits(code_dir, layer_dirs)
            && let Some(stem) = self.nursery.stem(&key)
        {
            return Ok(Cell::Stem(Box::new(stem)));
        }
        Ok(Cell::Blank(self.nursery.blank().await?))
    }

    pub(crate) fn stem_key(&self, runtime: &Runtime, settings: &Settings) -> Option<StemKey> {
        StemKey::of(runtime, settings, &self.config.variables)
    }

    pub(crate) fn runtime(&self, settings: &Settings) -> Result<Arc<Runtime>, LaunchError> {
        let name = &settings.zip().ok_or(LaunchError::Image)?.runtime;
        let identifier =
            model::runtime::find(name).ok_or_else(|| LaunchError::UnknownRuntime(name.clone()))?;
        Ok(self.catalogue.find(identifier)?)
    }

    /// Names the stream as AWS does; a group that several functions share needs their names.
    fn log_stream(&self, region: &Region, name: &FunctionName, pool: &Pool, id: &str) -> LogStream {
        let day = timestamp(self.clock.as_ref()).log_stream_day();
        let version = pool.version();
        let group = &pool.settings().logging.group;
        let own_group = *group == format!("/aws/lambda/{name}");
        let function = if own_group { "" } else { name.as_str() };
        LogStream {
            region: region.to_string(),
            group: group.clone(),
            name: format!("{day}/{function}[{version}]{id}"),
        }
    }
}
