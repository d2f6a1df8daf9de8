//! Query text → SQL text, without a database: what a request costs before DuckDB sees it.

use std::hint::black_box;
use std::time::Duration;

use criterion::Criterion;
use hugr_benches::Failure;
use hugr_benches::planner::{Planner, first_statement};
use hugr_benches::shop::{BY_KEY, LIST_20, PAGE_OF_MANY, SDL, SOURCE};
use hugr_core::plan::{Node, RootKind};
use serde_json::{Map, Value};

/// Types of the wide schema, about as many as a large installation has.
const WIDE_TYPE_COUNT: usize = 500;

fn main() -> Result<(), Failure> {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    let shop = Planner::new(SOURCE, SDL)?;
    let wide = Planner::new(SOURCE, &wide_sdl())?;
    for (schema, planner) in [("shop", &shop), ("500_types", &wide)] {
        for (name, query, variable, value) in [
            ("by_key", BY_KEY, "k", Value::from(7)),
            ("list_20", LIST_20, "s", Value::from("new")),
            ("page", PAGE_OF_MANY, "k", Value::from(7)),
        ] {
            let variables = Map::from_iter([(variable.to_owned(), value)]);
            bench(
                &mut criterion,
                planner,
                &format!("{schema}/{name}"),
                (query, &variables),
            )?;
        }
    }
    criterion.final_summary();
    Ok(())
}

fn bench(
    criterion: &mut Criterion,
    planner: &Planner,
    name: &str,
    (query, variables): (&str, &Map<String, Value>),
) -> Result<(), Failure> {
    let document = planner.document(query)?;
    let mut group = criterion.benchmark_group(format!("plan/{name}"));
    group.bench_function("parse_and_validate", |bencher| {
        bencher.iter(|| planner.document(black_box(query)).is_ok());
    });
    group.bench_function("plan", |bencher| {
        bencher.iter(|| planner.plan(black_box(&document), variables).is_ok());
    });
    group.bench_function("plan_and_render", |bencher| {
        bencher.iter(|| {
            let plan = planner.plan(black_box(&document), variables).ok()?;
            plan.fields.iter().find_map(|field| match &field.node {
                Node::Root(root) => match root.as_ref() {
                    RootKind::Read(read) => Some(first_statement(read).sql.len()),
                    _ => None,
                },
                Node::Group(_) => None,
            })
        });
    });
    group.finish();
    Ok(())
}

/// The shop beside many tables that the queries do not touch.
fn wide_sdl() -> String {
    let mut sdl = SDL.to_owned();
    for index in 0..WIDE_TYPE_COUNT {
        sdl.push_str(&format!(
            "type wide_{index} @table(name: \"wide_{index}\") {{ id: Int! @pk  name: String  size: Float  made_at: DateTime }}\n"
        ));
    }
    sdl
}
