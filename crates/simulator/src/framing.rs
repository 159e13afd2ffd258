//! The choices in how a stream is written that do not change what it says: white space, escaping,
//! line ends, which side events are there, where the network cuts it. Plain data, read by the
//! encoders and by playback.

/// Which of upstream's two stream formats is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Every event holds the whole message so far.
    Cumulative,
    /// Every event holds a change to a document.
    V1,
}

/// How a stream is written. The default is what captures of September 2026 show.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches, each named after what it turns on"
)]
pub struct Framing {
    /// Pad delta payloads with spaces to a multiple of 8 bytes.
    pub pad: bool,
    /// No space after `,` and `:` in JSON.
    pub compact: bool,
    /// Write characters beyond ASCII as `\u` escapes.
    pub escape_non_ascii: bool,
    /// End lines with CR LF instead of LF.
    pub crlf: bool,
    /// Send the hidden system and context messages that precede an answer.
    pub hidden_frames: bool,
    /// Send the typed side events (titles, markers, telemetry, completion).
    pub typed_events: bool,
    /// Send one more metadata change after the answer's last token.
    pub late_delta: bool,
    /// Send the title again, changed, after the stream is complete.
    pub second_title: bool,
    /// End with `[DONE]`.
    pub done: bool,
    /// Cut the network writes after at most this many bytes, even inside a character.
    pub split_every: Option<usize>,
}

impl Default for Framing {
    fn default() -> Self {
        Self {
            pad: true,
            compact: true,
            escape_non_ascii: true,
            crlf: false,
            hidden_frames: true,
            typed_events: true,
            late_delta: true,
            second_title: true,
            done: true,
            split_every: None,
        }
    }
}
