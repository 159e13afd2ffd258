//! The names of this protocol that are understood, or knowingly passed over.
//!
//! Data. A name outside these tables is a sign that the private protocol has changed; it is
//! counted and tolerated, never fatal. Used by `transcode`'s reader and by `capture`'s report.

/// Values of `type` of a stream's typed events.
pub const EVENT_TYPES: &[&str] = &[
    "conversation-turn-complete",
    "conversation_async_status",
    "conversation_detail_metadata",
    "error",
    "input_message",
    "message_marker",
    "message_stream_complete",
    "moderation",
    "resume_conversation_token",
    "server_ste_metadata",
    "stream_handoff",
    "title_generation",
    "url_moderation",
];

/// Values of `event:` of a stream's events.
pub const EVENT_NAMES: &[&str] = &["delta", "delta_encoding", "error", "message", "ping"];

/// Values of `o` of a delta.
pub const OPERATIONS: &[&str] = &["add", "append", "patch", "remove", "replace", "truncate"];

/// Values of `content_type`, of a message's content and of the objects in its parts.
pub const CONTENT_TYPES: &[&str] = &[
    "app_pairing_content",
    "audio_asset_pointer",
    "audio_transcription",
    "citable_code_output",
    "code",
    "computer_output",
    "execution_output",
    "image_asset_pointer",
    "model_editable_context",
    "multimodal_text",
    "real_time_user_audio_video_asset_pointer",
    "reasoning_recap",
    "sonic_webpage",
    "super_widget",
    "system_error",
    "tether_browsing_display",
    "tether_quote",
    "text",
    "thoughts",
    "user_editable_context",
];

/// Values of `type` of a content reference.
pub const REFERENCE_TYPES: &[&str] = &[
    "alt_text",
    "attribution",
    "entity",
    "file",
    "forecast",
    "grouped_webpages",
    "hidden",
    "image_group",
    "image_inline",
    "image_v2",
    "invalid",
    "nav_list",
    "product_entity",
    "products",
    "sources_footnote",
    "url",
    "video",
    "webpage",
    "webpage_extended",
];

/// Values of `status` of a message.
pub const STATUSES: &[&str] = &[
    "finished_partial_completion",
    "finished_successfully",
    "in_progress",
];

/// What kind of name is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnknownKind {
    /// The `event:` of a stream's event.
    EventName,
    /// The `type` of a typed event.
    EventType,
    /// The `o` of a delta.
    Operation,
    /// A `content_type`.
    ContentType,
    /// The `type` of a content reference.
    ReferenceType,
    /// The `status` of a message.
    Status,
    /// A key of an object.
    Key,
}

impl UnknownKind {
    /// Its name in metrics and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::EventName => "event_name",
            Self::EventType => "event_type",
            Self::Operation => "operation",
            Self::ContentType => "content_type",
            Self::ReferenceType => "reference_type",
            Self::Status => "status",
            Self::Key => "key",
        }
    }

    /// The names of this kind that are known; keys are listed by `capture`.
    pub fn known(self) -> &'static [&'static str] {
        match self {
            Self::EventName => EVENT_NAMES,
            Self::EventType => EVENT_TYPES,
            Self::Operation => OPERATIONS,
            Self::ContentType => CONTENT_TYPES,
            Self::ReferenceType => REFERENCE_TYPES,
            Self::Status => STATUSES,
            Self::Key => &[],
        }
    }
}

/// A name that is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unknown {
    /// What it is the name of.
    pub kind: UnknownKind,
    /// The name.
    pub name: String,
}

/// `name` as an unknown one, unless it is known or empty.
pub fn unknown(kind: UnknownKind, name: &str) -> Option<Unknown> {
    let is_known = name.is_empty() || kind.known().contains(&name);
    (!is_known).then(|| Unknown {
        kind,
        name: name.to_owned(),
    })
}
