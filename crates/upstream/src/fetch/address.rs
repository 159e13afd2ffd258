//! Which addresses are public, so that a URL from outside may lead there.
//!
//! From IANA's special-purpose registries for IPv4 (RFC 6890 and later) and IPv6, column
//! "Globally Reachable", and stricter in places: when in doubt an address is not public.
//! Pure; called by `target`, and by nothing that connects.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Blocks of IPv4 that are not public: network, prefix length.
const NOT_PUBLIC_V4: &[(Ipv4Addr, u32)] = &[
    (Ipv4Addr::UNSPECIFIED, 8),            // "this network", RFC 791
    (Ipv4Addr::new(10, 0, 0, 0), 8),       // private use, RFC 1918
    (Ipv4Addr::new(100, 64, 0, 0), 10),    // shared space behind carriers' NAT, RFC 6598
    (Ipv4Addr::new(127, 0, 0, 0), 8),      // loopback, RFC 1122
    (Ipv4Addr::new(168, 63, 129, 16), 32), // Azure's platform, seen from its machines only
    (Ipv4Addr::new(169, 254, 0, 0), 16),   // link local, RFC 3927; clouds' metadata
    (Ipv4Addr::new(172, 16, 0, 0), 12),    // private use, RFC 1918
    (Ipv4Addr::new(192, 0, 0, 0), 24),     // protocol assignments, RFC 6890
    (Ipv4Addr::new(192, 0, 2, 0), 24),     // documentation, RFC 5737
    (Ipv4Addr::new(192, 88, 99, 0), 24),   // 6to4 relays, deprecated by RFC 7526
    (Ipv4Addr::new(192, 168, 0, 0), 16),   // private use, RFC 1918
    (Ipv4Addr::new(198, 18, 0, 0), 15),    // benchmarking, RFC 2544
    (Ipv4Addr::new(198, 51, 100, 0), 24),  // documentation, RFC 5737
    (Ipv4Addr::new(203, 0, 113, 0), 24),   // documentation, RFC 5737
    (Ipv4Addr::new(224, 0, 0, 0), 4),      // multicast, RFC 5771
    (Ipv4Addr::new(240, 0, 0, 0), 4),      // reserved, RFC 1112, and broadcast, RFC 8190
];

/// All that IANA has given out as global unicast (RFC 4291). What lies outside is not
/// public: loopback, IPv4-compatible, discard (`100::/64`), local NAT64 (`64:ff9b:1::/48`),
/// segment routing (`5f00::/16`), unique local, link local, site local, multicast.
const GLOBAL_UNICAST: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Blocks inside of global unicast that are not public.
const NOT_PUBLIC_V6: &[(Ipv6Addr, u32)] = &[
    // Protocol assignments, RFC 2928: Teredo, benchmarking, ORCHID, remote identification.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation, RFC 3849
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),     // 6to4, RFC 3056
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),     // documentation, RFC 9637
];

/// Blocks whose last 32 bits are an IPv4 address, and where that is what counts: mapped
/// addresses (RFC 4291) and the well-known prefix of NAT64 (RFC 6052).
const EMBEDDING: &[(Ipv6Addr, u32)] = &[
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96),
    (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96),
];

/// Whether `address` is one that anybody on the internet can reach, and nobody's own.
pub fn is_global(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_global_v4(address),
        IpAddr::V6(address) => is_global_v6(address),
    }
}

fn is_global_v4(address: Ipv4Addr) -> bool {
    !NOT_PUBLIC_V4.iter().any(|&(network, length)| {
        let host_bits = 32 - length;
        u64::from(address.to_bits()) >> host_bits == u64::from(network.to_bits()) >> host_bits
    })
}

fn is_global_v6(address: Ipv6Addr) -> bool {
    let within = |&(network, length): &(Ipv6Addr, u32)| {
        let host_bits = 128 - length;
        address.to_bits() >> host_bits == network.to_bits() >> host_bits
    };
    if EMBEDDING.iter().any(within) {
        let [.., a, b, c, d] = address.octets();
        return is_global_v4(Ipv4Addr::new(a, b, c, d));
    }
    within(&GLOBAL_UNICAST) && !NOT_PUBLIC_V6.iter().any(within)
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;

    use super::{EMBEDDING, GLOBAL_UNICAST, NOT_PUBLIC_V4, NOT_PUBLIC_V6, is_global};

    /// The same rule in other words: segments and what the standard library knows.
    fn is_global_said_otherwise(address: IpAddr) -> bool {
        match address {
            IpAddr::V4(it) => {
                let [a, b, c, d] = it.octets();
                !(it.is_private()
                    || it.is_loopback()
                    || it.is_link_local()
                    || it.is_broadcast()
                    || it.is_documentation()
                    || it.is_multicast()
                    || it.is_unspecified()
                    || a == 0
                    || a > 239
                    || a == 100 && b & 0xc0 == 64
                    || a == 198 && b & 0xfe == 18
                    || [a, b, c] == [192, 0, 0]
                    || [a, b, c] == [192, 88, 99]
                    || [a, b, c, d] == [168, 63, 129, 16])
            }
            IpAddr::V6(it) => match it.segments() {
                [0, 0, 0, 0, 0, 0xffff, ..] => {
                    is_global_said_otherwise(it.to_ipv4_mapped().unwrap().into())
                }
                [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
                    let bits = u32::from(high) << 16 | u32::from(low);
                    is_global_said_otherwise(Ipv4Addr::from_bits(bits).into())
                }
                [0x2001, second, ..] => second >= 0x200 && second != 0xdb8,
                [first @ 0x2000..=0x3fff, second, ..] => {
                    first != 0x2002 && (first != 0x3fff || second >= 0x1000)
                }
                _ => false,
            },
        }
    }

    fn any_v4() -> impl Strategy<Value = IpAddr> {
        let near = (
            proptest::sample::select(NOT_PUBLIC_V4),
            any::<u32>(),
            -2i64..=2,
        )
            .prop_map(|((network, length), host, step)| {
                let size = 1i64 << (32 - length);
                let inside = i64::from(host) % size;
                let start = i64::from(network.to_bits());
                // One of the ends, a little past them, or somewhere in the middle.
                let at = match step {
                    -2 => start - 1,
                    -1 => start,
                    0 => start + inside,
                    1 => start + size - 1,
                    _ => start + size,
                };
                Ipv4Addr::from_bits(u32::try_from(at & 0xffff_ffff).unwrap())
            });
        prop_oneof![any::<u32>().prop_map(Ipv4Addr::from_bits), near].prop_map(IpAddr::V4)
    }

    fn any_v6() -> impl Strategy<Value = IpAddr> {
        let blocks: Vec<(Ipv6Addr, u32)> = NOT_PUBLIC_V6
            .iter()
            .chain(EMBEDDING)
            .chain([&GLOBAL_UNICAST])
            .copied()
            .collect();
        let near = (proptest::sample::select(blocks), any::<u128>(), 0..5u8).prop_map(
            |((network, length), host, place)| {
                let mask = u128::MAX >> length;
                let start = network.to_bits();
                Ipv6Addr::from_bits(match place {
                    0 => start.wrapping_sub(1),
                    1 => start,
                    2 => start | (host & mask),
                    3 => start | mask,
                    _ => (start | mask).wrapping_add(1),
                })
            },
        );
        let embedded =
            (proptest::sample::select(EMBEDDING), any_v4()).prop_map(|((network, _), inner)| {
                match inner {
                    IpAddr::V4(inner) => {
                        Ipv6Addr::from_bits(network.to_bits() | u128::from(inner.to_bits()))
                    }
                    IpAddr::V6(inner) => inner,
                }
            });
        prop_oneof![
            any::<u128>().prop_map(Ipv6Addr::from_bits),
            any::<u128>().prop_map(|bits| Ipv6Addr::from_bits(bits >> 3 | 1 << 125)),
            near,
            embedded,
        ]
        .prop_map(IpAddr::V6)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn two_formulations_agree(address in prop_oneof![any_v4(), any_v6()]) {
            prop_assert_eq!(is_global(address), is_global_said_otherwise(address), "{}", address);
        }
    }

    #[test]
    fn public_addresses_are_public() {
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "93.184.215.14",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "223.255.255.255",
            "168.63.129.15",
            "2606:4700::1111",
            "2001:4860:4860::8888",
            "2a00::1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ] {
            assert!(is_global(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn all_others_are_not() {
        for text in [
            "0.0.0.0",
            "0.1.2.3",
            "10.255.255.255",
            "100.64.0.0",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.255.255",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.0",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.9",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::8.8.8.8",
            "::ffff:127.0.0.1",
            "::ffff:a9fe:a9fe",
            "64:ff9b::7f00:1",
            "64:ff9b:1::a9fe:a9fe",
            "64:ff9b:1::808:808",
            "100::1",
            "100:0:0:1::1",
            "200::1",
            "2001::1",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:30::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:808:808::1",
            "3fff::1",
            "4000::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_global(text.parse().unwrap()), "{text}");
        }
    }
}
