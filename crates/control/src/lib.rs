//! The Lambda API operations, one file each.
