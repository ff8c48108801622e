//! What goes into an environment and what comes out.

use std::borrow::Cow;

use bytes::Bytes;
use model::{
    Timestamp,
    invocation::{Failure, RequestId},
    trace::TraceHeader,
};
use tokio::{sync::oneshot, time::Instant};

use super::streaming::Flow;

/// An event to be handed to a guest.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// Its id.
    pub request_id: RequestId,
    /// The event, as bytes that nobody here reads.
    pub payload: Bytes,
    /// The ARN that the caller used, with the qualifier if there was one.
    pub invoked_arn: String,
    /// The trace that it belongs to.
    pub trace: TraceHeader,
    /// The caller's client context, as JSON.
    pub client_context: Option<String>,
    /// Whether the caller wants the end of the log.
    pub wants_log_tail: bool,
}

/// What a guest, or the platform in its place, answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The result, or the error as JSON.
    pub payload: Bytes,
    /// Whether the payload is an error.
    pub is_error: bool,
    /// The type of an error that ended what the guest was writing, or would have.
    pub error_type: Option<Cow<'static, str>>,
    /// The end of the invocation's log, if it was wanted.
    pub log_tail: Option<Bytes>,
}

/// An event on its way to the guest, with what the guest is told beside it.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) invocation: Invocation,
    pub(crate) deadline: Timestamp,
}

/// The invocation that an environment works on.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) delivery: std::sync::Arc<Delivery>,
    pub(super) started: Instant,
    pub(super) deadline: Instant,
    /// Taken when the caller has its answer.
    pub(super) caller: Option<oneshot::Sender<Answer>>,
    /// Where the answer flows, if the caller takes it as it comes.
    pub(super) flow: Option<Flow>,
    /// The answer, while it waits for the end of the log.
    pub(super) held: Option<Answer>,
    /// What the log said since START, if the caller wants its end.
    pub(super) log: Option<Vec<u8>>,
    /// How much of that end there is to be had.
    pub(super) tail_bytes: usize,
}

// === impl Answer ===

impl Answer {
    /// Makes the answer that the platform gives when a guest could not.
    pub(crate) fn platform(failure: &Failure, request_id: RequestId) -> Self {
        let error_type = Some(Cow::Borrowed(failure.error_type()));
        Self { error_type, ..Self::error(Bytes::from(failure.payload(request_id))) }
    }

    /// Makes an answer that is an error.
    pub(crate) fn error(payload: Bytes) -> Self {
        Self { payload, is_error: true, error_type: None, log_tail: None }
    }

    /// Makes an answer that is a result.
    pub(crate) fn result(payload: Bytes) -> Self {
        Self { payload, is_error: false, error_type: None, log_tail: None }
    }
}

// === impl Job ===

impl Job {
    pub(super) fn request_id(&self) -> RequestId {
        self.delivery.invocation.request_id
    }

    /// Keeps what was logged, as far as the caller may come to see it.
    pub(super) fn remember(&mut self, message: &str) {
        let Some(log) = &mut self.log else { return };
        log.extend_from_slice(message.as_bytes());
        // Cutting at twice the size keeps the cost of moving bytes small.
        if log.len() > 2 * self.tail_bytes {
            log.drain(..log.len() - self.tail_bytes);
        }
    }

    /// Gives the caller its answer now, or keeps it until the log is complete.
    pub(super) fn answer(&mut self, answer: Answer) {
        if self.log.is_some() {
            self.held.get_or_insert(answer);
        } else {
            self.send(answer);
        }
    }

    /// Ends the job: a held answer leaves with the last bytes of the log.
    pub(super) fn finish(mut self) {
        if let Some(mut answer) = self.held.take() {
            let log = self.log.take().unwrap_or_default();
            let start = log.len().saturating_sub(self.tail_bytes);
            answer.log_tail = Some(Bytes::from(log).slice(start..));
            self.send(answer);
        }
    }

    fn send(&mut self, answer: Answer) {
        if let Some(caller) = self.caller.take() {
            // A caller that hung up does not stop the function.
            let _ = caller.send(answer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{sync::Arc, time::Duration};

    fn job(log: Option<Vec<u8>>) -> (Job, oneshot::Receiver<Answer>) {
        let (caller, receiver) = oneshot::channel();
        let invocation = Invocation {
            request_id: RequestId::nil(),
            payload: Bytes::new(),
            invoked_arn: String::new(),
            trace: TraceHeader::from_caller_or_new(None, Timestamp::default(), 1),
            client_context: None,
            wants_log_tail: log.is_some(),
        };
        let started = Instant::now();
        let job = Job {
            delivery: Arc::new(Delivery { invocation, deadline: Timestamp::default() }),
            started,
            deadline: started + Duration::from_secs(3),
            caller: Some(caller),
            flow: None,
            held: None,
            log,
            tail_bytes: 4,
        };
        (job, receiver)
    }

    #[tokio::test]
    async fn an_answer_leaves_at_once_when_no_log_is_wanted() {
        let (mut job, mut receiver) = job(None);
        job.answer(Answer::result(Bytes::from_static(b"1")));
        assert_eq!(receiver.try_recv().unwrap().payload, "1");
    }

    #[tokio::test]
    async fn an_answer_waits_for_the_log_and_takes_its_end() {
        let (mut job, mut receiver) = job(Some(b"0123456789".to_vec()));
        job.answer(Answer::result(Bytes::from_static(b"1")));
        assert!(receiver.try_recv().is_err());
        job.finish();
        assert_eq!(receiver.await.unwrap().log_tail.unwrap(), "6789");
    }

    #[tokio::test]
    async fn no_more_of_the_log_is_kept_than_can_be_asked_for() {
        let (mut job, _receiver) = job(Some(Vec::new()));
        for _ in 0..1000 {
            job.remember("0123456789");
        }
        let log = job.log.unwrap();
        assert!((4..=8).contains(&log.len()) && log.ends_with(b"89"));
    }

    #[tokio::test]
    async fn the_first_of_two_answers_counts() {
        let (mut job, receiver) = job(Some(Vec::new()));
        job.answer(Answer::result(Bytes::from_static(b"good")));
        job.answer(Answer::error(Bytes::from_static(b"late")));
        job.finish();
        assert_eq!(receiver.await.unwrap().payload, "good");
    }
}
