//! Authorities that sign certificates, by the program `openssl`.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::ServiceError;

const NAME: &str = "openssl";

/// An authority of its own.
#[derive(Debug)]
pub struct Authority {
    folder: TempDir,
}

/// A certificate with its key, as text in PEM form.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The certificate.
    pub certificate: String,
    /// Its key.
    pub key: String,
}

impl Authority {
    /// Makes an authority.
    ///
    /// # Errors
    /// When `openssl` is missing or refuses.
    pub fn new() -> Result<Self, ServiceError> {
        let folder = tempfile::tempdir().map_err(|error| failed(&error))?;
        let authority = Self { folder };
        authority.run(&format!(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority \
             -addext basicConstraints=critical,CA:TRUE -keyout {0}.key -out {0}.crt",
            "authority"
        ))?;
        Ok(authority)
    }

    /// Returns the file with the authority's own certificate.
    #[must_use]
    pub fn certificate_file(&self) -> PathBuf {
        self.folder.path().join("authority.crt")
    }

    /// Signs a certificate for `name`, which is that or the address of a server, or that of a user.
    ///
    /// # Errors
    /// When `openssl` refuses.
    pub fn sign(&self, name: &str) -> Result<Certificate, ServiceError> {
        let kind = if name.parse::<IpAddr>().is_ok() {
            "IP"
        } else {
            "DNS"
        };
        self.run(&format!(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN={name} \
             -addext subjectAltName={kind}:{name} -addext basicConstraints=critical,CA:FALSE \
             -CA authority.crt -CAkey authority.key -keyout {name}.key -out {name}.crt"
        ))?;
        let read = |extension: &str| {
            std::fs::read_to_string(self.file(name, extension)).map_err(|error| failed(&error))
        };
        Ok(Certificate {
            certificate: read("crt")?,
            key: read("key")?,
        })
    }

    /// Returns the files with the certificate that was signed for `name`, and its key.
    #[must_use]
    pub fn files_of(&self, name: &str) -> (PathBuf, PathBuf) {
        (self.file(name, "crt"), self.file(name, "key"))
    }

    fn file(&self, name: &str, extension: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.{extension}"))
    }

    fn run(&self, arguments: &str) -> Result<(), ServiceError> {
        let folder: &Path = self.folder.path();
        let status = Command::new("openssl")
            .args(arguments.split_whitespace())
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .map_err(|error| failed(&error))?;
        if status.success() {
            return Ok(());
        }
        Err(failed(&format!("openssl {arguments}: {status}")))
    }
}

fn failed(reason: &impl std::fmt::Display) -> ServiceError {
    ServiceError::Failed {
        service: NAME,
        reason: reason.to_string(),
    }
}
