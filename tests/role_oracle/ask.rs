//! Asks questions, and compares the answers.

use std::path::{Path, PathBuf};

use hugr_auth::{Claims, Identity, RoleName};
use hugr_cache::MemoryCache;
use hugr_core::db::{Database, DatabaseOptions};
use hugr_core::engine::{AttachmentState, JqPrograms, Replica as _};
use hugr_core::{DataSource, EngineConfig, ErrorCode, HugrEngine, Request, Response};
use hugr_tests::golden::access::add_roles;
use hugr_tests::services;
use serde_json::{Value as Json, json};
use sqlx::{Connection as _, Executor as _, PgConnection};

use super::chance::Chance;
use super::oracle::Oracle;
use super::question::{Expected, Question};
use super::role::Person;
use super::world::{Backend, Keeper, World};

/// Questions asked of one world.
const CASES_PER_WORLD: usize = 40;
/// Room for kept answers.
const CACHE_BYTES: u64 = 16 * 1024 * 1024;
/// A role without rules.
const ADMIN: &str = "admin";

/// What was done.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) cases: usize,
    /// Each case is asked by several.
    pub(crate) asked: usize,
    pub(crate) refused: usize,
    /// Mutations that were not.
    pub(crate) written: usize,
    pub(crate) rows: usize,
}

/// A world, as the engine serves it and as the oracle knows it.
struct Trial {
    engine: HugrEngine,
    oracle: Oracle,
    world: World,
}

/// Asks `cases` questions.
pub(crate) async fn ask_all(backend: Backend, seed: usize, cases: usize) -> Tally {
    let folder = tempfile::tempdir().unwrap();
    let url = match backend {
        Backend::DuckDb => None,
        Backend::Postgres => Some(postgres().await),
    };
    let mut tally = Tally::default();
    let mut number = 0;
    while tally.cases < cases {
        let mut chance = Chance::new(seed.wrapping_mul(1_000_003).wrapping_add(number));
        let world = World::new(number, &mut chance);
        let source = match &url {
            Some(url) => in_postgres(url, &world).await,
            None => in_duckdb(folder.path().join(format!("{number}.duckdb")), &world).await,
        };
        let trial = Trial {
            engine: engine(source, &world, backend).await,
            oracle: Oracle::new(&world).await,
            world,
        };
        for _ in 0..CASES_PER_WORLD.min(cases - tally.cases) {
            let question = Question::new(&trial.world, &mut chance);
            for person in &trial.world.identities {
                trial.compare(&question, person, &mut tally).await;
            }
            tally.cases += 1;
        }
        trial.engine.close().await;
        trial.oracle.close().await;
        number += 1;
    }
    tally
}

impl Trial {
    /// Asks as `person`, and compares the answer and, after a mutation, all rows.
    async fn compare(&self, question: &Question, person: &Person, tally: &mut Tally) {
        let role = &self.world.roles[person.role];
        let is_refused = question.needs.iter().any(|need| !role.allows(*need, person));
        let error = if is_refused {
            Some(ErrorCode::Forbidden)
        } else {
            self.oracle.obstacle(&self.world, question, person).await
        };
        let before = self.expected(question, person, true).await;
        let response = self.ask(question, person).await;
        let code = response.error_list().first().map(hugr_core::Error::code);
        assert_eq!(
            code,
            error,
            "{:?}: {}",
            response.error_list(),
            self.place(question, person)
        );
        tally.asked += 1;
        tally.refused += usize::from(is_refused);
        if let Some(change) = &question.change {
            if error.is_none() {
                tally.written += 1;
                self.oracle.apply(&self.world, change, person).await;
            }
            self.compare_tables(question, person).await;
        }
        if error.is_some() {
            return;
        }
        let after = self.expected(question, person, false).await;
        let mut expected = before.or(after).unwrap_or_default();
        let answer: Json = serde_json::from_str(&response.into_json_text()).unwrap();
        let mut seen = (question.texts)(answer.pointer(question.pointer).unwrap_or(&Json::Null));
        seen.sort();
        expected.sort();
        assert_eq!(seen, expected, "{}\n{answer}", self.place(question, person));
        tally.rows += seen.len();
    }

    /// Returns what should be answered, when that is known at this moment.
    async fn expected(&self, question: &Question, person: &Person, is_before: bool) -> Option<Vec<String>> {
        match &question.expected {
            Expected::Sql { text, is_of_before } if *is_of_before == is_before => {
                Some(self.oracle.texts(&self.world, text, person).await)
            }
            Expected::Sql { .. } => None,
            Expected::ColumnA(table) => {
                let is_shown = self.world.roles[person.role].shows_a(*table);
                Some(is_shown.then(|| "a".to_owned()).into_iter().collect())
            }
        }
    }

    async fn ask(&self, question: &Question, person: &Person) -> Response {
        let role = &self.world.roles[person.role].name;
        let request = Request::new(question.graphql.clone()).with_variables(question.variables.clone());
        self.engine.execute(request, &identity(person, role)).await
    }

    /// Whatever was done, or refused, there is nothing in the tables that the oracle's do not hold.
    async fn compare_tables(&self, question: &Question, person: &Person) {
        for (number, (graphql, sql)) in self.oracle.tables(&self.world).iter().enumerate() {
            let admin = Identity::anonymous(RoleName::new(ADMIN));
            let response = self.engine.execute(Request::new(graphql.clone()), &admin).await;
            let answer: Json = serde_json::from_str(&response.into_json_text()).unwrap();
            let mut seen: Vec<_> = answer["data"]["q"]
                .as_array()
                .unwrap()
                .iter()
                .map(Json::to_string)
                .collect();
            let mut expected = self.oracle.texts(&self.world, sql, person).await;
            seen.sort();
            expected.sort();
            assert_eq!(seen, expected, "table {number}: {}", self.place(question, person));
        }
    }

    /// Returns what is at hand, for who reads the failure.
    fn place(&self, question: &Question, person: &Person) -> String {
        let role = &self.world.roles[person.role];
        let sql = match &question.expected {
            Expected::Sql { text, .. } => text.as_str(),
            Expected::ColumnA(_) => "",
        };
        let statements = question
            .change
            .as_ref()
            .map_or_else(Vec::new, |change| change.statements(&self.world, person));
        format!(
            "{}, user {}, level {:?}:\n{}\n{}\nneeds {:?}\nrole: {}\n{sql}\n{}\n",
            self.world.prefix,
            person.user_id,
            person.level,
            question.graphql,
            Json::from(question.variables.clone()),
            question.needs,
            role.access(&self.world),
            statements.join(";\n")
        )
    }
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

async fn postgres() -> String {
    let url = services::postgres()
        .await
        .unwrap()
        .create_database()
        .await
        .unwrap();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    connection.execute("CREATE EXTENSION postgis").await.unwrap();
    connection.close().await.unwrap();
    url
}

async fn in_postgres(url: &str, world: &World) -> hugr_core::engine::SourceDefinition {
    let mut connection = PgConnection::connect(url).await.unwrap();
    for statement in world.statements(Keeper::Source(Backend::Postgres)) {
        connection.execute(sqlx::AssertSqlSafe(statement)).await.unwrap();
    }
    connection.close().await.unwrap();
    DataSource::postgres("world", url.to_owned())
}

async fn in_duckdb(file: PathBuf, world: &World) -> hugr_core::engine::SourceDefinition {
    let database = Database::open(small(Some(file.clone()))).await.unwrap();
    let statements = world.statements(Keeper::Source(Backend::DuckDb));
    let text = format!("LOAD spatial; {}", statements.join(";\n"));
    let done = database.run(move |session| session.execute_batch(&text)).await;
    done.unwrap();
    database.close().await;
    DataSource::duckdb("world", file.display().to_string())
}

async fn engine(source: hugr_core::engine::SourceDefinition, world: &World, backend: Backend) -> HugrEngine {
    let config = EngineConfig {
        database: small(None),
        jq: JqPrograms::InProcess,
        ..EngineConfig::default()
    };
    let engine = HugrEngine::builder()
        .with_config(config)
        .with_cache(MemoryCache::new(CACHE_BYTES))
        .with_source(source.with_sdl(world.sdl(backend)))
        .build()
        .await
        .unwrap();
    let status = engine.source_status(&"world".into());
    assert_eq!(status.state, AttachmentState::Attached, "{}", status.error);
    let roles: Json = world.roles.iter().map(|role| role.access(world)).collect();
    add_roles(&engine, &roles.to_string()).await.unwrap();
    engine
}

/// Returns how to open a database that takes little.
pub(crate) fn small(path: Option<PathBuf>) -> DatabaseOptions {
    DatabaseOptions {
        path,
        connections: std::num::NonZeroUsize::MIN,
        settings: vec![("threads".to_owned(), "1".to_owned())],
        // `make setup` puts the extensions beside the library.
        extension_directory: option_env!("DUCKDB_LIB_DIR")
            .map(|library| Path::new(library).join("../extensions")),
        ..DatabaseOptions::default()
    }
}
