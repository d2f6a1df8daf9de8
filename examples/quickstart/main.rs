//! The engine inside a program: no server, no configuration.
//!
//! `cargo run --example quickstart`
#![expect(clippy::print_stdout, reason = "the answer is what the example is for")]

use hugr_auth::{Anonymous, AuthChain};
use hugr_core::{HugrEngine, Request};
use hugr_examples::{Outcome, Shop};

const QUERY: &str = "
query ($name: String!) {
  customers(filter: { name: { eq: $name } }) {
    name
    orders(order_by: [{ field: \"total\", direction: DESC }]) { id total }
  }
}";

#[tokio::main]
async fn main() -> Outcome {
    println!("{}", answer("Ada").await?);
    Ok(())
}

/// Returns the customer called `name` with their orders, as JSON text.
async fn answer(name: &str) -> Outcome<String> {
    let shop = Shop::create().await?;
    let engine = HugrEngine::builder()
        .with_auth(AuthChain::new().with(Anonymous::role("public")))
        .with_source(shop.source())
        .build()
        .await?;

    let identity = engine.authenticate_anonymous().await?;
    let variables = [("name".to_owned(), name.into())].into_iter().collect();
    let request = Request::new(QUERY).with_variables(variables);
    let response = engine.execute(request, &identity).await;
    Ok(response.into_json_text())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    #[tokio::test]
    async fn answers() -> super::Outcome {
        let answer: Value = serde_json::from_str(&super::answer("Ada").await?)?;
        let orders = json!([{ "id": 10, "total": 43.5 }, { "id": 11, "total": 7.25 }]);
        let customers = json!([{ "name": "Ada", "orders": orders }]);
        assert_eq!(answer, json!({ "data": { "customers": customers } }));
        Ok(())
    }
}
