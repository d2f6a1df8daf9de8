//! Fields that the engine derives from a column: parts of dates, measures of geometries, distances of vectors.

use indexmap::IndexMap;

use crate::catalog::model::{BaseType, Companion, CompanionKind, Field};
use crate::catalog::scalar::Scalar;
use crate::name::FieldName;

/// Returns the companions of `fields`; a list has none.
pub(super) fn compile(fields: &IndexMap<FieldName, Field>) -> IndexMap<FieldName, Companion> {
    let mut companions = IndexMap::new();
    for field in fields.values().filter(|field| !field.ty.is_list) {
        let (suffix, kind) = match field.ty.base {
            BaseType::Scalar(Scalar::Timestamp | Scalar::DateTime | Scalar::Date) => {
                ("part", CompanionKind::DatePart)
            }
            BaseType::Scalar(Scalar::Geometry) => ("measurement", CompanionKind::Measurement),
            BaseType::Scalar(Scalar::Vector) => ("distance", CompanionKind::VectorDistance),
            BaseType::Scalar(_) | BaseType::Struct(_) | BaseType::Enum(_) => continue,
        };
        let companion = Companion {
            base: field.name.clone(),
            kind,
        };
        companions.insert(FieldName::from(format!("_{}_{suffix}", field.name)), companion);
    }
    companions
}
