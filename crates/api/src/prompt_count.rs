//! How many tokens a prompt has, counted when anything of its request is. Called by `answering`,
//! and to count without asking.

use transcode::token_count;
use transcode::turn::{AttachmentKind, ImageDetail, Turn, TurnMessage};
use upstream::{FileRole, PreparedFile};

use crate::answering::Asking;

/// A prompt longer than this is counted off the async threads.
const COUNTED_INLINE_BYTES: usize = 8 << 10;

/// What will be counted of an answer, and so has to be ready before it begins.
fn needs_tokenizer(asking: &Asking) -> bool {
    asking.states_usage || asking.turn.limits.max_tokens.is_some()
}

/// Counts the prompt if anything of this request is counted: its text, and its pictures by
/// their size.
pub(crate) async fn count_prompt(asking: &Asking, files: &[PreparedFile]) -> u64 {
    if !needs_tokenizer(asking) {
        return 0;
    }
    let turn = &asking.turn;
    let pictures = count_pictures(turn, files);
    let is_short = token_count::prompt_bytes(turn) <= COUNTED_INLINE_BYTES;
    if is_short && token_count::is_loaded() {
        return pictures + token_count::prompt(turn);
    }
    let texts = turn.texts_only();
    let counting = tokio::task::spawn_blocking(move || {
        token_count::load();
        token_count::prompt(&texts)
    });
    pictures + counting.await.unwrap_or_default()
}

/// What the pictures of a turn cost, by their size.
pub(crate) fn count_pictures(turn: &Turn, files: &[PreparedFile]) -> u64 {
    let attachments = turn.messages.iter().flat_map(TurnMessage::attachments);
    let tokens = attachments.zip(files).map(|(attachment, file)| {
        let detail = match attachment.kind {
            AttachmentKind::Image(detail) => detail,
            AttachmentKind::Audio | AttachmentKind::File => ImageDetail::Auto,
        };
        match file.role {
            FileRole::Image(width, height) => token_count::image(width, height, detail),
            FileRole::Recording | FileRole::Document => 0,
        }
    });
    tokens.sum()
}
