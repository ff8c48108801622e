//! The STS operations that AWS tools need, one file per operation.
