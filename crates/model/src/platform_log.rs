//! The platform's own lines in a function's log, in the text format.
//!
//! Source: Developer Guide, "Sending Lambda function logs to CloudWatch Logs", and recorded log
//! events (reference, logging.md section 1). Every line ends with a newline, which is part of the
//! log event.

use std::{
    fmt::{self, Write as _},
    time::Duration,
};

use crate::invocation::RequestId;

/// What a REPORT line tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The invocation.
    pub request_id: RequestId,
    /// From the start of the invoke phase to its end.
    pub duration: Duration,
    /// The init phase, on the first invocation of an environment whose init succeeded.
    pub init_duration: Option<Duration>,
    /// The configured memory.
    pub memory_mib: u32,
    /// The peak of the environment since its processes started.
    pub max_memory_mib: u64,
    /// What went wrong, if the platform ended the invocation.
    pub status: ReportStatus,
}

/// The last field of a REPORT line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportStatus {
    /// The runtime answered, be it with a result or an error.
    Success,
    /// The timeout passed.
    Timeout,
    /// The environment failed with this error type.
    Error(String),
}

/// Which part of an environment's life an init ran in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InitPhase {
    /// Before the first invocation.
    Init,
    /// Inside an invocation, after an earlier init or invocation failed.
    Invoke,
}

/// Writes `INIT_START`.
pub fn init_start(runtime_version: &str, runtime_version_arn: &str) -> String {
    format!(
        "INIT_START Runtime Version: {runtime_version}\tRuntime Version ARN: {runtime_version_arn}\n"
    )
}

/// Writes `INIT_REPORT`, which an on-demand environment logs only when init failed, and a
/// provisioned one always (how AWS words success is not recorded).
pub fn init_report(duration: Duration, phase: InitPhase, status: &ReportStatus) -> String {
    let phase = match phase {
        InitPhase::Init => "init",
        InitPhase::Invoke => "invoke",
    };
    let mut line =
        format!("INIT_REPORT Init Duration: {} ms\tPhase: {phase}", Milliseconds(duration));
    write_status(&mut line, status);
    line.push('\n');
    line
}

/// Writes `START` to the end of `text`.
pub fn start(text: &mut String, request_id: RequestId, version: &str) {
    about(text, "START", request_id);
    text.push_str(" Version: ");
    text.push_str(version);
    text.push('\n');
}

/// Writes `END` to the end of `text`.
pub fn end(text: &mut String, request_id: RequestId) {
    about(text, "END", request_id);
    text.push('\n');
}

/// Writes how every line about an invocation begins.
fn about(text: &mut String, what: &str, request_id: RequestId) {
    let mut buffer = uuid::Uuid::encode_buffer();
    text.push_str(what);
    text.push_str(" RequestId: ");
    text.push_str(request_id.hyphenated().encode_lower(&mut buffer));
}

// === impl Report ===

impl Report {
    /// Rounds duration and init together up to the next millisecond, at least one
    /// (billing rule since August 2025).
    pub fn billed_ms(&self) -> u64 {
        let sum = self.duration + self.init_duration.unwrap_or_default();
        let whole = u64::try_from(sum.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
        whole.max(1)
    }

    /// Writes the line to the end of `text`.
    pub fn write(&self, text: &mut String) {
        about(text, "REPORT", self.request_id);
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "\tDuration: {} ms\tBilled Duration: {} ms\tMemory Size: {} MB\tMax Memory Used: {} MB",
            Milliseconds(self.duration),
            self.billed_ms(),
            self.memory_mib,
            self.max_memory_mib,
        );
        if let Some(init) = self.init_duration {
            let _ = write!(text, "\tInit Duration: {} ms", Milliseconds(init));
        }
        match self.status {
            // A recorded oddity: only the successful line ends in a tab.
            ReportStatus::Success => text.push_str("\t\n"),
            ReportStatus::Timeout | ReportStatus::Error(_) => {
                write_status(text, &self.status);
                text.push('\n');
            }
        }
    }
}

fn write_status(line: &mut String, status: &ReportStatus) {
    match status {
        ReportStatus::Success => line.push_str("\tStatus: success"),
        ReportStatus::Timeout => line.push_str("\tStatus: timeout"),
        ReportStatus::Error(kind) => {
            line.push_str("\tStatus: error\tError Type: ");
            line.push_str(kind);
        }
    }
}

/// Shows a duration as milliseconds with two decimals.
struct Milliseconds(Duration);

impl fmt::Display for Milliseconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hundredths = (self.0.as_nanos() + 5000) / 10_000;
        write!(f, "{}.{:02}", hundredths / 100, hundredths % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn line(report: &Report) -> String {
        let mut text = String::new();
        report.write(&mut text);
        text
    }

    fn report() -> Report {
        Report {
            request_id: Uuid::nil(),
            duration: Duration::from_micros(133_610),
            init_duration: None,
            memory_mib: 128,
            max_memory_mib: 34,
            status: ReportStatus::Success,
        }
    }

    #[test]
    fn start_and_end_name_the_invocation() {
        let mut text = String::new();
        start(&mut text, Uuid::nil(), "7");
        end(&mut text, Uuid::nil());
        let id = Uuid::nil();
        assert_eq!(text, format!("START RequestId: {id} Version: 7\nEND RequestId: {id}\n"));
    }

    #[test]
    fn durations_have_two_decimals() {
        for (nanos, shown) in [(0, "0.00"), (4_999, "0.00"), (5_000, "0.01"), (1_005_000, "1.01")] {
            assert_eq!(Milliseconds(Duration::from_nanos(nanos)).to_string(), shown);
        }
    }

    #[test]
    fn a_warm_report_ends_in_a_tab() {
        let line = line(&report());
        assert!(line.ends_with("Max Memory Used: 34 MB\t\n"), "{line}");
        assert!(line.contains("\tDuration: 133.61 ms\tBilled Duration: 134 ms\t"), "{line}");
    }

    #[test]
    fn init_is_billed_together_with_the_duration() {
        // Recorded pairs: 133.61 + 80.00 -> 214; 3.10 + 542.01 -> 546; 3000.00 + 67.49 -> 3068.
        for (duration_us, init_us, billed) in
            [(133_610, 80_000, 214), (3_100, 542_010, 546), (3_000_000, 67_490, 3068)]
        {
            let report = Report {
                duration: Duration::from_micros(duration_us),
                init_duration: Some(Duration::from_micros(init_us)),
                ..report()
            };
            assert_eq!(report.billed_ms(), billed);
        }
    }

    #[test]
    fn a_failed_report_ends_in_its_status() {
        let failed = Report {
            init_duration: Some(Duration::from_micros(67_490)),
            status: ReportStatus::Timeout,
            ..report()
        };
        assert!(line(&failed).ends_with("\tInit Duration: 67.49 ms\tStatus: timeout\n"));
        let crashed =
            Report { status: ReportStatus::Error("Runtime.ExitError".into()), ..report() };
        assert!(line(&crashed).ends_with("\tStatus: error\tError Type: Runtime.ExitError\n"));
    }

    #[test]
    fn an_init_report_names_its_phase() {
        let line =
            init_report(Duration::from_micros(9_999_560), InitPhase::Init, &ReportStatus::Timeout);
        assert_eq!(line, "INIT_REPORT Init Duration: 9999.56 ms\tPhase: init\tStatus: timeout\n");
    }
}
