//! Every refusal of an operation, with AWS's code and text.
//!
//! What an operation finds wrong is a [`Refusal`], whose `Display` is what the caller reads; the
//! code and the status are chosen in one `From`, below. What the caller cannot help is
//! [`Refusal::Internal`]: the cause is logged, and the caller reads only that something failed.
//! Source of the texts: recorded answers, reference functions.md, versions-aliases.md, invoke.md.

use std::error::Error;

use api::lambda::{errors, throttled};
use engine::{ChangeError, CodeError, CreateError, DeleteVersionError, InvokeError, KeyError};
use http::StatusCode;
use model::{
    FunctionArn,
    envvars::VariablesError,
    function::FunctionState,
    names::{FunctionName, Qualifier, Region},
    runtime::{RUNTIMES, Support},
};
use sandbox::{MissingRuntime, PackageError};
use store::TableError;
use wire::{ApiError, MessageKey};

use crate::code_source::FetchError;

use crate::functions::cannot_start;

/// Why an operation is refused, in AWS's words.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("Function not found: {0}")]
    FunctionNotFound(String),
    #[error("Functions from '{given}' are not reachable in this region ('{here}')")]
    OtherRegion { given: Region, here: Region },
    #[error("")]
    CrossAccountCreate,
    #[error(
        "User: {caller} is not authorized to perform: lambda:{action} on resource: {resource} \
         because no resource-based policy allows the lambda:{action} action"
    )]
    OtherAccount { caller: String, action: &'static str, resource: FunctionArn },
    #[error("Function already exist: {0}")]
    FunctionExists(FunctionName),
    #[error(
        "The operation cannot be performed at this time. An update is in progress for resource: {0}"
    )]
    UpdateInProgress(FunctionArn),
    #[error(
        "The operation cannot be performed at this time. The function is currently in the following state: {0}"
    )]
    WrongState(&'static str),
    #[error(
        "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id"
    )]
    StaleRevision,

    #[error(
        "1 validation error detected: Value '{0}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64"
    )]
    NameTooLong(String),
    #[error(
        "1 validation error detected: Value '{value}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: {pattern}"
    )]
    NoFunctionName { value: String, pattern: &'static str },
    #[error("The derived qualifier from the function name does not match the specified qualifier.")]
    QualifierMismatch,
    #[error(
        "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN."
    )]
    Qualified,
    #[error("$LATEST version cannot be deleted without deleting the function.")]
    DeleteLatest,
    #[error("Deletion of aliases is not currently supported.")]
    DeleteAlias,
    #[error("Deletion failed: The following alias reference this version: [{0}]")]
    VersionInUse(String),
    #[error("Cannot find alias arn: {0}")]
    AliasNotFound(FunctionArn),
    #[error("Invalid Marker: {0}")]
    Marker(String),

    #[error("{0} is not offered by Lambkin yet")]
    NotOffered(&'static str),
    #[error(
        "Value {value} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [{}] or be a valid ARN",
        accepted_runtimes()
    )]
    UnknownRuntime { value: String },
    #[error(
        "The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions. We recommend you use {better} while creating or updating functions."
    )]
    EndedRuntime { runtime: &'static str, better: String },
    #[error(transparent)]
    MissingRuntime(#[from] MissingRuntime),
    #[error(
        "Runtime and Handler are mandatory parameters for functions created with deployment packages."
    )]
    RuntimeAndHandler,
    #[error("This machine runs {native} functions only; {wanted} is not offered by Lambkin here")]
    Architecture { native: &'static str, wanted: String },
    #[error(
        "Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: {0}"
    )]
    ReservedVariables(String),
    #[error(
        "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the {limit_kb}KB limit. String measured: {json}"
    )]
    VariablesTooLarge { limit_kb: usize, json: String },
    #[error(
        "LogLevel is not supported when LogFormat is set to \"Text\". Remove LogLevel from your request or change the LogFormat to \"JSON\" and try again."
    )]
    LevelWithText,
    #[error("Number of tags exceeds resource tag limit.")]
    TooManyTags,

    #[error("The role defined for the function cannot be assumed by Lambda.")]
    RoleNotAssumable,
    #[error("Cross-account pass role is not allowed.")]
    RoleOfAnotherAccount,

    #[error("Please provide a source for function code.")]
    NoCode,
    #[error("Zipped size must be smaller than {limit_bytes} bytes")]
    ZippedTooLarge { limit_bytes: u64 },
    #[error("Unzipped size must be smaller than {limit_bytes} bytes")]
    UnzippedTooLarge { limit_bytes: u64 },
    #[error("The package holds {count} files and directories, more than {limit}")]
    TooManyEntries { count: u64, limit: u64 },
    #[error("Could not unzip uploaded file. Please check your file, then try to upload again.")]
    Unzip,
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("Please do not provide other FunctionCode parameters when providing a ZipFile.")]
    TwoSources,
    #[error("Uploaded file must be a non-empty zip")]
    EmptyZip,
    #[error("Code storage limit exceeded.")]
    CodeStorage,
    #[error(
        "CodeSHA256 ({given}) is different from current CodeSHA256 in $LATEST ({current}). Please try again with the CodeSHA256 in $LATEST."
    )]
    CodeSha256 { given: String, current: String },

    #[error("Request must be smaller than {limit_bytes} bytes for the InvokeFunction operation")]
    PayloadTooLarge { limit_bytes: u64 },
    #[error("Could not parse request body into json: Could not parse payload into json: {0}")]
    Payload(String),
    #[error("Client context must be a valid Base64-encoded JSON object.")]
    ClientContext,
    #[error("Client context must be no more than {limit_bytes} bytes when base64-encoded.")]
    ClientContextTooLarge { limit_bytes: usize },
    #[error("Rate Exceeded.")]
    Throttled(engine::ThrottleReason),
    #[error("{0}")]
    CannotRun(String),

    /// What one group of operations alone can refuse, and has an enum of its own for.
    #[error("{}", .0.message().unwrap_or_default())]
    Group(Box<ApiError>),
    #[error("Lambda encountered an internal error.")]
    Internal(#[source] Box<dyn Error + Send + Sync>),
}

// === impl Refusal ===

impl Refusal {
    /// Wraps what the caller cannot help.
    pub(crate) fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }

    /// Wraps a refusal of one group of operations.
    pub(crate) fn group(error: ApiError) -> Self {
        Self::Group(Box::new(error))
    }

    /// Refuses an identifier that AWS has ended.
    pub(crate) fn ended_runtime(runtime: &'static str, support: Support) -> Self {
        let better = match support {
            Support::EndedUse(better) => format!("the new runtime ({better})"),
            Support::Accepted | Support::Ended => "a supported runtime".to_owned(),
        };
        Self::EndedRuntime { runtime, better }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        use Refusal as R;
        if let R::Group(error) = refusal {
            return *error;
        }
        let text = refusal.to_string();
        match &refusal {
            R::FunctionNotFound(_) | R::OtherRegion { .. } | R::AliasNotFound(_) => {
                errors::resource_not_found(text)
            }
            R::CrossAccountCreate => access_denied(text).without_message(),
            R::OtherAccount { .. }
            | R::RoleOfAnotherAccount
            | R::Fetch(FetchError::Denied { .. }) => access_denied(text),
            R::FunctionExists(_)
            | R::UpdateInProgress(_)
            | R::WrongState(_)
            | R::VersionInUse(_) => errors::resource_conflict(text),
            R::StaleRevision => errors::precondition_failed(text),
            R::NoFunctionName { .. } => Self::validation("ValidationException", text),
            R::ZippedTooLarge { .. } | R::PayloadTooLarge { .. } => {
                let status = StatusCode::PAYLOAD_TOO_LARGE;
                Self::new("RequestEntityTooLargeException", status, text)
            }
            R::CodeStorage => errors::code_storage_exceeded(text),
            R::Payload(_) | R::ClientContext | R::ClientContextTooLarge { .. } => {
                errors::invalid_request_content(text)
            }
            R::Throttled(reason) => throttled(reason.as_str(), None),
            R::CannotRun(_) => errors::invalid_runtime(text),
            R::Internal(cause) => {
                tracing::error!(error = %Chain(cause.as_ref()), "an operation failed");
                errors::service(text)
            }
            _ => errors::invalid_parameter_value(text),
        }
    }
}

fn access_denied(text: String) -> ApiError {
    ApiError::new("AccessDeniedException", StatusCode::FORBIDDEN, text)
        .with_message_key(MessageKey::Upper)
}

fn accepted_runtimes() -> String {
    let accepted = RUNTIMES.iter().filter(|runtime| runtime.support == Support::Accepted);
    accepted.map(|runtime| runtime.name).collect::<Vec<_>>().join(", ")
}

/// Prints an error with all its causes.
struct Chain<'a>(&'a (dyn Error + 'static));

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

// === What the rooms below report ===

impl From<TableError> for Refusal {
    fn from(error: TableError) -> Self {
        Self::internal(error)
    }
}

impl From<PackageError> for Refusal {
    fn from(error: PackageError) -> Self {
        match error {
            PackageError::Unreadable(_) | PackageError::Unsafe { .. } => {
                tracing::info!(%error, "a package is refused");
                Self::Unzip
            }
            PackageError::Empty => Self::EmptyZip,
            PackageError::TooLarge { limit_bytes } => Self::UnzippedTooLarge { limit_bytes },
            PackageError::TooMany { count, limit } => Self::TooManyEntries { count, limit },
            PackageError::Io(error) => Self::internal(error),
        }
    }
}

impl From<DeleteVersionError> for Refusal {
    fn from(error: DeleteVersionError) -> Self {
        match error {
            DeleteVersionError::InUse(aliases) => {
                let names: Vec<String> = aliases.iter().map(ToString::to_string).collect();
                Self::VersionInUse(names.join(", "))
            }
            DeleteVersionError::Store(error) => error.into(),
        }
    }
}

impl From<CodeError> for Refusal {
    fn from(error: CodeError) -> Self {
        match error {
            CodeError::Package(error) => error.into(),
            error => Self::internal(error),
        }
    }
}

impl From<InvokeError> for Refusal {
    fn from(error: InvokeError) -> Self {
        match error {
            InvokeError::NotFound(arn) => {
                let qualifier = arn.qualifier.clone().unwrap_or(Qualifier::Latest);
                Self::FunctionNotFound(arn.qualified(qualifier).to_string())
            }
            InvokeError::NotReady { state, .. } => Self::WrongState(state_word(&state)),
            InvokeError::Throttled(reason) => Self::Throttled(reason),
            InvokeError::Key(error) => Self::group(key_failed(&error)),
            InvokeError::Runtime(missing) => Self::CannotRun(missing.to_string()),
            error @ (InvokeError::Environment(_) | InvokeError::Closing) => Self::internal(error),
        }
    }
}

/// Gives the API's word for a state.
pub(crate) fn state_word(state: &FunctionState) -> &'static str {
    match state {
        FunctionState::Pending | FunctionState::Restoring => "Pending",
        FunctionState::Active => "Active",
        FunctionState::Failed(_) => "Failed",
        FunctionState::Inactive(_) => "Inactive",
    }
}

/// Says why a function cannot start.
fn key_failed(error: &KeyError) -> ApiError {
    let text = cannot_start(error);
    match error {
        KeyError::AccessDenied(_) => errors::kms_access_denied(text),
        KeyError::Disabled(_) => errors::kms_disabled(text),
        KeyError::NotFound(_) | KeyError::InvalidArn(_) => errors::kms_not_found(text),
        KeyError::InvalidState(_) => errors::kms_invalid_state(text),
        KeyError::Damaged | KeyError::Unavailable(_) => Refusal::internal(error.clone()).into(),
    }
}

/// Says what is wrong with a set of variables; AWS's text names the limit.
pub(crate) fn variables_refused(error: VariablesError, limit_bytes: usize) -> Refusal {
    match error {
        VariablesError::Reserved(names) => Refusal::ReservedVariables(names.join(", ")),
        VariablesError::TooLarge { json } => {
            Refusal::VariablesTooLarge { limit_kb: limit_bytes / 1024, json }
        }
    }
}

/// Says why a function could not be created.
pub(crate) fn not_created(error: CreateError, name: &FunctionName) -> Refusal {
    match error {
        CreateError::Exists => Refusal::FunctionExists(name.clone()),
        CreateError::Store(error) => error.into(),
    }
}

impl From<std::convert::Infallible> for Refusal {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

/// Says why a function could not be changed.
pub(crate) fn not_changed<E: Into<Refusal>>(error: ChangeError<E>, arn: &FunctionArn) -> Refusal {
    match error {
        ChangeError::NotFound => Refusal::FunctionNotFound(arn.unqualified().to_string()),
        ChangeError::Refused(refusal) => refusal.into(),
        ChangeError::Store(error) => error.into(),
    }
}

#[cfg(test)]
mod tests;
