//! `__schema` and `__type`, answered from the served schema.

use apollo_compiler::Schema;
use apollo_compiler::introspection;
use apollo_compiler::validation::Valid;

use super::operation::ValidOperation;
use crate::error::{Error, ErrorCode, Result};

/// Returns the values of the operation's introspection fields by response key, as JSON text.
///
/// # Errors
/// `GRAPHQL_VALIDATION` when the introspection is nested so deeply that its answer would explode.
pub fn introspect(schema: &Valid<Schema>, operation: &ValidOperation) -> Result<Vec<(String, String)>> {
    let (document, node, variables) = operation.parts();
    introspection::check_max_depth(document.executable(), node)
        .map_err(|error| Error::new(ErrorCode::GraphqlValidation, error.message().to_string()))?;
    let implementers = schema.implementers_map();
    let response =
        introspection::partial_execute(schema, &implementers, document.executable(), node, variables)
            .map_err(|error| Error::new(ErrorCode::GraphqlValidation, error.message().to_string()))?;
    if let Some(error) = response.errors.first() {
        return Err(Error::new(ErrorCode::GraphqlValidation, error.message.clone()));
    }
    let Some(data) = response.data else {
        return Ok(Vec::new());
    };
    data.into_iter()
        .map(|(key, value)| {
            let text = serde_json::to_string(&value)
                .map_err(|error| Error::internal("introspection does not serialise").with_source(error))?;
            Ok((key.as_str().to_owned(), text))
        })
        .collect()
}
