//! Look-ups by key that come at the same time are answered together.

use super::execute::is_lost;
use super::together::Joint;
use crate::db::Session;
use crate::error::Result;
use crate::exec::Lookup;

impl Joint for Lookup {
    type Item = i64;

    const MOST_TOGETHER: usize = 8;

    fn run(&self, session: &mut Session, keys: &[i64], max_bytes: usize) -> Result<Vec<Vec<u8>>> {
        match Self::run(self, session, keys, max_bytes) {
            Err(error) if is_lost(&error) => Self::run(self, session, keys, max_bytes),
            outcome => outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::future::join_all;
    use futures::stream::{FuturesUnordered, StreamExt as _};
    use hugr_auth::{Anonymous, AuthChain, Identity};

    use crate::db::{Database, DatabaseOptions};
    use crate::engine::{HugrEngine, Request};
    use crate::store::DataSource;

    const ROWS: i64 = 100;
    /// The row whose field `number` cannot be read.
    const BROKEN: i64 = 13;

    /// Has a table of which the key is declared, but not unique: each is there twice.
    async fn engine(folder: &tempfile::TempDir) -> (HugrEngine, Identity) {
        let path = folder.path().join("shop.duckdb");
        let database = Database::open(DatabaseOptions {
            path: Some(path.clone()),
            ..DatabaseOptions::default()
        })
        .await
        .unwrap();
        let fill = format!(
            "CREATE TABLE t AS SELECT i::INTEGER AS id, CASE WHEN i = {BROKEN} THEN 'x' ELSE i::VARCHAR END AS text
             FROM range(1, {ROWS} + 1) r(i), range(2)"
        );
        database
            .run(move |session| session.execute_batch(&fill))
            .await
            .unwrap();
        database.close().await;
        let sdl = r#"type t @table(name: "t") { id: Int! @pk  text: String  number: Int @sql(exp: "[text]::INTEGER") }"#;
        let engine = HugrEngine::builder()
            .with_auth(AuthChain::new().with(Anonymous::role("admin")))
            .with_source(DataSource::duckdb("shop", path.display().to_string()).with_sdl(sdl))
            .build()
            .await
            .unwrap();
        let identity = engine.authenticate_anonymous().await.unwrap();
        (engine, identity)
    }

    async fn ask(engine: &HugrEngine, identity: &Identity, field: &str, key: i64) -> String {
        let query = format!("{{ t_by_pk(id: {key}) {{ {field} }} }}");
        let answer = engine.execute(Request::new(query), identity).await;
        answer.into_json_text().trim_end().to_owned()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn each_gets_its_own_row() {
        let folder = tempfile::tempdir().unwrap();
        let (engine, identity) = engine(&folder).await;
        // Keys that are not there, and ones that are asked for twice, are among them.
        let keys: Vec<i64> = (0..4 * ROWS).map(|i| i * 7 % (ROWS + 5)).collect();
        let answers = join_all(keys.iter().map(|key| ask(&engine, &identity, "id text", *key))).await;
        for (key, answer) in keys.into_iter().zip(answers) {
            let expected = match key {
                1..=ROWS if key == BROKEN => format!(r#"{{"data":{{"t_by_pk":{{"id":{key},"text":"x"}}}}}}"#),
                1..=ROWS => format!(r#"{{"data":{{"t_by_pk":{{"id":{key},"text":"{key}"}}}}}}"#),
                _ => r#"{"data":{"t_by_pk":null}}"#.to_owned(),
            };
            assert_eq!(answer, expected);
        }
        assert!(engine.0.lookups.is_idle());
        engine.close().await;
    }

    #[tokio::test]
    async fn a_key_that_is_declared_but_not_unique_gives_no_more_rows_than_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let (engine, identity) = engine(&folder).await;
        let query = "{ t(filter: {id: {in: [1, 2]}}, order_by: [{field: \"id\"}], limit: 2) { id } }";
        // The statement names no limit: two keys are taken for two rows.
        let explained = engine.explain(&Request::new(query), &identity).unwrap();
        assert!(!explained.to_string().contains("LIMIT"), "{explained}");
        let answer = engine.execute(Request::new(query), &identity).await;
        assert_eq!(
            answer.into_json_text().trim_end(),
            r#"{"data":{"t":[{"id":1},{"id":1}]}}"#
        );
        engine.close().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_row_that_cannot_be_read_fails_its_own_look_up_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (engine, identity) = engine(&folder).await;
        let keys: Vec<i64> = (1..=ROWS).collect();
        let answers = join_all(keys.iter().map(|key| ask(&engine, &identity, "number", *key))).await;
        for (key, answer) in keys.into_iter().zip(answers) {
            let is_error = answer.contains("\"errors\"");
            assert_eq!(is_error, key == BROKEN, "{answer}");
        }
        engine.close().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn those_that_go_away_hold_up_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let (engine, identity) = engine(&folder).await;
        for round in 0..20 {
            let mut asked: FuturesUnordered<_> =
                (1..=ROWS).map(|key| ask(&engine, &identity, "id", key)).collect();
            // All have come, some have been answered; the others go away: leaders, waiting ones, running ones.
            for _ in 0..round {
                assert!(asked.next().await.unwrap().contains("\"id\""));
            }
            drop(asked);
            assert!(ask(&engine, &identity, "id", 1).await.contains("\"id\":1"));
        }
        engine.close().await;
    }
}
