//! The rows of the Images API. A server with an API key is not asked for pictures.

use serde_json::Value;

use super::Treatment::{Done, Dropped, Passed, Refused};
use super::{Parameter, Treatment, Treatments};

const fn row(
    names: &'static [&'static str],
    [web, codex]: [Treatment; 2],
    asks_for_nothing: fn(&Value) -> bool,
    about: &'static str,
) -> Parameter {
    let treatments = Treatments {
        web,
        codex,
        platform: Refused,
    };
    Parameter {
        names: [&[], &[], &[], names],
        treatments,
        asks_for_nothing,
        is_asked: |_| true,
        about,
    }
}

fn never(_: &Value) -> bool {
    false
}

/// What is left to upstream.
fn is_auto(value: &Value) -> bool {
    value == "auto"
}

const BOTH: [Treatment; 2] = [Passed, Passed];
const HERE: [Treatment; 2] = [Done, Done];
const NOBODY: [Treatment; 2] = [Dropped, Dropped];
const CODEX_ONLY: [Treatment; 2] = [Dropped, Passed];

pub(super) const ROWS: &[Parameter] = &[
    row(&["prompt", "image"], BOTH, never, "what to draw"),
    row(&["model"], BOTH, never, "the model that draws"),
    row(&["size"], [Done, Passed], is_auto, "the size of a picture"),
    row(
        &["partial_images"],
        BOTH,
        never,
        "previews in a streamed answer",
    ),
    row(
        &["n", "stream", "response_format"],
        HERE,
        never,
        "how many pictures, and how they are delivered",
    ),
    row(
        &["quality", "background", "moderation"],
        CODEX_ONLY,
        is_auto,
        "how a picture is drawn",
    ),
    row(
        &["output_format"],
        CODEX_ONLY,
        |it| it == "png",
        "the format of a picture",
    ),
    row(
        &["output_compression"],
        CODEX_ONLY,
        never,
        "how much of a picture is kept",
    ),
    row(
        &["style", "input_fidelity"],
        NOBODY,
        never,
        "how a picture looks",
    ),
    row(&["user"], NOBODY, never, "who the caller's user is"),
    row(
        &["mask"],
        [Refused, Refused],
        never,
        "where a picture is to be changed",
    ),
];
