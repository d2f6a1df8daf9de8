//! The statements of a query on a folder of SDL, without a server and without data.

use std::path::PathBuf;
use std::sync::Arc;

use hugr_auth::{Identity, RoleName};
use hugr_core::authz::{Rights, authorize};
use hugr_core::engine::Explanation;
use hugr_core::gql::{DocumentLimits, ValidOperation, parse};
use hugr_core::name::SourceName;
use hugr_core::plan::{Place, Places, plan};
use serde_json::{Map, Value};

use crate::program::Failure;
use crate::schema_folder::{SchemaFolder, check};

/// A query on a folder.
#[derive(Clone, Debug, clap::Args)]
pub struct Explained {
    #[command(flatten)]
    schema: SchemaFolder,

    /// Text of the query, or a file with it
    query: String,

    /// Values of its variables, a JSON object
    #[arg(long, default_value = "{}", value_name = "JSON")]
    variables: String,
}

/// Returns the statements that would answer the query for a role without rules.
///
/// # Errors
/// Those of [`check`], and what is wrong with the query or its variables.
pub fn explain(explained: &Explained) -> Result<Explanation, Failure> {
    let checked = check(&explained.schema)?;
    let file = PathBuf::from(&explained.query);
    let query = if file.is_file() {
        std::fs::read_to_string(&file).map_err(|error| format!("cannot read {}: {error}", file.display()))?
    } else {
        explained.query.clone()
    };
    let variables: Map<String, Value> = serde_json::from_str(&explained.variables)
        .map_err(|error| format!("the variables are not a JSON object: {error}"))?;
    let limits = DocumentLimits::default();
    let schema = checked.served.schema();
    let document = parse(schema, &query, limits).map_err(|errors| {
        let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
        errors.join("\n")
    })?;
    let operation = ValidOperation::new(schema, &document, None, &variables.into(), limits)?;
    let nobody = Identity::anonymous(RoleName::new("explain"));
    let parts = (&checked.catalog, &checked.served);
    let authorized = authorize(operation, Arc::new(Rights::full()), &nobody, parts)?;
    let mut places = Places::default();
    places.insert(
        SourceName::from(explained.schema.name.as_str()),
        Place::in_duckdb(explained.schema.name.as_str()),
    );
    let plan = plan(&checked.catalog, &checked.served, &places, &authorized)?;
    Ok(Explanation::of(&plan))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_of_a_query_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let sdl = "type orders @table(name: \"orders\") { id: Int! @pk  total: Float }";
        std::fs::write(folder.path().join("shop.graphql"), sdl).unwrap();
        let explained = Explained {
            schema: SchemaFolder {
                folder: folder.path().to_owned(),
                name: "shop".to_owned(),
                prefix: String::new(),
                as_module: false,
                read_only: false,
                extension: false,
                lenient: false,
            },
            query: "query ($k: Float) { orders(filter: {total: {gt: $k}}) { id } }".to_owned(),
            variables: "{\"k\": 7.5}".to_owned(),
        };
        let text = explain(&explained).unwrap().to_string();
        assert!(
            text.starts_with("-- orders @ shop\nSELECT \"_objects\".\"id\" AS \"id\"\n"),
            "{text}"
        );
        assert!(text.ends_with("-- $1 = 7.5\n"), "{text}");
    }
}
