//! Roles in a cluster: what is changed through one node holds on the others.

use std::time::{Duration, Instant};

use hugr_tests::processes::{Client, Cluster, Outcome, eventually};
use libtest_mimic::Trial;

use super::Stage;

const QUERY: &str = "{ core { data_sources { name } } }";
const AS_CLERK: (&str, &str) = ("x-hugr-impersonated-role", "clerk");
/// Nodes look at the core store every 30 seconds by themselves; what they are told arrives long before.
const TOLD_WITHIN: Duration = Duration::from_secs(15);

pub(crate) fn tests(stage: &Stage) -> Vec<Trial> {
    vec![stage.test("changed_roles_hold_on_every_node", changed_roles)]
}

/// Waits until a request as the clerk has this outcome: its status, and a part of the answer.
async fn wait_for(client: &Client, expected: (u16, &str)) -> Outcome {
    let began = Instant::now();
    eventually("the role is what it was made", || async {
        let (status, answer) = client.answer_to(QUERY, AS_CLERK).await?;
        match (status, answer.contains(expected.1)) {
            (status, true) if status == expected.0 => Ok(()),
            _ => Err(format!("{status}: {answer}").into()),
        }
    })
    .await?;
    assert!(began.elapsed() < TOLD_WITHIN, "after {:?}", began.elapsed());
    Ok(())
}

async fn changed_roles(cluster: &mut Cluster) -> Outcome {
    let first = cluster.start_worker("worker-1").await?;
    let second = cluster.start_worker("worker-2").await?;
    let (one, other) = (first.client(), second.client());
    assert_eq!(other.answer_to(QUERY, AS_CLERK).await?.0, 403);

    let insert = "mutation { core { insert_roles(data: {name: \"clerk\", description: \"\"}) { name } } }";
    one.data(insert, "/core/insert_roles/name").await?;
    assert_eq!(
        one.answer_to(QUERY, AS_CLERK).await?.0,
        200,
        "at once where it was made"
    );
    wait_for(other, (200, "data_sources")).await?;

    let rule = "mutation { core { insert_role_permissions(data: {role: \"clerk\", type_name: \"Query\", field_name: \"core\", \
                disabled: true, hidden: false}) { role } } }";
    other.data(rule, "/core/insert_role_permissions/role").await?;
    for client in [other, one] {
        wait_for(client, (200, "FORBIDDEN")).await?;
    }

    let open = "mutation { core { update_role_permissions(filter: {role: {eq: \"clerk\"}}, data: {disabled: false}) { success } } }";
    one.data(open, "/core/update_role_permissions").await?;
    wait_for(other, (200, "data_sources")).await?;

    let close = "mutation { core { update_roles(filter: {name: {eq: \"clerk\"}}, data: {disabled: true}) { success } } }";
    one.data(close, "/core/update_roles").await?;
    wait_for(other, (403, "is disabled")).await
}
