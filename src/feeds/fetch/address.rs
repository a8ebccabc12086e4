//! Which addresses may be connected to: the guard against reaching into the operator's own network.
//!
//! Two gates, since one leaks: [`check_hop`] refuses literal addresses before each request (they never reach a resolver), and
//! [`GuardedResolver`] refuses names whose addresses are not public, at the moment of connecting, so that a name that changes its address
//! between check and use gains nothing.

use super::FetchError;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use url::{Host, Url};

/// Tells whether an address is on the public internet.
///
/// Refused are the special-purpose ranges of RFC 6890 and what embeds an IPv4 address in IPv6 (mapped, NAT64, 6to4, Teredo), judged by the
/// address inside where there is one.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let reserved = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0
        || a >= 224 // multicast, future use, broadcast
        || (a == 100 && (64..128).contains(&b)) // carrier-grade NAT, RFC 6598
        || (a == 198 && (b == 18 || b == 19)) // benchmarking, RFC 2544
        || (a == 192 && b == 0 && c == 0) // protocol assignments
        || (a == 192 && b == 88 && c == 99); // 6to4 relays
    !reserved
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = address.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    let [first, second, ..] = address.segments();
    // Global unicast is 2000::/3; all else is loopback, unspecified, link-local, unique local, multicast, NAT64 or not assigned.
    let global = (first & 0xe000) == 0x2000;
    let special = first == 0x2002 // 6to4
        || (first == 0x2001 && second < 0x0200) // Teredo, ORCHID, benchmarking and other assignments of 2001::/23
        || (first == 0x2001 && second == 0x0db8) // documentation
        || (first == 0x3fff && second < 0x1000); // documentation, RFC 9637
    global && !special
}

/// Hosts that the operator opened, lower case.
#[derive(Clone, Debug, Default)]
pub(super) struct AllowList(Vec<(String, Option<u16>)>);

impl AllowList {
    /// Reads `host` and `host:port`; the host is written as in an address.
    pub(super) fn new(entries: &[String]) -> Result<Self, FetchError> {
        let parsed: Result<Vec<_>, _> = entries.iter().map(|entry| parse_entry(entry)).collect();
        Ok(Self(parsed?))
    }

    /// Tells whether the address's host, with its port, is opened.
    pub(super) fn opens(&self, url: &Url) -> bool {
        let (Some(host), port) = (url.host_str(), url.port_or_known_default()) else { return false };
        self.0.iter().any(|(name, allowed)| name == host && allowed.is_none_or(|allowed| Some(allowed) == port))
    }
}

fn parse_entry(entry: &str) -> Result<(String, Option<u16>), FetchError> {
    let wrong = || FetchError::Policy { reason: format!("`allow_hosts` has {entry:?}, which is no host and no host:port") };
    // A scheme without a default port keeps every port visible.
    let url = Url::parse(&format!("http://{}/", entry.trim())).map_err(|_| wrong())?;
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(wrong)?.to_owned();
    if url.path() != "/" || url.query().is_some() || !url.username().is_empty() {
        return Err(wrong());
    }
    let port = if entry.trim().ends_with(":80") { Some(80) } else { url.port() };
    Ok((host, port))
}

/// Which client a hop may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    /// Names are checked when they are resolved.
    Guarded,
    /// The operator opened the host.
    Open,
}

/// Checks scheme and literal host of one hop.
pub(super) fn check_hop(url: &Url, allow: &AllowList) -> Result<Gate, FetchError> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(FetchError::BadUrl { url: shown(url), reason: format!("the scheme `{}` is not read", url.scheme()) });
    }
    if allow.opens(url) {
        return Ok(Gate::Open);
    }
    let literal = match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
        Some(Host::Domain(_)) => return Ok(Gate::Guarded),
        None => return Err(FetchError::BadUrl { url: shown(url), reason: "it names no host".to_owned() }),
    };
    if is_public(literal) { Ok(Gate::Guarded) } else { Err(FetchError::Blocked { url: shown(url), address: literal }) }
}

/// Gives an address for messages: without user name, password and fragment.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Both fail only for addresses that cannot carry a user.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_fragment(None);
    url.into()
}

/// The refusal as it travels through the HTTP client.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to {0}, which is not public")]
pub(super) struct Refused(pub(super) IpAddr);

/// Resolves names by the system and leaves only public addresses.
#[derive(Clone, Copy, Debug)]
pub(super) struct GuardedResolver;

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let all: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let public: Vec<SocketAddr> = all.iter().copied().filter(|address| is_public(address.ip())).collect();
            match all.first() {
                Some(first) if public.is_empty() => Err(Refused(first.ip()).into()),
                _ => Ok(Box::new(public.into_iter()) as Addrs),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_and_special_addresses_are_told_apart() {
        let public =
            ["1.1.1.1", "93.184.216.34", "100.128.0.1", "172.32.0.1", "192.0.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "2001:4860::1"];
        let special = [
            "127.0.0.1",
            "127.9.9.9",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "198.18.0.1",
            "192.0.0.1",
            "192.0.2.1",
            "203.0.113.7",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "3fff::1",
            "4000::1",
        ];
        for address in public {
            assert!(is_public(address.parse().unwrap()), "{address} is public");
        }
        for address in special {
            assert!(!is_public(address.parse().unwrap()), "{address} is not public");
        }
    }

    fn gate(url: &str, allow: &[&str]) -> Result<Gate, FetchError> {
        let allow: Vec<String> = allow.iter().map(|&entry| entry.to_owned()).collect();
        check_hop(&Url::parse(url).unwrap(), &AllowList::new(&allow).unwrap())
    }

    #[test]
    fn every_way_to_write_a_private_literal_is_refused() {
        for host in [
            "127.0.0.1",
            "2130706433",
            "0x7f.1",
            "0177.0.0.1",
            "127.1",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "0",
            "169.254.169.254",
        ] {
            let refused = gate(&format!("http://{host}/feed"), &[]);
            assert!(matches!(refused, Err(FetchError::Blocked { .. })), "{host}: {refused:?}");
        }
        assert_eq!(gate("https://example.org/feed", &[]), Ok(Gate::Guarded));
        assert_eq!(gate("http://93.184.216.34/feed", &[]), Ok(Gate::Guarded));
    }

    #[test]
    fn allow_hosts_opens_exactly_what_it_names() {
        assert_eq!(gate("http://127.0.0.1:8080/", &["127.0.0.1:8080"]), Ok(Gate::Open));
        assert!(gate("http://127.0.0.1:8081/", &["127.0.0.1:8080"]).is_err());
        assert!(gate("https://127.0.0.1/", &["127.0.0.1:80"]).is_err());
        assert_eq!(gate("http://127.0.0.1/", &["127.0.0.1:80"]), Ok(Gate::Open));
        assert_eq!(gate("http://[::1]:9/", &["[::1]"]), Ok(Gate::Open));
        assert_eq!(gate("http://news.internal/", &["News.Internal"]), Ok(Gate::Open));
        assert_eq!(gate("http://evil-news.internal/", &["news.internal"]), Ok(Gate::Guarded));
    }

    #[test]
    fn a_wrong_allow_entry_is_named() {
        for entry in ["", "http://host/", "host/path", "user@host", "host:99999"] {
            let error = AllowList::new(&[entry.to_owned()]).unwrap_err().to_string();
            assert!(error.contains("allow_hosts"), "{error}");
        }
    }

    #[test]
    fn other_schemes_are_refused_and_secrets_not_shown() {
        assert!(matches!(gate("ftp://example.org/", &[]), Err(FetchError::BadUrl { .. })));
        let url = Url::parse("https://me:secret@example.org/f#x").unwrap();
        assert_eq!(shown(&url), "https://example.org/f");
    }
}
