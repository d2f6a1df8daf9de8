//! The stream to management: opened at start, kept, and opened again when it breaks.

use std::sync::Arc;
use std::time::Duration;

use hugr_auth::{AuthSettings, SecretDigest};
use hugr_core::engine::Replica;
use hugr_core::name::NodeName;
use hugr_core::store::Revision;
use hugr_core::{Error, ErrorCode, Result};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::Streaming;

use super::kept_settings::KeptSettings;
use super::reconciler::{Progress, Reconciler};
use crate::back_off::BackOff;
use crate::convert::error::error_of;
use crate::convert::incomplete;
use crate::link::{Link, is_unreachable, unreachable};
use crate::members::Standing;
use crate::metrics;
use crate::proto;
use crate::proto::management_message::Kind as Told;
use crate::proto::node_message::Kind as Said;
use crate::secret::ClusterKeys;
use crate::secret::seal::SealedFor;
use crate::url::NodeUrl;

/// How long a node that kept its settings waits for management before it starts with them.
const PATIENCE_WITH_KEPT_SETTINGS: Duration = Duration::from_secs(10);

/// How many messages may wait to be sent.
const OUTBOX_MESSAGES: usize = 16;

/// Who a worker is and how it behaves.
#[derive(Debug)]
pub(crate) struct WorkerSettings {
    /// Its name.
    pub(crate) name: NodeName,
    /// URL at which management reaches it.
    pub(crate) url: NodeUrl,
    /// Version of the software.
    pub(crate) version: String,
    /// How long the first connection may take, failures included.
    pub(crate) start_limit: Duration,
    /// Digest of the cluster secret, which callers may present.
    pub(crate) secret: SecretDigest,
    /// Where the settings are kept for a start without management.
    pub(crate) kept: Option<KeptSettings>,
    /// Pauses between attempts.
    pub(crate) back_off: BackOff,
}

/// A worker's connection to management.
#[derive(Debug)]
pub(crate) struct Connection {
    settings: WorkerSettings,
    link: Link,
    keys: Arc<ClusterKeys>,
    replica: Arc<dyn Replica>,
    reconciler: Arc<Reconciler>,
    standing: watch::Sender<Standing>,
    roll_out_limit: watch::Sender<Duration>,
}

/// An open stream.
#[derive(Debug)]
pub(crate) struct OpenStream {
    outbox: mpsc::Sender<proto::NodeMessage>,
    told: Streaming<proto::ManagementMessage>,
    keep_alive: Duration,
}

/// Why a stream ended.
enum StreamEnd {
    /// It broke.
    Broken(Error),
    /// The node said goodbye.
    Left,
}

impl Connection {
    /// Returns a connection over `link` that is not open yet.
    pub(crate) fn new(
        settings: WorkerSettings,
        link: Link,
        keys: Arc<ClusterKeys>,
        replica: Arc<dyn Replica>,
        reconciler: Arc<Reconciler>,
    ) -> Self {
        let standing = not_connected(link.peer());
        let roll_out_limit = link.timeout();
        Self {
            settings,
            link,
            keys,
            replica,
            reconciler,
            standing: watch::Sender::new(standing),
            roll_out_limit: watch::Sender::new(roll_out_limit),
        }
    }

    /// Returns who the worker is.
    pub(crate) fn settings(&self) -> &WorkerSettings {
        &self.settings
    }

    /// Returns how management sees the node, and follows it.
    pub(crate) fn standing(&self) -> watch::Receiver<Standing> {
        self.standing.subscribe()
    }

    /// Returns how long management lets a roll-out take.
    pub(crate) fn roll_out_limit(&self) -> watch::Receiver<Duration> {
        self.roll_out_limit.subscribe()
    }

    /// Opens the first stream, or, when management does not answer and its settings were kept, uses those; then there is
    /// no stream yet.
    ///
    /// # Errors
    /// As [`open_first`](Self::open_first).
    pub(crate) async fn start(&self) -> Result<Option<OpenStream>> {
        let kept = match &self.settings.kept {
            Some(kept) => kept.load().await,
            None => None,
        };
        let Some(sealed_auth) = kept else {
            return self.open_first(self.settings.start_limit).await.map(Some);
        };
        let patience = self.settings.start_limit.min(PATIENCE_WITH_KEPT_SETTINGS);
        match self.open_first(patience).await {
            Err(error) if error.code().is_retryable() => {
                self.take_settings(&proto::Settings { sealed_auth })?;
                tracing::warn!(%error, "starting with the settings that management sent last");
                Ok(None)
            }
            outcome => outcome.map(Some),
        }
    }

    /// Opens the first stream, trying for as long as `limit`.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` at once when the secret is refused, else the last failure, when the limit is over.
    async fn open_first(&self, limit: Duration) -> Result<OpenStream> {
        let deadline = Instant::now() + limit;
        let mut failures = 0;
        loop {
            let error = match self.open().await {
                Ok(stream) => return Ok(stream),
                Err(error) => error,
            };
            let pause = self.settings.back_off.delay(failures);
            if !error.code().is_retryable() || Instant::now() + pause > deadline {
                return Err(if is_unreachable(&error) {
                    unreachable(
                        self.link.peer(),
                        "the node cannot start without its settings",
                        &error,
                    )
                } else {
                    error
                });
            }
            tracing::warn!(%error, "management does not take this node yet");
            tokio::time::sleep(pause).await;
            failures += 1;
        }
    }

    /// Keeps the stream, and opens another when there is none or it breaks, until `stop`; then says goodbye.
    pub(crate) async fn keep(self: Arc<Self>, stream: Option<OpenStream>, stop: CancellationToken) {
        let mut open = stream;
        let mut failures = 0_u32;
        loop {
            let error = if let Some(stream) = open.take() {
                let opened = Instant::now();
                match self.attend(stream, &stop).await {
                    StreamEnd::Left => return,
                    StreamEnd::Broken(error) => {
                        metrics::count_lost_connection();
                        // Two nodes that take over each other's stream must not do so at full speed.
                        if self.settings.back_off.is_long(opened.elapsed()) {
                            failures = 0;
                        }
                        error
                    }
                }
            } else {
                let attempt = tokio::select! {
                    () = stop.cancelled() => return,
                    attempt = self.open() => attempt,
                };
                match attempt {
                    Ok(stream) => {
                        open = Some(stream);
                        continue;
                    }
                    Err(error) => error,
                }
            };
            self.note_broken(&error);
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(self.settings.back_off.delay(failures)) => {}
            }
            failures = failures.saturating_add(1);
        }
    }

    async fn open(&self) -> Result<OpenStream> {
        let (outbox, messages) = mpsc::channel(OUTBOX_MESSAGES);
        let hello = Said::Hello(proto::Hello {
            name: self.settings.name.as_str().to_owned(),
            url: self.settings.url.as_str().to_owned(),
            version: self.settings.version.clone(),
            applied_revision: self.replica.applied_revision().0,
        });
        outbox
            .send(message(hello))
            .await
            .map_err(|error| Error::internal(error.to_string()))?;
        let mut client = self.link.management();
        let mut told = self
            .link
            .answer(client.connect(ReceiverStream::new(messages)))
            .await?;
        let first = tokio::time::timeout(self.link.timeout(), told.message())
            .await
            .map_err(|_| {
                Error::new(
                    ErrorCode::Timeout,
                    format!("{} sent no welcome", self.link.peer()),
                )
            })?
            .map_err(|status| error_of(&status, self.link.peer()))?;
        let Some(Told::Welcome(welcome)) = first.and_then(|message| message.kind) else {
            return Err(incomplete("welcome"));
        };
        let keep_alive = Duration::from_millis(welcome.keep_alive_millis);
        self.take_welcome(welcome).await?;
        Ok(OpenStream {
            outbox,
            told,
            keep_alive,
        })
    }

    async fn take_welcome(&self, welcome: proto::Welcome) -> Result<()> {
        let settings = welcome.settings.ok_or_else(|| incomplete("settings"))?;
        self.take_settings(&settings)?;
        self.keep_settings(&settings).await;
        self.forget_answers().await;
        self.roll_out_limit
            .send_replace(Duration::from_millis(welcome.roll_out_limit_millis));
        self.reconciler.want(Revision(welcome.revision));
        tracing::info!(
            management = self.link.peer(),
            version = welcome.version,
            revision = welcome.revision,
            "connected"
        );
        Ok(())
    }

    /// What others dropped while this node could not be told is unknown here.
    async fn forget_answers(&self) {
        if let Err(error) = self.replica.drop_answers(&[]).await {
            tracing::warn!(%error, "kept answers cannot be dropped");
        }
    }

    fn take_settings(&self, settings: &proto::Settings) -> Result<()> {
        let sealed_for = SealedFor::Settings(self.settings.name.as_str());
        let json = self
            .keys
            .open(&settings.sealed_auth, sealed_for)
            .map_err(|error| {
                let message = format!("authentication settings of {}: {error}", self.link.peer());
                Error::new(error.code(), message)
            })?;
        let mut auth: AuthSettings = serde_json::from_str(&json).map_err(|_| incomplete("settings"))?;
        auth.cluster_secret = Some(self.settings.secret);
        self.replica.apply_auth(&auth)
    }

    async fn keep_settings(&self, settings: &proto::Settings) {
        if let Some(kept) = &self.settings.kept {
            kept.keep(&settings.sealed_auth).await;
        }
    }

    /// Reports and listens until the stream ends.
    async fn attend(&self, mut stream: OpenStream, stop: &CancellationToken) -> StreamEnd {
        let mut progress = self.reconciler.progress();
        let mut said = Some(report(&progress.borrow_and_update()));
        loop {
            if let Some(kind) = said.take()
                && stream.outbox.send(message(kind)).await.is_err()
            {
                return StreamEnd::Broken(ended(self.link.peer()));
            }
            tokio::select! {
                () = stop.cancelled() => {
                    self.leave(stream).await;
                    return StreamEnd::Left;
                }
                told = stream.told.message() => match told {
                    Ok(Some(message)) => self.hear(message).await,
                    Ok(None) => return StreamEnd::Broken(ended(self.link.peer())),
                    Err(status) => return StreamEnd::Broken(error_of(&status, self.link.peer())),
                },
                _ = progress.changed() => said = Some(report(&progress.borrow_and_update())),
                () = tokio::time::sleep(stream.keep_alive) => said = Some(Said::KeepAlive(proto::KeepAlive {})),
            }
        }
    }

    /// Says goodbye and waits until management ends the stream: then it has forgotten the node.
    async fn leave(&self, mut stream: OpenStream) {
        if stream
            .outbox
            .send(message(Said::Goodbye(proto::Goodbye {})))
            .await
            .is_err()
        {
            return;
        }
        let ended = async { while let Ok(Some(_)) = stream.told.message().await {} };
        if tokio::time::timeout(self.link.timeout(), ended).await.is_err() {
            tracing::warn!(management = self.link.peer(), "goodbye was not answered");
        }
    }

    async fn hear(&self, message: proto::ManagementMessage) {
        match message.kind {
            Some(Told::Settings(settings)) => match self.take_settings(&settings) {
                Ok(()) => {
                    tracing::info!("new authentication settings are in force");
                    self.keep_settings(&settings).await;
                }
                Err(error) => {
                    tracing::error!(%error, "new settings not applied, the former ones stay in force");
                }
            },
            Some(Told::ForgetAnswers(proto::ForgetAnswers {})) => self.forget_answers().await,
            Some(Told::Behind(behind)) => self.reconciler.want(Revision(behind.revision)),
            Some(Told::Standing(standing)) => {
                let standing = Standing {
                    is_ready: standing.is_ready,
                    error: standing.error,
                };
                tracing::info!(
                    is_ready = standing.is_ready,
                    error = standing.error,
                    "standing in the cluster"
                );
                self.standing.send_replace(standing);
            }
            // A newer management may say more than this version knows.
            Some(Told::Welcome(_)) | None => {}
        }
    }

    fn note_broken(&self, error: &Error) {
        tracing::warn!(%error, management = self.link.peer(), "not connected to management");
        self.standing.send_replace(not_connected(self.link.peer()));
    }
}

fn not_connected(peer: &str) -> Standing {
    Standing {
        is_ready: false,
        error: format!("not connected to {peer}"),
    }
}

fn ended(peer: &str) -> Error {
    Error::new(
        ErrorCode::ClusterUnavailable,
        format!("{peer} ended the connection"),
    )
}

fn report(progress: &Progress) -> Said {
    Said::Report(proto::Report {
        applied_revision: progress.applied.0,
        is_reconciled: progress.is_reconciled,
    })
}

fn message(kind: Said) -> proto::NodeMessage {
    proto::NodeMessage { kind: Some(kind) }
}
