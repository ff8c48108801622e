//! Amazon S3 on the same endpoint: buckets, objects, versions, multipart uploads.
//!
//! Content is in blobs, which are shared by all who hold the same bytes; what is known of it is in
//! records, one for each version of an object. An object that came in parts stays in pieces. Nothing
//! here checks signatures: the front door has, and goes on checking bodies while they are read here.
//! Start at [`S3`], then at the operations, which are the files of that name.

mod about;
mod ask;
mod bucket;
mod buckets;
mod checksum;
mod conditions;
mod config;
mod content;
mod dates;
mod error;
mod listing;
mod object;
mod objects;
mod operations;
mod range;
mod reading;
mod s3;
mod tags;
mod writing;
mod xml;

pub use buckets::Buckets;
pub use config::S3Config;
pub use error::read as read_error;
pub use reading::Opened;
pub use s3::{Parts, S3};
