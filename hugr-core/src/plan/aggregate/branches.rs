//! Groups with several `aggregations`.
//!
//! Mostly one statement groups the rows for all of them, each with its filter. Where one of them reaches into a list, which
//! repeats rows, or measures a cube of its own rows, each has a query of its own, and these are joined by the keys:
//!
//! ```text
//! orders_bucket_aggregation { key { status } all: aggregations { items { qty { sum } } } some: aggregations(filter: …) { … } }
//!   -> SELECT k.status, a.…, b.… FROM (SELECT status FROM a UNION SELECT status FROM b) AS k
//!      LEFT JOIN (…) AS a ON a.status IS NOT DISTINCT FROM k.status LEFT JOIN (…) AS b ON b.status IS NOT DISTINCT FROM k.status
//! ```

use std::collections::HashMap;

use serde_json::Value as Json;

use super::groups::{Grouped, GroupedRows, buckets};
use super::having::{Groups, having};
use super::measured::{has_measures, measured, undivided_measures};
use crate::catalog::model::{Cardinality, DataObject};
use crate::error::{Error, Result};
use crate::gql::Selected;
use crate::plan::follow::{follow, holds_joins};
use crate::plan::link::Twin;
use crate::plan::object::Objects;
use crate::plan::tree::{OutputField, OutputValue};
use crate::sql::ast::{Expr, Join, JoinKind, Operator, Relation, RelationSource, ResultColumn, Select};

const KEYS_ALIAS: &str = "_keys";
const PRESENT: &str = "__present";
const BRANCH: &str = "aggregations";

/// Groups the rows of `base`, a cube measured before, by the keys that are selected; `parents` as in [`buckets`].
pub(super) fn grouped(
    objects: &Objects<'_>,
    rows: GroupedRows<'_>,
    selected: &Selected,
    base: Select,
    parents: &mut [Expr],
) -> Result<Grouped> {
    if !are_separate(objects, rows.object, selected)? {
        return together(objects, rows, selected, base, parents);
    }
    let mut branches = Vec::new();
    let mut keys = Vec::new();
    for field in selected
        .selection
        .iter()
        .filter(|field| field.name.as_str() == BRANCH)
    {
        keys = parents.to_vec();
        let single = single_branch(selected, field);
        let mut branch = together(objects, rows.clone(), &single, base.clone(), &mut keys)?;
        branch.select.columns.push(ResultColumn {
            expr: Expr::Bool(true),
            alias: PRESENT.to_owned(),
        });
        branches.push(Branch {
            alias: objects.fresh_alias("_branch"),
            key: field.key.as_str(),
            grouped: branch,
        });
    }
    let mut joined = joined(&branches, keys.len(), selected)?;
    for (index, key) in parents.iter_mut().enumerate() {
        *key = Expr::column(KEYS_ALIAS, &format!("__key{index}"));
    }
    let groups = Groups {
        output: &joined.output,
        keys: &joined.key_scalars,
        columns: &joined.select.columns,
        scalars: &joined.scalars,
        are_filled: true,
    };
    let wanted = having(objects, selected, &groups)?;
    joined.select.filters = wanted.rows.into_iter().chain(wanted.groups).collect();
    Ok(joined)
}

/// One of several `aggregations`, with the keys.
struct Branch<'s> {
    alias: String,
    key: &'s str,
    grouped: Grouped,
}

fn together(
    objects: &Objects<'_>,
    rows: GroupedRows<'_>,
    selected: &Selected,
    base: Select,
    parents: &mut [Expr],
) -> Result<Grouped> {
    match measured(objects, (rows.object, rows.alias), selected, base, parents)? {
        Err(base) => buckets(objects, rows, selected, base, parents),
        Ok(_) if rows.weight.is_some() => Err(undivided_measures()),
        Ok(cube) => {
            let rows = GroupedRows {
                object: &cube.object,
                ..rows
            };
            buckets(objects, rows, &cube.selected, cube.rows, parents)
        }
    }
}

/// Returns whether the `aggregations` of `selected` cannot share a statement.
fn are_separate(objects: &Objects<'_>, object: &DataObject, selected: &Selected) -> Result<bool> {
    let branches: Vec<_> = selected
        .selection
        .iter()
        .filter(|field| field.name.as_str() == BRANCH)
        .collect();
    if branches.len() < 2 {
        return Ok(false);
    }
    let is_filtered = |branch: &&Selected| branch.arguments.get("filter").is_some_and(Json::is_object);
    if object.is_cube && has_measures(object, &selected.selection) && branches.iter().any(is_filtered) {
        return Ok(true);
    }
    for branch in branches {
        if reaches_list(objects, object, &branch.selection)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns whether aggregates of `selection` repeat rows of `object`.
fn reaches_list(objects: &Objects<'_>, object: &DataObject, selection: &[Selected]) -> Result<bool> {
    for field in selection {
        if holds_joins(field) {
            return Ok(true);
        }
        let Some(followed) = follow(objects, object, field)? else {
            continue;
        };
        let reaches = followed.twin == Twin::Rows
            && (followed.cardinality == Cardinality::Many
                || reaches_list(objects, &followed.target, &field.selection)?);
        if reaches {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns `selected` with nothing but its keys and `branch`; which groups are wanted is asked of all branches together.
fn single_branch(selected: &Selected, branch: &Selected) -> Selected {
    let mut single = selected.clone();
    single.arguments.retain(|name, _| name != "having");
    single.selection.retain(|field| field.name.as_str() == "key");
    single.selection.push(branch.clone());
    single
}

/// Joins `branches` by their keys; those of parents, `parents` in number, become the last columns.
fn joined(branches: &[Branch<'_>], parents: usize, selected: &Selected) -> Result<Grouped> {
    let first = branches
        .first()
        .ok_or_else(|| Error::internal("groups have no branch"))?;
    let key_count = first.grouped.key_count;
    let mut columns = key_columns(first, parents, KEYS_ALIAS);
    let parent_keys = columns.split_off(key_count);
    let mut joins = Vec::with_capacity(branches.len());
    let mut scalars = HashMap::new();
    let mut values = HashMap::new();
    for branch in branches {
        let own = &branch.grouped.select.columns;
        // Values stand between the keys and those of parents, before what says that the branch is there.
        let end = own.len().saturating_sub(parents + 1);
        let shift = columns.len() - key_count;
        for (index, column) in own.iter().enumerate().take(end).skip(key_count) {
            if let Some(scalar) = branch.grouped.scalars.get(&index) {
                scalars.insert(index + shift, *scalar);
            }
            columns.push(ResultColumn {
                expr: Expr::column(&branch.alias, &column.alias),
                alias: format!("__value{}", columns.len()),
            });
        }
        let present = columns.len();
        columns.push(ResultColumn {
            expr: Expr::IsNull {
                expr: Box::new(Expr::column(&branch.alias, PRESENT)),
                is_null: false,
            },
            alias: format!("{PRESENT}{present}"),
        });
        let found = branch.grouped.output.iter().find(|field| field.key == branch.key);
        let value = found.ok_or_else(|| Error::internal("a branch is missing"))?;
        values.insert(branch.key, (shifted(&value.value, (key_count, shift)), present));
        joins.push(join(branch, &columns, (key_count, &parent_keys)));
    }
    columns.extend(parent_keys);
    let from = Relation {
        source: RelationSource::Union(branches.iter().map(|branch| keys_of(branch, parents)).collect()),
        alias: KEYS_ALIAS.to_owned(),
    };
    Ok(Grouped {
        select: Select {
            columns,
            from: Some(from),
            joins,
            ..Select::default()
        },
        output: output(selected, &first.grouped.output, &values)?,
        key_count,
        key_scalars: first.grouped.key_scalars.clone(),
        scalars,
    })
}

/// Returns the answer's members in the order of `selected`: keys as in one branch, and each branch.
fn output(
    selected: &Selected,
    keys: &[OutputField],
    values: &HashMap<&str, (OutputValue, usize)>,
) -> Result<Vec<OutputField>> {
    let mut output = Vec::with_capacity(selected.selection.len());
    for field in &selected.selection {
        let key = field.key.as_str();
        let value = match (field.name.as_str(), values.get(key)) {
            ("__typename", _) => OutputValue::Typename(field.parent.clone()),
            (BRANCH, Some((OutputValue::Object { fields, .. }, present))) => OutputValue::Object {
                fields: fields.clone(),
                present: Some(*present),
            },
            _ => keys
                .iter()
                .find(|field| field.key == key)
                .map(|field| field.value.clone())
                .ok_or_else(|| Error::internal("a part of groups is missing"))?,
        };
        output.push(OutputField {
            key: key.to_owned(),
            value,
        });
    }
    Ok(output)
}

/// Returns the keys of `branch` as columns of the relation `alias`, those of parents last.
fn key_columns(branch: &Branch<'_>, parents: usize, alias: &str) -> Vec<ResultColumn> {
    let columns = &branch.grouped.select.columns;
    let first_parent = columns.len().saturating_sub(parents + 1);
    let own = columns.iter().take(branch.grouped.key_count);
    let of_parents = columns.iter().skip(first_parent).take(parents);
    own.chain(of_parents)
        .map(|column| ResultColumn {
            expr: Expr::column(alias, &column.alias),
            alias: column.alias.clone(),
        })
        .collect()
}

fn keys_of(branch: &Branch<'_>, parents: usize) -> Select {
    let columns = key_columns(branch, parents, &branch.alias);
    Select {
        // Without keys there is one group, which a row stands for.
        columns: if columns.is_empty() {
            vec![ResultColumn {
                expr: Expr::Bool(true),
                alias: PRESENT.to_owned(),
            }]
        } else {
            columns
        },
        from: Some(relation(branch)),
        ..Select::default()
    }
}

fn join(branch: &Branch<'_>, columns: &[ResultColumn], keys: (usize, &[ResultColumn])) -> Join {
    let (count, parents) = keys;
    let on = columns
        .iter()
        .take(count)
        .chain(parents)
        .map(|column| {
            let own = Expr::column(&branch.alias, &column.alias);
            Expr::test(Operator::Same, own, column.expr.clone())
        })
        .collect();
    Join {
        kind: JoinKind::Left,
        relation: relation(branch),
        on: Expr::And(on),
    }
}

fn relation(branch: &Branch<'_>) -> Relation {
    Relation {
        source: RelationSource::Query(Box::new(branch.grouped.select.clone())),
        alias: branch.alias.clone(),
    }
}

/// Returns `value` for columns of which those after the first `by.0` come `by.1` later.
fn shifted(value: &OutputValue, by: (usize, usize)) -> OutputValue {
    let moved = |index: &usize| if *index < by.0 { *index } else { *index + by.1 };
    match value {
        OutputValue::Column(index) => OutputValue::Column(moved(index)),
        OutputValue::RawJson(index) => OutputValue::RawJson(moved(index)),
        OutputValue::Object { fields, present } => OutputValue::Object {
            fields: fields
                .iter()
                .map(|field| OutputField {
                    key: field.key.clone(),
                    value: shifted(&field.value, by),
                })
                .collect(),
            present: present.as_ref().map(moved),
        },
        other => other.clone(),
    }
}
