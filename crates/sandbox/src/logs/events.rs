//! Many log events in one piece of memory.

use model::Timestamp;

/// A buffer that has grown beyond this is given back once it is empty.
const KEPT_BYTES: usize = 16 * 1024;

/// Log events in the order in which they happened.
///
/// Their messages lie one after the other in one text, so that taking in an event and handing on all
/// of them costs a copy each, and nothing for each event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogEvents {
    text: String,
    marks: Vec<Mark>,
}

/// One event: its time, and where its message ends in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    at: Timestamp,
    end: usize,
}

// === impl LogEvents ===

impl LogEvents {
    /// Adds an event whose message is what `write` appends; gives the message.
    pub fn push(&mut self, at: Timestamp, write: impl FnOnce(&mut String)) -> &str {
        let start = self.text.len();
        write(&mut self.text);
        let end = self.text.len();
        self.marks.push(Mark { at, end });
        self.text.get(start..).unwrap_or_default()
    }

    /// Moves all events of `others` behind these.
    pub fn append(&mut self, others: &mut Self) {
        let before = self.text.len();
        self.text.push_str(&others.text);
        let moved = others.marks.iter().map(|mark| Mark { end: before + mark.end, ..*mark });
        self.marks.extend(moved);
        others.clear();
    }

    /// Forgets all events.
    pub fn clear(&mut self) {
        if self.text.capacity() > KEPT_BYTES {
            *self = Self::default();
        }
        self.text.clear();
        self.marks.clear();
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// Gives the length of all messages together.
    pub fn size_bytes(&self) -> usize {
        self.text.len()
    }

    /// Gives each event's time and message.
    pub fn iter(&self) -> impl Iterator<Item = (Timestamp, &str)> {
        let mut start = 0;
        self.marks.iter().map(move |mark| {
            let message = self.text.get(start..mark.end).unwrap_or_default();
            start = mark.end;
            (mark.at, message)
        })
    }

    /// Gives the text of all messages, and each event's time and the end of its message in it.
    pub fn into_text(self) -> (String, impl Iterator<Item = (Timestamp, usize)>) {
        (self.text, self.marks.into_iter().map(|mark| (mark.at, mark.end)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(messages: &[&str]) -> LogEvents {
        let mut events = LogEvents::default();
        for (ms, message) in (0..).zip(messages) {
            let text = events.push(Timestamp::from_epoch_ms(ms), |text| text.push_str(message));
            assert_eq!(text, *message);
        }
        events
    }

    #[test]
    fn events_stay_apart_when_they_are_joined() {
        let (mut all, mut more) = (events(&["a", "", "b\n"]), events(&["", "c"]));
        all.append(&mut more);
        assert!(more.is_empty());
        let found: Vec<_> = all.iter().map(|(at, message)| (at.epoch_ms(), message)).collect();
        assert_eq!(found, [(0, "a"), (1, ""), (2, "b\n"), (0, ""), (1, "c")]);
        assert_eq!(all.size_bytes(), 4);
        let (text, ends) = all.into_text();
        assert_eq!(text, "ab\nc");
        assert_eq!(ends.map(|(_, end)| end).collect::<Vec<_>>(), [1, 1, 3, 3, 4]);
    }

    #[test]
    fn a_large_buffer_is_given_back() {
        let mut all = events(&["x".repeat(2 * KEPT_BYTES).as_str()]);
        all.clear();
        assert_eq!((all.is_empty(), all.text.capacity()), (true, 0));
    }
}
