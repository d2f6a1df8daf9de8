//! The builder of a management node.

use std::sync::Arc;
use std::time::Duration;

use hugr_auth::AuthSettings;
use hugr_core::Result;
use hugr_core::name::NodeName;
use hugr_core::store::CoreStore;

use super::{NodeBuilder, require_positive};
use crate::defaults;
use crate::management::{Coordinator, CoordinatorSettings};
use crate::node::ClusterNode;

/// Builds a management node; from [`ClusterNode::management`].
pub type ManagementBuilder = NodeBuilder<OfManagement>;

/// What management nodes alone are told.
#[derive(Debug)]
pub struct OfManagement {
    store: Arc<dyn CoreStore>,
    check_interval: Duration,
    auth: AuthSettings,
}

impl ManagementBuilder {
    pub(crate) fn new(store: Arc<dyn CoreStore>) -> Self {
        let own = OfManagement {
            store,
            check_interval: defaults::CHECK_INTERVAL,
            auth: AuthSettings::default(),
        };
        Self::of(own, defaults::MANAGEMENT_TIMEOUT)
    }

    /// Sets the pause between two health checks of a node; 60 s by default.
    pub fn with_check_interval(mut self, check_interval: Duration) -> Self {
        self.own.check_interval = check_interval;
        self
    }

    /// Sets the authentication settings that all work nodes use.
    pub fn with_auth_settings(mut self, auth: AuthSettings) -> Self {
        self.own.auth = auth;
        self
    }

    /// Returns the node.
    ///
    /// # Errors
    /// `BAD_REQUEST` naming the setting that is missing or not valid.
    pub fn build(self) -> Result<ClusterNode> {
        let keys = self.keys()?;
        require_positive(self.timeout, "TIMEOUT")?;
        require_positive(self.own.check_interval, "CHECK")?;
        let guard = self.guard(&keys);
        let settings = CoordinatorSettings {
            timeout: self.timeout,
            check_interval: self.own.check_interval,
            version: self.version,
            authorities: self.authorities,
        };
        let name = self.name.unwrap_or_else(|| NodeName::from("management"));
        let coordinator = Coordinator::new(self.own.store, keys, self.own.auth, settings);
        Ok(ClusterNode::of_management(name, guard, Arc::new(coordinator)))
    }
}
