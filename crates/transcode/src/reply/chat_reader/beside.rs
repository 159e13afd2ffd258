//! What a chunk says beside its text: usage, sources, pictures, sound.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openai::usage::{CompletionTokensDetails, PromptTokensDetails, Usage};
use serde_json::Value;

use crate::reply::answer_output::Picture;
use crate::turn_event::{AudioPiece, Citation, InlineBytes};

pub(super) fn usage(usage: &Value) -> Option<Usage> {
    let count = |value: &Value| value.as_u64();
    let prompt = count(&usage["prompt_tokens"])?;
    let answer = count(&usage["completion_tokens"]).unwrap_or_default();
    // One server has a name of its own for what came from its cache.
    let cached = count(&usage["prompt_tokens_details"]["cached_tokens"])
        .or_else(|| count(&usage["prompt_cache_hit_tokens"]));
    let reasoning = count(&usage["completion_tokens_details"]["reasoning_tokens"]);
    Some(Usage {
        prompt_tokens: prompt,
        completion_tokens: answer,
        total_tokens: count(&usage["total_tokens"]).unwrap_or(prompt + answer),
        prompt_tokens_details: PromptTokensDetails {
            cached_tokens: cached.unwrap_or_default(),
        },
        completion_tokens_details: CompletionTokensDetails {
            reasoning_tokens: reasoning.unwrap_or_default(),
        },
        estimated: false,
    })
}

/// The sources; their places are counted in the whole answer's text.
pub(super) fn citations(annotations: &Value) -> impl Iterator<Item = Citation> {
    let rows = annotations.as_array().into_iter().flatten();
    rows.filter_map(|row| {
        let cited = row.get("url_citation")?;
        let number = |name: &str| cited[name].as_u64().and_then(|it| it.try_into().ok());
        let text = |name: &str| cited[name].as_str().map(str::to_owned);
        Some(Citation {
            start: number("start_index").unwrap_or_default(),
            end: number("end_index").unwrap_or_default(),
            url: text("url")?,
            title: text("title").unwrap_or_default(),
        })
    })
}

/// The pictures that came whole.
pub(super) fn pictures<'p>(images: &'p Value, id: &'p str) -> impl Iterator<Item = Picture<'p>> {
    let rows = images.as_array().into_iter().flatten();
    rows.filter_map(move |row| {
        let url = row["image_url"]["url"].as_str()?;
        let (mime, data) = url.strip_prefix("data:")?.split_once(";base64,")?;
        Some(Picture {
            id,
            file: InlineBytes {
                mime: mime.to_owned(),
                bytes: STANDARD.decode(data).ok()?.into(),
            },
            size: None,
            title: None,
            is_partial: false,
        })
    })
}

pub(super) fn sound(audio: &Value) -> Option<AudioPiece> {
    let text = |name: &str| audio[name].as_str().map(str::to_owned);
    audio.is_object().then(|| AudioPiece {
        id: text("id"),
        data: text("data"),
        transcript: text("transcript"),
        expires_at: audio["expires_at"].as_u64(),
    })
}
