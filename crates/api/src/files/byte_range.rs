//! Which bytes of a file a request asks for: one range at most, after RFC 9110.
//!
//! What is not understood is answered with the whole file, as the standard wants it.

use http::{HeaderMap, header};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ByteRange {
    /// All of it.
    Whole,
    /// From the first to the last of these, both included.
    Part { first: u64, last: u64 },
    /// None that exist.
    Outside,
}

/// `etag` is that of the file as it is now.
pub(super) fn wanted(headers: &HeaderMap, length: u64, etag: &str) -> ByteRange {
    let is_other_file = headers
        .get(header::IF_RANGE)
        .is_some_and(|known| known.as_bytes() != etag.as_bytes());
    let range = headers.get(header::RANGE).and_then(|it| it.to_str().ok());
    match range {
        Some(range) if !is_other_file => parse(range, length).unwrap_or(ByteRange::Whole),
        _ => ByteRange::Whole,
    }
}

/// `None` for what is not one range of bytes.
fn parse(range: &str, length: u64) -> Option<ByteRange> {
    let (unit, range) = range.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = range.trim().split_once('-')?;
    let (first, last) = match (first, last) {
        ("", last) => (length.saturating_sub(number(last)?), u64::MAX),
        (first, "") => (number(first)?, u64::MAX),
        (first, last) => (number(first)?, number(last)?),
    };
    if first > last {
        return None;
    }
    if first >= length {
        return Some(ByteRange::Outside);
    }
    let last = last.min(length - 1);
    Some(ByteRange::Part { first, last })
}

/// Digits only; `parse` alone would take a sign.
fn number(text: &str) -> Option<u64> {
    let is_number = text.bytes().all(|it| it.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::ByteRange::{Outside, Part, Whole};
    use super::{ByteRange, wanted};

    fn of(range: &str, length: u64) -> ByteRange {
        let mut headers = HeaderMap::new();
        headers.insert("range", range.parse().unwrap());
        wanted(&headers, length, "\"x\"")
    }

    #[test]
    fn a_range_is_cut_at_the_end_of_the_file() {
        let part = |first, last| Part { first, last };
        assert_eq!(of("bytes=0-0", 10), part(0, 0));
        assert_eq!(of("bytes=2-5", 10), part(2, 5));
        assert_eq!(of("Bytes= 7-99", 10), part(7, 9));
        assert_eq!(of("bytes=4-", 10), part(4, 9));
        assert_eq!(of("bytes=-3", 10), part(7, 9));
        assert_eq!(of("bytes=-30", 10), part(0, 9));
    }

    #[test]
    fn a_range_that_begins_after_the_end_is_told_from_one_that_makes_no_sense() {
        for outside in ["bytes=10-", "bytes=10-20", "bytes=-0"] {
            assert_eq!(of(outside, 10), Outside, "{outside}");
        }
        assert_eq!(of("bytes=0-", 0), Outside);
        for senseless in [
            "bytes=5-2",
            "bytes=-",
            "bytes=",
            "bytes=a-b",
            "bytes=+1-2",
            "bytes=0-1,3-4",
            "lines=0-1",
            "bytes=99999999999999999999-",
        ] {
            assert_eq!(of(senseless, 10), Whole, "{senseless}");
        }
    }

    #[test]
    fn a_range_of_another_file_is_answered_with_the_whole() {
        let mut headers = HeaderMap::new();
        assert_eq!(wanted(&headers, 10, "\"x\""), Whole);
        headers.insert("range", "bytes=0-1".parse().unwrap());
        headers.insert("if-range", "\"x\"".parse().unwrap());
        assert_eq!(wanted(&headers, 10, "\"x\""), Part { first: 0, last: 1 });
        assert_eq!(wanted(&headers, 10, "\"y\""), Whole);
    }
}
