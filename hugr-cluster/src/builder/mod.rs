//! Builders of nodes. Nothing fails before `build`, which checks everything and does no I/O.
//!
//! Reading order: this file (what both kinds of nodes can be told), [`management`], [`worker`].

mod management;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use hugr_auth::Secret;
use hugr_core::name::NodeName;
use hugr_core::{Error, ErrorCode, Result};

pub use self::management::{ManagementBuilder, OfManagement};
pub use self::worker::{OfWorker, WorkerBuilder};
use crate::authorities::Authorities;
use crate::defaults;
use crate::secret::ClusterKeys;
use crate::secret::guard::CallGuard;

/// Builds a node: a [`ManagementBuilder`] or a [`WorkerBuilder`], which have settings of their own beside these.
#[derive(Debug)]
#[must_use]
pub struct NodeBuilder<R> {
    name: Option<NodeName>,
    secret: Option<Secret>,
    version: String,
    timeout: Duration,
    clock_window: Duration,
    authorities: Authorities,
    /// What nodes of this kind alone are told.
    own: R,
}

impl<R> NodeBuilder<R> {
    fn of(own: R, timeout: Duration) -> Self {
        Self {
            name: None,
            secret: None,
            version: defaults::VERSION.to_owned(),
            timeout,
            clock_window: defaults::CLOCK_WINDOW,
            authorities: Authorities::default(),
            own,
        }
    }

    /// Sets the node's name: required for a work node, whose name is its own in the cluster; `management` by default for a
    /// management node, in its logs.
    pub fn with_name(mut self, name: impl Into<NodeName>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the secret that all nodes of the cluster share; required.
    pub fn with_secret(mut self, secret: Secret) -> Self {
        self.secret = Some(secret);
        self
    }

    /// Sets the deadline of each call to another node; 30 s by default from management, 5 s from a work node.
    ///
    /// A load or unload has the time of management's roll-out on top.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the version of the software, the same on all nodes; this crate's by default.
    pub fn with_version(mut self, version: impl Into<String>) -> Self {
        self.version = version.into();
        self
    }

    /// Sets how far the clocks of two nodes may be apart; 60 s by default.
    pub fn with_clock_window(mut self, clock_window: Duration) -> Self {
        self.clock_window = clock_window;
        self
    }

    /// Sets the certificates (PEM) of the authorities that sign those of nodes at `https://` URLs; the system's by default.
    pub fn with_authorities(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.authorities = Authorities::of_pem(pem);
        self
    }

    fn keys(&self) -> Result<Arc<ClusterKeys>> {
        let secret = self.secret.clone().unwrap_or_else(|| Secret::new(""));
        ClusterKeys::derive(&secret).map(Arc::new)
    }

    fn guard(&self, keys: &Arc<ClusterKeys>) -> Arc<CallGuard> {
        Arc::new(CallGuard::new(Arc::clone(keys), self.clock_window))
    }
}

fn require_positive(duration: Duration, setting: &str) -> Result<()> {
    if duration.is_zero() {
        let message = format!("{setting} is zero; it must be longer");
        return Err(Error::new(ErrorCode::BadRequest, message));
    }
    Ok(())
}
