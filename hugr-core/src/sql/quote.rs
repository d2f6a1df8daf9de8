//! Identifiers and literals as SQL text.

/// Appends `name` as a quoted identifier; quotes inside are doubled.
pub fn push_identifier(out: &mut String, name: &str) {
    push_quoted(out, name, '"');
}

/// Appends `text` as a string literal; quotes inside are doubled. For text from the schema's author only: client values
/// are bound.
pub fn push_literal(out: &mut String, text: &str) {
    push_quoted(out, text, '\'');
}

/// Returns `name` as a quoted identifier.
#[must_use]
pub fn identifier(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 2);
    push_identifier(&mut out, name);
    out
}

/// Returns `text` as a string literal.
#[must_use]
pub fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    push_literal(&mut out, text);
    out
}

fn push_quoted(out: &mut String, text: &str, quote: char) {
    out.push(quote);
    for character in text.chars() {
        if character == quote {
            out.push(quote);
        }
        out.push(character);
    }
    out.push(quote);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_quotes() {
        assert_eq!(identifier("a\"b"), "\"a\"\"b\"");
        assert_eq!(literal("it's"), "'it''s'");
    }
}
