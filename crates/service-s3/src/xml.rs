//! Documents of XML, written and read.

use http::{HeaderValue, StatusCode, header};
use serde::de::DeserializeOwned;
use wire::{ApiError, Body, Response, escape_xml};

use crate::error;

const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// A document being written.
#[derive(Debug)]
pub(crate) struct Xml {
    text: String,
    open: Vec<&'static str>,
}

// === impl Xml ===

impl Xml {
    /// Begins a document with its outermost element.
    pub(crate) fn new(root: &'static str) -> Self {
        let text =
            format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"{NAMESPACE}\">");
        Self { text, open: vec![root] }
    }

    /// Writes a document that is one element with a text.
    pub(crate) fn with_text(root: &'static str, value: &str) -> Self {
        let mut document = Self::new(root);
        escape_xml(value, &mut document.text);
        document
    }

    /// Adds an element with a text.
    pub(crate) fn text(&mut self, name: &str, value: impl AsRef<str>) -> &mut Self {
        self.text.push('<');
        self.text.push_str(name);
        self.text.push('>');
        escape_xml(value.as_ref(), &mut self.text);
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push('>');
        self
    }

    /// Adds an element if there is something to say.
    pub(crate) fn maybe(&mut self, name: &str, value: Option<impl AsRef<str>>) -> &mut Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    /// Adds an element with a number or a truth.
    #[expect(clippy::needless_pass_by_value, reason = "numbers and truths are copied anyway")]
    pub(crate) fn value(&mut self, name: &str, value: impl ToString) -> &mut Self {
        self.text(name, value.to_string())
    }

    /// Begins an element that holds others.
    pub(crate) fn begin(&mut self, name: &'static str) -> &mut Self {
        self.text.push('<');
        self.text.push_str(name);
        self.text.push('>');
        self.open.push(name);
        self
    }

    /// Ends the element that was begun last.
    pub(crate) fn end(&mut self) -> &mut Self {
        if let Some(name) = self.open.pop() {
            self.text.push_str("</");
            self.text.push_str(name);
            self.text.push('>');
        }
        self
    }

    /// Ends the document and makes it an answer.
    pub(crate) fn answer(mut self) -> Response {
        while !self.open.is_empty() {
            self.end();
        }
        let mut response = Response::new(Body::from(self.text));
        let xml = HeaderValue::from_static("application/xml");
        response.headers_mut().insert(header::CONTENT_TYPE, xml);
        response
    }
}

/// Makes an answer without a body.
pub(crate) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = status;
    response
}

/// Reads a document.
pub(crate) fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, ApiError> {
    let text = std::str::from_utf8(text).map_err(|_| error::malformed_xml())?;
    quick_xml::de::from_str(text).map_err(|cause| {
        tracing::debug!(%cause, "a document cannot be read");
        error::malformed_xml()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Outer {
        #[serde(rename = "A", default)]
        a: Vec<String>,
    }

    #[test]
    fn elements_are_closed_in_order_and_texts_escaped() {
        let mut xml = Xml::new("R");
        xml.begin("I").text("K", "a&b").value("N", 7).end().maybe("M", None::<&str>);
        let answer = xml.answer();
        let text = std::str::from_utf8(answer.body().bytes().unwrap()).unwrap();
        assert!(text.ends_with("<I><K>a&amp;b</K><N>7</N></I></R>"), "{text}");
    }

    #[test]
    fn a_namespace_and_unknown_elements_do_not_matter() {
        let text = format!("<R xmlns=\"{NAMESPACE}\"><A>1</A><B/><A>x &lt; y</A></R>");
        let outer: Outer = read(text.as_bytes()).unwrap();
        assert_eq!(outer.a, ["1", "x < y"]);
        for wrong in ["", "<R>", "<R><A></R>", "no"] {
            assert_eq!(read::<Outer>(wrong.as_bytes()).unwrap_err().code(), "MalformedXML");
        }
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in "[^\\x00-\\x1f\\u{fffe}\\u{ffff}]{0,60}") {
            let mut xml = Xml::new("R");
            xml.text("A", format!("<{text}>"));
            let answer = xml.answer();
            let outer: Outer = read(answer.body().bytes().unwrap()).unwrap();
            prop_assert_eq!(outer.a, [format!("<{text}>")]);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read::<Outer>(&bytes);
        }
    }
}
