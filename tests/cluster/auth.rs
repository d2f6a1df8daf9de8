//! Authentication settings in a cluster: management's are in force on every node, also when they change or it is away.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use hugr_tests::processes::{Client, Cluster, CorePlace, Outcome, eventually};
use hugr_tests::services::OidcProvider;
use libtest_mimic::Trial;
use serde_json::json;

use super::Stage;

const QUERY: &str = "{ core { data_sources { name } } }";
const SECRET_KEY: &str = "secret-key-of-management";
const FILE_KEY: &str = "api-key-of-the-file";
const LATER_KEY: &str = "api-key-of-the-changed-file";

/// Tests that depend on where the core store is.
pub(crate) fn tests_of_place(stage: &Stage) -> Vec<Trial> {
    if stage.place != CorePlace::Postgres {
        return Vec::new();
    }
    vec![stage.test(
        "a_worker_starts_with_kept_settings_while_management_is_down",
        kept_settings,
    )]
}

pub(crate) fn tests(stage: &Stage) -> Vec<Trial> {
    vec![
        stage.test("managements_settings_are_in_force_on_every_node", distribution),
        stage.test(
            "a_changed_file_is_distributed_and_a_broken_one_is_not",
            changed_file,
        ),
        stage.test("managed_api_keys_work_until_they_are_deleted", managed_keys),
        stage.test("failed_logins_are_limited_by_address", failed_logins),
        stage.test("no_answer_tells_a_secret", no_secrets),
    ]
}

/// Starts management with a secret key, the settings `file`, and no anonymous access.
async fn closed(cluster: &mut Cluster, file: &str) -> Outcome {
    let path = cluster.folder().join("auth.yaml");
    fs::write(&path, file)?;
    for secret in [SECRET_KEY, FILE_KEY, LATER_KEY] {
        cluster.note_secret(secret);
    }
    let path = path.display().to_string();
    cluster.kill_management();
    cluster.set_management(&[
        ("ALLOWED_ANONYMOUS", "false"),
        ("SECRET_KEY", SECRET_KEY),
        ("AUTH_CONFIG_FILE", &path),
    ]);
    cluster.start_management().await
}

fn file_with(key: &str) -> String {
    format!("api-keys:\n  reports:\n    key: {key}\n    default-role: readonly\n")
}

async fn status(client: &Client, header: (&str, &str)) -> Outcome<u16> {
    Ok(client.answer_to(QUERY, header).await?.0)
}

async fn wait_for_status(client: &Client, header: (&str, &str), expected: u16) -> Outcome {
    eventually("the node answers as the settings say", || async {
        match status(client, header).await? {
            found if found == expected => Ok(()),
            found => Err(format!("{} answers {found}, not {expected}", header.0).into()),
        }
    })
    .await
}

async fn distribution(cluster: &mut Cluster) -> Outcome {
    closed(cluster, &file_with(FILE_KEY)).await?;
    let mut first = cluster.start_worker_with("worker-1", &[])?;
    // Its own settings are not in force.
    let mut second = cluster.start_worker_with(
        "worker-2",
        &[("SECRET_KEY", "key-of-the-worker"), ("ALLOWED_ANONYMOUS", "true")],
    )?;
    for worker in [&mut first, &mut second] {
        worker.ready().await?;
        let client = worker.client();
        assert_eq!(status(client, ("accept", "*/*")).await?, 401);
        assert_eq!(status(client, ("x-hugr-secret-key", SECRET_KEY)).await?, 200);
        assert_eq!(
            status(client, ("x-hugr-secret-key", "key-of-the-worker")).await?,
            401
        );
        assert_eq!(status(client, ("x-hugr-api-key", FILE_KEY)).await?, 200);
        let cluster_secret = hugr_tests::processes::cluster::SECRET;
        assert_eq!(status(client, ("x-hugr-secret", cluster_secret)).await?, 200);
    }
    let log = second.log();
    assert!(
        log.contains("ignored here: ALLOWED_ANONYMOUS, SECRET_KEY"),
        "{log}"
    );
    Ok(())
}

async fn changed_file(cluster: &mut Cluster) -> Outcome {
    closed(cluster, &file_with(FILE_KEY)).await?;
    let mut worker = cluster.start_worker_with("worker-1", &[])?;
    worker.ready().await?;
    let client = worker.client().clone();
    let path = cluster.folder().join("auth.yaml");

    fs::write(&path, file_with(LATER_KEY))?;
    wait_for_status(&client, ("x-hugr-api-key", LATER_KEY), 200).await?;
    assert_eq!(status(&client, ("x-hugr-api-key", FILE_KEY)).await?, 401);

    fs::write(&path, "api-keys: [broken")?;
    eventually("management says that the file is broken", || async {
        match cluster.logs().contains("authentication settings cannot be used") {
            true => Ok(()),
            false => Err("not yet".into()),
        }
    })
    .await?;
    assert_eq!(status(&client, ("x-hugr-api-key", LATER_KEY)).await?, 200);

    fs::write(&path, file_with(FILE_KEY))?;
    wait_for_status(&client, ("x-hugr-api-key", FILE_KEY), 200).await
}

async fn kept_settings(cluster: &mut Cluster) -> Outcome {
    closed(cluster, &file_with(FILE_KEY)).await?;
    let mut worker = cluster.start_worker_with("worker-1", &[])?;
    worker.ready().await?;
    cluster.kill_management();
    cluster.start_again(&mut worker)?;
    worker.ready().await?;
    assert_eq!(status(worker.client(), ("x-hugr-api-key", FILE_KEY)).await?, 200);
    assert_eq!(status(worker.client(), ("accept", "*/*")).await?, 401);
    let kept = fs::read(cluster.folder().join("worker-1/.hugr/worker-1.settings"))?;
    let shown = String::from_utf8_lossy(&kept).into_owned();
    assert!(
        !shown.contains(FILE_KEY) && !shown.contains("reports"),
        "the settings are sealed"
    );

    // It follows management again when that is back.
    fs::write(cluster.folder().join("auth.yaml"), file_with(LATER_KEY))?;
    cluster.start_management().await?;
    wait_for_status(worker.client(), ("x-hugr-api-key", LATER_KEY), 200).await
}

async fn managed_keys(cluster: &mut Cluster) -> Outcome {
    cluster.kill_management();
    cluster.set_management(&[("ALLOW_MANAGED_API_KEYS", "true")]);
    cluster.start_management().await?;
    let first = cluster.start_worker("worker-1").await?;
    let second = cluster.start_worker("worker-2").await?;
    let key = "managed-key-of-the-test";
    cluster.note_secret(key);
    let insert =
        "mutation($data: api_keys_mut_input_data!) { core { insert_api_keys(data: $data) { name } } }";
    let data = json!({"data": {"name": "reports", "key": key, "description": "", "default_role": "readonly", "is_temporal": false,
                               "expires_at": "2100-01-01T00:00:00Z"}});
    first
        .client()
        .data_of(insert, data, "/core/insert_api_keys/name")
        .await?;
    for worker in [&first, &second] {
        wait_for_status(worker.client(), ("x-hugr-api-key", key), 200).await?;
        assert_eq!(status(worker.client(), ("x-hugr-api-key", "another")).await?, 401);
    }
    let delete = "mutation { core { delete_api_keys(filter: {name: {eq: \"reports\"}}) { success } } }";
    second.client().data(delete, "/core/delete_api_keys").await?;
    for worker in [&first, &second] {
        wait_for_status(worker.client(), ("x-hugr-api-key", key), 401).await?;
    }
    Ok(())
}

async fn failed_logins(cluster: &mut Cluster) -> Outcome {
    closed(cluster, &file_with(FILE_KEY)).await?;
    let mut worker = cluster.start_worker_with("worker-1", &[("TRUSTED_PROXIES", "127.0.0.0/8")])?;
    worker.ready().await?;
    let client = worker.client();
    assert_eq!(status(client, ("x-hugr-api-key", FILE_KEY)).await?, 200);
    let mut limited = false;
    for _ in 0..400 {
        limited = limited || status(client, ("x-hugr-secret-key", "guess")).await? == 429;
    }
    assert!(limited, "guesses are answered for ever");
    assert_eq!(
        status(client, ("x-hugr-api-key", FILE_KEY)).await?,
        200,
        "known before"
    );
    Ok(())
}

async fn no_secrets(cluster: &mut Cluster) -> Outcome {
    let provider = OidcProvider::start()?;
    closed(cluster, &file_with(FILE_KEY)).await?;
    cluster.kill_management();
    let path = cluster.folder().join("auth.yaml").display().to_string();
    cluster.set_management(&[
        ("ALLOWED_ANONYMOUS", "false"),
        ("SECRET_KEY", SECRET_KEY),
        ("AUTH_CONFIG_FILE", &path),
        ("OIDC_ISSUER", provider.issuer()),
        ("OIDC_CLIENT_ID", "hugr"),
        ("OIDC_CLIENT_SECRET", "client-secret-of-management"),
        ("DEBUG", "true"),
    ]);
    cluster.start_management().await?;
    let mut worker = cluster.start_worker_with("worker-1", &[("DEBUG", "true"), ("LOG_LEVEL", "debug")])?;
    worker.ready().await?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let soon = now.as_secs() + 600;
    let claims =
        json!({"iss": provider.issuer(), "aud": "hugr", "sub": "u", "exp": soon, "x-hugr-role": "admin"});
    let token = provider.token("RS256", &claims).await?;
    let foreign = provider
        .sign(json!({"algorithm": "RS256", "claims": claims, "foreign": true}))
        .await?;
    let (bearer, false_bearer) = (format!("Bearer {token}"), format!("Bearer {foreign}"));
    let secrets = [SECRET_KEY, FILE_KEY, "wrong-key-of-the-test", &token, &foreign];
    for secret in secrets {
        cluster.note_secret(secret);
    }
    let mut told = String::new();
    for (header, value) in [
        ("x-hugr-secret-key", SECRET_KEY),
        ("x-hugr-secret-key", "wrong-key-of-the-test"),
        ("x-hugr-api-key", FILE_KEY),
        ("x-hugr-api-key", "wrong-key-of-the-test"),
        ("authorization", &bearer),
        ("authorization", &false_bearer),
        ("cookie", &format!("hugr_session={foreign}")),
    ] {
        told += &worker.client().answer_to(QUERY, (header, value)).await?.1;
        let info = "{ function { core { info { version } } } }";
        told += &worker.client().answer_to(info, (header, value)).await?.1;
    }
    assert_eq!(status(worker.client(), ("authorization", &bearer)).await?, 200);
    for path in [
        "/metrics",
        "/auth/config",
        "/admin",
        "/auth/login",
        "/auth/callback?code=x&state=y",
    ] {
        told += &worker.client().page(path).await?.1;
    }
    told += &cluster.management().page("/metrics").await?.1;
    for secret in secrets {
        assert!(!told.contains(secret), "an answer tells {secret}");
    }
    assert!(told.contains("hugr_auth_anonymous_is_admin 0"), "{told}");
    assert!(worker.log().contains("hugr::query"), "DEBUG logs queries");
    // The logs are looked through after every test.
    Ok(())
}
