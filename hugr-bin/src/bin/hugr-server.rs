//! Answers GraphQL queries over the data sources.

use std::process::ExitCode;

use hugr_auth::AuthChain;
use hugr_bin::config::{Environment, ServerConfig};
use hugr_bin::engine_config::engine_config;
use hugr_bin::probe::{self, Readiness};
use hugr_bin::program::{self, Failure, Start};
use hugr_bin::{core_store, serve};
use hugr_core::HugrEngine;
use hugr_core::http::RouterOptions;
use metrics_exporter_prometheus::PrometheusHandle;

fn main() -> ExitCode {
    program::run(answer)
}

/// Runs the server until it is told to end.
async fn answer(start: Start<ServerConfig>) -> Result<(), Failure> {
    let Start {
        config,
        environment,
        metrics,
    } = start;
    let grace = config.log.shutdown_grace;
    let listening = serve::bind(&config.bind).await?;
    let address = listening.address();
    let engine = open_engine(&config, &environment).await?;

    let mut servers = vec![(listening, engine.router_with(router_options(metrics.clone())))];
    if let Some(address) = &config.listen.service_bind {
        let probes = probe::routes(readiness(engine.clone()), metrics);
        servers.push((serve::bind(address).await?, probes));
    }
    let serving = serve::start(servers, grace);
    tracing::info!(%address, "server is ready");

    serve::wait_for_signal().await?;
    tracing::info!("stopping");
    serving.stop().await?;
    engine.close().await;
    Ok(())
}

async fn open_engine(config: &ServerConfig, environment: &Environment) -> Result<HugrEngine, Failure> {
    let engine = HugrEngine::builder()
        .with_shared_core_store(core_store::open(&config.core_store).await?)
        .with_auth(AuthChain::from_settings(&config.auth.settings())?)
        .with_config(engine_config(config, environment));
    Ok(engine.build().await?)
}

fn router_options(metrics: PrometheusHandle) -> RouterOptions {
    RouterOptions::default().with_metrics(move || metrics.render())
}

fn readiness(engine: HugrEngine) -> Readiness {
    Readiness::new(move || match engine.is_ready() {
        true => Ok(()),
        false => Err("data sources are being loaded".to_owned()),
    })
}
