//! Breaks statement text into lines, for people who read it.

/// Clauses that begin a line when they stand outside parentheses and quotes.
const CLAUSES: [&str; 10] = [
    "FROM ",
    "JOIN ",
    "LEFT JOIN ",
    "WHERE ",
    "QUALIFY ",
    "ORDER BY ",
    "LIMIT ",
    "OFFSET ",
    "GROUP BY ",
    "HAVING ",
];

/// Returns `sql` with each clause of the outermost query on a line of its own. The statement stays the same.
#[must_use]
pub fn in_lines(sql: &str) -> String {
    let mut lines = String::with_capacity(sql.len() + 32);
    let mut depth = 0_usize;
    let mut quote = None;
    for (position, character) in sql.char_indices() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, ' ') if depth == 0 && begins_clause(sql, position + 1) && !ends_with_join_kind(&lines) => {
                lines.push('\n');
                continue;
            }
            (None, _) => {}
        }
        lines.push(character);
    }
    lines
}

/// The kind of a join stays with its `JOIN`.
fn ends_with_join_kind(lines: &str) -> bool {
    lines.ends_with("LEFT")
}

fn begins_clause(sql: &str, position: usize) -> bool {
    sql.get(position..)
        .is_some_and(|rest| CLAUSES.iter().any(|clause| rest.starts_with(clause)))
}

#[cfg(test)]
mod tests {
    use super::in_lines;

    #[test]
    fn breaks_outermost_clauses_only() {
        assert_eq!(
            in_lines(
                "SELECT 'a FROM b' AS \"x WHERE y\" FROM t LEFT JOIN v ON TRUE WHERE (SELECT 1 FROM u) = $1 ORDER BY 1"
            ),
            "SELECT 'a FROM b' AS \"x WHERE y\"\nFROM t\nLEFT JOIN v ON TRUE\nWHERE (SELECT 1 FROM u) = $1\nORDER BY 1"
        );
    }
}
