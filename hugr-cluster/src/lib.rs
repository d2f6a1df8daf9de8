//! Many work nodes that serve the same data sources, and one management node that keeps them together.
//!
//! The core store holds what should be served, at one monotonic revision. A node that receives an operation commits
//! it there and asks management to roll the revision out; management calls every ready node and answers per node.
//! A node that was away catches up by itself. An engine is seen only as a
//! [`Replica`](hugr_core::engine::Replica); it knows nothing of the cluster.
//!
//! Nodes speak gRPC over HTTP/2 on the port of the host's HTTP server. Every call is signed with the cluster secret,
//! which never travels; settings and paths of data sources are sealed.
//!
//! Reading order: `node`, `builder` and `running` (what a host uses), `members` (who is ready), `management`,
//! `worker`, `remote_store`, then `secret`, `authorities`, `link` and `convert` below them.

mod authorities;
mod back_off;
mod builder;
mod convert;
mod defaults;
mod link;
mod management;
mod members;
mod metrics;
mod node;
mod proto;
mod remote_store;
mod roll_out;
mod running;
mod secret;
mod url;
mod worker;

#[cfg(any(test, feature = "testsuite"))]
pub mod testsuite;

pub use back_off::BackOff;
pub use builder::{ManagementBuilder, NodeBuilder, OfManagement, OfWorker, WorkerBuilder};
pub use hugr_auth::{AuthSettings, Secret};
pub use node::ClusterNode;
pub use remote_store::{RemoteCoreStore, RemoteCoreStoreBuilder};
pub use running::{NodeStatus, RunningNode};
