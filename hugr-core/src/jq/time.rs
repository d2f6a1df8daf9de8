//! Functions over instants: `unixTime`, `fromUnixTime`, `timeAdd`, `timeDiff`, `datePart`, `utcTime`, `localTime` (spec §9.4).
//!
//! Instants are RFC 3339 text or seconds since 1970, and come out as text. A time zone matters for numbers only: text has
//! its own.

use chrono::{DateTime, Datelike, FixedOffset, SecondsFormat, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;
use jaq_core::native::{Fun, bome, run, v};
use jaq_core::{Cv, Error, ValR};
use jaq_json::Val;

use super::program::Kind;

/// An instant, in the zone in which it is shown.
type Instant = DateTime<FixedOffset>;

/// Returns the functions.
pub(super) fn functions() -> impl Iterator<Item = Fun<Kind>> {
    [
        run::<Kind>(("utcTime", v(0), |_| bome(Ok(shown(&Utc::now().fixed_offset()))))),
        run::<Kind>(("localTime", v(0), |_| {
            bome(Ok(shown(&chrono::Local::now().fixed_offset())))
        })),
        run::<Kind>(("unixTime", v(0), |cv| bome(unix_time(&cv.1)))),
        run::<Kind>(("fromUnixTime", v(0), |cv| {
            bome(instant(&cv.1, None).map(|at| shown(&at)))
        })),
        run::<Kind>(("fromUnixTime", v(1), |cv| {
            let (input, [zone]) = taken(cv);
            bome(instant(&input, Some(&zone)).map(|at| shown(&at)))
        })),
        run::<Kind>(("timeAdd", v(1), |cv| {
            let (input, [duration]) = taken(cv);
            bome(time_add(&input, &duration, None))
        })),
        run::<Kind>(("timeAdd", v(2), |cv| {
            let (input, [duration, zone]) = taken(cv);
            bome(time_add(&input, &duration, Some(&zone)))
        })),
        run::<Kind>(("datePart", v(1), |cv| {
            let (input, [part]) = taken(cv);
            bome(date_part(&input, &part, None))
        })),
        run::<Kind>(("datePart", v(2), |cv| {
            let (input, [part, zone]) = taken(cv);
            bome(date_part(&input, &part, Some(&zone)))
        })),
        run::<Kind>(("timeDiff", v(2), |cv| {
            let (input, [other, unit]) = taken(cv);
            bome(time_diff(&input, &other, &unit))
        })),
    ]
    .into_iter()
}

/// Returns the input and the arguments, which come off a stack: last first.
pub(super) fn taken<const N: usize>(cv: Cv<'_, Kind>) -> (Val, [Val; N]) {
    let (mut context, input) = cv;
    let mut arguments = [(); N].map(|()| context.pop_var());
    arguments.reverse();
    (input, arguments)
}

pub(super) fn text(value: &Val) -> Option<&str> {
    match value {
        Val::TStr(text) => std::str::from_utf8(text).ok(),
        _ => None,
    }
}

pub(super) fn refused<T>(value: &Val, expected: &str) -> ValR<T, Val> {
    Err(Error::str(format!("{value} is not {expected}")))
}

fn seconds(value: &Val) -> Option<f64> {
    jaq_std::ValT::as_f64(value)
}

fn instant(value: &Val, zone: Option<&Val>) -> ValR<Instant, Val> {
    if let Some(at) = text(value).and_then(|text| DateTime::parse_from_rfc3339(text).ok()) {
        return Ok(at);
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "microseconds of any date fit, others are refused by chrono"
    )]
    let at = seconds(value)
        .map(|seconds| (seconds * 1e6) as i64)
        .and_then(DateTime::<Utc>::from_timestamp_micros);
    let Some(at) = at else {
        return refused(value, "an instant: write RFC 3339 text or seconds since 1970");
    };
    let Some(zone) = zone else {
        return Ok(at.fixed_offset());
    };
    match text(zone).and_then(|name| name.parse::<Tz>().ok()) {
        Some(zone) => Ok(at.with_timezone(&zone).fixed_offset()),
        None => refused(zone, "a time zone"),
    }
}

fn shown(at: &Instant) -> Val {
    Val::from(at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

fn unix_time(value: &Val) -> ValR<Val> {
    let at = match value {
        Val::Null => Utc::now().fixed_offset(),
        value => instant(value, None)?,
    };
    isize::try_from(at.timestamp()).map(Val::from).map_err(Error::str)
}

fn time_add(value: &Val, duration: &Val, zone: Option<&Val>) -> ValR<Val> {
    let Some(duration_value) = text(duration).and_then(parse_duration) else {
        return refused(duration, "a duration such as `1h30m` or `-90s`");
    };
    match instant(value, zone)?.checked_add_signed(duration_value) {
        Some(at) => Ok(shown(&at)),
        None => refused(duration, "a duration that stays in the calendar"),
    }
}

fn date_part(value: &Val, part: &Val, zone: Option<&Val>) -> ValR<Val> {
    let at = instant(value, zone)?;
    let number = match text(part).unwrap_or_default() {
        "second" => at.second(),
        "minute" => at.minute(),
        "hour" => at.hour(),
        "day" => at.day(),
        "month" => at.month(),
        "year" => return isize::try_from(at.year()).map(Val::from).map_err(Error::str),
        "weekday" => at.weekday().number_from_monday(),
        "yearday" => at.ordinal(),
        _ => {
            return refused(
                part,
                "one of second, minute, hour, day, month, year, weekday, yearday",
            );
        }
    };
    isize::try_from(number).map(Val::from).map_err(Error::str)
}

/// Returns how long after the input `other` is, in whole units.
fn time_diff(value: &Val, other: &Val, unit: &Val) -> ValR<Val> {
    let (from, to) = (instant(value, None)?, instant(other, None)?);
    let seconds = to.signed_duration_since(from).num_seconds();
    let months = i64::from(to.year() - from.year()) * 12 + i64::from(to.month()) - i64::from(from.month());
    let amount = match text(unit).unwrap_or_default() {
        "seconds" => seconds,
        "minutes" => seconds / 60,
        "hours" => seconds / 3_600,
        "days" => seconds / 86_400,
        "months" => months,
        "years" => i64::from(to.year() - from.year()),
        _ => return refused(unit, "one of seconds, minutes, hours, days, months, years"),
    };
    isize::try_from(amount).map(Val::from).map_err(Error::str)
}

/// Reads `1h30m`, `-1.5s`, `2d`: numbers with units, a sign before all.
fn parse_duration(text: &str) -> Option<TimeDelta> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut nanoseconds = 0.0_f64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|next: char| !next.is_ascii_digit() && next != '.')?;
        let number: f64 = rest.get(..digits)?.parse().ok()?;
        let from_unit = rest.get(digits..)?;
        let end = from_unit
            .find(|next: char| next.is_ascii_digit())
            .unwrap_or(from_unit.len());
        let unit = match from_unit.get(..end)? {
            "ns" => 1.0,
            "us" | "µs" => 1e3,
            "ms" => 1e6,
            "s" => 1e9,
            "m" => 60e9,
            "h" => 3_600e9,
            "d" => 86_400e9,
            _ => return None,
        };
        nanoseconds += number * unit;
        rest = from_unit.get(end..)?;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    (nanoseconds < 9e18).then(|| TimeDelta::nanoseconds((sign * nanoseconds) as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(parse_duration("1h30m"), Some(TimeDelta::minutes(90)));
        assert_eq!(parse_duration("-7d"), Some(TimeDelta::days(-7)));
        assert_eq!(parse_duration("1.5s"), Some(TimeDelta::milliseconds(1500)));
        for wrong in ["", "-", "1", "1x", "h"] {
            assert_eq!(parse_duration(wrong), None, "{wrong}");
        }
    }
}
