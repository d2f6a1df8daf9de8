//! The values of an Arrow column as JSON.

use arrow::array::{
    Array, AsArray, BinaryArray, BooleanArray, Decimal128Array, GenericByteArray, LargeBinaryArray,
    LargeStringArray, ListArray, PrimitiveArray, StringArray, StringViewArray, StructArray,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{
    DataType, Date32Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    IntervalMonthDayNanoType, IntervalUnit, Time64MicrosecondType, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono_tz::Tz;

use super::document::DocumentStruct;
use super::json::RowStyle;
use super::text::write_string;
use super::time;
use crate::error::{Error, ErrorCode, Result};
use crate::plan::{NullStruct, StructField};

/// Writes the values of one column.
pub(super) enum Column<'a> {
    Null,
    Bool(&'a BooleanArray),
    Int8(&'a PrimitiveArray<Int8Type>),
    Int16(&'a PrimitiveArray<Int16Type>),
    Int32(&'a PrimitiveArray<Int32Type>),
    Int64(&'a PrimitiveArray<Int64Type>),
    UInt8(&'a PrimitiveArray<UInt8Type>),
    UInt16(&'a PrimitiveArray<UInt16Type>),
    UInt32(&'a PrimitiveArray<UInt32Type>),
    UInt64(&'a PrimitiveArray<UInt64Type>),
    Float32(&'a PrimitiveArray<Float32Type>),
    Float64(&'a PrimitiveArray<Float64Type>),
    Decimal(&'a Decimal128Array, u32),
    Text(&'a StringArray),
    LargeText(&'a LargeStringArray),
    TextView(&'a StringViewArray),
    RawJson(&'a StringArray),
    Date(&'a PrimitiveArray<Date32Type>),
    Time(&'a PrimitiveArray<Time64MicrosecondType>, RowStyle),
    Timestamp(&'a PrimitiveArray<TimestampMicrosecondType>, Option<Tz>),
    TimestampOther(Box<dyn Fn(usize) -> i64 + 'a>, Option<&'a NullBuffer>, Option<Tz>),
    Interval(&'a PrimitiveArray<IntervalMonthDayNanoType>, RowStyle),
    Binary(&'a BinaryArray),
    LargeBinary(&'a LargeBinaryArray),
    /// Values of an enum: the place of each row's value among the words.
    Enumerated(&'a dyn Array, Vec<usize>, Box<Column<'a>>),
    List(&'a ListArray, Box<Column<'a>>),
    Struct(&'a StructArray, Vec<(Vec<u8>, Column<'a>)>, NullStruct),
    /// Structs that are kept as JSON text.
    Document(&'a StringArray, Box<DocumentStruct>),
    Constant(Vec<u8>),
}

impl<'a> Column<'a> {
    /// Returns a writer for `array`, as its type says.
    pub(super) fn new(array: &'a dyn Array, style: RowStyle) -> Result<Self> {
        Ok(match array.data_type() {
            DataType::Null => Self::Null,
            DataType::Boolean => Self::Bool(array.as_boolean()),
            DataType::Int8 => Self::Int8(array.as_primitive()),
            DataType::Int16 => Self::Int16(array.as_primitive()),
            DataType::Int32 => Self::Int32(array.as_primitive()),
            DataType::Int64 => Self::Int64(array.as_primitive()),
            DataType::UInt8 => Self::UInt8(array.as_primitive()),
            DataType::UInt16 => Self::UInt16(array.as_primitive()),
            DataType::UInt32 => Self::UInt32(array.as_primitive()),
            DataType::UInt64 => Self::UInt64(array.as_primitive()),
            DataType::Float32 => Self::Float32(array.as_primitive()),
            DataType::Float64 => Self::Float64(array.as_primitive()),
            DataType::Decimal128(_, scale) => {
                Self::Decimal(array.as_primitive(), u32::try_from(*scale).unwrap_or(0))
            }
            DataType::Utf8 => Self::Text(array.as_string()),
            DataType::LargeUtf8 => Self::LargeText(array.as_string()),
            DataType::Utf8View => Self::TextView(array.as_string_view()),
            DataType::Date32 => Self::Date(array.as_primitive()),
            DataType::Time64(TimeUnit::Microsecond) => Self::Time(array.as_primitive(), style),
            DataType::Timestamp(unit, zone) => timestamp(array, *unit, zone.as_deref()),
            DataType::Interval(IntervalUnit::MonthDayNano) => Self::Interval(array.as_primitive(), style),
            DataType::Binary => Self::Binary(array.as_binary()),
            DataType::LargeBinary => Self::LargeBinary(array.as_binary()),
            DataType::Dictionary(..) => {
                let dictionary = array.as_any_dictionary();
                let words = dictionary.values();
                let places = if words.is_empty() {
                    Vec::new()
                } else {
                    dictionary.normalized_keys()
                };
                Self::Enumerated(array, places, Box::new(Self::new(words.as_ref(), style)?))
            }
            DataType::List(_) => {
                let list = array.as_list::<i32>();
                Self::List(list, Box::new(Self::new(list.values().as_ref(), style)?))
            }
            DataType::Struct(fields) => {
                let value = array.as_struct();
                let mut members = Vec::with_capacity(fields.len());
                for (field, column) in fields.iter().zip(value.columns()) {
                    members.push((
                        member_prefix(members.len(), field.name()),
                        Self::new(column.as_ref(), style)?,
                    ));
                }
                Self::Struct(value, members, NullStruct::Null)
            }
            other => {
                return Err(Error::new(
                    ErrorCode::Unsupported,
                    format!("values of type {other} cannot be shown"),
                ));
            }
        })
    }

    /// Returns a writer for text that is JSON already.
    pub(super) fn raw_json(array: &'a dyn Array, style: RowStyle) -> Result<Self> {
        match array.data_type() {
            DataType::Utf8 => Ok(Self::RawJson(array.as_string())),
            DataType::List(_) => {
                let list = array.as_list::<i32>();
                Ok(Self::List(
                    list,
                    Box::new(Self::raw_json(list.values().as_ref(), style)?),
                ))
            }
            _ => Self::new(array, style),
        }
    }

    /// Returns a writer for the wanted members of a struct, or of the structs of a list.
    pub(super) fn structure(
        array: &'a dyn Array,
        wanted: &[StructField],
        null: NullStruct,
        style: RowStyle,
    ) -> Result<Self> {
        match array.data_type() {
            DataType::List(_) => {
                let list = array.as_list::<i32>();
                Ok(Self::List(
                    list,
                    Box::new(Self::structure(list.values().as_ref(), wanted, null, style)?),
                ))
            }
            DataType::Struct(_) => {
                let value = array.as_struct();
                let mut members = Vec::with_capacity(wanted.len());
                for field in wanted {
                    members.push((
                        member_prefix(members.len(), &field.key),
                        Self::member(value, field, style)?,
                    ));
                }
                Ok(Self::Struct(value, members, null))
            }
            DataType::Utf8 => Ok(Self::Document(
                array.as_string(),
                Box::new(DocumentStruct::new(wanted, null)),
            )),
            DataType::Null => Ok(Self::Null),
            other => Err(Error::new(
                ErrorCode::Unsupported,
                format!("a struct is stored as {other}"),
            )),
        }
    }

    fn member(value: &'a StructArray, field: &StructField, style: RowStyle) -> Result<Self> {
        if let Some(typename) = &field.typename {
            return Ok(Self::constant(typename.as_str()));
        }
        let Some(column) = field.member.as_deref().and_then(|name| member_of(value, name)) else {
            return Ok(Self::Null);
        };
        if !field.members.is_empty() {
            Self::structure(column, &field.members, field.null, style)
        } else if field.is_raw_json {
            Self::raw_json(column, style)
        } else {
            Self::new(column, style)
        }
    }

    /// Returns a writer of the same text for each row.
    pub(super) fn constant(text: &str) -> Self {
        let mut bytes = Vec::new();
        write_string(&mut bytes, text);
        Self::Constant(bytes)
    }

    /// Appends the value of a member of a struct that is NULL.
    fn write_null(&self, out: &mut Vec<u8>) {
        match self {
            Self::Struct(_, members, NullStruct::Object) => {
                out.push(b'{');
                for (prefix, column) in members {
                    out.extend_from_slice(prefix);
                    column.write_null(out);
                }
                out.push(b'}');
            }
            Self::Document(_, structure) => structure.write_null(out),
            Self::Constant(bytes) => out.extend_from_slice(bytes),
            _ => out.extend_from_slice(b"null"),
        }
    }

    /// Appends the value of `row`.
    pub(super) fn write(&self, out: &mut Vec<u8>, row: usize) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Bool(array) => valid(out, *array, row, |out| {
                out.extend_from_slice(if array.value(row) { b"true" } else { b"false" });
            }),
            Self::Int8(array) => valid(out, *array, row, |out| integer(out, array.value(row))),
            Self::Int16(array) => valid(out, *array, row, |out| integer(out, array.value(row))),
            Self::Int32(array) => valid(out, *array, row, |out| integer(out, array.value(row))),
            Self::Int64(array) => valid(out, *array, row, |out| integer(out, array.value(row))),
            Self::UInt8(array) => valid(out, *array, row, |out| integer(out, array.value(row))),
            Self::UInt16(array) => valid(out, *array, row, |out| integer(out, array.value(row))),
            Self::UInt32(array) => valid(out, *array, row, |out| integer(out, array.value(row))),
            Self::UInt64(array) => valid(out, *array, row, |out| integer(out, array.value(row))),
            Self::Float32(array) => valid(out, *array, row, |out| float(out, array.value(row))),
            Self::Float64(array) => valid(out, *array, row, |out| float(out, array.value(row))),
            Self::Decimal(array, scale) => {
                valid(out, *array, row, |out| decimal(out, array.value(row), *scale))
            }
            Self::Text(array) => valid(out, *array, row, |out| write_string(out, array.value(row))),
            Self::LargeText(array) => valid(out, *array, row, |out| write_string(out, array.value(row))),
            Self::TextView(array) => valid(out, *array, row, |out| write_string(out, array.value(row))),
            Self::RawJson(array) => valid(out, *array, row, |out| {
                out.extend_from_slice(array.value(row).as_bytes())
            }),
            Self::Date(array) => valid(out, *array, row, |out| {
                time::write_date(out, i64::from(array.value(row)))
            }),
            Self::Time(array, style) => valid(out, *array, row, |out| match style {
                RowStyle::List => time::write_time_of_list(out, array.value(row)),
                RowStyle::Single => time::write_time_of_single(out, array.value(row)),
            }),
            Self::Timestamp(array, zone) => {
                valid(out, *array, row, |out| {
                    time::write_timestamp(out, array.value(row), *zone)
                });
            }
            Self::TimestampOther(micros, nulls, zone) => {
                if nulls.is_some_and(|nulls| nulls.is_null(row)) {
                    out.extend_from_slice(b"null");
                } else {
                    time::write_timestamp(out, micros(row), *zone);
                }
            }
            Self::Interval(array, style) => valid(out, *array, row, |out| {
                let value = array.value(row);
                match style {
                    RowStyle::List => {
                        time::write_interval_of_list(out, value.months, value.days, value.nanoseconds)
                    }
                    RowStyle::Single => {
                        time::write_interval_of_single(out, value.months, value.days, value.nanoseconds);
                    }
                }
            }),
            Self::Binary(array) => binary(out, array, row),
            Self::LargeBinary(array) => binary(out, array, row),
            Self::Enumerated(array, places, words) => valid(out, *array, row, |out| match places.get(row) {
                Some(place) => words.write(out, *place),
                None => out.extend_from_slice(b"null"),
            }),
            Self::List(array, items) => valid(out, *array, row, |out| list(out, array, items, row)),
            Self::Struct(array, _, NullStruct::Object) if array.is_null(row) => self.write_null(out),
            Self::Struct(array, members, _) => valid(out, *array, row, |out| {
                out.push(b'{');
                for (prefix, column) in members {
                    out.extend_from_slice(prefix);
                    column.write(out, row);
                }
                out.push(b'}');
            }),
            Self::Document(array, structure) if array.is_null(row) => structure.write_null(out),
            Self::Document(array, structure) => structure.write(out, array.value(row)),
            Self::Constant(bytes) => out.extend_from_slice(bytes),
        }
    }
}

/// Returns `"key":`, with a comma before it unless it is the first.
pub(super) fn member_prefix(index: usize, key: &str) -> Vec<u8> {
    let mut prefix = Vec::with_capacity(key.len() + 4);
    if index > 0 {
        prefix.push(b',');
    }
    write_string(&mut prefix, key);
    prefix.push(b':');
    prefix
}

fn member_of<'a>(value: &'a StructArray, name: &str) -> Option<&'a dyn Array> {
    let exact = value.column_by_name(name);
    let found = exact.or_else(|| {
        // SQL names are case-insensitive.
        let index = value
            .column_names()
            .iter()
            .position(|column| column.eq_ignore_ascii_case(name))?;
        value.columns().get(index)
    });
    found.map(AsRef::as_ref)
}

fn timestamp<'a>(array: &'a dyn Array, unit: TimeUnit, zone: Option<&str>) -> Column<'a> {
    // A zone that is not in the database of zones can only be a fixed offset of UTC itself.
    let zone = zone.and_then(|name| name.parse::<Tz>().ok());
    let nulls = array.nulls();
    match unit {
        TimeUnit::Microsecond => Column::Timestamp(array.as_primitive(), zone),
        TimeUnit::Second => {
            let values = array.as_primitive::<TimestampSecondType>();
            Column::TimestampOther(
                Box::new(|row| values.value(row).saturating_mul(1_000_000)),
                nulls,
                zone,
            )
        }
        TimeUnit::Millisecond => {
            let values = array.as_primitive::<TimestampMillisecondType>();
            Column::TimestampOther(
                Box::new(|row| values.value(row).saturating_mul(1_000)),
                nulls,
                zone,
            )
        }
        TimeUnit::Nanosecond => {
            let values = array.as_primitive::<TimestampNanosecondType>();
            Column::TimestampOther(Box::new(|row| values.value(row).div_euclid(1_000)), nulls, zone)
        }
    }
}

#[inline]
fn valid(out: &mut Vec<u8>, array: &dyn Array, row: usize, write: impl FnOnce(&mut Vec<u8>)) {
    if array.is_null(row) {
        out.extend_from_slice(b"null");
    } else {
        write(out);
    }
}

#[inline]
fn integer(out: &mut Vec<u8>, value: impl itoa::Integer) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// The shortest text that reads back as the same number; whole numbers without `.0`; what JSON cannot say is null.
#[inline]
fn float(out: &mut Vec<u8>, value: impl ryu::Float + Into<f64>) {
    if !value.into().is_finite() {
        out.extend_from_slice(b"null");
        return;
    }
    let mut buffer = ryu::Buffer::new();
    let text = buffer.format_finite(value);
    out.extend_from_slice(text.strip_suffix(".0").unwrap_or(text).as_bytes());
}

/// The shortest exact text: without the zeros at the end of the fraction.
fn decimal(out: &mut Vec<u8>, value: i128, scale: u32) {
    if value < 0 {
        out.push(b'-');
    }
    let magnitude = value.unsigned_abs();
    match (u64::try_from(magnitude), 10_u64.checked_pow(scale)) {
        // Divisions of 128 bits cost several times as much.
        (Ok(magnitude), Some(one)) => {
            integer(out, magnitude / one);
            fraction(out, magnitude % one, scale);
        }
        _ => {
            let one = 10_u128.saturating_pow(scale);
            integer(out, magnitude / one);
            fraction(out, magnitude % one, scale);
        }
    }
}

/// Appends `.` and the digits of a fraction in units of `10^-scale`, when it is not zero.
fn fraction(out: &mut Vec<u8>, units: impl itoa::Integer, scale: u32) {
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(units);
    let shown = digits.trim_end_matches('0');
    if shown.is_empty() {
        return;
    }
    out.push(b'.');
    let leading_zeros = (scale as usize).saturating_sub(digits.len());
    out.resize(out.len() + leading_zeros, b'0');
    out.extend_from_slice(shown.as_bytes());
}

fn binary<T>(out: &mut Vec<u8>, array: &GenericByteArray<T>, row: usize)
where
    T: arrow::datatypes::ByteArrayType<Native = [u8]>,
{
    valid(out, array, row, |out| {
        out.push(b'"');
        out.extend_from_slice(BASE64.encode(array.value(row)).as_bytes());
        out.push(b'"');
    });
}

fn list(out: &mut Vec<u8>, array: &ListArray, items: &Column<'_>, row: usize) {
    let offsets = array.value_offsets();
    let (Some(start), Some(end)) = (offsets.get(row), offsets.get(row + 1)) else {
        return out.extend_from_slice(b"[]");
    };
    let (start, end) = (
        usize::try_from(*start).unwrap_or(0),
        usize::try_from(*end).unwrap_or(0),
    );
    out.push(b'[');
    for item in start..end {
        if item > start {
            out.push(b',');
        }
        items.write(out, item);
    }
    out.push(b']');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact_and_short() {
        let huge = 10_i128.pow(37) + 5;
        for (value, scale, expected) in [
            (0, 2, "0"),
            (5, 2, "0.05"),
            (-5, 2, "-0.05"),
            (1_200, 3, "1.2"),
            (12_345, 0, "12345"),
            (-100, 2, "-1"),
            (7, 18, "0.000000000000000007"),
            (huge, 37, "1.0000000000000000000000000000000000005"),
        ] {
            let mut out = Vec::new();
            decimal(&mut out, value, scale);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
