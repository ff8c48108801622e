//! Errors in each protocol's own clothes.

use std::fmt::Write;

use http::{HeaderValue, header};
use serde_json::Value;

use super::{ApiError, Fault, MessageKey};
use crate::query::escape_xml;
use crate::{Body, Protocol, RequestId, Response};

impl ApiError {
    /// Turns the error into the answer that the service's protocol prescribes.
    pub fn render(&self, protocol: Protocol, request_id: &RequestId) -> Response {
        let mut response = match protocol {
            Protocol::RestJson => self.rest_json(),
            Protocol::AwsJson10 => self.aws_json("application/x-amz-json-1.0"),
            Protocol::AwsJson11 => self.aws_json("application/x-amz-json-1.1"),
            Protocol::Query { namespace } => self.query(namespace, request_id),
        };
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert("x-amzn-requestid", request_id.header_value());
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
        response
    }

    fn rest_json(&self) -> Response {
        let mut body = JsonObject::new();
        for (name, value) in &self.members {
            body.member(name, value);
        }
        if let Some(fault) = self.fault {
            body.member("Type", &fault.as_str().into());
        }
        body.member(self.message_key.as_str(), &self.message_value());
        let mut response = typed(body.finish(), "application/json");
        // A code comes from a table or is a word that a handler chose; one that no header can carry is still in the log.
        if let Ok(code) = HeaderValue::from_str(&self.code) {
            response.headers_mut().insert("x-amzn-errortype", code);
        }
        response
    }

    fn aws_json(&self, content_type: &'static str) -> Response {
        let mut body = JsonObject::new();
        body.member("__type", &self.code.as_ref().into());
        for (name, value) in &self.members {
            body.member(name, value);
        }
        body.member("message", &self.message_value());
        typed(body.finish(), content_type)
    }

    fn query(&self, namespace: &str, request_id: &RequestId) -> Response {
        let who = if self.status.is_server_error() { "Receiver" } else { "Sender" };
        let mut body = format!(
            "<ErrorResponse xmlns=\"{namespace}\">\n  <Error>\n    <Type>{who}</Type>\n    <Code>"
        );
        escape_xml(&self.code, &mut body);
        body.push_str("</Code>\n    <Message>");
        escape_xml(self.message().unwrap_or_default(), &mut body);
        let _ = write!(
            body,
            "</Message>\n  </Error>\n  <RequestId>{request_id}</RequestId>\n</ErrorResponse>\n"
        );
        typed(body, "text/xml")
    }

    fn message_value(&self) -> Value {
        self.message.as_deref().map_or(Value::Null, Value::from)
    }
}

impl Fault {
    fn as_str(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Service => "Service",
        }
    }
}

impl MessageKey {
    fn as_str(self) -> &'static str {
        match self {
            Self::Lower => "message",
            Self::Upper => "Message",
        }
    }
}

/// A JSON object whose members keep the order in which they are written: AWS sends `Type` before `Message`.
struct JsonObject(String);

impl JsonObject {
    fn new() -> Self {
        Self(String::from("{"))
    }

    fn member(&mut self, name: &str, value: &Value) {
        let comma = if self.0.len() > 1 { "," } else { "" };
        let _ = write!(self.0, "{comma}\"{name}\":{value}");
    }

    fn finish(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

pub(super) fn typed(body: String, content_type: &'static str) -> Response {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    fn id() -> RequestId {
        RequestId::from_random([7; 16])
    }

    fn text(response: &Response) -> &str {
        std::str::from_utf8(response.body().bytes().unwrap()).unwrap()
    }

    #[test]
    fn rest_json_names_the_code_in_a_header_and_puts_type_first() {
        let error = ApiError::new(
            "ResourceNotFoundException",
            StatusCode::NOT_FOUND,
            "Function not found: \"f\"",
        )
        .with_fault(Fault::User)
        .with_message_key(MessageKey::Upper);
        let response = error.render(Protocol::RestJson, &id());
        assert_eq!(response.status(), 404);
        assert_eq!(response.headers()["x-amzn-errortype"], "ResourceNotFoundException");
        assert_eq!(response.headers()["x-amzn-requestid"], id().to_string().as_str());
        assert_eq!(text(&response), r#"{"Type":"User","Message":"Function not found: \"f\""}"#);
    }

    #[test]
    fn extra_members_come_first_and_headers_are_sent() {
        let error = ApiError::new(
            "TooManyRequestsException",
            StatusCode::TOO_MANY_REQUESTS,
            "Rate Exceeded.",
        )
        .with_fault(Fault::User)
        .with_member("Reason", "ConcurrentInvocationLimitExceeded")
        .with_header(header::RETRY_AFTER, HeaderValue::from_static("1"));
        let response = error.render(Protocol::RestJson, &id());
        let expected = r#"{"Reason":"ConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}"#;
        assert_eq!(text(&response), expected);
        assert_eq!(response.headers()["retry-after"], "1");
    }

    #[test]
    fn a_withheld_message_is_null() {
        let error = ApiError::new("AccessDeniedException", StatusCode::FORBIDDEN, "")
            .with_message_key(MessageKey::Upper)
            .without_message();
        assert_eq!(text(&error.render(Protocol::RestJson, &id())), r#"{"Message":null}"#);
    }

    #[test]
    fn aws_json_names_the_code_in_the_body() {
        let error = ApiError::new(
            "ResourceNotFoundException",
            StatusCode::BAD_REQUEST,
            "The specified log group does not exist.",
        );
        let response = error.render(Protocol::AwsJson11, &id());
        assert_eq!(response.headers()["content-type"], "application/x-amz-json-1.1");
        let expected = r#"{"__type":"ResourceNotFoundException","message":"The specified log group does not exist."}"#;
        assert_eq!(text(&response), expected);
    }

    #[test]
    fn query_answers_in_escaped_xml() {
        let error = ApiError::new("InvalidAction", StatusCode::BAD_REQUEST, "no <b> & \"c\"");
        let response = error.render(Protocol::Query { namespace: "urn:x" }, &id());
        assert_eq!(
            text(&response),
            format!(
                "<ErrorResponse xmlns=\"urn:x\">\n  <Error>\n    <Type>Sender</Type>\n    <Code>InvalidAction</Code>\n    \
                 <Message>no &lt;b&gt; &amp; &quot;c&quot;</Message>\n  </Error>\n  <RequestId>{}</RequestId>\n</ErrorResponse>\n",
                id()
            )
        );
    }
}
