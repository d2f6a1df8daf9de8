//! The closed list of error codes and the one table that maps them to the outside world.

use std::fmt;

/// What kind of failure an error is. Each code has its entry in `docs/errors.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The request itself cannot be understood: invalid JSON, a missing query, a wrong parameter.
    BadRequest,
    /// The GraphQL document does not parse.
    GraphqlParse,
    /// The GraphQL document, its variables or arguments do not fit the schema.
    GraphqlValidation,
    /// No credential, or one that was rejected.
    Unauthenticated,
    /// The identity lacks the right.
    Forbidden,
    /// The named thing does not exist.
    NotFound,
    /// The change contradicts the present state; reading again and retrying may help.
    Conflict,
    /// A schema definition does not compile.
    CatalogInvalid,
    /// Valid, but this build, source or mode cannot do it.
    Unsupported,
    /// A data source does not answer or refuses.
    SourceUnavailable,
    /// The management node or another node does not answer.
    ClusterUnavailable,
    /// The deadline passed.
    Timeout,
    /// The caller went away or the work was interrupted.
    Cancelled,
    /// A limit was reached: memory, size, depth.
    ResourceExhausted,
    /// Too many requests are waiting already.
    Overloaded,
    /// A defect of ours. Its cause never leaves the process.
    Internal,
}

impl ErrorCode {
    /// All codes, in the order of `docs/errors.md`.
    pub const ALL: [Self; 16] = [
        Self::BadRequest,
        Self::GraphqlParse,
        Self::GraphqlValidation,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::Conflict,
        Self::CatalogInvalid,
        Self::Unsupported,
        Self::SourceUnavailable,
        Self::ClusterUnavailable,
        Self::Timeout,
        Self::Cancelled,
        Self::ResourceExhausted,
        Self::Overloaded,
        Self::Internal,
    ];

    /// Returns the name that stands in GraphQL's `extensions.code`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "BAD_REQUEST",
            Self::GraphqlParse => "GRAPHQL_PARSE",
            Self::GraphqlValidation => "GRAPHQL_VALIDATION",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::Conflict => "CONFLICT",
            Self::CatalogInvalid => "CATALOG_INVALID",
            Self::Unsupported => "UNSUPPORTED",
            Self::SourceUnavailable => "SOURCE_UNAVAILABLE",
            Self::ClusterUnavailable => "CLUSTER_UNAVAILABLE",
            Self::Timeout => "TIMEOUT",
            Self::Cancelled => "CANCELLED",
            Self::ResourceExhausted => "RESOURCE_EXHAUSTED",
            Self::Overloaded => "OVERLOADED",
            Self::Internal => "INTERNAL",
        }
    }

    /// Returns the code called `name`; an unknown name, as a newer peer may send it, is [`ErrorCode::Internal`].
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|code| code.as_str() == name)
            .unwrap_or(Self::Internal)
    }

    /// Returns the HTTP status for clients that accept `application/graphql-response+json`, and for plain endpoints.
    #[must_use]
    pub fn http_status(self) -> u16 {
        match self {
            Self::BadRequest
            | Self::GraphqlParse
            | Self::GraphqlValidation
            | Self::CatalogInvalid
            | Self::Unsupported => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::SourceUnavailable | Self::ClusterUnavailable | Self::Overloaded => 503,
            Self::Timeout => 504,
            Self::Cancelled => 499,
            Self::ResourceExhausted => 429,
            Self::Internal => 500,
        }
    }

    /// Returns the gRPC status code's number (`google.rpc.Code`).
    #[must_use]
    pub fn grpc_code(self) -> i32 {
        match self {
            Self::Cancelled => 1,
            Self::BadRequest | Self::GraphqlParse | Self::GraphqlValidation | Self::CatalogInvalid => 3,
            Self::Timeout => 4,
            Self::NotFound => 5,
            Self::Forbidden => 7,
            Self::ResourceExhausted => 8,
            Self::Conflict => 10,
            Self::Unsupported => 12,
            Self::Internal => 13,
            Self::SourceUnavailable | Self::ClusterUnavailable | Self::Overloaded => 14,
            Self::Unauthenticated => 16,
        }
    }

    /// Returns the level at which the place that handles the error logs it.
    #[must_use]
    pub fn log_level(self) -> tracing::Level {
        match self {
            Self::BadRequest
            | Self::GraphqlParse
            | Self::GraphqlValidation
            | Self::CatalogInvalid
            | Self::Unsupported
            | Self::NotFound
            | Self::Conflict
            | Self::Cancelled => tracing::Level::DEBUG,
            Self::Unauthenticated | Self::Forbidden => tracing::Level::INFO,
            Self::SourceUnavailable
            | Self::ClusterUnavailable
            | Self::Timeout
            | Self::ResourceExhausted
            | Self::Overloaded => tracing::Level::WARN,
            Self::Internal => tracing::Level::ERROR,
        }
    }

    /// Returns whether trying the same thing again may succeed.
    #[must_use]
    pub fn is_retryable(self) -> bool {
        match self {
            Self::Conflict
            | Self::SourceUnavailable
            | Self::ClusterUnavailable
            | Self::Timeout
            | Self::ResourceExhausted
            | Self::Overloaded => true,
            Self::BadRequest
            | Self::GraphqlParse
            | Self::GraphqlValidation
            | Self::Unauthenticated
            | Self::Forbidden
            | Self::NotFound
            | Self::CatalogInvalid
            | Self::Unsupported
            | Self::Cancelled
            | Self::Internal => false,
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
