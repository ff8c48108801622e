//! How much memory the bytes of requests and answers may take together.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use wire::{Body, BoxError, Response};

/// What is smaller is not counted: the number of connections bounds it.
const SMALL_BYTES: usize = 16 * 1024;
/// What an answer that flows may hold at once: some pieces on their way, and what the connection has
/// not sent yet.
const STREAM_BYTES: usize = 512 * 1024;

/// The memory for bodies that are held as a whole.
#[derive(Debug)]
pub(crate) struct Budget {
    limit_bytes: usize,
    used_bytes: Arc<AtomicUsize>,
}

/// A part of the budget, given back when dropped.
#[derive(Debug, Default)]
pub(crate) struct Share {
    bytes: usize,
    used_bytes: Option<Arc<AtomicUsize>>,
}

/// Bytes that count as long as anyone holds them.
struct Counted {
    bytes: Bytes,
    _share: Share,
}

/// An answer that flows and counts for as long as it does.
struct CountedStream {
    inner: Body,
    _share: Share,
}

// === impl Budget ===

impl Budget {
    pub(crate) fn new(limit_bytes: usize) -> Self {
        Self { limit_bytes, used_bytes: Arc::default() }
    }

    /// Takes a part for the body of a request, or nothing if there is too little left.
    pub(crate) fn take(&self, bytes: usize) -> Option<Share> {
        if bytes <= SMALL_BYTES {
            return Some(Share::default());
        }
        let fits = |used: usize| used.checked_add(bytes).filter(|sum| *sum <= self.limit_bytes);
        self.used_bytes.fetch_update(Ordering::AcqRel, Ordering::Acquire, fits).ok()?;
        Some(Share { bytes, used_bytes: Some(Arc::clone(&self.used_bytes)) })
    }

    /// Counts the body of an answer until it is sent. It is there already, so it is never refused:
    /// where it makes the sum too large, the next requests are.
    pub(crate) fn count(&self, response: Response) -> Response {
        response.map(|body| match body {
            Body::Full(bytes) if bytes.len() > SMALL_BYTES => {
                let share = self.add(bytes.len());
                Body::Full(Bytes::from_owner(Counted { bytes, _share: share }))
            }
            Body::Stream(inner) => {
                let most = inner.size_hint().upper().and_then(|most| usize::try_from(most).ok());
                let share = self.add(most.map_or(STREAM_BYTES, |most| most.min(STREAM_BYTES)));
                Body::stream(CountedStream { inner: Body::Stream(inner), _share: share })
            }
            other => other,
        })
    }

    fn add(&self, bytes: usize) -> Share {
        self.used_bytes.fetch_add(bytes, Ordering::AcqRel);
        Share { bytes, used_bytes: Some(Arc::clone(&self.used_bytes)) }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if let Some(used_bytes) = &self.used_bytes {
            used_bytes.fetch_sub(self.bytes, Ordering::AcqRel);
        }
    }
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl http_body::Body for CountedStream {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Pin::new(&mut self.inner).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LARGE: usize = SMALL_BYTES + 1;

    #[test]
    fn what_does_not_fit_is_refused_until_something_is_given_back() {
        let budget = Budget::new(2 * LARGE);
        let first = budget.take(LARGE).unwrap();
        let _second = budget.take(LARGE).unwrap();
        assert!(budget.take(LARGE).is_none());
        assert!(budget.take(SMALL_BYTES).is_some(), "small bodies always fit");
        drop(first);
        assert!(budget.take(usize::MAX).is_none());
        assert!(budget.take(LARGE).is_some());
    }

    #[test]
    fn an_answer_counts_until_its_last_byte_is_gone() {
        let budget = Budget::new(2 * LARGE);
        let response = budget.count(Response::new(Body::from(vec![7; 2 * LARGE])));
        assert!(budget.take(LARGE).is_none());
        let Body::Full(bytes) = response.into_body() else { panic!("the bytes stay whole") };
        let end = bytes.slice(2 * LARGE - 1..);
        drop(bytes);
        assert_eq!((&end[..], budget.take(LARGE).is_none()), (&[7][..], true));
        drop(end);
        assert!(budget.take(2 * LARGE).is_some());
    }

    #[test]
    fn an_answer_that_flows_counts_until_it_is_dropped() {
        let budget = Budget::new(STREAM_BYTES);
        let flowing = Body::pieces(futures_util::stream::pending());
        let response = budget.count(Response::new(flowing));
        assert!(budget.take(LARGE).is_none());
        drop(response);
        assert!(budget.take(STREAM_BYTES).is_some());
    }
}
