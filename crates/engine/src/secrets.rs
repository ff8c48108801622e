//! Functions' variables: sealed when they come in, opened for whoever has to see them.

use std::{collections::BTreeMap, fmt::Debug, sync::Arc};

use model::{
    function::{Function, SealedVariables, Variables},
    names::{FunctionName, Region},
};
use vault::{KeyError, KeyService, SealedText};

/// Seals and opens variables.
#[derive(Clone, Debug)]
pub struct Secrets {
    keys: Arc<dyn KeyService>,
}

/// Gives keys as the execution roles of functions may use them.
///
/// Asked at every start of an environment, so an implementation answers from memory.
pub trait RoleKeys: Debug + Send + Sync {
    /// Gives what opens the variables of a function for its role.
    fn of_role(&self, role: &str, function: (&Region, &FunctionName)) -> Secrets;
}

/// One set of keys for all roles, none of which is asked for.
impl RoleKeys for Secrets {
    fn of_role(&self, _: &str, _: (&Region, &FunctionName)) -> Secrets {
        self.clone()
    }
}

// === impl Secrets ===

impl Secrets {
    /// Uses the keys of `keys`.
    pub fn new(keys: Arc<dyn KeyService>) -> Self {
        Self { keys }
    }

    /// Seals the variables of a function, under a customer's key if one is named.
    pub fn seal(
        &self,
        (region, name): (&Region, &FunctionName),
        key: Option<&str>,
        variables: &BTreeMap<String, String>,
    ) -> Result<Variables, KeyError> {
        // A map of strings can always be written as JSON.
        let plain = serde_json::to_vec(variables).map_err(|_| KeyError::Damaged)?;
        let text = SealedText::seal(&*self.keys, key, &context(region, name), &plain)?;
        Ok(Variables::Sealed(SealedVariables {
            key: key.map(str::to_owned),
            names: variables.keys().cloned().collect(),
            data_key: text.data_key,
            sealed: text.sealed,
        }))
    }

    /// Opens the variables of a function.
    pub fn open(
        &self,
        (region, name): (&Region, &FunctionName),
        variables: &Variables,
    ) -> Result<BTreeMap<String, String>, KeyError> {
        let sealed = match variables {
            Variables::Plain(variables) => return Ok(variables.clone()),
            Variables::Sealed(sealed) => sealed,
        };
        let SealedVariables { key, data_key, sealed, .. } = sealed.clone();
        let text = SealedText { data_key, sealed };
        let plain = text.open(&*self.keys, key.as_deref(), &context(region, name))?;
        serde_json::from_slice(&plain).map_err(|_| KeyError::Damaged)
    }

    /// Seals what an earlier release has left of a function's variables, and tells whether there was
    /// anything.
    pub(crate) fn seal_plain(&self, function: &mut Function) -> Result<bool, KeyError> {
        let of = (&function.region, &function.name);
        let serving = function.serving.as_deref_mut().map(|settings| &mut settings.environment);
        let latest = &mut function.latest.settings.environment;
        let mut found = false;
        for environment in [Some(latest), serving].into_iter().flatten() {
            found |= self.seal_one(of, environment)?;
        }
        Ok(found)
    }

    pub(crate) fn seal_one(
        &self,
        of: (&Region, &FunctionName),
        environment: &mut Option<Variables>,
    ) -> Result<bool, KeyError> {
        let Some(Variables::Plain(variables)) = environment else { return Ok(false) };
        *environment = Some(self.seal(of, None, variables)?);
        Ok(true)
    }
}

/// What belongs to one function opens for no other.
fn context(region: &Region, name: &FunctionName) -> String {
    format!("variables of {region}/{name}")
}

#[cfg(test)]
mod tests {
    use vault::MasterKey;

    use super::*;

    fn variables() -> BTreeMap<String, String> {
        BTreeMap::from([("DB_PASSWORD".to_owned(), "hunter2".to_owned())])
    }

    #[test]
    fn variables_open_for_their_own_function_only() {
        let secrets = Secrets::new(Arc::new(MasterKey::generate()));
        let (region, f, g) =
            ("us-east-1".parse().unwrap(), "f".parse().unwrap(), "g".parse().unwrap());
        let sealed = secrets.seal((&region, &f), None, &variables()).unwrap();
        assert!(sealed.names().eq(["DB_PASSWORD"]));
        assert!(!serde_json::to_string(&sealed).unwrap().contains("hunter2"));
        assert_eq!(secrets.open((&region, &f), &sealed), Ok(variables()));
        assert_eq!(secrets.open((&region, &g), &sealed), Err(KeyError::Damaged));
    }
}
