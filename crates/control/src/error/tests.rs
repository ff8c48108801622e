use wire::Fault;

use super::*;

fn arn() -> FunctionArn {
    FunctionArn {
        region: "us-east-1".parse().unwrap(),
        account: "000000000000".parse().unwrap(),
        name: "f".parse().unwrap(),
        qualifier: None,
    }
}

#[test]
fn every_kind_of_refusal_has_its_code_and_status() {
    let internal = Refusal::internal("a secret of the machine");
    let cases = [
        (Refusal::FunctionNotFound("arn".into()), "ResourceNotFoundException", 404),
        (Refusal::FunctionExists(arn().name), "ResourceConflictException", 409),
        (Refusal::UpdateInProgress(arn()), "ResourceConflictException", 409),
        (Refusal::WrongState("Pending"), "ResourceConflictException", 409),
        (Refusal::StaleRevision, "PreconditionFailedException", 412),
        (Refusal::NameTooLong("x".into()), "InvalidParameterValueException", 400),
        (Refusal::NoFunctionName { value: "x".into(), pattern: "p" }, "ValidationException", 400),
        (Refusal::NotOffered("Layers"), "InvalidParameterValueException", 400),
        (Refusal::ZippedTooLarge { limit_bytes: 1 }, "RequestEntityTooLargeException", 413),
        (Refusal::PayloadTooLarge { limit_bytes: 1 }, "RequestEntityTooLargeException", 413),
        (Refusal::CodeStorage, "CodeStorageExceededException", 400),
        (Refusal::Payload("x".into()), "InvalidRequestContentException", 400),
        (
            Refusal::Throttled(engine::ThrottleReason::ConcurrentInvocationLimitExceeded),
            "TooManyRequestsException",
            429,
        ),
        (Refusal::CannotRun("x".into()), "InvalidRuntimeException", 502),
        (internal, "ServiceException", 500),
    ];
    for (refusal, code, status) in cases {
        let error = ApiError::from(refusal);
        assert_eq!((error.code(), error.status().as_u16()), (code, status));
    }
}

#[test]
fn texts_are_awss_word_for_word() {
    let cases = [
        (
            Refusal::UpdateInProgress(arn()),
            "The operation cannot be performed at this time. An update is in progress for \
             resource: arn:aws:lambda:us-east-1:000000000000:function:f",
        ),
        (
            Refusal::WrongState("Failed"),
            "The operation cannot be performed at this time. The function is currently in the \
             following state: Failed",
        ),
        (
            Refusal::StaleRevision,
            "The Revision Id provided does not match the latest Revision Id. Call the \
             GetFunction/GetAlias API to retrieve the latest Revision Id",
        ),
        (
            Refusal::LevelWithText,
            "LogLevel is not supported when LogFormat is set to \"Text\". Remove LogLevel from \
             your request or change the LogFormat to \"JSON\" and try again.",
        ),
        (
            Refusal::CodeSha256 { given: "a".into(), current: "b".into() },
            "CodeSHA256 (a) is different from current CodeSHA256 in $LATEST (b). Please try again \
             with the CodeSHA256 in $LATEST.",
        ),
    ];
    for (refusal, expected) in cases {
        assert_eq!(refusal.to_string(), expected);
    }
}

#[test]
fn the_cause_of_an_internal_error_stays_here() {
    let error = ApiError::from(Refusal::internal("a secret of the machine"));
    assert_eq!(error.message(), Some("Lambda encountered an internal error."));
    assert_eq!(error.fault(), Some(Fault::Service));
}
