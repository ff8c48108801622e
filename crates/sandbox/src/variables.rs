//! The environment variables of a guest.
//!
//! Source: Developer Guide, "Working with Lambda environment variables", and recorded
//! environments (reference, environment.md section 1).

use std::collections::BTreeMap;

use model::function::LogFormat;

use crate::environment::Blueprint;

/// The descriptor on which runtime clients expect the framed log (recorded on AWS).
pub(crate) const TELEMETRY_FD: i32 = 62;
/// Where the Runtime API listens inside the environment.
const RUNTIME_API: &str = "127.0.0.1:9001";

const PATH: &str = "/usr/local/bin:/usr/bin/:/bin:/opt/bin";
const LIBRARY_PATH: &str =
    "/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib";

/// The execution role's credentials, as a function finds them.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// `AWS_ACCESS_KEY_ID`.
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`.
    pub secret_access_key: String,
    /// `AWS_SESSION_TOKEN`.
    pub session_token: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// Builds the complete environment: platform defaults, then the customer's variables, then what
/// only the platform may set.
pub(crate) fn build(blueprint: &Blueprint) -> Vec<(String, String)> {
    let mut variables = BTreeMap::new();
    let mut set = |key: &str, value: &str| {
        variables.insert(key.to_owned(), value.to_owned());
    };
    for (key, value) in defaults(blueprint) {
        set(key, &value);
    }
    // The managed runtimes drop a customer's names that begin with an underscore.
    for (key, value) in blueprint.variables.iter().filter(|(key, _)| !key.starts_with('_')) {
        set(key, value);
    }
    for (key, value) in &blueprint.operator_variables {
        set(key, value);
    }
    for (key, value) in platform(blueprint) {
        set(key, &value);
    }
    variables.into_iter().collect()
}

/// Builds what a stem cell is started with: what depends on no function, and its memory if the
/// interpreter is started for it. Each is given again, and the same, with the complete environment.
pub(crate) fn of_stem(memory_mib: Option<u32>) -> Vec<(String, String)> {
    let memory = memory_mib.map(|mib| ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", mib.to_string()));
    let variables = language(true).into_iter().chain(places()).chain(memory);
    variables.map(|(key, value)| (key.to_owned(), value)).collect()
}

/// What the language, the shell and the linker are started with.
fn language(managed: bool) -> [(&'static str, String); 4] {
    let lang =
        |path: &str, lang: &str| if managed { format!("{lang}:{path}") } else { path.to_owned() };
    [
        ("LANG", "en_US.UTF-8".to_owned()),
        ("PATH", lang(PATH, "/var/lang/bin")),
        ("LD_LIBRARY_PATH", lang(LIBRARY_PATH, "/var/lang/lib")),
        ("TZ", ":UTC".to_owned()),
    ]
}

/// Where things are inside every environment.
fn places() -> [(&'static str, String); 3] {
    [
        ("AWS_LAMBDA_RUNTIME_API", RUNTIME_API.to_owned()),
        ("LAMBDA_TASK_ROOT", "/var/task".to_owned()),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime".to_owned()),
    ]
}

/// What a customer may override.
fn defaults(blueprint: &Blueprint) -> Vec<(&'static str, String)> {
    let mut variables = Vec::from(language(blueprint.runtime.is_managed()));
    variables.push(("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR".to_owned()));
    variables.push(("AWS_XRAY_DAEMON_ADDRESS", "169.254.100.1:2000".to_owned()));
    if let LogFormat::Json { application_level, .. } = &blueprint.settings.logging.format {
        variables.push(("AWS_LAMBDA_LOG_FORMAT", "JSON".to_owned()));
        variables.push(("AWS_LAMBDA_LOG_LEVEL", application_level.clone()));
    }
    variables
}

fn platform(blueprint: &Blueprint) -> Vec<(&'static str, String)> {
    let settings = &blueprint.settings;
    let credentials = &blueprint.credentials;
    let mut variables = vec![
        ("_HANDLER", settings.zip().map(|zip| zip.handler.clone()).unwrap_or_default()),
        ("AWS_REGION", blueprint.log_stream.region.clone()),
        ("AWS_DEFAULT_REGION", blueprint.log_stream.region.clone()),
        ("AWS_LAMBDA_FUNCTION_NAME", blueprint.function_name.clone()),
        ("AWS_LAMBDA_FUNCTION_VERSION", blueprint.version.clone()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", settings.memory_mib.to_string()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", blueprint.initialization.as_str().to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", blueprint.log_stream.group.clone()),
        ("AWS_LAMBDA_LOG_STREAM_NAME", blueprint.log_stream.name.clone()),
        ("AWS_ACCESS_KEY_ID", credentials.access_key_id.clone()),
        ("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key.clone()),
        ("AWS_SESSION_TOKEN", credentials.session_token.clone()),
    ];
    variables.extend(places());
    // Without a runtime client of the platform's nobody would read the framed log.
    if blueprint.runtime.is_managed() {
        variables.push(("_LAMBDA_TELEMETRY_LOG_FD", TELEMETRY_FD.to_string()));
    }
    variables
}
