//! When all tokens are renewed: every four days at three in the morning, local time. Pure.

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// Days between two times.
const DAYS: i64 = 4;
const HOUR: i8 = 3;

/// A day on which it is done; all others follow from it.
const FIRST: Date = date(2024, 1, 1);

/// The last time that is not after `now`, both in unix seconds.
///
/// Where the clocks skip three o'clock, it is the moment after.
pub(super) fn last(now: i64, zone: &TimeZone) -> Option<i64> {
    let now = Timestamp::from_second(now).ok()?;
    let today = now.to_zoned(zone.clone()).date();
    let since_first = (today - FIRST).get_days();
    let over = i64::from(since_first).rem_euclid(DAYS);
    let day = today.checked_sub(over.days()).ok()?;
    let this = at_three(day, zone)?;
    let last = if this <= now {
        this
    } else {
        at_three(day.checked_sub(DAYS.days()).ok()?, zone)?
    };
    Some(last.as_second())
}

fn at_three(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    let three = day.at(HOUR, 0, 0, 0).to_zoned(zone.clone()).ok()?;
    Some(three.timestamp())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::tz::{TimeZone, offset};

    use super::last;

    fn seconds(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_second()
    }

    #[test]
    fn it_is_done_every_four_days_at_three_local_time() {
        let zone = TimeZone::fixed(offset(8));
        // In that zone three o'clock is 19:00 UTC of the day before.
        let first = seconds("2023-12-31T19:00:00Z");
        for (now, expected) in [
            ("2023-12-31T19:00:00Z", first),
            ("2024-01-04T18:59:59Z", first),
            ("2024-01-04T19:00:00Z", first + 4 * 86_400),
            ("2024-03-01T00:00:00Z", first + 60 * 86_400),
        ] {
            assert_eq!(last(seconds(now), &zone), Some(expected), "{now}");
        }
    }

    #[test]
    fn a_month_of_any_length_does_not_change_the_distance() {
        let mut times = Vec::new();
        for hour in 0..24 * 120 {
            let now = seconds("2026-01-01T00:00:00Z") + hour * 3600;
            times.push(last(now, &TimeZone::UTC).unwrap());
        }
        times.dedup();
        assert!(times.windows(2).all(|pair| pair[1] - pair[0] == 4 * 86_400));
        assert!(times.len() >= 30);
    }
}
