//! The lines for auditors: who did what, and who was refused, without what was written or asked.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::StatusCode;
use serde_json::{Value, json};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::fmt::MakeWriter;

use super::roles::service;
use super::{Outcome, Service};
use hugr_auth::{ApiKey, AuthChain, Secret};

/// Keeps what this thread logs.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Starts to listen, until the guard is dropped.
    fn listen() -> (Self, DefaultGuard) {
        let log = Self::default();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_writer(log.clone())
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Returns what each line for auditors says of who, what and the decision.
    fn decisions(&self) -> Outcome<Vec<Value>> {
        let mut decisions = Vec::new();
        for line in self.text().lines() {
            let line: Value = serde_json::from_str(line)?;
            if line["target"] == "hugr_audit" {
                decisions.push(json!([
                    line["role"],
                    line["what"],
                    line["decision"],
                    line["code"]
                ]));
            }
        }
        Ok(decisions)
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn mutations_leave_a_line_without_their_data() -> Outcome {
    let service = service("admin").await?;
    let (log, _guard) = Log::listen();
    let insert = "mutation { core { one: insert_roles(data: {name: \"n\", description: \"row-data-of-the-test\"}) { name } } }";
    for _ in 0..2 {
        service.query(insert, &[]).await?;
    }
    let load = "mutation { function { core { load_data_source(name: \"numbers\") { success } } } }";
    service.query(load, &[]).await?;
    service.query("{ numbers(limit: 1) { id } }", &[]).await?;
    assert_eq!(
        log.decisions()?,
        [
            json!(["admin", "core.insert_roles", "done", "OK"]),
            json!(["admin", "core.insert_roles", "failed", "CONFLICT"]),
            json!(["admin", "function.core.load_data_source", "done", "OK"]),
        ],
        "reading leaves none"
    );
    assert!(!log.text().contains("row-data-of-the-test"), "{}", log.text());
    Ok(())
}

#[tokio::test]
async fn refused_requests_leave_a_line() -> Outcome {
    let (log, _guard) = Log::listen();
    let (reader, public) = (service("reader").await?, service("public").await?);
    reader.query("{ __typename }", &[]).await?;
    public
        .query("{ __typename }", &[("x-hugr-impersonated-role", "admin")])
        .await?;
    let no_mutations = service("readonly").await?;
    let insert = "mutation { core { insert_roles(data: {name: \"n\", description: \"row-data-of-the-test\"}) { name } } }";
    no_mutations.query(insert, &[]).await?;
    assert_eq!(
        log.decisions()?,
        [
            json!([
                "reader",
                "`/query` is not open to role `reader`",
                "refused",
                "FORBIDDEN"
            ]),
            json!([
                "public",
                "role `public` may not act as another",
                "refused",
                "FORBIDDEN"
            ]),
            json!([
                "readonly",
                "field `core` of `Mutation` is not allowed for role `readonly`",
                "refused",
                "FORBIDDEN"
            ]),
        ]
    );
    assert!(!log.text().contains("row-data-of-the-test"), "{}", log.text());
    Ok(())
}

#[tokio::test]
async fn rejected_credentials_leave_a_line_without_them() -> Outcome {
    let key = ApiKey::secret_key(&Secret::new("the-right-key"))?;
    let service = Service::new(AuthChain::new().with(key)).await?;
    let (log, _guard) = Log::listen();
    for headers in [&[("x-hugr-secret-key", "the-wrong-key")][..], &[]] {
        let reply = service.query("{ __typename }", headers).await?;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    }
    let decisions = log.decisions()?;
    assert_eq!(decisions.len(), 2, "{}", log.text());
    for decision in decisions {
        assert_eq!(decision[2], "refused");
        assert_eq!(decision[3], "UNAUTHENTICATED");
    }
    assert!(!log.text().contains("-key\""), "{}", log.text());
    Ok(())
}
