//! PostgreSQL's `numeric`, which has no fixed scale, as decimals of one scale.

use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, Float64Array};

use crate::error::{Error, ErrorCode, Result};

/// Most digits of a decimal.
const MAX_DIGITS: u8 = 38;
const NAN: u16 = 0xC000;
const INFINITY: u16 = 0xD000;
const NEGATIVE_INFINITY: u16 = 0xF000;
const NEGATIVE: u16 = 0x4000;

/// Collects the values of a column.
#[derive(Debug, Default)]
pub(super) struct NumericBuilder {
    /// Digits and scale of each value.
    values: Vec<Option<(i128, u8)>>,
}

impl NumericBuilder {
    pub(super) fn push(&mut self, raw: Option<&[u8]>) -> Result<()> {
        let value = match raw {
            Some(raw) => decimal(raw)?,
            None => None,
        };
        self.values.push(value);
        Ok(())
    }

    /// Returns the values at the largest scale among them; as doubles when so many digits do not fit.
    pub(super) fn finish(&mut self) -> ArrayRef {
        let values = std::mem::take(&mut self.values);
        let scale = values
            .iter()
            .flatten()
            .map(|(_, scale)| *scale)
            .max()
            .unwrap_or(0);
        let scaled: Option<Vec<Option<i128>>> = values
            .iter()
            .map(|value| match value {
                None => Some(None),
                Some((digits, own)) => at_scale(*digits, scale - own).map(Some),
            })
            .collect();
        let exact = scaled.and_then(|scaled| {
            let array = Decimal128Array::from(scaled);
            array
                .with_precision_and_scale(MAX_DIGITS, i8::try_from(scale).unwrap_or(i8::MAX))
                .ok()
        });
        match exact {
            Some(array) => Arc::new(array),
            None => Arc::new(
                values
                    .into_iter()
                    .map(|value| value.map(as_double))
                    .collect::<Float64Array>(),
            ),
        }
    }
}

fn at_scale(digits: i128, steps: u8) -> Option<i128> {
    let scaled = digits.checked_mul(10_i128.checked_pow(u32::from(steps))?)?;
    (scaled.unsigned_abs() < 10_u128.pow(u32::from(MAX_DIGITS))).then_some(scaled)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "more digits than a decimal has are rounded"
)]
fn as_double((digits, scale): (i128, u8)) -> f64 {
    digits as f64 / 10_f64.powi(i32::from(scale))
}

/// Reads groups of four digits: their number, the weight of the first, sign, scale, then the groups. What is no number is
/// `None`.
fn decimal(raw: &[u8]) -> Result<Option<(i128, u8)>> {
    let broken = || Error::internal("a numeric value is cut off");
    let word = |index: usize| {
        let bytes = raw.get(index * 2..index * 2 + 2).ok_or_else(broken)?;
        Ok::<_, Error>(u16::from_be_bytes([bytes[0], bytes[1]]))
    };
    let (count, sign, scale) = (word(0)?, word(2)?, word(3)?);
    let weight = i32::from(i16::from_be_bytes(word(1)?.to_be_bytes()));
    if matches!(sign, NAN | INFINITY | NEGATIVE_INFINITY) {
        return Ok(None);
    }
    let too_long = || {
        Error::new(
            ErrorCode::Unsupported,
            format!("a numeric value has more than {MAX_DIGITS} digits"),
        )
    };
    let scale = u8::try_from(scale).map_err(|_| too_long())?;
    let mut digits: i128 = 0;
    // The place of a group's last digit, counted from the point: 10^place.
    let mut place = (weight + 1) * 4;
    for index in 0..usize::from(count) {
        digits = digits
            .checked_mul(10_000)
            .and_then(|digits| digits.checked_add(i128::from(word(4 + index).ok()?)))
            .ok_or_else(too_long)?;
        place -= 4;
    }
    let missing = place + i32::from(scale);
    let steps = 10_i128.checked_pow(missing.unsigned_abs()).ok_or_else(too_long)?;
    let digits = if missing >= 0 {
        digits.checked_mul(steps).ok_or_else(too_long)?
    } else {
        // Zeros that fill up the last group.
        digits / steps
    };
    Ok(Some((if sign == NEGATIVE { -digits } else { digits }, scale)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(words: &[u16]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    #[test]
    fn groups_of_digits_become_a_number() {
        for (words, expected) in [
            // 0
            (vec![0, 0, 0, 0], Some((0, 0))),
            // 12345.6789
            (vec![3, 1, 0, 4, 1, 2_345, 6_789], Some((123_456_789, 4))),
            // -0.5
            (vec![1, 0xFFFF, NEGATIVE, 1, 5_000], Some((-5, 1))),
            // 10000, kept as one group
            (vec![1, 1, 0, 0, 1], Some((10_000, 0))),
            // 0.00001200
            (vec![1, 0xFFFE, 0, 8, 1_200], Some((1_200, 8))),
            (vec![0, 0, NAN, 0], None),
        ] {
            assert_eq!(decimal(&raw(&words)).unwrap(), expected, "{words:?}");
        }
    }

    #[test]
    fn a_column_has_one_scale() {
        let mut builder = NumericBuilder::default();
        builder.push(Some(&raw(&[1, 0, 0, 0, 7]))).unwrap();
        builder.push(Some(&raw(&[2, 0, 0, 2, 1, 2_500]))).unwrap();
        builder.push(None).unwrap();
        let array = builder.finish();
        let decimals = array.as_any().downcast_ref::<Decimal128Array>().unwrap();
        assert_eq!(decimals.scale(), 2);
        assert_eq!(decimals.value(0), 700);
        assert_eq!(decimals.value(1), 125);
    }
}
