//! The address of a caller, also of one behind proxies.

use std::net::IpAddr;
use std::str::FromStr;

use axum::http::HeaderMap;
use thiserror::Error;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The text is not a network.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{text}` is not a network; write an address like 10.0.0.7, or one with a prefix like 10.0.0.0/8")]
pub struct ParseNetworkError {
    text: String,
}

/// Addresses of proxies: one address, or all with the same first bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProxyNetwork {
    bits: u128,
    prefix: u32,
}

impl ProxyNetwork {
    fn contains(&self, address: IpAddr) -> bool {
        let differing = self.bits ^ bits_of(address);
        self.prefix == 0 || differing >> (128 - self.prefix) == 0
    }
}

impl FromStr for ProxyNetwork {
    type Err = ParseNetworkError;

    fn from_str(text: &str) -> Result<Self, ParseNetworkError> {
        let refuse = || ParseNetworkError {
            text: text.to_owned(),
        };
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| refuse())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(width), |prefix| prefix.parse().map_err(|_| refuse()))?;
        if prefix > width {
            return Err(refuse());
        }
        Ok(Self {
            bits: bits_of(address),
            prefix: prefix + 128 - width,
        })
    }
}

/// Returns the address as IPv6, in which IPv4 has a place.
fn bits_of(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().into(),
        IpAddr::V6(address) => address.into(),
    }
}

/// Returns whether one of our proxies has this address.
pub(super) fn is_proxy(address: IpAddr, proxies: &[ProxyNetwork]) -> bool {
    proxies.iter().any(|network| network.contains(address))
}

/// Returns the nearest address that is not one of our proxies: what lies behind it anybody may have made up.
pub(super) fn origin_of(peer: IpAddr, headers: &HeaderMap, proxies: &[ProxyNetwork]) -> IpAddr {
    let mut origin = peer;
    let forwarded = headers.get_all(FORWARDED_FOR).iter().rev();
    let texts = forwarded.filter_map(|value| value.to_str().ok());
    for address in texts.flat_map(|text| text.rsplit(',')) {
        if !is_proxy(origin, proxies) {
            break;
        }
        let Ok(address) = address.trim().parse() else {
            break;
        };
        origin = address;
    }
    origin
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(peer: &str, forwarded: &str, proxies: &[&str]) -> String {
        let proxies: Vec<_> = proxies.iter().map(|network| network.parse().unwrap()).collect();
        let mut headers = HeaderMap::new();
        headers.insert(FORWARDED_FOR, forwarded.parse().unwrap());
        origin_of(peer.parse().unwrap(), &headers, &proxies).to_string()
    }

    #[test]
    fn only_our_proxies_are_believed() {
        assert_eq!(origin("10.0.0.1", "1.2.3.4", &[]), "10.0.0.1");
        assert_eq!(origin("10.0.0.1", "1.2.3.4", &["10.0.0.0/8"]), "1.2.3.4");
        assert_eq!(
            origin("10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.2", &["10.0.0.0/8"]),
            "1.2.3.4"
        );
        assert_eq!(origin("10.0.0.1", "nonsense", &["10.0.0.1"]), "10.0.0.1");
        assert_eq!(origin("::ffff:10.0.0.1", "1.2.3.4", &["10.0.0.0/8"]), "1.2.3.4");
        assert_eq!(origin("2001:db8::1", "1.2.3.4", &["2001:db8::/32"]), "1.2.3.4");
        assert_eq!(origin("11.0.0.1", "1.2.3.4", &["10.0.0.0/8"]), "11.0.0.1");
    }

    #[test]
    fn networks_are_checked() {
        for wrong in ["", "proxy", "10.0.0.0/33", "10.0.0.0/x", "::/129"] {
            assert!(wrong.parse::<ProxyNetwork>().is_err(), "{wrong}");
        }
    }
}
