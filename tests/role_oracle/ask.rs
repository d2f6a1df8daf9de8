//! Asks questions, and compares the answers.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use hugr_auth::{Claims, Identity, RoleName};
use hugr_cache::MemoryCache;
use hugr_core::db::{Database, DatabaseOptions};
use hugr_core::engine::{AttachmentState, Replica as _};
use hugr_core::{DataSource, EngineConfig, ErrorCode, HugrEngine, Request};
use hugr_tests::golden::access::add_roles;
use hugr_tests::services;
use serde_json::{Value as Json, json};
use sqlx::{Connection as _, Executor as _, PgConnection};

use super::chance::Chance;
use super::question::Question;
use super::world::{Person, World};

/// Questions asked of one world.
const CASES_PER_WORLD: usize = 40;
/// Room for kept answers.
const CACHE_BYTES: u64 = 16 * 1024 * 1024;

/// Where the rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    DuckDb,
    Postgres,
}

/// What was done.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) cases: usize,
    pub(crate) refused: usize,
    pub(crate) rows: usize,
}

/// Asks `cases` questions.
pub(crate) async fn ask_all(backend: Backend, seed: usize, cases: usize) -> Tally {
    let folder = tempfile::tempdir().unwrap();
    let url = match backend {
        Backend::DuckDb => None,
        Backend::Postgres => Some(
            services::postgres()
                .await
                .unwrap()
                .create_database()
                .await
                .unwrap(),
        ),
    };
    let mut tally = Tally::default();
    let mut number = 0;
    while tally.cases < cases {
        let mut chance = Chance::new(seed.wrapping_mul(1_000_003).wrapping_add(number));
        let world = World::new(number, &mut chance);
        let oracle = oracle(&world).await;
        let source = match &url {
            Some(url) => {
                let mut connection = PgConnection::connect(url).await.unwrap();
                for statement in world.statements() {
                    connection.execute(sqlx::AssertSqlSafe(statement)).await.unwrap();
                }
                connection.close().await.unwrap();
                DataSource::postgres("world", url.clone())
            }
            None => {
                let file = folder.path().join(format!("{number}.duckdb"));
                let database = Database::open(small(Some(file.clone()))).await.unwrap();
                execute(&database, &world).await;
                database.close().await;
                DataSource::duckdb("world", file.display().to_string())
            }
        };
        let engine = engine(source, &world).await;
        for _ in 0..CASES_PER_WORLD.min(cases - tally.cases) {
            let question = Question::new(&world, &mut chance);
            for person in &world.identities {
                compare(&engine, &oracle, &world, &question, person, &mut tally).await;
            }
            tally.cases += 1;
        }
        engine.close().await;
        oracle.close().await;
        number += 1;
    }
    tally
}

async fn compare(
    engine: &HugrEngine,
    oracle: &Database,
    world: &World,
    question: &Question,
    person: &Person,
    tally: &mut Tally,
) {
    let role = &world.roles[person.role];
    let is_refused = question.tables.iter().any(|table| role.rules[*table].is_disabled)
        || question.b_of.iter().any(|table| role.rules[*table].hides_b);
    let request = Request::new(question.graphql.clone()).with_variables(question.variables.clone());
    let response = engine.execute(request, &identity(person, &role.name)).await;
    let place = || {
        format!(
            "{}, user {}, level {:?}:\n{}\n{}\nroles: {}\n",
            world.prefix,
            person.user_id,
            person.level,
            question.graphql,
            Json::from(question.variables.clone()),
            world.access(),
        )
    };
    let code = response.error_list().first().map(hugr_core::Error::code);
    if is_refused {
        assert_eq!(code, Some(ErrorCode::Forbidden), "should be refused: {}", place());
        tally.refused += 1;
        return;
    }
    assert_eq!(code, None, "{:?}: {}", response.error_list(), place());
    let answer: Json = serde_json::from_str(&response.into_json_text()).unwrap();
    let mut seen = (question.texts)(&answer["data"]["q"]);
    let sql = format!("{} {}", world.visible(person), question.sql);
    let mut expected = texts(oracle, &sql).await;
    seen.sort();
    expected.sort();
    assert_eq!(seen, expected, "{}{sql}", place());
    tally.rows += seen.len();
}

fn identity(person: &Person, role: &str) -> Identity {
    let claims = person
        .level
        .map_or_else(|| json!({}), |level| json!({ "level": level }));
    Identity {
        user_id: person.user_id.to_string(),
        claims: Claims::from_object(claims.as_object().unwrap()),
        ..Identity::anonymous(RoleName::new(role))
    }
}

async fn engine(source: hugr_core::engine::SourceDefinition, world: &World) -> HugrEngine {
    let config = EngineConfig {
        database: small(None),
        ..EngineConfig::default()
    };
    let engine = HugrEngine::builder()
        .with_config(config)
        .with_cache(MemoryCache::new(CACHE_BYTES))
        .with_source(source.with_sdl(world.sdl()))
        .build()
        .await
        .unwrap();
    let status = engine.source_status(&"world".into());
    assert_eq!(status.state, AttachmentState::Attached, "{}", status.error);
    add_roles(&engine, &world.access().to_string()).await.unwrap();
    engine
}

/// The same rows, in a database that knows no roles.
async fn oracle(world: &World) -> Database {
    let database = Database::open(small(None)).await.unwrap();
    execute(&database, world).await;
    database
}

async fn execute(database: &Database, world: &World) {
    let statements = world.statements().join(";\n");
    let done = database
        .run(move |session| session.execute_batch(&statements))
        .await;
    done.unwrap();
}

/// Returns the texts in the one column of the rows of `sql`, as JSON is written by us.
async fn texts(database: &Database, sql: &str) -> Vec<String> {
    let wrapped =
        format!("SELECT CAST(json_group_array(answer::JSON) AS VARCHAR) FROM ({sql}) AS rows (answer)");
    let text = database
        .run(move |session| session.query(&wrapped, &[]))
        .await
        .unwrap()
        .first_text()
        .unwrap_or_default();
    let rows: Vec<Json> = serde_json::from_str(&text).unwrap_or_default();
    rows.iter().map(Json::to_string).collect()
}

fn small(path: Option<PathBuf>) -> DatabaseOptions {
    DatabaseOptions {
        path,
        connections: NonZeroUsize::MIN,
        settings: vec![("threads".to_owned(), "1".to_owned())],
        // `make setup` puts the extensions beside the library.
        extension_directory: option_env!("DUCKDB_LIB_DIR")
            .map(|library| Path::new(library).join("../extensions")),
        ..DatabaseOptions::default()
    }
}
