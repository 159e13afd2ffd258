//! The table as Markdown, which `docs/capabilities.md` holds a copy of. Called by the program.

use std::fmt::Write;

use super::{FaceKind, NEEDS, Treatment, Treatments, parameters};
use crate::driver_kind::DriverKind;

const HEAD: &str = "# What each driver can do

Made by `cargo xtask generate` from the table in the program; edit that, not this. A running gateway
serves the same table as JSON at `/capabilities`.

A request goes to the first driver of `DRIVERS` that can do all it asks for and has an account; one
whose model's name begins with a driver's, as in `codex/gpt-5.5`, goes to that one. If none can, the
answer is 400 `unsupported_parameter`: `param` names what is missing, and `drivers` who has it.

| Word | Means |
| --- | --- |
| passed | upstream is told |
| done | the gateway does it itself |
| emulated | done with what the driver has if `EMULATE_TOOLS` is on, and named in `x-flowgpt-emulated`; else refused |
| passed or dropped | passed where the driver speaks the caller's protocol; else dropped |
| passed or refused | passed where the driver speaks the caller's protocol; else refused |
| dropped | no effect, and named in `x-flowgpt-dropped` |
| refused | 400, unless the value asks for what happens anyway |

The `platform` driver speaks Chat Completions.

";

/// The reference.
pub fn reference() -> String {
    let mut text = HEAD.to_owned();
    text.push_str("## Parameters\n\n");
    text.push_str(
        "| Meaning | Chat Completions | Responses | Messages | Images | web | codex | platform |\n",
    );
    text.push_str("| --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for row in parameters() {
        let names = FaceKind::ALL.map(|face| {
            let names = row.names(face).iter().map(|name| format!("`{name}`"));
            names.collect::<Vec<_>>().join(", ")
        });
        let [chat, responses, messages, images] = names;
        let done = words(row.treatments);
        let about = row.about;
        let _infallible = writeln!(
            text,
            "| {about} | {chat} | {responses} | {messages} | {images} | {done} |"
        );
    }
    text.push_str("\n## What messages and models need\n\n");
    text.push_str("| Need | Name | web | codex | platform |\n| --- | --- | --- | --- | --- |\n");
    for need in NEEDS {
        let (about, name, done) = (need.about, need.name, words(need.treatments));
        let _infallible = writeln!(text, "| {about} | `{name}` | {done} |");
    }
    text
}

fn words(treatments: Treatments) -> String {
    let words = DriverKind::ALL.map(|driver| Treatment::name(treatments.of(driver)));
    words.map(|word| word.replace('_', " ")).join(" | ")
}
