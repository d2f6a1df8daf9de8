//! The engine inside a host's axum app, in two ways: the engine's own endpoints below a path, and one GraphQL endpoint
//! through `async-graphql-axum`, which mounts any `async_graphql::Executor`.
//!
//! `cargo run --example axum_embed`, or with `-- --check` to send itself a request and end.
#![expect(
    clippy::print_stdout,
    reason = "it tells where it listens and what it was answered"
)]

use std::future::IntoFuture as _;
use std::net::SocketAddr;

use async_graphql_axum::GraphQL;
use axum::Router;
use axum::routing::get;
use hugr_core::HugrEngine;
use hugr_examples::{Mode, Outcome, Shop, ask};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

const QUERY: &str = "{ orders_by_pk(id: 12) { total customer { name } } }";

#[tokio::main]
async fn main() -> Outcome {
    let shop = Shop::create().await?;
    let engine = shop.engine().await?;
    let mode = Mode::from_arguments();
    let listener = TcpListener::bind(mode.address()).await?;
    match mode {
        Mode::Serve => {
            let address = listener.local_addr()?;
            println!("http://{address}/graphql and, with all endpoints, http://{address}/hugr/admin");
            let interrupted = async {
                // Without a signal handler the server runs on.
                let _ = tokio::signal::ctrl_c().await;
            };
            axum::serve(listener, app(&engine))
                .with_graceful_shutdown(interrupted)
                .await?;
        }
        Mode::Check => {
            for answer in check(listener, app(&engine)).await? {
                println!("{answer}");
            }
        }
    }
    engine.close().await;
    Ok(())
}

/// The host's app.
fn app(engine: &HugrEngine) -> Router {
    Router::new()
        .route("/", get(|| async { "the host's own page" }))
        .route_service("/graphql", GraphQL::new(engine.clone()))
        .nest("/hugr", engine.router())
}

/// Serves `app` for as long as it takes to ask both endpoints.
async fn check(listener: TcpListener, app: Router) -> Outcome<[Value; 2]> {
    let address: SocketAddr = listener.local_addr()?;
    let (stop, stopped) = oneshot::channel::<()>();
    let server = axum::serve(listener, app).with_graceful_shutdown(async {
        // A dropped sender stops the server too.
        let _ = stopped.await;
    });
    let server = tokio::spawn(server.into_future());
    let answers = [
        ask(&format!("http://{address}/graphql"), QUERY).await?,
        ask(&format!("http://{address}/hugr/query"), QUERY).await?,
    ];
    drop(stop);
    server.await??;
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use hugr_examples::{Mode, Outcome, Shop};
    use serde_json::json;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn both_ways_answer_alike() -> Outcome {
        let shop = Shop::create().await?;
        let app = super::app(&shop.engine().await?);
        let listener = TcpListener::bind(Mode::Check.address()).await?;
        let order = json!({ "total": 32.5, "customer": { "name": "Ben" } });
        let expected = json!({ "data": { "orders_by_pk": order } });
        assert_eq!(super::check(listener, app).await?, [expected.clone(), expected]);
        Ok(())
    }
}
