//! Whole requests, and the same rows fetched by a bare prepared statement in the same run.
//!
//! After criterion's own figures, a line per query says what the engine costs over the statement.

use std::time::Duration;

use criterion::{Criterion, SamplingMode};
use duckdb::Connection;
use hugr_auth::Identity;
use hugr_benches::paired::Paired;
use hugr_benches::planner::{Planner, first_statement};
use hugr_benches::shop::{
    BY_KEY, LIST_20, ORDER_COUNT, ORDERS_WITH_FEW_ITEMS, PAGE_OF_FEW, PAGE_OF_MANY, SDL, SOURCE, Shop,
    request, scattered_key,
};
use hugr_benches::{Failure, bare};
use hugr_core::HugrEngine;
use hugr_core::sql::Value as Bound;
use serde_json::{Map, Value};
use tokio::runtime::Runtime;

/// Times that each side of a comparison is run.
const PAIRED_ROUNDS: usize = 400;

/// Different values that a query's variable takes in turn.
const VALUE_COUNT: i64 = 64;

/// A query, and the statement that it is compared with.
struct Case {
    name: &'static str,
    query: &'static str,
    variable: &'static str,
    statement: String,
    /// Values of the variable, each with those of the statement's parameters.
    values: Vec<(Value, Vec<Bound>)>,
}

impl Case {
    fn value(&self, index: usize) -> Result<&(Value, Vec<Bound>), Failure> {
        self.values
            .get(index % self.values.len().max(1))
            .ok_or_else(|| "the case has no values".into())
    }
}

/// An engine and the bare connection beside it.
struct Sides {
    runtime: Runtime,
    engine: HugrEngine,
    identity: Identity,
    connection: Connection,
}

impl Sides {
    /// Answers the case's query and returns the length of the answer.
    fn run(&self, case: &Case, index: usize) -> Result<usize, Failure> {
        let (value, _) = case.value(index)?;
        let request = request(case.query, case.variable, value.clone());
        let response = self
            .runtime
            .block_on(self.engine.execute(request, &self.identity));
        if let Some(error) = response.error_list().first() {
            return Err(format!("{}: {error}", case.name).into());
        }
        Ok(response.into_parts().iter().map(|part| part.len()).sum())
    }
}

fn main() -> Result<(), Failure> {
    let shop = Shop::create()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let (engine, identity) = runtime.block_on(shop.engine())?;
    let sides = Sides {
        runtime,
        engine,
        identity,
        connection: bare::connect(&shop.path())?,
    };
    let cases = cases()?;
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    for case in &cases {
        bench(&mut criterion, &sides, case)?;
    }
    criterion.final_summary();
    if !std::env::args().any(|argument| argument == "--test") {
        for case in &cases {
            report(&sides, case)?;
        }
    }
    sides.runtime.block_on(sides.engine.close());
    Ok(())
}

fn bench(criterion: &mut Criterion, sides: &Sides, case: &Case) -> Result<(), Failure> {
    let mut statement = sides.connection.prepare(&case.statement)?;
    // Errors end the bench before it is timed.
    sides.run(case, 0)?;
    bare::run(&mut statement, &case.value(0)?.1)?;
    let mut group = criterion.benchmark_group(case.name);
    group.sampling_mode(SamplingMode::Flat);
    let mut index = 0;
    group.bench_function("engine", |bencher| {
        bencher.iter(|| {
            index += 1;
            sides.run(case, index).unwrap_or_default()
        });
    });
    group.bench_function("bare", |bencher| {
        bencher.iter(|| {
            index += 1;
            case.value(index)
                .and_then(|(_, params)| bare::run(&mut statement, params))
                .unwrap_or_default()
        });
    });
    group.finish();
    Ok(())
}

#[allow(clippy::print_stdout, reason = "the report of a bench is its output")]
fn report(sides: &Sides, case: &Case) -> Result<(), Failure> {
    let mut statement = sides.connection.prepare(&case.statement)?;
    let times = Paired::measure(
        PAIRED_ROUNDS,
        |round| sides.run(case, round).map(drop),
        |round| bare::run(&mut statement, &case.value(round)?.1).map(drop),
    )?;
    println!(
        "{}: engine over bare: {:.0} µs (engine {:.0} µs, bare statement {:.0} µs, ratio {:.2}; medians of {PAIRED_ROUNDS} pairs)",
        case.name,
        times.difference_micros(),
        times.first.as_secs_f64() * 1e6,
        times.second.as_secs_f64() * 1e6,
        times.first.as_secs_f64() / times.second.as_secs_f64(),
    );
    Ok(())
}

fn cases() -> Result<Vec<Case>, Failure> {
    let planner = Planner::new(SOURCE, SDL)?;
    let order = |index| scattered_key(index, ORDER_COUNT - 100);
    let early_order = |index| scattered_key(index, ORDERS_WITH_FEW_ITEMS - 100);
    let status = |index| Value::from(if index % 2 == 0 { "new" } else { "shipped" });
    Ok(vec![
        same_statement(&planner, ("by_key", BY_KEY, "k"), |index| order(index).into())?,
        same_statement(&planner, ("list_20", LIST_20, "s"), status)?,
        page(("page_of_10k_children", PAGE_OF_FEW), "few_items", early_order),
        page(("page_of_1m_children", PAGE_OF_MANY), "many_items", order),
    ])
}

/// Compares a query with the statement that the engine itself makes of it.
fn same_statement(
    planner: &Planner,
    (name, query, variable): (&'static str, &'static str, &'static str),
    value: impl Fn(i64) -> Value,
) -> Result<Case, Failure> {
    let mut statement = String::new();
    let mut values = Vec::new();
    for index in 0..VALUE_COUNT {
        let value = value(index);
        let variables = Map::from_iter([(variable.to_owned(), value.clone())]);
        let rendered = first_statement(&planner.read(query, &variables)?);
        statement = rendered.sql;
        values.push((value, rendered.params));
    }
    Ok(Case {
        name,
        query,
        variable,
        statement,
        values,
    })
}

/// Compares a page of orders with the best single statement for it, as a person would write it.
fn page((name, query): (&'static str, &'static str), items: &str, key: impl Fn(i64) -> i64) -> Case {
    let statement = format!(
        "WITH page AS MATERIALIZED (SELECT id, placed_at FROM {SOURCE}.orders WHERE id > $1 ORDER BY id LIMIT 100) \
         SELECT page.id, page.placed_at, grouped.items FROM page LEFT JOIN ( \
           SELECT order_id, list({{id: id, product_id: product_id, qty: qty, price: price}} ORDER BY id)[1:5] AS items \
           FROM {SOURCE}.{items} WHERE order_id IN (SELECT id FROM page) GROUP BY order_id \
         ) AS grouped ON grouped.order_id = page.id ORDER BY page.id"
    );
    let value = |index| (Value::from(key(index)), vec![Bound::Int(key(index))]);
    Case {
        name,
        query,
        variable: "k",
        statement,
        values: (0..VALUE_COUNT).map(value).collect(),
    }
}
