//! Dates, times and durations as text (spec/queries.md §8.5).

use std::io::Write;

use chrono::{DateTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// Appends `"YYYY-MM-DD"`.
pub(super) fn write_date(out: &mut Vec<u8>, days_since_epoch: i64) {
    out.push(b'"');
    push_date(out, days_since_epoch);
    out.push(b'"');
}

/// Appends `"YYYY-MM-DDTHH:MM:SS[.f]Z"`, or with the offset of `zone` instead of `Z`.
pub(super) fn write_timestamp(out: &mut Vec<u8>, micros_since_epoch: i64, zone: Option<Tz>) {
    let offset_seconds = zone.map_or(0, |zone| {
        DateTime::<Utc>::from_timestamp_micros(micros_since_epoch).map_or(0, |moment| {
            zone.offset_from_utc_datetime(&moment.naive_utc())
                .fix()
                .local_minus_utc()
        })
    });
    let local = micros_since_epoch.saturating_add(i64::from(offset_seconds) * MICROS_PER_SECOND);
    let seconds = local.div_euclid(MICROS_PER_SECOND);
    out.push(b'"');
    push_date(out, seconds.div_euclid(SECONDS_PER_DAY));
    out.push(b'T');
    push_clock(out, seconds.rem_euclid(SECONDS_PER_DAY));
    push_fraction(out, local.rem_euclid(MICROS_PER_SECOND));
    if offset_seconds == 0 {
        out.push(b'Z');
    } else {
        let minutes = offset_seconds.unsigned_abs() / 60;
        out.push(if offset_seconds < 0 { b'-' } else { b'+' });
        push_two(out, i64::from(minutes / 60));
        out.push(b':');
        push_two(out, i64::from(minutes % 60));
    }
    out.push(b'"');
}

/// Appends `"HH:MM:SS.nnnnnnnnn"`.
pub(super) fn write_time_of_list(out: &mut Vec<u8>, micros: i64) {
    out.push(b'"');
    push_clock(out, micros.div_euclid(MICROS_PER_SECOND));
    push(
        out,
        format_args!(".{:06}000\"", micros.rem_euclid(MICROS_PER_SECOND)),
    );
}

/// Appends `"HH:MM:SS[.f]"`.
pub(super) fn write_time_of_single(out: &mut Vec<u8>, micros: i64) {
    out.push(b'"');
    push_clock(out, micros.div_euclid(MICROS_PER_SECOND));
    push_fraction(out, micros.rem_euclid(MICROS_PER_SECOND));
    out.push(b'"');
}

/// Appends an ISO 8601 duration: `"P1M2DT3H4M5.6S"`, `"PT0S"`.
pub(super) fn write_interval_of_list(out: &mut Vec<u8>, months: i32, days: i32, nanos: i64) {
    out.extend_from_slice(b"\"P");
    if months != 0 {
        push(out, format_args!("{months}M"));
    }
    if days != 0 {
        push(out, format_args!("{days}D"));
    }
    let micros = nanos / 1_000;
    if micros != 0 || (months == 0 && days == 0) {
        out.push(b'T');
        push_duration(out, micros);
    }
    out.push(b'"');
}

/// Appends DuckDB's own form: `"1 year 2 months 3 days 04:05:06.7"`, `"00:00:00"`.
pub(super) fn write_interval_of_single(out: &mut Vec<u8>, months: i32, days: i32, nanos: i64) {
    out.push(b'"');
    let mut is_first = true;
    for (amount, unit) in [(months / 12, "year"), (months % 12, "month"), (days, "day")] {
        if amount != 0 {
            let (space, plural) = (
                if is_first { "" } else { " " },
                if amount.abs() == 1 { "" } else { "s" },
            );
            push(out, format_args!("{space}{amount} {unit}{plural}"));
            is_first = false;
        }
    }
    let micros = nanos / 1_000;
    if micros != 0 || is_first {
        if !is_first {
            out.push(b' ');
        }
        if micros < 0 {
            out.push(b'-');
        }
        push_clock(out, micros.abs() / MICROS_PER_SECOND);
        push_fraction(out, micros.abs() % MICROS_PER_SECOND);
    }
    out.push(b'"');
}

fn push_duration(out: &mut Vec<u8>, micros: i64) {
    let seconds = micros / MICROS_PER_SECOND;
    let (hours, minutes, rest) = (
        seconds / 3_600,
        seconds / 60 % 60,
        micros % (60 * MICROS_PER_SECOND),
    );
    if hours != 0 {
        push(out, format_args!("{hours}H"));
    }
    if minutes != 0 {
        push(out, format_args!("{minutes}M"));
    }
    if rest != 0 || (hours == 0 && minutes == 0) {
        if rest < 0 {
            out.push(b'-');
        }
        push(out, format_args!("{}", rest.abs() / MICROS_PER_SECOND));
        push_fraction(out, rest.abs() % MICROS_PER_SECOND);
        out.push(b'S');
    }
}

fn push_date(out: &mut Vec<u8>, days_since_epoch: i64) {
    let (year, month, day) = civil_from_days(days_since_epoch);
    if (0..10_000).contains(&year) {
        push_two(out, year / 100);
        push_two(out, year % 100);
    } else {
        push(out, format_args!("{year}"));
    }
    out.push(b'-');
    push_two(out, month);
    out.push(b'-');
    push_two(out, day);
}

fn push_clock(out: &mut Vec<u8>, seconds: i64) {
    let hours = seconds / 3_600;
    if hours < 100 {
        push_two(out, hours);
    } else {
        push(out, format_args!("{hours}"));
    }
    out.push(b':');
    push_two(out, seconds / 60 % 60);
    out.push(b':');
    push_two(out, seconds % 60);
}

/// Appends `.f` without trailing zeros; nothing when there is no fraction.
fn push_fraction(out: &mut Vec<u8>, micros: i64) {
    if micros == 0 {
        return;
    }
    push(out, format_args!(".{micros:06}"));
    while out.last() == Some(&b'0') {
        out.pop();
    }
}

fn push_two(out: &mut Vec<u8>, number: i64) {
    const DIGITS: &[u8; 10] = b"0123456789";
    for digit in [number / 10 % 10, number % 10] {
        let index = usize::try_from(digit).unwrap_or(0);
        out.push(DIGITS[index]);
    }
}

fn push(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing to a vector cannot fail.
    let _ = out.write_fmt(text);
}

/// Returns year, month and day of the proleptic Gregorian calendar, for any day: eras of 400 years that start in March.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Datelike, NaiveDate};

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn calendar_agrees_with_chrono() {
        for days in (-800_000..800_000).step_by(997) {
            let date = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap() + chrono::Days::new(0);
            let date = date.checked_add_signed(chrono::TimeDelta::days(days)).unwrap();
            let expected = (
                i64::from(date.year()),
                i64::from(date.month()),
                i64::from(date.day()),
            );
            assert_eq!(civil_from_days(days), expected);
        }
    }

    #[test]
    fn timestamps_have_the_zone_of_the_session() {
        let micros = 1_704_067_200_500_000;
        assert_eq!(
            text(|out| write_timestamp(out, micros, None)),
            "2024-01-01T00:00:00.5Z"
        );
        assert_eq!(
            text(|out| write_timestamp(out, micros, Some(Tz::UTC))),
            "2024-01-01T00:00:00.5Z"
        );
        assert_eq!(
            text(|out| write_timestamp(out, micros, Some(Tz::America__New_York))),
            "2023-12-31T19:00:00.5-05:00"
        );
        assert_eq!(
            text(|out| write_timestamp(out, -1, None)),
            "1969-12-31T23:59:59.999999Z"
        );
    }

    #[test]
    fn times_and_intervals() {
        assert_eq!(
            text(|out| write_time_of_list(out, 34_200_000_000)),
            "09:30:00.000000000"
        );
        assert_eq!(
            text(|out| write_time_of_single(out, 34_200_250_000)),
            "09:30:00.25"
        );
        assert_eq!(
            text(|out| write_interval_of_list(out, 1, 2, 11_045_600_000_000)),
            "P1M2DT3H4M5.6S"
        );
        assert_eq!(text(|out| write_interval_of_list(out, 0, 0, 0)), "PT0S");
        assert_eq!(text(|out| write_interval_of_list(out, 0, 1, 0)), "P1D");
        assert_eq!(
            text(|out| write_interval_of_list(out, 0, 0, -5_400_000_000_000)),
            "PT-1H-30M"
        );
        assert_eq!(
            text(|out| write_interval_of_single(out, 14, 3, 7_200_000_000_000)),
            "1 year 2 months 3 days 02:00:00"
        );
        assert_eq!(text(|out| write_interval_of_single(out, 0, 0, 0)), "00:00:00");
    }
}
