//! A browser that follows links, fills in the provider's forms and keeps cookies; no more than the tests need.

use std::collections::BTreeMap;

use reqwest::redirect::Policy;
use reqwest::{Response, Url};

use crate::Outcome;

/// A browser with its cookies, by host and name.
#[derive(Debug)]
pub(crate) struct Browser {
    http: reqwest::Client,
    cookies: BTreeMap<(String, String), String>,
}

impl Browser {
    pub(crate) fn new() -> Outcome<Self> {
        Ok(Self {
            http: reqwest::Client::builder().redirect(Policy::none()).build()?,
            cookies: BTreeMap::new(),
        })
    }

    /// Opens a page, without following where it sends to.
    pub(crate) async fn open(&mut self, url: &Url) -> Outcome<Response> {
        let request = self.http.get(url.clone()).header("accept", "text/html");
        self.send(url, request).await
    }

    /// Sends a form.
    pub(crate) async fn post(&mut self, url: &Url, form: &str) -> Outcome<Response> {
        let request = self
            .http
            .post(url.clone())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_owned());
        self.send(url, request).await
    }

    /// Returns the value of a cookie for `url`.
    pub(crate) fn cookie(&self, url: &Url, name: &str) -> Option<&str> {
        let key = (host(url), name.to_owned());
        self.cookies.get(&key).map(String::as_str)
    }

    /// Logs in at the provider as `user`, from `start` on, and returns the page that it sends back to.
    pub(crate) async fn log_in(&mut self, start: Url, user: &str, end_path: &str) -> Outcome<Url> {
        let mut url = start;
        for _ in 0..12 {
            if url.path() == end_path {
                return Ok(url);
            }
            let page = self.open(&url).await?;
            if let Some(next) = next(&url, &page)? {
                url = next;
                continue;
            }
            let text = page.text().await?;
            let form = match text.contains("value=\"login\"") {
                true => format!("prompt=login&login={user}&password=any"),
                false => "prompt=consent".to_owned(),
            };
            let answer = self.post(&url, &form).await?;
            let status = answer.status();
            url = next(&url, &answer)?.ok_or_else(|| format!("{url} answers {status} to the form"))?;
        }
        Err("the login goes round in circles".into())
    }

    async fn send(&mut self, url: &Url, request: reqwest::RequestBuilder) -> Outcome<Response> {
        let own: Vec<_> = self
            .cookies
            .iter()
            .filter(|((at, _), value)| *at == host(url) && !value.is_empty())
            .map(|((_, name), value)| format!("{name}={value}"))
            .collect();
        let request = match own.is_empty() {
            true => request,
            false => request.header("cookie", own.join("; ")),
        };
        let response = request.send().await?;
        for cookie in response.headers().get_all("set-cookie") {
            let pair = cookie.to_str()?.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies
                    .insert((host(url), name.to_owned()), value.to_owned());
            }
        }
        Ok(response)
    }
}

/// Returns where a response sends to.
pub(crate) fn next(url: &Url, response: &Response) -> Outcome<Option<Url>> {
    let location = response.headers().get("location");
    Ok(match location {
        Some(location) if response.status().is_redirection() => Some(url.join(location.to_str()?)?),
        _ => None,
    })
}

fn host(url: &Url) -> String {
    format!(
        "{}:{}",
        url.host_str().unwrap_or_default(),
        url.port().unwrap_or_default()
    )
}
