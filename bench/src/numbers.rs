//! Small arithmetic on measured numbers: percentiles, ratios, and how a number is written. Pure;
//! used wherever figures are made.

use std::time::Duration;

/// A count as a number to calculate with.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts stay far below the 2^53 that are exact"
)]
pub(crate) fn count(count: u64) -> f64 {
    count as f64
}

/// One number per another, if there is anything to divide by.
pub(crate) fn per(amount: f64, divisor: f64) -> Option<f64> {
    (divisor > 0.0).then(|| amount / divisor)
}

/// A duration in milliseconds.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// The smallest of the values that at least `percent` of them do not exceed.
pub(crate) fn percentile(values: &[f64], percent: usize) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

/// A number with thousands separated and so many decimals; a dash if there is none.
pub(crate) fn written(number: impl Into<Option<f64>>, decimals: usize) -> String {
    let Some(number) = number.into() else {
        return "–".to_owned();
    };
    let digits = format!("{:.decimals$}", number.abs());
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, format!(".{fraction}")),
        None => (digits.as_str(), String::new()),
    };
    let mut text = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    let is_zero = digits.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    let sign = if number < 0.0 && !is_zero { "−" } else { "" };
    format!("{sign}{text}{fraction}")
}

/// The median and the 99th percentile, as `1.2 / 3.4`.
pub(crate) fn median_and_p99(values: &[f64], decimals: usize) -> String {
    let at = |percent| written(percentile(values, percent), decimals);
    format!("{} / {}", at(50), at(99))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let values: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        assert_eq!(percentile(&values, 50), Some(100.0));
        assert_eq!(percentile(&values, 99), Some(198.0));
        assert_eq!(percentile(&values, 100), Some(200.0));
        assert_eq!(percentile(&values, 0), Some(1.0));
        assert_eq!(percentile(&[7.5], 99), Some(7.5));
        assert_eq!(percentile(&[], 50), None);
    }

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(written(1_234_567.89, 1), "1,234,567.9");
        assert_eq!(written(999.6, 0), "1,000");
        assert_eq!(written(100.0, 0), "100");
        assert_eq!(written(-0.25, 2), "−0.25");
        assert_eq!(written(-0.001, 2), "0.00");
        assert_eq!(written(None, 2), "–");
        assert_eq!(median_and_p99(&[1.0, 2.0, 3.0], 1), "2.0 / 3.0");
    }

    #[test]
    fn nothing_is_divided_by_nothing() {
        assert_eq!(per(1.0, 0.0), None);
        assert_eq!(per(1.0, 4.0), Some(0.25));
    }
}
