//! The OpenAI-compatible face: chat, pictures, speech, files, models, and their description.
//!
//! Thin: reads the request, opens a conversation on a leased account, writes the reply.
//! Knows no other face. Used by the program's router.

mod routes;
pub use routes::{API_ROUTES, routes};

mod audio;
mod capabilities;
mod chat_completions;
mod files;
mod image_answer;
mod image_form;
mod image_stream;
mod images;
mod messages;
mod models;
mod passing;
mod recording_form;
mod reference;
mod reply_headers;

mod conversations;
mod item_list;
mod responses;
pub use responses::{Responses, Sockets};

mod answer_stream;
mod answering;
mod attachments;
mod continuing;
mod conversation;
mod downgrade;
mod emulating;
mod limits;
mod metering;
pub use metering::CountingQueue;
mod prompt_count;
mod routing;
mod watch;
mod whole_answer;
pub use downgrade::DowngradePolicy;

mod file_links;
mod proven_caller;
mod served_file;
mod usage;
pub use file_links::LinkSigner;
pub use files::Files;

mod deletions;
pub use deletions::keep_promises;

use std::sync::Arc;
use std::time::Duration;

use accounts::{Admission, Callers, Continuations, Door, Pool};
use store::PendingDeletions;
use tokio_util::task::TaskTracker;
use transcode::model_alias::ModelAliases;
use transcode::parameter_table::Emulation;
use transcode::reply::answer_style::{ActivityFormat, ReasoningFormat};
use upstream::fetch::Fetcher;
use upstream::{Clock, DriverKind, Drivers};
use url::Url;

/// What the face works with.
#[derive(Debug)]
pub struct Api {
    /// What accounts are asked through.
    pub drivers: Drivers,
    /// `DRIVERS`: those that may be asked, the preferred one first.
    pub driver_order: Vec<DriverKind>,
    /// `EMULATE_TOOLS`
    pub emulation: Emulation,
    /// Who pays.
    pub pool: Pool,
    /// Who may call.
    pub callers: Callers,
    /// Whether an unknown word becomes a seed.
    pub door: Door,
    /// What keys may ask for, and what was used.
    pub admission: Arc<Admission>,
    /// The time.
    pub clock: Clock,
    /// `RETRY_TIMES`: further attempts after the first.
    pub retry_times: u32,
    /// How long a stream may be silent before a heart-beat.
    pub heartbeat: Duration,
    /// Largest request body.
    pub body_limit_bytes: usize,
    /// Fetches what callers name by address.
    pub fetcher: Arc<Fetcher>,
    /// The gateway's own files.
    pub files: Files,
    /// Responses that are kept, and those that are made in the background.
    pub responses: Responses,
    /// Connections of callers that ask over a socket.
    pub sockets: Sockets,
    /// Conversations that are to be deleted.
    pub deletions: PendingDeletions,
    /// Links to what upstream made.
    pub links: LinkSigner,
    /// `COUNT_USAGE`: whether the tokens of every request are counted.
    pub counts_usage: bool,
    /// What is still to be counted.
    pub counting: Arc<CountingQueue>,
    /// Where upstream's conversations stand.
    pub continuations: Continuations,
    /// What has to be done though the caller be gone.
    pub tasks: TaskTracker,
    /// `PUBLIC_URL`
    pub public_url: Option<Url>,
    /// `API_PREFIX` with a slash before it; empty for none.
    pub path_prefix: String,
    /// `UPLOAD_BY_URL`
    pub uploads_by_url: bool,
    /// `REASONING_FORMAT`
    pub reasoning_format: ReasoningFormat,
    /// `TOOL_ACTIVITY`
    pub tool_activity: ActivityFormat,
    /// `ANTHROPIC_MODELS`
    pub anthropic_models: ModelAliases,
    /// `MODEL_DOWNGRADE`
    pub downgrade: DowngradePolicy,
    /// `ENABLE_LIMIT`
    pub honours_limits: bool,
    /// `DELETE_AFTER_MINUTES`
    pub delete_after_minutes: Option<u32>,
}
