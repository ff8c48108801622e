//! `SnapStart`: whether it can be had, and how it is shown.
//!
//! Source: Developer Guide, "Improving startup performance with Lambda SnapStart", supported features and
//! runtimes. The texts for features follow the one that is known for runtimes.

use api::lambda::{SnapStartResponse, errors};
use model::{
    function::{Settings, SnapStart, Version},
    runtime::{self, Family},
};

use crate::error::Refusal;

/// The largest `/tmp` that a snapshot can have.
const MAX_EPHEMERAL_STORAGE_MIB: u32 = 512;

/// Refuses settings that cannot be snapshot.
pub(super) fn check(settings: &Settings) -> Result<(), Refusal> {
    let Some(zip) = settings.zip().filter(|zip| zip.snap_start != SnapStart::None) else {
        return Ok(());
    };
    let feature = if !is_supported(&zip.runtime) {
        zip.runtime.as_str()
    } else if !settings.outside.file_systems.is_empty() {
        "EFS"
    } else if settings.ephemeral_storage_mib > MAX_EPHEMERAL_STORAGE_MIB {
        "Ephemeral storage larger than 512 MB"
    } else {
        return Ok(());
    };
    Err(refusal(feature))
}

/// Says what cannot be had together with snapshots.
pub(super) fn refusal(feature: &str) -> Refusal {
    let text = format!("{feature} is not supported for SnapStart enabled functions.");
    Refusal::group(errors::invalid_parameter_value(text))
}

/// Shows the setting; only a published version can have a snapshot.
pub(super) fn show(version: &Version) -> SnapStartResponse {
    let setting = version.settings.snap_start();
    let optimized = setting == SnapStart::PublishedVersions && version.number.is_some();
    SnapStartResponse {
        apply_on: Some(setting.as_str().to_owned()),
        optimization_status: Some(if optimized { "On" } else { "Off" }.to_owned()),
    }
}

fn is_supported(name: &str) -> bool {
    let Some(identifier) = runtime::find(name) else { return false };
    let before: &[&str] = match identifier.family {
        Family::Java => &["java8", "java8.al2"],
        Family::Python => &[
            "python2.7",
            "python3.6",
            "python3.7",
            "python3.8",
            "python3.9",
            "python3.10",
            "python3.11",
        ],
        Family::DotNet => &[
            "dotnetcore1.0",
            "dotnetcore2.0",
            "dotnetcore2.1",
            "dotnetcore3.1",
            "dotnet5.0",
            "dotnet6",
            "dotnet7",
        ],
        _ => return false,
    };
    !before.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, text};

    #[test]
    fn runtimes_have_it_from_certain_versions_on() {
        for name in ["java11", "java21", "python3.12", "python3.13", "dotnet8"] {
            assert!(is_supported(name), "{name}");
        }
        for name in ["java8.al2", "python3.11", "dotnet6", "nodejs20.x", "provided.al2023", "x"] {
            assert!(!is_supported(name), "{name}");
        }
    }

    #[tokio::test]
    async fn what_cannot_be_snapshot_is_refused_only_with_it() {
        let mut settings = Fixture::new().await.create_active("f").await.latest.settings;
        check(&settings).unwrap();
        settings.zip_mut().unwrap().snap_start = SnapStart::PublishedVersions;
        let expected = "provided.al2023 is not supported for SnapStart enabled functions.";
        assert_eq!(text(check(&settings)), expected);
        settings.zip_mut().unwrap().runtime = "python3.12".into();
        check(&settings).unwrap();
        settings.ephemeral_storage_mib = 513;
        assert!(text(check(&settings)).starts_with("Ephemeral storage"));
    }
}
