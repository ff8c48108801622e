//! Errors of S3, whose XML is not that of the query protocol.

use std::fmt::Write;

use http::HeaderName;
use serde_json::Value;

use super::ApiError;
use super::render::typed;
use crate::query::escape_xml;
use crate::{RequestId, Response};

impl ApiError {
    /// Turns the error into an answer of S3: no wrapper, no namespace, members as elements.
    pub fn render_xml(&self, request_id: &RequestId) -> Response {
        let mut body = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>");
        escape_xml(&self.code, &mut body);
        body.push_str("</Code><Message>");
        escape_xml(self.message().unwrap_or_default(), &mut body);
        body.push_str("</Message>");
        for (name, value) in &self.members {
            let _ = write!(body, "<{name}>");
            match value {
                Value::String(text) => escape_xml(text, &mut body),
                other => escape_xml(&other.to_string(), &mut body),
            }
            let _ = write!(body, "</{name}>");
        }
        let _ = write!(body, "<RequestId>{request_id}</RequestId></Error>");
        let mut response = typed(body, "application/xml");
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(HeaderName::from_static("x-amz-request-id"), request_id.header_value());
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    #[test]
    fn members_are_escaped_elements_after_the_message() {
        let id = RequestId::from_random([7; 16]);
        let error = ApiError::new("NoSuchKey", StatusCode::NOT_FOUND, "no such key")
            .with_member("Key", "a<b");
        let response = error.render_xml(&id);
        assert_eq!(response.status(), 404);
        assert_eq!(response.headers()["x-amz-request-id"], id.to_string().as_str());
        let text = std::str::from_utf8(response.body().bytes().unwrap()).unwrap();
        let expected = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code><Message>no such key</Message>\
             <Key>a&lt;b</Key><RequestId>{id}</RequestId></Error>"
        );
        assert_eq!(text, expected);
    }
}
