//! The program `hugr-server`: answers queries, alone or as a work node of a cluster.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use hugr_auth::AuthSettings;
use hugr_cluster::{ClusterNode, RemoteCoreStore, RunningNode};
use hugr_core::engine::Replica as _;
use hugr_core::http::RouterOptions;
use hugr_core::store::{CoreStore, StoreAccess};
use hugr_core::{HugrEngine, HugrEngineBuilder};
use metrics_exporter_prometheus::PrometheusHandle;

use crate::answer_cache;
use crate::auth::{self, WatchedFile};
use crate::config::cluster::Membership;
use crate::config::{Environment, ServerConfig};
use crate::core_store::{self, Opening};
use crate::engine_config::engine_config;
use crate::probe::{self, Readiness};
use crate::program::{Failure, Start};
use crate::serve::{self, EndSignal, Listening, Serving};
use crate::telemetry;
use crate::tls::authorities;

/// Runs the server until the process is told to end.
///
/// # Errors
/// When an address cannot be listened on, the core store or DuckDB cannot be opened, or the management node refuses
/// this node or does not answer.
pub async fn run(start: Start<ServerConfig>) -> Result<(), Failure> {
    let Start {
        config,
        environment,
        metrics,
    } = start;
    let end = EndSignal::listen()?;
    let listening = serve::bind_with(&config.bind, config.listen.tls()?).await?;
    let membership = config
        .cluster
        .membership(environment.get("HOSTNAME")?.as_deref())?;
    let server = Server {
        config,
        environment,
        metrics,
        is_joined: Arc::default(),
    };
    match membership {
        Some(membership) => server.work(listening, membership, end).await,
        None => server.stand_alone(listening, end).await,
    }
}

/// What both ways to run need.
struct Server {
    config: ServerConfig,
    environment: Environment,
    metrics: PrometheusHandle,
    /// Whether the cluster has taken the node; a server that stands alone has none to wait for.
    is_joined: Arc<AtomicBool>,
}

impl Server {
    /// Returns what engines alone and in a cluster have in common.
    async fn engine_builder(&self) -> Result<HugrEngineBuilder, Failure> {
        let builder = HugrEngine::builder().with_config(engine_config(&self.config, &self.environment));
        Ok(answer_cache::with_cache(builder, &self.config.cache).await?)
    }

    async fn stand_alone(self, listening: Listening, mut end: EndSignal) -> Result<(), Failure> {
        let effective = self.config.auth.effective()?;
        telemetry::log_warnings(&effective.warnings);
        let engine = self
            .engine_builder()
            .await?
            .with_shared_core_store(self.own_store().await?)
            .with_auth_settings(effective.settings)
            .build()
            .await?;
        self.is_joined.store(true, Ordering::Relaxed);
        let address = listening.address();
        let serving = self.serve(listening, &engine, Router::new()).await?;
        tracing::info!(%address, "server is ready");

        let file = WatchedFile::of(&self.config.auth).await;
        let applied = |settings: AuthSettings| engine.apply_auth(&settings);
        tokio::select! {
            ended = end.arrived() => ended?,
            () = auth::watch(file, applied) => {}
        }
        tracing::info!("stopping");
        serving.stop().await?;
        engine.close().await;
        Ok(())
    }

    /// Serves as a work node. Serving begins before the node joins: management calls back at once.
    async fn work(
        self,
        listening: Listening,
        membership: Membership,
        mut end: EndSignal,
    ) -> Result<(), Failure> {
        let store = tokio::select! {
            store = self.shared_store(&membership) => store?,
            signal = end.arrived() => return Ok(signal?),
        };
        // Refuses every request until management's authentication settings arrive.
        let engine = self
            .engine_builder()
            .await?
            .with_shared_core_store(store)
            .for_cluster()
            .build()
            .await?;
        let node = node_of(&engine, membership).await?;
        let address = listening.address();
        let serving = self.serve(listening, &engine, node.routes()).await?;
        let running = tokio::select! {
            running = node.start() => running?,
            signal = end.arrived() => return Ok(signal.and(serving.stop().await)?),
        };
        self.is_joined.store(true, Ordering::Relaxed);
        tracing::info!(%address, "work node is ready");

        end.arrived().await?;
        self.leave(running, serving).await?;
        engine.close().await;
        Ok(())
    }

    /// Takes the node out of the cluster while requests in flight finish.
    async fn leave(&self, running: RunningNode, serving: Serving) -> Result<(), Failure> {
        tracing::info!("stopping");
        let (served, left) = tokio::join!(serving.stop(), running.shutdown(self.config.log.shutdown_grace));
        served?;
        if let Err(error) = left {
            tracing::warn!(%error, "the node was ended before all its tasks had stopped");
        }
        Ok(())
    }

    /// Opens the configured core store.
    async fn own_store(&self) -> Result<Arc<dyn CoreStore>, Failure> {
        let opening = Opening {
            extensions: self.config.duckdb.db_extension_directory.as_deref(),
            cluster_secret: self.config.cluster.cluster_secret.as_ref(),
        };
        Ok(core_store::open(&self.config.core_store, opening).await?)
    }

    /// Opens the core store that the cluster shares: the configured database, else management's. What a read-only store
    /// cannot keep, which sources are loaded and which object storages there are, the nodes share in management's memory.
    async fn shared_store(&self, membership: &Membership) -> Result<Arc<dyn CoreStore>, Failure> {
        let mut builder =
            RemoteCoreStore::builder(membership.management_url.clone(), membership.secret.clone())
                .with_timeout(membership.timeout);
        if self.config.core_store.core_db_path.is_some() {
            let own = self.own_store().await?;
            if own.access() == StoreAccess::ReadWrite {
                return Ok(own);
            }
            builder = builder.with_content(own.snapshot().await?);
        }
        if let Some(pem) = authorities::read(membership.authorities_file.as_deref()).await? {
            builder = builder.with_authorities(pem);
        }
        let store = builder.connect().await?;
        tracing::info!(store = %store.describe(), "core store opened");
        Ok(Arc::new(store))
    }

    /// Serves the engine and `more` on the listener, and the probes on the second one where that is configured.
    async fn serve(
        &self,
        listening: Listening,
        engine: &HugrEngine,
        more: Router,
    ) -> Result<Serving, Failure> {
        let (metrics, is_joined) = (self.metrics.clone(), Arc::clone(&self.is_joined));
        let options = RouterOptions::default()
            .with_metrics(move || metrics.render())
            .with_ready_check(move || is_joined.load(Ordering::Relaxed))
            .with_trusted_proxies(self.config.listen.trusted_proxies.iter().copied());
        let options = match self.config.cors.options() {
            Some(cors) => options.with_cors(cors),
            None => options,
        };
        let mut servers = vec![(listening, engine.router_with(options).merge(more))];
        if let Some(address) = &self.config.listen.service_bind {
            let probes = probe::routes(self.readiness(engine.clone()), self.metrics.clone());
            servers.push((serve::bind(address).await?, probes));
        }
        Ok(serve::start(servers, self.config.log.shutdown_grace))
    }

    fn readiness(&self, engine: HugrEngine) -> Readiness {
        let is_joined = Arc::clone(&self.is_joined);
        Readiness::new(move || {
            if !engine.is_ready() {
                return Err("data sources are being loaded".to_owned());
            }
            if !is_joined.load(Ordering::Relaxed) {
                return Err("the node has not joined its cluster".to_owned());
            }
            Ok(())
        })
    }
}

/// Returns the node that `engine` is in its cluster.
async fn node_of(engine: &HugrEngine, membership: Membership) -> Result<ClusterNode, Failure> {
    let mut builder = ClusterNode::worker(Arc::new(engine.clone()))
        .with_name(membership.node_name)
        .with_management(membership.management_url)
        .with_advertise_url(membership.node_url)
        .with_secret(membership.secret)
        .with_timeout(membership.timeout)
        .with_state_directory(membership.state_directory);
    if let Some(pem) = authorities::read(membership.authorities_file.as_deref()).await? {
        builder = builder.with_authorities(pem);
    }
    Ok(builder.build()?)
}
