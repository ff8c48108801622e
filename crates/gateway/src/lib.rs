//! The front door: listeners, authentication, dispatch by service.
