//! What a database says when a row breaks a constraint, without the statement and the row's values.

use std::fmt;

/// A constraint that a row breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// What kind of constraint.
    pub kind: ViolationKind,
    /// Its name, where the database tells it.
    pub constraint: Option<String>,
    /// The columns that it is about, as far as the database tells them.
    pub columns: Vec<String>,
    /// Words of a condition, some of which are columns, or the columns of the key that is referred to.
    pub mentioned: Vec<String>,
}

/// Kind of a constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViolationKind {
    /// Another row has the key.
    Unique,
    /// A value is missing.
    NotNull,
    /// A condition does not hold.
    Check,
    /// The row that is referred to is not there, or rows refer to the one that goes.
    ForeignKey,
}

impl Violation {
    /// Reads `message`, which DuckDB or, through it, PostgreSQL wrote; `None` when it is about something else.
    #[must_use]
    pub fn parse(message: &str) -> Option<Self> {
        postgres(message).or_else(|| duckdb(message))
    }

    /// Returns the columns of a key in the words of PostgreSQL: `Key (id, x)=(1, 2) already exists.`
    #[must_use]
    pub fn key_columns(detail: &str) -> Vec<String> {
        let key = detail
            .split_once("Key (")
            .and_then(|(_, key)| key.split_once(")=("));
        key.map_or_else(Vec::new, |(names, _)| {
            names
                .split(", ")
                .map(|name| name.trim_matches('"').to_owned())
                .collect()
        })
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            ViolationKind::Unique => "another row has the same key",
            ViolationKind::NotNull => "a value is required",
            ViolationKind::Check => "a value does not meet the condition of its table",
            ViolationKind::ForeignKey => {
                "a row that is referred to is not there, or one that goes is referred to"
            }
        })?;
        let columns = self.columns.join("`, `");
        match (&self.constraint, columns.is_empty()) {
            (Some(constraint), true) => write!(f, " (constraint `{constraint}`)"),
            (Some(constraint), false) => write!(f, " (constraint `{constraint}` on `{columns}`)"),
            (None, true) => Ok(()),
            (None, false) => write!(f, " (on `{columns}`)"),
        }
    }
}

impl std::error::Error for Violation {}

/// `Duplicate key "id: 1, x: 2" violates primary key constraint.`, `NOT NULL constraint failed: t.name`, …
fn duckdb(message: &str) -> Option<Violation> {
    let (_, text) = message.split_once("Constraint Error: ").or_else(|| {
        message
            .split_once("TransactionContext Error: ")
            .filter(|(_, text)| text.contains("constraint violation"))
    })?;
    // DuckDB's constraints have no names.
    let unnamed = |kind, name: &str, columns| Violation {
        kind,
        constraint: Some(name.to_owned()),
        columns,
        mentioned: Vec::new(),
    };
    if let Some((_, column)) = text.split_once("NOT NULL constraint failed: ") {
        let column = column.split_whitespace().next().unwrap_or_default();
        let column = column.rsplit('.').next().unwrap_or(column);
        return Some(unnamed(
            ViolationKind::NotNull,
            "not null",
            vec![column.to_owned()],
        ));
    }
    let lower = text.to_lowercase();
    if lower.contains("foreign key") {
        let key = duckdb_key(text);
        // Of a row that is not there, DuckDB tells the key that it would have.
        let (columns, mentioned) = match lower.contains("does not exist in the referenced table") {
            true => (Vec::new(), key),
            false => (key, Vec::new()),
        };
        return Some(Violation {
            mentioned,
            ..unnamed(ViolationKind::ForeignKey, "foreign key", columns)
        });
    }
    if lower.contains("check constraint") {
        let is_other = |character: char| !character.is_alphanumeric() && character != '_';
        let condition = text
            .split_once("expression")
            .map_or("", |(_, condition)| condition);
        return Some(Violation {
            mentioned: condition.split(is_other).map(str::to_owned).collect(),
            ..unnamed(ViolationKind::Check, "check", Vec::new())
        });
    }
    if lower.contains("duplicate key") || lower.contains("unique") || lower.contains("primary key") {
        let name = if lower.contains("primary key constraint") {
            "primary key"
        } else {
            "unique"
        };
        return Some(unnamed(ViolationKind::Unique, name, duckdb_key(text)));
    }
    None
}

/// Returns the columns of `"id: 1, x: 2"`. A value may hold anything, so that only what looks like a name counts.
fn duckdb_key(text: &str) -> Vec<String> {
    let Some((_, key)) = text.split_once('"') else {
        return Vec::new();
    };
    let key = key.rsplit_once('"').map_or(key, |(key, _)| key);
    let names = key.split(", ").filter_map(|part| part.split_once(": "));
    names
        .map(|(name, _)| name)
        .filter(|name| !name.is_empty() && !name.contains('"'))
        .map(str::to_owned)
        .collect()
}

/// `ERROR:  duplicate key value violates unique constraint "tags_pkey"`, then `DETAIL:  Key (id)=(1) already exists.`
fn postgres(message: &str) -> Option<Violation> {
    let (_, text) = message.split_once("ERROR:  ")?;
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let kind = if first.contains("violates unique constraint") {
        ViolationKind::Unique
    } else if first.contains("violates not-null constraint") {
        ViolationKind::NotNull
    } else if first.contains("violates check constraint") {
        ViolationKind::Check
    } else if first.contains("violates foreign key constraint") {
        ViolationKind::ForeignKey
    } else {
        return None;
    };
    let after = |text: &str, before: &str| {
        let (_, quoted) = text.split_once(before)?;
        quoted.split_once('"').map(|(name, _)| name.to_owned())
    };
    let columns = if kind == ViolationKind::NotNull {
        after(first, "column \"").into_iter().collect()
    } else {
        Violation::key_columns(rest)
    };
    Some(Violation {
        kind,
        constraint: after(first, "constraint \""),
        columns,
        mentioned: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(message: &str) -> String {
        Violation::parse(message).map_or_else(|| "none".to_owned(), |violation| violation.to_string())
    }

    #[test]
    fn messages_name_constraint_and_columns_and_no_value() {
        for (message, expected) in [
            (
                "Constraint Error: Duplicate key \"id: 1, x: a\" violates primary key constraint.",
                "another row has the same key (constraint `primary key` on `id`, `x`)",
            ),
            (
                "Constraint Error: Duplicate key \"code: NORD\" violates unique constraint.",
                "another row has the same key (constraint `unique` on `code`)",
            ),
            (
                "Constraint Error: NOT NULL constraint failed: regions.name",
                "a value is required (constraint `not null` on `name`)",
            ),
            (
                "IO Error: Failed to copy data: ERROR:  duplicate key value violates unique constraint \"regions_code_key\"\nDETAIL:  Key (code)=(NORD) already exists.\nCONTEXT:  COPY regions, line 1\n",
                "another row has the same key (constraint `regions_code_key` on `code`)",
            ),
            (
                "Invalid Error: Failed to execute query \"UPDATE x\": ERROR:  null value in column \"name\" of relation \"regions\" violates not-null constraint\nDETAIL:  Failing row contains (1, secret).\n",
                "a value is required (on `name`)",
            ),
            ("Conversion Error: Could not convert string 'x' to INT32", "none"),
        ] {
            assert_eq!(shown(message), expected, "{message}");
        }
    }
}
