//! Rotation: keys get new material, by themselves or on demand, and keep the old to decrypt with.

mod disable_key_rotation;
mod enable_key_rotation;
mod get_key_rotation_status;
mod list_key_rotations;
mod rotate_key_on_demand;

/// The period if a request does not name one.
pub(crate) const YEAR_DAYS: u32 = 365;
