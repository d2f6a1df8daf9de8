//! MySQL and MariaDB databases, read through DuckDB's extension `mysql_scanner`.

use async_trait::async_trait;

use super::{Attachments, Description, Opened, Source, description};
use crate::error::{Error, ErrorCode, Result};
use crate::sql::quote;
use crate::store::DataSource;

/// DuckDB's extension for these databases.
const EXTENSION: &str = "mysql_scanner";

/// Kind `mysql`: the path is a URL, `mysql://user:password@host:port/database`.
#[derive(Clone, Copy, Debug)]
pub struct MySqlSource;

/// What the URL says.
#[derive(Debug, PartialEq, Eq)]
struct Address {
    host: String,
    port: u16,
    user: String,
    password: String,
    database: String,
}

#[async_trait]
impl Source for MySqlSource {
    fn kind(&self) -> &'static str {
        "mysql"
    }

    async fn open(&self, attachments: &Attachments, source: &DataSource) -> Result<Opened> {
        let address = address(source)?;
        let access = if source.read_only { ", READ_ONLY" } else { "" };
        let place = format!("mysql\0{}\0{access}", source.path);
        let statements = move |name: &str| {
            // The secret keeps the password out of DuckDB's list of databases.
            let secret = quote::identifier(&format!("mysql_{name}"));
            vec![
                format!("LOAD {EXTENSION}"),
                format!(
                    "CREATE OR REPLACE TEMPORARY SECRET {secret} (TYPE mysql, HOST {}, PORT {}, USER {}, \
                         PASSWORD {}, DATABASE {})",
                    quote::literal(&address.host),
                    address.port,
                    quote::literal(&address.user),
                    quote::literal(&address.password),
                    quote::literal(&address.database),
                ),
                format!(
                    "ATTACH DATABASE '' AS {} (TYPE mysql, SECRET {secret}{access})",
                    quote::identifier(name)
                ),
            ]
        };
        let owner = source.clone();
        attachments
            .attach(place, source.name.as_str(), statements, move |error| {
                unavailable(error, &owner)
            })
            .await
            .map(Opened::from)
    }

    async fn describe(
        &self,
        attachments: &Attachments,
        source: &DataSource,
        opened: &Opened,
    ) -> Result<Description> {
        let schema = address(source)?.database;
        let database = opened.attachment.name().to_owned();
        attachments
            .database()
            .run(move |session| description::mysql::describe(session, &database, &schema))
            .await
            .map_err(|error| unavailable(&error, source))
    }
}

/// Reads the path of `source`.
fn address(source: &DataSource) -> Result<Address> {
    parse(&source.path).ok_or_else(|| {
        Error::new(
            ErrorCode::BadRequest,
            format!(
                "the path of data source `{}` must be mysql://user:password@host:port/database",
                source.name
            ),
        )
    })
}

fn parse(path: &str) -> Option<Address> {
    let uri: http::Uri = path.parse().ok()?;
    if uri.scheme_str() != Some("mysql") {
        return None;
    }
    let (credentials, _) = uri.authority()?.as_str().rsplit_once('@').unwrap_or_default();
    let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
    let database = decoded(uri.path().trim_start_matches('/'))?;
    (!database.is_empty()).then_some(Address {
        host: uri.host()?.to_owned(),
        port: uri.port_u16().unwrap_or(3306),
        user: decoded(user)?,
        password: decoded(password)?,
        database,
    })
}

/// Replaces `%41` and its like; `None` when what follows a percent sign is no number, or the whole no text.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = rest.get(2..)?;
    }
    String::from_utf8(bytes).ok()
}

/// The database's own message may quote the password, so it goes to the log only.
fn unavailable(error: &Error, source: &DataSource) -> Error {
    let (code, shown) = if error.code() == ErrorCode::Cancelled {
        (ErrorCode::Cancelled, "cancelled")
    } else if error.to_string().contains(EXTENSION) {
        let missing =
            "DuckDB's extension `mysql_scanner` is missing; install it into the extension directory";
        (ErrorCode::Unsupported, missing)
    } else {
        (
            ErrorCode::SourceUnavailable,
            "the database does not answer or refuses",
        )
    };
    tracing::debug!(source = %source.name, "cannot read from MySQL");
    Error::new(
        code,
        format!("data source `{}` cannot be opened: {shown}", source.name),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        assert_eq!(
            parse("mysql://me:p%40ss@db:3307/shop?x=1"),
            Some(Address {
                host: "db".to_owned(),
                port: 3307,
                user: "me".to_owned(),
                password: "p@ss".to_owned(),
                database: "shop".to_owned(),
            })
        );
        assert_eq!(parse("mysql://db/shop").map(|address| address.port), Some(3306));
        for path in [
            "mysql://db",
            "postgres://db/shop",
            "mysql://a:%zz@db/shop",
            "shop",
        ] {
            assert_eq!(parse(path), None, "{path}");
        }
    }
}
