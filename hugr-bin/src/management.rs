//! The program `hugr-management`: coordinates the work nodes of a cluster, answers no queries.

use hugr_auth::AuthSettings;
use hugr_cluster::ClusterNode;

use crate::auth::{self, WatchedFile};
use crate::config::ManagementConfig;
use crate::core_store::{self, Opening};
use crate::probe::{self, Readiness};
use crate::program::{Failure, Start};
use crate::serve::{self, EndSignal};
use crate::telemetry;
use crate::tls::authorities;

/// Runs the management node until the process is told to end.
///
/// # Errors
/// When an address cannot be listened on, the core store cannot be opened, or a setting of the cluster is unusable.
pub async fn run(start: Start<ManagementConfig>) -> Result<(), Failure> {
    let Start { config, metrics, .. } = start;
    let grace = config.log.shutdown_grace;
    let mut end = EndSignal::listen()?;
    let listening = serve::bind_with(&config.bind, config.listen.tls()?).await?;
    let address = listening.address();
    let secret = config.cluster.secret()?;
    let sessions = auth::session_key(&secret);
    let with_sessions = move |settings: AuthSettings| AuthSettings {
        session_key: Some(sessions.clone()),
        ..settings
    };
    let effective = config.auth.effective()?;
    telemetry::log_warnings(&effective.warnings);
    let opening = Opening {
        extensions: config.db_extension_directory.as_deref(),
        cluster_secret: Some(&secret),
    };
    let store = core_store::open(&config.core_store, opening).await?;
    let mut builder = ClusterNode::management(store)
        .with_secret(secret)
        .with_timeout(config.cluster.timeout)
        .with_check_interval(config.cluster.check)
        .with_auth_settings(with_sessions(effective.settings));
    if let Some(pem) = authorities::read(config.cluster.cluster_ca_file.as_deref()).await? {
        builder = builder.with_authorities(pem);
    }
    let node = builder.build()?;

    // Management has nothing to wait for: it is ready when it listens.
    let probes = probe::routes(Readiness::new(|| Ok(())), metrics);
    let mut servers = vec![(listening, node.routes().merge(probes.clone()))];
    if let Some(address) = &config.listen.service_bind {
        servers.push((serve::bind(address).await?, probes));
    }
    let serving = serve::start(servers, grace);
    let running = node.start().await?;
    tracing::info!(%address, "management node is ready");

    let file = WatchedFile::of(&config.auth).await;
    let distributed = |settings| running.distribute_auth_settings(with_sessions(settings));
    tokio::select! {
        ended = end.arrived() => ended?,
        () = auth::watch(file, distributed) => {}
    }
    tracing::info!("stopping");
    let (served, left) = tokio::join!(serving.stop(), running.shutdown(grace));
    served?;
    if let Err(error) = left {
        tracing::warn!(%error, "the node was ended before all its tasks had stopped");
    }
    Ok(())
}
