//! Whose request it is: addresses, networks, and proxies that are believed.

use std::net::{IpAddr, Ipv6Addr};

use hyper::{HeaderMap, header::HeaderName};

use crate::{config::Range, proxy::forwarded_for};

/// Where a proxy tells whom it speaks for.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Who counts as one: an IPv4 address, or an IPv6 network of 64 bits, as one customer has one of these at least.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let network = address.to_bits() & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
    }
}

/// Whether a connection comes from a proxy that is believed.
pub(crate) fn is_trusted(peer: IpAddr, trusted: &[Range]) -> bool {
    trusted.iter().any(|range| range.contains(peer))
}

/// Who asks: the peer, or whom a trusted proxy speaks for.
///
/// `X-Forwarded-For` grows at its end by one address a proxy, and anybody can write its beginning. So it is read from
/// the end, over the proxies that are trusted, up to the first address that is not; what is behind is a claim of a
/// stranger's. `Forwarded` (RFC 7239) is read in the same way when there is no `X-Forwarded-For`.
pub(crate) fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[Range]) -> IpAddr {
    if !is_trusted(peer, trusted) {
        return peer;
    }
    if !headers.contains_key(FORWARDED_FOR) {
        let entries = forwarded_for(headers);
        return last_stranger(
            peer,
            entries.iter().rev().map(|entry| forwarded(entry)),
            trusted,
        );
    }
    let lines = headers.get_all(FORWARDED_FOR).into_iter().rev();
    let entries = lines.flat_map(|line| {
        let line = line.to_str().unwrap_or("?");
        line.rsplit(',').map(|entry| forwarded(entry.trim()))
    });
    last_stranger(peer, entries, trusted)
}

/// The first address, from the nearest proxy on, that is not a trusted one's.
fn last_stranger(
    peer: IpAddr,
    entries: impl Iterator<Item = Option<IpAddr>>,
    trusted: &[Range],
) -> IpAddr {
    let mut client = peer;
    for address in entries {
        // What is no address was not written by a proxy of ours.
        let Some(address) = address else { break };
        client = address;
        if !is_trusted(address, trusted) {
            break;
        }
    }
    client
}

/// One entry: an address, with or without a port.
fn forwarded(entry: &str) -> Option<IpAddr> {
    let bare = entry.trim_start_matches('[').trim_end_matches(']');
    let with_port = || {
        entry
            .parse()
            .ok()
            .map(|address: std::net::SocketAddr| address.ip())
    };
    bare.parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_ipv6_network_counts_as_one_and_a_mapped_address_as_its_own() {
        let parse = |text: &str| network(address(text));
        assert_eq!(parse("2001:db8::1"), parse("2001:db8::ffff"));
        assert_ne!(parse("2001:db8:0:1::1"), parse("2001:db8::1"));
        assert_eq!(parse("::ffff:192.0.2.1"), parse("192.0.2.1"));
        assert_ne!(parse("192.0.2.1"), parse("192.0.2.2"));
    }

    fn client_of(peer: &str, lines: &[&'static str]) -> IpAddr {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_static(line));
        }
        let trusted = ["10.0.0.0/8".parse().unwrap(), "::1".parse().unwrap()];
        client(address(peer), &headers, &trusted)
    }

    #[test]
    fn a_strangers_word_about_itself_is_not_believed() {
        assert_eq!(
            client_of("203.0.113.9", &["198.51.100.1"]),
            address("203.0.113.9")
        );
    }

    #[test]
    fn a_trusted_proxy_names_the_client() {
        assert_eq!(
            client_of("10.0.0.1", &["198.51.100.1"]),
            address("198.51.100.1")
        );
        assert_eq!(
            client_of("10.0.0.1", &["[2001:db8::5]:443"]),
            address("2001:db8::5")
        );
        assert_eq!(
            client_of("10.0.0.1", &["198.51.100.1:5000"]),
            address("198.51.100.1")
        );
        assert_eq!(client_of("10.0.0.1", &[]), address("10.0.0.1"));
    }

    #[test]
    fn forwarded_names_the_client_when_there_is_no_x_forwarded_for() {
        let client_of = |lines: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                headers.append(*name, HeaderValue::from_static(value));
            }
            client(
                address("10.0.0.1"),
                &headers,
                &["10.0.0.0/8".parse().unwrap()],
            )
        };
        let forwarded = (
            "forwarded",
            "for=1.1.1.1, for=\"[2001:db8::5]:443\";proto=https, for=10.0.0.2",
        );
        assert_eq!(client_of(&[forwarded]), address("2001:db8::5"));
        assert_eq!(
            client_of(&[forwarded, ("x-forwarded-for", "198.51.100.1")]),
            address("198.51.100.1"),
            "a proxy of ours that writes one passes the other on as a stranger wrote it"
        );
        assert_eq!(
            client_of(&[("forwarded", "for=_hidden")]),
            address("10.0.0.1")
        );
    }

    #[test]
    fn only_what_the_own_proxies_wrote_counts() {
        // The client claimed to be 1.1.1.1; two proxies of ours wrote the rest.
        let lines = ["1.1.1.1, 198.51.100.1", "10.0.0.2"];
        assert_eq!(client_of("10.0.0.1", &lines), address("198.51.100.1"));
        assert_eq!(
            client_of("10.0.0.1", &["1.1.1.1, nonsense"]),
            address("10.0.0.1")
        );
        assert_eq!(
            client_of("::1", &["nonsense, 198.51.100.1"]),
            address("198.51.100.1")
        );
    }
}
