//! The cache of answers that the configuration describes: in the process (L1), shared (L2), or one before the other.

use std::time::Duration;

use hugr_auth::Secret;
use hugr_cache::shared::server::ServerError;
use hugr_cache::{MemcachedServer, MemoryCache, RedisOptions, RedisServer, SharedCache, TieredCache};
use hugr_core::HugrEngineBuilder;

use crate::config::ConfigError;
use crate::config::cache::{CacheConfig, SharedCacheKind};

/// How long the shared cache may take to answer for the first time before that is worth a warning.
const FIRST_ANSWER: Duration = Duration::from_secs(5);

/// Gives the configured caches to `builder`.
///
/// # Errors
/// When the shared cache is not described well enough.
pub async fn with_cache(
    builder: HugrEngineBuilder,
    config: &CacheConfig,
) -> Result<HugrEngineBuilder, ConfigError> {
    let near = config.cache_l1_enabled.then(|| near(config));
    let far = match config.cache_l2_enabled {
        true => Some(far(config).await?),
        false => None,
    };
    Ok(match (near, far) {
        (None, None) => builder,
        (Some(near), None) => builder.with_cache(near),
        (None, Some(far)) => builder.with_cache(far),
        (Some(near), Some(far)) => builder.with_cache(TieredCache::new(near, far)),
    })
}

fn near(config: &CacheConfig) -> MemoryCache {
    let largest = usize::try_from(config.cache_l1_max_item_size.bytes()).unwrap_or(usize::MAX);
    MemoryCache::new(config.cache_l1_max_size.bytes())
        .with_max_entry_bytes(largest)
        .with_max_ttl(config.cache_l1_eviction_time)
}

/// A server that does not answer now may do so later; until then answers are computed.
async fn far(config: &CacheConfig) -> Result<SharedCache, ConfigError> {
    let addresses = config
        .cache_l2_addresses
        .as_ref()
        .map_or(&[][..], |list| list.items());
    if addresses.is_empty() {
        let reason = "must be set where CACHE_L2_ENABLED is true: host:port, several separated by commas";
        return Err(ConfigError::variable("CACHE_L2_ADDRESSES", reason));
    }
    let unusable = |error: ServerError| ConfigError::variable("CACHE_L2_ADDRESSES", error.to_string());
    let cache = match config.cache_l2_backend {
        None => {
            let reason = "must be set where CACHE_L2_ENABLED is true: `redis` or `memcached`";
            return Err(ConfigError::variable("CACHE_L2_BACKEND", reason));
        }
        Some(SharedCacheKind::Redis) => {
            SharedCache::new(RedisServer::new(&redis(config, addresses)).map_err(unusable)?)
        }
        Some(SharedCacheKind::Memcached) => {
            SharedCache::new(MemcachedServer::new(addresses).map_err(unusable)?)
        }
    };
    match cache.clone().with_deadline(FIRST_ANSWER).ping().await {
        Ok(()) => tracing::info!(addresses = addresses.join(", "), "the shared cache answers"),
        Err(error) => tracing::warn!(%error, "the shared cache does not answer; it is asked again"),
    }
    Ok(cache)
}

fn redis(config: &CacheConfig, addresses: &[String]) -> RedisOptions {
    RedisOptions {
        addresses: addresses.to_vec(),
        database: config.cache_l2_database,
        username: config.cache_l2_username.clone(),
        password: config
            .cache_l2_password
            .as_ref()
            .map(Secret::expose)
            .map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::config::{Environment, ServerConfig, load};

    async fn refusal(variables: &[(&str, &str)]) -> String {
        let on = [("CACHE_L2_ENABLED", "true")];
        let all = on.iter().chain(variables).copied();
        let environment = Environment::from_parts(all, "").unwrap();
        let loaded = load::<ServerConfig>([OsString::from("hugr-server")], &environment).unwrap();
        let built = with_cache(hugr_core::HugrEngine::builder(), &loaded.config.cache).await;
        built.unwrap_err().to_string()
    }

    #[tokio::test]
    async fn an_incomplete_shared_cache_is_refused() {
        let (redis, place) = (("CACHE_L2_BACKEND", "redis"), ("CACHE_L2_ADDRESSES", "r:6379"));
        assert!(
            refusal(&[redis])
                .await
                .starts_with("CACHE_L2_ADDRESSES: must be set")
        );
        assert!(
            refusal(&[place])
                .await
                .starts_with("CACHE_L2_BACKEND: must be set")
        );
        let wrong = ("CACHE_L2_ADDRESSES", "redis://r:6379");
        assert!(refusal(&[redis, wrong]).await.contains("is no address of Redis"));
        let cluster = [
            redis,
            ("CACHE_L2_ADDRESSES", "a:1,b:2"),
            ("CACHE_L2_DATABASE", "3"),
        ];
        assert!(refusal(&cluster).await.contains("no database but 0"));
    }
}
