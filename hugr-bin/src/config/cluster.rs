//! How a node takes part in a cluster.

use std::path::PathBuf;
use std::time::Duration;

use hugr_auth::Secret;

use super::error::ConfigError;
use super::value;

/// A work node's part in a cluster.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Cluster")]
pub struct WorkerConfig {
    /// URL of the management node; without it the server stands alone
    #[arg(long, env = "CLUSTER_MANAGEMENT_URL", value_name = "URL")]
    pub cluster_management_url: Option<String>,

    /// Secret that all nodes share
    #[arg(long, env = "CLUSTER_SECRET", value_name = "SECRET", value_parser = value::secret)]
    pub cluster_secret: Option<Secret>,

    /// Name of this node, its own in the cluster; the host's name when not set
    #[arg(long, env = "CLUSTER_NODE_NAME", value_name = "NAME")]
    pub cluster_node_name: Option<String>,

    /// URL at which the management node reaches this node
    #[arg(long, env = "CLUSTER_NODE_URL", value_name = "URL")]
    pub cluster_node_url: Option<String>,

    /// Time for each call to the management node
    #[arg(long, env = "CLUSTER_TIMEOUT", value_name = "DURATION", value_parser = value::duration, default_value = "5s")]
    pub cluster_timeout: Duration,

    /// Directory in which the node keeps management's settings, sealed, to start with while management is down
    #[arg(
        long,
        env = "CLUSTER_STATE_DIRECTORY",
        value_name = "DIRECTORY",
        default_value = ".hugr"
    )]
    pub cluster_state_directory: PathBuf,

    /// Certificates (PEM) of the authorities that sign those of nodes at https:// URLs; the system's when not set
    #[arg(long, env = "CLUSTER_CA_FILE", value_name = "FILE")]
    pub cluster_ca_file: Option<PathBuf>,
}

/// The membership of a work node, complete.
#[derive(Clone, Debug)]
pub struct Membership {
    /// URL of the management node.
    pub management_url: String,
    /// Secret that all nodes share.
    pub secret: Secret,
    /// Name of this node.
    pub node_name: String,
    /// URL at which the management node reaches this node.
    pub node_url: String,
    /// Time for each call to the management node.
    pub timeout: Duration,
    /// Directory in which the node keeps management's settings.
    pub state_directory: PathBuf,
    /// File with the certificates of the authorities that sign management's; the system's when there is none.
    pub authorities_file: Option<PathBuf>,
}

impl WorkerConfig {
    /// Returns the membership, or `None` for a server that stands alone. `host_name` names a node without a name.
    ///
    /// # Errors
    /// When a management node is set and the secret, the node's name or its URL is missing.
    pub fn membership(&self, host_name: Option<&str>) -> Result<Option<Membership>, ConfigError> {
        let Some(management_url) = self.cluster_management_url.clone() else {
            return Ok(None);
        };
        let missing = |name: &str| ConfigError::variable(name, "must be set when CLUSTER_MANAGEMENT_URL is");
        let name = self.cluster_node_name.as_deref().or(host_name);
        Ok(Some(Membership {
            management_url,
            secret: self
                .cluster_secret
                .clone()
                .ok_or_else(|| missing("CLUSTER_SECRET"))?,
            node_name: name.ok_or_else(|| missing("CLUSTER_NODE_NAME"))?.to_owned(),
            node_url: self
                .cluster_node_url
                .clone()
                .ok_or_else(|| missing("CLUSTER_NODE_URL"))?,
            timeout: self.cluster_timeout,
            state_directory: self.cluster_state_directory.clone(),
            authorities_file: self.cluster_ca_file.clone(),
        }))
    }
}

/// The management node's part in a cluster.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Cluster")]
pub struct CoordinatorConfig {
    /// Secret that all nodes share
    #[arg(long, env = "CLUSTER_SECRET", value_name = "SECRET", value_parser = value::secret)]
    pub cluster_secret: Option<Secret>,

    /// Time for each call to a work node
    #[arg(long, env = "TIMEOUT", value_name = "DURATION", value_parser = value::duration, default_value = "30s")]
    pub timeout: Duration,

    /// Time between two health checks of a work node
    #[arg(long, env = "CHECK", value_name = "DURATION", value_parser = value::duration, default_value = "1m")]
    pub check: Duration,

    /// Certificates (PEM) of the authorities that sign those of nodes at https:// URLs; the system's when not set
    #[arg(long, env = "CLUSTER_CA_FILE", value_name = "FILE")]
    pub cluster_ca_file: Option<PathBuf>,
}

impl CoordinatorConfig {
    /// Returns the secret.
    ///
    /// # Errors
    /// When it is not set.
    pub fn secret(&self) -> Result<Secret, ConfigError> {
        let missing = || ConfigError::variable("CLUSTER_SECRET", "must be set, the same on all nodes");
        self.cluster_secret.clone().ok_or_else(missing)
    }

    /// Checks what the types of the values do not say.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        self.secret()?;
        for (name, value) in [("TIMEOUT", self.timeout), ("CHECK", self.check)] {
            if value.is_zero() {
                return Err(ConfigError::variable(name, "must be longer than 0s"));
            }
        }
        Ok(())
    }
}
