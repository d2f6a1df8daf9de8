//! Durations: ISO 8601, `1h30m`, `2 hours 5 minutes`, or seconds.

use serde_json::Value as Json;

const MICROS_PER_SECOND: f64 = 1e6;
const MICROS_PER_MINUTE: i64 = 60_000_000;

/// Returns the duration as text that every SQL database reads; `None` when it is none.
pub(super) fn parse(value: &Json) -> Option<String> {
    let micros = (seconds(value)? * MICROS_PER_SECOND).round();
    if !micros.is_finite() || micros.abs() >= 9e18 {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "what does not fit is refused above"
    )]
    let micros = micros as i64;
    // No number of these has more digits than PostgreSQL 13 reads.
    let (minutes, micros) = (micros / MICROS_PER_MINUTE, micros % MICROS_PER_MINUTE);
    let parts = [
        (minutes / 60, "hours"),
        (minutes % 60, "minutes"),
        (micros, "microseconds"),
    ];
    let named: Vec<_> = parts
        .iter()
        .filter(|(amount, _)| *amount != 0)
        .map(|(amount, unit)| format!("{amount} {unit}"))
        .collect();
    Some(if named.is_empty() {
        "0 hours".to_owned()
    } else {
        named.join(" ")
    })
}

/// Returns the duration in seconds; `None` when it is none.
pub(in crate::plan) fn seconds(value: &Json) -> Option<f64> {
    Some(match value {
        Json::Number(number) => number.as_f64()?,
        Json::String(text) => {
            let text = text.trim();
            iso_8601(text)
                .or_else(|| short_units(text))
                .or_else(|| unit_words(text))
                .or_else(|| text.parse().ok())?
        }
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => return None,
    })
}

/// `P1DT2H`, `-PT5M`, `PT0.5S`; a year is 365 days, a month 30.
fn iso_8601(text: &str) -> Option<f64> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text),
    };
    let (date, time) = match text.strip_prefix('P')?.split_once('T') {
        Some((date, time)) => (date, time),
        None => (text.strip_prefix('P')?, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let day = 86_400.0;
    let date = numbers_with_units(
        date,
        &[
            ("Y", 365.0 * day),
            ("M", 30.0 * day),
            ("W", 7.0 * day),
            ("D", day),
        ],
    )?;
    let time = numbers_with_units(time, &[("H", 3_600.0), ("M", 60.0), ("S", 1.0)])?;
    Some(sign * (date + time))
}

/// `1h30m`, `250ms`.
fn short_units(text: &str) -> Option<f64> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text),
    };
    if text.is_empty() || text.ends_with(|last: char| last.is_ascii_digit()) {
        return None;
    }
    let units = [
        ("h", 3_600.0),
        ("ms", 1e-3),
        ("us", 1e-6),
        ("µs", 1e-6),
        ("ns", 1e-9),
        ("m", 60.0),
        ("s", 1.0),
    ];
    numbers_with_units(text, &units).map(|seconds| sign * seconds)
}

/// `1 day 2 hours`.
fn unit_words(text: &str) -> Option<f64> {
    let words: Vec<_> = text.split_whitespace().collect();
    if words.is_empty() || words.len() % 2 != 0 {
        return None;
    }
    let mut seconds = 0.0;
    for pair in words.chunks(2) {
        let [amount, unit] = pair else { return None };
        let amount: f64 = amount.parse().ok()?;
        let unit = unit.to_ascii_lowercase();
        seconds += amount
            * match unit.trim_end_matches(',').trim_end_matches('s') {
                "year" => 365.0 * 86_400.0,
                "month" => 30.0 * 86_400.0,
                "week" => 7.0 * 86_400.0,
                "day" => 86_400.0,
                "hour" => 3_600.0,
                "minute" => 60.0,
                "second" => 1.0,
                "millisecond" => 1e-3,
                "microsecond" => 1e-6,
                _ => return None,
            };
    }
    Some(seconds)
}

/// Sums numbers, each followed by one of `units`; longer units stand before their prefixes in `units`.
fn numbers_with_units(text: &str, units: &[(&str, f64)]) -> Option<f64> {
    let mut rest = text;
    let mut sum = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|character: char| !(character.is_ascii_digit() || "+-.".contains(character)))?;
        let (number, after) = rest.split_at(end);
        let (unit, size) = units.iter().find(|(unit, _)| after.starts_with(unit))?;
        sum += number.parse::<f64>().ok()? * size;
        rest = &after[unit.len()..];
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_every_form() {
        for (input, text) in [
            (json!("PT2H"), "2 hours"),
            (json!("P1DT3H"), "27 hours"),
            (json!("-PT1H30M"), "-1 hours -30 minutes"),
            (json!("PT-1H-30M"), "-1 hours -30 minutes"),
            (json!("1h30m"), "1 hours 30 minutes"),
            (json!("250ms"), "250000 microseconds"),
            (json!("2 hours 5 minutes"), "2 hours 5 minutes"),
            (json!("1 day"), "24 hours"),
            (json!("90"), "1 minutes 30000000 microseconds"),
            (json!(1.5), "1500000 microseconds"),
            (json!("PT0S"), "0 hours"),
        ] {
            assert_eq!(parse(&input).as_deref(), Some(text), "{input}");
        }
    }

    #[test]
    fn refuses_the_rest() {
        for input in [
            json!("P"),
            json!(""),
            json!("2 fortnights"),
            json!("h"),
            json!(true),
            json!("1x"),
        ] {
            assert_eq!(parse(&input), None, "{input}");
        }
    }
}
