//! Several keys in the same header.

use async_trait::async_trait;
use http::HeaderName;

use crate::api_key::{ApiKey, rejected};
use crate::authenticator::Authenticator;
use crate::credentials::Credentials;
use crate::error::AuthError;
use crate::identity::Identity;
use crate::secret::SecretDigest;

/// Accepts requests whose header holds one of the keys, as that key would; what is presented is digested once, however many
/// keys there are.
#[derive(Clone, Debug)]
pub struct KeyRing {
    header: HeaderName,
    keys: Vec<ApiKey>,
}

impl KeyRing {
    /// Returns a ring for each header, in the order of the first key that each has; the keys of a header keep their order.
    pub fn by_header(keys: impl IntoIterator<Item = ApiKey>) -> Vec<Self> {
        let mut rings: Vec<Self> = Vec::new();
        for key in keys {
            match rings.iter_mut().find(|ring| ring.header == *key.header()) {
                Some(ring) => ring.keys.push(key),
                None => rings.push(Self {
                    header: key.header().clone(),
                    keys: vec![key],
                }),
            }
        }
        rings
    }
}

#[async_trait]
impl Authenticator for KeyRing {
    fn name(&self) -> &'static str {
        "API keys"
    }

    async fn authenticate(&self, credentials: &Credentials<'_>) -> Result<Option<Identity>, AuthError> {
        let reject = |reason: String| rejected(self.name(), &self.header, reason);
        let presented = credentials
            .only_value(&self.header)
            .map_err(|error| reject(error.to_string()))?;
        let Some(presented) = presented else {
            return Ok(None);
        };
        let digest = SecretDigest::of(presented.as_bytes());
        let key = self.keys.iter().find(|key| *key.digest() == digest);
        match key {
            Some(key) => key.identity(credentials).map(Some),
            None => Err(reject("the key is not the right one".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::RoleName;
    use crate::secret::Secret;
    use crate::testsuite::headers;

    fn key(name: &str, text: &str, role: &str) -> ApiKey {
        ApiKey::new(name, &Secret::new(text), RoleName::new(role)).unwrap()
    }

    #[tokio::test]
    async fn each_key_of_a_header_opens_as_itself() {
        let other = key("c", "third", "c").in_header(HeaderName::from_static("x-other"));
        let rings = KeyRing::by_header([key("a", "first", "a"), other, key("b", "second", "b")]);
        let [keys, others] = rings.as_slice() else {
            panic!("one ring for each header");
        };
        let header = "x-hugr-api-key";
        for (ring, pairs, expected) in [
            (keys, vec![(header, "first")], Some("a")),
            (keys, vec![(header, "second")], Some("b")),
            (keys, vec![("x-other", "first")], None),
            (others, vec![("x-other", "third")], Some("c")),
            (others, vec![(header, "third")], None),
        ] {
            let headers = headers(&pairs);
            let identity = ring
                .authenticate(&Credentials::from_headers(&headers))
                .await
                .unwrap();
            let found = identity
                .as_ref()
                .map(|identity| (identity.role.as_str(), &*identity.provider));
            assert_eq!(found, expected.map(|name| (name, name)), "{pairs:?}");
        }
        for pairs in [
            vec![(header, "third")],
            vec![(header, "first"), (header, "second")],
        ] {
            let headers = headers(&pairs);
            let outcome = keys.authenticate(&Credentials::from_headers(&headers)).await;
            assert!(matches!(outcome, Err(AuthError::Rejected { .. })), "{pairs:?}");
        }
    }
}
