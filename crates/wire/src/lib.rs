//! AWS protocols on HTTP, written once: rest-json, aws-json, query, error bodies, request ids, SigV4 verification.
