//! CloudWatch Logs on the same endpoint, one file per operation.
