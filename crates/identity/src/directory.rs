//! Users, roles and managed policies, and finding them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use parking_lot::RwLock;
use store::{Records, Revision, Table, TableError};

use crate::{
    AccessKey, Documents, Grants, ManagedPolicy, Role, Usage, User,
    managed::{self, AwsManaged},
};

/// All users, roles and managed policies of the account.
#[derive(Debug)]
pub struct Directory {
    account: Arc<str>,
    users: Table<User>,
    roles: Table<Role>,
    policies: Table<ManagedPolicy>,
    owners: RwLock<Owners>,
    documents: Documents,
    usage: Usage,
}

/// Whose access key each one is, as of a revision of the users.
#[derive(Debug, Default)]
struct Owners {
    at: Option<Revision>,
    users: HashMap<String, Arc<User>>,
}

/// A managed policy: this account's own or one of AWS's.
#[derive(Clone, Debug)]
pub enum ManagedView {
    /// One of this account's.
    Own(Arc<ManagedPolicy>),
    /// One of AWS's.
    Aws(&'static AwsManaged),
}

// === impl Directory ===

impl Directory {
    /// Opens the directory; resolves once everything is in memory.
    pub async fn open(records: Arc<dyn Records>, account: &str) -> Result<Self, TableError> {
        Ok(Self {
            account: account.into(),
            users: Table::open(Arc::clone(&records)).await?,
            roles: Table::open(Arc::clone(&records)).await?,
            policies: Table::open(records).await?,
            owners: RwLock::default(),
            documents: Documents::default(),
            usage: Usage::default(),
        })
    }

    /// Gives the account.
    pub fn account(&self) -> &Arc<str> {
        &self.account
    }

    /// Gives the users, by [`Directory::key`].
    pub fn users(&self) -> &Table<User> {
        &self.users
    }

    /// Gives the roles, by [`Directory::key`].
    pub fn roles(&self) -> &Table<Role> {
        &self.roles
    }

    /// Gives this account's managed policies, by [`Directory::key`].
    pub fn policies(&self) -> &Table<ManagedPolicy> {
        &self.policies
    }

    /// Gives the documents that have been read.
    pub fn documents(&self) -> &Documents {
        &self.documents
    }

    /// Gives the last uses of keys and roles.
    pub fn usage(&self) -> &Usage {
        &self.usage
    }

    /// Gives the key of a name: names that differ by case alone are the same.
    pub fn key(name: &str) -> String {
        name.to_ascii_lowercase()
    }

    /// Finds a user.
    pub fn user(&self, name: &str) -> Option<Arc<User>> {
        self.users.get(&Self::key(name)).map(|row| row.value)
    }

    /// Finds a role.
    pub fn role(&self, name: &str) -> Option<Arc<Role>> {
        self.roles.get(&Self::key(name)).map(|row| row.value)
    }

    /// Gives the tags of the user or role that an ARN names.
    pub fn tags(&self, arn: &str) -> BTreeMap<String, String> {
        let Some((_, name)) = arn.rsplit_once('/') else { return BTreeMap::new() };
        if let Some(user) = self.user(name).filter(|user| user.arn(&self.account) == arn) {
            return user.grants.tags.clone();
        }
        let role = self.role(name).filter(|role| role.arn(&self.account) == arn);
        role.map(|role| role.grants.tags.clone()).unwrap_or_default()
    }

    /// Finds a managed policy by its ARN.
    pub fn managed(&self, arn: &str) -> Option<ManagedView> {
        if let Some(aws) = managed::find(arn) {
            return Some(ManagedView::Aws(aws));
        }
        let (_, name) = arn.rsplit_once('/')?;
        let row = self.policies.get(&Self::key(name))?;
        (row.value.arn(&self.account) == arn).then_some(ManagedView::Own(row.value))
    }

    /// Finds an access key and the user who has it.
    pub fn access_key(&self, id: &str) -> Option<(Arc<User>, AccessKey)> {
        let at = *self.users.view().subscribe().borrow();
        let current = |owners: &Owners| owners.at.is_some_and(|known| known >= at);
        let found = {
            let owners = self.owners.read();
            current(&owners).then(|| owners.users.get(id).cloned())
        };
        let user = if let Some(user) = found {
            user
        } else {
            let mut owners = self.owners.write();
            if !current(&owners) {
                *owners = self.read_owners(at);
            }
            owners.users.get(id).cloned()
        }?;
        let key = user.keys.iter().find(|key| key.id == id)?.clone();
        Some((user, key))
    }

    /// Gives the documents of a user's or role's own policies.
    pub(crate) fn identity_documents(&self, grants: &Grants) -> Vec<Arc<policy::Document>> {
        let inline = grants.inline.values().map(|text| self.identity_document(text));
        let attached = grants.attached.iter().filter_map(|arn| self.managed_document(arn));
        inline.chain(attached).collect()
    }

    /// Gives the document of a managed policy; one that was deleted meanwhile says nothing.
    pub(crate) fn managed_document(&self, arn: &str) -> Option<Arc<policy::Document>> {
        let managed = self.managed(arn)?;
        Some(self.identity_document(managed.document()?))
    }

    pub(crate) fn identity_document(&self, text: &str) -> Arc<policy::Document> {
        self.documents.get(text, policy::Kind::Identity)
    }

    /// Counts who has a managed policy attached, and whose boundary it is.
    pub fn attachments(&self) -> BTreeMap<String, (u32, u32)> {
        let mut counts: BTreeMap<String, (u32, u32)> = BTreeMap::new();
        let mut count = |grants: &Grants| {
            for arn in &grants.attached {
                counts.entry(arn.clone()).or_default().0 += 1;
            }
            if let Some(arn) = &grants.boundary {
                counts.entry(arn.clone()).or_default().1 += 1;
            }
        };
        self.users.range("", None, usize::MAX).iter().for_each(|row| count(&row.value.grants));
        self.roles.range("", None, usize::MAX).iter().for_each(|row| count(&row.value.grants));
        counts
    }

    fn read_owners(&self, at: Revision) -> Owners {
        let rows = self.users.range("", None, usize::MAX);
        let keys = |user: &Arc<User>| {
            let user = Arc::clone(user);
            let ids: Vec<String> = user.keys.iter().map(|key| key.id.clone()).collect();
            ids.into_iter().map(move |id| (id, Arc::clone(&user)))
        };
        Owners { at: Some(at), users: rows.iter().flat_map(|row| keys(&row.value)).collect() }
    }
}

// === impl ManagedView ===

impl ManagedView {
    /// Gives the document in force.
    pub fn document(&self) -> Option<&str> {
        match self {
            Self::Own(own) => own.version(own.default_version).map(|v| v.document.as_str()),
            Self::Aws(aws) => Some(aws.document),
        }
    }

    /// Gives the name.
    pub fn name(&self) -> &str {
        match self {
            Self::Own(own) => &own.name,
            Self::Aws(aws) => aws.name,
        }
    }
}
