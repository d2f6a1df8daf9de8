//! Slows down whoever guesses credentials: a limit on failures for each address.
//!
//! Behind a proxy or a shared connection many callers have one address. So that one of them cannot lock out the others, a
//! credential that was accepted lately is always looked at.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::HeaderName;
use http::header::{AUTHORIZATION, COOKIE};
use moka::sync::Cache;
use sha2::{Digest, Sha256};

use crate::api_key::{API_KEY_HEADER, CLUSTER_SECRET_HEADER, SECRET_KEY_HEADER};
use crate::credentials::{Credentials, TOKEN_PARAMETER};

/// Failures that an address may have at once.
const BURST: u32 = 60;

/// Time after which an address may fail once more.
const PAUSE: Duration = Duration::from_secs(1);

/// How many addresses and accepted credentials are remembered.
const MOST: u64 = 10_000;

/// How long an accepted credential is remembered after its last use.
const ACCEPTED_FOR: Duration = Duration::from_secs(3600);

/// The IPv6 addresses of one customer share their first half.
const IPV6_NETWORK: u128 = u128::MAX << 64;

/// Counts failures by address. Cheap to clone; clones count together.
#[derive(Clone, Debug)]
pub struct FailureLimit {
    failures: Cache<IpAddr, Arc<Mutex<Allowance>>>,
    accepted: Cache<[u8; 32], ()>,
    headers: Arc<[HeaderName]>,
}

/// How often an address may still fail.
#[derive(Debug)]
struct Allowance {
    left: u32,
    since: Instant,
}

/// What identifies the credentials of one request, if it has any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Default for FailureLimit {
    fn default() -> Self {
        Self::with_headers([])
    }
}

impl FailureLimit {
    /// Returns a limit for credentials in the usual headers and in `more`.
    #[must_use]
    pub fn with_headers(more: impl IntoIterator<Item = HeaderName>) -> Self {
        let usual = [
            AUTHORIZATION,
            COOKIE,
            SECRET_KEY_HEADER,
            API_KEY_HEADER,
            CLUSTER_SECRET_HEADER,
        ];
        Self {
            failures: Cache::builder()
                .max_capacity(MOST)
                .time_to_idle(PAUSE * BURST)
                .build(),
            accepted: Cache::builder()
                .max_capacity(MOST)
                .time_to_idle(ACCEPTED_FOR)
                .build(),
            headers: usual.into_iter().chain(more).collect(),
        }
    }

    /// Returns what identifies `credentials`; `None` when there are none.
    #[must_use]
    pub fn fingerprint(&self, credentials: &Credentials<'_>) -> Option<Fingerprint> {
        let mut digest = Sha256::new();
        let mut is_empty = true;
        for header in self.headers.iter() {
            for value in credentials.headers.get_all(header) {
                is_empty = false;
                digest.update(header.as_str());
                digest.update([0]);
                digest.update(value.as_bytes());
                digest.update([0]);
            }
        }
        if let Some(query) = credentials.query.filter(|query| query.contains(TOKEN_PARAMETER)) {
            is_empty = false;
            digest.update(query);
        }
        (!is_empty).then(|| Fingerprint(digest.finalize().into()))
    }

    /// Returns how long `address` has to wait before its credentials are looked at; `None` when they are now.
    #[must_use]
    pub fn wait(&self, address: IpAddr, fingerprint: &Fingerprint, now: Instant) -> Option<Duration> {
        let allowance = self.failures.get(&network_of(address))?;
        let wait = allowance
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .wait(now)?;
        (!self.accepted.contains_key(&fingerprint.0)).then_some(wait)
    }

    /// Notes that credentials of `address` were not valid.
    pub fn note_failure(&self, address: IpAddr, now: Instant) {
        let full = || {
            Arc::new(Mutex::new(Allowance {
                left: BURST,
                since: now,
            }))
        };
        let allowance = self.failures.get_with(network_of(address), full);
        let mut allowance = allowance.lock().unwrap_or_else(PoisonError::into_inner);
        allowance.earn(now);
        allowance.left = allowance.left.saturating_sub(1);
    }

    /// Notes that credentials were valid.
    pub fn note_acceptance(&self, fingerprint: Fingerprint) {
        if self.accepted.get(&fingerprint.0).is_none() {
            self.accepted.insert(fingerprint.0, ());
        }
    }
}

impl Allowance {
    fn earn(&mut self, now: Instant) {
        let earned = now.saturating_duration_since(self.since).as_secs() / PAUSE.as_secs();
        if earned > 0 {
            let earned = u32::try_from(earned).unwrap_or(u32::MAX);
            self.left = self.left.saturating_add(earned).min(BURST);
            self.since = now;
        }
    }

    fn wait(&mut self, now: Instant) -> Option<Duration> {
        self.earn(now);
        (self.left == 0).then(|| PAUSE.saturating_sub(now.saturating_duration_since(self.since)))
    }
}

fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) & IPV6_NETWORK).into(),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testsuite::headers;

    fn fingerprint(limit: &FailureLimit, key: &str) -> Fingerprint {
        let headers = headers(&[("x-hugr-secret-key", key)]);
        limit.fingerprint(&Credentials::from_headers(&headers)).unwrap()
    }

    #[test]
    fn an_address_that_fails_too_often_waits_and_others_do_not() {
        let limit = FailureLimit::default();
        let (guesser, other) = (IpAddr::from([1, 2, 3, 4]), IpAddr::from([1, 2, 3, 5]));
        let (known, unknown) = (fingerprint(&limit, "known"), fingerprint(&limit, "unknown"));
        limit.note_acceptance(known);
        let start = Instant::now();
        for _ in 0..BURST {
            assert_eq!(limit.wait(guesser, &unknown, start), None);
            limit.note_failure(guesser, start);
        }
        assert!(limit.wait(guesser, &unknown, start).is_some());
        assert_eq!(limit.wait(guesser, &known, start), None, "accepted before");
        assert_eq!(limit.wait(other, &unknown, start), None);
        assert_eq!(limit.wait(guesser, &unknown, start + PAUSE), None);
        limit.note_failure(guesser, start + PAUSE);
        assert!(limit.wait(guesser, &unknown, start + PAUSE).is_some());
    }

    #[test]
    fn one_customer_has_many_ipv6_addresses() {
        let parse = |text: &str| network_of(text.parse().unwrap());
        assert_eq!(parse("2001:db8::1"), parse("2001:db8::ffff:1"));
        assert_ne!(parse("2001:db8::1"), parse("2001:db8:0:1::1"));
        assert_eq!(parse("::ffff:1.2.3.4"), parse("1.2.3.4"));
    }

    #[test]
    fn requests_without_credentials_have_no_fingerprint() {
        let limit = FailureLimit::default();
        let none = headers(&[("accept", "text/html")]);
        assert_eq!(limit.fingerprint(&Credentials::from_headers(&none)), None);
        assert_ne!(fingerprint(&limit, "a"), fingerprint(&limit, "b"));
    }
}
