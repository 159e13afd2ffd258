//! The script for an answer that is JSON.

use serde_json::json;

use crate::responses::answer::Answer;
use crate::responses::asked::{Asked, Format};
use crate::responses::phrases::Phrase;
use crate::responses::schema_sample;

/// The smallest value that the request's schema allows; an object with an answer without one.
pub(crate) fn structured(asked: &Asked, _: &Phrase<'_>) -> Answer {
    let value = match &asked.format {
        Format::JsonSchema(schema) => schema_sample::sample(schema),
        _ => json!({"answer": "This is a simulated answer."}),
    };
    Answer::text(value.to_string())
}
