//! Token usage, as the Messages API reports it.

use serde::Serialize;

/// Tokens of one request and its answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Tokens of the prompt that were not read from a cache.
    pub input_tokens: u64,
    /// Tokens of the answer, thoughts included.
    pub output_tokens: u64,
    /// Tokens that were written into a cache.
    pub cache_creation_input_tokens: u64,
    /// Tokens that were read from a cache.
    pub cache_read_input_tokens: u64,
    /// What was written into a cache, by how long it stays.
    pub cache_creation: CacheCreation,
    /// What the answer's tokens were.
    pub output_tokens_details: OutputTokensDetails,
    /// What upstream's own tools did.
    pub server_tool_use: ServerToolUse,
    /// Always `standard`.
    pub service_tier: ServiceTier,
    /// Where the model ran; not known.
    pub inference_geo: Option<&'static str>,
    /// Always `standard`.
    pub speed: ServiceTier,
}

/// The same at the end of a stream: totals, not differences.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct DeltaUsage {
    /// Tokens of the prompt that were not read from a cache.
    pub input_tokens: u64,
    /// Tokens of the answer, thoughts included.
    pub output_tokens: u64,
    /// Tokens that were written into a cache.
    pub cache_creation_input_tokens: u64,
    /// Tokens that were read from a cache.
    pub cache_read_input_tokens: u64,
    /// What the answer's tokens were.
    pub output_tokens_details: OutputTokensDetails,
    /// What upstream's own tools did.
    pub server_tool_use: ServerToolUse,
}

/// What was written into a cache.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct CacheCreation {
    /// For five minutes.
    pub ephemeral_5m_input_tokens: u64,
    /// For an hour.
    pub ephemeral_1h_input_tokens: u64,
}

/// What the answer's tokens were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct OutputTokensDetails {
    /// Tokens of the thoughts.
    pub thinking_tokens: u64,
}

/// What upstream's own tools did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ServerToolUse {
    /// Searches on the web.
    pub web_search_requests: u64,
    /// Pages that were fetched.
    pub web_fetch_requests: u64,
}

/// How a request is served.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceTier {
    /// As all are.
    #[default]
    Standard,
}

impl Usage {
    /// Takes over the totals of the end of a stream.
    pub fn update(&mut self, totals: DeltaUsage) {
        let DeltaUsage {
            input_tokens,
            output_tokens,
            cache_creation_input_tokens,
            cache_read_input_tokens,
            output_tokens_details,
            server_tool_use,
        } = totals;
        *self = Self {
            input_tokens,
            output_tokens,
            cache_creation_input_tokens,
            cache_read_input_tokens,
            output_tokens_details,
            server_tool_use,
            ..*self
        };
    }
}
