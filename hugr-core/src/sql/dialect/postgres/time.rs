//! Parts of times, and times cut off.

use super::PostgresDialect;
use crate::sql::ast::{DatePart, Expr, TimeUnit};
use crate::sql::render::Renderer;

/// First version with `date_bin`.
const DATE_BIN: u16 = 14;
/// A Monday, from which multiples of durations are counted, whatever the time zone of the session.
const ORIGIN: &str = "'2000-01-03 00:00:00+00'";

/// Writes a part of a time, as a whole number.
pub(super) fn part(out: &mut Renderer<'_>, part: DatePart, value: &Expr) {
    out.text("CAST(date_part('");
    out.text(part.name());
    out.text("', ");
    out.expr(value);
    out.text(") AS bigint)");
}

/// Writes a time, cut off to a unit.
pub(super) fn trunc(out: &mut Renderer<'_>, unit: TimeUnit, value: &Expr) {
    out.text("date_trunc('");
    out.text(match unit {
        TimeUnit::Minute => "minute",
        TimeUnit::Hour => "hour",
        TimeUnit::Day => "day",
        TimeUnit::Week => "week",
        TimeUnit::Month => "month",
        TimeUnit::Quarter => "quarter",
        TimeUnit::Year => "year",
    });
    out.text("', ");
    out.expr(value);
    out.text(")");
}

/// Writes a time, cut off to a multiple of `width`: of months from 2000 on, of anything shorter from a Monday on.
pub(super) fn bucket(dialect: &PostgresDialect, out: &mut Renderer<'_>, width: &Expr, value: &Expr) {
    if dialect.extensions.timescale {
        return out.call("time_bucket", &[width, value]);
    }
    out.text("CASE WHEN ");
    months(out, width);
    out.text(" > 0 THEN date_trunc('month', ");
    out.expr(value);
    // Counted in months since 2000; the remainder is never negative.
    out.text(") - make_interval(months => CAST(mod(mod(");
    months_since_2000(out, value);
    out.text(", GREATEST(");
    months(out, width);
    out.text(", 1)) + GREATEST(");
    months(out, width);
    out.text(", 1), GREATEST(");
    months(out, width);
    out.text(", 1)) AS integer)) ELSE ");
    if dialect.version >= DATE_BIN {
        out.text("date_bin(");
        out.expr(width);
        out.text(", ");
        out.expr(value);
        out.text(", ");
        out.text(ORIGIN);
        out.text(")");
    } else {
        micros_bucket(out, width, value);
    }
    out.text(" END");
}

fn months(out: &mut Renderer<'_>, width: &Expr) {
    out.text("CAST(date_part('year', ");
    out.expr(width);
    out.text(") * 12 + date_part('month', ");
    out.expr(width);
    out.text(") AS bigint)");
}

fn months_since_2000(out: &mut Renderer<'_>, value: &Expr) {
    out.text("CAST((date_part('year', ");
    out.expr(value);
    out.text(") - 2000) * 12 + date_part('month', ");
    out.expr(value);
    out.text(") - 1 AS bigint)");
}

/// In whole microseconds, because PostgreSQL 13 counts seconds as doubles; the value keeps its type.
fn micros_bucket(out: &mut Renderer<'_>, width: &Expr, value: &Expr) {
    let micros_of_width = |out: &mut Renderer<'_>| {
        out.text("GREATEST(CAST(date_part('epoch', ");
        out.expr(width);
        out.text(") * 1e6 AS bigint), 1)");
    };
    out.expr(value);
    // The remainder is never negative.
    out.text(" - mod(mod(CAST(date_part('epoch', ");
    out.expr(value);
    out.text(" - ");
    out.text(ORIGIN);
    out.text(") * 1e6 AS bigint), ");
    micros_of_width(out);
    out.text(") + ");
    micros_of_width(out);
    out.text(", ");
    micros_of_width(out);
    out.text(") * INTERVAL '1 microsecond'");
}
