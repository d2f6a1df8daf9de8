//! Runs the requests of a case.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use hugr_auth::{Claims, Identity, RoleName};
use hugr_core::{HugrEngine, Request};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Outcome;
use super::case::{EngineUse, RequestCase, Step};
use super::expectation::{Mode, sort_list};
use super::fixture::{SharedFixtures, read};
use super::options::RequestOptions;

/// Who asks, as `identities.json` says it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Caller {
    role: String,
    #[serde(default)]
    user_id: String,
    #[serde(default)]
    user_name: String,
    #[serde(default)]
    claims: Map<String, Value>,
}

impl From<Caller> for Identity {
    fn from(caller: Caller) -> Self {
        Self {
            role: RoleName::new(caller.role),
            user_id: caller.user_id,
            user_name: caller.user_name,
            auth_type: "test",
            provider: "golden".into(),
            impersonated_by: None,
            claims: Claims::from_object(&caller.claims),
        }
    }
}

/// Runs `case`; its `README.md` is part of the failure.
///
/// # Errors
/// When an answer is not the expected one.
pub async fn run(case: &RequestCase, shared: &SharedFixtures, mode: Mode) -> Outcome {
    run_steps(case, shared, mode).await.map_err(|failure| {
        match fs::read_to_string(case.folder.join("README.md")) {
            Ok(reason) => format!("{failure}\n\n{reason}"),
            Err(_) => failure,
        }
    })
}

async fn run_steps(case: &RequestCase, shared: &SharedFixtures, mode: Mode) -> Outcome {
    let fixture = match case.engine {
        EngineUse::Shared => shared.get(&case.fixture).await?,
        EngineUse::Own => Arc::new(case.fixture.open().await?),
    };
    let callers = match &case.identities {
        None => None,
        Some(file) => Some(callers(file)?),
    };
    for step in &case.steps {
        run_step(&fixture.engine, step, callers.as_deref(), mode).await?;
    }
    Ok(())
}

async fn run_step(engine: &HugrEngine, step: &Step, callers: Option<&[Identity]>, mode: Mode) -> Outcome {
    let query = read(&step.query)?;
    let options = RequestOptions::parse(&query)?;
    let request = Request {
        operation_name: options.operation.clone(),
        variables: variables(&step.variables)?.into(),
        time_zone: options.time_zone.clone(),
        ..Request::new(query)
    };
    let everyone = Identity::from(Caller {
        role: "admin".to_owned(),
        user_id: String::new(),
        user_name: String::new(),
        claims: Map::new(),
    });
    if step.expected_sql.is_file() {
        let caller = callers.and_then(<[_]>::first).unwrap_or(&everyone);
        let explanation = engine
            .explain(&request, caller)
            .map_err(|errors| format!("the request has no statements: {errors:?}"))?;
        mode.text(&step.expected_sql, &explanation.to_string())?;
    }
    let answer = match callers {
        None => answer(engine, &request, &everyone, &options).await?,
        Some(callers) => {
            let mut answers = Vec::new();
            for caller in callers {
                answers.push(answer(engine, &request, caller, &options).await?);
            }
            Value::Array(answers)
        }
    };
    mode.json(&step.expected, &answer)
}

async fn answer(
    engine: &HugrEngine,
    request: &Request,
    caller: &Identity,
    options: &RequestOptions,
) -> Outcome<Value> {
    let text = engine.execute(request.clone(), caller).await.into_json_text();
    let mut answer: Value =
        serde_json::from_str(&text).map_err(|error| format!("the answer is not JSON: {error}\n{text}"))?;
    if let Some(data) = answer.get_mut("data") {
        for path in &options.sorted {
            sort_list(data, path);
        }
    }
    Ok(answer)
}

fn variables(file: &Path) -> Outcome<Map<String, Value>> {
    if !file.is_file() {
        return Ok(Map::new());
    }
    serde_json::from_str(&read(file)?).map_err(|error| format!("{}: {error}", file.display()))
}

fn callers(file: &Path) -> Outcome<Vec<Identity>> {
    let callers: Vec<Caller> =
        serde_json::from_str(&read(file)?).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(callers.into_iter().map(Identity::from).collect())
}
