//! Properties of any valid SDL: it compiles, what is served reads back as itself, and a source has its own types for itself.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use apollo_compiler::Schema;

use super::numbers::Numbers;
use super::{SdlDocument, SourceSchema, compiled};
use crate::catalog::model::{Catalog, SourceCatalog};
use crate::catalog::{ServedSchema, surface, type_names};

/// How many schemas each property is tried on.
const SCHEMAS: u64 = 40;

const SCALARS: [&str; 17] = [
    "String",
    "Int",
    "Float",
    "Boolean",
    "BigInt",
    "Date",
    "Timestamp",
    "DateTime",
    "Time",
    "Interval",
    "JSON",
    "Geometry",
    "IntRange",
    "BigIntRange",
    "TimestampRange",
    "H3Cell",
    "Vector",
];

const KEYS: [&str; 4] = ["Int", "BigInt", "String", "Date"];

/// Returns a valid SDL; the same seed gives the same.
fn sdl(seed: u64) -> String {
    let mut numbers = Numbers::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut sdl = String::from(
        "enum grade { low \"in between\" mid high @deprecated(reason: \"no, \\\"never\\\"\") }\n",
    );
    sdl.push_str("type box { width: Int  label: String @field_source(field: \"l\")  inner: lid }\ntype lid { open: Boolean  at: Timestamp }\n");
    let tables = 1 + numbers.below(5);
    let keys: Vec<&str> = (0..tables).map(|_| numbers.pick(&KEYS)).collect();
    for table in 0..tables {
        write_table(&mut sdl, &mut numbers, table, &keys);
    }
    if numbers.chance(60) {
        write_views(&mut sdl, &mut numbers, &keys);
    }
    if numbers.chance(60) {
        let kind = numbers.pick(&["Function", "MutationFunction"]);
        let module = numbers.pick(&["", " @module(name: \"m\")", " @module(name: \"m.n\")"]);
        let _ = writeln!(
            sdl,
            "extend type {kind} {{ \"Does it\" f(a: Int = 1, b: [String!] = [\"x, y\"], who: String @arg_default(value: \"[$auth.role]\")): {} @function(name: \"f\"){module} }}",
            numbers.pick(&["Float", "[Int!]", "box", "[box]", "grade", "[t0]"]),
        );
    }
    sdl
}

fn write_table(sdl: &mut String, numbers: &mut Numbers, table: usize, keys: &[&str]) {
    if numbers.chance(40) {
        let _ = writeln!(sdl, "\"\"\"Table {table},\nwith a \"quote\" \"\"\"");
    }
    let _ = write!(sdl, "type t{table} @table(name: \"s.t{table}\")");
    let is_cube = numbers.chance(20);
    let is_series = numbers.chance(20);
    let extras = [
        (is_cube, " @cube"),
        (is_series, " @hypertable"),
        (numbers.chance(30), " @unique(fields: [\"code\"])"),
        (numbers.chance(30), " @module(name: \"m.n\")"),
        (numbers.chance(20), " @cache(ttl: \"1m\")"),
    ];
    for (_, text) in extras.iter().filter(|(is_there, _)| *is_there) {
        sdl.push_str(text);
    }
    let _ = writeln!(
        sdl,
        " {{\n  id: {}! @pk\n  code: String @filter_required",
        keys[table]
    );
    for field in 0..numbers.below(8) {
        let scalar = numbers.pick(&SCALARS);
        let ty = match numbers.below(4) {
            0 => format!("[{scalar}!]"),
            1 => format!("{scalar}!"),
            _ => scalar.to_owned(),
        };
        let directive = match (numbers.below(6), scalar) {
            (0, _) => " @deprecated(reason: \"old\")",
            (1, _) => " @exclude_filter",
            (2, _) => " @field_source(field: \"Odd Col\")",
            (3, "Float") if is_cube && !ty.starts_with('[') => " @measurement",
            (4, "Timestamp") if is_series && !ty.starts_with('[') => " @timescale_key",
            _ => "",
        };
        let _ = writeln!(sdl, "  f{field}: {ty}{directive}");
    }
    let _ = writeln!(
        sdl,
        "  g: grade\n  b: box\n  bs: [box!]\n  twice: String @sql(exp: \"[code] || [code]\")"
    );
    if numbers.chance(70) {
        let target = numbers.below(keys.len());
        let _ = writeln!(
            sdl,
            "  ref: {} @field_references(references_name: \"t{target}\", field: \"id\", query: \"to\", references_query: \"from_t{table}\")",
            keys[target]
        );
    }
    sdl.push_str("}\n");
}

fn write_views(sdl: &mut String, numbers: &mut Numbers, keys: &[&str]) {
    let is_required = if numbers.chance(50) { "!" } else { "" };
    let _ = writeln!(
        sdl,
        "type v @view(name: \"v\", sql: \"SELECT 1 AS n, [$from] AS at FROM [t0]\") @args(name: \"v_args\") {{ n: Int  at: Timestamp }}
         input v_args {{ from: Timestamp{is_required}  grades: [grade!] = [low, mid]  who: String @arg_default(value: \"[$auth.user_id]\") }}
         extend type t0 {{ all: [t{other}] @join(references_name: \"t{other}\", sql: \"[source.code] = [dest.code]\")  more: Int }}
         type links @table(name: \"links\", is_m2m: true) {{
           a: {a}! @pk @field_references(references_name: \"t0\", references_query: \"others\")
           z: {a}! @pk @field_references(references_name: \"t0\", name: \"second\", references_query: \"ones\")
         }}",
        other = numbers.below(keys.len()),
        a = keys[0],
    );
}

fn source(seed: u64, name: &str, prefix: &str) -> Arc<SourceCatalog> {
    let schema = SourceSchema {
        prefix: prefix.to_owned(),
        as_module: seed.is_multiple_of(2),
        is_read_only: seed.is_multiple_of(5),
        ..SourceSchema::new(name, vec![SdlDocument::new("generated.graphql", sdl(seed))])
    };
    Arc::new(compiled(&schema).catalog)
}

#[track_caller]
fn served(sources: &[&Arc<SourceCatalog>]) -> ServedSchema {
    let sources = sources.iter().map(|source| Arc::clone(source)).collect();
    let catalog = Catalog::merge(sources).expect("the sources merge");
    surface::serve(&catalog).expect("what compiles is served")
}

/// Returns the types that belong to the source with `prefix`, as SDL.
fn types_of(served: &ServedSchema, prefix: &str) -> BTreeMap<String, String> {
    let types = served.schema().types.iter();
    types
        .filter(|(name, _)| name.trim_start_matches('_').starts_with(prefix))
        .map(|(name, found)| (name.to_string(), found.to_string()))
        .collect()
}

#[test]
fn what_is_served_reads_back_as_itself() {
    for seed in 1..=SCHEMAS {
        let printed = served(&[&source(seed, "shop", "a")]).sdl();
        let read = match Schema::parse_and_validate(printed.as_str(), "served.graphql") {
            Ok(read) => read,
            Err(invalid) => panic!("seed {seed}: {}", invalid.errors),
        };
        assert_eq!(read.to_string(), printed, "seed {seed}");
    }
}

#[test]
fn a_source_does_not_change_the_types_of_another() {
    for seed in 1..=SCHEMAS {
        let (one, other) = (source(seed, "one", "a"), source(seed + 1, "other", "b"));
        let (alone, together) = (served(&[&one]), served(&[&one, &other]));
        let own = types_of(&alone, "a_");
        assert!(own.len() > 10, "seed {seed}");
        assert_eq!(own, types_of(&together, "a_"), "seed {seed}");
        let shared = alone.schema().types.keys().filter(|name| {
            !own.contains_key(name.as_str()) && !together.schema().types.contains_key(name.as_str())
        });
        assert_eq!(shared.count(), 0, "seed {seed}");
        let module = |name: &str| name.starts_with(type_names::MODULE_PREFIX) && name.contains("_one_");
        for (name, found) in alone.schema().types.iter().filter(|(name, _)| module(name)) {
            assert_eq!(
                Some(found),
                together.schema().types.get(name),
                "seed {seed}: {name}"
            );
        }
    }
}

#[test]
fn the_order_of_sources_does_not_matter() {
    for seed in 1..=SCHEMAS / 4 {
        let (one, other) = (source(seed, "one", "a"), source(seed + 1, "other", "b"));
        assert_eq!(
            served(&[&one, &other]).sdl(),
            served(&[&other, &one]).sdl(),
            "seed {seed}"
        );
    }
}
