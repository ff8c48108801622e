//! A policy document as it is stored: the text of each statement stays as it was written.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::PolicyRefusal;
use crate::error::Refusal;

/// A policy that statements are added to and taken from.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Policy {
    version: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    statement: Box<RawValue>,
}

/// What is read of a statement here.
#[derive(Deserialize)]
struct Named {
    #[serde(rename = "Sid", default)]
    sid: Option<String>,
}

// === impl Policy ===

impl Policy {
    /// Reads what is stored, or begins a new policy.
    pub(crate) fn open(stored: Option<&str>) -> Result<Self, Refusal> {
        match stored {
            Some(text) => serde_json::from_str(text).map_err(Refusal::internal),
            None => Ok(Self {
                version: "2012-10-17".to_owned(),
                id: Some("default".to_owned()),
                statement: raw("[]".to_owned())?,
            }),
        }
    }

    /// Adds a statement, which nobody else's name may have.
    pub(crate) fn add(&mut self, sid: &str, statement: &str) -> Result<(), Refusal> {
        let mut statements = self.statements()?;
        if statements.iter().any(|other| has_name(other, sid)) {
            return Err(PolicyRefusal::StatementExists(sid.to_owned()).into());
        }
        statements.push(raw(statement.to_owned())?);
        self.keep(&statements)
    }

    /// Takes a statement away, and tells whether any are left.
    pub(crate) fn remove(&mut self, sid: &str) -> Result<bool, Refusal> {
        let mut statements = self.statements()?;
        let before = statements.len();
        statements.retain(|statement| !has_name(statement, sid));
        if statements.len() == before {
            return Err(PolicyRefusal::NoStatement(sid.to_owned()).into());
        }
        self.keep(&statements)?;
        Ok(!statements.is_empty())
    }

    /// Gives the text to be stored, unless it is too long.
    pub(crate) fn text(&self, limit_bytes: usize) -> Result<String, Refusal> {
        let text = serde_json::to_string(self).map_err(Refusal::internal)?;
        if text.len() > limit_bytes {
            let size = text.len();
            return Err(PolicyRefusal::TooLong { size, limit: limit_bytes }.into());
        }
        Ok(text)
    }

    /// A document may have one statement in place of a list.
    fn statements(&self) -> Result<Vec<Box<RawValue>>, Refusal> {
        let text = self.statement.get();
        if text.trim_start().starts_with('[') {
            return serde_json::from_str(text).map_err(Refusal::internal);
        }
        Ok(vec![self.statement.clone()])
    }

    fn keep(&mut self, statements: &[Box<RawValue>]) -> Result<(), Refusal> {
        self.statement = serde_json::value::to_raw_value(statements).map_err(Refusal::internal)?;
        Ok(())
    }
}

fn has_name(statement: &RawValue, sid: &str) -> bool {
    let named = serde_json::from_str::<Named>(statement.get());
    named.is_ok_and(|named| named.sid.as_deref() == Some(sid))
}

fn raw(text: String) -> Result<Box<RawValue>, Refusal> {
    RawValue::from_string(text).map_err(Refusal::internal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::text;

    #[test]
    fn statements_keep_their_spelling_and_order() {
        let mut policy = Policy::open(None).unwrap();
        policy.add("b", r#"{"Sid":"b","Effect":"Allow","Action":"x:Y"}"#).unwrap();
        policy.add("a", r#"{"Sid":"a","Effect":"Deny"}"#).unwrap();
        let stored = policy.text(1000).unwrap();
        let expected = r#"{"Version":"2012-10-17","Id":"default","Statement":[{"Sid":"b","Effect":"Allow","Action":"x:Y"},{"Sid":"a","Effect":"Deny"}]}"#;
        assert_eq!(stored, expected);
        let mut policy = Policy::open(Some(&stored)).unwrap();
        assert!(policy.remove("b").unwrap());
        assert!(!policy.remove("a").unwrap());
    }

    #[test]
    fn a_name_is_used_once_and_has_to_be_there() {
        let mut policy = Policy::open(None).unwrap();
        policy.add("a", r#"{"Sid":"a"}"#).unwrap();
        let twice = text(policy.add("a", r#"{"Sid":"a"}"#));
        assert!(twice.starts_with("The statement id (a) provided already exists."), "{twice}");
        assert_eq!(text(policy.remove("b")), "Statement b is not found in resource policy.");
    }

    #[test]
    fn one_statement_in_place_of_a_list_is_a_list_of_one() {
        let stored = r#"{"Version":"2012-10-17","Statement":{"Sid":"a"}}"#;
        let mut policy = Policy::open(Some(stored)).unwrap();
        policy.add("b", r#"{"Sid":"b"}"#).unwrap();
        let expected = r#"{"Version":"2012-10-17","Statement":[{"Sid":"a"},{"Sid":"b"}]}"#;
        assert_eq!(policy.text(1000).unwrap(), expected);
    }

    #[test]
    fn a_policy_has_a_limit() {
        let mut policy = Policy::open(None).unwrap();
        policy.add("a", r#"{"Sid":"a"}"#).unwrap();
        let size = policy.text(1000).unwrap().len();
        let long = text(policy.text(size - 1));
        let limit = size - 1;
        assert_eq!(
            long,
            format!("The final policy size ({size}) is bigger than the limit ({limit}).")
        );
    }
}
