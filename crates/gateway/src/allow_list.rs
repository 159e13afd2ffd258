//! What somebody who shares an account may ask of upstream, and how each is answered: data only.
//!
//! A route that is not here is refused without a word to upstream. Every row names the ids it
//! takes in its path and query, and `id_checks` names those in bodies; each is looked up before
//! anything is sent. Contract: R19 to R24, B07, B08.

use http::Method;

/// What an id names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdKind {
    /// A conversation.
    Conversation,
    /// A message.
    Message,
    /// A file.
    File,
    /// A shared link.
    Share,
    /// A GPT or a project.
    Gizmo,
    /// A task.
    Task,
    /// The making of one answer.
    Turn,
    /// No id: a version, a voice, a number.
    Word,
}

/// How a request is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// With this JSON, whatever upstream has: it is the account's own.
    Fixed(&'static str),
    /// With nothing.
    Nothing,
    /// With who the visitor is, never with whom the account belongs to.
    Me,
    /// With the account as the visitor sees it.
    Account,
    /// With what the visitor has to do before a message is sent: nothing, the gateway does it.
    Requirements,
    /// With the visitor's own conversations.
    List,
    /// With what of the visitor's upstream finds.
    Search,
    /// With the visitor's own shared links.
    Shares,
    /// With those tasks that belong to conversations of the visitor's.
    Tasks,
    /// By a change of one of the visitor's conversations.
    Change,
    /// By a message, and the stream of its answer.
    Converse,
    /// By a recording, written down.
    WriteDown,
    /// By going on with the stream of an answer.
    Resume,
    /// By upstream; what the reply names is the visitor's from then on.
    Pass,
}

/// One route.
#[derive(Debug)]
pub(crate) struct Row {
    /// Its methods.
    pub(crate) methods: &'static [Method],
    /// Its path; `{kind}` is an id.
    pub(crate) path: &'static str,
    /// What of a query goes on, and what each value names. The rest is left out.
    pub(crate) query: &'static [(&'static str, IdKind)],
    /// How it is answered.
    pub(crate) act: Act,
}

const GET: &[Method] = &[Method::GET];
const POST: &[Method] = &[Method::POST];
const PATCH: &[Method] = &[Method::PATCH];

const NO_QUERY: &[(&str, IdKind)] = &[];

/// A page of a list.
const PAGE: &[(&str, IdKind)] = &[
    ("offset", IdKind::Word),
    ("limit", IdKind::Word),
    ("order", IdKind::Word),
    ("cursor", IdKind::Word),
    ("is_archived", IdKind::Word),
    ("is_starred", IdKind::Word),
];

const fn row(methods: &'static [Method], path: &'static str, act: Act) -> Row {
    Row {
        methods,
        path,
        query: NO_QUERY,
        act,
    }
}

const fn asked(
    methods: &'static [Method],
    path: &'static str,
    query: &'static [(&'static str, IdKind)],
    act: Act,
) -> Row {
    Row {
        methods,
        path,
        query,
        act,
    }
}

/// No custom instructions.
const NO_INSTRUCTIONS: &str = r#"{"object":"user_system_message_detail","enabled":false,"about_user_message":"","about_model_message":"","name_user_message":"","role_user_message":"","traits_model_message":"","other_user_message":"","disabled_tools":[]}"#;
const NO_MEMORIES: &str = r#"{"memories":[],"memory_max_tokens":0,"memory_num_tokens":0}"#;
const NO_ITEMS: &str = r#"{"items":[],"cursor":null}"#;
const NO_RECENT: &str =
    r#"{"info":{"id":"recent","title":"Recently Used"},"list":{"items":[],"cursor":null}}"#;
const NO_SETTINGS: &str = r#"{"settings":{"training_allowed":false}}"#;

/// All routes.
pub(crate) const ROWS: &[Row] = &[
    // Who the visitor is: one answer for all of them.
    row(GET, "/backend-api/me", Act::Me),
    row(GET, "/backend-api/accounts/check/{word}", Act::Account),
    // The account's own, of which nothing is shown.
    row(
        GET,
        "/backend-api/user_system_messages",
        Act::Fixed(NO_INSTRUCTIONS),
    ),
    row(GET, "/backend-api/memories", Act::Fixed(NO_MEMORIES)),
    row(GET, "/backend-api/settings/user", Act::Fixed(NO_SETTINGS)),
    row(GET, "/backend-api/settings/beta_features", Act::Fixed("{}")),
    row(GET, "/backend-api/settings/is_adult", Act::Fixed("{}")),
    row(
        GET,
        "/backend-api/gizmos/bootstrap",
        Act::Fixed(r#"{"gizmos":[]}"#),
    ),
    row(GET, "/backend-api/gizmos/pinned", Act::Fixed(NO_ITEMS)),
    row(
        GET,
        "/backend-api/gizmos/snorlax/sidebar",
        Act::Fixed(NO_ITEMS),
    ),
    row(
        GET,
        "/public-api/gizmos/discovery/recent",
        Act::Fixed(NO_RECENT),
    ),
    row(GET, "/backend-api/pins", Act::Fixed(NO_ITEMS)),
    row(GET, "/backend-api/beacons/home", Act::Fixed("{}")),
    row(
        GET,
        "/backend-api/my/recent/uploaded_images",
        Act::Fixed(NO_ITEMS),
    ),
    row(GET, "/backend-api/edge", Act::Nothing),
    row(POST, "/backend-api/lat/r", Act::Nothing),
    // What is the same for everybody.
    asked(
        GET,
        "/backend-api/models",
        &[
            ("history_and_training_disabled", IdKind::Word),
            ("iim", IdKind::Word),
            ("is_gizmo", IdKind::Word),
        ],
        Act::Pass,
    ),
    row(GET, "/backend-api/model_icons", Act::Pass),
    row(GET, "/backend-api/images/styles", Act::Pass),
    row(GET, "/public-api/conversation_limit", Act::Pass),
    // Lists.
    asked(GET, "/backend-api/conversations", PAGE, Act::List),
    asked(
        GET,
        "/backend-api/conversations/search",
        &[("query", IdKind::Word), ("cursor", IdKind::Word)],
        Act::Search,
    ),
    asked(GET, "/backend-api/shared_conversations", PAGE, Act::Shares),
    row(GET, "/backend-api/tasks", Act::Tasks),
    // One conversation.
    row(GET, "/backend-api/conversation/{conversation}", Act::Pass),
    row(
        PATCH,
        "/backend-api/conversation/{conversation}",
        Act::Change,
    ),
    row(
        GET,
        "/backend-api/conversation/{conversation}/stream_status",
        Act::Pass,
    ),
    row(
        GET,
        "/backend-api/conversation/{conversation}/textdocs",
        Act::Pass,
    ),
    row(
        POST,
        "/backend-api/conversation/{conversation}/async-status",
        Act::Pass,
    ),
    asked(
        GET,
        "/backend-api/conversations/{conversation}",
        &[("num_turns", IdKind::Word)],
        Act::Pass,
    ),
    asked(
        GET,
        "/backend-api/conversations/{conversation}/messages",
        &[("after", IdKind::Message), ("limit", IdKind::Word)],
        Act::Pass,
    ),
    row(
        POST,
        "/backend-api/conversation/gen_title/{conversation}",
        Act::Pass,
    ),
    row(
        POST,
        "/backend-api/conversation/message_feedback",
        Act::Pass,
    ),
    row(POST, "/backend-api/conversation/init", Act::Pass),
    row(POST, "/backend-api/stop_conversation", Act::Pass),
    // Messages.
    row(
        POST,
        "/backend-api/sentinel/chat-requirements",
        Act::Requirements,
    ),
    row(
        POST,
        "/backend-api/sentinel/chat-requirements/prepare",
        Act::Requirements,
    ),
    row(
        POST,
        "/backend-api/sentinel/chat-requirements/finalize",
        Act::Requirements,
    ),
    row(POST, "/backend-api/conversation", Act::Converse),
    row(POST, "/backend-alt/conversation", Act::Converse),
    row(POST, "/backend-api/f/conversation", Act::Converse),
    row(POST, "/backend-api/f/conversation/prepare", Act::Pass),
    asked(
        &[Method::GET, Method::POST],
        "/backend-api/f/conversation/resume",
        &[
            ("conversation_id", IdKind::Conversation),
            ("offset", IdKind::Word),
        ],
        Act::Resume,
    ),
    row(GET, "/backend-api/celsius/ws/user", Act::Pass),
    // Files.
    row(POST, "/backend-api/files", Act::Pass),
    row(POST, "/backend-api/files/process_upload_stream", Act::Pass),
    row(GET, "/backend-api/files/{file}", Act::Pass),
    row(POST, "/backend-api/files/{file}/uploaded", Act::Pass),
    row(GET, "/backend-api/files/{file}/download", Act::Pass),
    asked(
        GET,
        "/backend-api/files/download/{file}",
        &[("post_id", IdKind::Word), ("inline", IdKind::Word)],
        Act::Pass,
    ),
    row(
        GET,
        "/backend-api/conversation/{conversation}/attachment/{file}/download",
        Act::Pass,
    ),
    asked(
        GET,
        "/backend-api/conversation/{conversation}/interpreter/download",
        &[
            ("message_id", IdKind::Message),
            ("sandbox_path", IdKind::Word),
        ],
        Act::Pass,
    ),
    asked(
        GET,
        "/backend-api/synthesize",
        &[
            ("conversation_id", IdKind::Conversation),
            ("message_id", IdKind::Message),
            ("voice", IdKind::Word),
            ("format", IdKind::Word),
        ],
        Act::Pass,
    ),
    row(POST, "/backend-api/transcribe", Act::WriteDown),
    // Shared links.
    row(POST, "/backend-api/share/create", Act::Pass),
    row(
        &[Method::GET, Method::PATCH, Method::DELETE],
        "/backend-api/share/{share}",
        Act::Pass,
    ),
];

/// What the name between braces stands for.
pub(crate) fn kind_in_path(name: &str) -> IdKind {
    match name {
        "conversation" => IdKind::Conversation,
        "file" => IdKind::File,
        "share" => IdKind::Share,
        _ => IdKind::Word,
    }
}

impl IdKind {
    /// Whether a text looks like such an id, so that no route is taken for one.
    pub(crate) fn has_shape(self, text: &str) -> bool {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let is_id = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        match self {
            Self::Conversation | Self::Message | Self::Share | Self::Task | Self::Turn => {
                (8..=128).contains(&text.len()) && text.bytes().all(is_id)
            }
            Self::File => {
                let rest = text.strip_prefix("file");
                let rest = rest.and_then(|it| it.strip_prefix(['-', '_']));
                rest.is_some_and(|it| !it.is_empty()) && text.bytes().all(is_word)
            }
            Self::Gizmo | Self::Word => text.len() <= 128 && text.bytes().all(is_word),
        }
    }

    /// The word in the database and in documents.
    pub fn word(self) -> &'static str {
        match self {
            Self::Conversation => "conversation",
            Self::Message => "message",
            Self::File => "file",
            Self::Share => "share",
            Self::Gizmo => "gizmo",
            Self::Task => "task",
            Self::Turn => "turn",
            Self::Word => "word",
        }
    }
}

/// A route of the list, for documents and tests.
#[derive(Debug, Clone, Copy)]
pub struct AllowedRoute {
    /// Its methods.
    pub methods: &'static [Method],
    /// Its path; `{conversation}`, `{file}`, `{share}` and `{word}` are place-holders.
    pub path: &'static str,
    /// The names of a query that go on, and what each value names: `word` for nothing.
    pub query: &'static [(&'static str, IdKind)],
    /// Whether upstream is never asked.
    pub is_answered_here: bool,
}

/// What somebody who shares an account may ask.
pub fn allowed_routes() -> impl Iterator<Item = AllowedRoute> {
    ROWS.iter().map(|row| AllowedRoute {
        methods: row.methods,
        path: row.path,
        query: row.query,
        is_answered_here: matches!(
            row.act,
            Act::Fixed(_) | Act::Nothing | Act::Me | Act::Requirements | Act::List
        ),
    })
}
