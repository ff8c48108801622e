use std::{fs, path::PathBuf, time::Duration};

use model::function::{
    Architecture, Code, LogFormat, Logging, Package, SnapStart, TracingMode, ZipPackage,
};

use super::*;

fn runtime(name: &str, stem: Option<StemKind>) -> Runtime {
    Runtime {
        name: name.into(),
        version: Some("1".into()),
        interpreter: None,
        client_dir: Some(PathBuf::from("/")),
        lang_dir: None,
        stem,
    }
}

fn settings(variables: &[&str], memory_mib: u32) -> Settings {
    let variables = variables.iter().map(|&name| (name.to_owned(), "x".to_owned()));
    Settings {
        role: String::new(),
        description: String::new(),
        timeout: Duration::from_secs(3),
        memory_mib,
        ephemeral_storage_mib: 512,
        environment: Some(model::function::Variables::Plain(variables.collect())),
        architecture: Architecture::native(),
        package: Package::Zip(ZipPackage {
            runtime: String::new(),
            handler: "h".into(),
            code: Code {
                sha256: String::new(),
                size_bytes: 0,
                unzipped_bytes: 0,
                signing: None,
                kms_key: None,
            },
            accepted: None,
            layers: Vec::new(),
            snap_start: SnapStart::None,
        }),
        outside: model::function::Outside::default(),
        logging: Logging { format: LogFormat::Text, group: "g".into() },
        tracing: TracingMode::PassThrough,
    }
}

fn key(name: &str, stem: Option<StemKind>, variables: &[&str]) -> Option<StemKey> {
    StemKey::of(&runtime(name, stem), &settings(variables, 128), &BTreeMap::new())
}

fn python(variables: &[&str]) -> Option<StemKey> {
    key("python3.13", Some(StemKind::Shared), variables)
}

fn node(variables: &[&str]) -> Option<StemKey> {
    key("nodejs22.x", Some(StemKind::ByMemory), variables)
}

#[test]
fn ordinary_variables_leave_the_start_alone() {
    for variables in [&["STAGE"][..], &["PATH", "TABLE_NAME", "HTTP_PROXY", "LANGUAGES", "MYTZ"]] {
        assert!(python(variables).is_some(), "{variables:?}");
        assert!(node(variables).is_some(), "{variables:?}");
    }
}

#[test]
fn variables_of_the_wrapper_linker_and_c_library_rule_a_stem_out() {
    for variable in [
        "AWS_LAMBDA_EXEC_WRAPPER",
        "AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA",
        "LD_PRELOAD",
        "LD_LIBRARY_PATH",
        "GLIBC_TUNABLES",
        "MALLOC_ARENA_MAX",
        "LANG",
        "LANGUAGE",
        "LC_ALL",
        "LOCPATH",
        "NLSPATH",
        "GCONV_PATH",
        "CHARSET",
        "TZ",
        "TZDIR",
        "OPENSSL_CONF",
        "SSL_CERT_FILE",
        "BASH_ENV",
        "ENV",
        "IFS",
        "POSIXLY_CORRECT",
        "PS4",
        "SHELLOPTS",
    ] {
        assert!(python(&["STAGE", variable]).is_none(), "{variable}");
        assert!(node(&["STAGE", variable]).is_none(), "{variable}");
    }
}

#[test]
fn each_interpreters_own_variables_rule_out_its_stems_only() {
    for variable in ["PYTHONPATH", "PYTHONHASHSEED", "HOME"] {
        assert!(python(&[variable]).is_none(), "{variable}");
        assert!(node(&[variable]).is_some(), "{variable}");
    }
    for variable in ["NODE_OPTIONS", "NODE_PATH", "UV_THREADPOOL_SIZE", "V8_X", "ICU_DATA"] {
        assert!(node(&[variable]).is_none(), "{variable}");
        assert!(python(&[variable]).is_some(), "{variable}");
    }
}

#[test]
fn the_operators_variables_count_as_the_functions_own() {
    let operator = BTreeMap::from([("PYTHONUTF8".to_owned(), "1".to_owned())]);
    let runtime = runtime("python3.13", Some(StemKind::Shared));
    assert!(StemKey::of(&runtime, &settings(&[], 128), &operator).is_none());
    assert!(StemKey::of(&runtime, &settings(&[], 128), &BTreeMap::new()).is_some());
}

#[test]
fn a_runtime_that_knows_no_stems_has_none() {
    assert!(key("python3.13", None, &[]).is_none());
}

#[test]
fn memory_parts_stems_only_where_the_interpreter_is_started_for_it() {
    let of = |kind, memory_mib| {
        let runtime = runtime("nodejs22.x", Some(kind));
        StemKey::of(&runtime, &settings(&[], memory_mib), &BTreeMap::new())
    };
    assert_ne!(of(StemKind::ByMemory, 128), of(StemKind::ByMemory, 256));
    assert_eq!(of(StemKind::Shared, 128), of(StemKind::Shared, 256));
}

#[test]
fn another_installation_of_a_runtime_has_stems_of_its_own() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let of = |dir: &Path| {
        let runtime = Runtime {
            client_dir: Some(dir.to_path_buf()),
            ..runtime("python3.13", Some(StemKind::Shared))
        };
        StemKey::of(&runtime, &settings(&[], 128), &BTreeMap::new())
    };
    assert_ne!(of(one.path()), of(two.path()));
    assert_eq!(of(one.path()), of(one.path()));
}

#[test]
fn a_package_with_libraries_where_the_linker_looks_rules_a_stem_out() {
    let suits = |files: &[&str]| {
        let code = tempfile::tempdir().unwrap();
        for file in files {
            let path = code.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        StemKey::suits(code.path(), &[])
    };
    assert!(suits(&["handler.py", "lib/helper.js", "deep/down/libz.so.1"]));
    assert!(suits(&["_cffi_backend.cpython-313-x86_64-linux-gnu.so", "x.abi3.so"]));
    for file in ["libz.so.1", "lib/libssl.so", "lib/glibc-hwcaps/x86-64-v3/libc.so.6"] {
        assert!(!suits(&["handler.py", file]), "{file}");
    }
}

#[test]
fn a_layer_with_libraries_rules_a_stem_out() {
    let (code, layer) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let layers = [layer.path().to_path_buf()];
    fs::create_dir_all(layer.path().join("python/lib")).unwrap();
    fs::write(layer.path().join("python/lib/libz.so"), "").unwrap();
    assert!(StemKey::suits(code.path(), &layers));
    fs::create_dir_all(layer.path().join("lib")).unwrap();
    fs::write(layer.path().join("lib/libz.so.1"), "").unwrap();
    assert!(!StemKey::suits(code.path(), &layers));
}
