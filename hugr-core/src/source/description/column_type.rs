//! SQL types → scalars of the schema language.

use crate::catalog::scalar::Scalar;

/// The type of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ColumnType {
    /// The scalar.
    pub(super) scalar: Scalar,
    /// Whether the column is a list of it.
    pub(super) is_list: bool,
    /// Length of a vector.
    pub(super) length: Option<u32>,
}

/// Returns the type of a field for the SQL type `text`; `None` when no scalar holds its values.
pub(super) fn of_sql(text: &str) -> Option<ColumnType> {
    let lower = text.trim().to_ascii_lowercase();
    if let Some(items) = lower.strip_suffix("[]") {
        let item = of_sql(items)?;
        return (!item.is_list && item.scalar != Scalar::Vector).then_some(ColumnType {
            is_list: true,
            ..item
        });
    }
    if let Some(length) = fixed_length(&lower) {
        return Some(ColumnType {
            scalar: Scalar::Vector,
            is_list: false,
            length: Some(length),
        });
    }
    Some(ColumnType {
        scalar: scalar(&without_parameters(&lower))?,
        is_list: false,
        length: None,
    })
}

/// Returns the length of a list of floats of fixed length: `float[3]` in DuckDB, `vector(3)` in PostgreSQL.
fn fixed_length(lower: &str) -> Option<u32> {
    let length = lower
        .strip_prefix("float[")
        .and_then(|rest| rest.strip_suffix(']'))
        .or_else(|| {
            lower
                .strip_prefix("vector(")
                .and_then(|rest| rest.strip_suffix(')'))
        })?;
    length.parse().ok()
}

/// Returns `lower` without what stands in brackets: `character varying(20)` → `character varying`,
/// `timestamp(3) with time zone` → `timestamp with time zone`.
fn without_parameters(lower: &str) -> String {
    match (lower.find('('), lower.rfind(')')) {
        (Some(start), Some(end)) if start < end => {
            let (before, after) = (&lower[..start], &lower[end + 1..]);
            format!("{}{after}", before.trim_end())
        }
        _ => lower.to_owned(),
    }
}

fn scalar(name: &str) -> Option<Scalar> {
    Some(match name {
        "int" | "integer" | "int4" | "signed" | "smallint" | "int2" | "short" | "tinyint" | "int1"
        | "utinyint" | "usmallint" => Scalar::Int,
        "bigint" | "int8" | "long" | "uinteger" => Scalar::BigInt,
        "float" | "real" | "float4" | "double" | "float8" | "double precision" | "decimal" | "numeric" => {
            Scalar::Float
        }
        "boolean" | "bool" | "logical" => Scalar::Boolean,
        "date" => Scalar::Date,
        "time" | "time without time zone" => Scalar::Time,
        "timestamptz" | "timestamp with time zone" => Scalar::Timestamp,
        "timestamp"
        | "datetime"
        | "timestamp without time zone"
        | "timestamp_s"
        | "timestamp_ms"
        | "timestamp_ns" => Scalar::DateTime,
        "interval" => Scalar::Interval,
        "json" | "jsonb" => Scalar::Json,
        "text" | "varchar" | "char" | "bpchar" | "string" | "character varying" | "character"
        | "\"char\"" | "name" | "citext" | "uuid" | "blob" | "bytea" | "binary" | "varbinary" | "bit"
        | "bitstring" | "bit varying" | "enum" => Scalar::String,
        "geometry" | "geography" | "wkb_blob" => Scalar::Geometry,
        "int4range" => Scalar::IntRange,
        "int8range" => Scalar::BigIntRange,
        "tstzrange" => Scalar::TimestampRange,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sql: &str, expect: Option<(Scalar, bool, Option<u32>)>) {
        let found = of_sql(sql).map(|found| (found.scalar, found.is_list, found.length));
        assert_eq!(found, expect, "{sql}");
    }

    #[test]
    fn parameters_of_types_do_not_matter() {
        check("DECIMAL(10,2)", Some((Scalar::Float, false, None)));
        check("character varying(20)", Some((Scalar::String, false, None)));
        check(
            "timestamp(3) with time zone",
            Some((Scalar::Timestamp, false, None)),
        );
        check("geometry(Point,4326)", Some((Scalar::Geometry, false, None)));
        check("ENUM('a', 'b)')", Some((Scalar::String, false, None)));
    }

    #[test]
    fn lists_have_one_level_and_vectors_a_length() {
        check("VARCHAR[]", Some((Scalar::String, true, None)));
        check("INTEGER[][]", None);
        check("FLOAT[3]", Some((Scalar::Vector, false, Some(3))));
        check("vector(2)", Some((Scalar::Vector, false, Some(2))));
    }

    #[test]
    fn what_no_scalar_holds_is_left_out() {
        for sql in [
            "HUGEINT",
            "UBIGINT",
            "STRUCT(a INTEGER)",
            "MAP(VARCHAR, INTEGER)",
            "point",
            "",
        ] {
            check(sql, None);
        }
    }
}
