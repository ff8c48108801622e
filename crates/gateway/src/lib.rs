//! The front door: listeners, authentication, dispatch by service.
//!
//! A request is routed by the service that it was signed for, its body is read up to the limit of
//! its operation, its signature is verified, and only then does a service see it: a service is
//! handed an [`api::Call`], which can only be made from a verified request (or by switching
//! authentication off). A [`StreamingService`] sees a request before its body: the head is verified,
//! and the body while it is read. Callers other than root also need permission for what they ask. Nothing here knows what any service does. Start with [`Gateway`].

mod authenticate;
mod authorize;
mod body;
mod budget;
mod function_urls;
mod gateway;
mod listen;
mod open_route;
mod service;
mod streaming;
mod upload;

pub use authenticate::{Auth, Principals};
pub use authorize::Need;
pub use function_urls::FunctionUrls;
pub use gateway::{Gateway, Parts};
pub use listen::{ListenError, Listener};
pub use open_route::{OpenRoute, Peer};
pub use service::{
    BodyLimit, IamService, KmsService, LambdaService, LogsService, Routed, S3Service, Service,
    SignerService, StsService,
};
pub use streaming::StreamingService;
