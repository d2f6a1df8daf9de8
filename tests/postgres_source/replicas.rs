//! A primary and its replicas: who answers, and what happens when one is behind or away.

use std::collections::BTreeSet;
use std::time::Duration;

use hugr_core::{HugrEngine, Request};
use hugr_tests::services::own_postgres::{OwnPostgres, Stop};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

use crate::shop::{Outcome, TABLES, ask, engine};

const PATIENCE: Duration = Duration::from_secs(30);
/// Questions after which every host that serves reads has had its turn.
const ROUND: usize = 6;

struct Group {
    primary: OwnPostgres,
    replicas: [OwnPostgres; 2],
    engine: HugrEngine,
}

impl Group {
    async fn start() -> Outcome<Self> {
        let primary = OwnPostgres::start(&[]).await?;
        let replicas = [primary.standby(&[]).await?, primary.standby(&[]).await?];
        let mut session = PgConnection::connect(&primary.url()).await?;
        sqlx::raw_sql(TABLES).execute(&mut session).await?;
        for replica in &replicas {
            wait_for_tables(replica).await?;
        }
        let hosts = [&primary, &replicas[0], &replicas[1]].map(|host| format!("127.0.0.1:{}", host.port()));
        let path = format!(
            "postgres://postgres@{}/postgres?application_name=hugr_test&max_replica_lag=1s&acquire_timeout=2s",
            hosts.join(",")
        );
        let engine = engine(&path).await?;
        Ok(Self {
            primary,
            replicas,
            engine,
        })
    }

    /// Returns the ports of the hosts that answer a round of questions.
    async fn answering(&self) -> Outcome<BTreeSet<u16>> {
        let mut ports = BTreeSet::new();
        for _ in 0..ROUND {
            let answer = ask(&self.engine, Request::new("{ function { port } }")).await?;
            let port = answer.pointer("/data/function/port").and_then(Value::as_u64);
            ports.insert(u16::try_from(port.ok_or_else(|| answer.to_string())?)?);
        }
        Ok(ports)
    }

    async fn wait_until_answered_by(&self, hosts: &[&OwnPostgres]) -> Outcome {
        let expected: BTreeSet<_> = hosts.iter().map(|host| host.port()).collect();
        let answered = async {
            while self.answering().await? != expected {
                tokio::task::yield_now().await;
            }
            Outcome::Ok(())
        };
        tokio::time::timeout(PATIENCE, answered).await?
    }

    async fn set_title(&self, title: &str) -> Outcome {
        let mutation = format!(
            "mutation {{ update_books(filter: {{id: {{eq: 7}}}}, data: {{title: \"{title}\"}}) {{ affected_rows }} }}"
        );
        let answer = ask(&self.engine, Request::new(mutation)).await?;
        assert_eq!(
            answer.pointer("/data/update_books/affected_rows"),
            Some(&json!(1)),
            "{answer:#}"
        );
        Ok(())
    }
}

async fn wait_for_tables(replica: &OwnPostgres) -> Outcome {
    let there = async {
        let mut session = PgConnection::connect(&replica.url()).await?;
        let sql = "SELECT to_regproc('slow') IS NOT NULL";
        while !sqlx::query_scalar::<_, bool>(sql).fetch_one(&mut session).await? {
            tokio::task::yield_now().await;
        }
        Outcome::Ok(())
    };
    tokio::time::timeout(PATIENCE, there).await?
}

#[tokio::test]
async fn replicas_read_and_the_primary_changes() -> Outcome {
    let group = Group::start().await?;
    let [one, other] = &group.replicas;
    let ports: BTreeSet<_> = [one.port(), other.port()].into();
    assert_eq!(group.answering().await?, ports);
    // What a request changes, it sees.
    let insert = "mutation { insert_books(data: {id: 500, author_id: 1, title: \"new\"}) { id author { books(filter: {id: {eq: 500}}) { title } } } }";
    let answer = ask(&group.engine, Request::new(insert)).await?;
    assert_eq!(
        answer,
        json!({"data": {"insert_books": {"id": 500, "author": {"books": [{"title": "new"}]}}}})
    );
    let call = "mutation { function { first: rename(id: 500, title: \"renamed\") again: rename(id: 500, title: \"again\") } }";
    let answer = ask(&group.engine, Request::new(call)).await?;
    assert_eq!(
        answer,
        json!({"data": {"function": {"first": "new", "again": "renamed"}}})
    );
    Ok(())
}

#[tokio::test]
async fn hosts_that_are_away_or_behind_are_left_out() -> Outcome {
    let group = Group::start().await?;
    let [one, other] = &group.replicas;
    let mut session = PgConnection::connect(&other.url()).await?;
    sqlx::query("SELECT pg_wal_replay_pause()")
        .execute(&mut session)
        .await?;
    group.set_title("changed").await?;
    group.wait_until_answered_by(&[one]).await?;
    one.stop(Stop::Immediate).await?;
    // Nobody notices: the primary takes over at once.
    assert_eq!(group.answering().await?, BTreeSet::from([group.primary.port()]));
    sqlx::query("SELECT pg_wal_replay_resume()")
        .execute(&mut session)
        .await?;
    group.wait_until_answered_by(&[other]).await?;
    one.start_again().await?;
    group.wait_until_answered_by(&[one, other]).await?;
    // Without the primary there are reads, and no changes.
    group.primary.stop(Stop::Immediate).await?;
    group.wait_until_answered_by(&[one, other]).await?;
    let answer = ask(&group.engine, Request::new("{ books_by_pk(id: 7) { title } }")).await?;
    assert_eq!(answer, json!({"data": {"books_by_pk": {"title": "changed"}}}));
    let call = "mutation { function { rename(id: 7, title: \"x\") } }";
    let answer = ask(&group.engine, Request::new(call)).await?;
    assert_eq!(
        answer.pointer("/errors/0/message"),
        Some(&json!("data source `shop`: no host accepts changes")),
        "{answer:#}"
    );
    Ok(())
}

#[tokio::test]
async fn a_replica_that_is_promoted_takes_the_changes() -> Outcome {
    let group = Group::start().await?;
    let [one, _] = &group.replicas;
    group.primary.stop(Stop::Immediate).await?;
    let mut session = PgConnection::connect(&one.url()).await?;
    sqlx::query("SELECT pg_promote()").execute(&mut session).await?;
    let renamed = async {
        let call = "mutation { function { rename(id: 7, title: \"x\") } }";
        loop {
            let answer = ask(&group.engine, Request::new(call)).await?;
            if answer.get("errors").is_none() {
                return Outcome::Ok(answer);
            }
        }
    };
    let answer = tokio::time::timeout(PATIENCE, renamed).await??;
    assert_eq!(answer, json!({"data": {"function": {"rename": "book 7"}}}));
    Ok(())
}
