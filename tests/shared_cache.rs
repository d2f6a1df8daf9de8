//! Caches that several processes share: Redis and memcached as real servers, and engines that meet there.

use std::convert::Infallible;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use hugr_auth::RoleName;
use hugr_cache::testsuite::check_cache;
use hugr_cache::{
    Cache as _, CacheEntry, CacheExt as _, CacheKey, MemcachedServer, MemoryCache, RedisOptions, RedisServer,
    Retention, SharedCache, TieredCache,
};
use hugr_core::{DataSource, HugrEngine, Request};
use hugr_tests::services::{CacheServer, REDIS_PASSWORD};

/// Deadline of operations: a busy machine is slow.
const PATIENCE: Duration = Duration::from_secs(20);

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn redis_with(server: &CacheServer, password: &str) -> Outcome<SharedCache> {
    let options = RedisOptions {
        addresses: vec![server.address().to_owned()],
        password: Some(password.to_owned()),
        timeout: PATIENCE / 2,
        ..RedisOptions::default()
    };
    Ok(SharedCache::new(RedisServer::new(&options)?).with_deadline(PATIENCE))
}

fn redis(server: &CacheServer) -> Outcome<SharedCache> {
    redis_with(server, REDIS_PASSWORD)
}

fn memcached(servers: &[&CacheServer]) -> Outcome<SharedCache> {
    let addresses: Vec<_> = servers.iter().map(|server| server.address().to_owned()).collect();
    let cache = SharedCache::new(MemcachedServer::new(&addresses)?);
    Ok(cache.with_deadline(PATIENCE))
}

#[tokio::test]
async fn redis_keeps_the_contract() -> Outcome {
    let server = CacheServer::redis().await?;
    check_cache(&redis(&server)?).await;
    let near = MemoryCache::new(16 * 1024 * 1024);
    check_cache(&TieredCache::new(near, redis(&server)?)).await;
    Ok(())
}

#[tokio::test]
async fn memcached_keeps_the_contract() -> Outcome {
    let server = CacheServer::memcached().await?;
    check_cache(&memcached(&[&server])?).await;
    Ok(())
}

/// What one process computes while another drops its tag is answered, and shared with nobody.
async fn check_dropped_elsewhere(one: &SharedCache, other: &SharedCache) -> Outcome {
    let retention = Retention::default().with_tag("orders");
    for (key, everything) in [("tagged", false), ("all", true)] {
        let key = CacheKey::new(key);
        let outdated = one
            .get_or_compute(&key, &retention, || async {
                match everything {
                    true => other.clear().await,
                    false => other.invalidate(&["orders".into()]).await,
                }
                .map(|()| Bytes::from_static(b"outdated"))
            })
            .await?;
        assert_eq!(outdated.bytes, "outdated");
        for cache in [one, other] {
            assert_eq!(cache.get(&key).await?, None);
        }
        let fresh = other
            .get_or_compute(&key, &retention, || async {
                Ok::<_, Infallible>(Bytes::from_static(b"fresh"))
            })
            .await?;
        assert_eq!(fresh.bytes, "fresh");
        assert!(one.get(&key).await?.is_some_and(|entry| entry.bytes == "fresh"));
    }
    Ok(())
}

#[tokio::test]
async fn an_answer_that_others_dropped_meanwhile_is_not_shared() -> Outcome {
    let server = CacheServer::redis().await?;
    check_dropped_elsewhere(&redis(&server)?, &redis(&server)?).await?;
    let server = CacheServer::memcached().await?;
    check_dropped_elsewhere(&memcached(&[&server])?, &memcached(&[&server])?).await
}

#[tokio::test]
async fn several_memcached_servers_keep_the_contract() -> Outcome {
    let (first, second) = (CacheServer::memcached().await?, CacheServer::memcached().await?);
    check_cache(&memcached(&[&first, &second])?).await;
    Ok(())
}

fn entry(text: &'static str) -> CacheEntry {
    CacheEntry {
        bytes: Bytes::from_static(text.as_bytes()),
        retention: Retention::default().with_tag("orders"),
    }
}

#[tokio::test]
async fn processes_see_what_others_keep_and_drop() -> Outcome {
    let (redis_server, memcached_server) = (CacheServer::redis().await?, CacheServer::memcached().await?);
    for (one, other) in [
        (redis(&redis_server)?, redis(&redis_server)?),
        (memcached(&[&memcached_server])?, memcached(&[&memcached_server])?),
    ] {
        let key = CacheKey::new("key");
        one.put(&key, entry("answer")).await?;
        let found = other.get(&key).await?.map(|entry| entry.bytes);
        assert_eq!(found, Some(Bytes::from_static(b"answer")));
        other.remove_tagged(&["orders".into()]).await?;
        assert_eq!(one.get(&key).await?, None);
        one.put(&key, entry("next")).await?;
        other.remove_all().await?;
        assert_eq!(one.get(&key).await?, None);
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_refuses_is_a_failure_without_the_password() -> Outcome {
    let server = CacheServer::redis().await?;
    let cache = redis_with(&server, "wrong-password-of-the-test")?;
    let failure = cache.get(&CacheKey::new("key")).await.unwrap_err();
    let shown = format!("{failure} {failure:?} {cache:?}");
    assert!(!shown.contains("wrong-password"), "{shown}");
    assert!(cache.ping().await.is_err());
    Ok(())
}

async fn engine(file: &Path, cache: SharedCache) -> Outcome<HugrEngine> {
    let sdl = "type facts @table(name: \"facts\") { id: Int! @pk  fact: String }";
    let source = DataSource::duckdb("world", file.display().to_string()).with_sdl(sdl);
    let tiered = TieredCache::new(MemoryCache::new(1_000_000), cache);
    Ok(HugrEngine::builder()
        .with_cache(tiered)
        .with_source(source)
        .build()
        .await?)
}

async fn ask(engine: &HugrEngine, query: &str) -> String {
    let admin = hugr_auth::Identity::anonymous(RoleName::new("admin"));
    engine.execute(Request::new(query), &admin).await.into_json_text()
}

#[tokio::test]
async fn nodes_share_answers_and_go_on_without_the_cache() -> Outcome {
    const QUERY: &str = "{ facts @cache(ttl: 600) { fact } }";
    let server = CacheServer::redis().await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("facts.duckdb");
    let create = "mutation { insert_facts(data: {id: 1, fact: \"first\"}) { id } }";
    prepare(&file).await?;
    let first = engine(&file, redis(&server)?).await?;
    ask(&first, create).await;
    let answer = ask(&first, QUERY).await;
    assert!(answer.contains("first"), "{answer}");
    // What the first node keeps, the second one answers with: it sees the row that is there no more.
    ask(&first, "mutation { delete_facts { affected_rows } }").await;
    first.close().await;

    let second = engine(&file, redis(&server)?).await?;
    assert_eq!(ask(&second, QUERY).await, answer);
    ask(
        &second,
        "mutation { function { core { load_data_source(name: \"world\") { success } } } }",
    )
    .await;
    let fresh = ask(&second, QUERY).await;
    assert!(!fresh.contains("first"), "another load: {fresh}");

    drop(server);
    let alone = ask(&second, "{ facts @cache(ttl: 600) { id fact } }").await;
    assert_eq!(alone.trim_end(), r#"{"data":{"facts":[]}}"#);
    second.close().await;
    Ok(())
}

async fn prepare(file: &Path) -> Outcome {
    use hugr_core::db::{Database, DatabaseOptions};
    let options = DatabaseOptions {
        path: Some(file.to_owned()),
        ..DatabaseOptions::default()
    };
    let database = Database::open(options).await?;
    database
        .run(|session| session.execute_batch("CREATE TABLE facts (id INTEGER PRIMARY KEY, fact VARCHAR)"))
        .await?;
    database.close().await;
    Ok(())
}
