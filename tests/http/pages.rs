//! What is served beside GraphQL: probes, metrics, the admin page.

use super::*;

#[tokio::test]
async fn pages_beside_graphql() -> Outcome {
    let service = Service::open().await?;
    for (path, text) in [("/health", "OK"), ("/ready", "OK"), ("/metrics", "hugr_up 1\n")] {
        let reply = service.get(path).await?;
        assert_eq!(
            (reply.status, reply.body.as_slice()),
            (StatusCode::OK, text.as_bytes())
        );
    }
    let admin = service.get("/admin").await?;
    assert_eq!(admin.status, StatusCode::OK);
    assert!(admin.media_type.starts_with("text/html"));
    assert!(String::from_utf8(admin.body)?.contains("<textarea"));
    Ok(())
}

#[tokio::test]
async fn the_admin_page_is_off_or_sends_queries_elsewhere() -> Outcome {
    for (config, part) in [
        (
            EngineConfig {
                admin_ui: false,
                ..EngineConfig::default()
            },
            "The admin page is disabled",
        ),
        (
            EngineConfig {
                admin_query_url: Some("/hugr/query".to_owned()),
                ..EngineConfig::default()
            },
            "fetch(\"/hugr/query\", {",
        ),
    ] {
        let engine = configured(AuthChain::new(), config).await?;
        let service = Service {
            router: engine.router(),
        };
        let page = service.get("/admin").await?;
        // Deployments probe this path, whether there is a page or not.
        assert_eq!(page.status, StatusCode::OK);
        let text = String::from_utf8(page.body)?;
        assert!(text.contains(part), "{text}");
    }
    Ok(())
}

#[tokio::test]
async fn a_host_decides_on_metrics_and_readiness() -> Outcome {
    let engine = engine(AuthChain::new()).await?;
    let service = Service {
        router: engine.router_with(RouterOptions::default().with_ready_check(|| false)),
    };
    assert_eq!(service.get("/metrics").await?.status, StatusCode::NOT_FOUND);
    assert_eq!(
        service.get("/ready").await?.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(service.get("/health").await?.status, StatusCode::OK);
    Ok(())
}
