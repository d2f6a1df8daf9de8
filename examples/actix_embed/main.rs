//! The engine inside a host's actix-web app, through `async-graphql-actix-web`, which mounts any `async_graphql::Executor`.
//!
//! `cargo run --example actix_embed`, or with `-- --check` to send itself a request and end.
#![expect(
    clippy::print_stdout,
    reason = "it tells where it listens and what it was answered"
)]

use actix_web::dev::Server;
use actix_web::{App, HttpServer, guard, web};
use async_graphql_actix_web::GraphQL;
use hugr_core::HugrEngine;
use hugr_examples::{Mode, Outcome, Shop, ask};
use serde_json::Value;

const QUERY: &str = "{ orders_by_pk(id: 12) { total customer { name } } }";

#[actix_web::main]
async fn main() -> Outcome {
    let shop = Shop::create().await?;
    let engine = shop.engine().await?;
    let mode = Mode::from_arguments();
    let (server, url) = server(&engine, mode)?;
    match mode {
        Mode::Serve => {
            println!("{url}");
            server.await?;
        }
        Mode::Check => println!("{}", check(server, &url).await?),
    }
    engine.close().await;
    Ok(())
}

/// Returns the host's server, which runs once it is awaited, and the URL of its GraphQL endpoint.
fn server(engine: &HugrEngine, mode: Mode) -> Outcome<(Server, String)> {
    let engine = engine.clone();
    let server = HttpServer::new(move || {
        let graphql = web::resource("/graphql")
            .guard(guard::Post())
            .to(GraphQL::new(engine.clone()));
        App::new()
            .route("/", web::get().to(|| async { "the host's own page" }))
            .service(graphql)
    })
    .workers(1)
    .bind(mode.address())?;
    let address = server
        .addrs()
        .first()
        .copied()
        .ok_or("the server has no address")?;
    Ok((server.run(), format!("http://{address}/graphql")))
}

/// Serves for as long as it takes to ask.
async fn check(server: Server, url: &str) -> Outcome<Value> {
    let handle = server.handle();
    let running = actix_web::rt::spawn(server);
    let answer = ask(url, QUERY).await;
    handle.stop(true).await;
    running.await??;
    answer
}

#[cfg(test)]
mod tests {
    use hugr_examples::{Mode, Outcome, Shop};
    use serde_json::json;

    #[actix_web::test]
    async fn answers() -> Outcome {
        let shop = Shop::create().await?;
        let (server, url) = super::server(&shop.engine().await?, Mode::Check)?;
        let order = json!({ "total": 32.5, "customer": { "name": "Ben" } });
        assert_eq!(
            super::check(server, &url).await?,
            json!({ "data": { "orders_by_pk": order } })
        );
        Ok(())
    }
}
