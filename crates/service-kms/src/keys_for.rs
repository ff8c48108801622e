//! How Lambda uses a customer's key: on behalf of somebody, for one function.

use std::{net::IpAddr, sync::Arc, time::SystemTime};

use api::{Access, Authorize, Caller};
use store::Expect;
use vault::{DataKey, KeyError, KeyService, SecretKey};
use wire::ApiError;

use crate::{
    Keyring, Kms,
    ciphertext::{Ciphertext, EncryptionContext},
    grants::Grant,
    key::{Key, State},
    names::Named,
};

/// The member of the encryption context that names the function; AWS's name.
const FUNCTION: &str = "aws:lambda:FunctionArn";
/// The member that tells what is sealed for it; ours.
const PURPOSE: &str = "lambkin:purpose";
/// What Lambda grants to the role of a function; AWS's choice.
const GRANTED: [&str; 2] = ["Decrypt", "RetireGrant"];

/// On whose behalf a key is used, and from where.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Who it is: a caller of Lambda, or the session of a function's role.
    pub caller: Caller,
    /// Where the function is.
    pub region: Arc<str>,
    /// When it happens.
    pub now: SystemTime,
    /// Where the request comes from.
    pub source_ip: IpAddr,
}

/// The keys as Lambda may use them for a function on somebody's behalf.
///
/// `None` stays with the master key. What an earlier release has sealed under the name of a key, when
/// there were no keys, was sealed with the master key, and opens with it as before: it bears no mark of
/// a key's, and there is no key whose policy could be asked.
#[derive(Clone, Debug)]
pub struct KeysFor {
    keyring: Keyring,
    guard: Arc<dyn Authorize>,
    origin: Origin,
    function: String,
}

// === impl KeysFor ===

impl KeysFor {
    /// Gives the keys as they may be used for a function, named by its ARN without a qualifier.
    pub fn new(
        keyring: Keyring,
        guard: Arc<dyn Authorize>,
        origin: Origin,
        function: String,
    ) -> Self {
        Self { keyring, guard, origin, function }
    }

    fn find(&self, named: &str) -> Result<Arc<Key>, KeyError> {
        let found = self.keyring.find(&self.origin.region, named);
        found.map_err(|error| KeyError::NotFound(text(&error)))
    }

    /// Asks whether a key may be used so, and then whether it can.
    fn check(&self, key: &Key, action: &str, more: Vec<(String, String)>) -> Result<(), KeyError> {
        let arn = self.keyring.arn(key);
        let mut conditions = more;
        let account = self.origin.caller.account_id.to_string();
        conditions.push(("kms:CallerAccount".to_owned(), account));
        let service = format!("lambda.{}.amazonaws.com", self.origin.region);
        conditions.push(("kms:ViaService".to_owned(), service));
        let access = Access {
            action: &format!("kms:{action}"),
            resource: &arn,
            region: &self.origin.region,
            now: self.origin.now,
            source_ip: self.origin.source_ip,
            conditions: &conditions,
        };
        let allowed = self.guard.authorize(&self.origin.caller, &access);
        allowed.map_err(|denied| KeyError::AccessDenied(denied.message))?;
        let Err(error) = key.check_usable(&arn) else { return Ok(()) };
        Err(match key.state {
            State::PendingDeletion { .. } => KeyError::InvalidState(text(&error)),
            State::Enabled | State::Disabled => KeyError::Disabled(text(&error)),
        })
    }

    fn check_use(
        &self,
        key: &Key,
        action: &str,
        context: &EncryptionContext,
    ) -> Result<(), KeyError> {
        let mut conditions = Vec::new();
        for (name, value) in context {
            conditions.push((format!("kms:EncryptionContext:{name}"), value.clone()));
            conditions.push(("kms:EncryptionContextKeys".to_owned(), name.clone()));
        }
        self.check(key, action, conditions)
    }

    fn context(&self, purpose: &str) -> EncryptionContext {
        let pairs = [(FUNCTION, self.function.as_str()), (PURPOSE, purpose)];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }
}

impl KeyService for KeysFor {
    fn generate_data_key(&self, key: Option<&str>, context: &str) -> Result<DataKey, KeyError> {
        let Some(named) = key else { return self.keyring.master.generate_data_key(None, context) };
        let key = self.find(named)?;
        let context = self.context(context);
        self.check_use(&key, "Encrypt", &context)?;
        let plain = SecretKey::generate();
        let wrapped = self.keyring.encrypt(&key, &context, plain.expose())?;
        Ok(DataKey { plain, wrapped })
    }

    fn decrypt(
        &self,
        key: Option<&str>,
        wrapped: &[u8],
        context: &str,
    ) -> Result<SecretKey, KeyError> {
        let Some(read) = key.and_then(|_| Ciphertext::read(wrapped)) else {
            return self.keyring.master.decrypt(key, wrapped, context);
        };
        // An alias may lead elsewhere by now; what is sealed knows its key.
        let key = self.find(read.key_arn)?;
        let context = self.context(context);
        self.check_use(&key, "Decrypt", &context)?;
        let plain = self.keyring.decrypt(&key, &read, &context)?;
        SecretKey::from_bytes(&plain).ok_or(KeyError::Damaged)
    }
}

// === impl Kms: functions ===

impl Kms {
    /// Grants a function's role, by the ARN of its session, to open what is sealed for the function; on
    /// behalf of whoever configures the function.
    ///
    /// Granting twice gives one grant. It is there before the function names the key: what a crash leaves
    /// between the two is taken back by [`Self::retire_grants_of_functions`].
    pub async fn grant_to_function(
        &self,
        user: &KeysFor,
        named: &str,
        grantee: &str,
    ) -> Result<(), KeyError> {
        let here = self.keyring.here(&user.origin.region);
        if matches!(here.read(named), Ok(Named::Alias(_))) {
            let refused = "Key Aliases are not supported for this operation.";
            return Err(KeyError::InvalidArn(refused.to_owned()));
        }
        let key = user.find(named)?;
        let mut conditions = vec![
            ("kms:GranteePrincipal".to_owned(), grantee.to_owned()),
            ("kms:GrantIsForAWSResource".to_owned(), "true".to_owned()),
        ];
        conditions.extend(GRANTED.map(|what| ("kms:GrantOperations".to_owned(), what.to_owned())));
        user.check(&key, "CreateGrant", conditions)?;
        let mut grant = self.function_grant(&key, user, grantee);
        let there = self.keyring.grants_on(&key);
        if let Some(same) = there.iter().find(|stored| stored.value.is_like(&grant)) {
            grant.id.clone_from(&same.value.id);
        } else if there.len() >= self.config.grants_per_key {
            let most = self.config.grants_per_key;
            return Err(KeyError::AccessDenied(format!("A key can have {most} grants.")));
        }
        // Written again, so that it is not taken for a leftover of an earlier function.
        let put = self.keyring.grants.put(&grant.record(), &grant, Expect::Any).await;
        put.map(drop).map_err(|error| KeyError::Unavailable(error.to_string()))
    }

    fn function_grant(&self, key: &Key, user: &KeysFor, grantee: &str) -> Grant {
        Grant {
            region: key.region.clone(),
            key_id: key.id.clone(),
            id: [self.ids.next(), self.ids.next()].map(|id| id.simple().to_string()).concat(),
            name: None,
            grantee: grantee.to_owned(),
            retiring: None,
            operations: GRANTED.map(str::to_owned).to_vec(),
            subset: Some([(FUNCTION.to_owned(), user.function.clone())].into()),
            equals: None,
            created_ms: self.clock.now_ms(),
            function: Some(user.function.clone()),
        }
    }

    /// Takes back what was granted to functions that are gone, unless it is newer than `before_ms`: its
    /// function may be about to be made.
    pub async fn retire_grants_of_functions(&self, before_ms: i64, gone: impl Fn(&str) -> bool) {
        for stored in self.keyring.grants.range("", None, usize::MAX) {
            let Some(function) = &stored.value.function else { continue };
            if stored.value.created_ms < before_ms && gone(function) {
                let expect = Expect::Revision(stored.revision);
                if let Err(error) = self.keyring.grants.delete(&stored.key, expect).await {
                    tracing::warn!(function, %error, "a grant of a deleted function stays");
                }
            }
        }
    }
}

fn text(error: &ApiError) -> String {
    error.message().unwrap_or_default().to_owned()
}
