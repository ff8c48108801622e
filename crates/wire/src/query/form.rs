//! A form as a document: `Tags.member.1.Key=a` is the `Key` of the first of the `Tags`.

use serde_json::{Map, Value};

use crate::rest_json::typed_text;
use crate::shape::{Kind, Shape};
use crate::{ApiError, percent};

/// The deepest name that a form may use; no request of AWS comes near it.
const MAX_DEPTH: usize = 16;

/// Reads a form into a document of the shape; names that the shape does not know are ignored.
pub(crate) fn read(shape: &Shape, body: &[u8]) -> Result<Value, ApiError> {
    let form = std::str::from_utf8(body).map_err(|_| malformed("the form is not UTF-8"))?;
    let mut document = Value::Object(Map::new());
    for (name, text) in percent::pairs(form) {
        let segments: Vec<&str> = name.split('.').collect();
        if segments.len() > MAX_DEPTH {
            return Err(malformed("a name has too many parts"));
        }
        set(shape, &segments, &text, &mut document)?;
    }
    Ok(document)
}

fn malformed(message: &'static str) -> ApiError {
    ApiError::new("MalformedQueryString", http::StatusCode::BAD_REQUEST, message)
}

fn set(shape: &Shape, segments: &[&str], text: &str, into: &mut Value) -> Result<(), ApiError> {
    match (&shape.kind, segments) {
        (Kind::Structure(_), [name, rest @ ..]) => {
            let Some(member) = shape.member(name) else { return Ok(()) };
            let Value::Object(members) = into else { return Ok(()) };
            set(
                member.shape,
                rest,
                text,
                members.entry(*name).or_insert_with(|| empty(member.shape)),
            )
        }
        (Kind::List { member, .. }, ["member", number, rest @ ..] | [number, rest @ ..]) => {
            let Value::Array(items) = into else { return Ok(()) };
            // Numbers count from one and come in order; a gap is not filled, so that no number can claim memory.
            match number.parse::<usize>() {
                Ok(n) if n == items.len() + 1 => items.push(empty(member)),
                Ok(n) if (1..=items.len()).contains(&n) => {}
                _ => {
                    return Err(malformed(
                        "the members of a list must be numbered from 1 without gaps",
                    ));
                }
            }
            let last = number.parse::<usize>().map_or(0, |n| n - 1);
            items.get_mut(last).map_or(Ok(()), |item| set(member, rest, text, item))
        }
        // An empty list is sent as its bare name.
        (Kind::List { .. } | Kind::Structure(_) | Kind::Map { .. }, []) if text.is_empty() => {
            Ok(())
        }
        (_, []) => {
            *into = typed_text(shape, text)?;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// What a value is before its parts are set.
fn empty(shape: &Shape) -> Value {
    match shape.kind {
        Kind::Structure(_) | Kind::Map { .. } => Value::Object(Map::new()),
        Kind::List { .. } => Value::Array(Vec::new()),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::shape::{Member, Range};

    static TEXT: Shape = Shape::text(Range::OPEN, None, &[]);
    static SECONDS: Shape = Shape::of(Kind::Integer(Range::OPEN));
    static TAG: Shape =
        Shape::of(Kind::Structure(&[Member::body("Key", &TEXT), Member::body("Value", &TEXT)]));
    static TAGS: Shape = Shape::list(&TAG, Range::OPEN);
    static REQUEST: Shape = Shape::of(Kind::Structure(&[
        Member::body("Name", &TEXT),
        Member::body("DurationSeconds", &SECONDS),
        Member::body("Tags", &TAGS),
    ]));

    #[test]
    fn dotted_names_become_a_document() {
        let form = "Action=X&Version=1&Name=a+b&DurationSeconds=900&Tags.member.1.Key=k&Tags.member.1.Value=v&Tags.member.2.Key=l";
        let expected = json!({
            "Name": "a b", "DurationSeconds": 900, "Tags": [{"Key": "k", "Value": "v"}, {"Key": "l"}],
        });
        assert_eq!(read(&REQUEST, form.as_bytes()).unwrap(), expected);
    }

    #[test]
    fn an_empty_list_is_sent_as_its_bare_name() {
        assert_eq!(read(&REQUEST, b"Tags=").unwrap(), json!({ "Tags": [] }));
    }

    #[test]
    fn a_number_cannot_claim_memory() {
        let error = read(&REQUEST, b"Tags.member.4000000000.Key=k").unwrap_err();
        assert_eq!(error.code(), "MalformedQueryString");
    }

    #[test]
    fn text_where_a_number_belongs_is_refused() {
        let error = read(&REQUEST, b"DurationSeconds=soon").unwrap_err();
        assert_eq!(error.code(), "SerializationException");
    }
}
