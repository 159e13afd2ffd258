//! Scripts with what a reader has not seen before, and with changes that are allowed and rare. In
//! all of them the answer is complete, for one who passes over what it does not know.

use serde_json::{Value, json};

use super::sources::{self, NEWS, WEATHER};
use crate::pieces;
use crate::story::{CODE, Finish, Manner, Reference, Story, Stretch, TEXT, Unit, finished};
use crate::timeline::Op;

/// Unknown events, operations, content, authors, references, statuses and members.
pub(super) fn unknown_types(story: &mut Story<'_>) {
    story.signal(json!({"type": "tide_table", "message_id": null, "tides": [{"at": 1.5}]}));
    unknown_messages(story);
    let [before, between, after] = if story.is_chinese() {
        [
            "已知的部分",
            "照常",
            "到达。\n\n*（模拟回复——没有使用任何账号。）*",
        ]
    } else {
        [
            "What is known",
            " arrives as",
            " always.\n\n*(Simulated reply — no account was used.)*",
        ]
    };
    let stretches = [
        Stretch::Text(before),
        glyph(Value::Null, "unseen"),
        Stretch::Text(between),
        glyph(json!(" ◆"), "seen"),
        Stretch::Text(after),
    ];
    story.annotated_answer(&stretches, Manner::Twice, Unit::CodePoint, |_| {
        vec![
            Op::new("/message/metadata/reading_level", "increment", json!(3)),
            Op::replace("/message/status", "polishing"),
            Op::new("/message/metadata/glyphs", "add", json!({"count": 2})),
        ]
    });
    let id = story.newest();
    story.signal(json!({"type": "tide_table", "message_id": id, "tides": []}));
}

/// A message with unknown content, and one with an unknown author.
fn unknown_messages(story: &mut Story<'_>) {
    let hologram = json!({"content_type": "hologram", "layers": [["a", {"depth": 2}], null]});
    let mut message = story.assistant(&hologram, Some("chorus"));
    message["status"] = json!("finished_with_flourish");
    message["mood"] = json!({"name": "calm", "since": null});
    message["metadata"]["tide"] = json!([1, [2]]);
    story.begin(message);
    let note = json!({"content_type": "text", "parts": ["An observer's note."], "tone": "dry"});
    let mut message = finished(story.assistant(&note, None));
    message["author"] = json!({"role": "observer", "name": "gull", "metadata": {"perch": 3}});
    story.begin(message);
}

/// A mark of an unknown kind.
fn glyph(alt: Value, name: &str) -> Stretch<'static> {
    Stretch::Mark(Reference {
        matched: format!("\u{e200}glyph\u{e202}{name}\u{e201}"),
        kind: "glyph",
        alt,
        members: json!({"strokes": 4, "status": "done"}),
    })
}

/// Every operation there is, and changes to a message that is no longer the newest.
pub(super) fn odd_deltas(story: &mut Story<'_>) {
    let call = retracted_call(story);
    let found = story.tool_says(
        "web.run",
        &json!({"content_type": "text", "parts": [""]}),
        json!({"search_result_groups": []}),
    );
    let text = story.pick(
        "Some changes reach back to earlier messages, and the text is none the worse for it.\n\n\
         *(Simulated reply — nothing was searched.)*",
        "有些修改涉及更早的消息，但正文不受影响。\n\n*（模拟回复——没有进行任何搜索。）*",
    );
    let pieces = pieces::words(text);
    let (first, rest) = pieces.split_at(pieces.len() / 3);
    let (second, third) = rest.split_at(rest.len() / 2);
    let id = story.begin_answer(Some("final"));
    story.stream_text(TEXT, first.iter().copied());
    story.change_earlier(
        &found,
        Op::new(
            "/message/metadata/search_result_groups",
            "append",
            sources::result_groups(&[&NEWS]),
        ),
    );
    story.change_earlier(&call, Op::new("/message/metadata/late", "add", json!(true)));
    story.stream_text(TEXT, second.iter().copied());
    metadata_in_every_way(story);
    let so_far = story.newest_message();
    story.snapshot(so_far);
    story.stream_text(TEXT, third.iter().copied());
    story.end_answer(&id, Vec::new(), Finish::Stop);
}

/// A call whose last words are taken back and written again; returns its id.
fn retracted_call(story: &mut Story<'_>) -> String {
    const KEPT: &str = r#"{"search_query":[{"q":"Rhine "#;
    let content = json!({
        "content_type": "code",
        "language": "unknown",
        "response_format_name": null,
        "text": "",
    });
    let message = story.tool_call("web.run", &content);
    let id = story.begin(message);
    story.stream_text(CODE, [KEPT, "delta", " map"]);
    story.change(Op::new(CODE, "truncate", json!(KEPT.len())));
    story.stream_text(CODE, ["level", r#" Basel"}]}"#]);
    story.change(Op::replace("/message/status", "finished_successfully"));
    id
}

/// Lists and members of the newest message's metadata: made, pushed to, set, cut, taken away.
fn metadata_in_every_way(story: &mut Story<'_>) {
    const URLS: &str = "/message/metadata/safe_urls";
    const SEEN: &str = "/message/metadata/seen";
    let changes = [
        // A single value is pushed; so is one that is added where the list ends.
        Op::new(URLS, "add", json!([])),
        Op::new(URLS, "append", json!(NEWS.url)),
        Op::new(format!("{URLS}/1"), "add", json!("https://other.example/")),
        Op::new(format!("{URLS}/1"), "replace", json!(WEATHER.url)),
        Op::new(
            URLS,
            "append",
            json!(["https://a.example/", "https://b.example/"]),
        ),
        Op::remove(format!("{URLS}/3")),
        Op::new(URLS, "truncate", json!(2)),
        // Names with the two characters that a path cannot hold as they are.
        Op::new(SEEN, "add", json!({"gone": 1})),
        Op::new(format!("{SEEN}/a~1b~0c"), "add", json!("both")),
        Op::remove(format!("{SEEN}/gone")),
        // What is not there is made.
        Op::new("/message/metadata/notes", "append", json!(["one"])),
    ];
    for change in changes {
        story.change(change);
    }
}
