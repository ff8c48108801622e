//! KMS.

use api::KeyArns;
use serde_json::Value;

use super::{Asked, Need};

/// Operations that no key is named for.
const WITHOUT_KEY: &[&str] =
    &["CreateKey", "GenerateRandom", "ListKeys", "ListAliases", "ListRetirableGrants"];

pub(crate) fn needs(asked: &Asked<'_>, keys: &impl KeyArns) -> Vec<Need> {
    let key = |named: &str| key(asked, keys, named);
    let member = |name: &str| asked.text(name).unwrap_or_default();
    let needs = match asked.spec.name {
        "CreateAlias" => vec![alias(asked), asked.need(key(member("TargetKeyId")))],
        "DeleteAlias" => vec![alias(asked), asked.need(key(member("AliasName")))],
        "UpdateAlias" => vec![
            alias(asked),
            asked.need(key(member("AliasName"))),
            asked.need(key(member("TargetKeyId"))),
        ],
        "Decrypt" => match maker(asked, keys, "KeyId") {
            Some(arn) => vec![in_context(asked.need(arn), asked.value("EncryptionContext"))],
            None => Vec::new(),
        },
        "ReEncrypt" => {
            let Some(source) = maker(asked, keys, "SourceKeyId") else { return Vec::new() };
            let part = |end: &str, arn: String, context: &str| {
                let need = Need { action: format!("kms:ReEncrypt{end}"), ..asked.need(arn) };
                in_context(need, asked.value(context))
            };
            let target = key(member("DestinationKeyId"));
            vec![
                part("From", source, "SourceEncryptionContext"),
                part("To", target, "DestinationEncryptionContext"),
            ]
        }
        // The grant itself says who may retire it.
        "RetireGrant" => Vec::new(),
        "CreateGrant" => vec![of_grant(asked, asked.need(key(member("KeyId"))))],
        name if WITHOUT_KEY.contains(&name) => vec![with_tags(asked, asked.need("*"))],
        _ => {
            let need = with_tags(asked, asked.need(key(member("KeyId"))));
            vec![in_context(need, asked.value("EncryptionContext"))]
        }
    };
    let account = asked.call.caller.account_id.as_ref();
    needs.into_iter().map(|need| need.with("kms:CallerAccount", Some(account))).collect()
}

/// Gives the ARN of the key that is meant; of one that is not there, as it would be.
fn key(asked: &Asked<'_>, keys: &impl KeyArns, named: &str) -> String {
    let found = keys.key_arn(&asked.call.region, named);
    found.unwrap_or_else(|| asked.arn("kms", &format!("key/{named}")))
}

/// Gives the ARN of the key that a ciphertext is to be decrypted with: the one that is named, else the
/// one that has made it. What nobody has made is going to be refused.
fn maker(asked: &Asked<'_>, keys: &impl KeyArns, named: &str) -> Option<String> {
    if let Some(named) = asked.text(named) {
        return Some(key(asked, keys, named));
    }
    let blob = wire::blob::deserialize(asked.value("CiphertextBlob")?.clone()).ok()?;
    keys.ciphertext_key_arn(&blob)
}

fn alias(asked: &Asked<'_>) -> Need {
    asked.need(asked.arn("kms", asked.text("AliasName").unwrap_or_default()))
}

fn in_context(mut need: Need, context: Option<&Value>) -> Need {
    for (name, value) in context.and_then(Value::as_object).into_iter().flatten() {
        need = need
            .with(&format!("kms:EncryptionContext:{name}"), value.as_str())
            .with("kms:EncryptionContextKeys", Some(name));
    }
    need
}

fn of_grant(asked: &Asked<'_>, mut need: Need) -> Need {
    need = need
        .with("kms:GranteePrincipal", asked.text("GranteePrincipal"))
        .with("kms:RetiringPrincipal", asked.text("RetiringPrincipal"));
    for operation in asked.value("Operations").and_then(Value::as_array).into_iter().flatten() {
        need = need.with("kms:GrantOperations", operation.as_str());
    }
    need
}

/// Adds the keys of tags, which KMS spells in its own way.
fn with_tags(asked: &Asked<'_>, mut need: Need) -> Need {
    for tag in asked.value("Tags").and_then(Value::as_array).into_iter().flatten() {
        let Some(key) = tag.get("TagKey").and_then(Value::as_str) else { continue };
        let value = tag.get("TagValue").and_then(Value::as_str);
        need = need.with("aws:TagKeys", Some(key)).with(&format!("aws:RequestTag/{key}"), value);
    }
    need
}
