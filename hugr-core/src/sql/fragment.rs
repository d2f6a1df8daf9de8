//! SQL text that a schema's author wrote, with its placeholders found once, when the schema is compiled.
//!
//! The token grammar is `[` `$`? name (`.` name)* `]` (spec/schema.md §1.4). Text inside single quotes is left alone for
//! `$` tokens of views only where the compiler says so; here every token is found.

/// A piece of a [`Fragment`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text that goes into the statement as it is.
    Text(String),
    /// `[name]` or `[a.b]`: a field, a table or a side of a join, as the directive says.
    Name(Vec<String>),
    /// `[$name]` or `[$a.b]`: an argument or a value that the server provides.
    Placeholder(Vec<String>),
}

/// SQL text, split at its placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    pieces: Vec<Piece>,
}

impl Fragment {
    /// Splits `text` at its placeholders; brackets that are not a placeholder stay text.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        let mut literal = String::new();
        while let Some(start) = rest.find('[') {
            let (before, from_bracket) = rest.split_at(start);
            literal.push_str(before);
            match token_at(from_bracket) {
                Some((piece, length)) => {
                    if !literal.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut literal)));
                    }
                    pieces.push(piece);
                    rest = &from_bracket[length..];
                }
                None => {
                    literal.push('[');
                    rest = &from_bracket[1..];
                }
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(Piece::Text(literal));
        }
        Self { pieces }
    }

    /// Returns the pieces in order.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }
}

/// Returns the token with which `text` starts, and its length in bytes.
fn token_at(text: &str) -> Option<(Piece, usize)> {
    let inner = &text[1..text.find(']')?];
    let (is_placeholder, path) = match inner.strip_prefix('$') {
        Some(path) => (true, path),
        None => (false, inner),
    };
    let segments: Vec<String> = path.split('.').map(str::to_owned).collect();
    if !segments.iter().all(|segment| is_identifier(segment)) {
        return None;
    }
    let piece = if is_placeholder {
        Piece::Placeholder(segments)
    } else {
        Piece::Name(segments)
    };
    Some((piece, inner.len() + 2))
}

fn is_identifier(text: &str) -> bool {
    let mut characters = text.chars();
    characters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|character| character.is_ascii_alphanumeric() || character == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_names_and_placeholders() {
        let fragment = Fragment::parse("a[1] + [price] * [$auth.user_id] - x['k']");
        assert_eq!(
            fragment.pieces(),
            [
                Piece::Text("a[1] + ".to_owned()),
                Piece::Name(vec!["price".to_owned()]),
                Piece::Text(" * ".to_owned()),
                Piece::Placeholder(vec!["auth".to_owned(), "user_id".to_owned()]),
                Piece::Text(" - x['k']".to_owned()),
            ]
        );
    }

    #[test]
    fn keeps_unclosed_brackets() {
        assert_eq!(Fragment::parse("a [b").pieces(), [Piece::Text("a [b".to_owned())]);
    }
}
