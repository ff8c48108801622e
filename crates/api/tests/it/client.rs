//! A client without a network, and services that answer it.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, UNIX_EPOCH};

use api::{Call, Caller, Handle, Operation};
use bytes::Bytes;
use http::request::Parts;
use http::{Method, StatusCode};
use wire::{ApiError, OperationSpec, Request, RequestId, Response};

/// The code with which [`Refusing`] answers every request that gets through to it.
pub(crate) const REACHED: &str = "Reached";

/// Answers every operation with an error, so that a test sees whether a request got through.
pub(crate) struct Refusing;

impl<O: Operation> Handle<O> for Refusing {
    async fn handle(&self, _: &Call, _: O::Input) -> Result<O::Output, ApiError> {
        Err(ApiError::new(REACHED, StatusCode::IM_A_TEAPOT, O::SPEC.name))
    }
}

pub(crate) fn call() -> Call {
    let account = || "000000000000".into();
    Call {
        request_id: RequestId::from_random([0xAB; 16]),
        region: "us-east-1".into(),
        account_id: account(),
        caller: Caller::root(&account()),
        endpoint: "http://127.0.0.1:4566".into(),
        source_ip: std::net::Ipv4Addr::LOCALHOST.into(),
        now: UNIX_EPOCH + Duration::from_secs(1_764_037_614),
        trace_header: None,
    }
}

pub(crate) fn parts(method: &str, target: &str) -> Parts {
    http::Request::builder().method(method).uri(target).body(()).unwrap().into_parts().0
}

/// Sends one request to Lambda and returns the answer, or the error that routing gave.
pub(crate) fn lambda(method: &str, target: &str, body: impl Into<Bytes>) -> Response {
    lambda_with(&parts(method, target), body)
}

pub(crate) fn lambda_with(parts: &Parts, body: impl Into<Bytes>) -> Response {
    match api::lambda::route(parts) {
        Ok(route) => now(api::lambda::dispatch(
            &Refusing,
            &call(),
            Request { route: &route, parts, body: body.into() },
        )),
        Err(error) => error.render(wire::Protocol::RestJson, &call().request_id),
    }
}

/// Runs a future that never waits.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing here waits"),
    }
}

pub(crate) fn text(response: &Response) -> &str {
    std::str::from_utf8(response.body().bytes().unwrap()).unwrap()
}

/// The code of an error answer.
pub(crate) fn code(response: &Response) -> &str {
    response.headers().get("x-amzn-errortype").map_or("", |code| code.to_str().unwrap())
}

/// A path for an operation: every label replaced by a value, and the query that the operation insists on.
pub(crate) fn target(spec: &OperationSpec, label: &str) -> String {
    let segments =
        spec.path.split('/').map(|segment| if segment.starts_with('{') { label } else { segment });
    let path = segments.collect::<Vec<_>>().join("/");
    match spec.query {
        Some((key, value)) => format!("{path}?{key}={value}"),
        None => path,
    }
}

pub(crate) fn method(spec: &OperationSpec) -> Method {
    spec.method.parse().unwrap()
}
