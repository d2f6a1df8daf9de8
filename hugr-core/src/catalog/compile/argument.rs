//! Reads arguments of directives; the wrongly typed ones were reported by the directive check and read as absent.

use apollo_compiler::ast::{Directive, DirectiveList, Value};
use apollo_compiler::parser::SourceSpan;
use apollo_compiler::{Name, Node};

/// Returns the text of argument `name`.
pub(super) fn text<'a>(directive: &'a Directive, name: &str) -> Option<&'a str> {
    directive.specified_argument_by_name(name)?.as_str()
}

/// Returns the text of argument `name` unless it is empty.
pub(super) fn non_empty_text<'a>(directive: &'a Directive, name: &str) -> Option<&'a str> {
    text(directive, name).filter(|text| !text.is_empty())
}

/// Returns whether argument `name` is given as `true`.
pub(super) fn flag(directive: &Directive, name: &str) -> bool {
    directive
        .specified_argument_by_name(name)
        .and_then(|value| value.to_bool())
        .unwrap_or(false)
}

/// Returns the number of argument `name`.
pub(super) fn integer(directive: &Directive, name: &str) -> Option<i32> {
    directive.specified_argument_by_name(name)?.to_i32()
}

/// Returns the texts of argument `name`; one text stands for a list of one.
pub(super) fn texts<'a>(directive: &'a Directive, name: &str) -> Vec<&'a str> {
    match directive.specified_argument_by_name(name).map(|value| &**value) {
        Some(Value::List(items)) => items.iter().filter_map(|item| item.as_str()).collect(),
        Some(Value::String(text)) => vec![text.as_str()],
        _ => Vec::new(),
    }
}

/// Returns the text of argument `argument` of the directive `name` among `directives`.
pub(super) fn text_of<'a>(directives: &'a DirectiveList, name: &str, argument: &str) -> Option<&'a str> {
    text(directives.get(name)?, argument)
}

/// Returns the place of `argument`'s value, or of the directive.
pub(super) fn place(directive: &Node<Directive>, argument: &str) -> Option<SourceSpan> {
    directive
        .specified_argument_by_name(argument)
        .and_then(Node::location)
        .or_else(|| directive.location())
}

/// Returns whether `text` can be the name of something in a GraphQL schema.
pub(super) fn is_name(text: &str) -> bool {
    Name::is_valid_syntax(text) && !text.starts_with("__")
}
