//! The keys under which credentials lie in a core database: secret keys of object storages, and paths that hold a password.
//!
//! A sealed value says so itself (`sealed:v1:<which key>:<content>`), so that rows from before, or written by hand, stay
//! readable, and each row can be under another key. What does not open stays sealed in the state: it is told by
//! [`require_opened`] where the value would be used, and the rest serves.

mod place;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hugr_auth::seal::derived_bytes;
use hugr_auth::{SealingKey, Secret};

use self::place::{Place, credentials};
use super::state::CoreState;
use crate::error::{Error, ErrorCode, Result};

const PREFIX: &str = "sealed:v1:";
const SEAL_PURPOSE: &[u8] = b"hugr/core-store/v1/seal";
const NAME_PURPOSE: &[u8] = b"hugr/core-store/v1/key-name";
/// Enough to tell the keys of one store from each other.
const NAME_BYTES: usize = 6;

/// The keys that seal and open what is secret in a core database. Without one, credentials are stored as they are given.
///
/// ```
/// use hugr_auth::Secret;
/// use hugr_core::store::StoreKeys;
///
/// # fn example() -> hugr_core::Result<()> {
/// let keys = StoreKeys::new(&Secret::new("the new one"))?.with_former(&Secret::new("the one until now"))?;
/// # Ok(())
/// # }
/// # example().unwrap();
/// ```
#[derive(Clone, Debug, Default)]
pub struct StoreKeys {
    present: Option<StoreKey>,
    former: Vec<StoreKey>,
}

impl StoreKeys {
    /// Returns the key that follows from `secret`, which seals what is written and opens what it has sealed.
    ///
    /// # Errors
    /// `BAD_REQUEST` when the secret is empty.
    pub fn new(secret: &Secret) -> Result<Self> {
        Ok(Self {
            present: Some(StoreKey::derive(secret)?),
            former: Vec::new(),
        })
    }

    /// Opens also what was sealed with `secret`. The next commit seals it with the present key.
    ///
    /// # Errors
    /// `BAD_REQUEST` when the secret is empty.
    pub fn with_former(mut self, secret: &Secret) -> Result<Self> {
        self.former.push(StoreKey::derive(secret)?);
        Ok(self)
    }

    /// Returns `stored`, the content of a database, with all open that these keys open.
    pub(super) fn opened(&self, mut stored: CoreState) -> CoreState {
        for (place, text) in credentials(&mut stored) {
            if let Some(opened) = self.open(&place, text) {
                *text = opened;
            }
        }
        stored
    }

    /// Returns `state` as it is to be stored where `stored` is now: what stays the same and is sealed with the present key
    /// stays as it lies there.
    ///
    /// # Errors
    /// `INTERNAL` when the cipher refuses, which does not happen.
    pub(super) fn sealed(&self, stored: &CoreState, state: &CoreState) -> Result<CoreState> {
        let mut sealed = state.clone();
        let Some(present) = &self.present else {
            return Ok(sealed);
        };
        for (place, text) in credentials(&mut sealed) {
            if is_sealed(text) || !place.is_secret(text) {
                continue;
            }
            let lies_there = place
                .find(stored)
                .filter(|there| present.has_sealed(there) && self.open(&place, there).as_ref() == Some(text));
            *text = match lies_there {
                Some(there) => there.to_owned(),
                None => present.seal(&place, text)?,
            };
        }
        Ok(sealed)
    }

    /// Returns whether something in `stored` could be sealed with the present key, and is not.
    pub(super) fn would_seal(&self, stored: &CoreState) -> bool {
        let Some(present) = &self.present else {
            return false;
        };
        credentials(&mut stored.clone())
            .into_iter()
            .any(|(place, text)| match is_sealed(text) {
                true => !present.has_sealed(text) && self.open(&place, text).is_some(),
                false => place.is_secret(text),
            })
    }

    fn open(&self, place: &Place, text: &str) -> Option<String> {
        let (name, content) = text.strip_prefix(PREFIX)?.split_once(':')?;
        let content = STANDARD_NO_PAD.decode(content).ok()?;
        let key = self
            .present
            .iter()
            .chain(&self.former)
            .find(|key| key.name == name)?;
        let opened = key.sealing.open(&content, &place.context()).ok()?;
        String::from_utf8(opened).ok()
    }
}

/// Returns whether `text` is a sealed value.
pub(super) fn is_sealed(text: &str) -> bool {
    text.starts_with(PREFIX)
}

/// Checks that the store could open `text`, which belongs to `owner`.
///
/// # Errors
/// `SOURCE_UNAVAILABLE` naming the owner and what to do.
pub(crate) fn require_opened(owner: impl fmt::Display, text: &str) -> Result<()> {
    if !is_sealed(text) {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::SourceUnavailable,
        format!(
            "{owner}: its credentials are sealed with another key; set CORE_DB_KEY (by default CLUSTER_SECRET) to the one \
             with which they were stored, or CORE_DB_FORMER_KEY beside a new one, or store them again"
        ),
    ))
}

#[derive(Clone)]
struct StoreKey {
    /// Follows from the secret, and tells nothing about it.
    name: String,
    sealing: SealingKey,
}

impl StoreKey {
    fn derive(secret: &Secret) -> Result<Self> {
        if secret.expose().is_empty() {
            let message = "the key of the core store (CORE_DB_KEY) must not be empty";
            return Err(Error::new(ErrorCode::BadRequest, message));
        }
        let name = derived_bytes(secret, NAME_PURPOSE);
        Ok(Self {
            name: STANDARD_NO_PAD.encode(name.get(..NAME_BYTES).unwrap_or(&name)),
            sealing: SealingKey::derive(secret, SEAL_PURPOSE),
        })
    }

    fn has_sealed(&self, text: &str) -> bool {
        let name = text.strip_prefix(PREFIX).and_then(|rest| rest.split_once(':'));
        name.is_some_and(|(name, _)| name == self.name)
    }

    fn seal(&self, place: &Place, text: &str) -> Result<String> {
        let sealed = self
            .sealing
            .seal(text.as_bytes(), &place.context())
            .map_err(|error| Error::internal(format!("{place}: {error}")))?;
        Ok(format!(
            "{PREFIX}{}:{}",
            self.name,
            STANDARD_NO_PAD.encode(sealed)
        ))
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl CoreState {
    /// Returns an error when a credential in it is sealed with a key that its store does not have.
    ///
    /// # Errors
    /// `SOURCE_UNAVAILABLE` naming the first one.
    pub fn require_opened(&self) -> Result<()> {
        credentials(&mut self.clone())
            .into_iter()
            .try_for_each(|(place, text)| require_opened(place, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::StorageName;
    use crate::store::{Change, DataSource, ObjectStorage, StorageKind, UrlStyle};

    fn keys(secret: &str) -> StoreKeys {
        StoreKeys::new(&Secret::new(secret)).unwrap()
    }

    fn storage(name: &str) -> ObjectStorage {
        ObjectStorage {
            name: name.into(),
            kind: StorageKind::S3,
            scope: "s3://bucket".to_owned(),
            key: "key".to_owned(),
            secret: Secret::new("geheim"),
            region: String::new(),
            endpoint: "minio:9000".to_owned(),
            use_ssl: false,
            url_style: UrlStyle::Path,
            url_compatibility: false,
            kms_key_id: String::new(),
            account_id: String::new(),
        }
    }

    /// One storage, a path with a password and one without.
    fn state() -> CoreState {
        let changes = [
            Change::RegisterStorage(storage("minio")),
            Change::InsertDataSource(DataSource::new("pg", "postgres", "postgres://u:geheim@h/db")),
            Change::InsertDataSource(DataSource::new("file", "duckdb", "shop.duckdb")),
        ];
        CoreState::initial().apply(&changes).unwrap()
    }

    #[test]
    fn credentials_are_sealed_and_opened() {
        let stored = keys("a").sealed(&CoreState::initial(), &state()).unwrap();
        let text = serde_json::to_string(&stored).unwrap();
        assert!(!text.contains("geheim") && text.contains("shop.duckdb"), "{text}");
        assert_eq!(keys("a").opened(stored), state());
    }

    #[test]
    fn without_a_key_all_is_stored_as_it_is() {
        let stored = StoreKeys::default()
            .sealed(&CoreState::initial(), &state())
            .unwrap();
        assert_eq!(stored, state());
        assert!(!StoreKeys::default().would_seal(&stored));
        assert!(keys("a").would_seal(&stored));
        assert_eq!(keys("a").opened(stored), state());
    }

    #[test]
    fn what_stays_the_same_is_not_sealed_again() {
        let stored = keys("a").sealed(&CoreState::initial(), &state()).unwrap();
        assert_eq!(keys("a").sealed(&stored, &state()).unwrap(), stored);
        assert!(!keys("a").would_seal(&stored));
    }

    #[test]
    fn another_key_opens_nothing_and_says_whose_credentials_they_are() {
        let stored = keys("a").sealed(&CoreState::initial(), &state()).unwrap();
        for others in [keys("b"), StoreKeys::default()] {
            let unopened = others.opened(stored.clone());
            assert_eq!(unopened, stored);
            assert_eq!(others.sealed(&stored, &unopened).unwrap(), stored);
            assert!(!others.would_seal(&stored));
            let refusal = unopened.require_opened().unwrap_err().to_string();
            assert!(
                refusal.contains("`pg`") && refusal.contains("CORE_DB_KEY"),
                "{refusal}"
            );
        }
    }

    #[test]
    fn a_former_key_opens_what_the_present_one_seals_anew() {
        let stored = keys("a").sealed(&CoreState::initial(), &state()).unwrap();
        let both = keys("b").with_former(&Secret::new("a")).unwrap();
        assert!(both.would_seal(&stored));
        let anew = both.sealed(&stored, &both.opened(stored.clone())).unwrap();
        assert_eq!(keys("b").opened(anew.clone()), state());
        assert!(!both.would_seal(&anew));
    }

    #[test]
    fn what_was_sealed_for_one_place_does_not_open_in_another() {
        let mut stored = keys("a").sealed(&CoreState::initial(), &state()).unwrap();
        let sealed = stored.storages[&StorageName::from("minio")].secret.clone();
        let moved = ObjectStorage {
            secret: sealed,
            ..storage("other")
        };
        stored.storages.insert("other".into(), moved);
        let opened = keys("a").opened(stored);
        assert!(is_sealed(
            opened.storages[&StorageName::from("other")].secret.expose()
        ));
    }
}
