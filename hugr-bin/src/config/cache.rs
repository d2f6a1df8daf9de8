//! Result caches: variables `CACHE_*`.

use std::str::FromStr;
use std::time::Duration;

use hugr_auth::Secret;

use super::value::{self, ByteSize, Words};

/// Caches of results, in the process (L1) and shared (L2).
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Cache")]
pub struct CacheConfig {
    /// How long a result is kept when its query does not say; 0 is as long as there is room
    #[arg(long, env = "CACHE_TTL", value_name = "DURATION", value_parser = value::duration, default_value = "0s")]
    pub cache_ttl: Duration,

    /// Keep results in this process
    #[arg(long, env = "CACHE_L1_ENABLED", value_name = "BOOL", value_parser = value::switch, default_value = "false",
          default_missing_value = "true", num_args = 0..=1, require_equals = true)]
    pub cache_l1_enabled: bool,

    /// Memory for them, in MB or with a unit
    #[arg(long, env = "CACHE_L1_MAX_SIZE", value_name = "SIZE", value_parser = value::megabytes, default_value = "512")]
    pub cache_l1_max_size: ByteSize,

    /// Largest result that is kept, in bytes or with a unit
    #[arg(long, env = "CACHE_L1_MAX_ITEM_SIZE", value_name = "SIZE", value_parser = value::bytes, default_value = "100MB")]
    pub cache_l1_max_item_size: ByteSize,

    /// Parts of the cache; chosen by itself, whatever this says
    #[arg(long, env = "CACHE_L1_SHARDS", value_name = "N", value_parser = value::number, default_value = "0")]
    pub cache_l1_shards: u32,

    /// Time between two rounds of cleaning; done continuously, whatever this says
    #[arg(long, env = "CACHE_L1_CLEAN_TIME", value_name = "DURATION", value_parser = value::duration, default_value = "10m")]
    pub cache_l1_clean_time: Duration,

    /// Longest time that a result stays in this process
    #[arg(long, env = "CACHE_L1_EVICTION_TIME", value_name = "DURATION", value_parser = value::duration, default_value = "30m")]
    pub cache_l1_eviction_time: Duration,

    /// Keep results in a shared cache
    #[arg(long, env = "CACHE_L2_ENABLED", value_name = "BOOL", value_parser = value::switch, default_value = "false",
          default_missing_value = "true", num_args = 0..=1, require_equals = true)]
    pub cache_l2_enabled: bool,

    /// Kind of the shared cache: `redis` or `memcached`
    #[arg(long, env = "CACHE_L2_BACKEND", value_name = "KIND")]
    pub cache_l2_backend: Option<SharedCacheKind>,

    /// Its addresses, `host:port`; several make a Redis cluster
    #[arg(long, env = "CACHE_L2_ADDRESSES", value_name = "LIST")]
    pub cache_l2_addresses: Option<Words>,

    /// Number of the Redis database
    #[arg(long, env = "CACHE_L2_DATABASE", value_name = "N", value_parser = value::number, default_value = "0")]
    pub cache_l2_database: u32,

    /// User of Redis
    #[arg(long, env = "CACHE_L2_USERNAME", value_name = "NAME")]
    pub cache_l2_username: Option<String>,

    /// Password of Redis
    #[arg(long, env = "CACHE_L2_PASSWORD", value_name = "SECRET", value_parser = value::secret)]
    pub cache_l2_password: Option<Secret>,
}

/// Software of a shared cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SharedCacheKind {
    /// Redis, or a Redis cluster.
    Redis,
    /// Memcached.
    Memcached,
}

impl SharedCacheKind {
    /// Returns its name, as it is configured.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Redis => "redis",
            Self::Memcached => "memcached",
        }
    }
}

impl FromStr for SharedCacheKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "redis" => Ok(Self::Redis),
            "memcached" => Ok(Self::Memcached),
            _ => Err(format!(
                "`{text}` is no kind of shared cache; write `redis` or `memcached`"
            )),
        }
    }
}
