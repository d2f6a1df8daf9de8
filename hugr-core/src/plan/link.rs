//! Navigation fields: the rows they lead to, and by which keys these are matched.

use super::column;
use super::join;
use super::object::{DeletedRows, Objects};
use crate::catalog::model::{BaseType, DataObject, Field, Link, LinkPath};
use crate::error::{Error, Result};
use crate::gql::value::Arguments;
use crate::name::FieldName;
use crate::sql::ast::{Expr, Join, JoinKind, Relation, ResultColumn, Select, SqlType};

use super::operator::json_item_type;

/// All rows that a link can lead to, from whatever parent.
pub(super) struct LinkRows {
    /// Alias of the target.
    pub(super) alias: String,
    /// The target, or the junction before it.
    pub(super) from: Relation,
    /// The target, when a junction comes before it.
    pub(super) joins: Vec<Join>,
    /// By what the rows are matched with their parents.
    pub(super) keys: Vec<LinkKey>,
    /// Conditions that always hold: those of the junction. Those of the target are the caller's to add.
    pub(super) filters: Vec<Expr>,
    /// How much of its row a row is, where it is one of several parts.
    pub(super) weight: Option<Expr>,
}

/// One key of a link.
pub(super) struct LinkKey {
    /// Field of the parent.
    pub(super) parent: FieldName,
    /// Value on the side of the link's rows.
    pub(super) expr: Expr,
    /// Its type.
    pub(super) ty: SqlType,
}

/// The rows that a link leads to from one row of the parent.
pub(super) struct LinkTarget {
    /// Alias of the target.
    pub(super) alias: String,
    select: Select,
}

impl LinkTarget {
    /// Returns whether such rows that meet `conditions` exist, or do not.
    pub(super) fn exists(mut self, conditions: Vec<Expr>, exists: bool) -> Expr {
        self.select.filters.extend(conditions);
        self.select.columns = vec![ResultColumn {
            expr: Expr::Number(1),
            alias: "one".to_owned(),
        }];
        Expr::Exists {
            query: Box::new(self.select),
            exists,
        }
    }
}

/// What a navigation field makes of a link's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Twin {
    /// The rows.
    Rows,
    /// One object of aggregates for each parent.
    Aggregation,
    /// A list of groups for each parent.
    Buckets,
}

impl Twin {
    /// Returns what the field `name` makes of the rows of the link called `link`.
    pub(super) fn of(name: &str, link: &str) -> Self {
        match name.strip_prefix(link) {
            Some("_bucket_aggregation") => Self::Buckets,
            Some("_aggregation") => Self::Aggregation,
            _ => Self::Rows,
        }
    }
}

/// Returns the link that the field `name` of `object` follows, and what it makes of the rows.
pub(super) fn link_and_twin<'a>(object: &'a DataObject, name: &str) -> Option<(&'a Link, Twin)> {
    let named = |suffix: &str| name.strip_suffix(suffix).and_then(|stem| object.links.get(stem));
    let rows = object.links.get(name).map(|link| (link, Twin::Rows));
    rows.or_else(|| named("_bucket_aggregation").map(|link| (link, Twin::Buckets)))
        .or_else(|| named("_aggregation").map(|link| (link, Twin::Aggregation)))
}

/// Returns all rows that `link` of `owner` can lead to; `arguments` are those of the field that follows it.
pub(super) fn all_rows(
    objects: &Objects<'_>,
    owner: &DataObject,
    link: &Link,
    arguments: &Arguments,
) -> Result<LinkRows> {
    let target = objects.object(&link.target)?;
    let alias = objects.fresh_alias("_target");
    let relation = objects.relation(target, &alias, arguments)?;
    match &link.path {
        LinkPath::Join {
            keys,
            condition: Some(condition),
        } => join::rows_by_condition(objects, owner, (target, relation), keys, condition),
        LinkPath::Keys(pairs)
        | LinkPath::Join {
            keys: pairs,
            condition: None,
        } => {
            let mut keys = Vec::with_capacity(pairs.len());
            for (parent, child) in pairs {
                keys.push(key(parent, target, &alias, child)?);
            }
            Ok(LinkRows {
                alias,
                from: relation,
                joins: Vec::new(),
                keys,
                filters: Vec::new(),
                weight: None,
            })
        }
        LinkPath::Junction { junction, near, far } => {
            let junction = objects.object(junction)?;
            let junction_alias = objects.fresh_alias("_junction");
            let mut keys = Vec::with_capacity(near.len());
            for (parent, child) in near {
                keys.push(key(parent, junction, &junction_alias, child)?);
            }
            let mut matches = Vec::with_capacity(far.len());
            for (from, to) in far {
                matches.push(Expr::equals(
                    column::value(junction, &junction_alias, field_of(junction, from)?)?,
                    column::value(target, &alias, field_of(target, to)?)?,
                ));
            }
            Ok(LinkRows {
                from: objects.relation(junction, &junction_alias, &Arguments::new())?,
                joins: vec![Join {
                    kind: JoinKind::Inner,
                    relation,
                    on: Expr::And(matches),
                }],
                filters: objects.conditions(junction, &junction_alias, DeletedRows::Hidden)?,
                alias,
                keys,
                weight: None,
            })
        }
    }
}

/// Returns the rows that `link` leads to from the row of `object` under `alias`.
pub(super) fn rows_of(
    objects: &Objects<'_>,
    object: &DataObject,
    alias: &str,
    link: &Link,
) -> Result<LinkTarget> {
    let rows = all_rows(objects, object, link, &Arguments::new())?;
    let mut filters = rows.filters;
    for key in rows.keys {
        let parent = column::value(object, alias, field_of(object, &key.parent)?)?;
        filters.push(Expr::equals(key.expr, parent));
    }
    let select = Select {
        from: Some(rows.from),
        joins: rows.joins,
        filters,
        ..Select::default()
    };
    Ok(LinkTarget {
        alias: rows.alias,
        select,
    })
}

/// Returns the field `name` of `object`.
pub(super) fn field_of<'a>(object: &'a DataObject, name: &FieldName) -> Result<&'a Field> {
    object
        .fields
        .get(name)
        .ok_or_else(|| Error::internal(format!("`{}` has no field `{name}`", object.name)))
}

fn key(parent: &FieldName, child: &DataObject, alias: &str, name: &FieldName) -> Result<LinkKey> {
    let field = field_of(child, name)?;
    let ty = match &field.ty.base {
        BaseType::Scalar(scalar) => json_item_type(*scalar),
        BaseType::Enum(_) | BaseType::Struct(_) => SqlType::Text,
    };
    Ok(LinkKey {
        parent: parent.clone(),
        expr: column::value(child, alias, field)?,
        ty,
    })
}
