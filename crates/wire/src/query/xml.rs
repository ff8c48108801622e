//! XML answers.

use serde_json::Value;

use crate::OperationSpec;

/// Writes the answer of an operation: the result in its wrapper. The request id goes in by `x-amzn-RequestId`.
pub(crate) fn answer(spec: &OperationSpec, namespace: &str, output: &Value) -> String {
    let name = spec.name;
    let mut out = format!("<{name}Response xmlns=\"{namespace}\">");
    if spec.result_wrapper.is_empty() {
        push_value(output, &mut out);
    } else {
        push_element(spec.result_wrapper, output, &mut out);
    }
    out.push_str("</");
    out.push_str(name);
    out.push_str("Response>\n");
    out
}

/// Appends text with the characters that XML reserves escaped.
pub fn escape_xml(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            // XML 1.0 has no way to write the other control characters.
            c if c < ' ' && !matches!(c, '\t' | '\n' | '\r') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}

fn push_element(name: &str, value: &Value, out: &mut String) {
    out.push('<');
    out.push_str(name);
    out.push('>');
    push_value(value, out);
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

fn push_value(value: &Value, out: &mut String) {
    match value {
        Value::Null => {}
        Value::String(text) => escape_xml(text, out),
        Value::Array(items) => items.iter().for_each(|item| push_element("member", item, out)),
        Value::Object(members) => {
            for (name, value) in members {
                push_element(name, value, out);
            }
        }
        simple => out.push_str(&simple.to_string()),
    }
}
