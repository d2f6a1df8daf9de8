//! The builder of a work node.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hugr_auth::{Secret, SecretDigest};
use hugr_core::engine::Replica;
use hugr_core::{Error, ErrorCode, Result};

use super::{NodeBuilder, require_positive};
use crate::back_off::BackOff;
use crate::defaults;
use crate::link::Link;
use crate::node::{ClusterNode, WorkerParts};
use crate::url::NodeUrl;
use crate::worker::kept_settings::KeptSettings;
use crate::worker::reconciler::Reconciler;
use crate::worker::{Connection, WorkerSettings};

/// Builds a work node; from [`ClusterNode::worker`].
pub type WorkerBuilder = NodeBuilder<OfWorker>;

/// What work nodes alone are told.
#[derive(Debug)]
pub struct OfWorker {
    replica: Arc<dyn Replica>,
    management_url: String,
    advertise_url: String,
    start_limit: Duration,
    store_poll_interval: Duration,
    back_off: BackOff,
    state_directory: Option<PathBuf>,
}

impl WorkerBuilder {
    pub(crate) fn new(replica: Arc<dyn Replica>) -> Self {
        let own = OfWorker {
            replica,
            management_url: String::new(),
            advertise_url: String::new(),
            start_limit: defaults::START_LIMIT,
            store_poll_interval: defaults::STORE_POLL_INTERVAL,
            back_off: BackOff::default(),
            state_directory: None,
        };
        Self::of(own, defaults::WORKER_TIMEOUT)
    }

    /// Sets management's URL, like `http://management:14000`; required.
    pub fn with_management(mut self, url: impl Into<String>) -> Self {
        self.own.management_url = url.into();
        self
    }

    /// Sets the URL at which management reaches this node, like `http://worker-1:15000`; required.
    pub fn with_advertise_url(mut self, url: impl Into<String>) -> Self {
        self.own.advertise_url = url.into();
        self
    }

    /// Sets how long [`ClusterNode::start`] tries to reach management; 60 s by default.
    pub fn with_start_limit(mut self, start_limit: Duration) -> Self {
        self.own.start_limit = start_limit;
        self
    }

    /// Sets the directory in which the node keeps the settings that management sent last, sealed. With them it can start
    /// while management does not answer. By default nothing is kept. Nodes may share a directory.
    pub fn with_state_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.own.state_directory = Some(directory.into());
        self
    }

    /// Sets the pause between two looks at the core store that nobody asked for; 30 s by default.
    pub fn with_store_poll_interval(mut self, store_poll_interval: Duration) -> Self {
        self.own.store_poll_interval = store_poll_interval;
        self
    }

    /// Sets the pauses between attempts to connect.
    pub fn with_back_off(mut self, back_off: BackOff) -> Self {
        self.own.back_off = back_off;
        self
    }

    /// Returns the node.
    ///
    /// # Errors
    /// `BAD_REQUEST` naming the setting that is missing or not valid.
    pub fn build(self) -> Result<ClusterNode> {
        let keys = self.keys()?;
        require_positive(self.timeout, "CLUSTER_TIMEOUT")?;
        require_positive(self.own.store_poll_interval, "the store poll interval")?;
        let name = self.name.clone().filter(|name| !name.as_str().is_empty());
        let name = name.ok_or_else(|| {
            let setting = defaults::NODE_NAME_SETTING;
            Error::new(
                ErrorCode::BadRequest,
                format!("{setting} is not set; each node needs a unique name"),
            )
        })?;
        let management_url = NodeUrl::parse(&self.own.management_url, defaults::MANAGEMENT_URL_SETTING)?;
        let secret = self.secret.as_ref().map_or("", Secret::expose);
        let settings = WorkerSettings {
            secret: SecretDigest::of(secret.as_bytes()),
            kept: self
                .own
                .state_directory
                .as_deref()
                .map(|folder| KeptSettings::of(&name, folder)),
            name,
            url: NodeUrl::parse(&self.own.advertise_url, defaults::NODE_URL_SETTING)?,
            version: self.version.clone(),
            start_limit: self.own.start_limit,
            back_off: self.own.back_off,
        };
        let link = Link::new(
            "management node",
            &management_url,
            Arc::clone(&keys),
            self.timeout,
            &self.authorities,
        )?;
        let guard = self.guard(&keys);
        let reconciler = Reconciler::new(
            Arc::clone(&self.own.replica),
            self.own.back_off,
            self.own.store_poll_interval,
        );
        let reconciler = Arc::new(reconciler);
        let connection = Connection::new(
            settings,
            link.clone(),
            keys,
            Arc::clone(&self.own.replica),
            Arc::clone(&reconciler),
        );
        Ok(ClusterNode::of_worker(
            guard,
            WorkerParts {
                management_url,
                link,
                replica: self.own.replica,
                reconciler,
                connection: Arc::new(connection),
            },
        ))
    }
}
