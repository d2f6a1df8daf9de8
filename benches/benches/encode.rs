//! JSON from Arrow in memory, without a database: 100,000 rows of five columns, and columns of one type each.
//!
//! The throughput that criterion prints is that of the JSON text.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{
    ArrayRef, BooleanArray, Decimal128Array, Float64Array, Int32Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use criterion::{Criterion, Throughput};
use hugr_benches::Failure;
use hugr_benches::paired::Paired;
use hugr_benches::planner::Planner;
use hugr_core::exec::Level;
use hugr_core::exec::encode::json::{RowStyle, encode_root};
use hugr_core::plan::Step;
use serde_json::Map;

/// Rows, and rows of a batch: as many as DuckDB gives at once.
const ROW_COUNT: usize = 100_000;
const BATCH_ROWS: usize = 2_048;

/// Times that the report encodes the rows.
const REPORT_ROUNDS: usize = 40;

/// The columns, one per line of the type, and the same in the query.
const SDL: &str = r#"type orders @table(name: "orders") {
  id: Int! @pk
  status: String!
  total: Float!
  paid: Boolean!
  placed_at: DateTime!
  note: String
  amount: Float!
}"#;

/// One output to encode.
struct Case {
    name: &'static str,
    step: Step,
    level: Level,
}

fn main() -> Result<(), Failure> {
    let cases = [
        case(
            "100k_rows_of_5_columns",
            &["id", "status", "total", "paid", "placed_at"],
        )?,
        case("integers", &["id"])?,
        case("short_texts", &["status"])?,
        case("long_texts_with_escapes", &["note"])?,
        case("floats", &["total"])?,
        case("decimals", &["amount"])?,
        case("booleans", &["paid"])?,
        case("timestamps", &["placed_at"])?,
    ];
    let mut criterion = Criterion::default()
        .sample_size(15)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    let mut group = criterion.benchmark_group("encode");
    for case in &cases {
        let size = encode_root(&case.step, &case.level, RowStyle::List, usize::MAX)?.len();
        group.throughput(Throughput::Bytes(u64::try_from(size)?));
        group.bench_function(case.name, |bencher| {
            bencher.iter(|| {
                encode_root(
                    black_box(&case.step),
                    black_box(&case.level),
                    RowStyle::List,
                    usize::MAX,
                )
                .map_or(0, |text| text.len())
            });
        });
    }
    group.finish();
    criterion.final_summary();
    if !std::env::args().any(|argument| argument == "--test") {
        for case in &cases {
            report(case)?;
        }
    }
    Ok(())
}

/// Prints the throughput, and its ratio to copying the finished text.
#[allow(clippy::print_stdout, reason = "the report of a bench is its output")]
fn report(case: &Case) -> Result<(), Failure> {
    let text = encode_root(&case.step, &case.level, RowStyle::List, usize::MAX)?;
    let times = Paired::measure(
        REPORT_ROUNDS,
        |_| {
            black_box(encode_root(&case.step, &case.level, RowStyle::List, usize::MAX)?);
            Ok(())
        },
        |_| {
            black_box(text.clone());
            Ok(())
        },
    )?;
    let megabytes = f64::from(u32::try_from(text.len())?) / 1e6;
    println!(
        "{}: {:.0} MB/s of JSON ({:.1} ns a row, {megabytes:.1} MB; copying the text: {:.0} MB/s)",
        case.name,
        megabytes / times.first.as_secs_f64(),
        times.first.as_secs_f64() * 1e9 / f64::from(u32::try_from(ROW_COUNT)?),
        megabytes / times.second.as_secs_f64(),
    );
    Ok(())
}

fn case(name: &'static str, columns: &[&str]) -> Result<Case, Failure> {
    let query = format!("{{ orders {{ {} }} }}", columns.join(" "));
    let step = Planner::new("shop", SDL)?.read(&query, &Map::new())?.step;
    let mut batches = Vec::new();
    for first in (0..ROW_COUNT).step_by(BATCH_ROWS) {
        let rows = first..(first + BATCH_ROWS).min(ROW_COUNT);
        let mut arrays = Vec::new();
        for name in columns {
            arrays.push((*name, column(name, rows.clone())?));
        }
        batches.push(RecordBatch::try_from_iter(arrays)?);
    }
    let level = Level {
        batches,
        children: Vec::new(),
    };
    Ok(Case { name, step, level })
}

fn column(name: &str, rows: std::ops::Range<usize>) -> Result<ArrayRef, Failure> {
    let rows = i32::try_from(rows.start)?..i32::try_from(rows.end)?;
    Ok(match name {
        "id" => Arc::new(Int32Array::from_iter_values(rows)),
        "status" => Arc::new(StringArray::from_iter_values(
            rows.map(|row| if row % 3 == 0 { "delivered" } else { "packed" }),
        )),
        "total" => Arc::new(Float64Array::from_iter_values(
            rows.map(|row| f64::from(row * 7_919 % 1_000_000) / 100.0),
        )),
        "paid" => Arc::new(BooleanArray::from_iter(rows.map(|row| Some(row % 10 < 7)))),
        "placed_at" => Arc::new(TimestampMicrosecondArray::from_iter_values(
            rows.map(|row| (1_577_836_800 + i64::from(row) * 613) * 1_000_000),
        )),
        "note" => Arc::new(StringArray::from_iter_values(rows.map(|row| {
            format!("order {row}:\n\"leave it with the neighbour\", said the customer; nothing else to add")
        }))),
        "amount" => Arc::new(
            Decimal128Array::from_iter_values(rows.map(|row| i128::from(row) * 104_729 % 10_000_000))
                .with_precision_and_scale(12, 2)?,
        ),
        other => return Err(format!("there is no column {other}").into()),
    })
}
