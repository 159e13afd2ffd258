//! What the owner of a simulator chooses: its clock, how fast it answers, how its streams are
//! written, what its sentinel asks and how one signs in. Plain data; the other files read it, none changes it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::capture::CapturedAnswers;
use crate::framing::Framing;

/// Tells the simulator what time it is, so that tests need not wait for anything to expire.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// Everything a [`Simulator`](crate::Simulator) is built from.
#[derive(Clone)]
pub struct Options {
    /// The time used for tokens, expiries and message times.
    pub clock: Clock,
    /// How fast replies are streamed.
    pub pace: Pace,
    /// How streams are written.
    pub framing: Framing,
    /// What the checks before a conversation ask for.
    pub sentinel: SentinelOptions,
    /// Whether the newer `/backend-api/f/*` paths exist; an older upstream answers 404 there.
    pub f_conversation: bool,
    /// Whether requests are kept for [`Simulator::recorded`](crate::Simulator::recorded).
    pub record: bool,
    /// How many conversations are remembered; beyond it the oldest is forgotten.
    pub max_conversations: usize,
    /// How files are uploaded.
    pub files: FileOptions,
    /// Whether a temporary chat can be read for an hour, though it is not listed.
    pub temporary_is_served: bool,
    /// The folder of the site that browsers see, one folder in it per layout; without it there is
    /// only a front page.
    pub official_site: Option<PathBuf>,
    /// What the sign-in service does.
    pub sign_in: SignInOptions,
    /// What becomes of those who ask at `/backend-anon` without having signed in.
    pub anonymous: Anonymous,
    /// What the platform, the server for those with keys, offers.
    pub platform: PlatformOptions,
    /// How the address of the socket on which upstream tells of conversations begins, without a
    /// slash at its end: `wss://ws.chatgpt.test`, for example. `None` is the host of the request.
    pub socket_origin: Option<String>,
    /// Recorded answers, which come before all others.
    pub capture: Option<Arc<CapturedAnswers>>,
}

impl Options {
    /// The defaults of a current upstream that answers at once.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            pace: Pace::Instant,
            framing: Framing::default(),
            sentinel: SentinelOptions::default(),
            f_conversation: true,
            record: false,
            max_conversations: 1000,
            files: FileOptions::default(),
            temporary_is_served: true,
            official_site: None,
            sign_in: SignInOptions::default(),
            anonymous: Anonymous::Served,
            platform: PlatformOptions::default(),
            socket_origin: None,
            capture: None,
        }
    }
}

/// How fast a reply is streamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Everything at once, in few writes.
    Instant,
    /// One delta per period, each its own write.
    Every(Duration),
    /// About as a person reads: some 25 ms a piece, slightly uneven but always the same.
    Reading,
}

/// What becomes of those who have not signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anonymous {
    /// They are answered.
    Served,
    /// The checks tell them to sign in.
    Refused,
}

/// What the sentinel, the step before a conversation, asks for.
#[derive(Clone, Debug)]
pub struct SentinelOptions {
    /// Whether `prepare` and `finalize` exist; without them they answer 404.
    pub two_step: bool,
    /// Difficulty of the proof of work in hexadecimal; `None` asks for no proof.
    pub difficulty: Option<String>,
    /// How long a requirements token is good for.
    pub lifetime: Duration,
}

impl Default for SentinelOptions {
    fn default() -> Self {
        Self {
            two_step: true,
            difficulty: Some("0fffff".to_owned()),
            lifetime: Duration::from_mins(9),
        }
    }
}

/// Which of upstream's ways of taking a file there are.
#[derive(Clone, Debug)]
pub struct FileOptions {
    /// Whether `POST /backend-api/files/{id}/uploaded` exists; without it, it answers 404.
    pub uploaded: bool,
    /// Whether `POST /backend-api/files/process_upload_stream` exists; without it, it answers 404.
    pub process_upload_stream: bool,
    /// How often an unfinished index is reported before it is finished.
    pub index_polls: u32,
    /// Whether ids are the newer `file_…`, used as `sediment://`, and not `file-…`.
    pub sediment: bool,
}

impl Default for FileOptions {
    fn default() -> Self {
        Self {
            uploaded: true,
            process_upload_stream: true,
            index_polls: 1,
            sediment: false,
        }
    }
}

/// Which APIs the platform has: many servers that call themselves compatible have only one. What
/// is not there answers 404.
#[derive(Clone, Debug)]
pub struct PlatformOptions {
    /// Whether there is `POST /platform/v1/chat/completions`.
    pub chat: bool,
    /// Whether there is `/platform/v1/responses`.
    pub responses: bool,
}

impl Default for PlatformOptions {
    fn default() -> Self {
        Self {
            chat: true,
            responses: true,
        }
    }
}

/// What the sign-in service does, and which tokens are taken.
#[derive(Clone, Debug)]
pub struct SignInOptions {
    /// For how long a spent refresh token is still honoured, as long as its successor has not been
    /// used. A spent token that comes later revokes its family; with zero, any does.
    pub overlap: Duration,
    /// How long access tokens are good for whose account signed in here. Tokens that were minted
    /// say it themselves.
    pub access_token_lifetime: Duration,
    /// Whether the device flow exists; without it, it answers 404.
    pub device_flow: bool,
    /// Whether `fk-NAME`, a token of a relay, is an access token of the account of that name.
    pub relay_tokens: bool,
}

impl Default for SignInOptions {
    fn default() -> Self {
        Self {
            overlap: Duration::ZERO,
            access_token_lifetime: Duration::from_secs(863_999),
            device_flow: true,
            relay_tokens: false,
        }
    }
}
