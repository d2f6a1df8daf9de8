//! Inserts of one row that come at the same time are one statement, and one commit; so are those of one request that follow
//! each other ([`SingleInsert::leading`]).

use std::sync::Arc;

use super::together::Joint;
use super::transaction::retrying;
use crate::db::Session;
use crate::error::Result;
use crate::exec::SingleInsert;

impl Joint for SingleInsert {
    type Item = Arc<str>;

    /// Few enough that nobody waits long for the others' rows.
    const MOST_TOGETHER: usize = 32;

    fn run(&self, session: &mut Session, rows: &[Arc<str>], max_bytes: usize) -> Result<Vec<Vec<u8>>> {
        retrying(|| self.run(session, rows, max_bytes))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use futures::future::join_all;
    use futures::stream::{FuturesUnordered, StreamExt as _};
    use hugr_auth::{Anonymous, AuthChain, Identity};

    use crate::engine::{HugrEngine, Request};
    use crate::store::DataSource;

    const SDL: &str = r#"
        type t @table(name: "t") { id: Int! @pk  text: String  upper: String @sql(exp: "upper([text])") }
    "#;

    async fn engine(folder: &tempfile::TempDir) -> (HugrEngine, Identity) {
        let path = folder.path().join("shop.duckdb").display().to_string();
        let setup = "CREATE TABLE t (id INTEGER PRIMARY KEY, text VARCHAR CHECK (text <> 'bad'))";
        crate::db::Database::open(crate::db::DatabaseOptions {
            path: Some(path.clone().into()),
            ..Default::default()
        })
        .await
        .unwrap()
        .run(move |session| session.execute_batch(setup))
        .await
        .unwrap();
        let engine = HugrEngine::builder()
            .with_auth(AuthChain::new().with(Anonymous::role("admin")))
            .with_source(DataSource::duckdb("shop", path).with_sdl(SDL))
            .build()
            .await
            .unwrap();
        let identity = engine.authenticate_anonymous().await.unwrap();
        (engine, identity)
    }

    async fn ask(engine: &HugrEngine, identity: &Identity, query: String) -> String {
        let answer = engine.execute(Request::new(query), identity).await;
        answer.into_json_text().trim_end().to_owned()
    }

    async fn insert(engine: &HugrEngine, identity: &Identity, id: i32, text: &str) -> String {
        let query = format!(r#"mutation {{ insert_t(data: {{id: {id}, text: "{text}"}}) {{ id text }} }}"#);
        ask(engine, identity, query).await
    }

    async fn ids(engine: &HugrEngine, identity: &Identity) -> BTreeSet<i64> {
        let text = ask(
            engine,
            identity,
            "{ t(order_by: [{field: \"id\"}]) { id } }".to_owned(),
        )
        .await;
        let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
        let rows = answer["data"]["t"].as_array().unwrap();
        rows.iter().map(|row| row["id"].as_i64().unwrap()).collect()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn each_is_told_of_its_own_row() {
        let folder = tempfile::tempdir().unwrap();
        let (engine, identity) = engine(&folder).await;
        let answers = join_all((1..=300).map(|id| {
            let text = format!("n\\\"{id}");
            let (engine, identity) = (&engine, &identity);
            async move { insert(engine, identity, id, &text).await }
        }));
        for (id, answer) in (1..=300).zip(answers.await) {
            let expected = format!(r#"{{"data":{{"insert_t":{{"id":{id},"text":"n\"{id}"}}}}}}"#);
            assert_eq!(answer, expected);
        }
        assert_eq!(ids(&engine, &identity).await, (1..=300).collect());
        assert!(engine.0.inserts.is_idle());
        engine.close().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_row_that_is_refused_fails_its_own_insert_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (engine, identity) = engine(&folder).await;
        // Every tenth breaks the check, every seventh is there already.
        for id in (7..=200).step_by(7) {
            insert(&engine, &identity, id, "first").await;
        }
        let answers = join_all((1..=200).map(|id| {
            let text = if id % 10 == 0 { "bad" } else { "good" };
            insert(&engine, &identity, id, text)
        }));
        for (id, answer) in (1..=200).zip(answers.await) {
            let is_refused = id % 10 == 0 || id % 7 == 0;
            assert_eq!(answer.contains("CONFLICT"), is_refused, "{id}: {answer}");
            assert_eq!(
                answer.contains("\"text\":\"good\""),
                !is_refused,
                "{id}: {answer}"
            );
        }
        let there = (1..=200).filter(|id| id % 7 == 0 || id % 10 != 0);
        assert_eq!(ids(&engine, &identity).await, there.collect());
        engine.close().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_acknowledged_is_there_also_when_others_go_away() {
        let folder = tempfile::tempdir().unwrap();
        let (engine, identity) = engine(&folder).await;
        let mut acknowledged = BTreeSet::new();
        for round in 0..20_i32 {
            let first = round * 100;
            let mut asked: FuturesUnordered<_> = (first..first + 50)
                .map(|id| insert(&engine, &identity, id, "x"))
                .collect();
            for _ in 0..round {
                let answer: serde_json::Value = serde_json::from_str(&asked.next().await.unwrap()).unwrap();
                acknowledged.insert(answer["data"]["insert_t"]["id"].as_i64().unwrap());
            }
            drop(asked);
        }
        insert(&engine, &identity, -1, "last").await;
        let there = ids(&engine, &identity).await;
        assert!(acknowledged.is_subset(&there), "{acknowledged:?} in {there:?}");
        engine.close().await;
    }

    #[tokio::test]
    async fn a_request_with_many_is_told_which_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (engine, identity) = engine(&folder).await;
        let request = |keys: &[i32]| {
            let fields = keys.iter().enumerate().map(|(index, id)| {
                let selected = if id % 4 == 0 { "id text" } else { "id" };
                format!(r#"a{index}: insert_t(data: {{id: {id}, text: "x"}}) {{ {selected} }}"#)
            });
            format!("mutation {{ {} }}", fields.collect::<Vec<_>>().join(" "))
        };
        let answer = ask(&engine, &identity, request(&[1, 2, 3, 4, 8, 5])).await;
        let expected = concat!(
            r#"{"data":{"a0":{"id":1},"a1":{"id":2},"a2":{"id":3},"#,
            r#""a3":{"id":4,"text":"x"},"a4":{"id":8,"text":"x"},"a5":{"id":5}}}"#
        );
        assert_eq!(answer, expected);

        let answer = ask(&engine, &identity, request(&[10, 11, 13, 3, 14])).await;
        assert!(answer.contains(r#""path":["a3"]"#), "{answer}");
        assert!(answer.contains("CONFLICT"), "{answer}");
        assert_eq!(ids(&engine, &identity).await, [1, 2, 3, 4, 5, 8].into());
        engine.close().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn inserts_of_other_fields_go_their_own_way() {
        let folder = tempfile::tempdir().unwrap();
        let (engine, identity) = engine(&folder).await;
        let queries = (0..100).map(|id| match id % 3 {
            0 => format!("mutation {{ insert_t(data: {{id: {id}}}) {{ id text }} }}"),
            1 => format!(r#"mutation {{ insert_t(data: {{text: "a", id: {id}}}) {{ id text }} }}"#),
            _ => format!(r#"mutation {{ insert_t(data: {{id: {id}, text: "b"}}) {{ id upper }} }}"#),
        });
        let answers = join_all(queries.map(|query| ask(&engine, &identity, query))).await;
        for (id, answer) in answers.into_iter().enumerate() {
            let rest = match id % 3 {
                0 => r#""text":null"#,
                1 => r#""text":"a""#,
                _ => r#""upper":"B""#,
            };
            assert_eq!(
                answer,
                format!(r#"{{"data":{{"insert_t":{{"id":{id},{rest}}}}}}}"#)
            );
        }
        engine.close().await;
    }
}
