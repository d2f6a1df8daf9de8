//! SQL names → GraphQL names.

use std::collections::HashSet;

/// Put before names that cannot start the way they do.
pub(super) const SAFE_START: &str = "db_";

/// Returns `name` as a GraphQL name.
pub(super) fn identifier(name: &str) -> String {
    let mut out: String = name
        .chars()
        .map(|character| {
            if character.is_ascii_alphanumeric() {
                character
            } else {
                '_'
            }
        })
        .collect();
    if let Some(rest) = out.strip_prefix('_') {
        out = format!("{SAFE_START}{rest}");
    } else if out.is_empty() || out.starts_with(|first: char| first.is_ascii_digit()) {
        out.insert_str(0, SAFE_START);
    }
    out
}

/// Returns `stem`, or `stem` with a number when another name was changed to the same.
pub(super) fn free_name(stem: &str, taken: &mut HashSet<String>) -> String {
    let mut name = stem.to_owned();
    let mut number = 1;
    while !taken.insert(name.clone()) {
        number += 1;
        name = format!("{stem}_{number}");
    }
    name
}
