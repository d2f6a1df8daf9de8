//! Keys and tokens of the tests.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

pub(super) const RSA: &str = include_str!("../../../../testdata/rsa.public.pem");
pub(super) const RSA_PKCS1: &str = include_str!("../../../../testdata/rsa.pkcs1.pem");
pub(super) const RSA_SSH: &str = include_str!("../../../../testdata/rsa.pub");
pub(super) const P256: &str = include_str!("../../../../testdata/p256.public.pem");
pub(super) const P256_SSH: &str = include_str!("../../../../testdata/p256.pub");
pub(super) const P384: &str = include_str!("../../../../testdata/p384.public.pem");
pub(super) const P384_SSH: &str = include_str!("../../../../testdata/p384.pub");
pub(super) const ED25519: &str = include_str!("../../../../testdata/ed25519.public.pem");
pub(super) const ED25519_SSH: &str = include_str!("../../../../testdata/ed25519.pub");
pub(super) const JWKS: &str = include_str!("../../../../testdata/jwks.json");
pub(super) const P256_PRIVATE: &str = include_str!("../../../../testdata/p256.private.pem");
pub(super) const SHARED: &str = "a secret of thirty-two bytes or more";

const RSA_PRIVATE: &str = include_str!("../../../../testdata/rsa.private.pem");
const P384_PRIVATE: &str = include_str!("../../../../testdata/p384.private.pem");
const ED25519_PRIVATE: &str = include_str!("../../../../testdata/ed25519.private.pem");

/// Returns the time in seconds since 1970, moved by `offset`.
pub(super) fn seconds(offset: i64) -> i64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    i64::try_from(now.as_secs()).unwrap_or(i64::MAX) + offset
}

/// Returns claims of a user that end in an hour, with `more`.
pub(super) fn claims(more: &Value) -> Value {
    let mut claims = json!({"sub": "u-1", "name": "Ada", "x-hugr-role": "editor", "exp": seconds(3600)});
    for (name, value) in more.as_object().into_iter().flatten() {
        claims[name] = value.clone();
    }
    claims
}

/// Returns a token with `claims`, signed with the private key of the samples that fits `algorithm`.
pub(super) fn token(algorithm: Algorithm, key_id: Option<&str>, claims: &Value) -> String {
    let mut header = Header::new(algorithm);
    header.kid = key_id.map(str::to_owned);
    let key = match algorithm {
        Algorithm::ES256 => EncodingKey::from_ec_pem(P256_PRIVATE.as_bytes()),
        Algorithm::ES384 => EncodingKey::from_ec_pem(P384_PRIVATE.as_bytes()),
        Algorithm::EdDSA => EncodingKey::from_ed_pem(ED25519_PRIVATE.as_bytes()),
        Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => {
            Ok(EncodingKey::from_secret(SHARED.as_bytes()))
        }
        _ => EncodingKey::from_rsa_pem(RSA_PRIVATE.as_bytes()),
    };
    encode(&header, claims, &key.unwrap()).unwrap()
}
