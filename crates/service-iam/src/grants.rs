//! What users and roles have in common: tags, inline and attached policies, boundaries.

use std::collections::BTreeMap;

use api::iam::{AttachedPermissionsBoundary, AttachedPolicy, Tag, errors};
use identity::Grants;
use policy::Kind;
use wire::ApiError;

use crate::{Iam, error::check_document, names};

/// How many tags an entity may have.
const TAGS_MAX: usize = 50;
/// How many managed policies may be attached.
const ATTACHED_MAX: usize = 10;
/// How long all inline policies of a user may be together, white space not counted.
pub(crate) const USER_INLINE_MAX: usize = 2048;
/// The same for a role.
pub(crate) const ROLE_INLINE_MAX: usize = 10_240;

pub(crate) fn render_tags(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect()
}

/// Gives the tags of an answer that leaves them out if there are none.
pub(crate) fn some_tags(tags: &BTreeMap<String, String>) -> Option<Vec<Tag>> {
    (!tags.is_empty()).then(|| render_tags(tags))
}

pub(crate) fn render_boundary(grants: &Grants) -> Option<AttachedPermissionsBoundary> {
    grants.boundary.clone().map(|arn| AttachedPermissionsBoundary {
        permissions_boundary_type: Some("Policy".into()),
        permissions_boundary_arn: Some(arn),
    })
}

/// Makes the grants of an entity that is being created.
pub(crate) fn fresh(
    iam: &Iam,
    tags: Option<&Vec<Tag>>,
    boundary: Option<&String>,
) -> Result<Grants, ApiError> {
    let mut grants = Grants::default();
    if let Some(arn) = boundary {
        names::check_attachable(iam, arn)?;
        grants.boundary = Some(arn.clone());
    }
    tag(&mut grants.tags, tags.map_or(&[], Vec::as_slice))?;
    Ok(grants)
}

pub(crate) fn tag(tags: &mut BTreeMap<String, String>, new: &[Tag]) -> Result<(), ApiError> {
    for (at, tag) in new.iter().enumerate() {
        if new.iter().take(at).any(|other| other.key.eq_ignore_ascii_case(&tag.key)) {
            return Err(errors::invalid_input(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
        tags.retain(|key, _| !key.eq_ignore_ascii_case(&tag.key));
        tags.insert(tag.key.clone(), tag.value.clone());
    }
    if tags.len() > TAGS_MAX {
        return Err(errors::limit_exceeded(format!(
            "The number of tags has reached the maximum limit: {TAGS_MAX}."
        )));
    }
    Ok(())
}

pub(crate) fn untag(tags: &mut BTreeMap<String, String>, keys: &[String]) {
    tags.retain(|key, _| !keys.iter().any(|gone| gone.eq_ignore_ascii_case(key)));
}

/// Puts an inline policy; `owner` is for the message, `max` for all of the owner's policies together.
pub(crate) fn put_inline(
    grants: &mut Grants,
    (name, document): (&str, &str),
    (kind, owner, max): (&str, &str, usize),
) -> Result<(), ApiError> {
    check_document(document, Kind::Identity)?;
    grants.inline.insert(name.to_owned(), document.to_owned());
    let visible = |text: &String| text.chars().filter(|c| !c.is_whitespace()).count();
    if grants.inline.values().map(visible).sum::<usize>() > max {
        return Err(errors::limit_exceeded(format!(
            "Maximum policy size of {max} bytes exceeded for {kind} {owner}"
        )));
    }
    Ok(())
}

pub(crate) fn inline<'g>(
    grants: &'g Grants,
    kind: &str,
    name: &str,
) -> Result<&'g String, ApiError> {
    grants.inline.get(name).ok_or_else(|| no_such_inline(kind, name))
}

pub(crate) fn delete_inline(grants: &mut Grants, kind: &str, name: &str) -> Result<(), ApiError> {
    let found = grants.inline.remove(name).map(drop);
    found.ok_or_else(|| no_such_inline(kind, name))
}

fn no_such_inline(kind: &str, name: &str) -> ApiError {
    errors::no_such_entity(format!("The {kind} policy with name {name} cannot be found."))
}

pub(crate) fn attach(grants: &mut Grants, arn: &str, kind: &str) -> Result<(), ApiError> {
    grants.attached.insert(arn.to_owned());
    if grants.attached.len() > ATTACHED_MAX {
        return Err(errors::limit_exceeded(format!(
            "Cannot exceed quota for PoliciesPer{kind}: {ATTACHED_MAX}"
        )));
    }
    Ok(())
}

pub(crate) fn detach(grants: &mut Grants, arn: &str) -> Result<(), ApiError> {
    if grants.attached.remove(arn) {
        return Ok(());
    }
    Err(errors::no_such_entity(format!("Policy {arn} was not found.")))
}

/// Gives the attached policies whose path begins so; a policy that was deleted is not there.
pub(crate) fn attached(
    iam: &Iam,
    grants: &Grants,
    prefix: Option<&String>,
) -> Vec<(String, AttachedPolicy)> {
    let prefix = prefix.map_or("/", String::as_str);
    let found = grants.attached.iter().filter_map(|arn| {
        let view = iam.directory.managed(arn)?;
        let (_, after) = arn.split_once(":policy")?;
        after.starts_with(prefix).then(|| {
            let name = view.name().to_owned();
            let policy = AttachedPolicy { policy_name: Some(name), policy_arn: Some(arn.clone()) };
            (arn.clone(), policy)
        })
    });
    found.collect()
}
