//! Signatures of calls: an HMAC over method path, time and nonce. No I/O, no clock of its own.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use hmac::{Hmac, Mac};
use http::{HeaderMap, HeaderValue};
use hugr_core::{Error, Result};
use rand::RngCore;
use sha2::Sha256;

use super::ClusterKeys;

const TIME_HEADER: &str = "hugr-call-time";
const NONCE_HEADER: &str = "hugr-call-nonce";
const SIGNATURE_HEADER: &str = "hugr-call-signature";
const NONCE_BYTES: usize = 16;

/// A number that a caller uses once.
pub(super) type Nonce = [u8; NONCE_BYTES];

/// A call whose signature was found right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SignedCall {
    /// When it was signed, on the caller's clock.
    pub(super) unix_seconds: u64,
    /// Its nonce.
    pub(super) nonce: Nonce,
}

/// Why a call is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It carries no signature, or one that cannot be read.
    Unsigned,
    /// It was signed with another secret, or for another method.
    WrongSecret,
    /// The caller's clock is too far away.
    ClockSkew {
        /// How far.
        difference: Duration,
        /// How far it may be.
        allowed: Duration,
    },
    /// It was seen before.
    Replayed,
    /// More calls came within the window than can be remembered.
    TooManyCalls,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned => f.write_str("the call is not signed with the cluster secret"),
            Self::WrongSecret => {
                f.write_str("cluster secret refused; it must be the same on all nodes of the cluster")
            }
            Self::ClockSkew { difference, allowed } => write!(
                f,
                "clocks differ by {} s, more than the allowed {} s; synchronise them",
                difference.as_secs(),
                allowed.as_secs()
            ),
            Self::Replayed => f.write_str("the call was already received once"),
            Self::TooManyCalls => f.write_str("too many calls within the replay window"),
        }
    }
}

/// Adds the signature of a call of `path` at `unix_seconds` to `headers`.
pub(super) fn sign(keys: &ClusterKeys, path: &str, unix_seconds: u64, headers: &mut HeaderMap) -> Result<()> {
    let mut nonce = Nonce::default();
    rand::rng().fill_bytes(&mut nonce);
    let call = SignedCall { unix_seconds, nonce };
    let signature = mac(keys, path, &call)?.finalize().into_bytes();
    headers.insert(TIME_HEADER, HeaderValue::from(unix_seconds));
    headers.insert(NONCE_HEADER, text_header(&BASE64.encode(nonce))?);
    headers.insert(SIGNATURE_HEADER, text_header(&BASE64.encode(signature))?);
    Ok(())
}

/// Returns the call that `headers` sign, when the signature fits `path`; compares in constant time.
pub(super) fn verify(keys: &ClusterKeys, path: &str, headers: &HeaderMap) -> Result<SignedCall, Refusal> {
    let unix_seconds = header(headers, TIME_HEADER)?
        .parse()
        .map_err(|_| Refusal::Unsigned)?;
    let nonce = decoded(headers, NONCE_HEADER)?
        .try_into()
        .map_err(|_| Refusal::Unsigned)?;
    let signature = decoded(headers, SIGNATURE_HEADER)?;
    let call = SignedCall { unix_seconds, nonce };
    mac(keys, path, &call)
        .map_err(|_| Refusal::WrongSecret)?
        .verify_slice(&signature)
        .map_err(|_| Refusal::WrongSecret)?;
    Ok(call)
}

fn mac(keys: &ClusterKeys, path: &str, call: &SignedCall) -> Result<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&keys.call)
        .map_err(|error| Error::internal(format!("call key: {error}")))?;
    // Fixed lengths come first, so that no two calls have the same bytes.
    mac.update(&call.unix_seconds.to_be_bytes());
    mac.update(&call.nonce);
    mac.update(path.as_bytes());
    Ok(mac)
}

fn text_header(text: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(text).map_err(|error| Error::internal(format!("call header: {error}")))
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, Refusal> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .ok_or(Refusal::Unsigned)
}

fn decoded(headers: &HeaderMap, name: &str) -> Result<Vec<u8>, Refusal> {
    BASE64
        .decode(header(headers, name)?)
        .map_err(|_| Refusal::Unsigned)
}

#[cfg(test)]
mod tests {
    use hugr_auth::Secret;

    use super::*;

    const PATH: &str = "/hugr.cluster.v1.Management/RollOut";

    fn keys(secret: &str) -> ClusterKeys {
        ClusterKeys::derive(&Secret::new(secret)).unwrap()
    }

    fn signed(secret: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        sign(&keys(secret), PATH, 1_000, &mut headers).unwrap();
        headers
    }

    #[test]
    fn the_same_secret_verifies() {
        let call = verify(&keys("a"), PATH, &signed("a")).unwrap();
        assert_eq!(call.unix_seconds, 1_000);
    }

    #[test]
    fn another_secret_is_refused() {
        assert_eq!(verify(&keys("b"), PATH, &signed("a")), Err(Refusal::WrongSecret));
    }

    #[test]
    fn another_method_is_refused() {
        assert_eq!(
            verify(&keys("a"), "/hugr.cluster.v1.Management/CoreCommit", &signed("a")),
            Err(Refusal::WrongSecret)
        );
    }

    #[test]
    fn another_time_is_refused() {
        let mut headers = signed("a");
        headers.insert(TIME_HEADER, HeaderValue::from(1_001_u64));
        assert_eq!(verify(&keys("a"), PATH, &headers), Err(Refusal::WrongSecret));
    }

    #[test]
    fn a_call_without_signature_is_refused() {
        assert_eq!(
            verify(&keys("a"), PATH, &HeaderMap::new()),
            Err(Refusal::Unsigned)
        );
    }

    #[test]
    fn headers_do_not_hold_the_secret() {
        let headers = format!("{:?}", signed("open-sesame"));
        assert!(!headers.contains("open-sesame"), "{headers}");
    }
}
