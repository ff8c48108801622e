//! Answers that are a series of events: `application/vnd.amazon.eventstream`.
//!
//! Source: Smithy specification, "Amazon Event Stream". A message is its length, the length of its
//! headers, a checksum of both, the headers, the payload, and a checksum of everything before; all
//! numbers are big-endian.

use bytes::{BufMut, Bytes, BytesMut};

/// The content type of an answer made of events.
pub const CONTENT_TYPE: &str = "application/vnd.amazon.eventstream";

const PRELUDE_BYTES: usize = 8;
const CHECKSUM_BYTES: usize = 4;
/// The type of a header's value that is a text.
const TEXT: u8 = 7;

/// Writes the message of one event.
///
/// # Panics
///
/// If the payload does not fit into a message, of whose length there are 32 bits: no answer of a
/// function comes near that.
pub fn event(kind: &str, content_type: &str, payload: &[u8]) -> Bytes {
    message(
        &[(":event-type", kind), (":content-type", content_type), (":message-type", "event")],
        payload,
    )
}

fn message(headers: &[(&str, &str)], payload: &[u8]) -> Bytes {
    let headers_length: usize =
        headers.iter().map(|(name, value)| 1 + name.len() + 1 + 2 + value.len()).sum();
    let length = PRELUDE_BYTES + CHECKSUM_BYTES + headers_length + payload.len() + CHECKSUM_BYTES;
    let mut message = BytesMut::with_capacity(length);
    message.put_u32(length.try_into().expect("answers are limited to far less"));
    message.put_u32(headers_length.try_into().expect("headers are a few words"));
    message.put_u32(crc32fast::hash(&message));
    for (name, value) in headers {
        message.put_u8(name.len().try_into().expect("names are words"));
        message.put_slice(name.as_bytes());
        message.put_u8(TEXT);
        message.put_u16(value.len().try_into().expect("values are words"));
        message.put_slice(value.as_bytes());
    }
    message.put_slice(payload);
    message.put_u32(crc32fast::hash(&message));
    message.freeze()
}

#[cfg(test)]
mod tests {
    use bytes::Buf;
    use proptest::prelude::*;

    use super::*;

    type Headers = Vec<(String, String)>;

    /// Reads a message as a client does.
    fn read(mut bytes: Bytes) -> (Headers, Bytes, Bytes) {
        let whole = bytes.clone();
        let (length, headers_length) = (bytes.get_u32() as usize, bytes.get_u32() as usize);
        assert_eq!(bytes.get_u32(), crc32fast::hash(&whole[..PRELUDE_BYTES]));
        let mut headers = bytes.split_to(headers_length);
        let payload = bytes.split_to(length - headers_length - PRELUDE_BYTES - 2 * CHECKSUM_BYTES);
        assert_eq!(bytes.get_u32(), crc32fast::hash(&whole[..length - CHECKSUM_BYTES]));
        let mut found = Vec::new();
        while headers.has_remaining() {
            let name_length = headers.get_u8().into();
            let name = headers.split_to(name_length);
            assert_eq!(headers.get_u8(), TEXT);
            let value_length = headers.get_u16().into();
            let value = headers.split_to(value_length);
            let text = |bytes: Bytes| String::from_utf8(bytes.to_vec()).unwrap();
            found.push((text(name), text(value)));
        }
        (found, payload, bytes)
    }

    #[test]
    fn an_event_is_these_bytes() {
        // Written and read by botocore's code.
        let expected = "00000058000000456bf7ee7c0b3a6576656e742d7479706507000c5061796c6f6164436875\
            6e6b0d3a636f6e74656e742d74797065070003612f620d3a6d6573736167652d74797065070005657665\
            6e74616263ba74ebe7";
        assert_eq!(hex::encode(event("PayloadChunk", "a/b", b"abc")), expected);
    }

    #[test]
    fn messages_follow_one_another() {
        let first = event("A", "b", b"1");
        let both = Bytes::from([first.clone(), event("C", "d", b"")].concat());
        let (headers, payload, rest) = read(both);
        assert_eq!(headers.first().unwrap().1, "A");
        assert_eq!(payload, "1");
        let (headers, payload, rest) = read(rest);
        assert_eq!(headers.last().unwrap().1, "event");
        assert_eq!((payload.len(), rest.len()), (0, 0));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            kind in "[A-Za-z]{1,40}",
            content_type in "[ -~]{0,80}",
            payload in proptest::collection::vec(any::<u8>(), 0..2000),
        ) {
            let (headers, read_payload, rest) = read(event(&kind, &content_type, &payload));
            let expected = [
                (":event-type", kind.as_str()),
                (":content-type", content_type.as_str()),
                (":message-type", "event"),
            ];
            let headers: Vec<_> =
                headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            prop_assert_eq!(headers, expected);
            prop_assert_eq!(&read_payload[..], &payload[..]);
            prop_assert!(rest.is_empty());
        }
    }
}
