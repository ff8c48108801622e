//! AWS protocols on HTTP, written once: rest-json, aws-json, query, error bodies, request ids, SigV4.
//!
//! This crate knows how AWS services talk, and nothing of what any service does: it has no operations, no state and no
//! clock (the time is an argument). `api` holds the tables generated from the service models; this crate holds the logic
//! that reads them. Start at [`OperationSpec`] (one operation's binding), [`shape`] (its constraints), [`decode`] and
//! [`encode`] (its way in and out), and [`ApiError`] (its failures).

pub mod aws_json;
pub mod blob;
mod body;
mod error;
pub mod event_stream;
pub mod iso_date;
mod operation;
mod percent;
pub mod query;
mod request;
mod request_id;
pub mod rest_json;
pub mod shape;
pub mod sigv4;
mod timestamp;

pub use body::{Body, BoxError, Response, Upload};
pub use error::{ApiError, Fault, MessageKey};
pub use operation::{OperationSpec, Payload, Protocol, ServiceSpec};
pub use percent::{query_pairs, uri_decode, uri_encode};
pub use query::escape_xml;
pub use request::{Request, Route, decode, document, encode, encode_empty};
pub use request_id::RequestId;
pub use timestamp::Timestamp;
