//! SDL of any size: tables with relations between them.

use std::fmt::Write;

/// Columns of each table beside its key and references.
const COLUMNS: [(&str, &str); 17] = [
    ("title", "String!"),
    ("code", "String"),
    ("note", "String"),
    ("amount", "Float"),
    ("price", "Float"),
    ("weight", "Float"),
    ("count_a", "Int"),
    ("count_b", "Int"),
    ("total", "BigInt"),
    ("is_open", "Boolean"),
    ("is_paid", "Boolean"),
    ("placed_at", "Timestamp"),
    ("changed_at", "Timestamp"),
    ("shipped_on", "Date"),
    ("details", "JSON"),
    ("labels", "[String!]"),
    ("tenant", "String"),
];

/// Returns the SDL of `tables` tables of 20 columns, each with two references to earlier ones.
#[must_use]
pub fn tables(tables: usize) -> String {
    let mut sdl = String::new();
    for index in 0..tables {
        let _ = writeln!(
            sdl,
            "\"Table number {index}\"\ntype table_{index} @table(name: \"table_{index}\") {{"
        );
        let _ = writeln!(sdl, "  id: BigInt! @pk");
        for (number, distance) in [(1, 1), (2, 7)] {
            let target = index.saturating_sub(distance);
            let _ = writeln!(
                sdl,
                "  parent_{number}: BigInt @field_references(references_name: \"table_{target}\", field: \"id\", \
                 query: \"to_{number}\", references_query: \"from_{index}_{number}\")"
            );
        }
        for (name, ty) in COLUMNS {
            let _ = writeln!(sdl, "  \"The {name} of table {index}\"\n  {name}: {ty}");
        }
        sdl.push_str("}\n\n");
    }
    sdl
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::Planner;

    #[test]
    fn compiles_and_is_served() {
        assert!(Planner::new("generated", &tables(9)).is_ok());
    }
}
