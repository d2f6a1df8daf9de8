//! jq: as a field over the fields below it, over a whole response, and over the variables of a request.

use bytes::Bytes;
use hugr_auth::Identity;
use serde_json::{Map, Value as Json};

use super::execute::{Answered, Execution};
use super::extensions::Extension;
use super::request::{Request, Response};
use super::{EngineState, HugrEngine, traced};
use crate::error::{Error, ErrorCode, Location, Result};
use crate::jq::{Caller, Job};
use crate::plan::Jq;

/// The variable whose value is a program over all variables.
const TRANSFORMATION: &str = "_jq";

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
        let job = |input| Job {
            code: code.to_owned(),
            variables: Map::clone(&variables),
            caller: caller(identity),
            input,
        };
        // A program that is wrong is told before the request does something.
        run_job(&self.0, job(None)).await.map_err(refused)?;
        let limit = request.timeout.unwrap_or(self.0.config.request_timeout);
        let response = self.execute(request, identity).await;
        if !response.is_ok() {
            return Err(response);
        }
        let envelope = Bytes::from(response.into_parts().concat());
        let outcome = run_job(&self.0, job(Some(envelope)));
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
    engine: &EngineState,
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
    let outcome = run_job(engine, job).await.map_err(transformation)?;
    let Ok(Json::Object(made)) = serde_json::from_slice(&outcome) else {
        return Err(transformation(Error::new(
            ErrorCode::BadRequest,
            "the program must give one object",
        )));
    };
    let mut request = request.clone();
    std::sync::Arc::make_mut(&mut request.variables).extend(made);
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
    run_job(execution.engine, job)
        .await
        .map_err(|error| match (error.code(), location) {
            // Only faults of the text have a place in it.
            (ErrorCode::GraphqlValidation, Some(location)) => error.with_location(location),
            _ => error,
        })
}

/// Runs a program where the engine runs programs.
///
/// In this process it runs on a database thread, as work for a processor, and stops between two values when nobody wants
/// them any more.
async fn run_job(engine: &EngineState, job: Job) -> Result<Bytes> {
    match &engine.jq_workers {
        Some(workers) => workers.run(&job).await,
        None => {
            engine
                .database
                .run(move |session| job.run(|| session.check_wanted()))
                .await
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
