use std::time::Duration;

use model::{
    Timestamp,
    function::{
        Alias, Architecture, Attachments, Code, Event, FunctionState, FunctionUrl, LogFormat,
        Logging, Outside, Package, Readiness, RecursiveLoop, Settings, SnapStart, TracingMode,
        UrlAuth, Vpc, WeightedVersion, ZipPackage,
    },
};
use store::{Clock, SystemClock};
use uuid::Uuid;

use super::*;

fn records() -> Arc<dyn Records> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    store::memory::open(&clock).records
}

fn region() -> Region {
    "us-east-1".parse().unwrap()
}

fn name(text: &str) -> FunctionName {
    text.parse().unwrap()
}

pub(crate) fn settings() -> Settings {
    Settings {
        role: "arn:aws:iam::000000000000:role/r".into(),
        description: String::new(),
        timeout: Duration::from_secs(3),
        memory_mib: 128,
        ephemeral_storage_mib: 512,
        environment: None,
        architecture: Architecture::native(),
        package: Package::Zip(ZipPackage {
            runtime: "provided.al2023".into(),
            handler: "h".into(),
            code: Code {
                sha256: "00".into(),
                size_bytes: 1,
                unzipped_bytes: 1,
                signing: None,
                kms_key: None,
            },
            accepted: None,
            layers: Vec::new(),
            snap_start: SnapStart::None,
        }),
        outside: Outside::default(),
        logging: Logging { format: LogFormat::Text, group: "/aws/lambda/f".into() },
        tracing: TracingMode::PassThrough,
    }
}

fn version(number: Option<VersionNumber>) -> Version {
    Version {
        number,
        settings: settings(),
        readiness: Readiness::created().settled(Ok(())),
        revision_id: Uuid::new_v4(),
        last_modified: Timestamp::default(),
        attached: Attachments::default(),
    }
}

pub(crate) fn build(name: FunctionName) -> impl Fn(u64) -> Function {
    move |last_number| Function {
        region: region(),
        name: name.clone(),
        incarnation: Uuid::new_v4(),
        latest: version(None),
        serving: None,
        last_number,
        published_description: String::new(),
        tags: std::collections::BTreeMap::new(),
        reserved_concurrency: None,
        recursive_loop: RecursiveLoop::default(),
        code_signing: None,
    }
}

async fn publish(functions: &Functions, of: &str) -> VersionNumber {
    let decide = |_: &mut Function, number| Ok::<_, ()>(version(Some(number)));
    let (_, version) = functions.publish(&region(), &name(of), decide).await.unwrap();
    version.number.unwrap()
}

#[tokio::test]
async fn a_name_is_created_once() {
    let functions = Functions::open(&records()).await.unwrap();
    functions.create(&region(), &name("f"), build(name("f"))).await.unwrap();
    let again = functions.create(&region(), &name("f"), build(name("f"))).await;
    assert!(matches!(again, Err(CreateError::Exists)));
}

#[tokio::test]
async fn version_numbers_go_on_after_the_function_was_deleted_and_created_again() {
    let functions = Functions::open(&records()).await.unwrap();
    functions.create(&region(), &name("f"), build(name("f"))).await.unwrap();
    assert_eq!(publish(&functions, "f").await, VersionNumber(1));
    assert_eq!(publish(&functions, "f").await, VersionNumber(2));
    functions.delete(&region(), &name("f")).await.unwrap();
    assert!(functions.get(&region(), &name("f")).is_none());
    let function = functions.create(&region(), &name("f"), build(name("f"))).await.unwrap();
    assert!(functions.versions(&function, None, 10).is_empty());
    assert_eq!(publish(&functions, "f").await, VersionNumber(3));
}

#[tokio::test]
async fn publications_at_the_same_time_get_different_numbers() {
    let functions = Arc::new(Functions::open(&records()).await.unwrap());
    functions.create(&region(), &name("f"), build(name("f"))).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let functions = Arc::clone(&functions);
        tasks.spawn(async move { publish(&functions, "f").await });
    }
    let mut numbers = tasks.join_all().await;
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=10).map(VersionNumber).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_list_skips_deleted_functions_and_goes_on_after_a_name() {
    let functions = Functions::open(&records()).await.unwrap();
    for n in ["a", "b", "c", "d"] {
        functions.create(&region(), &name(n), build(name(n))).await.unwrap();
    }
    functions.delete(&region(), &name("b")).await.unwrap();
    let names = |after: Option<&str>, limit| {
        let after = after.map(name);
        let rows = functions.list(&region(), after.as_ref(), limit);
        rows.iter().map(|row| row.live().unwrap().name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(None, 2), ["a", "c"]);
    assert_eq!(names(Some("c"), 2), ["d"]);
    assert_eq!(names(None, 10), ["a", "c", "d"]);
}

#[tokio::test]
async fn what_an_interrupted_deletion_left_is_removed_at_the_next_start() {
    let records = records();
    let functions = Functions::open(&records).await.unwrap();
    let function = functions.create(&region(), &name("f"), build(name("f"))).await.unwrap();
    publish(&functions, "f").await;
    // The crash: the function's record says deleted, its version is still there.
    let row = FunctionRow(FunctionRecord::Deleted { last_number: 1 });
    let key = rows::function_key(&region(), &name("f"));
    functions.rows.put(&key, &row, Expect::Any).await.unwrap();
    drop(functions);
    let functions = Functions::open(&records).await.unwrap();
    assert!(functions.versions.view().is_empty());
    assert!(functions.version(&function, VersionNumber(1)).is_none());
}

#[tokio::test]
async fn a_version_record_that_was_never_counted_does_not_exist() {
    let functions = Functions::open(&records()).await.unwrap();
    let function = functions.create(&region(), &name("f"), build(name("f"))).await.unwrap();
    let key = rows::version_key(function.incarnation, VersionNumber(1));
    let row = VersionRow(version(Some(VersionNumber(1))));
    functions.versions.put(&key, &row, Expect::Any).await.unwrap();
    assert!(functions.version(&function, VersionNumber(1)).is_none());
    assert!(functions.versions(&function, None, 10).is_empty());
}

fn alias(of: &str, target: u64, second: Option<u64>) -> Alias {
    let weighted = |number| WeightedVersion { number: VersionNumber(number), weight: 0.5 };
    Alias {
        name: of.parse().unwrap(),
        target: Some(VersionNumber(target)),
        description: String::new(),
        additional: second.map(weighted),
        revision_id: Uuid::new_v4(),
        attached: Attachments::default(),
    }
}

#[tokio::test]
async fn an_alias_stands_for_versions_that_exist_and_keeps_them() {
    let functions = Functions::open(&records()).await.unwrap();
    let function = functions.create(&region(), &name("f"), build(name("f"))).await.unwrap();
    for _ in 0..3 {
        publish(&functions, "f").await;
    }
    let missing = functions.create_alias(&function, alias("live", 1, Some(4))).await;
    assert!(matches!(missing, Err(AliasError::NoVersion(VersionNumber(4)))));
    functions.create_alias(&function, alias("live", 1, Some(2))).await.unwrap();
    let again = functions.create_alias(&function, alias("live", 1, None)).await;
    assert!(matches!(again, Err(AliasError::Exists)));
    for used in [1, 2] {
        let refused = functions.delete_version(&function, VersionNumber(used)).await;
        assert!(matches!(refused, Err(DeleteVersionError::InUse(names)) if names.len() == 1));
    }
    assert!(functions.delete_version(&function, VersionNumber(3)).await.unwrap());
    let live = "live".parse().unwrap();
    let to_3 = |alias: &mut Alias| {
        alias.target = Some(VersionNumber(3));
        Ok::<_, ()>(())
    };
    let gone = functions.change_alias(&function, &live, to_3).await;
    assert!(matches!(gone, Err(AliasError::NoVersion(VersionNumber(3)))));
    assert!(functions.delete_alias(&function, &live).await.unwrap());
    assert!(functions.delete_version(&function, VersionNumber(1)).await.unwrap());
}

#[tokio::test]
async fn aliases_go_with_their_function_at_once_or_at_the_next_start() {
    let records = records();
    let functions = Functions::open(&records).await.unwrap();
    for n in ["f", "g"] {
        let function = functions.create(&region(), &name(n), build(name(n))).await.unwrap();
        publish(&functions, n).await;
        functions.create_alias(&function, alias("live", 1, None)).await.unwrap();
    }
    functions.delete(&region(), &name("f")).await.unwrap();
    assert_eq!(functions.aliases.view().len(), 1);
    // The crash: the function's record says deleted, its alias is still there.
    let row = FunctionRow(FunctionRecord::Deleted { last_number: 1 });
    let key = rows::function_key(&region(), &name("g"));
    functions.rows.put(&key, &row, Expect::Any).await.unwrap();
    drop(functions);
    let functions = Functions::open(&records).await.unwrap();
    assert!(functions.aliases.view().is_empty());
}

fn url(id: &str) -> FunctionUrl {
    FunctionUrl {
        id: id.into(),
        auth: UrlAuth::None,
        cors: None,
        invoke_mode: None,
        created: Timestamp::default(),
        last_modified: Timestamp::default(),
    }
}

async fn move_to(functions: &Functions, id: Option<&str>) {
    let decide = |function: &mut Function| {
        function.latest.attached.url = id.map(url);
        Ok::<_, ()>(())
    };
    functions.change(&region(), &name("f"), decide).await.unwrap();
}

#[tokio::test]
async fn what_has_an_address_is_found_by_it_until_it_or_its_function_is_gone() {
    let functions = Functions::open(&records()).await.unwrap();
    let function = functions.create(&region(), &name("f"), build(name("f"))).await.unwrap();
    publish(&functions, "f").await;
    let named = |id: &str| functions.at_url(id).and_then(|found| found.target());
    assert!(named("a").is_none());
    move_to(&functions, Some("a")).await;
    assert_eq!(named("a").unwrap().qualifier, None);
    move_to(&functions, Some("b")).await;
    assert!(named("a").is_none() && named("b").is_some());
    move_to(&functions, None).await;
    assert!(named("b").is_none());
    let mut live = alias("live", 1, None);
    live.attached.url = Some(url("c"));
    functions.create_alias(&function, live).await.unwrap();
    assert_eq!(named("c").unwrap().qualifier.unwrap().to_string(), "live");
    assert_eq!(functions.at_url("c").unwrap().url().unwrap().id, "c");
    functions.delete(&region(), &name("f")).await.unwrap();
    assert!(named("c").is_none());
}

fn networked() -> Settings {
    let vpc = Vpc { subnets: vec!["s".into()], security_groups: vec!["g".into()], ipv6: false };
    let outside = Outside { vpc: Some(vpc), ..Outside::default() };
    Settings { outside, ..settings() }
}

#[tokio::test]
async fn what_holds_something_outside_is_found_with_its_function() {
    let records = records();
    let functions = Functions::open(&records).await.unwrap();
    for one in ["f", "g"] {
        functions.create(&region(), &name(one), build(name(one))).await.unwrap();
        publish(&functions, one).await;
    }
    assert!(functions.holding_outside().is_empty());
    let change = |f: &mut Function| {
        f.latest.settings = networked();
        Ok::<_, ()>(())
    };
    let f = functions.change(&region(), &name("f"), change).await.unwrap();
    let decide = |_: &mut Function, number| {
        Ok::<_, ()>(Version { settings: networked(), ..version(Some(number)) })
    };
    functions.publish(&region(), &name("f"), decide).await.unwrap();
    let held = functions.holding_outside();
    let found: Vec<_> = held.iter().map(|one| one.version().unwrap().number).collect();
    assert_eq!(found, [None, Some(VersionNumber(2))]);
    assert!(held.iter().all(|one| one.function().unwrap().name == name("f")));
    functions.delete(&region(), &name("f")).await.unwrap();
    assert!(functions.holding_outside().is_empty());
    let gone = functions.meet(&f, None, Event::FoundIdle).await;
    assert!(matches!(gone, Err(ChangeError::NotFound)));
}

#[tokio::test]
async fn an_event_changes_the_version_that_it_is_for_or_nothing() {
    let records = records();
    let functions = Functions::open(&records).await.unwrap();
    let old = functions.create(&region(), &name("f"), build(name("f"))).await.unwrap();
    let number = publish(&functions, "f").await;
    let idle = functions.meet(&old, Some(number), Event::FoundIdle).await.unwrap();
    assert!(matches!(idle.readiness.state, FunctionState::Inactive(_)));
    let row = functions.get(&region(), &name("f")).unwrap();
    assert_eq!(row.live().unwrap().latest.readiness.state, FunctionState::Active);
    let again = functions.meet(&old, Some(number), Event::FoundIdle).await.unwrap_err();
    let ChangeError::Refused(Unchanged(state)) = again else { panic!("not refused") };
    assert_eq!(state, idle.readiness.state);
    functions.meet(&old, Some(number), Event::Wanted).await.unwrap();
    let (owner, version) = functions.versions_in_progress().remove(0);
    assert_eq!(
        (owner.live().unwrap().incarnation, version.0.number),
        (old.incarnation, Some(number))
    );
    // What was meant for a function is not done to another one of the same name.
    functions.delete(&region(), &name("f")).await.unwrap();
    functions.create(&region(), &name("f"), build(name("f"))).await.unwrap();
    let other = functions.meet(&old, None, Event::FoundIdle).await;
    assert!(matches!(other, Err(ChangeError::Refused(Unchanged(FunctionState::Active)))));
}
