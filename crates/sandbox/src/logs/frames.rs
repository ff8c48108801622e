//! The framing protocol of `_LAMBDA_TELEMETRY_LOG_FD`: one frame is one log event.
//!
//! Header, big-endian: type `0xA55A0000 | level << 2 | has timestamp << 1 | is text` (4 bytes),
//! payload length (4), microseconds since the epoch (8, only with the timestamp bit). Source: the
//! runtime clients of Python, Node.js and Ruby.

use model::Timestamp;

use super::lines::into_text;

const MAGIC: u32 = 0xA55A_0000;
const MAGIC_MASK: u32 = 0xFFFF_0000;
const HAS_TIMESTAMP: u32 = 0b10;
const SHORT_HEADER: usize = 8;
const LONG_HEADER: usize = 16;
/// A client never sends more in one frame; a larger length is a broken stream.
const LONGEST: usize = 8 * 1024 * 1024;

/// Collects bytes until a frame is complete.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    buffer: Vec<u8>,
}

/// One complete frame.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// The client's time, if it sent one.
    pub(crate) at: Option<Timestamp>,
    /// The payload.
    pub(crate) message: String,
}

// === impl Frames ===

impl Frames {
    /// Takes what was read and emits every frame that it completes.
    ///
    /// A guest can write anything here. Bytes that begin no frame are emitted as plain text, so
    /// that nothing a function wrote is lost.
    pub(crate) fn feed(&mut self, bytes: &[u8], mut emit: impl FnMut(Frame)) {
        self.buffer.extend_from_slice(bytes);
        let mut start = 0;
        while let Some((frame, length)) = next_frame(&self.buffer[start..]) {
            emit(frame);
            start += length;
        }
        self.buffer.drain(..start);
    }
}

fn next_frame(bytes: &[u8]) -> Option<(Frame, usize)> {
    let kind = read_u32(bytes, 0)?;
    if kind & MAGIC_MASK != MAGIC {
        return Some((Frame { at: None, message: into_text(bytes.to_vec()) }, bytes.len()));
    }
    let payload = read_u32(bytes, 4)? as usize;
    if payload > LONGEST {
        return Some((Frame { at: None, message: into_text(bytes.to_vec()) }, bytes.len()));
    }
    let header = if kind & HAS_TIMESTAMP == 0 { SHORT_HEADER } else { LONG_HEADER };
    let body = bytes.get(header..header + payload)?;
    let at = if header == LONG_HEADER { Some(read_time(bytes)?) } else { None };
    Some((Frame { at, message: into_text(body.to_vec()) }, header + payload))
}

fn read_u32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes)
}

fn read_time(bytes: &[u8]) -> Option<Timestamp> {
    let microseconds =
        bytes.get(SHORT_HEADER..LONG_HEADER)?.try_into().ok().map(u64::from_be_bytes)?;
    i64::try_from(microseconds / 1000).ok().map(Timestamp::from_epoch_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u32, at_us: Option<u64>, payload: &str) -> Vec<u8> {
        let mut bytes = kind.to_be_bytes().to_vec();
        bytes.extend(u32::try_from(payload.len()).unwrap().to_be_bytes());
        bytes.extend(at_us.map(u64::to_be_bytes).into_iter().flatten());
        bytes.extend(payload.as_bytes());
        bytes
    }

    fn read(chunks: &[&[u8]]) -> Vec<Frame> {
        let mut frames = Frames::default();
        let mut events = Vec::new();
        for chunk in chunks {
            frames.feed(chunk, |frame| events.push(frame));
        }
        events
    }

    #[test]
    fn newlines_stay_inside_one_event() {
        let bytes = frame(0xA55A_0003, Some(1_500_000), "a\nb\n");
        let expected = Frame { at: Some(Timestamp::from_epoch_ms(1500)), message: "a\nb\n".into() };
        assert_eq!(read(&[&bytes]), [expected]);
    }

    #[test]
    fn a_frame_without_timestamp_has_a_short_header() {
        let bytes = frame(0xA55A_0001, None, "x");
        assert_eq!(read(&[&bytes]), [Frame { at: None, message: "x".into() }]);
    }

    #[test]
    fn frames_may_be_cut_anywhere_and_come_together() {
        let mut bytes = frame(0xA55A_000F, Some(1000), "one");
        bytes.extend(frame(0xA55A_0016, Some(2000), "two"));
        for cut in 0..bytes.len() {
            let messages: Vec<String> =
                read(&[&bytes[..cut], &bytes[cut..]]).into_iter().map(|f| f.message).collect();
            assert_eq!(messages, ["one", "two"], "cut at {cut}");
        }
    }

    #[test]
    fn what_is_not_framed_is_kept_as_text() {
        assert_eq!(read(&[b"plain text"]), [Frame { at: None, message: "plain text".into() }]);
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(0_u8.., 0..200)) {
            read(&[&bytes]);
        }
    }
}
