//! Functions and aliases by the addresses that they have.

use std::sync::Arc;

use model::{
    function::{Function, FunctionUrl},
    names::Qualifier,
};

use super::{
    Functions,
    rows::{self, AliasRow, FunctionRow},
};
use crate::invoke::Target;

/// A function or an alias with an address of its own.
#[derive(Clone, Debug)]
pub struct Addressed {
    function: Arc<FunctionRow>,
    alias: Option<Arc<AliasRow>>,
}

// === impl Functions: addresses ===

impl Functions {
    /// Finds what has the URL of this id, from memory.
    pub fn at_url(&self, id: &str) -> Option<Addressed> {
        let name = rows::url_name(id);
        if let Some(function) = self.rows.find(&name) {
            return Some(Addressed { function: function.value, alias: None });
        }
        let alias = self.aliases.find(&name)?;
        // What a deleted function leaves for a moment has no function any more.
        let incarnation = rows::owner(&alias.key);
        let function = self.rows.find(&rows::incarnation_name(incarnation))?;
        Some(Addressed { function: function.value, alias: Some(alias.value) })
    }
}

// === impl Addressed ===

impl Addressed {
    /// Gives the function.
    pub fn function(&self) -> Option<&Function> {
        self.function.live()
    }

    /// Gives the URL as it is configured.
    pub fn url(&self) -> Option<&FunctionUrl> {
        match &self.alias {
            Some(alias) => alias.0.attached.url.as_ref(),
            None => self.function()?.latest.attached.url.as_ref(),
        }
    }

    /// Tells what to invoke: the function as such, or the alias.
    pub fn target(&self) -> Option<Target> {
        let function = self.function()?;
        Some(Target {
            region: function.region.clone(),
            name: function.name.clone(),
            qualifier: self.alias.as_ref().map(|alias| Qualifier::Alias(alias.0.name.clone())),
        })
    }
}
