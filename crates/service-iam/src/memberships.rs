//! What users and roles could be part of, if there were any.

mod list_groups_for_user;
mod list_instance_profiles_for_role;
