//! The bound members of a request whose body is raw bytes, read without building a document.

use crate::shape::{Member, Violations};
use crate::{ApiError, Request};

use super::read::bound_text;

/// Reads texts from path, query and headers one by one and remembers which of them broke a constraint.
///
/// This is the way of `Invoke`: no tree is built and the payload is not looked at. Members are asked for in the order in
/// which their violations are to be reported.
#[derive(Debug)]
pub struct Fields<'a> {
    request: &'a Request<'a>,
    violations: Violations,
}

impl<'a> Fields<'a> {
    /// Starts reading a request.
    pub fn new(request: &'a Request<'a>) -> Self {
        Self { request, violations: Violations::default() }
    }

    /// Takes a member that may be absent.
    pub fn optional(&mut self, name: &str) -> Option<String> {
        let request = self.request;
        let member: &Member = request.route.spec.input.member(name)?;
        let text = bound_text(request, member.location);
        self.violations.check_text(member, text.as_deref());
        text.map(std::borrow::Cow::into_owned)
    }

    /// Takes a member that must be there; where it is not, [`finish`](Self::finish) fails.
    pub fn required(&mut self, name: &str) -> String {
        self.optional(name).unwrap_or_default()
    }

    /// Fails if any member broke a constraint.
    pub fn finish(self) -> Result<(), ApiError> {
        let code = self.request.route.spec.service.validation_code;
        self.violations.message().map_or(Ok(()), |message| Err(ApiError::validation(code, message)))
    }
}
