//! One invocation: what is asked, how it can end, and what the caller then reads.

use std::time::Duration;

use uuid::Uuid;

/// The id of an invocation: `AwsRequestId` to the function, `x-amzn-RequestId` to the caller.
pub type RequestId = Uuid;

/// How the platform, not the function's own code, ended an invocation or an init.
///
/// Source of the texts: recorded answers in the reference, runtime-api.md section 9.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The function's timeout passed.
    TimedOut {
        /// The configured timeout.
        timeout: Duration,
    },
    /// The runtime process ended.
    Exited(Exit),
    /// The kernel ended the runtime because the environment was out of memory.
    OutOfMemory,
    /// No executable bootstrap was found in these places.
    NoBootstrap {
        /// The places that were searched.
        searched: Vec<String>,
    },
    /// The posted response was larger than a response may be.
    ResponseTooLarge {
        /// The largest permitted size.
        limit_bytes: u64,
    },
    /// The runtime broke the protocol.
    Protocol {
        /// The catalogue's error type, such as `Runtime.TruncatedResponse`.
        error_type: &'static str,
        /// What happened.
        message: String,
    },
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It exited with this status.
    Status(i32),
    /// This signal ended it.
    Signal(i32),
}

// === impl Failure ===

impl Failure {
    /// Gives the type that the caller's payload shows.
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::TimedOut { .. } => "Sandbox.Timedout",
            Self::Exited(_) | Self::OutOfMemory => "Runtime.ExitError",
            Self::NoBootstrap { .. } => "Runtime.InvalidEntrypoint",
            Self::ResponseTooLarge { .. } => "Function.ResponseSizeTooLarge",
            Self::Protocol { error_type, .. } => error_type,
        }
    }

    /// Gives the type that the REPORT line shows, which alone tells that memory ran out.
    pub fn report_type(&self) -> &'static str {
        match self {
            Self::OutOfMemory => "Runtime.OutOfMemory",
            other => other.error_type(),
        }
    }

    /// Writes the payload that the caller gets.
    pub fn payload(&self, request_id: RequestId) -> String {
        if let Self::ResponseTooLarge { limit_bytes } = self {
            return format!(
                "{{\"errorMessage\":\"Response payload size exceeded maximum allowed payload size \
                 ({limit_bytes} bytes).\",\"errorType\":\"{}\"}}",
                self.error_type()
            );
        }
        format!(
            "{{\"errorType\":\"{}\",\"errorMessage\":\"RequestId: {request_id} Error: {}\"}}",
            self.error_type(),
            self.message()
        )
    }

    fn message(&self) -> String {
        match self {
            Self::TimedOut { timeout } => {
                format!("Task timed out after {:.2} seconds", timeout.as_secs_f64())
            }
            Self::Exited(Exit::Status(0)) => "Runtime exited without providing a reason".to_owned(),
            Self::Exited(Exit::Status(status)) => {
                format!("Runtime exited with error: exit status {status}")
            }
            Self::Exited(Exit::Signal(signal)) => {
                format!("Runtime exited with error: signal: {}", signal_name(*signal))
            }
            Self::OutOfMemory => "Runtime exited with error: signal: killed".to_owned(),
            Self::NoBootstrap { searched } => {
                format!("Couldn't find valid bootstrap(s): [{}]", searched.join(" "))
            }
            Self::ResponseTooLarge { .. } => String::new(),
            Self::Protocol { message, .. } => message.clone(),
        }
    }
}

/// Names a signal as Go's `os` package does, since AWS's supervisor is written in Go.
fn signal_name(signal: i32) -> String {
    let name = match signal {
        1 => "hangup",
        2 => "interrupt",
        3 => "quit",
        4 => "illegal instruction",
        5 => "trace/breakpoint trap",
        6 => "aborted",
        7 => "bus error",
        8 => "floating point exception",
        9 => "killed",
        10 => "user defined signal 1",
        11 => "segmentation fault",
        12 => "user defined signal 2",
        13 => "broken pipe",
        14 => "alarm clock",
        15 => "terminated",
        other => return format!("signal {other}"),
    };
    name.to_owned()
}

/// Normalises the error type that a runtime put into `Lambda-Runtime-Function-Error-Type`.
///
/// A match of `(Runtime|Function)\.[A-Z][a-zA-Z]+` is kept, another `Function.` prefix becomes
/// `Function.Unknown`, everything else `Runtime.Unknown` (runtime interface emulator).
pub fn normalise_error_type(given: &str) -> String {
    for prefix in ["Runtime.", "Function."] {
        if let Some(start) = given.find(prefix) {
            let rest = &given[start + prefix.len()..];
            let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
            if letters >= 2 && rest.starts_with(|c: char| c.is_ascii_uppercase()) {
                return format!("{prefix}{}", &rest[..letters]);
            }
        }
    }
    let unknown =
        if given.starts_with("Function.") { "Function.Unknown" } else { "Runtime.Unknown" };
    unknown.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(failure: &Failure) -> String {
        failure.payload(Uuid::nil())
    }

    #[test]
    fn payloads_are_those_that_aws_was_seen_to_send() {
        const ID: &str = "00000000-0000-0000-0000-000000000000";
        let cases = [
            (
                Failure::TimedOut { timeout: Duration::from_secs(3) },
                "Sandbox.Timedout",
                "Task timed out after 3.00 seconds",
            ),
            (
                Failure::Exited(Exit::Status(0)),
                "Runtime.ExitError",
                "Runtime exited without providing a reason",
            ),
            (
                Failure::Exited(Exit::Status(127)),
                "Runtime.ExitError",
                "Runtime exited with error: exit status 127",
            ),
            (
                Failure::Exited(Exit::Signal(11)),
                "Runtime.ExitError",
                "Runtime exited with error: signal: segmentation fault",
            ),
            (
                Failure::OutOfMemory,
                "Runtime.ExitError",
                "Runtime exited with error: signal: killed",
            ),
            (
                Failure::NoBootstrap {
                    searched: vec!["/var/task/bootstrap".into(), "/opt/bootstrap".into()],
                },
                "Runtime.InvalidEntrypoint",
                "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]",
            ),
        ];
        for (failure, kind, message) in cases {
            let expected = format!(
                r#"{{"errorType":"{kind}","errorMessage":"RequestId: {ID} Error: {message}"}}"#
            );
            assert_eq!(payload(&failure), expected);
        }
    }

    #[test]
    fn only_the_report_tells_that_memory_ran_out() {
        assert_eq!(Failure::OutOfMemory.error_type(), "Runtime.ExitError");
        assert_eq!(Failure::OutOfMemory.report_type(), "Runtime.OutOfMemory");
    }

    #[test]
    fn error_types_are_normalised_as_the_emulator_does() {
        for (given, expected) in [
            ("Runtime.ImportModuleError", "Runtime.ImportModuleError"),
            ("xx Function.MyError yy", "Function.MyError"),
            ("Function.oops", "Function.Unknown"),
            ("Unhandled", "Runtime.Unknown"),
            ("", "Runtime.Unknown"),
        ] {
            assert_eq!(normalise_error_type(given), expected, "{given}");
        }
    }
}
