//! Joins that are more than equal keys: `@join(sql:)`, and the joins that a query itself makes with `_join`.

use indexmap::IndexMap;
use serde_json::Value as Json;

use super::column;
use super::link::{LinkKey, LinkRows, field_of};
use super::object::Objects;
use super::operator::json_item_type;
use crate::catalog::model::{BaseType, Cardinality, DataObject, Field, Link, LinkPath};
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;
use crate::gql::value::Arguments;
use crate::name::FieldName;
use crate::sql::ast::{
    Expr, Join, JoinKind, Relation, RelationSource, ResultColumn, Select, SqlType, TextPart,
};
use crate::sql::fragment::{Fragment, Piece};

/// Field under which a query joins any object.
pub(super) const JOIN_FIELD: &str = "_join";

/// Returns the rows of `target` that meet a condition over both sides.
///
/// The parents are read once more, by their keys, so that the condition can use any of their columns:
///
/// ```text
/// @join(sql: "[dest.at] BETWEEN [source.from] AND [source.to]")
///   -> SELECT t.…, s.id AS __key0 FROM (SELECT id, "from", "to" FROM parents) AS s JOIN targets AS t ON (…) WHERE s.id IN (…)
/// ```
pub(super) fn rows_by_condition(
    objects: &Objects<'_>,
    owner: &DataObject,
    target: (&DataObject, Relation),
    pairs: &[(FieldName, FieldName)],
    condition: &Fragment,
) -> Result<LinkRows> {
    let (target, relation) = target;
    let target_alias = relation.alias.clone();
    let mut source = Source::new(objects, owner);
    let mut on = Vec::with_capacity(pairs.len() + 1);
    for (from, to) in pairs {
        let to = column::value(target, &target_alias, field_of(target, to)?)?;
        on.push(Expr::equals(source.field(from)?, to));
    }
    on.push(Expr::Text(condition_text(
        &mut source,
        target,
        &target_alias,
        condition,
    )?));
    let (from, keys) = source.finish()?;
    Ok(LinkRows {
        alias: target_alias,
        from,
        joins: vec![Join {
            kind: JoinKind::Inner,
            relation,
            on: Expr::And(on),
        }],
        keys,
        filters: Vec::new(),
        weight: None,
    })
}

/// Returns a condition over both sides, with its names resolved.
pub(super) fn condition_text(
    source: &mut Source<'_, '_>,
    target: &DataObject,
    target_alias: &str,
    condition: &Fragment,
) -> Result<Vec<TextPart>> {
    let mut parts = Vec::with_capacity(condition.pieces().len());
    for piece in condition.pieces() {
        let path = match piece {
            Piece::Text(text) => {
                parts.push(TextPart::Sql(text.clone()));
                continue;
            }
            Piece::Name(path) | Piece::Placeholder(path) => path,
        };
        let [side, name, members @ ..] = path.as_slice() else {
            return Err(Error::internal(format!(
                "`{}` in a join names no column",
                path.join(".")
            )));
        };
        let name = FieldName::from(name.as_str());
        let value = match side.as_str() {
            "source" => source.field(&name)?,
            _ => column::value(target, target_alias, field_of(target, &name)?)?,
        };
        let value = members.iter().fold(value, |value, member| {
            Expr::Member(Box::new(value), member.clone(), None)
        });
        parts.push(TextPart::Expr(value));
    }
    Ok(parts)
}

/// The parents as a relation of their keys and of the columns that a condition uses.
pub(super) struct Source<'a, 'o> {
    objects: &'a Objects<'o>,
    owner: &'a DataObject,
    alias: String,
    inner_alias: String,
    columns: IndexMap<FieldName, Expr>,
}

impl<'a, 'o> Source<'a, 'o> {
    pub(super) fn new(objects: &'a Objects<'o>, owner: &'a DataObject) -> Self {
        let (alias, inner_alias) = (objects.fresh_alias("_source"), objects.fresh_alias("_parents"));
        Self {
            objects,
            owner,
            alias,
            inner_alias,
            columns: IndexMap::new(),
        }
    }

    /// Returns the parent's field, in terms of the relation.
    pub(super) fn field(&mut self, name: &FieldName) -> Result<Expr> {
        let value = column::value(self.owner, &self.inner_alias, field_of(self.owner, name)?)?;
        self.columns.insert(name.clone(), value);
        Ok(Expr::column(&self.alias, name.as_str()))
    }

    /// Returns the relation, and the keys by which its rows are matched with the parents: the primary key, or everything that
    /// is used where there is none.
    pub(super) fn finish(mut self) -> Result<(Relation, Vec<LinkKey>)> {
        let primary_key = self.owner.primary_key.clone();
        for name in &primary_key {
            self.field(name)?;
        }
        let key_fields = if primary_key.is_empty() {
            self.columns.keys().cloned().collect()
        } else {
            primary_key.clone()
        };
        let mut keys = Vec::with_capacity(key_fields.len());
        for name in key_fields {
            let ty = key_type(field_of(self.owner, &name)?);
            keys.push(LinkKey {
                expr: Expr::column(&self.alias, name.as_str()),
                parent: name,
                ty,
            });
        }
        let select = Select {
            // Without a key equal parents are one: each of them finds the same rows.
            group_by: if primary_key.is_empty() {
                self.columns.values().cloned().collect()
            } else {
                Vec::new()
            },
            columns: self
                .columns
                .into_iter()
                .map(|(name, expr)| ResultColumn {
                    expr,
                    alias: name.to_string(),
                })
                .collect(),
            from: Some(
                self.objects
                    .relation(self.owner, &self.inner_alias, &Arguments::new())?,
            ),
            ..Select::default()
        };
        Ok((
            Relation {
                source: RelationSource::Query(Box::new(select)),
                alias: self.alias,
            },
            keys,
        ))
    }
}

/// Returns the type of a key.
pub(super) fn key_type(field: &Field) -> SqlType {
    match &field.ty.base {
        BaseType::Scalar(scalar) => json_item_type(*scalar),
        BaseType::Enum(_) | BaseType::Struct(_) => SqlType::Text,
    }
}

/// Returns the link that a member of `_join(fields: […])` stands for, under its own name: fields are equal pair by pair.
///
/// # Errors
/// `GRAPHQL_VALIDATION` when the lists differ in length, or a pair in type.
pub(super) fn dynamic_link(
    objects: &Objects<'_>,
    owner: &DataObject,
    join: &Selected,
    member: &Selected,
) -> Result<Link> {
    let name = member.name.as_str();
    let target = joined_object(objects, member)?;
    let (from, to) = (names(join, "fields"), names(member, "fields"));
    if from.is_empty() || from.len() != to.len() {
        return Err(invalid(format!(
            "`fields` of `{JOIN_FIELD}` and of `{name}` must name equally many fields, they name {} and {}",
            from.len(),
            to.len()
        )));
    }
    let mut pairs = Vec::with_capacity(from.len());
    for (from, to) in from.into_iter().zip(to) {
        let (left, right) = (joinable(owner, &from)?, joinable(target, &to)?);
        if left.ty.base != right.ty.base {
            return Err(invalid(format!(
                "`{from}` and `{to}` must have the same type to be joined"
            )));
        }
        pairs.push((from, to));
    }
    Ok(unnamed_link(target, LinkPath::Keys(pairs)))
}

/// Returns the object whose rows `member`, a field of `_join` or `_spatial`, joins.
pub(super) fn joined_object<'a>(objects: &Objects<'a>, member: &Selected) -> Result<&'a DataObject> {
    let name = member.name.as_str();
    ["", "_bucket_aggregation", "_aggregation"]
        .iter()
        .find_map(|suffix| objects.catalog.object(name.strip_suffix(suffix)?))
        .map(|object| &**object)
        .ok_or_else(|| Error::new(ErrorCode::Unsupported, format!("`{name}` cannot be joined")))
}

/// Returns a link that a query makes; it is called like its target.
pub(super) fn unnamed_link(target: &DataObject, path: LinkPath) -> Link {
    Link {
        name: FieldName::from(target.name.as_str()),
        target: target.name.clone(),
        cardinality: Cardinality::Many,
        path,
        description: None,
        deprecated: None,
    }
}

fn joinable<'a>(object: &'a DataObject, name: &FieldName) -> Result<&'a Field> {
    object
        .fields
        .get(name)
        .filter(|field| !field.ty.is_list && matches!(field.ty.base, BaseType::Scalar(_)))
        .ok_or_else(|| {
            invalid(format!(
                "`{name}` is not a scalar field of `{}` and cannot be joined",
                object.name
            ))
        })
}

fn names(selected: &Selected, argument: &str) -> Vec<FieldName> {
    match selected.arguments.get(argument) {
        Some(Json::Array(names)) => names
            .iter()
            .filter_map(Json::as_str)
            .map(FieldName::from)
            .collect(),
        Some(Json::String(name)) => vec![FieldName::from(name.as_str())],
        _ => Vec::new(),
    }
}

pub(super) fn invalid(message: String) -> Error {
    Error::new(ErrorCode::GraphqlValidation, message)
}
