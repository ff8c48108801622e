//! The service and what its operations share.

use std::sync::Arc;
use std::time::Duration;

use api::Call;
use store::{
    Clock, GroupName, Journal, NameError, Records, StreamInfo, StreamName, Table, TableError,
};
use wire::ApiError;

use crate::error::{no_such_group, no_such_stream, unavailable};
use crate::groups::Group;
use crate::{LogsConfig, Retention};

/// The log service; implements every operation of [`api::logs`]. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Logs {
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) groups: Arc<Table<Group>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settle: Duration,
    retention_every: Duration,
}

/// What the log service is made of.
#[derive(Clone, Debug)]
pub struct Parts {
    /// Where events are.
    pub journal: Arc<dyn Journal>,
    /// Where the properties of log groups are.
    pub records: Arc<dyn Records>,
    /// The source of time.
    pub clock: Arc<dyn Clock>,
}

impl Logs {
    /// Opens the service; resolves once the properties of all log groups are in memory.
    pub async fn open(parts: Parts, config: &LogsConfig) -> Result<Self, TableError> {
        let Parts { journal, records, clock } = parts;
        Ok(Self {
            journal,
            groups: Arc::new(Table::open(records).await?),
            clock,
            settle: config.settle,
            retention_every: config.retention_every,
        })
    }

    /// Makes the reconciler that removes expired events of this service's log groups.
    pub fn retention(&self) -> Retention {
        Retention::new(self.clone(), self.retention_every)
    }

    /// Names the journal's group of a log group, which need not exist.
    pub(crate) fn journal_group(call: &Call, group: &str) -> Result<GroupName, ApiError> {
        // A name that the journal does not take cannot have been created.
        engine::log_group(&call.region, group).map_err(|_: NameError| no_such_group())
    }

    /// Tells whether a log group exists: because a request created it, or because it has streams.
    pub(crate) async fn group_exists(&self, call: &Call, group: &str) -> Result<bool, ApiError> {
        if self.groups.get(&Group::key(&call.region, group)).is_some() {
            return Ok(true);
        }
        let name = Self::journal_group(call, group)?;
        // Of all names that start with this one, it is itself the first in order.
        let named = self.journal.groups(name.as_str()).await.map_err(unavailable)?;
        Ok(named.first() == Some(&name))
    }

    /// Names the journal's group of a log group that exists.
    pub(crate) async fn existing_group(
        &self,
        call: &Call,
        group: &str,
    ) -> Result<GroupName, ApiError> {
        if !self.group_exists(call, group).await? {
            return Err(no_such_group());
        }
        Self::journal_group(call, group)
    }

    /// Finds a stream that exists.
    pub(crate) async fn existing_stream(
        &self,
        group: GroupName,
        stream: &str,
    ) -> Result<StreamInfo, ApiError> {
        let name = StreamName::new(group, stream).map_err(|_| no_such_stream())?;
        let found = self.journal.stream(&name).await.map_err(unavailable)?;
        found.ok_or_else(no_such_stream)
    }

    /// Changes the properties of a log group that exists, giving it a row if it has none.
    pub(crate) async fn update_group(
        &self,
        call: &Call,
        group: &str,
        change: impl Fn(&mut Group),
    ) -> Result<(), ApiError> {
        let name = self.existing_group(call, group).await?;
        let key = Group::key(&call.region, group);
        let created_ms = match self.groups.get(&key) {
            Some(row) => row.value.created_ms,
            None => self.first_stream_ms(&name).await?.unwrap_or_else(|| self.clock.now_ms()),
        };
        let decide = |current: Option<&Group>| {
            let mut next =
                current.cloned().unwrap_or_else(|| Group::new(&call.region, group, created_ms));
            change(&mut next);
            Ok::<_, TableError>((current != Some(&next)).then_some(next))
        };
        self.groups.update(&key, decide).await.map(drop).map_err(unavailable)
    }

    /// Returns when the oldest stream of a group was created.
    async fn first_stream_ms(&self, group: &GroupName) -> Result<Option<i64>, ApiError> {
        let streams = self.journal.streams(group, "").await.map_err(unavailable)?;
        Ok(streams.iter().map(|stream| stream.created_ms).min())
    }
}
