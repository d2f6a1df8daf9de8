//! Text → statement, without a database: the pure stages of the engine in a row.

use std::sync::Arc;

use hugr_auth::{Identity, RoleName};
use hugr_core::authz::{AuthorizedOperation, Permission, Rights, authorize};
use hugr_core::catalog::compile::compile;
use hugr_core::catalog::{Catalog, SdlDocument, ServedSchema, SourceSchema, surface};
use hugr_core::gql::{Document, DocumentLimits, ValidOperation, parse};
use hugr_core::name::SourceName;
use hugr_core::plan::{Node, Place, Places, Plan, Read, RootKind, plan};
use hugr_core::sql::dialect::DuckDbDialect;
use hugr_core::sql::{RuntimeRows, Statement, render};
use serde_json::{Map, Value};

use crate::Failure;

/// A served schema, and what its planning looks things up in.
#[derive(Debug)]
pub struct Planner {
    catalog: Catalog,
    schema: ServedSchema,
    places: Places,
}

impl Planner {
    /// Compiles `sdl` as the data source `source`, attached under its own name.
    ///
    /// # Errors
    /// All findings of the compiler, as one text.
    pub fn new(source: &str, sdl: &str) -> Result<Self, Failure> {
        let document = SdlDocument {
            file: "schema.graphql".to_owned(),
            text: sdl.to_owned(),
        };
        let compiled = compile(&SourceSchema::new(source, vec![document])).map_err(all)?;
        let catalog = Catalog::merge(vec![Arc::new(compiled.catalog)]).map_err(all)?;
        let schema = surface::serve(&catalog).map_err(all)?;
        let mut places = Places::default();
        places.insert(SourceName::from(source), Place::in_duckdb(source));
        Ok(Self {
            catalog,
            schema,
            places,
        })
    }

    /// Parses and validates `query`.
    ///
    /// # Errors
    /// All findings, as one text.
    pub fn document(&self, query: &str) -> Result<Document, Failure> {
        parse(self.schema.schema(), query, DocumentLimits::default()).map_err(all)
    }

    /// Returns the document's operation with `variables`.
    ///
    /// # Errors
    /// When they do not fit.
    pub fn operation(
        &self,
        document: &Document,
        variables: &Map<String, Value>,
    ) -> Result<ValidOperation, Failure> {
        let limits = DocumentLimits::default();
        let schema = self.schema.schema();
        let variables = Arc::new(variables.clone());
        Ok(ValidOperation::new(schema, document, None, &variables, limits)?)
    }

    /// Returns the rights of a role with these rules.
    #[must_use]
    pub fn rights(&self, role: &str, permissions: Vec<Permission>) -> Arc<Rights> {
        Arc::new(Rights::new(RoleName::new(role), permissions, &self.schema))
    }

    /// Checks `operation` against `rights`.
    ///
    /// # Errors
    /// What they refuse.
    pub fn authorize(
        &self,
        operation: ValidOperation,
        rights: Arc<Rights>,
        identity: &Identity,
    ) -> Result<AuthorizedOperation, Failure> {
        Ok(authorize(
            operation,
            rights,
            identity,
            (&self.catalog, &self.schema),
        )?)
    }

    /// Plans the document with `variables`.
    ///
    /// # Errors
    /// As the stages say.
    pub fn plan(&self, document: &Document, variables: &Map<String, Value>) -> Result<Plan, Failure> {
        let operation = self.operation(document, variables)?;
        let nobody = Identity::anonymous(RoleName::new("bench"));
        let authorized = self.authorize(operation, Arc::new(Rights::full()), &nobody)?;
        Ok(plan(&self.catalog, &self.schema, &self.places, &authorized)?)
    }

    /// Plans `query` with `variables` and returns its first root, which must be a read.
    ///
    /// # Errors
    /// As the stages say, and when there is no such root.
    pub fn read(&self, query: &str, variables: &Map<String, Value>) -> Result<Read, Failure> {
        let plan = self.plan(&self.document(query)?, variables)?;
        for field in plan.fields {
            if let Node::Root(root) = field.node
                && let RootKind::Read(read) = *root
            {
                return Ok(read);
            }
        }
        Err("the query has no root that reads".into())
    }
}

/// Returns the statement of the read's first step.
#[must_use]
pub fn first_statement(read: &Read) -> Statement {
    render(&read.step.select, &DuckDbDialect, &RuntimeRows::new())
}

fn all<E: std::fmt::Display>(findings: Vec<E>) -> Failure {
    let texts: Vec<_> = findings.into_iter().map(|finding| finding.to_string()).collect();
    texts.join("\n").into()
}
