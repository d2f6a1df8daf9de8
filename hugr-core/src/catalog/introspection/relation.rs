//! `_Relation`: how tables and views hang together.

use super::Context;
use super::value::{Object, Value};
use crate::catalog::model::{DataObject, LinkPath, Relation};
use crate::gql::Selected;
use crate::name::{FieldName, SourceName, TypeName};

/// A relation, seen from one of its ends.
#[derive(Clone)]
pub(super) struct RelationView<'a> {
    name: &'a str,
    direction: &'static str,
    kind: &'static str,
    field: &'a FieldName,
    target: &'a TypeName,
    through: Option<&'a TypeName>,
    keys: &'a [(FieldName, FieldName)],
    /// Whether `keys` name the far side first.
    is_reversed: bool,
    source: &'a SourceName,
    description: Option<&'a str>,
}

/// Returns the relations of `object` that its fields follow: foreign keys from and to it, those through a third table,
/// and joins.
pub(super) fn of_object<'a>(context: &Context<'a>, object: &'a DataObject) -> Vec<RelationView<'a>> {
    let mut views = Vec::new();
    for (source, relation) in all(context) {
        let Some(from) = context.catalog().object(relation.from.as_str()) else {
            continue;
        };
        if from.is_junction {
            if relation.to == object.name {
                views.extend(through(context, source, relation));
            }
            continue;
        }
        if relation.from == object.name {
            views.push(RelationView {
                field: &relation.forward_field,
                target: &relation.to,
                description: relation.description.as_deref(),
                ..of_key(source, relation, "FORWARD")
            });
        }
        if relation.to == object.name {
            views.push(RelationView {
                field: &relation.back_field,
                target: &relation.from,
                description: relation.back_description.as_deref(),
                ..of_key(source, relation, "BACK")
            });
        }
    }
    views.extend(joins(object));
    views.retain(|view| {
        object.links.contains_key(view.field) && context.shows(object.name.as_str(), view.field.as_str())
    });
    views
}

/// Returns all relations with the source that declares each.
fn all<'a>(context: &Context<'a>) -> impl Iterator<Item = (&'a SourceName, &'a Relation)> {
    context.catalog().sources.values().flat_map(|source| {
        let added = source
            .extensions
            .iter()
            .flat_map(|extension| &extension.relations);
        let own = source.relations.iter().chain(added);
        own.map(|relation| (&source.source, relation))
    })
}

fn of_key<'a>(source: &'a SourceName, relation: &'a Relation, direction: &'static str) -> RelationView<'a> {
    RelationView {
        name: &relation.name,
        direction,
        kind: "FK",
        field: &relation.forward_field,
        target: &relation.to,
        through: None,
        keys: &relation.keys,
        is_reversed: false,
        source,
        description: None,
    }
}

/// Returns the far ends of a junction, of which `near` is the leg to this one.
fn through<'a>(
    context: &Context<'a>,
    source: &'a SourceName,
    near: &'a Relation,
) -> impl Iterator<Item = RelationView<'a>> {
    let legs = all(context).filter(|(_, leg)| leg.from == near.from && leg.name != near.name);
    legs.map(|(_, leg)| RelationView {
        kind: "M2M",
        field: &near.back_field,
        target: &leg.to,
        through: Some(&near.from),
        is_reversed: true,
        description: near.back_description.as_deref(),
        ..of_key(source, near, "BACK")
    })
}

fn joins(object: &DataObject) -> impl Iterator<Item = RelationView<'_>> {
    object.links.values().filter_map(|link| match &link.path {
        LinkPath::Join { keys, .. } => Some(RelationView {
            name: link.name.as_str(),
            direction: "FORWARD",
            kind: "JOIN",
            field: &link.name,
            target: &link.target,
            through: None,
            keys,
            is_reversed: false,
            source: &object.source,
            description: link.description.as_deref(),
        }),
        LinkPath::Keys(_) | LinkPath::Junction { .. } => None,
    })
}

/// Returns a member of `_Relation`.
pub(super) fn member<'a>(context: &Context<'a>, view: &RelationView<'a>, selected: &Selected) -> Value<'a> {
    let object = |name: Option<&TypeName>| {
        let found = name.and_then(|name| context.catalog().object(name.as_str()));
        found.map_or(Value::Null, |object| Value::Object(Object::Table(object)))
    };
    let (sources, destinations) = if view.is_reversed { (1, 0) } else { (0, 1) };
    let keys = |side: usize| {
        let names = view.keys.iter();
        Value::texts(names.map(move |(left, right)| if side == 0 { left.as_str() } else { right.as_str() }))
    };
    match selected.name.as_str() {
        "name" => view.name.into(),
        "direction" => view.direction.into(),
        "kind" => view.kind.into(),
        "fieldName" => view.field.as_str().into(),
        "description" => Value::optional(view.description),
        "dataObject" => object(Some(view.target)),
        "through" => object(view.through),
        "sourceKeys" => keys(sources),
        "destinationKeys" => keys(destinations),
        "dataSource" => view.source.as_str().into(),
        _ => Value::Null,
    }
}
