//! Rows in PostgreSQL's binary format become Arrow columns, in the types that DuckDB gives the same data.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, ListArray, PrimitiveBuilder, RecordBatch, RecordBatchOptions,
    StringBuilder, StructArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{
    ArrowPrimitiveType, Date32Type, Field, Fields, Float32Type, Float64Type, Int16Type, Int32Type, Int64Type,
    IntervalMonthDayNano, IntervalMonthDayNanoType, Schema, Time64MicrosecondType, TimestampMicrosecondType,
};
use postgres_protocol::types::array_from_sql;
use tokio_postgres::Row;
use tokio_postgres::fallible_iterator::FallibleIterator;
use tokio_postgres::types::{FromSql, Kind, Type};

use super::numeric::NumericBuilder;
use crate::error::{Error, ErrorCode, Result};

/// PostgreSQL counts from 2000, Arrow from 1970.
const EPOCH_DAYS: i32 = 10_957;
const EPOCH_MICROS: i64 = EPOCH_DAYS as i64 * 86_400_000_000;

/// Collects rows.
#[derive(Debug)]
pub(super) struct BatchBuilder {
    columns: Vec<(String, ColumnBuilder)>,
    row_count: usize,
}

impl BatchBuilder {
    /// Returns a builder for columns of these names and types; instants are shown in `time_zone`.
    ///
    /// # Errors
    /// `UNSUPPORTED` for a type that has no form in Arrow, naming it.
    pub(super) fn new<'a>(
        columns: impl Iterator<Item = (&'a str, &'a Type)>,
        time_zone: &Arc<str>,
    ) -> Result<Self> {
        let mut builders = Vec::new();
        for (name, ty) in columns {
            builders.push((name.to_owned(), ColumnBuilder::new(ty, time_zone)?));
        }
        Ok(Self {
            columns: builders,
            row_count: 0,
        })
    }

    /// Adds a row.
    pub(super) fn push(&mut self, row: &Row) -> Result<()> {
        self.row_count += 1;
        for (index, (_, builder)) in self.columns.iter_mut().enumerate() {
            let value: Option<Raw<'_>> = row
                .try_get(index)
                .map_err(|error| Error::internal("a row has too few columns").with_source(error))?;
            builder.push(value.map(|raw| raw.0))?;
        }
        Ok(())
    }

    /// Returns how many rows there are.
    pub(super) fn row_count(&self) -> usize {
        self.row_count
    }

    /// Returns the rows, and has none afterwards.
    pub(super) fn take(&mut self) -> Result<RecordBatch> {
        let mut fields = Vec::with_capacity(self.columns.len());
        let mut arrays = Vec::with_capacity(self.columns.len());
        for (name, builder) in &mut self.columns {
            let array = builder.finish()?;
            fields.push(Field::new(name.clone(), array.data_type().clone(), true));
            arrays.push(array);
        }
        let row_count = std::mem::take(&mut self.row_count);
        let options = RecordBatchOptions::new().with_row_count(Some(row_count));
        RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options).map_err(|error| {
            Error::internal("the columns of a result do not fit together").with_source(error)
        })
    }
}

/// Returns whether values of `ty` can be read as they are; others are asked for as text.
pub(super) fn is_known(ty: &Type) -> bool {
    ColumnBuilder::new(ty, &Arc::from("UTC")).is_ok()
}

/// The bytes of a value, whatever its type.
struct Raw<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(
        _ty: &Type,
        raw: &'a [u8],
    ) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(raw))
    }

    fn accepts(_ty: &Type) -> bool {
        true
    }
}

/// Collects the values of a column.
#[derive(Debug)]
enum ColumnBuilder {
    Bool(BooleanBuilder),
    Int16(PrimitiveBuilder<Int16Type>),
    Int32(PrimitiveBuilder<Int32Type>),
    Int64(PrimitiveBuilder<Int64Type>),
    Oid(PrimitiveBuilder<Int64Type>),
    Float32(PrimitiveBuilder<Float32Type>),
    Float64(PrimitiveBuilder<Float64Type>),
    Numeric(NumericBuilder),
    Text(StringBuilder),
    Jsonb(StringBuilder),
    Uuid(StringBuilder),
    Bytes(BinaryBuilder),
    Date(PrimitiveBuilder<Date32Type>),
    Time(PrimitiveBuilder<Time64MicrosecondType>),
    Timestamp(PrimitiveBuilder<TimestampMicrosecondType>, Option<Arc<str>>),
    Interval(PrimitiveBuilder<IntervalMonthDayNanoType>),
    List(Box<ListBuilder>),
    Struct(Box<StructBuilder>),
}

#[derive(Debug)]
struct ListBuilder {
    items: ColumnBuilder,
    lengths: Vec<usize>,
    validity: Vec<bool>,
}

#[derive(Debug)]
struct StructBuilder {
    members: Vec<(String, ColumnBuilder)>,
    validity: Vec<bool>,
}

impl ColumnBuilder {
    fn new(ty: &Type, zone: &Arc<str>) -> Result<Self> {
        Ok(match *ty {
            Type::BOOL => Self::Bool(BooleanBuilder::new()),
            Type::INT2 => Self::Int16(PrimitiveBuilder::new()),
            Type::INT4 => Self::Int32(PrimitiveBuilder::new()),
            Type::INT8 => Self::Int64(PrimitiveBuilder::new()),
            Type::OID => Self::Oid(PrimitiveBuilder::new()),
            Type::FLOAT4 => Self::Float32(PrimitiveBuilder::new()),
            Type::FLOAT8 => Self::Float64(PrimitiveBuilder::new()),
            Type::NUMERIC => Self::Numeric(NumericBuilder::default()),
            Type::TEXT
            | Type::VARCHAR
            | Type::BPCHAR
            | Type::NAME
            | Type::CHAR
            | Type::UNKNOWN
            | Type::XML
            | Type::JSON => Self::Text(StringBuilder::new()),
            Type::JSONB => Self::Jsonb(StringBuilder::new()),
            Type::UUID => Self::Uuid(StringBuilder::new()),
            Type::BYTEA => Self::Bytes(BinaryBuilder::new()),
            Type::DATE => Self::Date(PrimitiveBuilder::new()),
            Type::TIME => Self::Time(PrimitiveBuilder::new()),
            Type::TIMESTAMP => Self::Timestamp(PrimitiveBuilder::new(), None),
            Type::TIMESTAMPTZ => Self::Timestamp(PrimitiveBuilder::new(), Some(Arc::clone(zone))),
            Type::INTERVAL => Self::Interval(PrimitiveBuilder::new()),
            _ => return Self::composed(ty, zone),
        })
    }

    fn composed(ty: &Type, zone: &Arc<str>) -> Result<Self> {
        Ok(match ty.kind() {
            Kind::Enum(_) => Self::Text(StringBuilder::new()),
            Kind::Domain(base) => Self::new(base, zone)?,
            Kind::Array(item) => Self::List(Box::new(ListBuilder {
                items: Self::new(item, zone)?,
                lengths: Vec::new(),
                validity: Vec::new(),
            })),
            Kind::Composite(fields) => {
                let mut members = Vec::with_capacity(fields.len());
                for field in fields {
                    members.push((field.name().to_owned(), Self::new(field.type_(), zone)?));
                }
                Self::Struct(Box::new(StructBuilder {
                    members,
                    validity: Vec::new(),
                }))
            }
            // Text extensions send text as it is.
            _ if ty.name() == "citext" => Self::Text(StringBuilder::new()),
            _ => {
                return Err(Error::new(
                    ErrorCode::Unsupported,
                    format!("values of PostgreSQL's type {} cannot be read", ty.name()),
                ));
            }
        })
    }

    fn push(&mut self, raw: Option<&[u8]>) -> Result<()> {
        match self {
            Self::Bool(values) => {
                values.append_option(raw.map(|raw| raw.first().is_some_and(|byte| *byte != 0)))
            }
            Self::Int16(values) => fixed(values, raw, i16::from_be_bytes)?,
            Self::Int32(values) => fixed(values, raw, i32::from_be_bytes)?,
            Self::Int64(values) => fixed(values, raw, i64::from_be_bytes)?,
            Self::Oid(values) => fixed(values, raw, |bytes| i64::from(u32::from_be_bytes(bytes)))?,
            Self::Float32(values) => fixed(values, raw, f32::from_be_bytes)?,
            Self::Float64(values) => fixed(values, raw, f64::from_be_bytes)?,
            Self::Numeric(values) => values.push(raw)?,
            Self::Text(values) => values.append_option(raw.map(text).transpose()?),
            // The first byte is the version of the format.
            Self::Jsonb(values) => {
                values.append_option(
                    raw.map(|raw| text(raw.get(1..).unwrap_or_default()))
                        .transpose()?,
                );
            }
            Self::Uuid(values) => values.append_option(raw.map(uuid).transpose()?),
            Self::Bytes(values) => values.append_option(raw),
            Self::Date(values) => fixed(values, raw, |bytes| {
                i32::from_be_bytes(bytes).saturating_add(EPOCH_DAYS)
            })?,
            Self::Time(values) => fixed(values, raw, i64::from_be_bytes)?,
            Self::Timestamp(values, _) => fixed(values, raw, |bytes| {
                i64::from_be_bytes(bytes).saturating_add(EPOCH_MICROS)
            })?,
            Self::Interval(values) => values.append_option(raw.map(interval).transpose()?),
            Self::List(list) => list.push(raw)?,
            Self::Struct(structure) => structure.push(raw)?,
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<ArrayRef> {
        Ok(match self {
            Self::Bool(values) => Arc::new(values.finish()),
            Self::Int16(values) => Arc::new(values.finish()),
            Self::Int32(values) => Arc::new(values.finish()),
            Self::Int64(values) | Self::Oid(values) => Arc::new(values.finish()),
            Self::Float32(values) => Arc::new(values.finish()),
            Self::Float64(values) => Arc::new(values.finish()),
            Self::Numeric(values) => values.finish(),
            Self::Text(values) | Self::Jsonb(values) | Self::Uuid(values) => Arc::new(values.finish()),
            Self::Bytes(values) => Arc::new(values.finish()),
            Self::Date(values) => Arc::new(values.finish()),
            Self::Time(values) => Arc::new(values.finish()),
            Self::Timestamp(values, zone) => Arc::new(values.finish().with_timezone_opt(zone.clone())),
            Self::Interval(values) => Arc::new(values.finish()),
            Self::List(list) => list.finish()?,
            Self::Struct(structure) => structure.finish()?,
        })
    }
}

impl ListBuilder {
    fn push(&mut self, raw: Option<&[u8]>) -> Result<()> {
        let Some(raw) = raw else {
            self.lengths.push(0);
            self.validity.push(false);
            return Ok(());
        };
        let unreadable = |error: Box<dyn std::error::Error + Sync + Send>| {
            Error::internal(format!("an array cannot be read: {error}"))
        };
        let array = array_from_sql(raw).map_err(unreadable)?;
        if array.dimensions().count().map_err(unreadable)? > 1 {
            return Err(Error::new(
                ErrorCode::Unsupported,
                "arrays with several dimensions cannot be shown",
            ));
        }
        let mut values = array.values();
        let mut length = 0;
        while let Some(item) = values.next().map_err(unreadable)? {
            self.items.push(item)?;
            length += 1;
        }
        self.lengths.push(length);
        self.validity.push(true);
        Ok(())
    }

    fn finish(&mut self) -> Result<ArrayRef> {
        let items = self.items.finish()?;
        let field = Arc::new(Field::new("item", items.data_type().clone(), true));
        let offsets = OffsetBuffer::from_lengths(std::mem::take(&mut self.lengths));
        let nulls = NullBuffer::from(std::mem::take(&mut self.validity));
        ListArray::try_new(field, offsets, items, Some(nulls))
            .map(|array| Arc::new(array) as ArrayRef)
            .map_err(|error| Error::internal("the items of an array do not fit together").with_source(error))
    }
}

impl StructBuilder {
    /// Reads the number of members, then of each its type, its length, -1 for NULL, and its bytes.
    fn push(&mut self, raw: Option<&[u8]>) -> Result<()> {
        self.validity.push(raw.is_some());
        let mut rest = raw.and_then(|raw| raw.get(4..)).unwrap_or_default();
        for (_, builder) in &mut self.members {
            let value = match raw {
                Some(_) => member(&mut rest)?,
                None => None,
            };
            builder.push(value)?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<ArrayRef> {
        let mut fields = Vec::with_capacity(self.members.len());
        let mut arrays = Vec::with_capacity(self.members.len());
        for (name, builder) in &mut self.members {
            let array = builder.finish()?;
            fields.push(Field::new(name.clone(), array.data_type().clone(), true));
            arrays.push(array);
        }
        let nulls = NullBuffer::from(std::mem::take(&mut self.validity));
        StructArray::try_new(Fields::from(fields), arrays, Some(nulls))
            .map(|array| Arc::new(array) as ArrayRef)
            .map_err(|error| Error::internal("the members of a row do not fit together").with_source(error))
    }
}

fn member<'a>(rest: &mut &'a [u8]) -> Result<Option<&'a [u8]>> {
    let broken = || Error::internal("a composite value is cut off");
    let (header, after) = rest.split_at_checked(8).ok_or_else(broken)?;
    let length = i32::from_be_bytes(array_of(header.get(4..).unwrap_or_default())?);
    let Ok(length) = usize::try_from(length) else {
        *rest = after;
        return Ok(None);
    };
    let (value, after) = after.split_at_checked(length).ok_or_else(broken)?;
    *rest = after;
    Ok(Some(value))
}

#[inline]
fn fixed<T: ArrowPrimitiveType, const N: usize>(
    values: &mut PrimitiveBuilder<T>,
    raw: Option<&[u8]>,
    read: impl FnOnce([u8; N]) -> T::Native,
) -> Result<()> {
    match raw {
        Some(raw) => values.append_value(read(array_of(raw)?)),
        None => values.append_null(),
    }
    Ok(())
}

#[inline]
fn array_of<const N: usize>(raw: &[u8]) -> Result<[u8; N]> {
    raw.try_into()
        .map_err(|_| Error::internal(format!("a value has {} bytes instead of {N}", raw.len())))
}

fn text(raw: &[u8]) -> Result<&str> {
    std::str::from_utf8(raw).map_err(|error| Error::internal("a text is not UTF-8").with_source(error))
}

fn uuid(raw: &[u8]) -> Result<String> {
    Ok(uuid::Uuid::from_bytes(array_of(raw)?).to_string())
}

/// Microseconds, days and months.
fn interval(raw: &[u8]) -> Result<IntervalMonthDayNano> {
    let bytes: [u8; 16] = array_of(raw)?;
    let (micros, rest) = bytes.split_at(8);
    let (days, months) = rest.split_at(4);
    Ok(IntervalMonthDayNano {
        months: i32::from_be_bytes(array_of(months)?),
        days: i32::from_be_bytes(array_of(days)?),
        nanoseconds: i64::from_be_bytes(array_of(micros)?).saturating_mul(1_000),
    })
}
