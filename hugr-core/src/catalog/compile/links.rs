//! Relations → navigation fields (spec: navigation fields from relations).
//!
//! An object has its forward links first, by relation name, then the incoming ones by relation name. A junction has
//! none; each of its two ends lists the other under the name that the leg to this end gives.

use std::collections::HashMap;

use apollo_compiler::parser::SourceSpan;
use indexmap::IndexMap;

use super::Context;
use super::report::Report;
use crate::catalog::model::{Cardinality, DataObject, Link, LinkPath, Relation};
use crate::name::{FieldName, TypeName};

/// A link, and the object that gets it.
struct Placed {
    owner: TypeName,
    link: Link,
}

/// Adds the links of `relations` to `objects`; reports names that are taken.
pub(super) fn attach(
    context: &Context<'_>,
    relations: &[Relation],
    objects: &mut IndexMap<TypeName, DataObject>,
    report: &mut Report,
) {
    let mut sorted: Vec<&Relation> = relations.iter().collect();
    sorted.sort_by(|left, right| left.name.cmp(&right.name));
    let mut legs: HashMap<&TypeName, Vec<&Relation>> = HashMap::new();
    for relation in relations.iter().filter(|relation| is_junction(objects, relation)) {
        legs.entry(&relation.from).or_default().push(relation);
    }

    let mut placed: Vec<Placed> = Vec::new();
    for relation in sorted.iter().filter(|relation| !is_junction(objects, relation)) {
        placed.push(forward(relation, objects));
    }
    for relation in &sorted {
        let Some(legs) = legs.get(&relation.from) else {
            placed.push(back(relation, objects));
            continue;
        };
        for other in legs.iter().filter(|other| other.name != relation.name) {
            placed.push(across(relation, other, objects));
        }
    }
    check_junctions(context, &legs, objects, report);
    for Placed { owner, link } in placed {
        let Some(object) = objects.get_mut(&owner) else {
            continue;
        };
        if object.fields.contains_key(&link.name) || object.links.contains_key(&link.name) {
            report_clash(context, object, &link, report);
        } else {
            object.links.insert(link.name.clone(), link);
        }
    }
}

fn is_junction(objects: &IndexMap<TypeName, DataObject>, relation: &Relation) -> bool {
    objects
        .get(&relation.from)
        .is_some_and(|object| object.is_junction)
}

fn forward(relation: &Relation, objects: &IndexMap<TypeName, DataObject>) -> Placed {
    let link = Link {
        name: relation.forward_field.clone(),
        target: relation.to.clone(),
        cardinality: Cardinality::One,
        path: LinkPath::Keys(relation.keys.clone()),
        description: relation
            .description
            .clone()
            .or_else(|| described(objects, &relation.to)),
    };
    Placed {
        owner: relation.from.clone(),
        link,
    }
}

fn back(relation: &Relation, objects: &IndexMap<TypeName, DataObject>) -> Placed {
    let link = Link {
        name: relation.back_field.clone(),
        target: relation.from.clone(),
        cardinality: Cardinality::Many,
        path: LinkPath::Keys(turned(&relation.keys)),
        description: relation
            .back_description
            .clone()
            .or_else(|| described(objects, &relation.from)),
    };
    Placed {
        owner: relation.to.clone(),
        link,
    }
}

/// Returns the link from the end of `near` over their junction to the end of `far`.
fn across(near: &Relation, far: &Relation, objects: &IndexMap<TypeName, DataObject>) -> Placed {
    let link = Link {
        name: near.back_field.clone(),
        target: far.to.clone(),
        cardinality: Cardinality::Many,
        path: LinkPath::Junction {
            junction: near.from.clone(),
            near: turned(&near.keys),
            far: far.keys.clone(),
        },
        description: near
            .back_description
            .clone()
            .or_else(|| described(objects, &far.to)),
    };
    Placed {
        owner: near.to.clone(),
        link,
    }
}

fn turned(keys: &[(FieldName, FieldName)]) -> Vec<(FieldName, FieldName)> {
    keys.iter()
        .map(|(left, right)| (right.clone(), left.clone()))
        .collect()
}

fn described(objects: &IndexMap<TypeName, DataObject>, name: &TypeName) -> Option<String> {
    objects.get(name)?.description.clone()
}

fn check_junctions(
    context: &Context<'_>,
    legs: &HashMap<&TypeName, Vec<&Relation>>,
    objects: &IndexMap<TypeName, DataObject>,
    report: &mut Report,
) {
    for object in objects.values().filter(|object| object.is_junction) {
        let legs = legs.get(&object.name).map_or(0, Vec::len);
        if legs > 2 || legs < 2 && !report.has_errors() {
            report.error(
                place_of(context, &object.name),
                format!(
                    "`{}` is declared as `is_m2m`, but has {legs} references",
                    object.name
                ),
                Some("a junction needs exactly two references, one to each end".to_owned()),
            );
        }
    }
}

fn report_clash(context: &Context<'_>, object: &DataObject, link: &Link, report: &mut Report) {
    let taken_by = match object.links.get(&link.name) {
        Some(other) => format!("the reference to `{}`", other.target),
        None => "a column".to_owned(),
    };
    report.error(
        place_of(context, &object.name),
        format!(
            "`{}` gets the field `{}` twice: from {taken_by} and from the reference to `{}`",
            object.name, link.name, link.target
        ),
        Some("name the fields of the reference with `query` and `references_query`".to_owned()),
    );
}

/// Returns where the type with the served name `name` is declared.
fn place_of(context: &Context<'_>, name: &TypeName) -> Option<SourceSpan> {
    let declared = |declaration: &&super::declarations::ObjectDeclaration| {
        context.naming.type_name(&declaration.name) == *name
    };
    context.declarations.objects.values().find(declared)?.place()
}
