//! `LoggingConfig`: how a partial one changes what is in force.

use api::lambda::LoggingConfig;
use model::{
    function::{LogFormat, Logging},
    names::FunctionName,
};

use crate::error::Refusal;

const DEFAULT_LEVEL: &str = "INFO";

/// Gives the logging of a function that chose nothing.
pub(super) fn default(name: &FunctionName) -> Logging {
    Logging { format: LogFormat::Text, group: format!("/aws/lambda/{name}") }
}

/// Merges what is wanted into what is in force: members that are not given stay, levels exist only
/// with JSON and begin at INFO.
pub(super) fn merged(current: &Logging, wanted: &LoggingConfig) -> Result<Logging, Refusal> {
    let (was_json, application, system) = match &current.format {
        LogFormat::Text => (false, None, None),
        LogFormat::Json { application_level, system_level } => {
            (true, Some(application_level), Some(system_level))
        }
    };
    let level = |wanted: &Option<String>, current: Option<&String>| {
        wanted.as_ref().or(current).map_or_else(|| DEFAULT_LEVEL.to_owned(), Clone::clone)
    };
    let is_json = wanted.log_format.as_deref().map_or(was_json, |format| format == "JSON");
    let has_level = wanted.application_log_level.is_some() || wanted.system_log_level.is_some();
    let format = match (is_json, has_level) {
        (true, _) => LogFormat::Json {
            application_level: level(&wanted.application_log_level, application),
            system_level: level(&wanted.system_log_level, system),
        },
        (false, true) => return Err(Refusal::LevelWithText),
        (false, false) => LogFormat::Text,
    };
    let group = wanted.log_group.clone().unwrap_or_else(|| current.group.clone());
    Ok(Logging { format, group })
}

/// Renders the logging in force.
pub(super) fn render(logging: &Logging) -> LoggingConfig {
    let (format, application, system) = match &logging.format {
        LogFormat::Text => ("Text", None, None),
        LogFormat::Json { application_level, system_level } => {
            ("JSON", Some(application_level.clone()), Some(system_level.clone()))
        }
    };
    LoggingConfig {
        log_format: Some(format.to_owned()),
        application_log_level: application,
        system_log_level: system,
        log_group: Some(logging.group.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> Logging {
        default(&"f".parse().unwrap())
    }

    fn json(application: &str, system: &str) -> Logging {
        let format = LogFormat::Json {
            application_level: application.to_owned(),
            system_level: system.to_owned(),
        };
        Logging { format, ..text() }
    }

    fn wanted(format: Option<&str>, level: Option<&str>) -> LoggingConfig {
        LoggingConfig {
            log_format: format.map(str::to_owned),
            application_log_level: level.map(str::to_owned),
            ..LoggingConfig::default()
        }
    }

    #[test]
    fn json_without_levels_begins_at_info() {
        assert_eq!(merged(&text(), &wanted(Some("JSON"), None)).unwrap(), json("INFO", "INFO"));
    }

    #[test]
    fn levels_that_are_not_given_stay() {
        let changed = merged(&json("INFO", "WARN"), &wanted(None, Some("DEBUG"))).unwrap();
        assert_eq!(changed, json("DEBUG", "WARN"));
    }

    #[test]
    fn going_back_to_text_drops_both_levels() {
        let changed = merged(&json("DEBUG", "WARN"), &wanted(Some("Text"), None)).unwrap();
        assert_eq!(changed, text());
        assert_eq!(merged(&changed, &wanted(Some("JSON"), None)).unwrap(), json("INFO", "INFO"));
    }

    #[test]
    fn another_group_keeps_the_format() {
        let group = LoggingConfig { log_group: Some("g".into()), ..LoggingConfig::default() };
        let changed = merged(&json("DEBUG", "WARN"), &group).unwrap();
        assert_eq!(changed, Logging { group: "g".into(), ..json("DEBUG", "WARN") });
    }

    #[test]
    fn text_has_no_levels() {
        for format in [None, Some("Text")] {
            let refused = merged(&text(), &wanted(format, Some("DEBUG")));
            assert!(matches!(refused, Err(Refusal::LevelWithText)));
        }
    }
}
