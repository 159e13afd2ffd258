//! Slows down whoever guesses codes, without locking out everybody else.
//!
//! Failures are counted by where they come from, in a fixed number of counts, so that nobody
//! fills memory; who shares a count with whom cannot be foreseen.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;

use tokio::sync::Mutex;
use web::throttle::Throttle;

const COUNTS: u64 = 1024;

/// All counts.
#[derive(Debug)]
pub(crate) struct Guesses {
    counts: Vec<Count>,
    hasher: RandomState,
}

/// One count.
#[derive(Debug, Default)]
pub(crate) struct Count {
    pub(crate) throttle: Throttle,
    /// Held during a try: tries that are made at once would not see each other fail.
    pub(crate) turn: Mutex<()>,
}

impl Guesses {
    pub(crate) fn new() -> Self {
        Self {
            counts: (0..COUNTS).map(|_| Count::default()).collect(),
            hasher: RandomState::new(),
        }
    }

    /// The count of an address; one of version 6 counts with its neighbours.
    pub(crate) fn of(&self, address: Option<IpAddr>) -> &Count {
        let address = address.map(|it| match it {
            IpAddr::V6(it) => IpAddr::from(it.to_ipv4_mapped().map_or_else(
                || (it.to_bits() >> 64).to_be_bytes(),
                |it| u128::from(it.to_bits()).to_be_bytes(),
            )),
            v4 @ IpAddr::V4(_) => v4,
        });
        let place = self.hasher.hash_one(address) % COUNTS;
        &self.counts[usize::try_from(place).unwrap_or_default()]
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::Guesses;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_has_one_count_and_a_network_of_version_6_too() {
        let guesses = Guesses::new();
        let same = |one: &str, other: &str| {
            let count = |it: &str| guesses.of(Some(address(it)));
            std::ptr::eq(count(one), count(other))
        };
        assert!(same("192.0.2.1", "192.0.2.1"));
        assert!(same("2001:db8::1", "2001:db8::ffff:2"));
        assert!(std::ptr::eq(guesses.of(None), guesses.of(None)));
        let spread = (1..=64)
            .filter(|it| same("192.0.2.200", &format!("192.0.2.{it}")))
            .count();
        assert!(spread < 8, "{spread} of 64 share a count");
    }
}
