//! Every value comes out as it is in DuckDB, and finds its own row when it is sent back in a filter.

use std::num::NonZeroUsize;

use arrow::array::AsArray;
use chrono::{DateTime, NaiveDate, NaiveTime};
use hugr_auth::{Identity, RoleName};
use hugr_core::db::{Database, DatabaseOptions};
use hugr_core::{DataSource, HugrEngine, Request};
use hugr_tests::differential::random::Random;
use serde_json::{Value, json};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// Values of each kind, beside NULL and those that are picked on purpose.
const RANDOM_VALUES: usize = 60;

/// A kind of value.
struct Kind {
    /// The scalar, and DuckDB's type.
    types: (&'static str, &'static str),
    /// SQL literals of values that are easily mistaken.
    picked: &'static [&'static str],
    /// Makes the SQL literal of any value.
    literal: fn(&mut Random) -> String,
    /// DuckDB's own text of the column `v`.
    own_text: &'static str,
    /// Whether the answer says the same as that text.
    is_same: fn(&Value, &str) -> bool,
    /// Whether rows can be found by it.
    is_found: bool,
}

fn number(random: &mut Random, most: usize) -> i64 {
    i64::try_from(random.below(most)).unwrap_or(0)
}

fn whole(value: &Value, text: &str) -> bool {
    let shown = value.to_string();
    shown == text
}

fn floating(value: &Value, text: &str) -> bool {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => value.as_f64() == Some(number),
        _ => value.is_null(),
    }
}

fn text(value: &Value, text: &str) -> bool {
    value.as_str() == Some(text)
}

fn instant(value: &Value, micros: &str) -> bool {
    let shown = value
        .as_str()
        .and_then(|shown| DateTime::parse_from_rfc3339(shown).ok());
    shown
        .map(|moment| moment.timestamp_micros().to_string())
        .as_deref()
        == Some(micros)
}

fn time(value: &Value, text: &str) -> bool {
    let shown = value.as_str().and_then(|shown| shown.parse::<NaiveTime>().ok());
    shown.is_some() && shown == text.parse().ok()
}

fn document(value: &Value, text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok_and(|own| own == *value)
}

fn moment(random: &mut Random) -> String {
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:06}",
        1 + random.below(9998),
        1 + random.below(12),
        1 + random.below(28),
        random.below(24),
        random.below(60),
        random.below(60),
        random.below(1_000_000)
    )
}

fn word(random: &mut Random) -> String {
    const PARTS: [&str; 12] = [
        "a",
        "'",
        "\"",
        "\\",
        "é",
        "日本",
        "\u{1F600}",
        "\n",
        "\t",
        "%",
        "_",
        "\u{7f}",
    ];
    let word: String = (0..random.below(8)).map(|_| *random.pick(&PARTS)).collect();
    format!("'{}'", word.replace('\'', "''"))
}

const KINDS: [Kind; 11] = [
    Kind {
        types: ("Int", "INTEGER"),
        picked: &["0", "-2147483648", "2147483647"],
        literal: |random| (number(random, 4_000_000_000) - 2_000_000_000).to_string(),
        own_text: "v::VARCHAR",
        is_same: whole,
        is_found: true,
    },
    Kind {
        types: ("BigInt", "BIGINT"),
        picked: &[
            "0",
            "-9223372036854775808",
            "9223372036854775807",
            "9007199254740993",
        ],
        literal: |random| {
            let high = number(random, 9_000_000_000) - 4_500_000_000;
            (high * 1_000_000_007).to_string()
        },
        own_text: "v::VARCHAR",
        is_same: whole,
        is_found: true,
    },
    Kind {
        types: ("Float", "DOUBLE"),
        picked: &[
            "0",
            "-0.0",
            "0.1",
            "1e308",
            "5e-324",
            "-1.7976931348623157e308",
            "123456789.123456789",
        ],
        literal: |random| {
            format!(
                "{}e{}",
                number(random, 2_000_000_000) - 1_000_000_000,
                number(random, 40) - 30
            )
        },
        own_text: "v::VARCHAR",
        is_same: floating,
        is_found: true,
    },
    Kind {
        types: ("Float", "DOUBLE"),
        picked: &["'NaN'", "'Infinity'", "'-Infinity'"],
        literal: |_| "'NaN'".to_owned(),
        own_text: "v::VARCHAR",
        is_same: floating,
        is_found: false,
    },
    Kind {
        types: ("String", "VARCHAR"),
        picked: &["''", "' '", "'null'", "'NULL'", "'\u{202E}x'"],
        literal: word,
        own_text: "v",
        is_same: text,
        is_found: true,
    },
    Kind {
        types: ("Boolean", "BOOLEAN"),
        picked: &["true", "false"],
        literal: |random| random.chance(50).to_string(),
        own_text: "v::VARCHAR",
        is_same: whole,
        is_found: true,
    },
    Kind {
        types: ("Date", "DATE"),
        picked: &["'0001-01-01'", "'9999-12-31'", "'1970-01-01'", "'2024-02-29'"],
        literal: |random| {
            let day =
                NaiveDate::from_num_days_from_ce_opt(i32::try_from(1 + random.below(3_000_000)).unwrap_or(1));
            format!("'{}'", day.unwrap_or_default())
        },
        own_text: "v::VARCHAR",
        is_same: text,
        is_found: true,
    },
    Kind {
        types: ("Time", "TIME"),
        picked: &["'00:00:00'", "'23:59:59.999999'", "'12:00:00.5'"],
        literal: |random| {
            format!(
                "'{:02}:{:02}:{:02}.{:06}'",
                random.below(24),
                random.below(60),
                random.below(60),
                random.below(1_000_000)
            )
        },
        own_text: "v::VARCHAR",
        is_same: time,
        is_found: true,
    },
    Kind {
        types: ("Timestamp", "TIMESTAMPTZ"),
        picked: &[
            "'1970-01-01 00:00:00+00'",
            "'1969-12-31 23:59:59.999999+00'",
            "'2024-02-29 12:34:56.789+00'",
        ],
        literal: |random| format!("'{}+00'", moment(random)),
        own_text: "epoch_us(v)::VARCHAR",
        is_same: instant,
        is_found: true,
    },
    Kind {
        types: ("DateTime", "TIMESTAMP"),
        picked: &["'0001-01-01 00:00:00'", "'9999-12-31 23:59:59.999999'"],
        literal: |random| format!("'{}'", moment(random)),
        own_text: "epoch_us(v)::VARCHAR",
        is_same: instant,
        is_found: true,
    },
    Kind {
        types: ("JSON", "JSON"),
        picked: &[
            "'null'",
            "'7'",
            "'\"text\"'",
            "'[]'",
            "'{}'",
            "'{\"a\": {\"b\": [1, null, \"''\"]}}'",
        ],
        literal: |random| {
            let name = word(random).replace("''", "'");
            format!(
                "'{}'",
                json!({ name: [number(random, 9), null] })
                    .to_string()
                    .replace('\'', "''")
            )
        },
        own_text: "v::VARCHAR",
        is_same: document,
        is_found: false,
    },
];

#[tokio::test]
async fn values_are_shown_as_they_are_and_find_their_rows() -> Outcome {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("values.duckdb");
    let mut random = Random::new(7);
    let (statements, sdl) = tables(&mut random);
    let database = Database::open(DatabaseOptions {
        path: Some(file.clone()),
        connections: NonZeroUsize::MIN,
        ..DatabaseOptions::default()
    })
    .await?;
    database
        .run(move |session| session.execute_batch(&statements))
        .await?;
    let mut own = Vec::new();
    for (index, kind) in KINDS.iter().enumerate() {
        own.push(own_texts(&database, index, kind).await?);
    }
    database.close().await;
    let source = DataSource::duckdb("kinds", file.display().to_string()).with_sdl(sdl);
    let engine = HugrEngine::builder().with_source(source).build().await?;
    for (index, (kind, own)) in KINDS.iter().zip(own).enumerate() {
        let answer = ask(
            &engine,
            &format!("{{ rows: kind{index}(order_by: [{{field: \"id\"}}]) {{ id v }} }}"),
            json!({}),
        )
        .await?;
        let rows = answer["rows"].as_array().ok_or("no rows")?;
        assert_eq!(rows.len(), own.len());
        for (row, own) in rows.iter().zip(own) {
            let is_same = own
                .as_deref()
                .map_or(row["v"].is_null(), |own| (kind.is_same)(&row["v"], own));
            assert!(is_same, "{}: {} is {own:?} in DuckDB", kind.types.1, row["v"]);
            if !kind.is_found || row["v"].is_null() {
                continue;
            }
            let query = format!(
                "query ($v: {}) {{ rows: kind{index}(filter: {{v: {{eq: $v}}}}) {{ id }} }}",
                kind.types.0
            );
            let found = ask(&engine, &query, json!({ "v": row["v"] })).await?;
            let ids: Vec<_> = found["rows"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|row| &row["id"])
                .collect();
            assert!(
                ids.contains(&&row["id"]),
                "{}: {} finds {ids:?}",
                kind.types.1,
                row["v"]
            );
        }
    }
    Ok(())
}

/// Returns the statements that make a table for each kind, and their schema.
fn tables(random: &mut Random) -> (String, String) {
    let (mut statements, mut sdl) = (String::new(), String::new());
    for (index, kind) in KINDS.iter().enumerate() {
        let (scalar, ty) = kind.types;
        sdl += &format!("type kind{index} @table(name: \"kind{index}\") {{ id: Int! @pk  v: {scalar} }}\n");
        statements += &format!("CREATE TABLE kind{index} (id INTEGER PRIMARY KEY, v {ty});\n");
        let picked = kind.picked.iter().map(|literal| (*literal).to_owned());
        let mut literals: Vec<_> = picked.chain(["NULL".to_owned()]).collect();
        literals.extend((0..RANDOM_VALUES).map(|_| (kind.literal)(random)));
        for (id, literal) in literals.iter().enumerate() {
            statements += &format!("INSERT INTO kind{index} VALUES ({id}, {literal});\n");
        }
    }
    (statements, sdl)
}

async fn own_texts(database: &Database, index: usize, kind: &Kind) -> Outcome<Vec<Option<String>>> {
    let sql = format!("SELECT {} FROM kind{index} ORDER BY id", kind.own_text);
    let rows = database.run(move |session| session.query(&sql, &[])).await?;
    let mut texts = Vec::new();
    for batch in &rows.batches {
        texts.extend(
            batch
                .column(0)
                .as_string::<i32>()
                .iter()
                .map(|text| text.map(str::to_owned)),
        );
    }
    Ok(texts)
}

async fn ask(engine: &HugrEngine, query: &str, variables: Value) -> Outcome<Value> {
    let caller = Identity::anonymous(RoleName::new("public"));
    let variables = variables.as_object().cloned().unwrap_or_default();
    let request = Request::new(query).with_variables(variables);
    let mut answer: Value = serde_json::from_str(&engine.execute(request, &caller).await.into_json_text())?;
    if answer["data"].is_null() {
        return Err(format!("{query}: {answer}").into());
    }
    Ok(answer["data"].take())
}
