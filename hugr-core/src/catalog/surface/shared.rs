//! Types that have members for the tables and views of all sources: joins by fields, by geometry, by cells of the H3
//! grid (spec: shared cross-source types).

use super::arguments;
use super::{Definitions, Scope};
use crate::catalog::model::DataObject;
use crate::catalog::sdl::{TypeDraft, TypeKeyword};
use crate::catalog::type_names;

/// Arguments of the fields that lead to `_spatial` and `_spatial_aggregation`.
const SPATIAL_ARGUMENTS: &str = "field: String!, type: GeometrySpatialQueryType!, buffer: Int";

/// The field of `Query` that reads by cells of the H3 grid.
pub(super) const H3_TYPE: &str = "[_h3_query]";

/// The types of `Query.h3`.
const H3_TYPES: &str = include_str!("h3.graphql");

/// Adds the shared types; those without members are left out, and nothing leads to them.
pub(super) fn types(scope: &Scope<'_>, definitions: &mut Definitions) {
    let mut joins = SharedTypes::new("_join", "_join_aggregation");
    let mut spatial = SharedTypes::new("_spatial", "_spatial_aggregation");
    let mut h3 = TypeDraft::new(TypeKeyword::Object, "_h3_data_query", None);
    for object in scope
        .catalog
        .objects
        .values()
        .filter(|object| !object.is_junction)
    {
        joins.add(
            object,
            &arguments::joined(object),
            &arguments::joined_aggregation(object),
        );
        if object.has_geometry() {
            spatial.add(
                object,
                &arguments::spatial(object),
                &arguments::spatial_aggregation(object),
            );
            trio(object, &arguments::h3(object), &mut h3);
        }
    }
    joins.finish(definitions);
    if scope.has_geometry() {
        spatial.finish(definitions);
        definitions.insert(h3);
        definitions.insert_text(H3_TYPES);
    }
}

/// Adds the fields that lead from a row, or from an aggregation, to the shared types.
pub(super) fn joins(object: &DataObject, join_type: &str, spatial_type: &str, text: &mut TypeDraft) {
    text.field("_join", "fields: [String!]!", join_type, None);
    if object.has_geometry() {
        text.field("_spatial", SPATIAL_ARGUMENTS, spatial_type, None);
    }
}

/// A shared type with its aggregation.
struct SharedTypes {
    rows: TypeDraft,
    aggregations: TypeDraft,
    is_empty: bool,
}

impl SharedTypes {
    fn new(rows: &'static str, aggregations: &'static str) -> Self {
        Self {
            rows: TypeDraft::new(TypeKeyword::Object, rows, None),
            aggregations: TypeDraft::new(TypeKeyword::Object, aggregations, None),
            is_empty: true,
        }
    }

    fn add(&mut self, object: &DataObject, row_arguments: &str, aggregation_arguments: &str) {
        self.is_empty = false;
        trio(object, row_arguments, &mut self.rows);
        let name = object.name.as_str();
        self.aggregations
            .field(name, aggregation_arguments, &type_names::aggregation(name), None);
    }

    fn finish(self, definitions: &mut Definitions) {
        if self.is_empty {
            return;
        }
        definitions.insert(self.rows);
        definitions.insert(self.aggregations);
    }
}

/// Adds the fields that read, aggregate and bucket `object`.
fn trio(object: &DataObject, arguments: &str, text: &mut TypeDraft) {
    let name = object.name.as_str();
    text.field(name, arguments, &format!("[{name}]"), None);
    text.field(
        &format!("{name}_aggregation"),
        arguments,
        &type_names::aggregation(name),
        None,
    );
    text.field(
        &format!("{name}_bucket_aggregation"),
        &arguments::with_groups(arguments),
        &format!("[{}]", type_names::bucket(name)),
        None,
    );
}
