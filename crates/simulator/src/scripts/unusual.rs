//! Scripts whose answer ends, or comes, in another way than a reader hopes for.

use serde_json::{Value, json};

use super::plain;
use crate::artifacts;
use crate::pieces;
use crate::story::{Finish, Story};
use crate::timeline::Op;

/// Some text, then the verdict that it must not be shown.
pub(super) fn moderation(story: &mut Story<'_>) {
    let text = plain::reply_to(story.prompt());
    let pieces = pieces::words(&text);
    story.answer(&pieces[..pieces.len() / 2], None, Finish::Unfinished);
    let message_id = story.newest();
    story.signal(json!({
        "type": "moderation",
        "message_id": message_id,
        "is_completion": true,
        "moderation_response": {
            "flagged": true,
            "blocked": true,
            "moderation_id": format!("modr-{}", &message_id[..8]),
        },
    }));
}

/// Stops in the middle of a sentence, as at the token limit.
pub(super) fn max_tokens(story: &mut Story<'_>) {
    let text = plain::reply_to(story.prompt());
    let pieces = pieces::words(&text);
    story.answer(&pieces[..pieces.len() * 2 / 3], None, Finish::MaxTokens);
}

/// A smaller model than the one asked for answers, and only the metadata says so.
pub(super) fn downgrade(story: &mut Story<'_>) {
    let asked = story.served().to_owned();
    let smaller = if asked == "gpt-5-mini" {
        "i-mini"
    } else {
        "gpt-5-mini"
    };
    story.serve_with(smaller);
    let limit = model_limit(story, &asked, smaller);
    story.limits(json!({"model_limits": [limit]}));
    plain::plain(story);
}

/// An ordinary reply, and everything upstream can say about limits.
pub(super) fn limits(story: &mut Story<'_>) {
    let progress = |name: &str, remaining: u32, reset_after: &str| json!({"feature_name": name, "remaining": remaining, "reset_after": reset_after});
    let month = story.in_a_month();
    let limit = model_limit(story, "gpt-5-5-thinking", "gpt-5-mini");
    story.limits(json!({
        "banner_info": {"type": "limit", "text": "You've hit the limit for images."},
        "blocked_features": [{
            "name": "image_gen",
            "resets_after": month,
            "resets_after_text": "in 4 weeks",
            "limit": 0.0,
            "description": "You've hit the limit for image generation.",
            "title": null,
            "block_reason": null,
            "call_to_action": ["upgrade"],
            "icon_image_url": null,
        }],
        "model_limits": [limit],
        "limits_progress": [
            progress("deep_research", 0, &month),
            progress("odyssey", 40, &month),
            progress("file_upload", 3, &month),
        ],
    }));
    plain::plain(story);
}

/// A spoken answer: its words, and where it can be heard.
pub(super) fn audio(story: &mut Story<'_>) {
    const WORDS: &str = "/message/content/parts/0/text";
    let text = story.pick(
        "This answer is spoken. It is simulated, and so is the voice.",
        "这是语音回答。它是模拟的，声音也是模拟的。",
    );
    let content = json!({"content_type": "multimodal_text", "parts": [
        {"content_type": "audio_transcription", "text": "", "direction": "out", "decoding_id": null},
    ]});
    let mut message = story.assistant(&content, None);
    message["metadata"]["voice_mode_message"] = json!(true);
    story.begin(message);
    story.stream_text(WORDS, pieces::words(text));
    let file_id = artifacts::sound_id(&[&story.id_of("sound")]);
    let sound = artifacts::sound(&file_id);
    let pointer = json!({
        "content_type": "audio_asset_pointer",
        "asset_pointer": format!("sediment://{file_id}"),
        "size_bytes": sound.map(|it| it.size),
        "format": "wav",
        "metadata": {"start": 0.0, "end": artifacts::SOUND_SECONDS},
    });
    story.patch(vec![
        Op::new("/message/content/parts", "append", json!([pointer])),
        Op::replace("/message/status", "finished_successfully"),
        Op::replace("/message/end_turn", true),
        Op::metadata(json!({"is_complete": true})),
    ]);
}

/// A model that is used up, and the one that answers instead.
fn model_limit(story: &Story<'_>, slug: &str, instead: &str) -> Value {
    json!({
        "model_slug": slug,
        "resets_after": story.in_a_month(),
        "using_default_model_slug": instead,
    })
}
