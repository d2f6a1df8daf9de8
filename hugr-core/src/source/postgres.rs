//! PostgreSQL databases, read through DuckDB's extension `postgres_scanner`.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Attachment, Attachments, Description, Source, description};
use crate::error::{Error, ErrorCode, Result};
use crate::sql::quote;
use crate::sql::write::DatabaseKind;
use crate::store::DataSource;

/// Kind `postgres`: the path is a URL, `postgres://user:password@host:port/database?option=value`.
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

    async fn open(&self, attachments: &Attachments, source: &DataSource) -> Result<Arc<Attachment>> {
        if !source.path.starts_with("postgres://") && !source.path.starts_with("postgresql://") {
            return Err(Error::new(
                ErrorCode::BadRequest,
                format!(
                    "the path of data source `{}` must be postgres://user:password@host:port/database",
                    source.name
                ),
            ));
        }
        let access = if source.read_only { ", READ_ONLY" } else { "" };
        let place = format!("postgres\0{}\0{access}", source.path);
        let url = source.path.clone();
        attachments
            .attach(place, source.name.as_str(), move |name| {
                vec![
                    "LOAD postgres_scanner".to_owned(),
                    format!(
                        "ATTACH DATABASE {} AS {} (TYPE postgres{access})",
                        quote::literal(&url),
                        quote::identifier(name)
                    ),
                ]
            })
            .await
            .map_err(|error| open_error(&error, source))
    }

    async fn describe(
        &self,
        attachments: &Attachments,
        source: &DataSource,
        attachment: &Attachment,
    ) -> Result<Description> {
        let database = attachment.name().to_owned();
        attachments
            .database()
            .run(move |session| description::postgres::describe(session, &database))
            .await
            .map_err(|error| open_error(&error, source))
    }
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
    let password = url
        .split_once("://")
        .and_then(|(_, rest)| rest.rsplit_once('@'))
        .and_then(|(user, _)| user.split_once(':'))
        .map(|(_, password)| password);
    text.contains("://") || password.is_some_and(|password| !password.is_empty() && text.contains(password))
}
