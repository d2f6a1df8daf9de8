use std::sync::Arc;
use std::time::Duration;

use hugr_auth::Secret;

use super::*;
use crate::authorities::Authorities;
use crate::secret::ClusterKeys;

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;
const FIRST_URL: &str = "http://w1:1";

fn arrival(url: &str) -> (Arrival, Link) {
    let url = NodeUrl::parse(url, "URL").unwrap();
    let keys = Arc::new(ClusterKeys::derive(&Secret::new("s")).unwrap());
    let limit = Duration::from_secs(1);
    let link = Link::new("node", &url, keys, limit, &Authorities::default()).unwrap();
    let arrival = Arrival {
        name: "w1".into(),
        url,
        version: "1".to_owned(),
        applied: Revision(3),
    };
    (arrival, link)
}

fn admit(members: &Members, url: &str) -> Result<(SessionId, mpsc::Receiver<Push>)> {
    let (arrival, link) = arrival(url);
    members.admit(arrival, link, Revision(3), NOW)
}

fn make_ready(members: &Members, session: SessionId) {
    members.checked(&"w1".into(), session, Ok(()), NOW);
    members.report(&"w1".into(), session, Revision(3), true, NOW);
}

fn error_of(members: &Members) -> String {
    members.records().first().unwrap().error.clone()
}

#[tokio::test]
async fn a_node_becomes_ready_by_check_and_report() {
    let members = Members::new("1");
    let (session, _pushes) = admit(&members, FIRST_URL).unwrap();
    assert_eq!(error_of(&members), "waiting for the first health check");
    members.checked(&"w1".into(), session, Ok(()), NOW);
    assert_eq!(error_of(&members), "loading the data sources");
    members.report(&"w1".into(), session, Revision(3), true, NOW);
    assert_eq!(error_of(&members), "");
    members.checked(&"w1".into(), session, Err("refused".to_owned()), NOW);
    assert_eq!(error_of(&members), "refused");
}

#[tokio::test]
async fn a_later_stream_takes_over_and_the_older_one_is_not_heard_any_more() {
    let members = Members::new("1");
    let (old, mut old_pushes) = admit(&members, FIRST_URL).unwrap();
    let (new, _new_pushes) = admit(&members, FIRST_URL).unwrap();
    let mut last = None;
    while let Some(push) = old_pushes.recv().await {
        last = Some(push);
    }
    assert_eq!(last, Some(Push::Superseded));
    assert!(!members.saw(&"w1".into(), old, NOW));
    members.lost(&"w1".into(), old);
    members.forget(&"w1".into(), old);
    make_ready(&members, new);
    assert_eq!(error_of(&members), "");
}

#[tokio::test]
async fn another_url_is_refused_while_the_node_lives_and_taken_when_it_fails() {
    let members = Members::new("1");
    let (session, _pushes) = admit(&members, FIRST_URL).unwrap();
    make_ready(&members, session);
    let error = admit(&members, "http://w1:2").unwrap_err();
    assert_eq!(error.code(), ErrorCode::Conflict);
    members.checked(&"w1".into(), session, Err("refused".to_owned()), NOW);
    admit(&members, "http://w1:2").unwrap();
}

#[tokio::test]
async fn a_node_that_is_behind_is_told_once() {
    let members = Members::new("1");
    let (session, mut pushes) = admit(&members, FIRST_URL).unwrap();
    for _ in 0..2 {
        members.announce(Revision(3));
        members.announce(Revision(5));
    }
    members.lost(&"w1".into(), session);
    let mut behind = Vec::new();
    while let Some(push) = pushes.recv().await {
        if let Push::Behind(revision) = push {
            behind.push(revision);
        }
    }
    assert_eq!(behind, [Revision(5)]);
}

#[tokio::test]
async fn a_node_that_does_not_read_loses_its_stream() {
    let members = Members::new("1");
    let (_session, _pushes) = admit(&members, FIRST_URL).unwrap();
    for _ in 0..OUTBOX_MESSAGES {
        members.push_each(|_| Ok(Push::Settings(Vec::new()))).unwrap();
    }
    assert_eq!(error_of(&members), "connection lost");
}
