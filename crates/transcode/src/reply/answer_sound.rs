//! An answer's sound while it grows. Called by the folds of Chat Completions.

use openai::answer_audio::AnswerAudio;

use crate::turn_event::AudioPiece;

/// One piece as a stream has it.
pub(super) fn piece(piece: AudioPiece) -> AnswerAudio {
    let AudioPiece {
        id,
        data,
        transcript,
        expires_at,
    } = piece;
    AnswerAudio {
        id,
        data,
        transcript,
        expires_at,
    }
}

/// Adds a piece to what is there. Each piece is Base64 of its own, of a whole number of bytes in
/// threes, as upstream cuts them; so the pieces can be put together as they are.
pub(super) fn add(sound: &mut Option<AnswerAudio>, more: AudioPiece) {
    let whole = sound.get_or_insert_with(|| AnswerAudio {
        id: Some(String::new()),
        data: Some(String::new()),
        transcript: Some(String::new()),
        expires_at: Some(0),
    });
    let append = |to: &mut Option<String>, more: Option<String>| {
        if let (Some(to), Some(more)) = (to, more) {
            to.push_str(&more);
        }
    };
    append(&mut whole.data, more.data);
    append(&mut whole.transcript, more.transcript);
    whole.id = more.id.or(whole.id.take());
    whole.expires_at = more.expires_at.or(whole.expires_at);
}
