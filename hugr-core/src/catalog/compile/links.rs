//! Relations → navigation fields (spec: navigation fields from relations).
//!
//! An object has its forward links first, by relation name, then the incoming ones by relation name. A junction has
//! none; each of its two ends lists the other under the name that the leg to this end gives.

use std::collections::HashMap;

use apollo_compiler::parser::SourceSpan;
use indexmap::IndexMap;

use super::relations::DeclaredRelation;
use super::report::Report;
use crate::catalog::model::{DataObject, Link, Relation};
use crate::catalog::relation_links;
use crate::name::TypeName;

/// A link, the object that gets it, and where its relation is declared.
struct Placed {
    owner: TypeName,
    link: Link,
    place: Option<SourceSpan>,
}

/// Adds the links of `relations` to `objects`; reports names that are taken.
pub(super) fn attach(
    relations: &[DeclaredRelation],
    objects: &mut IndexMap<TypeName, DataObject>,
    report: &mut Report,
) {
    let mut sorted: Vec<&DeclaredRelation> = relations.iter().collect();
    sorted.sort_by(|left, right| left.relation.name.cmp(&right.relation.name));
    let mut legs: HashMap<&TypeName, Vec<&Relation>> = HashMap::new();
    for relation in relations.iter().map(|declared| &declared.relation) {
        if is_junction(objects, relation) {
            legs.entry(&relation.from).or_default().push(relation);
        }
    }

    let mut placed: Vec<Placed> = Vec::new();
    for DeclaredRelation { relation, place } in &sorted {
        if !is_junction(objects, relation) {
            placed.push(Placed {
                owner: relation.from.clone(),
                link: relation_links::forward(relation, described(objects, &relation.to)),
                place: *place,
            });
        }
    }
    for DeclaredRelation { relation, place } in &sorted {
        let mut incoming = Vec::new();
        match legs.get(&relation.from) {
            None => incoming.push(relation_links::back(relation, described(objects, &relation.from))),
            Some(legs) => {
                let others = legs.iter().filter(|other| other.name != relation.name);
                incoming.extend(
                    others
                        .map(|other| relation_links::across(relation, other, described(objects, &other.to))),
                );
            }
        }
        for link in incoming {
            placed.push(Placed {
                owner: relation.to.clone(),
                link,
                place: *place,
            });
        }
    }
    for Placed { owner, link, place } in placed {
        let Some(object) = objects.get_mut(&owner) else {
            continue;
        };
        let is_taken = object.fields.contains_key(&link.name)
            || object.links.contains_key(&link.name)
            || object.calls.contains_key(&link.name);
        if is_taken {
            report_clash(object, &link, place, report);
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

fn described<'a>(objects: &'a IndexMap<TypeName, DataObject>, name: &TypeName) -> Option<&'a String> {
    objects.get(name)?.description.as_ref()
}

fn report_clash(object: &DataObject, link: &Link, place: Option<SourceSpan>, report: &mut Report) {
    let taken_by = match object.links.get(&link.name) {
        Some(other) => format!("the reference to `{}`", other.target),
        None => "a column".to_owned(),
    };
    report.error(
        place,
        format!(
            "`{}` gets the field `{}` twice: from {taken_by} and from the reference to `{}`",
            object.name, link.name, link.target
        ),
        Some("name the fields of the reference with `query` and `references_query`".to_owned()),
    );
}
