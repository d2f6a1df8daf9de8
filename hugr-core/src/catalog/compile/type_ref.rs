//! Types of arguments and results.

use apollo_compiler::ast::Type;

use super::Context;
use crate::catalog::model::{TypeBase, TypeRef};
use crate::catalog::scalar::Scalar;

/// Returns `ty` with served names; `None` for a list of lists.
pub(super) fn type_ref(context: &Context<'_>, ty: &Type) -> Option<TypeRef> {
    let (is_list, are_items_required) = match ty {
        Type::Named(_) | Type::NonNullNamed(_) => (false, false),
        Type::List(item) | Type::NonNullList(item) if item.is_list() => return None,
        Type::List(item) | Type::NonNullList(item) => (true, item.is_non_null()),
    };
    let named = ty.inner_named_type();
    let base = match Scalar::from_name(named) {
        Some(scalar) => TypeBase::Scalar(scalar),
        None => TypeBase::Named(context.naming.type_name(named)),
    };
    Some(TypeRef {
        base,
        is_list,
        is_required: ty.is_non_null(),
        are_items_required,
    })
}
