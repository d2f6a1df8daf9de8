//! Writes type definitions as SDL text. PURE.
//!
//! Names and types come from the model, where they are known to be legal; only descriptions are escaped.

/// A type definition that is being written.
#[derive(Debug)]
pub(crate) struct TypeText {
    text: String,
}

impl TypeText {
    /// Starts the definition of `name`; `keyword` is `type`, `input` or `enum`.
    pub(crate) fn new(keyword: &str, name: &str, description: Option<&str>) -> Self {
        let mut text = String::new();
        push_description(&mut text, "", description);
        text.push_str(keyword);
        text.push(' ');
        text.push_str(name);
        text.push_str(" {\n");
        Self { text }
    }

    /// Adds a field or an input member; `ty` may hold a default.
    pub(crate) fn member(&mut self, name: &str, ty: &str, description: Option<&str>) {
        self.field(name, "", ty, description);
    }

    /// Adds a field with `arguments`, separated by commas; empty for none.
    pub(crate) fn field(&mut self, name: &str, arguments: &str, ty: &str, description: Option<&str>) {
        push_description(&mut self.text, "  ", description);
        self.text.push_str("  ");
        self.text.push_str(name);
        if !arguments.is_empty() {
            self.text.push('(');
            self.text.push_str(arguments);
            self.text.push(')');
        }
        self.text.push_str(": ");
        self.text.push_str(ty);
        self.text.push('\n');
    }

    /// Adds an enum value.
    pub(crate) fn value(&mut self, name: &str, description: Option<&str>) {
        push_description(&mut self.text, "  ", description);
        self.text.push_str("  ");
        self.text.push_str(name);
        self.text.push('\n');
    }

    /// Returns the finished definition.
    pub(crate) fn finish(mut self) -> String {
        self.text.push_str("}\n");
        self.text
    }
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
        let mut text = TypeText::new("type", "t", Some("a \"b\"\n"));
        text.field("f", "a: Int", "[t]", None);
        text.member("g", &format!("Int{}", deprecated("no")), Some("why"));
        assert_eq!(
            text.finish(),
            "\"a \\\"b\\\"\\n\"\ntype t {\n  f(a: Int): [t]\n  \"why\"\n  g: Int @deprecated(reason: \"no\")\n}\n"
        );
    }
}
