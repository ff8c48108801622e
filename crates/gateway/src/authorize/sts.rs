//! STS.

use super::{Asked, Need};

pub(crate) fn needs(asked: &Asked<'_>) -> Vec<Need> {
    match asked.spec.name {
        // Everybody may ask who they are; a role's trust policy is asked by the operation.
        "GetCallerIdentity" | "GetSessionToken" | "AssumeRole" => Vec::new(),
        _ => vec![asked.need("*")],
    }
}
