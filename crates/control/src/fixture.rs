//! What the tests of this crate tell their stories with: a control plane on a store in memory, with
//! a guest that says what it is told to.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, UNIX_EPOCH},
};

use api::{
    Access, AccessDenied, Authorize, Call, Caller, Handle,
    lambda::{
        CreateAlias, CreateAliasRequest, CreateFunction, CreateFunctionRequest, DeleteAlias,
        DeleteAliasRequest, DeleteFunction, DeleteFunctionRequest, FunctionCode,
        FunctionConfiguration, LayerVersionContentInput, PublishLayerVersion,
        PublishLayerVersionRequest, PublishVersion, PublishVersionRequest, UpdateFunctionCode,
        UpdateFunctionCodeRequest,
    },
};
use async_trait::async_trait;
use bytes::Bytes;
use engine::{
    Assumable, CodeStore, Concurrency, EventQueue, Functions, Ids, Invocation, Invoke, InvokeError,
    Invoked, KeyError, Occupancy, Registry, RoleCredentials, Secrets, Streaming, Target, Use,
};
use futures_util::StreamExt;
use model::{
    FunctionArn, Limits, Timestamp,
    code_signing::{Signature, Trust},
    function::{Allocation, Code, Function},
    names::VersionNumber,
};
use parking_lot::Mutex;
use sandbox::{Catalogue, CodeCache, PackageLimits};
use store::{Clock, Content};
use tempfile::TempDir;
use testkit::ManualClock;
use uuid::Uuid;
use vault::MasterKey;
use wire::{ApiError, RequestId};

use crate::{CodeLinks, CodeObject, CodeSource, Control, FetchError, FunctionKeys, Parts};

pub(crate) struct Fixture {
    pub(crate) control: Control,
    pub(crate) guest: Arc<Guest>,
    pub(crate) shelf: Arc<Shelf>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) queue: Arc<dyn store::Queue>,
    touches: AtomicU64,
    _directory: TempDir,
}

/// Stands for every function.
#[derive(Debug, Default)]
pub(crate) struct Guest {
    answer: Mutex<Option<Result<Invoked, InvokeError>>>,
    stream: Mutex<Option<Streaming>>,
    check: Mutex<Option<InvokeError>>,
    invoked: Mutex<Option<Invocation>>,
    changes: AtomicU64,
    /// How much each function has been used.
    pub(crate) used: Mutex<Use>,
    /// How often environments were to be ended.
    pub(crate) released: AtomicU64,
    /// How far whatever is provisioned has come.
    pub(crate) allocation: Mutex<Allocation>,
}

/// Stands for S3: archives by their keys, whatever the bucket.
#[derive(Debug, Default)]
pub(crate) struct Shelf(pub(crate) Mutex<BTreeMap<String, Bytes>>);

#[async_trait]
impl CodeSource for Shelf {
    async fn open(&self, _: &Call, object: &CodeObject) -> Result<Content, FetchError> {
        let found = self.0.lock().get(&object.key).cloned();
        let message = "The specified key does not exist.";
        let archive = found.ok_or_else(|| FetchError::of(object, "NoSuchKey", message))?;
        let halves = [archive.slice(..archive.len() / 2), archive.slice(archive.len() / 2..)];
        Ok(futures_util::stream::iter(halves.map(Ok)).boxed())
    }
}

/// Knows two roles that Lambda may not take on.
#[derive(Debug)]
struct Roles;

impl RoleCredentials for Roles {
    fn issue(&self, _: &str, _: &str) -> sandbox::Credentials {
        unreachable!("nothing runs here")
    }

    fn assumable(&self, role: &str, _: &str) -> Assumable {
        match role.rsplit('/').next() {
            Some("closed") => Assumable::No,
            Some("elsewhere") => Assumable::OtherAccount,
            _ => Assumable::Yes,
        }
    }
}

/// Counts, so that answers can be written down.
#[derive(Debug, Default)]
struct Counting(AtomicU64);

// === impl Fixture ===

impl Fixture {
    pub(crate) async fn new() -> Self {
        Self::with_limits(Limits::default()).await
    }

    pub(crate) async fn with_limits(limits: Limits) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new());
        let as_clock: Arc<dyn Clock> = Arc::<ManualClock>::clone(&clock);
        let stores = store::memory::open(&as_clock);
        let guest = Arc::new(Guest::default());
        let shelf = Arc::new(Shelf::default());
        let cache = CodeCache::open(&directory.path().join("code")).unwrap();
        let package_limits = PackageLimits {
            unzipped_bytes: limits.code_size_unzipped_bytes,
            entries: limits.code_entries,
        };
        let control = Control::new(Parts {
            account: "000000000000".parse().unwrap(),
            functions: Arc::new(Functions::open(&stores.records).await.unwrap()),
            registry: Arc::new(Registry::open(&stores.records).await.unwrap()),
            engine: Arc::<Guest>::clone(&guest),
            roles: Arc::new(Roles),
            events: EventQueue::new(Arc::clone(&stores.queue), Arc::clone(&as_clock)),
            concurrency: Arc::<Guest>::clone(&guest),
            occupancy: Arc::<Guest>::clone(&guest),
            code: CodeStore::new(stores.blobs, cache, package_limits),
            catalogue: Arc::new(Catalogue::new(directory.path().join("runtimes"))),
            limits: Arc::new(limits),
            clock: as_clock,
            ids: Arc::new(Counting::default()),
            keys: Arc::new(Keys(Secrets::new(Arc::new(MasterKey::generate())))),
            trust: Arc::<Trusting>::default(),
            guard: Arc::new(Denying),
            code_links: code_links(),
            function_url_base: None,
            code_source: Arc::clone(&shelf) as Arc<dyn CodeSource>,
        });
        let touches = AtomicU64::default();
        Self { control, guest, shelf, clock, queue: stores.queue, touches, _directory: directory }
    }

    pub(crate) async fn create_with(
        &self,
        input: CreateFunctionRequest,
    ) -> Result<FunctionConfiguration, ApiError> {
        Handle::<CreateFunction>::handle(&self.control, &call(), input).await
    }

    /// Creates a function and leaves it pending.
    pub(crate) async fn create(&self, name: &str) -> Function {
        self.create_with(request(name)).await.unwrap();
        self.function(name).unwrap()
    }

    pub(crate) async fn create_active(&self, name: &str) -> Function {
        self.create(name).await;
        self.settle().await;
        self.function(name).unwrap()
    }

    /// Gives a function other code than it ever had.
    pub(crate) async fn touch(&self, name: &str) {
        self.begin_touch(name).await;
        self.settle().await;
    }

    pub(crate) async fn begin_touch(&self, name: &str) {
        let count = self.touches.fetch_add(1, Ordering::Relaxed);
        let input = UpdateFunctionCodeRequest {
            function_name: name.to_owned(),
            zip_file: Some(zip("touched", &count.to_string())),
            ..UpdateFunctionCodeRequest::default()
        };
        Handle::<UpdateFunctionCode>::handle(&self.control, &call(), input).await.unwrap();
    }

    pub(crate) async fn publish(&self, name: &str) {
        let function_name = name.to_owned();
        let input = PublishVersionRequest { function_name, ..PublishVersionRequest::default() };
        Handle::<PublishVersion>::handle(&self.control, &call(), input).await.unwrap();
    }

    pub(crate) async fn alias(&self, function: &str, name: &str, version: &str) {
        let input = CreateAliasRequest {
            function_name: function.to_owned(),
            name: name.to_owned(),
            function_version: version.to_owned(),
            ..CreateAliasRequest::default()
        };
        Handle::<CreateAlias>::handle(&self.control, &call(), input).await.unwrap();
    }

    pub(crate) async fn publish_layer(&self, name: &str, content: &str) {
        let content = LayerVersionContentInput {
            zip_file: Some(zip("lib", content)),
            ..LayerVersionContentInput::default()
        };
        let input = PublishLayerVersionRequest {
            layer_name: name.to_owned(),
            content,
            ..PublishLayerVersionRequest::default()
        };
        Handle::<PublishLayerVersion>::handle(&self.control, &call(), input).await.unwrap();
    }

    pub(crate) async fn delete_alias(&self, function: &str, name: &str) {
        let input =
            DeleteAliasRequest { function_name: function.to_owned(), name: name.to_owned() };
        Handle::<DeleteAlias>::handle(&self.control, &call(), input).await.unwrap();
    }

    pub(crate) async fn delete(&self, name: &str) {
        let input = DeleteFunctionRequest { function_name: name.to_owned(), qualifier: None };
        Handle::<DeleteFunction>::handle(&self.control, &call(), input).await.unwrap();
    }

    pub(crate) async fn settle(&self) {
        self.control.activation().settle_all().await;
    }

    pub(crate) async fn change(&self, name: &str, change: impl Fn(&mut Function)) {
        let (region, name) = ("us-east-1".parse().unwrap(), name.parse().unwrap());
        let decide = |function: &mut Function| {
            change(function);
            Ok::<_, std::convert::Infallible>(())
        };
        self.control.parts.functions.change(&region, &name, decide).await.unwrap();
    }

    pub(crate) fn function(&self, name: &str) -> Option<Function> {
        let (region, name) = ("us-east-1".parse().unwrap(), name.parse().unwrap());
        let row = self.control.parts.functions.get(&region, &name)?;
        row.live().cloned()
    }

    /// Gives the archive of `$LATEST`.
    pub(crate) fn code(&self, name: &str) -> Code {
        self.function(name).unwrap().latest.settings.zip().unwrap().code.clone()
    }
}

/// Lets everybody use every key whose ARN does not say otherwise.
#[derive(Debug)]
pub(crate) struct Keys(pub(crate) Secrets);

#[async_trait]
impl FunctionKeys for Keys {
    fn of_caller(&self, _: &Call, _: &FunctionArn) -> Secrets {
        self.0.clone()
    }

    async fn grant(&self, _: &Call, key: &str, _: (&FunctionArn, &str)) -> Result<(), KeyError> {
        match key.rsplit_once('/') {
            Some((_, "disabled")) => Err(KeyError::Disabled(format!("{key} is disabled."))),
            _ => Ok(()),
        }
    }
}

/// Forbids everything.
#[derive(Debug)]
pub(crate) struct Denying;

impl Authorize for Denying {
    fn authorize(&self, _: &Caller, access: &Access<'_>) -> Result<(), AccessDenied> {
        Err(AccessDenied { message: format!("not {} on {}", access.action, access.resource) })
    }
}

/// Trusts one signer for every profile, and no revoked job.
#[derive(Debug, Default)]
pub(crate) struct Trusting;

impl Trust for Trusting {
    fn is_signer(&self, _: &str, certificate: &str) -> bool {
        certificate == "trusted"
    }

    fn is_root(&self, _: &str) -> bool {
        false
    }

    fn is_revoked(&self, signature: &Signature) -> bool {
        signature.job == "revoked"
    }
}

// === impl Guest ===

impl Guest {
    pub(crate) fn will(&self, answer: Result<Invoked, InvokeError>) {
        *self.answer.lock() = Some(answer);
    }

    pub(crate) fn will_stream(&self, answer: Streaming) {
        *self.stream.lock() = Some(answer);
    }

    pub(crate) fn refuses(&self, error: InvokeError) {
        *self.check.lock() = Some(error);
    }

    pub(crate) fn invoked(&self) -> Invocation {
        self.invoked.lock().take().unwrap()
    }

    /// Tells how often it heard of a change in concurrency.
    pub(crate) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Relaxed)
    }

    pub(crate) fn was_not_invoked(&self) -> bool {
        self.invoked.lock().is_none()
    }
}

#[async_trait]
impl Invoke for Guest {
    async fn invoke(&self, invocation: Invocation) -> Result<Invoked, InvokeError> {
        *self.invoked.lock() = Some(invocation);
        self.answer.lock().take().unwrap()
    }

    async fn invoke_streaming(&self, invocation: Invocation) -> Result<Streaming, InvokeError> {
        *self.invoked.lock() = Some(invocation);
        self.stream.lock().take().ok_or(InvokeError::Closing)
    }

    async fn check(&self, _: &Target) -> Result<(), InvokeError> {
        self.check.lock().take().map_or(Ok(()), Err)
    }
}

impl Concurrency for Guest {
    fn changed(&self) {
        self.changes.fetch_add(1, Ordering::Relaxed);
    }

    fn allocation(&self, _: &Function, _: &[(VersionNumber, u32)], _: Timestamp) -> Allocation {
        *self.allocation.lock()
    }
}

impl Occupancy for Guest {
    fn use_of(&self, _: Uuid, _: Option<VersionNumber>) -> Use {
        *self.used.lock()
    }

    fn release(&self, _: Uuid, _: Option<VersionNumber>) -> bool {
        self.released.fetch_add(1, Ordering::Relaxed);
        !self.used.lock().is_busy
    }
}

// === impl Counting ===

impl Ids for Counting {
    fn next(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed) + 1))
    }
}

pub(crate) fn code_links() -> CodeLinks {
    CodeLinks::new(b"a secret of tests", Duration::from_secs(600))
}

pub(crate) fn call() -> Call {
    Call {
        request_id: RequestId::from(Uuid::from_u128(0xabcd)),
        region: "us-east-1".into(),
        account_id: "000000000000".into(),
        caller: Caller::root(&"000000000000".into()),
        endpoint: "http://127.0.0.1:9999".into(),
        source_ip: std::net::Ipv4Addr::LOCALHOST.into(),
        now: UNIX_EPOCH + Duration::from_millis(1_764_037_614_123),
        trace_header: Some("Root=1-6a507b87-0cc4438344b48ef127ab1931;Sampled=0".into()),
    }
}

/// Makes an archive with one file.
pub(crate) fn zip(name: &str, content: &str) -> Bytes {
    use std::io::Write as _;
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
    archive.start_file(name, options).unwrap();
    archive.write_all(content.as_bytes()).unwrap();
    Bytes::from(archive.finish().unwrap().into_inner())
}

/// The package with which a function of this name is created.
pub(crate) fn package(name: &str) -> Bytes {
    zip("bootstrap", name)
}

/// The least that a function needs.
pub(crate) fn request(name: &str) -> CreateFunctionRequest {
    CreateFunctionRequest {
        function_name: name.to_owned(),
        runtime: Some("provided.al2023".to_owned()),
        role: "arn:aws:iam::000000000000:role/r".to_owned(),
        handler: Some("h".to_owned()),
        code: FunctionCode { zip_file: Some(package(name)), ..FunctionCode::default() },
        ..CreateFunctionRequest::default()
    }
}

/// Gives the text of a refusal.
pub(crate) fn text<T>(outcome: Result<T, crate::error::Refusal>) -> String {
    outcome.err().expect("a refusal").to_string()
}
