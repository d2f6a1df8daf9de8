//! What people write of an object storage, and what it means.

use hugr_auth::Secret;

use super::record::{ObjectStorage, StorageKind};
use crate::error::{Error, ErrorCode, Result};
use crate::name::StorageName;

/// An object storage in the words of those who register it; [`ObjectStorage::try_from`] checks it.
///
/// Empty texts are values that are not given.
#[derive(Clone, Debug)]
pub struct StorageDefinition {
    /// Name: a letter or `_`, then letters, digits, `_` and `-`.
    pub name: String,
    /// `s3`, `r2` or `gcs`, in upper or lower case.
    pub kind: String,
    /// Bucket, or a folder of it, with or without a scheme.
    pub scope: String,
    /// Access key.
    pub key: String,
    /// Secret key.
    pub secret: Secret,
    /// Region of the service.
    pub region: String,
    /// Host and port; a scheme in front says whether TLS is used, whatever `use_ssl` says.
    pub endpoint: String,
    /// Whether it is reached by TLS.
    pub use_ssl: bool,
    /// `path` or `vhost`.
    pub url_style: String,
    /// Whether addresses are written for services that understand few characters.
    pub url_compatibility: bool,
    /// Key of AWS KMS for encryption by the server.
    pub kms_key_id: String,
    /// Account at Cloudflare; for `r2` only.
    pub account_id: String,
}

impl TryFrom<StorageDefinition> for ObjectStorage {
    type Error = Error;

    /// # Errors
    /// `BAD_REQUEST` naming the value that cannot be used and, where there are few, the valid ones.
    fn try_from(definition: StorageDefinition) -> Result<Self> {
        let kind: StorageKind = definition.kind.trim().parse()?;
        require_name(&definition.name)?;
        for (name, value) in [
            ("scope", &definition.scope),
            ("endpoint", &definition.endpoint),
            ("region", &definition.region),
            ("key", &definition.key),
            ("kms_key_id", &definition.kms_key_id),
            ("account_id", &definition.account_id),
        ] {
            if value.contains(char::is_control) {
                return Err(invalid(format!("`{name}` must not hold control characters")));
            }
        }
        if !definition.account_id.is_empty() && kind != StorageKind::R2 {
            let message = format!("`account_id` is for storages of type r2, not {}", kind.as_str());
            return Err(invalid(message));
        }
        let (endpoint, use_ssl) = endpoint(&definition.endpoint, definition.use_ssl)?;
        Ok(Self {
            name: StorageName::from(definition.name),
            kind,
            scope: scope(&definition.scope, kind)?,
            key: definition.key,
            secret: definition.secret,
            region: definition.region.trim().to_owned(),
            endpoint,
            use_ssl,
            url_style: definition.url_style.trim().parse()?,
            url_compatibility: definition.url_compatibility,
            kms_key_id: definition.kms_key_id,
            account_id: definition.account_id,
        })
    }
}

fn require_name(name: &str) -> Result<()> {
    let mut letters = name.chars();
    let is_first_valid = letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    if is_first_valid && letters.all(|letter| letter.is_ascii_alphanumeric() || "_-".contains(letter)) {
        return Ok(());
    }
    Err(invalid(format!(
        "`{name}` is no name for an object storage: it begins with a letter or _ and goes on with letters, digits, _ and -"
    )))
}

/// Returns the host with its port, and whether TLS is used.
fn endpoint(written: &str, use_ssl: bool) -> Result<(String, bool)> {
    let (host, use_ssl) = match written.trim().split_once("://") {
        None => (written.trim(), use_ssl),
        Some((scheme, host)) if scheme.eq_ignore_ascii_case("https") => (host, true),
        Some((scheme, host)) if scheme.eq_ignore_ascii_case("http") => (host, false),
        Some((scheme, _)) => {
            return Err(invalid(format!(
                "`endpoint` cannot begin with {scheme}://; give a host, or a URL with http:// or https://"
            )));
        }
    };
    if host.contains('@') {
        return Err(invalid(
            "`endpoint` must not hold credentials; give them as `key` and `secret`",
        ));
    }
    Ok((host.trim_end_matches('/').to_owned(), use_ssl))
}

/// Returns the scope with its scheme.
fn scope(written: &str, kind: StorageKind) -> Result<String> {
    let written = written.trim();
    let (scheme, rest) = written.split_once("://").unwrap_or((kind.as_str(), written));
    let valid: &[&str] = match kind {
        StorageKind::S3 => &["s3", "s3a", "s3n"],
        StorageKind::R2 => &["r2"],
        StorageKind::Gcs => &["gcs", "gs"],
    };
    if !valid.contains(&scheme) {
        return Err(invalid(format!(
            "`scope` of a storage of type {} cannot begin with {scheme}://; valid are {}",
            kind.as_str(),
            valid.join("://, ") + "://"
        )));
    }
    if rest.is_empty() {
        return Err(invalid("`scope` must name a bucket or a folder of one"));
    }
    Ok(format!("{scheme}://{rest}"))
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorCode::BadRequest, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed() -> StorageDefinition {
        StorageDefinition {
            name: "minio-storage".to_owned(),
            kind: "s3".to_owned(),
            scope: "my-bucket".to_owned(),
            key: "minioadmin".to_owned(),
            secret: Secret::new("geheim"),
            region: "us-east-1".to_owned(),
            endpoint: "http://minio:9000".to_owned(),
            use_ssl: false,
            url_style: "path".to_owned(),
            url_compatibility: false,
            kms_key_id: String::new(),
            account_id: String::new(),
        }
    }

    fn refusal(definition: StorageDefinition) -> String {
        ObjectStorage::try_from(definition).unwrap_err().to_string()
    }

    #[test]
    fn endpoint_and_scope_become_what_duckdb_wants() {
        let storage = ObjectStorage::try_from(seed()).unwrap();
        assert_eq!(storage.endpoint, "minio:9000");
        assert_eq!(storage.scope, "s3://my-bucket");
        assert_eq!(
            storage.to_string(),
            "name=minio-storage;type=s3;provider=config;scope=s3://my-bucket;endpoint=minio:9000;\
             key_id=minioadmin;region=us-east-1;secret=redacted;url_style=path;use_ssl=false"
        );
        assert!(!format!("{storage:?}").contains("geheim"));
    }

    #[test]
    fn the_scheme_of_an_endpoint_says_whether_tls_is_used() {
        for (written, use_ssl, host, expected) in [
            ("https://s3.example/", false, "s3.example", true),
            ("HTTP://s3.example:81", true, "s3.example:81", false),
            ("s3.example", true, "s3.example", true),
            ("", false, "", false),
        ] {
            assert_eq!(endpoint(written, use_ssl).unwrap(), (host.to_owned(), expected));
        }
        assert!(endpoint("ftp://h", true).is_err());
        assert!(endpoint("http://user:pw@h", true).is_err());
    }

    #[test]
    fn scopes_keep_a_scheme_that_fits() {
        assert_eq!(scope("s3://b/x", StorageKind::S3).unwrap(), "s3://b/x");
        assert_eq!(scope("gs://b", StorageKind::Gcs).unwrap(), "gs://b");
        assert_eq!(scope("b", StorageKind::R2).unwrap(), "r2://b");
        assert!(scope("gs://b", StorageKind::S3).is_err());
        assert!(scope(" ", StorageKind::S3).is_err());
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let kind = StorageDefinition {
            kind: "azure".to_owned(),
            ..seed()
        };
        assert_eq!(
            refusal(kind),
            "unsupported secret type: azure; valid are s3, r2, gcs"
        );
        let style = StorageDefinition {
            url_style: "both".to_owned(),
            ..seed()
        };
        assert_eq!(refusal(style), "unknown url_style `both`; valid are path, vhost");
        let account = StorageDefinition {
            account_id: "a".to_owned(),
            ..seed()
        };
        assert!(refusal(account).contains("for storages of type r2"));
        for name in ["", "9lives", "a b", "a\"b", "é"] {
            let named = StorageDefinition {
                name: name.to_owned(),
                ..seed()
            };
            assert!(refusal(named).contains("is no name"), "{name}");
        }
    }

    #[test]
    fn kinds_are_known_in_any_case() {
        for written in ["S3", "s3", "R2", "Gcs"] {
            assert!(written.parse::<StorageKind>().is_ok(), "{written}");
        }
    }
}
