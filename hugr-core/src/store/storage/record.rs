//! The record of an object storage, with the columns of the core database's table.

use std::fmt;
use std::str::FromStr;

use hugr_auth::Secret;
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorCode};
use crate::name::StorageName;

/// Which service an object storage is, or is compatible with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StorageKind {
    /// Amazon S3 and everything that speaks its protocol, such as `MinIO`.
    S3,
    /// Cloudflare R2.
    R2,
    /// Google Cloud Storage, with its keys for interoperability.
    Gcs,
}

impl StorageKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::S3, Self::R2, Self::Gcs];

    /// Returns the name that people give it, which is also DuckDB's and the scheme of its URLs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::R2 => "r2",
            Self::Gcs => "gcs",
        }
    }
}

/// Upper and lower case are the same.
impl FromStr for StorageKind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| {
                let valid = Self::ALL.map(Self::as_str).join(", ");
                Error::new(
                    ErrorCode::BadRequest,
                    format!("unsupported secret type: {text}; valid are {valid}"),
                )
            })
    }
}

/// Where the bucket stands in an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UrlStyle {
    /// `endpoint/bucket`.
    Path,
    /// `bucket.endpoint`.
    Vhost,
}

impl UrlStyle {
    /// Returns its name, which is also DuckDB's.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Vhost => "vhost",
        }
    }
}

/// Upper and lower case are the same.
impl FromStr for UrlStyle {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        [Self::Path, Self::Vhost]
            .into_iter()
            .find(|style| style.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| {
                Error::new(
                    ErrorCode::BadRequest,
                    format!("unknown url_style `{text}`; valid are path, vhost"),
                )
            })
    }
}

/// An object storage: where it is, and the credentials for it. Empty texts are values that were not given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectStorage {
    /// Unique name, whatever the case of its letters.
    pub name: StorageName,
    /// Which service it is.
    #[serde(rename = "type")]
    pub kind: StorageKind,
    /// The URLs that it is for all begin like this: `s3://bucket` or `s3://bucket/folder`.
    pub scope: String,
    /// Access key.
    pub key: String,
    /// Secret key.
    pub secret: Secret,
    /// Region of the service.
    pub region: String,
    /// Host, and port where it is not the usual one.
    pub endpoint: String,
    /// Whether it is reached by TLS.
    pub use_ssl: bool,
    /// Where the bucket stands in an address.
    pub url_style: UrlStyle,
    /// Whether addresses are written for services that understand few characters.
    pub url_compatibility: bool,
    /// Key of AWS KMS for encryption by the server.
    pub kms_key_id: String,
    /// Account at Cloudflare.
    pub account_id: String,
}

/// Shows all but the secret key, in the words of DuckDB's own listing of secrets.
impl fmt::Display for ObjectStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, scope) = (self.kind.as_str(), &self.scope);
        write!(f, "name={};type={kind};provider=config;scope={scope}", self.name)?;
        for (parameter, value) in [
            ("account_id", self.account_id.as_str()),
            ("endpoint", &self.endpoint),
            ("key_id", &self.key),
            ("kms_key_id", &self.kms_key_id),
            ("region", &self.region),
        ] {
            if !value.is_empty() {
                write!(f, ";{parameter}={value}")?;
            }
        }
        if !self.secret.expose().is_empty() {
            f.write_str(";secret=redacted")?;
        }
        if self.url_compatibility {
            f.write_str(";url_compatibility_mode=true")?;
        }
        write!(
            f,
            ";url_style={};use_ssl={}",
            self.url_style.as_str(),
            self.use_ssl
        )
    }
}
