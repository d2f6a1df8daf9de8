//! Document + operation name + variables → the fields to answer, with fragments, `@skip` and `@include` resolved.

use std::sync::Arc;

use apollo_compiler::ast::OperationType;
use apollo_compiler::executable::{Directive, Field, Operation, Selection, SelectionSet};
use apollo_compiler::parser::SourceSpan;
use apollo_compiler::validation::Valid;
use apollo_compiler::{Node, Schema};
use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::limits::{DocumentLimits, Tally};
use super::parse::Document;
use super::value::{Arguments, arguments, resolve, unset};
use super::variables::Variables;
use crate::error::{Error, ErrorCode, Location, Result};
use crate::name::{FieldName, TypeName};

/// Kind of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationKind {
    /// Reads; root fields may run in parallel.
    Query,
    /// Writes; root fields run in order.
    Mutation,
    /// Streams.
    Subscription,
}

/// An operation whose document is valid and whose variables have been coerced.
#[derive(Clone, Debug)]
pub struct ValidOperation {
    /// Kind.
    pub kind: OperationKind,
    /// Fields of the root type, in response order.
    pub selection: Vec<Selected>,
    /// Directives of the operation itself.
    pub directives: Vec<AppliedDirective>,
    document: Document,
    operation: Node<Operation>,
    variables: Variables,
}

/// A field to answer.
#[derive(Clone, Debug)]
pub struct Selected {
    /// Its name in the response.
    pub key: String,
    /// Type on which it is selected.
    pub parent: TypeName,
    /// The field.
    pub name: FieldName,
    /// Arguments that were given; defaults of the schema are not filled in.
    pub arguments: Arguments,
    /// Names of arguments that stand in the document, and whose variables have no value.
    pub unset: Vec<String>,
    /// Directives other than `@skip` and `@include`.
    pub directives: Vec<AppliedDirective>,
    /// Fields of its value, in response order.
    pub selection: Vec<Selected>,
    /// Where it stands, for errors.
    pub span: Span,
}

/// A directive on a field or operation.
#[derive(Clone, Debug, PartialEq)]
pub struct AppliedDirective {
    /// Its name, without `@`.
    pub name: String,
    /// Its arguments.
    pub arguments: Arguments,
}

/// A place in a document.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span(Option<SourceSpan>);

impl Selected {
    /// Returns whether the field has the directive `name`.
    #[must_use]
    pub fn has_directive(&self, name: &str) -> bool {
        self.directives.iter().any(|directive| directive.name == name)
    }
}

impl ValidOperation {
    /// Picks the operation called `name` (the first one when `None` and there is only one) and fills in `variables`.
    ///
    /// # Errors
    /// `BAD_REQUEST` when there is no such operation, `GRAPHQL_VALIDATION` when a variable does not fit, the operation is
    /// larger than the `limits` or of a kind that is not supported.
    pub fn new(
        schema: &Valid<Schema>,
        document: &Document,
        name: Option<&str>,
        variables: &Arc<Map<String, Value>>,
        limits: DocumentLimits,
    ) -> Result<Self> {
        let executable = document.executable();
        let operation = pick(document, name)?;
        let variables = Variables::new(schema, document, operation, Arc::clone(variables))?;
        let collector = Collector {
            document,
            fragments: &executable.fragments,
            variables: &variables,
            tally: Tally::new(limits),
        };
        let selection = collector.fields(&[&operation.selection_set], 1)?;
        let directives = collector.directives(&operation.directives);
        Ok(Self {
            kind: match operation.operation_type {
                OperationType::Query => OperationKind::Query,
                OperationType::Mutation => OperationKind::Mutation,
                OperationType::Subscription => OperationKind::Subscription,
            },
            selection,
            directives,
            document: document.clone(),
            operation: operation.clone(),
            variables,
        })
    }

    /// Returns the operation's name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.operation.name.as_ref().map(|name| name.as_str())
    }

    /// Returns the name of the root type.
    #[must_use]
    pub fn root_type(&self) -> &str {
        self.operation.object_type().as_str()
    }

    /// Returns the place of a field.
    #[must_use]
    pub fn location(&self, span: Span) -> Option<Location> {
        self.document.location(span.0)
    }

    /// Returns `error` with the place of a field, unless it has one already: the innermost is the most telling.
    #[must_use]
    pub fn locate(&self, error: Error, span: Span) -> Error {
        if error.locations().is_empty() {
            located(error, self.location(span))
        } else {
            error
        }
    }

    /// Returns the values of all variables: those that the operation defines, null where they have none, and what was given
    /// beside them.
    #[must_use]
    pub fn variables(&self) -> Map<String, Value> {
        let mut all = self.variables.given().clone();
        for definition in &self.operation.variables {
            let value = self.variables.get(definition.name.as_str());
            all.insert(definition.name.to_string(), value.cloned().unwrap_or_default());
        }
        all
    }
}

fn located(error: Error, location: Option<Location>) -> Error {
    match location {
        Some(location) => error.with_location(location),
        None => error,
    }
}

fn pick<'a>(document: &'a Document, name: Option<&str>) -> Result<&'a Node<Operation>> {
    let operations = &document.executable().operations;
    match name.filter(|name| !name.is_empty()) {
        // The first one, as clients of the original expect, where the specification would refuse to choose.
        None => operations
            .iter()
            .next()
            .ok_or_else(|| Error::new(ErrorCode::BadRequest, "the document has no operation")),
        Some(name) => operations.named.get(name).ok_or_else(|| {
            let known: Vec<_> = operations.named.keys().map(|name| format!("`{name}`")).collect();
            Error::new(
                ErrorCode::BadRequest,
                format!(
                    "operation `{name}` not found; the document has {}",
                    known.join(", ")
                ),
            )
        }),
    }
}

/// Collects fields as the specification's CollectFields does; fields with the same key are merged.
struct Collector<'a> {
    document: &'a Document,
    fragments: &'a apollo_compiler::executable::FragmentMap,
    variables: &'a Variables,
    tally: Tally,
}

impl<'a> Collector<'a> {
    fn fields(&self, sets: &[&'a SelectionSet], depth: usize) -> Result<Vec<Selected>> {
        let mut groups: IndexMap<&str, (&SelectionSet, Vec<&Node<Field>>)> = IndexMap::new();
        for set in sets {
            self.group(set, &mut groups);
        }
        if let Err(error) = self.tally.count_fields(groups.len(), depth) {
            let place = groups.values().find_map(|(_, group)| group.first()?.location());
            return Err(located(error, self.document.location(place)));
        }
        let mut fields = Vec::with_capacity(groups.len());
        for (key, (set, group)) in groups {
            fields.push(self.field(key, set, &group, depth)?);
        }
        Ok(fields)
    }

    fn group(
        &self,
        set: &'a SelectionSet,
        groups: &mut IndexMap<&'a str, (&'a SelectionSet, Vec<&'a Node<Field>>)>,
    ) {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) if self.is_included(&field.directives) => {
                    groups
                        .entry(field.response_key().as_str())
                        .or_insert_with(|| (set, Vec::new()))
                        .1
                        .push(field);
                }
                Selection::InlineFragment(fragment) if self.is_included(&fragment.directives) => {
                    self.group(&fragment.selection_set, groups);
                }
                Selection::FragmentSpread(spread) if self.is_included(&spread.directives) => {
                    if let Some(fragment) = self.fragments.get(&spread.fragment_name) {
                        self.group(&fragment.selection_set, groups);
                    }
                }
                Selection::Field(_) | Selection::InlineFragment(_) | Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn field(
        &self,
        key: &str,
        set: &SelectionSet,
        group: &[&'a Node<Field>],
        depth: usize,
    ) -> Result<Selected> {
        let Some(first) = group.first() else {
            return Err(Error::internal("a field group is empty"));
        };
        let sets: Vec<_> = group
            .iter()
            .map(|field| &field.selection_set)
            .filter(|set| !set.selections.is_empty())
            .collect();
        let here = |error| located(error, self.document.location(first.location()));
        if !sets.is_empty() {
            self.tally.check_depth(depth).map_err(here)?;
        }
        if first.alias.is_some() {
            self.tally.count_alias().map_err(here)?;
        }
        Ok(Selected {
            key: key.to_owned(),
            parent: TypeName::from(set.ty.as_str()),
            name: FieldName::from(first.name.as_str()),
            arguments: arguments(&first.arguments, self.variables),
            unset: unset(&first.arguments, self.variables),
            directives: self.directives(&first.directives),
            selection: if sets.is_empty() {
                Vec::new()
            } else {
                self.fields(&sets, depth + 1)?
            },
            span: Span(first.location()),
        })
    }

    fn directives(&self, directives: &[Node<Directive>]) -> Vec<AppliedDirective> {
        directives
            .iter()
            .filter(|directive| !matches!(directive.name.as_str(), "skip" | "include"))
            .map(|directive| AppliedDirective {
                name: directive.name.to_string(),
                arguments: arguments(&directive.arguments, self.variables),
            })
            .collect()
    }

    fn is_included(&self, directives: &[Node<Directive>]) -> bool {
        directives.iter().all(|directive| match directive.name.as_str() {
            "skip" => !self.condition(directive),
            "include" => self.condition(directive),
            _ => true,
        })
    }

    fn condition(&self, directive: &Directive) -> bool {
        directive
            .specified_argument_by_name("if")
            .and_then(|value| resolve(value, self.variables))
            .is_some_and(|value| value == Value::Bool(true))
    }
}
