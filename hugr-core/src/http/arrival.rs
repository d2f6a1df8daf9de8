//! How a request arrived: from which address, at which host, and whether it was encrypted on its way.
//!
//! Proxies tell it in headers that any client can send too, so only those that the host names are believed.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::http::request::Parts;

use super::peer::{ProxyNetwork, is_proxy, origin_of};
use super::router::AppState;

const FORWARDED_PROTO: &str = "x-forwarded-proto";
const FORWARDED_HOST: &str = "x-forwarded-host";

/// Says, as an extension of a request, that its connection is encrypted: to be added by hosts that serve HTTPS themselves.
///
/// ```
/// # fn serve(engine: &hugr_core::HugrEngine) -> axum::Router {
/// use axum::Extension;
/// use hugr_core::http::Encrypted;
///
/// engine.router().layer(Extension(Encrypted))
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Encrypted;

/// How a request arrived. The address is known where the host serves the router with [`ConnectInfo`]; where it is not, no
/// proxy is believed.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    /// Where it comes from: the nearest address that is not one of our proxies.
    pub(super) peer: Option<IpAddr>,
    /// The host, with its port where that is not the scheme's own, as the client knows it.
    pub(super) host: Option<String>,
    /// Whether the client speaks HTTPS.
    pub(super) is_encrypted: bool,
}

impl Arrival {
    fn of(parts: &Parts, proxies: &[ProxyNetwork]) -> Self {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map(|ConnectInfo(address)| address.ip());
        let is_forwarded = peer.is_some_and(|peer| is_proxy(peer, proxies));
        let told = |name: &str| is_forwarded.then(|| last(&parts.headers, name)).flatten();
        let scheme = told(FORWARDED_PROTO);
        // HTTP/2 names the host in the URI, HTTP/1.1 in a header.
        let asked = || {
            let authority = parts.uri.authority().map(|authority| authority.as_str());
            authority.or_else(|| last(&parts.headers, HOST.as_str()))
        };
        Self {
            peer: peer.map(|peer| origin_of(peer, &parts.headers, proxies)),
            host: told(FORWARDED_HOST).or_else(asked).map(str::to_owned),
            is_encrypted: match scheme {
                Some(scheme) => scheme.eq_ignore_ascii_case("https"),
                None => parts.extensions.get::<Encrypted>().is_some(),
            },
        }
    }
}

impl FromRequestParts<AppState> for Arrival {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        Ok(Self::of(parts, state.proxies()))
    }
}

/// Returns the last value of a header, which the nearest proxy has added.
fn last<'headers>(headers: &'headers HeaderMap, name: &str) -> Option<&'headers str> {
    let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    let value = value.rsplit(',').next().unwrap_or(value).trim();
    (!value.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    struct Sent<'a> {
        peer: Option<&'a str>,
        headers: &'a [(&'a str, &'a str)],
        is_encrypted: bool,
    }

    /// Returns the URL that the client used, as far as it is known.
    fn url(sent: &Sent<'_>) -> String {
        let mut request = Request::get("/admin").header(HOST, "hugr.example");
        for (name, value) in sent.headers {
            request = request.header(*name, *value);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        if let Some(peer) = sent.peer {
            let address = SocketAddr::new(peer.parse().unwrap(), 4711);
            parts.extensions.insert(ConnectInfo(address));
        }
        if sent.is_encrypted {
            parts.extensions.insert(Encrypted);
        }
        let arrival = Arrival::of(&parts, &["10.0.0.0/8".parse().unwrap()]);
        let scheme = if arrival.is_encrypted { "https" } else { "http" };
        format!("{scheme}://{}", arrival.host.unwrap())
    }

    #[test]
    fn only_our_proxies_tell_how_it_arrived() {
        let headers = [("x-forwarded-proto", "https"), ("x-forwarded-host", "made.up")];
        for (peer, expected) in [
            (Some("10.0.0.1"), "https://made.up"),
            (Some("11.0.0.1"), "http://hugr.example"),
            (None, "http://hugr.example"),
        ] {
            let sent = Sent {
                peer,
                headers: &headers,
                is_encrypted: false,
            };
            assert_eq!(url(&sent), expected, "{peer:?}");
        }
    }

    #[test]
    fn the_nearest_proxy_speaks_last() {
        let headers = [("x-forwarded-proto", "https, http")];
        for (headers, is_encrypted, expected) in [
            (&headers[..], true, "http://hugr.example"),
            (&[], true, "https://hugr.example"),
            (&[], false, "http://hugr.example"),
        ] {
            let sent = Sent {
                peer: Some("10.0.0.1"),
                headers,
                is_encrypted,
            };
            assert_eq!(url(&sent), expected);
        }
    }
}
