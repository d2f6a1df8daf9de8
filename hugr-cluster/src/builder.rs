//! Builders of nodes. Nothing fails before `build`, which checks everything and does no I/O.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hugr_auth::{AuthSettings, Secret, SecretDigest};
use hugr_core::engine::Replica;
use hugr_core::name::NodeName;
use hugr_core::store::CoreStore;
use hugr_core::{Error, ErrorCode, Result};

use crate::back_off::BackOff;
use crate::defaults;
use crate::link::Link;
use crate::management::{Coordinator, CoordinatorSettings};
use crate::node::{ClusterNode, WorkerParts};
use crate::secret::ClusterKeys;
use crate::secret::guard::CallGuard;
use crate::url::NodeUrl;
use crate::worker::kept_settings::KeptSettings;
use crate::worker::reconciler::Reconciler;
use crate::worker::{Connection, WorkerSettings};

/// What both kinds of nodes can be told.
#[derive(Clone, Debug)]
struct Shared {
    name: Option<NodeName>,
    secret: Option<Secret>,
    version: String,
    timeout: Duration,
    clock_window: Duration,
}

impl Shared {
    fn new(timeout: Duration) -> Self {
        Self {
            name: None,
            secret: None,
            version: defaults::VERSION.to_owned(),
            timeout,
            clock_window: defaults::CLOCK_WINDOW,
        }
    }

    fn keys(&self) -> Result<Arc<ClusterKeys>> {
        let secret = self.secret.clone().unwrap_or_else(|| Secret::new(""));
        ClusterKeys::derive(&secret).map(Arc::new)
    }

    fn guard(&self, keys: &Arc<ClusterKeys>) -> Arc<CallGuard> {
        Arc::new(CallGuard::new(Arc::clone(keys), self.clock_window))
    }
}

/// Builds a management node; from [`ClusterNode::management`].
#[derive(Debug)]
#[must_use]
pub struct ManagementBuilder {
    shared: Shared,
    store: Arc<dyn CoreStore>,
    check_interval: Duration,
    auth: AuthSettings,
}

impl ManagementBuilder {
    pub(crate) fn new(store: Arc<dyn CoreStore>) -> Self {
        Self {
            shared: Shared::new(defaults::MANAGEMENT_TIMEOUT),
            store,
            check_interval: defaults::CHECK_INTERVAL,
            auth: AuthSettings::default(),
        }
    }

    /// Names the node, for logs; `management` by default.
    pub fn with_name(mut self, name: impl Into<NodeName>) -> Self {
        self.shared.name = Some(name.into());
        self
    }

    /// Sets the secret that all nodes of the cluster share; required.
    pub fn with_secret(mut self, secret: Secret) -> Self {
        self.shared.secret = Some(secret);
        self
    }

    /// Sets the deadline of each call to a node; 30 s by default.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.shared.timeout = timeout;
        self
    }

    /// Sets the pause between two health checks of a node; 60 s by default.
    pub fn with_check_interval(mut self, check_interval: Duration) -> Self {
        self.check_interval = check_interval;
        self
    }

    /// Sets the authentication settings that all work nodes use.
    pub fn with_auth_settings(mut self, auth: AuthSettings) -> Self {
        self.auth = auth;
        self
    }

    /// Sets the version of the software, which work nodes must share; this crate's by default.
    pub fn with_version(mut self, version: impl Into<String>) -> Self {
        self.shared.version = version.into();
        self
    }

    /// Sets how far the clocks of two nodes may be apart; 60 s by default.
    pub fn with_clock_window(mut self, clock_window: Duration) -> Self {
        self.shared.clock_window = clock_window;
        self
    }

    /// Returns the node.
    ///
    /// # Errors
    /// `BAD_REQUEST` naming the setting that is missing or not valid.
    pub fn build(self) -> Result<ClusterNode> {
        let keys = self.shared.keys()?;
        require_positive(self.shared.timeout, "TIMEOUT")?;
        require_positive(self.check_interval, "CHECK")?;
        let settings = CoordinatorSettings {
            timeout: self.shared.timeout,
            check_interval: self.check_interval,
            version: self.shared.version.clone(),
        };
        let guard = self.shared.guard(&keys);
        let name = self.shared.name.unwrap_or_else(|| NodeName::from("management"));
        let coordinator = Coordinator::new(self.store, keys, self.auth, settings);
        Ok(ClusterNode::of_management(name, guard, Arc::new(coordinator)))
    }
}

/// Builds a work node; from [`ClusterNode::worker`].
#[derive(Debug)]
#[must_use]
pub struct WorkerBuilder {
    shared: Shared,
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
        Self {
            shared: Shared::new(defaults::WORKER_TIMEOUT),
            replica,
            management_url: String::new(),
            advertise_url: String::new(),
            start_limit: defaults::START_LIMIT,
            store_poll_interval: defaults::STORE_POLL_INTERVAL,
            back_off: BackOff::default(),
            state_directory: None,
        }
    }

    /// Sets the node's name, unique in the cluster; required.
    pub fn with_name(mut self, name: impl Into<NodeName>) -> Self {
        self.shared.name = Some(name.into());
        self
    }

    /// Sets management's URL, like `http://management:14000`; required.
    pub fn with_management(mut self, url: impl Into<String>) -> Self {
        self.management_url = url.into();
        self
    }

    /// Sets the URL at which management reaches this node, like `http://worker-1:15000`; required.
    pub fn with_advertise_url(mut self, url: impl Into<String>) -> Self {
        self.advertise_url = url.into();
        self
    }

    /// Sets the secret that all nodes of the cluster share; required.
    pub fn with_secret(mut self, secret: Secret) -> Self {
        self.shared.secret = Some(secret);
        self
    }

    /// Sets the deadline of each call to management; 5 s by default.
    ///
    /// A load or unload has the time of management's roll-out on top.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.shared.timeout = timeout;
        self
    }

    /// Sets how long [`ClusterNode::start`] tries to reach management; 60 s by default.
    pub fn with_start_limit(mut self, start_limit: Duration) -> Self {
        self.start_limit = start_limit;
        self
    }

    /// Sets the directory in which the node keeps the settings that management sent last, sealed. With them it can start
    /// while management does not answer. By default nothing is kept. Nodes may share a directory.
    pub fn with_state_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.state_directory = Some(directory.into());
        self
    }

    /// Sets the pause between two looks at the core store that nobody asked for; 30 s by default.
    pub fn with_store_poll_interval(mut self, store_poll_interval: Duration) -> Self {
        self.store_poll_interval = store_poll_interval;
        self
    }

    /// Sets the pauses between attempts to connect.
    pub fn with_back_off(mut self, back_off: BackOff) -> Self {
        self.back_off = back_off;
        self
    }

    /// Sets the version of the software, which must be management's; this crate's by default.
    pub fn with_version(mut self, version: impl Into<String>) -> Self {
        self.shared.version = version.into();
        self
    }

    /// Sets how far the clocks of two nodes may be apart; 60 s by default.
    pub fn with_clock_window(mut self, clock_window: Duration) -> Self {
        self.shared.clock_window = clock_window;
        self
    }

    /// Returns the node.
    ///
    /// # Errors
    /// `BAD_REQUEST` naming the setting that is missing or not valid.
    pub fn build(self) -> Result<ClusterNode> {
        let keys = self.shared.keys()?;
        require_positive(self.shared.timeout, "CLUSTER_TIMEOUT")?;
        require_positive(self.store_poll_interval, "the store poll interval")?;
        let name = self.shared.name.clone().filter(|name| !name.as_str().is_empty());
        let name = name.ok_or_else(|| {
            let setting = defaults::NODE_NAME_SETTING;
            Error::new(
                ErrorCode::BadRequest,
                format!("{setting} is not set; each node needs a unique name"),
            )
        })?;
        let management_url = NodeUrl::parse(&self.management_url, defaults::MANAGEMENT_URL_SETTING)?;
        let secret = self.shared.secret.as_ref().map_or("", Secret::expose);
        let settings = WorkerSettings {
            secret: SecretDigest::of(secret.as_bytes()),
            kept: self
                .state_directory
                .as_deref()
                .map(|folder| KeptSettings::of(&name, folder)),
            name,
            url: NodeUrl::parse(&self.advertise_url, defaults::NODE_URL_SETTING)?,
            version: self.shared.version.clone(),
            start_limit: self.start_limit,
            back_off: self.back_off,
        };
        let link = Link::new(
            "management node",
            &management_url,
            Arc::clone(&keys),
            self.shared.timeout,
        )?;
        let guard = self.shared.guard(&keys);
        let reconciler = Reconciler::new(Arc::clone(&self.replica), self.back_off, self.store_poll_interval);
        let reconciler = Arc::new(reconciler);
        let connection = Connection::new(
            settings,
            link.clone(),
            keys,
            Arc::clone(&self.replica),
            Arc::clone(&reconciler),
        );
        Ok(ClusterNode::of_worker(
            guard,
            WorkerParts {
                management_url,
                link,
                replica: self.replica,
                reconciler,
                connection: Arc::new(connection),
            },
        ))
    }
}

fn require_positive(duration: Duration, setting: &str) -> Result<()> {
    if duration.is_zero() {
        let message = format!("{setting} is zero; it must be longer");
        return Err(Error::new(ErrorCode::BadRequest, message));
    }
    Ok(())
}
