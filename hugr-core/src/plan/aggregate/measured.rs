//! Aggregations over a cube: it is measured first, and the measures are aggregated (spec §4.5).
//!
//! ```text
//! sales_aggregation { shop_id { count } pieces(measurement_func: SUM) { max } }
//!   -> SELECT count(DISTINCT shop_id), max(pieces) FROM (SELECT shop_id, sum(pieces) AS pieces FROM sales GROUP BY shop_id)
//! ```

use indexmap::IndexMap;
use serde_json::Value as Json;

use super::gapfill;
use crate::catalog::model::{DataObject, FieldValue};
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;
use crate::name::FieldName;
use crate::plan::column;
use crate::plan::columns::dimensions;
use crate::plan::condition::object_filter;
use crate::plan::derived;
use crate::plan::follow::follow;
use crate::plan::link::field_of;
use crate::plan::object::Objects;
use crate::sql::ast::{Expr, Relation, RelationSource, ResultColumn, Select};

/// A cube that was measured.
pub(super) struct Measured {
    /// Its rows, under the alias that the cube's rows had.
    pub(super) rows: Select,
    /// The cube as an object whose columns are the measures and dimensions.
    pub(super) object: DataObject,
    /// What is aggregated, without the arguments that have been applied.
    pub(super) selected: Selected,
}

/// Returns the measured rows of `base`, when `selected`, an aggregation of `object` under `alias`, aggregates measures; `keys`
/// become columns of them.
///
/// # Errors
/// `UNSUPPORTED` when one field is measured in two ways.
pub(super) fn measured(
    objects: &Objects<'_>,
    of: (&DataObject, &str),
    selected: &Selected,
    base: Select,
    keys: &mut [Expr],
) -> Result<std::result::Result<Measured, Select>> {
    let (object, alias) = of;
    if !object.is_cube || !has_measures(object, &selected.selection) {
        return Ok(Err(base));
    }
    let mut cube = Cube {
        objects,
        object,
        alias,
        columns: IndexMap::new(),
    };
    let mut applied = selected.clone();
    let mut base = base;
    base.filters
        .extend(own_filter(objects, of, &mut applied.selection)?);
    cube.add(&mut applied.selection)?;
    let mut columns: Vec<_> = cube
        .columns
        .iter()
        .map(|(name, expr)| ResultColumn {
            expr: expr.clone(),
            alias: name.to_string(),
        })
        .collect();
    for (index, key) in keys.iter_mut().enumerate() {
        let name = format!("__key{index}");
        let outer = Expr::column(alias, &name);
        columns.push(ResultColumn {
            expr: std::mem::replace(key, outer),
            alias: name,
        });
    }
    let mut measured = object.clone();
    for name in cube.columns.keys() {
        if let Some(field) = measured.fields.get_mut(name) {
            field.value = FieldValue::Column(name.to_string());
        }
    }
    let query = Select {
        group_by: dimensions(&columns),
        columns,
        ..base
    };
    let from = Relation {
        source: RelationSource::Query(Box::new(query)),
        alias: alias.to_owned(),
    };
    Ok(Ok(Measured {
        rows: Select {
            from: Some(from),
            ..Select::default()
        },
        object: measured,
        selected: applied,
    }))
}

/// Returns whether `selection` measures the cube `object`.
pub(super) fn has_measures(object: &DataObject, selection: &[Selected]) -> bool {
    selection.iter().any(|selected| {
        object.fields.contains_key(&selected.name) && derived::is_measured(&selected.arguments)
            || is_group_part(selected) && has_measures(object, &selected.selection)
    })
}

/// Returns whether a field stands around the fields of the object: `key` and `aggregations` of groups.
fn is_group_part(selected: &Selected) -> bool {
    selected.parent.as_str().ends_with("_aggregation_bucket")
        && ["key", "aggregations"].contains(&selected.name.as_str())
}

/// Returns the error of parts of rows of which a cube is measured.
pub(super) fn undivided_measures() -> Error {
    Error::new(
        ErrorCode::Unsupported,
        "`divide_values` of measures of a cube is not supported",
    )
}

/// Takes the filter of the only `aggregations` out of `selection`: it decides on the rows that are measured.
fn own_filter(
    objects: &Objects<'_>,
    of: (&DataObject, &str),
    selection: &mut [Selected],
) -> Result<Option<Expr>> {
    let mut filter = None;
    for field in selection.iter_mut().filter(|field| is_group_part(field)) {
        if let Some(Json::Object(members)) = field.arguments.remove("filter") {
            filter = object_filter(objects, of.0, of.1, &members)?;
        }
    }
    Ok(filter)
}

struct Cube<'a, 'o> {
    objects: &'a Objects<'o>,
    object: &'a DataObject,
    alias: &'a str,
    columns: IndexMap<FieldName, Expr>,
}

impl Cube<'_, '_> {
    /// Adds what `selection` needs, and takes away the arguments that are applied by that.
    fn add(&mut self, selection: &mut [Selected]) -> Result<()> {
        for selected in selection {
            if is_group_part(selected) {
                self.add(&mut selected.selection)?;
            } else if let Some(field) = self.object.fields.get(&selected.name) {
                let mut arguments = selected.arguments.clone();
                let is_filled = gapfill::take(&mut arguments);
                let value = derived::value(self.object, self.alias, field, &arguments)?;
                self.column(&selected.name, value)?;
                // Missing buckets are found among the groups, for which a time is cut off once more.
                selected
                    .arguments
                    .retain(|name, _| is_filled && gapfill::is_needed(name));
            } else if let Some(companion) = self.object.companions.get(&selected.name) {
                self.raw(&companion.base)?;
            } else if let Some(followed) = follow(self.objects, self.object, selected)? {
                for key in &followed.rows.keys {
                    self.raw(&key.parent)?;
                }
            }
        }
        Ok(())
    }

    fn raw(&mut self, name: &FieldName) -> Result<()> {
        let value = column::value(self.object, self.alias, field_of(self.object, name)?)?;
        self.column(name, value)
    }

    fn column(&mut self, name: &FieldName, value: Expr) -> Result<()> {
        match self.columns.get(name) {
            Some(known) if *known != value => Err(Error::new(
                ErrorCode::Unsupported,
                format!("field `{name}` of a cube can be aggregated in one way at a time"),
            )),
            _ => {
                self.columns.insert(name.clone(), value);
                Ok(())
            }
        }
    }
}
