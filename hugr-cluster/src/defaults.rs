//! Names and defaults of settings, as users know them.

use std::time::Duration;

/// Setting that holds management's URL.
pub(crate) const MANAGEMENT_URL_SETTING: &str = "CLUSTER_MANAGEMENT_URL";

/// Setting that holds the URL at which management reaches a node.
pub(crate) const NODE_URL_SETTING: &str = "CLUSTER_NODE_URL";

/// Setting that holds a node's name.
pub(crate) const NODE_NAME_SETTING: &str = "CLUSTER_NODE_NAME";

/// Deadline of a worker's calls to management.
pub(crate) const WORKER_TIMEOUT: Duration = Duration::from_secs(5);

/// Deadline of management's calls to a node.
pub(crate) const MANAGEMENT_TIMEOUT: Duration = Duration::from_secs(30);

/// Pause between two health checks of a node.
pub(crate) const CHECK_INTERVAL: Duration = Duration::from_secs(60);

/// How long a worker tries to connect at start.
pub(crate) const START_LIMIT: Duration = Duration::from_secs(60);

/// Pause between two looks at the core store that nobody asked for.
pub(crate) const STORE_POLL_INTERVAL: Duration = Duration::from_secs(30);

/// How far the clocks of two nodes may be apart.
pub(crate) const CLOCK_WINDOW: Duration = Duration::from_secs(60);

/// Version of the software.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
