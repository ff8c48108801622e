//! What a function streams before the body of its answer: its head as JSON, and eight zeros.

use bytes::{Bytes, BytesMut};
use serde_json::{Map, Value};

use super::answer::{self, AnswerHead, Malformed};

/// The content type with which a function says that it streams a prelude.
pub(super) const CONTENT_TYPE: &str = "application/vnd.awslambda.http-integration-response";

const DELIMITER: [u8; 8] = [0; 8];
/// The delimiter has to come within the first 16 KB.
const MAX_BYTES: usize = 16 * 1024;

/// A prelude, as far as it has come.
#[derive(Debug, Default)]
pub(super) struct Prelude {
    received: BytesMut,
}

// === impl Prelude ===

impl Prelude {
    /// Takes more in; gives the head once it is whole, with the beginning of the body.
    pub(super) fn feed(&mut self, piece: &[u8]) -> Result<Option<(AnswerHead, Bytes)>, Malformed> {
        // Zeros that have begun may go on in this piece.
        let looked_at = self.received.len().saturating_sub(DELIMITER.len() - 1);
        self.received.extend_from_slice(piece);
        let rest = &self.received[looked_at..];
        let found = rest.windows(DELIMITER.len()).position(|window| window == DELIMITER);
        let Some(end) = found.map(|at| looked_at + at).filter(|end| *end <= MAX_BYTES) else {
            let whole = found.is_some() || self.received.len() >= MAX_BYTES + DELIMITER.len();
            return if whole { Err(Malformed) } else { Ok(None) };
        };
        let object: Map<String, Value> =
            serde_json::from_slice(&self.received[..end]).map_err(|_| Malformed)?;
        let head = answer::head(&object)?;
        let body = self.received.split_off(end + DELIMITER.len()).freeze();
        Ok(Some((head, body)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEAD: &str = r#"{"statusCode":201,"headers":{"X-A":"b"},"cookies":["c=1"]}"#;

    fn whole(head: &str, body: &[u8]) -> Vec<u8> {
        [head.as_bytes(), &DELIMITER, body].concat()
    }

    #[test]
    fn the_head_ends_at_the_zeros_and_the_rest_is_the_body() {
        let (head, body) = Prelude::default().feed(&whole(HEAD, b"\0\0abc")).unwrap().unwrap();
        assert_eq!((head.status.as_u16(), &body[..]), (201, &b"\0\0abc"[..]));
        assert_eq!(head.headers["x-a"], "b");
        assert_eq!(head.headers["set-cookie"], "c=1");
        let (head, body) = Prelude::default().feed(&whole("{}", b"")).unwrap().unwrap();
        assert_eq!((head.status.as_u16(), body.len()), (200, 0));
        let many = r#"{"headers":{"a":["1","2"]},"multiValueHeaders":{"b":["3"]}}"#;
        let (head, _) = Prelude::default().feed(&whole(many, b"")).unwrap().unwrap();
        assert_eq!(
            (head.headers.get_all("a").iter().count(), &head.headers["b"]),
            (2, &"3".parse().unwrap())
        );
    }

    #[test]
    fn what_is_no_head_is_malformed() {
        for head in ["", "[]", "{", "{\"statusCode\":99}", "{\"headers\":{\"a b\":\"c\"}}"] {
            assert_eq!(Prelude::default().feed(&whole(head, b"")), Err(Malformed), "{head}");
        }
    }

    #[test]
    fn the_zeros_have_to_come_within_the_first_bytes() {
        let head = |length: usize| format!("{{}}{}", " ".repeat(length - 2));
        assert!(Prelude::default().feed(&whole(&head(MAX_BYTES), b"")).unwrap().is_some());
        assert_eq!(Prelude::default().feed(&whole(&head(MAX_BYTES + 1), b"")), Err(Malformed));
        let mut prelude = Prelude::default();
        assert_eq!(prelude.feed(&vec![b' '; MAX_BYTES + DELIMITER.len() - 1]), Ok(None));
        assert_eq!(prelude.feed(b" "), Err(Malformed));
    }

    proptest! {
        #[test]
        fn it_does_not_matter_where_it_is_cut(
            body in proptest::collection::vec(0_u8..3, 0..40),
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..6),
        ) {
            let bytes = whole(HEAD, &body);
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len())).collect();
            cuts.push(bytes.len());
            cuts.sort_unstable();
            let (mut prelude, mut start, mut found) = (Prelude::default(), 0, None);
            let mut read = Vec::new();
            for end in cuts {
                let piece = &bytes[start..end];
                start = end;
                if found.is_some() {
                    read.extend_from_slice(piece);
                } else if let Some((head, rest)) = prelude.feed(piece).unwrap() {
                    found = Some(head.status.as_u16());
                    read.extend_from_slice(&rest);
                }
            }
            prop_assert_eq!((found, read), (Some(201), body));
        }

        #[test]
        fn no_bytes_make_it_panic(pieces in proptest::collection::vec(
            proptest::collection::vec(prop_oneof![Just(0_u8), any::<u8>()], 0..30), 0..6)) {
            let mut prelude = Prelude::default();
            for piece in pieces {
                let Ok(None) = prelude.feed(&piece) else { break };
            }
        }
    }
}
