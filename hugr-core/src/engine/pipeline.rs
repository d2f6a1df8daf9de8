//! One request, step by step. Each arrow is another type, so that no step can be left out.

use std::sync::Arc;
use std::time::Instant;

use hugr_auth::Identity;

use super::audit;
use super::execute::{Answer, execute};
use super::explain::log_statements;
use super::extensions::Timings;
use super::jq::with_transformed_variables;
use super::request::Request;
use super::{EngineState, served::Served};
use crate::authz::{self, AuthorizedOperation};
use crate::error::{Error, ErrorCode};
use crate::gql::{OperationKind, ValidOperation};
use crate::plan::{self, Plan};

/// A request that is ready to run.
pub(super) struct Prepared {
    /// What it reads from.
    pub(super) served: Arc<Served>,
    /// What may be done for it.
    pub(super) authorized: AuthorizedOperation,
    /// How.
    pub(super) plan: Plan,
    /// How long that took.
    pub(super) timings: Timings,
}

/// Answers `request`.
pub(super) async fn run(
    engine: &Arc<EngineState>,
    request: &Request,
    identity: &Identity,
) -> Result<Answer, Vec<Error>> {
    // variables → those that a program makes of them
    let transformed = with_transformed_variables(engine, request, identity)
        .await
        .map_err(|error| vec![error])?;
    let request = transformed.as_ref().unwrap_or(request);
    let prepared = prepare(engine, request, identity).inspect_err(|errors| {
        errors.iter().for_each(|error| audit::refused(identity, error));
    })?;
    log_statements(&prepared.plan, request, identity);
    // → statements → rows → JSON
    let outcome = execute(
        engine,
        &prepared.served,
        request,
        &prepared.authorized,
        (prepared.plan, prepared.timings),
    )
    .await;
    if !request.validate_only {
        let (schema, operation) = (&prepared.served.schema, prepared.authorized.operation());
        audit::ran(identity, schema, operation, outcome.as_ref().err());
    }
    outcome.map_err(|error| vec![error])
}

/// Does everything for `request` that comes before its statements.
pub(super) fn prepare(
    engine: &EngineState,
    request: &Request,
    identity: &Identity,
) -> Result<Prepared, Vec<Error>> {
    let started = Instant::now();
    let served: Arc<Served> = engine.served();
    let one = |error: Error| vec![error];

    // role → its rights on what is served, kept for both
    let rights = engine.rights(identity, &served).map_err(one)?;
    // text → valid document, cached by both
    let limits = engine.config.document_limits;
    let document = served.document(&request.query, limits)?;
    let parsed = started.elapsed();
    // + operation name and variables → valid operation
    let name = request.operation_name.as_deref();
    let operation = ValidOperation::new(
        served.schema.schema(),
        &document,
        name,
        &request.variables,
        limits,
    )
    .map_err(one)?;
    if request.is_read_only && operation.kind == OperationKind::Mutation {
        let message = "mutations are sent with POST when a cookie says who asks";
        return Err(one(Error::new(ErrorCode::BadRequest, message)));
    }
    // + rights of the role → authorised operation
    let catalog_and_schema = (&served.catalog, &served.schema);
    let authorized = authz::authorize(operation, rights, identity, catalog_and_schema).map_err(one)?;
    // + catalog → plan
    let plan = plan::plan(&served.catalog, &served.schema, &served.places, &authorized).map_err(one)?;
    Ok(Prepared {
        served,
        authorized,
        plan,
        timings: Timings {
            started,
            parsed,
            planned: started.elapsed(),
        },
    })
}
