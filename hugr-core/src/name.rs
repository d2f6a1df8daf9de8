//! Newtypes for the identifiers that could be mistaken for one another.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Wraps `name` as it is.
            #[must_use]
            pub fn new(name: impl Into<Arc<str>>) -> Self {
                Self(name.into())
            }

            /// Returns the name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self.as_str(), f)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                self.as_str()
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self::new(name)
            }
        }

        impl From<String> for $name {
            fn from(name: String) -> Self {
                Self::new(name)
            }
        }
    };
}

name_type! {
    /// Name of a data source, unique in the core store.
    SourceName
}
name_type! {
    /// Name of a catalog source: a piece of SDL that data sources are described by.
    CatalogSourceName
}
name_type! {
    /// Name of an API key, by which people tell it from others; not the key.
    ApiKeyName
}
name_type! {
    /// Name of an object storage, unique in the core store whatever the case of its letters.
    StorageName
}
name_type! {
    /// Name of a cluster node, unique among the live nodes.
    NodeName
}
name_type! {
    /// Name of a type of the served GraphQL schema.
    TypeName
}
name_type! {
    /// Name of a field of a GraphQL type.
    FieldName
}
