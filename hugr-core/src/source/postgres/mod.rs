//! PostgreSQL databases: asked themselves on connections of their own, and attached to DuckDB through its extension
//! `postgres_scanner` for what needs both.
//!
//! Reading order: this file, [`settings`] (what a path says) with [`path`] and [`password`], [`pool`] with [`hosts`], [`manager`],
//! [`connection`] with [`driver`] and [`tls`], [`features`] (what a server can do), [`read`] (statements),
//! [`bind`] and [`decode`] with [`numeric`] (values), [`error`].

#[cfg(feature = "postgres")]
mod bind;
#[cfg(feature = "postgres")]
mod connection;
#[cfg(feature = "postgres")]
mod decode;
#[cfg(feature = "postgres")]
mod driver;
#[cfg(feature = "postgres")]
mod error;
#[cfg(feature = "postgres")]
mod features;
#[cfg(feature = "postgres")]
mod hosts;
#[cfg(feature = "postgres")]
mod manager;
#[cfg(feature = "postgres")]
mod numeric;
mod password;
mod path;
#[cfg(feature = "postgres")]
mod pool;
#[cfg(feature = "postgres")]
mod read;
mod settings;
#[cfg(feature = "postgres")]
mod tls;

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;

use self::path::SourcePath;
use self::settings::Settings;
use super::{Attachments, Description, NativeDatabase, Opened, Source, description};
use crate::error::{Error, ErrorCode, Result};
use crate::sql::quote;
use crate::sql::write::DatabaseKind;
use crate::store::DataSource;

/// Kind `postgres`: the path is a URL, `postgres://user:password@host:port/database?parameter=value`.
#[derive(Clone, Copy, Debug)]
pub struct PostgresSource;

#[async_trait]
impl Source for PostgresSource {
    fn kind(&self) -> &'static str {
        "postgres"
    }

    fn database_kind(&self) -> DatabaseKind {
        DatabaseKind::AttachedPostgres
    }

    fn with_environment(&self, source: DataSource, variables: &HashMap<String, String>) -> DataSource {
        // A path that is not valid is told when the source is opened.
        let more = SourcePath::parse(&source).ok().and_then(|path| {
            let parameter = password::parameter(&path, variables)?;
            Some(path.url_with(|_| true, &[parameter]))
        });
        match more {
            Some(path) => DataSource { path, ..source },
            None => source,
        }
    }

    async fn open(&self, attachments: &Attachments, source: &DataSource) -> Result<Opened> {
        let settings = Settings::of(source)?;
        let access = if source.read_only { ", READ_ONLY" } else { "" };
        let url = settings.duckdb_url.clone();
        let place = format!("postgres\0{url}\0{access}");
        let statements = move |name: &str| {
            vec![
                "LOAD postgres_scanner".to_owned(),
                format!(
                    "ATTACH DATABASE {} AS {} (TYPE postgres{access})",
                    quote::literal(&url),
                    quote::identifier(name)
                ),
            ]
        };
        let owner = source.clone();
        let attachment = attachments
            .reserve(place, source.name.as_str(), statements, move |error| {
                open_error(error, &owner)
            })
            .await?;
        let native = native(source, settings).await?;
        if native.is_none() {
            attachment.make().await?;
        }
        Ok(Opened { attachment, native })
    }

    async fn describe(
        &self,
        attachments: &Attachments,
        source: &DataSource,
        opened: &Opened,
    ) -> Result<Description> {
        if let Some(native) = &opened.native {
            return description::postgres::ask(native.as_ref()).await;
        }
        let database = opened.attachment.name().to_owned();
        attachments
            .database()
            .run(move |session| description::postgres::describe(session, &database))
            .await
            .map_err(|error| open_error(&error, source))
    }
}

#[cfg(feature = "postgres")]
async fn native(source: &DataSource, settings: Settings) -> Result<Option<Arc<dyn NativeDatabase>>> {
    let pool = pool::PostgresPool::open(&source.name, settings).await?;
    Ok(Some(pool))
}

/// Without the client DuckDB reads everything.
#[cfg(not(feature = "postgres"))]
async fn native(_source: &DataSource, _settings: Settings) -> Result<Option<Arc<dyn NativeDatabase>>> {
    Ok(None)
}

/// The database's own message may quote the URL, so it goes to the log's cause only when it names no part of it.
fn open_error(error: &Error, source: &DataSource) -> Error {
    let reason = error.to_string();
    let shown = if reason.contains("postgres_scanner") {
        "DuckDB's extension `postgres_scanner` is missing; install it into the extension directory".to_owned()
    } else {
        match reason.rsplit_once("failed: ") {
            Some((_, cause)) if !reason_quotes(cause, &source.path) => cause.trim().to_owned(),
            _ => "the database does not answer or refuses".to_owned(),
        }
    };
    let code = match error.code() {
        ErrorCode::Cancelled => ErrorCode::Cancelled,
        _ => ErrorCode::SourceUnavailable,
    };
    Error::new(
        code,
        format!("data source `{}` cannot be opened: {shown}", source.name),
    )
}

/// Returns whether `text` shows the password of `url`.
fn reason_quotes(text: &str, url: &str) -> bool {
    let of_user = url
        .split_once("://")
        .and_then(|(_, rest)| rest.rsplit_once('@'))
        .and_then(|(user, _)| user.split_once(':'))
        .map(|(_, password)| password);
    let of_parameter = url
        .split_once("password=")
        .map(|(_, rest)| rest.split('&').next().unwrap_or_default());
    let shows = |password: &str| !password.is_empty() && text.contains(password);
    text.contains("://") || of_user.is_some_and(shows) || of_parameter.is_some_and(shows)
}
