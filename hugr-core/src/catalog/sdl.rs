//! Type definitions that are being made, and how they are written as SDL text. PURE.
//!
//! Names and types come from the model, where they are known to be legal; only descriptions are escaped.

/// What a type definition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TypeKeyword {
    /// `type`
    Object,
    /// `input`
    Input,
    /// `enum`
    Enum,
}

/// A type definition that is being made.
#[derive(Debug)]
pub(crate) struct TypeDraft {
    /// What it is.
    pub(crate) keyword: TypeKeyword,
    /// Its name.
    pub(crate) name: String,
    /// What people read about it.
    pub(crate) description: Option<String>,
    /// Its members in order.
    pub(crate) members: Vec<MemberDraft>,
}

/// A field, an input member or an enum value.
#[derive(Debug)]
pub(crate) struct MemberDraft {
    /// Its name.
    pub(crate) name: String,
    /// Arguments as SDL, separated by commas; empty for none.
    pub(crate) arguments: String,
    /// Type as SDL, with a default or `@deprecated` after it; empty for enum values.
    pub(crate) ty: String,
    /// What people read about it.
    pub(crate) description: Option<String>,
}

impl TypeDraft {
    /// Starts the definition of `name`.
    pub(crate) fn new(keyword: TypeKeyword, name: &str, description: Option<&str>) -> Self {
        Self {
            keyword,
            name: name.to_owned(),
            description: present(description),
            members: Vec::new(),
        }
    }

    /// Adds a field or an input member; `ty` may hold a default.
    pub(crate) fn member(&mut self, name: &str, ty: &str, description: Option<&str>) {
        self.field(name, "", ty, description);
    }

    /// Adds a field with `arguments`, separated by commas; empty for none.
    pub(crate) fn field(&mut self, name: &str, arguments: &str, ty: &str, description: Option<&str>) {
        self.members.push(MemberDraft {
            name: name.to_owned(),
            arguments: arguments.to_owned(),
            ty: ty.to_owned(),
            description: present(description),
        });
    }

    /// Adds an enum value; `name` may hold `@deprecated`.
    pub(crate) fn value(&mut self, name: &str, description: Option<&str>) {
        self.field(name, "", "", description);
    }

    /// Returns the definition as SDL.
    pub(crate) fn text(&self) -> String {
        let keyword = match self.keyword {
            TypeKeyword::Object => "type",
            TypeKeyword::Input => "input",
            TypeKeyword::Enum => "enum",
        };
        let mut text = String::new();
        push_description(&mut text, "", self.description.as_deref());
        text.push_str(keyword);
        text.push(' ');
        text.push_str(&self.name);
        text.push_str(" {\n");
        for member in &self.members {
            push_description(&mut text, "  ", member.description.as_deref());
            text.push_str("  ");
            text.push_str(&member.name);
            if !member.arguments.is_empty() {
                text.push('(');
                text.push_str(&member.arguments);
                text.push(')');
            }
            if !member.ty.is_empty() {
                text.push_str(": ");
                text.push_str(&member.ty);
            }
            text.push('\n');
        }
        text.push_str("}\n");
        text
    }
}

fn present(description: Option<&str>) -> Option<String> {
    description.filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Returns `@deprecated` with `reason`, with a leading blank.
pub(crate) fn deprecated(reason: &str) -> String {
    format!(" @deprecated(reason: {})", quoted(reason))
}

/// Returns `text` as a GraphQL string.
pub(crate) fn quoted(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 2);
    escaped.push('"');
    for character in text.chars() {
        match character {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            control if control.is_control() => escaped.push_str(&format!("\\u{:04X}", u32::from(control))),
            other => escaped.push(other),
        }
    }
    escaped.push('"');
    escaped
}

fn push_description(text: &mut String, indent: &str, description: Option<&str>) {
    if let Some(description) = description.filter(|description| !description.is_empty()) {
        text.push_str(indent);
        text.push_str(&quoted(description));
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_a_type() {
        let mut draft = TypeDraft::new(TypeKeyword::Object, "t", Some("a \"b\"\n"));
        draft.field("f", "a: Int", "[t]", None);
        draft.member("g", &format!("Int{}", deprecated("no")), Some("why"));
        assert_eq!(
            draft.text(),
            "\"a \\\"b\\\"\\n\"\ntype t {\n  f(a: Int): [t]\n  \"why\"\n  g: Int @deprecated(reason: \"no\")\n}\n"
        );
    }
}
