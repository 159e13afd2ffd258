//! Reads the header that asks for a part of a file. Pure; the routes that send content use it.

use std::ops::Range;

/// What part of a file is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// All of it; also where the header is not understood or asks for several parts.
    Whole,
    /// A part that is there.
    Part(Range<u64>),
    /// A part beyond the end.
    Beyond,
}

/// The part of `size` bytes that a `Range` header asks for.
pub(crate) fn read(header: Option<&str>, size: u64) -> Asked {
    header
        .and_then(|header| header.strip_prefix("bytes="))
        .and_then(|range| range.split_once('-'))
        .and_then(|(first, last)| part(first.trim(), last.trim(), size))
        .unwrap_or(Asked::Whole)
}

fn part(first: &str, last: &str, size: u64) -> Option<Asked> {
    if first.is_empty() {
        let length: u64 = last.parse().ok()?;
        return Some(if length == 0 || size == 0 {
            Asked::Beyond
        } else {
            Asked::Part(size.saturating_sub(length)..size)
        });
    }
    let first: u64 = first.parse().ok()?;
    let last = match last {
        "" => u64::MAX,
        last => last.parse().ok()?,
    };
    if last < first {
        return None;
    }
    Some(if first >= size {
        Asked::Beyond
    } else {
        Asked::Part(first..last.saturating_add(1).min(size))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read() {
        for (header, expected) in [
            ("bytes=0-3", Asked::Part(0..4)),
            ("bytes=2-", Asked::Part(2..10)),
            ("bytes=-3", Asked::Part(7..10)),
            ("bytes=-30", Asked::Part(0..10)),
            ("bytes=8-99", Asked::Part(8..10)),
            ("bytes=10-", Asked::Beyond),
            ("bytes=-0", Asked::Beyond),
            ("bytes=3-2", Asked::Whole),
            ("bytes=0-1,3-4", Asked::Whole),
            ("bytes=a-b", Asked::Whole),
            ("lines=0-1", Asked::Whole),
        ] {
            assert_eq!(read(Some(header), 10), expected, "{header}");
        }
        assert_eq!(read(None, 10), Asked::Whole);
        assert_eq!(read(Some("bytes=0-"), 0), Asked::Beyond);
    }
}
