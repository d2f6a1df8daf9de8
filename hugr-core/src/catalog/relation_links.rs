//! The navigation fields that a foreign key gives to its two ends. PURE.

use super::model::{Cardinality, Link, LinkPath, Relation};
use crate::name::FieldName;

/// Returns the link from the declaring object to the referenced one; `described` is what people read about the latter.
pub(crate) fn forward(relation: &Relation, described: Option<&String>) -> Link {
    Link {
        name: relation.forward_field.clone(),
        target: relation.to.clone(),
        cardinality: Cardinality::One,
        path: LinkPath::Keys(relation.keys.clone()),
        description: relation.description.as_ref().or(described).cloned(),
        deprecated: None,
    }
}

/// Returns the link from the referenced object to the declaring one; `described` is what people read about the latter.
pub(crate) fn back(relation: &Relation, described: Option<&String>) -> Link {
    Link {
        name: relation.back_field.clone(),
        target: relation.from.clone(),
        cardinality: Cardinality::Many,
        path: LinkPath::Keys(turned(&relation.keys)),
        description: relation.back_description.as_ref().or(described).cloned(),
        deprecated: None,
    }
}

/// Returns the link over a junction from the object that `near` references to the one that `far` does.
pub(crate) fn across(near: &Relation, far: &Relation, described: Option<&String>) -> Link {
    Link {
        name: near.back_field.clone(),
        target: far.to.clone(),
        cardinality: Cardinality::Many,
        path: LinkPath::Junction {
            junction: near.from.clone(),
            near: turned(&near.keys),
            far: far.keys.clone(),
        },
        description: near.back_description.as_ref().or(described).cloned(),
        deprecated: None,
    }
}

fn turned(keys: &[(FieldName, FieldName)]) -> Vec<(FieldName, FieldName)> {
    keys.iter()
        .map(|(left, right)| (right.clone(), left.clone()))
        .collect()
}
