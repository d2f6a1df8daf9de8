//! Checks of fields that lead to other rows (`@join`) or call functions: what they name exists and fits. PURE.
//!
//! The compiler uses it for a source's own types, the merge for those that an extension adds to.

use indexmap::IndexMap;

use super::model::{
    BaseType, CallField, CallKind, Field, Function, FunctionKind, Link, LinkPath, ModulePath, TypeBase,
};
use super::scalar::Scalar;
use crate::error::suggest;
use crate::name::{FieldName, TypeName};
use crate::sql::fragment::{Fragment, Piece};

/// Fields of a table, view or struct.
pub(crate) type Fields = IndexMap<FieldName, Field>;

/// Finds the fields of types by served name.
pub(crate) type FieldsOf<'a> = dyn Fn(&str) -> Option<&'a Fields> + 'a;

/// The type whose field is checked, and where the others are found.
pub(crate) struct Owner<'a> {
    /// Served name.
    pub(crate) name: &'a TypeName,
    /// Its columns.
    pub(crate) fields: &'a Fields,
    /// All types.
    pub(crate) fields_of: &'a FieldsOf<'a>,
}

impl Owner<'_> {
    /// Returns what is wrong with the `@join` of `link`.
    pub(crate) fn link_faults(&self, link: &Link) -> Vec<String> {
        let LinkPath::Join { keys, condition } = &link.path else {
            return Vec::new();
        };
        self.match_faults(&link.name, link.target.as_str(), keys, condition.as_ref())
    }

    /// Returns what is wrong with how `call` uses `function`.
    pub(crate) fn call_faults(&self, call: &CallField, function: &Function) -> Vec<String> {
        let mut faults = Vec::new();
        let subject = format!("`{}.{}`", self.name, call.name);
        match &call.kind {
            CallKind::Value => {
                if call.returns != function.returns {
                    faults.push(format!(
                        "{subject} is `{}`, but function `{}` returns `{}`",
                        call.returns.sdl(),
                        function.name,
                        function.returns.sdl()
                    ));
                }
            }
            CallKind::Join { keys, condition } => {
                if call.returns.base != function.returns.base || !function.returns.is_list {
                    faults.push(format!(
                        "{subject} needs a function that returns a list of `{}`, but `{}` returns `{}`",
                        call.returns.base_name(),
                        function.name,
                        function.returns.sdl()
                    ));
                }
                let rows = call.returns.base_name();
                faults.extend(self.match_faults(&call.name, rows, keys, condition.as_ref()));
            }
        }
        for argument in call.arguments.values() {
            let Some(expected) = function.arguments.get(&argument.name) else {
                continue;
            };
            if call.row_arguments.contains_key(&argument.name) {
                faults.push(format!(
                    "argument `{}` of {subject} comes from the row and from the client",
                    argument.name
                ));
            } else if expected.ty != argument.ty {
                faults.push(format!(
                    "argument `{}` of {subject} is `{}`, but that of function `{}` is `{}`",
                    argument.name,
                    argument.ty.sdl(),
                    function.name,
                    expected.ty.sdl()
                ));
            }
        }
        faults.extend(self.row_argument_faults(call, function));
        faults
    }

    fn row_argument_faults(&self, call: &CallField, function: &Function) -> Vec<String> {
        let mut faults = Vec::new();
        let subject = format!("`{}.{}`", self.name, call.name);
        for (name, path) in &call.row_arguments {
            let Some(expected) = function.arguments.get(name) else {
                let known = function.arguments.keys().map(FieldName::as_str);
                faults.push(with_help(
                    format!(
                        "{subject} gives function `{}` the unknown argument `{name}`",
                        function.name
                    ),
                    suggest::help(name.as_str(), known),
                ));
                continue;
            };
            let segments: Vec<&str> = path.iter().map(FieldName::as_str).collect();
            match field_at((self.name.as_str(), self.fields), &segments, self.fields_of) {
                Err(fault) => faults.push(format!("{subject}: {fault}")),
                Ok(field) => {
                    let fits = match (&field.ty.base, &expected.ty.base) {
                        (BaseType::Scalar(left), TypeBase::Scalar(right)) => are_comparable(*left, *right),
                        (BaseType::Struct(left) | BaseType::Enum(left), TypeBase::Named(right)) => {
                            left == right
                        }
                        _ => false,
                    };
                    if !fits || field.ty.is_list != expected.ty.is_list {
                        faults.push(format!(
                            "{subject} gives argument `{name}` of function `{}` the field `{}`, which is not `{}`",
                            function.name,
                            segments.join("."),
                            expected.ty.sdl()
                        ));
                    }
                }
            }
        }
        for expected in function.arguments.values() {
            let is_given = expected.default.is_some()
                || expected.server_value.is_some()
                || call.arguments.contains_key(&expected.name)
                || call.row_arguments.contains_key(&expected.name);
            if expected.ty.is_required && !is_given {
                faults.push(format!(
                    "{subject} does not give function `{}` its argument `{}`",
                    function.name, expected.name
                ));
            }
        }
        faults
    }

    fn match_faults(
        &self,
        field: &FieldName,
        target: &str,
        keys: &[(FieldName, FieldName)],
        condition: Option<&Fragment>,
    ) -> Vec<String> {
        let subject = format!("`{}.{field}`", self.name);
        let Some(target_fields) = (self.fields_of)(target) else {
            return vec![format!("{subject} leads to `{target}`, which is not there")];
        };
        let mut faults = Vec::new();
        for (source, dest) in keys {
            let left = field_at(
                (self.name.as_str(), self.fields),
                &[source.as_str()],
                self.fields_of,
            );
            let right = field_at((target, target_fields), &[dest.as_str()], self.fields_of);
            match (left, right) {
                (Err(fault), _) => faults.push(format!("{subject}: {fault}")),
                (_, Err(fault)) => faults.push(format!("{subject}: {fault}")),
                (Ok(left), Ok(right)) if !is_key_pair(left, right) => faults.push(format!(
                    "{subject} compares `{}.{source}` with `{target}.{dest}`, whose type is another",
                    self.name
                )),
                (Ok(_), Ok(_)) => {}
            }
        }
        for piece in condition.map(Fragment::pieces).unwrap_or_default() {
            let Piece::Name(path) = piece else { continue };
            let segments: Vec<&str> = path.iter().map(String::as_str).collect();
            let (side, fields, rest) = match segments.as_slice() {
                ["source", rest @ ..] if !rest.is_empty() => (self.name.as_str(), self.fields, rest),
                ["dest", rest @ ..] if !rest.is_empty() => (target, target_fields, rest),
                _ => {
                    faults.push(format!(
                        "{subject}: `[{}]` names neither a `[source.field]` nor a `[dest.field]`",
                        path.join(".")
                    ));
                    continue;
                }
            };
            if let Err(fault) = field_at((side, fields), rest, self.fields_of) {
                faults.push(format!("{subject}: {fault}"));
            }
        }
        faults
    }
}

/// Returns the query function `name`, which `module` may leave unsaid when there is only one of that name.
///
/// # Errors
/// What is wrong, for the author.
pub(crate) fn find_function<'a>(
    functions: impl Iterator<Item = &'a Function>,
    module: &ModulePath,
    name: &FieldName,
) -> Result<&'a Function, String> {
    let found: Vec<&Function> = functions
        .filter(|function| function.kind == FunctionKind::Query && function.name == *name)
        .collect();
    if let Some(function) = found.iter().find(|function| function.module == *module) {
        return Ok(function);
    }
    // Authors may leave out the module that is named after the source.
    let is_inside = |function: &&&Function| {
        let mut full = function.source.to_string();
        for segment in module.segments() {
            full.push('.');
            full.push_str(segment);
        }
        function.module.dotted() == full
    };
    if let Some(function) = found.iter().find(is_inside) {
        return Ok(function);
    }
    match found.as_slice() {
        [function] if module.segments().is_empty() => Ok(function),
        [] => Err(format!("function `{name}` is not there")),
        functions => {
            let modules: Vec<String> = functions
                .iter()
                .map(|function| format!("`{}`", function.module.dotted()))
                .collect();
            Err(format!(
                "function `{name}` is not in module `{}`; it is in {}",
                module.dotted(),
                modules.join(", ")
            ))
        }
    }
}

/// Returns the field at `path`, which may go into structs.
fn field_at<'a>(
    (side, fields): (&str, &'a Fields),
    path: &[&str],
    fields_of: &'a FieldsOf<'a>,
) -> Result<&'a Field, String> {
    let unknown = |name: &str, fields: &Fields| {
        with_help(
            format!("`{side}` has no field `{name}`"),
            suggest::help(name, fields.keys().map(FieldName::as_str)),
        )
    };
    let Some((first, rest)) = path.split_first() else {
        return Err("no field".to_owned());
    };
    let mut field = fields.get(*first).ok_or_else(|| unknown(first, fields))?;
    for segment in rest {
        let members = match &field.ty.base {
            BaseType::Struct(name) if !field.ty.is_list => fields_of(name.as_str()),
            _ => None,
        };
        let members = members.ok_or_else(|| format!("`{side}.{}` has no members", field.name))?;
        field = members.get(*segment).ok_or_else(|| unknown(segment, members))?;
    }
    Ok(field)
}

fn is_key_pair(left: &Field, right: &Field) -> bool {
    if left.ty.is_list || right.ty.is_list {
        return false;
    }
    match (&left.ty.base, &right.ty.base) {
        (BaseType::Scalar(left), BaseType::Scalar(right)) => are_comparable(*left, *right),
        (left, right) => left == right,
    }
}

fn are_comparable(left: Scalar, right: Scalar) -> bool {
    let is_integer = |scalar: Scalar| matches!(scalar, Scalar::Int | Scalar::BigInt);
    left == right || (is_integer(left) && is_integer(right))
}

fn with_help(message: String, help: Option<String>) -> String {
    match help {
        Some(help) => format!("{message}; {help}"),
        None => message,
    }
}
