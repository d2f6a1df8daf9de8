//! jq: as a field over the fields below it, over a whole response, and over the variables of a request.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use hugr_auth::Identity;
use serde_json::{Map, Value as Json};

use super::execute::{Answered, Execution};
use super::extensions::Extension;
use super::request::{Request, Response};
use super::{EngineState, HugrEngine, pipeline, traced};
use crate::error::{Error, ErrorCode, Location, Result};
use crate::jq::{Answers, Caller, Job, Question, Turn, run_on_thread};
use crate::plan::Jq;

/// The variable whose value is a program over all variables.
const TRANSFORMATION: &str = "_jq";
/// Most queries that one program may ask.
const MOST_QUERIES: usize = 100;
/// Most programs that may be asked one by the other.
const MOST_PROGRAMS_DEEP: u8 = 3;

impl HugrEngine {
    /// Answers `request` as `identity` and returns what the jq program `code` makes of the whole response object, as JSON
    /// text. The request's variables are known to the program.
    ///
    /// # Errors
    /// The response itself when it has errors: these never reach the program; a response with the program's error when it
    /// does not compile (`GRAPHQL_VALIDATION`) or fails (`BAD_REQUEST`).
    pub async fn execute_jq(
        &self,
        code: &str,
        request: Request,
        identity: &Identity,
    ) -> Result<Bytes, Response> {
        let refused = |error: Error| Response::errors(vec![traced(error)]);
        require_programs(&self.0, identity).map_err(refused)?;
        let variables = request.variables.clone();
        let origin = request.clone();
        let program = ProgramOf {
            engine: &self.0,
            identity,
            request: &origin,
        };
        let job = |input| Job {
            code: code.to_owned(),
            variables: Map::clone(&variables),
            caller: caller(identity),
            input,
        };
        // A program that is wrong is told before the request does something.
        program.run(job(None)).await.map_err(refused)?;
        let limit = request.timeout.unwrap_or(self.0.config.request_timeout);
        let response = self.execute(request, identity).await;
        if !response.is_ok() {
            return Err(response);
        }
        let envelope = Bytes::from(response.into_parts().concat());
        let outcome = program.run(job(Some(envelope)));
        match tokio::time::timeout(limit, outcome).await {
            Ok(outcome) => outcome.map_err(refused),
            Err(_) => Err(refused(Error::new(
                ErrorCode::Timeout,
                format!("the jq program took longer than {limit:?}"),
            ))),
        }
    }
}

/// Returns `request` with the variables that its variable `_jq`, a program over all of them, makes; `None` when it has no
/// such variable.
///
/// # Errors
/// `GRAPHQL_VALIDATION` for a program that does not compile, `BAD_REQUEST` when it fails or makes no object.
pub(super) async fn with_transformed_variables(
    engine: &Arc<EngineState>,
    request: &Request,
    identity: &Identity,
) -> Result<Option<Request>> {
    let Some(code) = request.variables.get(TRANSFORMATION).and_then(Json::as_str) else {
        return Ok(None);
    };
    require_programs(engine, identity)?;
    let transformation = |error: Error| {
        Error::new(
            error.code(),
            format!("variable `{TRANSFORMATION}`: {}", error.public_message()),
        )
    };
    let job = Job {
        code: code.to_owned(),
        variables: Map::new(),
        caller: caller(identity),
        input: Some(Bytes::from(
            Json::Object(Map::clone(&request.variables)).to_string(),
        )),
    };
    let program = ProgramOf {
        engine,
        identity,
        request,
    };
    // Boxed: few requests have a transformation, and all would carry the room for it.
    let outcome = Box::pin(program.run(job)).await.map_err(transformation)?;
    let Ok(Json::Object(made)) = serde_json::from_slice(&outcome) else {
        return Err(transformation(Error::new(
            ErrorCode::BadRequest,
            "the program must give one object",
        )));
    };
    let mut request = request.clone();
    Arc::make_mut(&mut request.variables).extend(made);
    Ok(Some(request))
}

/// Checks that `identity` may do something, and that programs may be sent at all.
fn require_programs(engine: &EngineState, identity: &Identity) -> Result<()> {
    engine.rights(identity, &engine.served())?.require_programs()
}

/// Runs `jq`, which stands at `path`.
pub(super) async fn run(execution: &Execution<'_>, jq: Jq, path: &[String]) -> Result<Answered> {
    let (parts, mut extensions) = execution.run_fields(jq.fields, &mut path.to_vec()).await?;
    let origin = Bytes::from(parts.concat());
    let outcome = run_field(execution, (jq.code, jq.location), Some(origin.clone())).await?;
    extensions.push(Extension {
        path: path.to_vec(),
        name: "jq",
        value: outcome,
    });
    Ok(Answered {
        text: if jq.includes_origin {
            origin
        } else {
            Bytes::from_static(b"null")
        },
        extensions,
    })
}

/// Finds out whether the program of `jq` compiles.
///
/// # Errors
/// `GRAPHQL_VALIDATION` when it does not.
pub(super) async fn check(execution: &Execution<'_>, jq: &Jq) -> Result<()> {
    let program = (jq.code.clone(), jq.location);
    run_field(execution, program, None).await.map(drop)
}

async fn run_field(
    execution: &Execution<'_>,
    program: (String, Option<Location>),
    input: Option<Bytes>,
) -> Result<Bytes> {
    let (code, location) = program;
    let job = Job {
        code,
        variables: execution.authorized.operation().variables(),
        caller: caller(execution.authorized.identity()),
        input,
    };
    let program = ProgramOf {
        engine: execution.engine,
        identity: execution.authorized.identity(),
        request: execution.request,
    };
    program
        .run(job)
        .await
        .map_err(|error| match (error.code(), location) {
            // Only faults of the text have a place in it.
            (ErrorCode::GraphqlValidation, Some(location)) => error.with_location(location),
            _ => error,
        })
}

/// Whose program runs, and for what.
struct ProgramOf<'a> {
    engine: &'a Arc<EngineState>,
    identity: &'a Identity,
    request: &'a Request,
}

/// Answers what one program asks.
struct Asked<'a> {
    program: &'a ProgramOf<'a>,
    count: AtomicUsize,
}

impl ProgramOf<'_> {
    /// Runs the program where the engine runs programs.
    async fn run(&self, job: Job) -> Result<Bytes> {
        let asked = Asked {
            program: self,
            count: AtomicUsize::new(0),
        };
        let turn = if self.request.program_depth == 0 {
            Turn::Own
        } else {
            Turn::OfAnother
        };
        match &self.engine.jq_workers {
            Some(workers) => workers.run(&job, turn, &asked).await,
            None => run_on_thread(job, &asked).await,
        }
    }
}

#[async_trait]
impl Answers for Asked<'_> {
    /// Runs a query as the program's caller, as part of the same request: it takes no turn of its own among requests.
    async fn answer(&self, question: Question) -> Result<Bytes> {
        let ProgramOf {
            engine,
            identity,
            request,
        } = self.program;
        if request.program_depth >= MOST_PROGRAMS_DEEP {
            return Err(Error::new(
                ErrorCode::BadRequest,
                format!("programs ask programs more than {MOST_PROGRAMS_DEEP} deep"),
            ));
        }
        if self.count.fetch_add(1, Ordering::Relaxed) >= MOST_QUERIES {
            return Err(Error::new(
                ErrorCode::ResourceExhausted,
                format!("a program may ask at most {MOST_QUERIES} queries"),
            ));
        }
        let request = Request {
            query: question.query,
            variables: Arc::new(question.variables),
            time_zone: request.time_zone.clone(),
            is_read_only: request.is_read_only,
            program_depth: request.program_depth + 1,
            ..Request::default()
        };
        // Boxed: the query may hold programs, which are run by this very function.
        let answer = Box::pin(pipeline::run(engine, &request, identity)).await;
        match answer {
            Ok(answer) => Ok(answer.data.concat().into()),
            Err(errors) => {
                let first = errors.into_iter().next().map(traced);
                Err(first.unwrap_or_else(|| Error::internal("a query failed without an error")))
            }
        }
    }
}

fn caller(identity: &Identity) -> Caller {
    Caller {
        user_id: identity.user_id.clone(),
        user_name: identity.user_name.clone(),
        role: identity.role.as_str().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use hugr_auth::RoleName;
    use serde_json::json;

    use super::*;

    fn code(response: &Response) -> Option<ErrorCode> {
        response.error_list().first().map(Error::code)
    }

    #[tokio::test]
    async fn programs_are_refused_unless_they_are_switched_on() {
        let engine = HugrEngine::builder().build().await.unwrap();
        let caller = Identity::anonymous(RoleName::new("public"));
        let field = Request::new("{ jq(query: \"def f: 1 + f; f\") { __typename } }");
        let over_variables =
            Request::new("{ __typename }").with_variables(json!({ "_jq": "." }).as_object().unwrap().clone());
        for request in [field, over_variables] {
            assert_eq!(
                code(&engine.execute(request, &caller).await),
                Some(ErrorCode::Unsupported)
            );
        }
        let refused = engine
            .execute_jq(".", Request::new("{ __typename }"), &caller)
            .await
            .unwrap_err();
        assert_eq!(code(&refused), Some(ErrorCode::Unsupported));
    }
}
