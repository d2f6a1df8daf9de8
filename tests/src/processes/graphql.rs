//! Requests to a program.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Outcome, PATIENCE};
use crate::services::authority::Authority;

/// Sends requests to one program.
#[derive(Clone, Debug)]
pub struct Client {
    url: String,
    http: reqwest::Client,
}

impl Client {
    /// Returns a client of the program at `url`.
    #[must_use]
    pub fn new(url: String) -> Self {
        Self {
            url,
            http: reqwest::Client::new(),
        }
    }

    /// Returns a client of the program at `url` that takes certificates of `authority` alone, and speaks the version of HTTP
    /// that the program prefers.
    ///
    /// # Errors
    /// When the authority's certificate cannot be read.
    pub fn trusting(url: String, authority: &Authority) -> Outcome<Self> {
        let pem = std::fs::read(authority.certificate_file())?;
        let http = reqwest::Client::builder()
            .tls_built_in_root_certs(false)
            .add_root_certificate(reqwest::Certificate::from_pem(&pem)?)
            .build()?;
        Ok(Self { url, http })
    }

    /// Sends a GraphQL request and returns the whole answer, errors included.
    ///
    /// # Errors
    /// When the program does not answer, or not with JSON.
    pub async fn answer(&self, query: &str, variables: Value) -> Outcome<Value> {
        let request = self
            .http
            .post(format!("{}/query", self.url))
            .timeout(PATIENCE)
            .json(&json!({ "query": query, "variables": variables }));
        Ok(request.send().await?.json().await?)
    }

    /// Sends a query with one more header and returns the status and the answer.
    ///
    /// # Errors
    /// When the program does not answer.
    pub async fn answer_to(&self, query: &str, header: (&str, &str)) -> Outcome<(u16, String)> {
        let request = self
            .http
            .post(format!("{}/query", self.url))
            .timeout(PATIENCE)
            .header(header.0, header.1)
            .json(&json!({ "query": query }));
        let response = request.send().await?;
        Ok((response.status().as_u16(), response.text().await?))
    }

    /// Sends a GraphQL request and returns the part of its data at `pointer` (RFC 6901).
    ///
    /// # Errors
    /// When the answer has errors or nothing at that place.
    pub async fn data_of(&self, query: &str, variables: Value, pointer: &str) -> Outcome<Value> {
        let answer = self.answer(query, variables).await?;
        if answer.get("errors").is_some() {
            return Err(format!("{query}\nis refused: {answer}").into());
        }
        let found = answer.pointer(&format!("/data{pointer}")).cloned();
        found.ok_or_else(|| format!("{query}\nhas no {pointer}: {answer}").into())
    }

    /// Sends a query without variables and returns the part of its data at `pointer`.
    ///
    /// # Errors
    /// As [`Client::data_of`].
    pub async fn data(&self, query: &str, pointer: &str) -> Outcome<Value> {
        self.data_of(query, json!({}), pointer).await
    }

    /// Sends a GraphQL request and returns the first error of its answer.
    ///
    /// # Errors
    /// When the answer has none.
    pub async fn refusal(&self, query: &str) -> Outcome<Value> {
        let answer = self.answer(query, json!({})).await?;
        let found = answer.pointer("/errors/0").cloned();
        found.ok_or_else(|| format!("{query}\nis not refused: {answer}").into())
    }

    /// Returns the status and the text of a page.
    ///
    /// # Errors
    /// When the program does not answer.
    pub async fn page(&self, path: &str) -> Outcome<(u16, String)> {
        let request = self
            .http
            .get(format!("{}{path}", self.url))
            .timeout(Duration::from_secs(5));
        let response = request.send().await?;
        Ok((response.status().as_u16(), response.text().await?))
    }

    /// Checks the status of a page.
    ///
    /// # Errors
    /// When the program does not answer, or with another status.
    pub async fn expect_status(&self, path: &str, expected: u16) -> Outcome {
        let (status, text) = self.page(path).await?;
        if status == expected {
            return Ok(());
        }
        Err(format!("{path} answers {status}, not {expected}: {text}").into())
    }
}
