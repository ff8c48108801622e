//! The STS operations that AWS tools need, one file per operation.
//!
//! Nothing here issues or checks credentials: the front door has authenticated the caller before an
//! operation sees the call. Start at [`Sts`].

mod get_caller_identity;

/// The service; it has no state, because all it tells is in the call.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sts;
