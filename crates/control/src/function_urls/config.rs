//! How function URLs are read from requests and shown.

use api::{
    Call,
    lambda::{Cors as WireCors, FunctionUrlConfig},
};
use model::{
    FunctionArn,
    function::{Cors, FunctionUrl, InvokeMode},
};

use crate::Control;

impl Control {
    /// Gives the URL below which function URLs are.
    pub(super) fn url_base<'a>(&'a self, call: &'a Call) -> &'a str {
        self.parts.function_url_base.as_deref().unwrap_or(&call.endpoint)
    }
}

/// Reads `Cors`, whose limits the service model keeps.
pub(super) fn cors(wanted: &WireCors) -> Cors {
    Cors {
        allow_credentials: wanted.allow_credentials,
        allow_headers: wanted.allow_headers.clone(),
        allow_methods: wanted.allow_methods.clone(),
        allow_origins: wanted.allow_origins.clone(),
        expose_headers: wanted.expose_headers.clone(),
        max_age_seconds: wanted.max_age.map(i32::unsigned_abs),
    }
}

/// Shows a URL with everything that any answer has; its mode only if it was chosen.
pub(super) fn render(base: &str, arn: &FunctionArn, url: &FunctionUrl) -> FunctionUrlConfig {
    FunctionUrlConfig {
        function_url: address(base, &url.id, arn.region.as_str()),
        function_arn: arn.to_string(),
        creation_time: url.created.microseconds(),
        last_modified_time: url.last_modified.microseconds(),
        cors: url.cors.as_ref().map(render_cors),
        auth_type: url.auth.as_str().to_owned(),
        invoke_mode: url.invoke_mode.map(|mode| mode.as_str().to_owned()),
    }
}

/// Shows a URL as reading it does, with its mode in any case.
pub(super) fn render_whole(base: &str, arn: &FunctionArn, url: &FunctionUrl) -> FunctionUrlConfig {
    let mode = url.invoke_mode.unwrap_or(InvokeMode::Buffered);
    FunctionUrlConfig { invoke_mode: Some(mode.as_str().to_owned()), ..render(base, arn, url) }
}

/// Gives the address under which a client that reached this endpoint reaches the function.
///
/// A host name can stand before `localhost` and not before an address.
fn address(endpoint: &str, id: &str, region: &str) -> String {
    let (scheme, authority) = endpoint.split_once("://").unwrap_or(("http", endpoint));
    let authority = authority.trim_end_matches('/');
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => (host, Some(port)),
        _ => (authority, None),
    };
    let is_loopback = host.starts_with("127.") || host == "[::1]";
    let host = if is_loopback { "localhost" } else { host };
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    format!("{scheme}://{id}.lambda-url.{region}.{host}{port}/")
}

fn render_cors(cors: &Cors) -> WireCors {
    WireCors {
        allow_credentials: cors.allow_credentials,
        allow_headers: cors.allow_headers.clone(),
        allow_methods: cors.allow_methods.clone(),
        allow_origins: cors.allow_origins.clone(),
        expose_headers: cors.expose_headers.clone(),
        max_age: cors.max_age_seconds.and_then(|seconds| seconds.try_into().ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_below_the_host_that_the_client_knows() {
        for (endpoint, expected) in [
            ("http://127.0.0.1:9999", "http://id.lambda-url.us-east-1.localhost:9999/"),
            ("http://[::1]:9999", "http://id.lambda-url.us-east-1.localhost:9999/"),
            ("https://lambda.example.com/", "https://id.lambda-url.us-east-1.lambda.example.com/"),
        ] {
            assert_eq!(address(endpoint, "id", "us-east-1"), expected);
        }
    }
}
