//! One execution environment: code, jail, Runtime API, lifecycle.
