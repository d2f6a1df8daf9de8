//! Health checks: is a node reached at its URL, and does it serve.

use std::sync::Arc;

use chrono::Utc;
use futures::future::join_all;
use hugr_core::name::NodeName;
use tokio::time::Instant;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::coordinator::Coordinator;
use crate::link::Link;
use crate::members::Peer;
use crate::metrics;

impl Coordinator {
    /// Checks all nodes in every check interval, until the node stops.
    pub(crate) async fn keep_checking(self: Arc<Self>) {
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(self.settings.check_interval) => {}
            }
            self.check_all().await;
            if let Err(error) = self.note_store_revision().await {
                tracing::warn!(%error, store = self.store.describe(), "core store does not answer");
            }
        }
    }

    /// Checks all connected nodes now, in parallel.
    pub(crate) async fn check_all(&self) {
        join_all(self.members.peers().into_iter().map(|peer| self.check(peer))).await;
    }

    /// Checks one node in the background.
    pub(super) fn check_soon(self: &Arc<Self>, node: &NodeName) {
        let Some(peer) = self.members.peer(node) else {
            return;
        };
        let coordinator = Arc::clone(self);
        self.tasks.spawn(async move {
            tokio::select! {
                () = coordinator.stop.cancelled() => {}
                () = coordinator.check(peer) => {}
            }
        });
    }

    async fn check(&self, peer: Peer) {
        let Some(session) = peer.session else { return };
        let asked = Instant::now();
        let result = ask(&peer.link).await;
        match &result {
            Ok(()) => metrics::note_check(peer.name.as_str(), asked.elapsed()),
            Err(reason) => {
                metrics::count_failed_check(peer.name.as_str());
                tracing::warn!(node = %peer.name, %reason, "health check failed");
            }
        }
        self.members.checked(&peer.name, session, result, Utc::now());
    }
}

async fn ask(link: &Link) -> Result<(), String> {
    let mut client = HealthClient::new(link.unsigned());
    let request = HealthCheckRequest {
        service: String::new(),
    };
    let answer = link
        .answer(client.check(request))
        .await
        .map_err(|error| format!("health check failed: {error}"))?;
    match answer.status() {
        ServingStatus::Serving => Ok(()),
        ServingStatus::NotServing => Err("the node is shutting down".to_owned()),
        ServingStatus::Unknown | ServingStatus::ServiceUnknown => Err(format!(
            "health check failed: {} does not know its health",
            link.peer()
        )),
    }
}
