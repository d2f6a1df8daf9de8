//! Names of the types that the served schema derives, in one place. PURE.

use super::model::{DataObject, ModulePath, MutationSupport, SourceCatalog};
use super::scalar::Scalar;

/// What the name of every module type starts with.
pub(crate) const MODULE_PREFIX: &str = "_module_";

/// Types that every served schema has, apart from scalars and their filters.
const SYSTEM_TYPES: [&str; 47] = [
    "Query",
    "Mutation",
    "Subscription",
    "Function",
    "MutationFunction",
    "OnConflict",
    "OperationResult",
    "OrderByField",
    "OrderDirection",
    "NullsOrder",
    "GroupCondition",
    "GeometryType",
    "TimeBucket",
    "TimeExtract",
    "GeometryTransform",
    "GeometryMeasurementTypes",
    "GeometrySpatialQueryType",
    "VectorDistanceType",
    "VectorSearchInput",
    "SemanticSearchInput",
    "_join",
    "_join_aggregation",
    "_spatial",
    "_spatial_aggregation",
    "_h3_data_query",
    "_h3_query",
    "_distribution_by",
    "_distribution_by_bucket",
    "_distribution_by_aggregation",
    "_distribution_by_bucket_aggregation",
    "_Module",
    "_DataObject",
    "_DataObjectProperties",
    "_DataObjectQuery",
    "_DataObjectType",
    "_DataSource",
    "_Function",
    "_FunctionType",
    "_QueryType",
    "_Relation",
    "_RelationDirection",
    "_RelationKind",
    "_SearchHit",
    "_SearchKind",
    "_SearchMatch",
    "_SearchResult",
    "_TypeScope",
];

/// What the names of the types that a scalar has add to its own.
const SCALAR_SUFFIXES: [&str; 6] = [
    "",
    "Filter",
    "ListFilter",
    "Aggregation",
    "SubAggregation",
    "MeasurementAggregation",
];

/// What a module type holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RootKind {
    /// Reads of tables and views.
    Query,
    /// Changes of tables.
    Mutation,
    /// Functions below `Query.function`.
    Function,
    /// Functions below `Mutation.function`.
    MutationFunction,
}

impl RootKind {
    /// Returns the name of the type for `module`.
    pub(crate) fn type_name(self, module: &ModulePath) -> String {
        let segments = module.segments();
        if segments.is_empty() {
            let name = match self {
                Self::Query => "Query",
                Self::Mutation => "Mutation",
                Self::Function => "Function",
                Self::MutationFunction => "MutationFunction",
            };
            return name.to_owned();
        }
        let suffix = match self {
            Self::Query => "query",
            Self::Mutation => "mutation",
            Self::Function => "function",
            Self::MutationFunction => "mut_function",
        };
        format!("{MODULE_PREFIX}{}_{suffix}", segments.join("_"))
    }
}

/// Returns the name of the filter input of the object or struct `name`.
pub(crate) fn filter(name: &str) -> String {
    format!("{name}_filter")
}

/// Returns the name of the filter input for lists of the object or struct `name`.
pub(crate) fn list_filter(name: &str) -> String {
    format!("{name}_list_filter")
}

/// Returns the name of the insert input of the object `name`.
pub(crate) fn insert_input(name: &str) -> String {
    format!("{name}_mut_input_data")
}

/// Returns the name of the update input of the object `name`.
pub(crate) fn update_input(name: &str) -> String {
    format!("{name}_mut_data")
}

/// Returns the name of the type that updates and deletes of the built-in object `name` return, and inserts of many rows of
/// any other.
pub(crate) fn mutation_result(name: &str) -> String {
    format!("{name}_mut_result")
}

/// Returns the names of the objects that the type `name` may show rows, aggregates or changes of, beside one of that name.
pub(crate) fn bases(name: &str) -> impl Iterator<Item = &str> {
    let aggregated = name.strip_prefix('_').into_iter().flat_map(|rest| {
        rest.match_indices("_aggregation")
            .map(move |(end, _)| rest.get(..end).unwrap_or_default())
    });
    aggregated.chain(name.strip_suffix("_mut_result"))
}

/// Returns whether `name` is the type of an object's buckets, whose fields are none of the object's.
pub(crate) fn is_bucket(name: &str) -> bool {
    name.starts_with('_') && name.ends_with("_aggregation_bucket")
}

/// Returns the name of the filter input of `scalar`.
pub(crate) fn scalar_filter(scalar: Scalar) -> String {
    format!("{}Filter", scalar.as_str())
}

/// Returns the name of the filter input for lists of `scalar`.
pub(crate) fn scalar_list_filter(scalar: Scalar) -> String {
    format!("{}ListFilter", scalar.as_str())
}

/// Returns the name of the aggregation of `scalar`.
pub(crate) fn scalar_aggregation(scalar: Scalar) -> String {
    format!("{}Aggregation", scalar.as_str())
}

/// Returns the name of the aggregation of aggregations of `scalar`.
pub(crate) fn scalar_sub_aggregation(scalar: Scalar) -> String {
    format!("{}SubAggregation", scalar.as_str())
}

/// Returns the name of the enum of a cube's measures of `scalar`.
pub(crate) fn measures(scalar: Scalar) -> String {
    format!("{}MeasurementAggregation", scalar.as_str())
}

/// Returns the name of the aggregation of the object or struct `name`.
pub(crate) fn aggregation(name: &str) -> String {
    format!("_{name}_aggregation")
}

/// Returns the name of the buckets of the object `name`.
pub(crate) fn bucket(name: &str) -> String {
    format!("_{name}_aggregation_bucket")
}

/// Returns the name of the aggregation of aggregations of the object or struct `name`.
pub(crate) fn sub_aggregation(name: &str) -> String {
    format!("_{name}_aggregation_sub_aggregation")
}

/// Returns the name of the third level of aggregations of the object `name`.
pub(crate) fn sub_sub_aggregation(name: &str) -> String {
    format!("_{name}_aggregation_sub_aggregation_sub_aggregation")
}

/// Returns whether the engine itself serves a type named `name`.
pub(crate) fn is_system(name: &str) -> bool {
    let is_scalar_type = || {
        Scalar::ALL.into_iter().any(|scalar| {
            name.strip_prefix(scalar.as_str())
                .is_some_and(|rest| SCALAR_SUFFIXES.contains(&rest))
        })
    };
    SYSTEM_TYPES.contains(&name)
        || name.starts_with("__")
        || name.starts_with(MODULE_PREFIX)
        || is_scalar_type()
}

/// Returns the names of all types that `catalog` brings to the served schema, each with the declared type it is for.
pub(crate) fn of_source(catalog: &SourceCatalog) -> Vec<(String, String)> {
    let mut names = Vec::new();
    let mut add = |served: String, declared: &str| names.push((served, declared.to_owned()));
    for object in catalog.objects.values() {
        for served in of_object(object) {
            add(served, object.name.as_str());
        }
    }
    for name in catalog.structs.keys() {
        add(name.to_string(), name.as_str());
        add(filter(name.as_str()), name.as_str());
        add(list_filter(name.as_str()), name.as_str());
        add(aggregation(name.as_str()), name.as_str());
        add(sub_aggregation(name.as_str()), name.as_str());
        add(insert_input(name.as_str()), name.as_str());
        add(update_input(name.as_str()), name.as_str());
    }
    for name in catalog.passthrough.keys() {
        add(name.to_string(), name.as_str());
    }
    names
}

fn of_object(object: &DataObject) -> Vec<String> {
    let name = object.name.as_str();
    let mut names = vec![
        name.to_owned(),
        filter(name),
        list_filter(name),
        aggregation(name),
        bucket(name),
        sub_aggregation(name),
        sub_sub_aggregation(name),
    ];
    match object.mutations {
        MutationSupport::None => {}
        MutationSupport::InsertUpdateDelete | MutationSupport::BuiltIn => {
            names.extend([insert_input(name), update_input(name), mutation_result(name)]);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::model::Catalog;
    use crate::catalog::surface::serve;

    #[test]
    fn knows_every_type_of_an_empty_schema() {
        let served = serve(&Catalog::default()).expect("the empty schema is valid");
        let own = served
            .schema()
            .types
            .iter()
            .filter(|(_, found)| !found.is_built_in());
        for (name, _) in own {
            assert!(is_system(name), "a source could define `{name}` again");
        }
    }

    #[test]
    fn names_the_types_of_modules() {
        let module = ModulePath::parse("core.cluster");
        assert_eq!(
            RootKind::MutationFunction.type_name(&module),
            "_module_core_cluster_mut_function"
        );
        assert_eq!(RootKind::Function.type_name(&ModulePath::default()), "Function");
    }
}
