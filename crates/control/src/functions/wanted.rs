//! The settings that a request names, whether it creates a function or changes one.

use std::{collections::BTreeMap, time::Duration};

use api::lambda::{
    CreateFunctionRequest, Environment, LoggingConfig, TracingConfig,
    UpdateFunctionConfigurationRequest,
};
use engine::{Assumable, Secrets};
use model::{
    FunctionArn, envvars,
    function::{
        Architecture, ImageConfig, ImagePackage, LayerUse, Outside, Package, PackageType, Settings,
        SnapStart, TracingMode, ZipPackage,
    },
    runtime::{self, Support},
};

use super::{
    code::Deployed,
    image::{self, ImageRefusal},
    logging, outside, variables,
};
use crate::{
    Control,
    error::{Refusal, variables_refused},
};

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(3);
const DEFAULT_MEMORY_MIB: u32 = 128;
const DEFAULT_EPHEMERAL_STORAGE_MIB: u32 = 512;

/// What a request wants; `None` leaves a setting as it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    runtime: Option<String>,
    role: Option<String>,
    handler: Option<String>,
    description: Option<String>,
    timeout: Option<Duration>,
    memory_mib: Option<u32>,
    ephemeral_storage_mib: Option<u32>,
    variables: Option<BTreeMap<String, String>>,
    tracing: Option<TracingMode>,
    snap_start: Option<SnapStart>,
    logging: Option<LoggingConfig>,
    lists_layers: bool,
    layers: Option<Vec<LayerUse>>,
    image: Option<ImageConfig>,
    outside: outside::Wanted,
}

// === impl Wanted ===

impl From<&CreateFunctionRequest> for Wanted {
    fn from(request: &CreateFunctionRequest) -> Self {
        Self {
            runtime: request.runtime.clone(),
            role: Some(request.role.clone()),
            handler: request.handler.clone(),
            description: request.description.clone(),
            timeout: request.timeout.map(seconds),
            memory_mib: request.memory_size.map(i32::unsigned_abs),
            ephemeral_storage_mib: request
                .ephemeral_storage
                .as_ref()
                .map(|s| s.size.unsigned_abs()),
            variables: request.environment.as_ref().map(variables),
            tracing: request.tracing_config.as_ref().and_then(tracing),
            snap_start: request.snap_start.as_ref().and_then(snap_start),
            logging: request.logging_config.clone(),
            lists_layers: request.layers.as_ref().is_some_and(|layers| !layers.is_empty()),
            layers: None,
            image: request.image_config.as_ref().map(image::config),
            outside: outside::Wanted {
                dead_letters: request.dead_letter_config.clone(),
                vpc: request.vpc_config.clone(),
                file_systems: request.file_system_configs.clone(),
                kms_key: request.kms_key_arn.clone(),
            },
        }
    }
}

impl From<&UpdateFunctionConfigurationRequest> for Wanted {
    fn from(request: &UpdateFunctionConfigurationRequest) -> Self {
        Self {
            runtime: request.runtime.clone(),
            role: request.role.clone(),
            handler: request.handler.clone(),
            description: request.description.clone(),
            timeout: request.timeout.map(seconds),
            memory_mib: request.memory_size.map(i32::unsigned_abs),
            ephemeral_storage_mib: request
                .ephemeral_storage
                .as_ref()
                .map(|s| s.size.unsigned_abs()),
            variables: request.environment.as_ref().map(variables),
            tracing: request.tracing_config.as_ref().and_then(tracing),
            snap_start: request.snap_start.as_ref().and_then(snap_start),
            logging: request.logging_config.clone(),
            lists_layers: request.layers.as_ref().is_some_and(|layers| !layers.is_empty()),
            layers: None,
            image: request.image_config.as_ref().map(image::config),
            outside: outside::Wanted {
                dead_letters: request.dead_letter_config.clone(),
                vpc: request.vpc_config.clone(),
                file_systems: request.file_system_configs.clone(),
                kms_key: request.kms_key_arn.clone(),
            },
        }
    }
}

impl Wanted {
    /// Checks what does not depend on the function.
    pub(super) fn check(&self, control: &Control, arn: &FunctionArn) -> Result<(), Refusal> {
        if let Some(role) = &self.role {
            check_role(role, control, arn)?;
        }
        if let Some(runtime) = &self.runtime {
            check_runtime(runtime, control)?;
        }
        if let Some(variables) = &self.variables {
            let limit_bytes = control.parts.limits.environment_bytes;
            envvars::check(variables, limit_bytes)
                .map_err(|error| variables_refused(error, limit_bytes))?;
        }
        self.outside.check_region(&arn.region)?;
        if let Some(config) = &self.image {
            image::check_size(config, control.parts.limits.image_config_bytes)?;
        }
        Ok(())
    }

    /// Refuses settings that do not go with a kind of package.
    pub(super) fn check_kind(&self, kind: PackageType) -> Result<(), Refusal> {
        let of_zip = self.runtime.is_some() || self.handler.is_some() || self.lists_layers;
        let of_image = self.image.as_ref().is_some_and(|config| !config.is_empty());
        match kind {
            PackageType::Zip if of_image => Err(ImageRefusal::ConfigForZip.into()),
            PackageType::Image if of_zip => Err(ImageRefusal::ZipSettings.into()),
            PackageType::Image if self.snap_start == Some(SnapStart::PublishedVersions) => {
                Err(super::snap_start::refusal("ContainerImage"))
            }
            PackageType::Zip | PackageType::Image => Ok(()),
        }
    }

    /// Adds the layers, which were looked up.
    pub(super) fn with_layers(self, layers: Option<Vec<LayerUse>>) -> Self {
        Self { layers, ..self }
    }

    /// Makes the settings of a new function, in which what is not named has its default.
    pub(super) fn into_settings(
        mut self,
        secrets: &Secrets,
        arn: &FunctionArn,
        deployed: Deployed,
    ) -> Result<Settings, Refusal> {
        let mut settings = Settings {
            role: self.role.take().unwrap_or_default(),
            description: String::new(),
            timeout: DEFAULT_TIMEOUT,
            memory_mib: DEFAULT_MEMORY_MIB,
            ephemeral_storage_mib: DEFAULT_EPHEMERAL_STORAGE_MIB,
            environment: None,
            architecture: Architecture::native(),
            package: self.package(deployed)?,
            outside: Outside::default(),
            logging: logging::default(&arn.name),
            tracing: TracingMode::PassThrough,
        };
        self.apply(secrets, arn, &mut settings)?;
        Ok(settings)
    }

    fn package(&mut self, deployed: Deployed) -> Result<Package, Refusal> {
        Ok(match deployed {
            Deployed::Code(code) => Package::Zip(ZipPackage {
                runtime: self.runtime.take().ok_or(Refusal::RuntimeAndHandler)?,
                handler: self.handler.take().ok_or(Refusal::RuntimeAndHandler)?,
                code,
                accepted: None,
                layers: Vec::new(),
                snap_start: SnapStart::None,
            }),
            Deployed::Image(image_uri) => {
                Package::Image(ImagePackage { image_uri, image_config: ImageConfig::default() })
            }
        })
    }

    /// Tells whether a creation names what every function with a package needs.
    pub(super) fn check_mandatory(&self) -> Result<(), Refusal> {
        match (&self.runtime, &self.handler) {
            (Some(_), Some(_)) => Ok(()),
            _ => Err(Refusal::RuntimeAndHandler),
        }
    }

    /// Tells which key a role has to be let use, if this changes which, or what is sealed.
    pub(super) fn key_use(&self, settings: &Settings) -> Option<variables::KeyUse> {
        let wanted = variables::KeyUse {
            key: self.outside.kms_key.as_ref().or(settings.outside.kms_key.as_ref())?.clone(),
            role: self.role.as_ref().unwrap_or(&settings.role).clone(),
        };
        // A key that is named again is let be used again, which is the way out where that was revoked.
        let changes = self.variables.is_some()
            || self.outside.kms_key.is_some()
            || wanted.role != settings.role;
        (changes && !wanted.key.is_empty()).then_some(wanted)
    }

    /// Changes the settings that are named.
    pub(super) fn apply(
        &self,
        secrets: &Secrets,
        arn: &FunctionArn,
        settings: &mut Settings,
    ) -> Result<(), Refusal> {
        self.check_kind(settings.package.kind())?;
        match &mut settings.package {
            Package::Zip(zip) => {
                set(&mut zip.runtime, self.runtime.as_ref());
                set(&mut zip.handler, self.handler.as_ref());
                set(&mut zip.snap_start, self.snap_start.as_ref());
                set(&mut zip.layers, self.layers.as_ref());
            }
            Package::Image(image) => set(&mut image.image_config, self.image.as_ref()),
        }
        set(&mut settings.role, self.role.as_ref());
        set(&mut settings.description, self.description.as_ref());
        set(&mut settings.timeout, self.timeout.as_ref());
        set(&mut settings.memory_mib, self.memory_mib.as_ref());
        set(&mut settings.ephemeral_storage_mib, self.ephemeral_storage_mib.as_ref());
        set(&mut settings.tracing, self.tracing.as_ref());
        self.outside.apply(&mut settings.outside)?;
        variables::apply(secrets, arn, self.variables.as_ref(), settings)?;
        if let Some(wanted) = &self.logging {
            settings.logging = logging::merged(&settings.logging, wanted)?;
        }
        super::snap_start::check(settings)
    }
}

fn set<T: Clone>(setting: &mut T, wanted: Option<&T>) {
    if let Some(wanted) = wanted {
        setting.clone_from(wanted);
    }
}

/// The model's ranges keep negative numbers out.
fn seconds(seconds: i32) -> Duration {
    Duration::from_secs(u64::from(seconds.unsigned_abs()))
}

fn variables(environment: &Environment) -> BTreeMap<String, String> {
    environment.variables.clone().unwrap_or_default()
}

fn tracing(config: &TracingConfig) -> Option<TracingMode> {
    config.mode.as_deref().and_then(TracingMode::from_word)
}

fn snap_start(wanted: &api::lambda::SnapStart) -> Option<SnapStart> {
    wanted.apply_on.as_deref().and_then(SnapStart::from_word)
}

fn check_role(role: &str, control: &Control, arn: &FunctionArn) -> Result<(), Refusal> {
    match control.parts.roles.assumable(role, &arn.to_string()) {
        Assumable::Yes => Ok(()),
        Assumable::No => Err(Refusal::RoleNotAssumable),
        Assumable::OtherAccount => Err(Refusal::RoleOfAnotherAccount),
    }
}

fn check_runtime(name: &str, control: &Control) -> Result<(), Refusal> {
    let identifier =
        runtime::find(name).ok_or_else(|| Refusal::UnknownRuntime { value: name.to_owned() })?;
    if identifier.support != Support::Accepted {
        return Err(Refusal::ended_runtime(identifier.name, identifier.support));
    }
    control.parts.catalogue.find(identifier)?;
    Ok(())
}
