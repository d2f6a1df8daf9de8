//! The directives of the schema language: where they go, what they take, whether they are built. PURE.
//!
//! `table` is the one list. Adding a directive starts there.

mod table;

use apollo_compiler::ast::{DirectiveLocation, Value};

use crate::error::suggest;

/// A directive of the schema language.
#[derive(Clone, Copy, Debug)]
pub struct DirectiveSpec {
    /// Name without `@`.
    pub name: &'static str,
    /// Where it may stand.
    pub locations: &'static [DirectiveLocation],
    /// Its arguments.
    pub arguments: &'static [ArgumentSpec],
    /// Whether it may stand several times at one place.
    pub is_repeatable: bool,
    /// What this version does with it.
    pub status: DirectiveStatus,
}

/// An argument of a directive.
#[derive(Clone, Copy, Debug)]
pub struct ArgumentSpec {
    /// Name.
    pub name: &'static str,
    /// What it takes.
    pub ty: ArgumentType,
    /// Whether it must be given.
    pub is_required: bool,
    /// Default as GraphQL text, for the reader: the stage that uses the argument applies it.
    pub default: Option<&'static str>,
}

/// What an argument of a directive takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgumentType {
    /// Text.
    String,
    /// 32-bit integer.
    Int,
    /// Truth value.
    Boolean,
    /// List of texts; one text stands for a list of one.
    StringList,
    /// One of these names.
    Enum(&'static [&'static str]),
    /// List of names.
    EnumList,
    /// Text or number that says a duration.
    Interval,
    /// Anything.
    Any,
}

/// What this version does with a directive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DirectiveStatus {
    /// It has its effect.
    Built,
    /// It is known and checked, but has no effect yet.
    NotBuilt,
    /// It belongs to the served schema or to queries; an SDL cannot use it.
    ServedSchemaOnly,
}

impl DirectiveSpec {
    /// Returns the directive with the name `name`.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        table::DIRECTIVES.iter().find(|spec| spec.name == name)
    }

    /// Returns help for the unknown directive `name`.
    #[must_use]
    pub fn suggestion(name: &str) -> Option<String> {
        let usable = table::DIRECTIVES
            .iter()
            .filter(|spec| spec.status != DirectiveStatus::ServedSchemaOnly)
            .map(|spec| spec.name);
        suggest::nearest(name, usable).map(|choice| format!("did you mean `@{choice}`"))
    }

    /// Returns the argument with the name `name`.
    #[must_use]
    pub fn argument(&self, name: &str) -> Option<&'static ArgumentSpec> {
        self.arguments.iter().find(|argument| argument.name == name)
    }
}

impl ArgumentType {
    /// Returns whether `value` fits.
    #[must_use]
    pub fn accepts(self, value: &Value) -> bool {
        match self {
            Self::String => matches!(value, Value::String(_)),
            Self::Int => value.to_i32().is_some(),
            Self::Boolean => matches!(value, Value::Boolean(_)),
            Self::StringList => match value {
                Value::List(items) => items.iter().all(|item| matches!(&**item, Value::String(_))),
                _ => matches!(value, Value::String(_)),
            },
            Self::Enum(choices) => value
                .as_enum()
                .is_some_and(|name| choices.contains(&name.as_str())),
            Self::EnumList => match value {
                Value::List(items) => items.iter().all(|item| item.as_enum().is_some()),
                _ => value.as_enum().is_some(),
            },
            Self::Interval => matches!(value, Value::String(_) | Value::Int(_) | Value::Float(_)),
            Self::Any => !matches!(value, Value::Variable(_)),
        }
    }

    /// Returns what it takes, in words.
    #[must_use]
    pub fn expectation(self) -> String {
        match self {
            Self::String => "a String".to_owned(),
            Self::Int => "an Int".to_owned(),
            Self::Boolean => "true or false".to_owned(),
            Self::StringList => "a list of String".to_owned(),
            Self::Enum(choices) => format!("one of {}", choices.join(", ")),
            Self::EnumList => "a list of names".to_owned(),
            Self::Interval => "a duration such as \"10s\"".to_owned(),
            Self::Any => "a constant".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique() {
        let mut seen = HashSet::new();
        for spec in table::DIRECTIVES {
            assert!(seen.insert(spec.name), "{} stands twice", spec.name);
        }
    }

    #[test]
    fn finds_and_suggests() {
        assert!(DirectiveSpec::find("field_source").is_some());
        assert_eq!(
            DirectiveSpec::suggestion("tabel").as_deref(),
            Some("did you mean `@table`")
        );
        assert_eq!(DirectiveSpec::suggestion("catalgo"), None);
    }
}
