//! Plain output cut into log events: one for each line.

/// The longest message of one event. Longer lines become several events, none is dropped
/// (CloudWatch Logs quotas: 1 MB for an event; AWS was seen to cut at powers of two up to this).
const LONGEST: usize = 256 * 1024;

/// Collects bytes until a line is complete.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    partial: Vec<u8>,
}

// === impl Lines ===

impl Lines {
    /// Takes what was read and emits every message that it completes.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], mut emit: impl FnMut(String)) {
        while !bytes.is_empty() {
            let room = LONGEST - self.partial.len();
            let line = bytes.iter().position(|&b| b == b'\n').map(|end| end + 1);
            let take = line.unwrap_or(bytes.len()).min(room);
            self.partial.extend_from_slice(&bytes[..take]);
            bytes = &bytes[take..];
            if self.partial.ends_with(b"\n") || self.partial.len() == LONGEST {
                self.flush(&mut emit);
            }
        }
    }

    /// Emits what is left without a newline, if anything.
    pub(crate) fn flush(&mut self, mut emit: impl FnMut(String)) {
        if !self.partial.is_empty() {
            emit(into_text(std::mem::take(&mut self.partial)));
        }
    }
}

/// Keeps valid UTF-8 as it is and replaces what is not.
pub(crate) fn into_text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(chunks: &[&[u8]]) -> Vec<String> {
        let mut lines = Lines::default();
        let mut events = Vec::new();
        for chunk in chunks {
            lines.feed(chunk, |event| events.push(event));
        }
        lines.flush(|event| events.push(event));
        events
    }

    #[test]
    fn a_line_is_an_event_and_keeps_its_newline() {
        assert_eq!(events(&[b"one\n\ntw", b"o\nrest"]), ["one\n", "\n", "two\n", "rest"]);
    }

    #[test]
    fn a_carriage_return_does_not_end_an_event() {
        assert_eq!(events(&[b"another\rline\n"]), ["another\rline\n"]);
    }

    #[test]
    fn a_long_line_becomes_several_events() {
        let long = vec![b'x'; LONGEST + 3];
        let lengths: Vec<usize> = events(&[&long]).iter().map(String::len).collect();
        assert_eq!(lengths, [LONGEST, 3]);
    }

    proptest::proptest! {
        #[test]
        fn no_byte_of_text_is_lost_however_it_is_cut(text in "[a-c\n]{0,60}", cut in 0_usize..60) {
            let cut = cut.min(text.len());
            let (head, tail) = text.as_bytes().split_at(cut);
            proptest::prop_assert_eq!(events(&[head, tail]).concat(), text);
        }
    }
}
