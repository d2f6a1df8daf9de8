//! A cluster whose nodes speak HTTPS, to clients and to each other.

use std::fs;

use http::Version;
use hugr_tests::processes::{Client, Cluster, Failure, Outcome, eventually};
use hugr_tests::services::authority::Authority;
use libtest_mimic::Trial;

use super::Stage;

const HOST: &str = "127.0.0.1";

pub(crate) fn tests(stage: &Stage) -> Vec<Trial> {
    vec![
        stage.test("an_encrypted_cluster_works", works),
        stage.test("a_changed_certificate_is_taken_up", changed_certificate),
        stage.test("a_node_of_another_authority_is_not_reached", another_authority),
        stage.test("half_a_pair_of_files_ends_the_program", half_a_pair),
    ]
}

async fn works(cluster: &mut Cluster) -> Outcome {
    cluster.kill_management();
    let authority = fs::read(cluster.encrypt()?.certificate_file())?;
    cluster.start_management().await?;
    let first = cluster.start_worker("worker-1").await?;
    let second = cluster.start_worker("worker-2").await?;
    for worker in [&first, &second] {
        assert!(worker.url().starts_with("https://"));
        let nodes = worker.nodes().await?;
        let nodes = nodes.as_array().map(Vec::as_slice).unwrap_or_default();
        assert_eq!(nodes.len(), 2);
        for node in nodes {
            assert!(
                node["url"].as_str().unwrap_or_default().starts_with("https://"),
                "{node}"
            );
            assert_eq!(node["error"], "");
        }
    }
    let trusting = || {
        let authority = reqwest::Certificate::from_pem(&authority)?;
        Ok::<_, Failure>(reqwest::Client::builder().add_root_certificate(authority))
    };
    for (client, expected) in [
        (trusting()?, Version::HTTP_2),
        (trusting()?.http1_only(), Version::HTTP_11),
    ] {
        let answer = client
            .build()?
            .get(format!("{}/health", first.url()))
            .send()
            .await?;
        assert_eq!((answer.status().as_u16(), answer.version()), (200, expected));
    }
    Ok(())
}

async fn changed_certificate(cluster: &mut Cluster) -> Outcome {
    cluster.kill_management();
    let files = cluster.encrypt()?.files_of(HOST);
    cluster.start_management().await?;
    let worker = cluster.start_worker("worker-1").await?;
    let other = Authority::new()?;
    let next = other.sign(HOST)?;
    fs::write(&files.0, next.certificate)?;
    fs::write(&files.1, "half a key")?;
    eventually("the broken pair is told", || async {
        match worker.log().contains("certificate cannot be used") {
            true => Ok(()),
            false => Err(worker.log().into()),
        }
    })
    .await?;
    worker.client().expect_status("/health", 200).await?;
    fs::write(&files.1, next.key)?;
    eventually("the new certificate is shown", || async {
        let client = Client::trusting(worker.url(), &other)?;
        client.expect_status("/health", 200).await
    })
    .await
}

async fn another_authority(cluster: &mut Cluster) -> Outcome {
    cluster.kill_management();
    cluster.encrypt()?;
    cluster.start_management().await?;
    let worker = cluster.start_worker("worker-1").await?;
    let other = Authority::new()?;
    other.sign(HOST)?;
    let (certificate, key) = other.files_of(HOST);
    let (certificate, key) = (certificate.display().to_string(), key.display().to_string());
    let strange = [("TLS_CERT_FILE", certificate.as_str()), ("TLS_KEY_FILE", &key)];
    let _stranger = cluster.start_worker_with("worker-2", &strange)?;
    let row = cluster.wait_for_node(&worker, "worker-2", false).await?;
    eventually("the reason is told", || async {
        let nodes = worker.nodes().await?.to_string();
        match nodes.contains("certificate") {
            true => Ok(()),
            false => Err(format!("{row} {nodes}").into()),
        }
    })
    .await
}

async fn half_a_pair(cluster: &mut Cluster) -> Outcome {
    let mut worker = cluster.start_worker_with("worker-1", &[("TLS_CERT_FILE", "cert.pem")])?;
    assert_eq!(worker.ended().await?.code(), Some(2));
    assert!(
        worker
            .log()
            .contains("TLS_KEY_FILE: must be set when TLS_CERT_FILE is"),
        "{}",
        worker.log()
    );
    Ok(())
}
