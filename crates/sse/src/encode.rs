//! Writing events. Not a framework: every event this product writes is one `data:` line.
//!
//! Called by `transcode` (chunks) and `web` (heart-beats).

/// The event that closes a successful OpenAI stream.
pub const DONE: &[u8] = b"data: [DONE]\n\n";

/// A comment that keeps idle connections open; readers ignore it.
pub const PING: &[u8] = b": ping\n\n";

/// Appends one event whose payload is written by `payload`.
///
/// The payload must not contain line breaks, which holds for compact JSON.
pub fn data_event<E>(
    out: &mut Vec<u8>,
    payload: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
) -> Result<(), E> {
    let start = out.len();
    out.extend_from_slice(b"data: ");
    if let Err(error) = payload(out) {
        out.truncate(start);
        return Err(error);
    }
    out.extend_from_slice(b"\n\n");
    Ok(())
}

/// The same with an `event:` line before it; the name holds no line break.
pub fn named_event<E>(
    out: &mut Vec<u8>,
    name: &str,
    payload: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
) -> Result<(), E> {
    let start = out.len();
    for piece in ["event: ", name, "\n"] {
        out.extend_from_slice(piece.as_bytes());
    }
    let written = data_event(out, payload);
    if written.is_err() {
        out.truncate(start);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::{data_event, named_event};

    #[test]
    fn a_named_event_has_its_name_before_its_data() {
        let mut out = Vec::new();
        named_event(&mut out, "x.y", |out| {
            out.extend_from_slice(b"{}");
            Ok::<(), ()>(())
        })
        .unwrap();
        assert_eq!(out, b"event: x.y\ndata: {}\n\n");
        assert!(named_event(&mut out, "z", |_| Err(())).is_err());
        assert!(out.ends_with(b"{}\n\n"));
    }

    #[test]
    fn an_event_is_one_data_line_and_a_blank_one() {
        let mut out = Vec::new();
        data_event(&mut out, |out| {
            out.extend_from_slice(b"{}");
            Ok::<(), ()>(())
        })
        .unwrap();
        assert_eq!(out, b"data: {}\n\n");
    }

    #[test]
    fn a_payload_that_fails_leaves_nothing_behind() {
        let mut out = b"before".to_vec();
        let result = data_event(&mut out, |out| {
            out.push(b'x');
            Err("no")
        });
        assert_eq!((result, out.as_slice()), (Err("no"), b"before".as_slice()));
    }
}
