//! The binary `lambkin`.

fn main() {}
