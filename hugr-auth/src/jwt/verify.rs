//! From the text of a token to claims that can be trusted.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::key::VerifyingKey;
use crate::claims::Claims;

/// A longer token is not looked at.
const MOST_BYTES: usize = 16 * 1024;

/// What a token must say to be accepted, beside being signed.
#[derive(Clone, Debug, Default)]
pub struct Expectations {
    /// Its issuer, where that is checked.
    pub issuer: Option<String>,
    /// Audiences of which it must name one; not checked when empty.
    pub audiences: Vec<String>,
    /// Whether it must say when it ends.
    pub must_expire: bool,
    /// How far clocks may be apart.
    pub leeway: Duration,
}

/// Claims of a token whose signature and expectations hold.
#[derive(Clone, Debug)]
pub struct Verified {
    /// All claims.
    pub claims: Map<String, Value>,
    /// Those of them that row filters may name.
    pub singles: Claims,
    /// When the token ends, leeway included; `None` when it does not say.
    pub ends: Option<SystemTime>,
}

/// Why a token is not accepted. Never quotes the token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is not a signed token.
    #[error("it is not a signed JSON Web Token")]
    Malformed,
    /// No key fits its algorithm and key id.
    #[error("no configured key fits its algorithm and key id")]
    NoKey,
    /// No key that fits has signed it.
    #[error("its signature is not valid")]
    Signature,
    /// It was valid once.
    #[error("it has expired")]
    Expired,
    /// A claim is missing or says something else than expected.
    #[error("its claim `{0}` {1}")]
    Claim(&'static str, &'static str),
}

/// Returns the header of a token; it cannot be trusted.
///
/// # Errors
/// [`Refusal::Malformed`] when there is none, its algorithm is unknown (like `none`), or it asks for extensions.
pub fn header_of(token: &str) -> Result<Header, Refusal> {
    if token.len() > MOST_BYTES {
        return Err(Refusal::Malformed);
    }
    let header = decode_header(token).map_err(|_| Refusal::Malformed)?;
    // RFC 7515: who does not understand what `crit` names must refuse the token. We understand none.
    if header.crit.is_some() {
        return Err(Refusal::Malformed);
    }
    Ok(header)
}

/// Verifies `token`, whose header is `header`, with the first of `keys` that fits and says yes.
///
/// # Errors
/// When it must not be accepted. A token is expired only when its signature is valid.
pub fn verify<'a>(
    token: &str,
    header: &Header,
    keys: impl Iterator<Item = &'a VerifyingKey>,
    expected: &Expectations,
    now: SystemTime,
) -> Result<Verified, Refusal> {
    let mut refusal = Refusal::NoKey;
    for key in keys.filter(|key| key.fits(header.alg, header.kid.as_deref())) {
        match signed_claims(token, header.alg, key) {
            Ok(claims) => return check(claims, expected, now),
            Err(error) => refusal = error,
        }
    }
    Err(refusal)
}

fn signed_claims(
    token: &str,
    algorithm: Algorithm,
    key: &VerifyingKey,
) -> Result<Map<String, Value>, Refusal> {
    // Claims are checked here, against one reading of the clock; the library checks the signature.
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    match decode::<Map<String, Value>>(token, key.key(), &validation) {
        Ok(token) => Ok(token.claims),
        Err(error) => Err(match error.kind() {
            ErrorKind::InvalidToken | ErrorKind::Base64(_) | ErrorKind::Json(_) | ErrorKind::Utf8(_) => {
                Refusal::Malformed
            }
            _ => Refusal::Signature,
        }),
    }
}

fn check(claims: Map<String, Value>, expected: &Expectations, now: SystemTime) -> Result<Verified, Refusal> {
    let ends = match time(&claims, "exp")? {
        None if expected.must_expire => return Err(Refusal::Claim("exp", "is missing")),
        None => None,
        Some(time) => Some(time.checked_add(expected.leeway).unwrap_or(time)),
    };
    if ends.is_some_and(|end| end <= now) {
        return Err(Refusal::Expired);
    }
    if let Some(begin) = time(&claims, "nbf")?
        && begin > now + expected.leeway
    {
        return Err(Refusal::Claim("nbf", "lies in the future"));
    }
    if let Some(issuer) = &expected.issuer
        && claims.get("iss").and_then(Value::as_str) != Some(issuer)
    {
        return Err(Refusal::Claim("iss", "names another issuer"));
    }
    if !expected.audiences.is_empty() && !names_one_of(claims.get("aud"), &expected.audiences) {
        return Err(Refusal::Claim("aud", "names another audience"));
    }
    let singles = Claims::from_object(&claims);
    Ok(Verified {
        claims,
        singles,
        ends,
    })
}

/// Returns the time that a claim gives in seconds since 1970.
fn time(claims: &Map<String, Value>, name: &'static str) -> Result<Option<SystemTime>, Refusal> {
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    let seconds = value
        .as_f64()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let time = seconds.and_then(|seconds| UNIX_EPOCH.checked_add(seconds));
    time.map(Some).ok_or(Refusal::Claim(name, "is not a time"))
}

fn names_one_of(claim: Option<&Value>, wanted: &[String]) -> bool {
    let is_wanted = |value: &Value| {
        value
            .as_str()
            .is_some_and(|text| wanted.iter().any(|one| one == text))
    };
    match claim {
        Some(Value::Array(values)) => values.iter().any(is_wanted),
        Some(value) => is_wanted(value),
        None => false,
    }
}
