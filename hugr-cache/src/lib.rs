//! Keeps encoded answers. Knows nothing of GraphQL or SQL: keys and entries are bytes.
