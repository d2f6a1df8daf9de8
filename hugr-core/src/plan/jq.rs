//! `jq`: the fields below it are planned like root fields, its program is compiled.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::authz::AuthorizedOperation;
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;
use crate::jq::Program;

/// Returns the program of a field `jq`, in which the variables of the request are known.
///
/// # Errors
/// `GRAPHQL_VALIDATION` for a program that does not compile, `UNSUPPORTED` when programs may not be sent.
pub(super) fn program(authorized: &AuthorizedOperation, selected: &Selected) -> Result<Arc<Program>> {
    authorized.rights().require_programs()?;
    let code = selected
        .arguments
        .get("query")
        .and_then(Json::as_str)
        .ok_or_else(|| Error::new(ErrorCode::GraphqlValidation, "argument `query` is required"))?;
    let variables = authorized.operation().variables();
    Program::compile(code, variables.keys().map(String::as_str)).map(Arc::new)
}

/// Returns whether the answer of the fields below is wanted beside what the program makes of it.
pub(super) fn includes_origin(selected: &Selected) -> bool {
    selected.arguments.get("include_origin") == Some(&Json::Bool(true))
}
