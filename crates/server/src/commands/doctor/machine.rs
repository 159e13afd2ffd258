//! What the operating system lets the program do.

use std::fs;

use super::Finding;

/// A connection takes a file towards the caller and one towards ChatGPT.
const ENOUGH_FILES: u64 = 4096;

const LIMITS: &str = "/proc/self/limits";

pub(super) fn look() -> Option<Finding> {
    // Only Linux says it there.
    let limits = fs::read_to_string(LIMITS).ok()?;
    Some(of_open_files(open_files(&limits)?))
}

fn of_open_files(limit: u64) -> Finding {
    if limit >= ENOUGH_FILES {
        return Finding::good("open files", format!("{limit} may be open"));
    }
    Finding::warning(
        "open files",
        format!("only {limit} may be open, and each request takes two"),
        "raise the limit: `ulimit -n 65536`, or LimitNOFILE in a systemd unit",
    )
}

/// The soft limit.
fn open_files(limits: &str) -> Option<u64> {
    let line = limits
        .lines()
        .find_map(|it| it.strip_prefix("Max open files"))?;
    match line.split_whitespace().next()? {
        "unlimited" => Some(u64::MAX),
        number => number.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Grade;
    use super::{of_open_files, open_files};

    #[test]
    fn the_limit_that_counts_is_the_soft_one() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units\n\
             Max processes             7                    8                    processes\n\
             Max open files            1024                 524288               files\n";
        assert_eq!(open_files(limits), Some(1024));
        assert_eq!(of_open_files(1024).grade, Grade::Warning);
        assert_eq!(of_open_files(65_536).grade, Grade::Good);
        assert_eq!(open_files("Max open files  unlimited  x"), Some(u64::MAX));
        assert_eq!(open_files("something else"), None);
    }
}
