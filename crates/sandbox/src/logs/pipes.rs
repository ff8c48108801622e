//! The two pipes that a guest writes its log to.

use std::{
    io,
    mem::MaybeUninit,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    sync::Arc,
};

use model::Timestamp;
use rustix::pipe::{PipeFlags, pipe_with};
use tokio::net::unix::pipe::Receiver;

use super::{LogEvent, frames::Frames, lines::Lines};

const CHUNK: usize = 16 * 1024;
/// How much the read takes that as a rule only finds the pipe empty.
const LAST_CHUNK: usize = 256;
/// How often a pipe is read in a row: four times what it can hold. Whoever writes on while it is being
/// read must not keep the reader for ever.
const READS_IN_A_ROW: usize = 16;

/// The server's ends: standard output and error together, and framed telemetry.
#[derive(Debug)]
pub(crate) struct Pipes {
    output: Source,
    telemetry: Source,
    lines: Lines,
    frames: Frames,
}

/// The guest's ends; dropped by the server once the guest has them.
#[derive(Debug)]
pub(crate) struct WriteEnds {
    /// Standard output and standard error.
    pub(crate) output: OwnedFd,
    /// Framed log events.
    pub(crate) telemetry: OwnedFd,
}

/// A pipe, until the guest has closed its end: a descriptor fewer for each environment that has no use for it.
#[derive(Debug)]
struct Source(Option<Arc<Receiver>>);

/// Waits for one of the pipes, without holding them.
#[derive(Debug, Default)]
pub(crate) struct Readiness(Vec<Arc<Receiver>>);

// === impl Pipes ===

impl Pipes {
    /// Makes both pipes.
    pub(crate) fn open() -> io::Result<(Self, WriteEnds)> {
        let (output, output_end) = source()?;
        let (telemetry, telemetry_end) = source()?;
        let pipes = Self { output, telemetry, lines: Lines::default(), frames: Frames::default() };
        Ok((pipes, WriteEnds { output: output_end, telemetry: telemetry_end }))
    }

    /// Reads what is there now, without waiting.
    ///
    /// Which of two pipes was written first cannot be known. Frames are read first and told last, so
    /// that every line printed before a frame is told before it; the times that frames carry are no
    /// help, since lines have none of their own.
    pub(crate) fn drain(&mut self, now: Timestamp, events: &mut Vec<LogEvent>) {
        let (lines, frames) = (&mut self.lines, &mut self.frames);
        let mut told_last = Vec::new();
        self.telemetry.drain(|bytes| {
            frames.feed(bytes, |frame| {
                told_last.push(LogEvent { at: frame.at.unwrap_or(now), message: frame.message });
            });
        });
        self.output.drain(|bytes| {
            lines.feed(bytes, |message| events.push(LogEvent { at: now, message }));
        });
        events.append(&mut told_last);
    }

    /// Emits an unfinished line: what was written belongs to the invocation that ends now.
    pub(crate) fn flush(&mut self, now: Timestamp, events: &mut Vec<LogEvent>) {
        self.lines.flush(|message| events.push(LogEvent { at: now, message }));
    }

    /// Gives what [`Readiness::wait`] needs; empty once the guest has closed both pipes.
    pub(crate) fn readiness(&self) -> Readiness {
        Readiness([&self.output, &self.telemetry].into_iter().filter_map(|s| s.0.clone()).collect())
    }
}

// === impl Readiness ===

impl Readiness {
    /// Waits until a pipe has something; without pipes it waits for ever.
    pub(crate) async fn wait(&self) {
        let waited = match self.0.as_slice() {
            [] => std::future::pending().await,
            [one] => one.readable().await,
            [one, two, ..] => tokio::select! {
                waited = one.readable() => waited,
                waited = two.readable() => waited,
            },
        };
        if let Err(error) = waited {
            tracing::warn!(%error, "cannot wait for a guest's output");
        }
    }
}

// === impl Source ===

impl Source {
    /// Reads until nothing is left, or for long enough.
    ///
    /// The first reads bypass tokio, which only asks the kernel once it has been told that there is
    /// something; what a guest wrote just before its answer must not be missed. The last one goes
    /// through tokio, so that it learns that the pipe is empty.
    fn drain(&mut self, mut take: impl FnMut(&[u8])) {
        // Not filled with zeros: it is large, and mostly there is nothing to read at all.
        let mut room = [const { MaybeUninit::<u8>::uninit() }; CHUNK];
        let mut last = [0; LAST_CHUNK];
        for _ in 0..READS_IN_A_ROW {
            let Some(pipe) = &self.0 else { return };
            let read = match rustix::io::read(pipe, &mut room[..]) {
                Ok((bytes, _)) => Ok(&*bytes),
                Err(rustix::io::Errno::AGAIN) => {
                    pipe.try_read(&mut last).map(|length| &last[..length])
                }
                Err(error) => Err(io::Error::from(error)),
            };
            match read {
                Ok([]) => self.0 = None,
                Ok(bytes) => take(bytes),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) => {
                    tracing::warn!(%error, "cannot read a guest's output");
                    self.0 = None;
                }
            }
        }
    }
}

// === impl WriteEnds ===

impl WriteEnds {
    /// Lends the end for standard output and error.
    pub(crate) fn output(&self) -> BorrowedFd<'_> {
        self.output.as_fd()
    }

    /// Lends the end for frames.
    pub(crate) fn telemetry(&self) -> BorrowedFd<'_> {
        self.telemetry.as_fd()
    }
}

fn source() -> io::Result<(Source, OwnedFd)> {
    let (read, write) = pipe_with(PipeFlags::CLOEXEC)?;
    // Only the server's end must not block: a guest that writes faster than the server reads waits.
    rustix::fs::fcntl_setfl(&read, rustix::fs::OFlags::NONBLOCK)?;
    Ok((Source(Some(Arc::new(Receiver::from_owned_fd(read)?))), write))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn output_and_frames_become_events_and_an_unfinished_line_waits_for_the_flush() {
        let (mut pipes, ends) = Pipes::open().unwrap();
        let now = Timestamp::from_epoch_ms(7);
        rustix::io::write(&ends.output, b"line\nrest").unwrap();
        rustix::io::write(&ends.telemetry, b"\xA5\x5A\x00\x01\x00\x00\x00\x02ok").unwrap();
        let mut events = Vec::new();
        pipes.readiness().wait().await;
        pipes.drain(now, &mut events);
        let messages: Vec<&str> = events.iter().map(|e| e.message.as_str()).collect();
        assert_eq!(messages, ["line\n", "ok"]);
        pipes.flush(now, &mut events);
        assert_eq!(events.last().unwrap().message, "rest");
    }

    #[tokio::test]
    async fn closed_pipes_are_not_waited_for() {
        let (mut pipes, ends) = Pipes::open().unwrap();
        drop(ends);
        pipes.drain(Timestamp::default(), &mut Vec::new());
        assert!(pipes.readiness().0.is_empty());
    }
}
