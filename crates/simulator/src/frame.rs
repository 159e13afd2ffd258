//! One event of a stream as it goes over the network: its kind, its payload, and how it becomes
//! bytes. The encoders make frames, stream faults cut and spoil them, playback sends them.

use crate::framing::Framing;

/// What a frame is about; faults and pacing look at it, readers never see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FrameKind {
    /// Says which encoding follows.
    Prologue,
    /// Opens a message.
    Begin,
    /// Changes a message.
    Delta,
    /// Something beside the messages.
    Side,
    /// The end marker.
    Done,
}

/// One event.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) kind: FrameKind,
    /// The name on the `event:` line, if there is one.
    pub(crate) event: Option<&'static str>,
    pub(crate) data: String,
}

impl Frame {
    /// An event without an `event:` line.
    pub(crate) fn bare(kind: FrameKind, data: String) -> Self {
        Self {
            kind,
            event: None,
            data,
        }
    }

    /// The end of a stream.
    pub(crate) fn done() -> Self {
        Self::bare(FrameKind::Done, "[DONE]".to_owned())
    }

    /// Adds the event's bytes to `out`.
    pub(crate) fn write_to(&self, framing: &Framing, out: &mut Vec<u8>) {
        let line_end: &[u8] = if framing.crlf { b"\r\n" } else { b"\n" };
        if let Some(event) = self.event {
            out.extend_from_slice(b"event: ");
            out.extend_from_slice(event.as_bytes());
            out.extend_from_slice(line_end);
        }
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(self.data.as_bytes());
        if framing.pad && self.event == Some("delta") {
            let padded = self.data.len().next_multiple_of(8);
            out.resize(out.len() + padded - self.data.len(), b' ');
        }
        out.extend_from_slice(line_end);
        out.extend_from_slice(line_end);
    }
}

/// The bytes of several frames, one after the other.
pub(crate) fn bytes_of(frames: &[Frame], framing: &Framing) -> Vec<u8> {
    let mut out = Vec::with_capacity(frames.iter().map(|frame| frame.data.len() + 32).sum());
    for frame in frames {
        frame.write_to(framing, &mut out);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_deltas_are_padded() {
        let framing = Framing::default();
        let delta = Frame {
            kind: FrameKind::Delta,
            event: Some("delta"),
            data: "{\"v\":1}".to_owned(),
        };
        assert_eq!(
            bytes_of(&[delta], &framing),
            b"event: delta\ndata: {\"v\":1} \n\n"
        );
        let side = Frame::bare(FrameKind::Side, "{\"v\":1}".to_owned());
        assert_eq!(bytes_of(&[side], &framing), b"data: {\"v\":1}\n\n");
    }

    #[test]
    fn lines_may_end_in_cr_lf() {
        let framing = Framing {
            crlf: true,
            ..Framing::default()
        };
        assert_eq!(
            bytes_of(&[Frame::done()], &framing),
            b"data: [DONE]\r\n\r\n"
        );
    }
}
