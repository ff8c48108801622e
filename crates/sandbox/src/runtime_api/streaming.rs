//! Results that are passed on while the guest writes them.

use std::io;

use model::{invocation::RequestId, runtime_api::RuntimeCall};

use super::{
    Connection,
    head::Head,
    posted::{self, Posted},
    wire::{MAX_UNWANTED_BYTES, Piece},
};
use crate::environment::{Outlet, Refusal};

// === impl Connection ===

impl Connection {
    /// Gives the way to the caller, if both the guest and the caller want the result to flow.
    pub(super) fn outlet(
        &self,
        head: &Head,
        id: Option<RequestId>,
        call: RuntimeCall,
    ) -> Result<Option<Outlet>, Refusal> {
        if call != RuntimeCall::Response || !head.labels.streaming {
            return Ok(None);
        }
        let content_type = head.labels.content_type.clone();
        self.environment.with_core(|core| core.begin_stream(self.generation, id, content_type))
    }

    /// Reads a result and passes each piece on at once.
    pub(super) async fn stream(&mut self, head: &Head, mut outlet: Outlet) -> io::Result<Posted> {
        let limit_bytes = self.environment.streamed_limit_bytes();
        let mut course = self.wire.course(head).await?;
        let mut length = 0_u64;
        loop {
            match self.wire.piece(&mut course).await? {
                Piece::Data(data) => {
                    length += data.len() as u64;
                    if length <= limit_bytes {
                        outlet.give(data.freeze()).await;
                    } else if length > limit_bytes.saturating_add(MAX_UNWANTED_BYTES) {
                        self.keep_alive = false;
                        return Ok(Posted::too_large(limit_bytes));
                    }
                }
                Piece::End(_) if length > limit_bytes => {
                    return Ok(Posted::too_large(limit_bytes));
                }
                Piece::End(trailers) => return Ok(posted::stream_end(trailers)),
                Piece::Truncated => {
                    self.keep_alive = false;
                    return Ok(Posted::truncated());
                }
            }
        }
    }
}
