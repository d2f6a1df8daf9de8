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
    /// Returns the fragment that consists of `pieces`.
    #[must_use]
    pub fn of(pieces: Vec<Piece>) -> Self {
        Self { pieces }
    }

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

    /// Splits `text` like [`Fragment::parse`], but leaves what stands inside single quotes alone: SQL literals of a
    /// view may hold brackets of their own.
    #[must_use]
    pub fn parse_outside_quotes(text: &str) -> Self {
        let mut pieces: Vec<Piece> = Vec::new();
        for (position, part) in text.split('\'').enumerate() {
            if position > 0 {
                push_text(&mut pieces, "'");
            }
            if position % 2 == 1 {
                push_text(&mut pieces, part);
                continue;
            }
            for piece in Self::parse(part).pieces {
                match piece {
                    Piece::Text(more) => push_text(&mut pieces, &more),
                    Piece::Name(_) | Piece::Placeholder(_) => pieces.push(piece),
                }
            }
        }
        Self { pieces }
    }

    /// Returns the pieces in order.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }
}

/// Adds `more` to the text at the end of `pieces`.
fn push_text(pieces: &mut Vec<Piece>, more: &str) {
    if more.is_empty() {
        return;
    }
    if let Some(Piece::Text(last)) = pieces.last_mut() {
        last.push_str(more);
    } else {
        pieces.push(Piece::Text(more.to_owned()));
    }
}

/// Returns the token with which `text` starts, and its length in bytes.
fn token_at(text: &str) -> Option<(Piece, usize)> {
    // Stops at the first character that no token holds: looking for `]` alone would be quadratic in open brackets.
    let is_end =
        |character: char| !(character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '$'));
    let length = text.get(1..)?.find(is_end)?;
    let inner = text.get(1..=length)?;
    if !text.get(1 + length..)?.starts_with(']') {
        return None;
    }
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
    fn leaves_quoted_text_alone_where_asked() {
        let fragment = Fragment::parse_outside_quotes("[a] || 'it''s [b]' || [$c]");
        assert_eq!(
            fragment.pieces(),
            [
                Piece::Name(vec!["a".to_owned()]),
                Piece::Text(" || 'it''s [b]' || ".to_owned()),
                Piece::Placeholder(vec!["c".to_owned()]),
            ]
        );
    }

    #[test]
    fn keeps_unclosed_brackets() {
        assert_eq!(Fragment::parse("a [b").pieces(), [Piece::Text("a [b".to_owned())]);
    }
}
