//! Keys that tokens are checked with, in the forms in which operators have them.
//!
//! A key says itself which algorithms it is for. What a token's header asks for only chooses among these, so that a public
//! key is never taken for a shared secret and `none` never for an algorithm.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};

use crate::secret::Secret;

/// The fewest bytes of a shared secret: as many as the shortest hash has.
const FEWEST_SECRET_BYTES: usize = 32;

const ACCEPTED: &str =
    "a PEM public key, a JWK or a set of them, an SSH public key, or one of these in base64";

/// A key, the algorithms it is for and its id, if it has one.
#[derive(Clone)]
pub struct VerifyingKey {
    key: DecodingKey,
    algorithms: Vec<Algorithm>,
    id: Option<String>,
}

/// Shows what kind of key it is, not the key: it may be a shared secret.
impl std::fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VerifyingKey")
            .field("algorithms", &self.algorithms)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl VerifyingKey {
    /// Returns the key that is a secret shared with the issuer: for HS256, HS384 and HS512.
    ///
    /// # Errors
    /// When it is short enough to be guessed.
    pub fn shared(secret: &Secret) -> Result<Self, String> {
        let bytes = secret.expose().as_bytes();
        if bytes.len() < FEWEST_SECRET_BYTES {
            return Err(format!("the secret has fewer than {FEWEST_SECRET_BYTES} bytes"));
        }
        Ok(Self {
            key: DecodingKey::from_secret(bytes),
            algorithms: AlgorithmFamily::Hmac.algorithms().to_vec(),
            id: None,
        })
    }

    /// Returns the key of a JWK; `None` when it is not for signatures or of a kind that is not supported.
    #[must_use]
    pub fn of_jwk(jwk: &Jwk) -> Option<Self> {
        let common = &jwk.common;
        if matches!(common.public_key_use, Some(PublicKeyUse::Encryption)) {
            return None;
        }
        let family: &[Algorithm] = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => AlgorithmFamily::Rsa.algorithms(),
            AlgorithmParameters::EllipticCurve(curve) => match curve.curve {
                EllipticCurve::P256 => &[Algorithm::ES256],
                EllipticCurve::P384 => &[Algorithm::ES384],
                _ => return None,
            },
            AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
                AlgorithmFamily::Ed.algorithms()
            }
            _ => return None,
        };
        let algorithms = match &common.key_algorithm {
            None => family.to_vec(),
            Some(named) => {
                let named = named.to_string().parse().ok()?;
                family.contains(&named).then(|| vec![named])?
            }
        };
        Some(Self {
            key: DecodingKey::from_jwk(jwk).ok()?,
            algorithms,
            id: common.key_id.clone(),
        })
    }

    /// Returns the keys of `set` that can be used.
    #[must_use]
    pub fn of_set(set: &JwkSet) -> Vec<Self> {
        set.keys.iter().filter_map(Self::of_jwk).collect()
    }

    /// Returns the keys that `text` holds: PEM (PKIX or PKCS#1), JWK or JWK set, SSH public key, or base64 of one of these.
    ///
    /// # Errors
    /// When it is none of them, or holds a private key.
    pub fn read(text: &str) -> Result<Vec<Self>, String> {
        let text = text.trim();
        if let Some(keys) = read_plain(text)? {
            return Ok(keys);
        }
        let packed: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
        if let Ok(bytes) = STANDARD
            .decode(&packed)
            .or_else(|_| URL_SAFE_NO_PAD.decode(&packed))
        {
            let inner = std::str::from_utf8(&bytes).ok().map(str::trim);
            if let Some(keys) = inner.map(read_plain).transpose()?.flatten() {
                return Ok(keys);
            }
        }
        Err(format!("the key is not {ACCEPTED}"))
    }

    /// Returns the key itself.
    #[must_use]
    pub fn key(&self) -> &DecodingKey {
        &self.key
    }

    /// Returns the algorithms that the key is for.
    #[must_use]
    pub fn algorithms(&self) -> &[Algorithm] {
        &self.algorithms
    }

    /// Returns whether the key may have signed a token with this header.
    #[must_use]
    pub fn fits(&self, algorithm: Algorithm, id: Option<&str>) -> bool {
        let is_named = match (&self.id, id) {
            (Some(own), Some(id)) => own == id,
            _ => true,
        };
        is_named && self.algorithms.contains(&algorithm)
    }

    /// Returns whether the key has this id.
    #[must_use]
    pub fn has_id(&self, id: &str) -> bool {
        self.id.as_deref() == Some(id)
    }
}

/// Reads a form that is not packed in base64; `None` when it is none of them.
fn read_plain(text: &str) -> Result<Option<Vec<VerifyingKey>>, String> {
    if text.contains("-----BEGIN") {
        return read_pem(text).map(|key| Some(vec![key]));
    }
    if text.starts_with('{') {
        return read_jwk(text).map(Some);
    }
    if let Some(key) = text.split_whitespace().next().filter(|kind| is_ssh(kind)) {
        return read_ssh(key, text).map(|key| Some(vec![key]));
    }
    Ok(None)
}

fn read_pem(text: &str) -> Result<VerifyingKey, String> {
    if text.contains("PRIVATE KEY") {
        return Err("the key is a private key; give the public one".to_owned());
    }
    let bytes = text.as_bytes();
    let candidates = [
        (DecodingKey::from_rsa_pem(bytes), AlgorithmFamily::Rsa),
        (DecodingKey::from_ec_pem(bytes), AlgorithmFamily::Ec),
        (DecodingKey::from_ed_pem(bytes), AlgorithmFamily::Ed),
    ];
    for (key, family) in candidates {
        if let Ok(key) = key {
            return Ok(VerifyingKey {
                key,
                algorithms: family.algorithms().to_vec(),
                id: None,
            });
        }
    }
    Err("the PEM text holds no RSA, ECDSA (P-256, P-384) or Ed25519 public key".to_owned())
}

fn read_jwk(text: &str) -> Result<Vec<VerifyingKey>, String> {
    let unusable = |error: serde_json::Error| format!("the key is not a JWK: {error}");
    let value: serde_json::Value = serde_json::from_str(text).map_err(unusable)?;
    let set = if value.get("keys").is_some() {
        serde_json::from_value(value).map_err(unusable)?
    } else {
        if value.get("d").is_some() {
            return Err("the key is a private key; give the public one".to_owned());
        }
        JwkSet {
            keys: vec![serde_json::from_value(value).map_err(unusable)?],
        }
    };
    let keys = VerifyingKey::of_set(&set);
    if keys.is_empty() {
        return Err("the JWK is not an RSA, ECDSA (P-256, P-384) or Ed25519 key for signatures".to_owned());
    }
    Ok(keys)
}

fn is_ssh(kind: &str) -> bool {
    kind.starts_with("ssh-") || kind.starts_with("ecdsa-sha2-")
}

/// Reads an SSH public key: `kind base64 comment`, where the base64 holds fields with their lengths before them (RFC 4253).
fn read_ssh(kind: &str, text: &str) -> Result<VerifyingKey, String> {
    let broken = || "the SSH key is cut off or damaged".to_owned();
    let packed = text.split_whitespace().nth(1).ok_or_else(broken)?;
    let bytes = STANDARD.decode(packed).map_err(|_| broken())?;
    let fields = ssh_fields(&bytes).ok_or_else(broken)?;
    let (key, algorithms): (_, &[Algorithm]) = match (kind, fields.as_slice()) {
        ("ssh-rsa", [_, exponent, modulus]) => (
            DecodingKey::from_rsa_raw_components(unsigned(modulus), unsigned(exponent)),
            AlgorithmFamily::Rsa.algorithms(),
        ),
        ("ecdsa-sha2-nistp256", [_, _, point]) => {
            (ec_key(point, 32).ok_or_else(broken)?, &[Algorithm::ES256])
        }
        ("ecdsa-sha2-nistp384", [_, _, point]) => {
            (ec_key(point, 48).ok_or_else(broken)?, &[Algorithm::ES384])
        }
        ("ssh-ed25519", [_, point]) => (
            DecodingKey::from_ed_components(&URL_SAFE_NO_PAD.encode(point)).map_err(|_| broken())?,
            AlgorithmFamily::Ed.algorithms(),
        ),
        _ => {
            return Err(format!(
                "SSH keys of kind `{kind}` are not supported; use ssh-rsa, ssh-ed25519, ecdsa-sha2-nistp256 or \
                 ecdsa-sha2-nistp384"
            ));
        }
    };
    Ok(VerifyingKey {
        key,
        algorithms: algorithms.to_vec(),
        id: None,
    })
}

fn ssh_fields(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (field, rest) = rest.split_at_checked(length)?;
        fields.push(field);
        bytes = rest;
    }
    Some(fields)
}

/// Returns a positive number without the zero byte that marks it as positive.
fn unsigned(number: &[u8]) -> &[u8] {
    number.strip_prefix(&[0]).unwrap_or(number)
}

/// Returns the key of an uncompressed point: the byte 4, then both coordinates.
fn ec_key(point: &[u8], coordinate_bytes: usize) -> Option<DecodingKey> {
    let (x, y) = point.strip_prefix(&[4])?.split_at_checked(coordinate_bytes)?;
    if y.len() != coordinate_bytes {
        return None;
    }
    DecodingKey::from_ec_components(&URL_SAFE_NO_PAD.encode(x), &URL_SAFE_NO_PAD.encode(y)).ok()
}
