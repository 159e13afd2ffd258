//! Scripts that search the web and cite what they found, in the layout of marks and references.

use serde_json::{Value, json};

use super::sources::{self, AUTHORITY, NEWS, Source, WEATHER};
use crate::story::{Manner, REFERENCES, Story, Stretch, Unit};
use crate::timeline::Op;

const ALL: [&Source; 3] = [&NEWS, &WEATHER, &AUTHORITY];

/// A search, and an answer with citations of one page and of several.
pub(super) fn search(story: &mut Story<'_>) {
    look_up(story, "Rhine level Basel");
    cited(story, Manner::Twice);
}

/// The same, but the references come only at the end.
pub(super) fn late(story: &mut Story<'_>) {
    look_up(story, "Rhine level Basel");
    cited(story, Manner::Last);
}

/// Marks of all kinds among characters of several code points, counted in code points.
pub(super) fn emoji(story: &mut Story<'_>) {
    look_up(story, "Rhein 🌊 水位");
    between_emoji(story, Unit::CodePoint);
}

/// The same, counted in UTF-16 units.
pub(super) fn emoji_utf16(story: &mut Story<'_>) {
    look_up(story, "Rhein 🌊 水位");
    between_emoji(story, Unit::Utf16);
}

/// A search and what it found; nothing of it is part of the answer.
pub(super) fn look_up(story: &mut Story<'_>, query: &str) {
    story.use_case("search");
    let quoted = json!(query);
    let body = format!(r#"{{"search_query":[{{"q":{quoted}}}],"response_length":"short"}}"#);
    let metadata = json!({
        "search_display_string": "Searching the web...",
        "searched_display_string": "Searched the web...",
        "search_queries": [{"type": "search", "q": query}],
        "search_model_queries": {"type": "search_model_queries", "queries": [query]},
    });
    story.call_at_once("web.run", &body, &metadata);
    let mut message = story.tool_message(
        "web.run",
        &json!({"content_type": "text", "parts": [""]}),
        json!({"search_result_groups": sources::result_groups(&ALL)}),
    );
    message["author"]["metadata"] = json!({"real_author": "tool:web.run"});
    message["status"] = json!("finished_successfully");
    story.begin(message);
}

fn cited(story: &mut Story<'_>, manner: Manner) {
    let [first, second, last] = if story.is_chinese() {
        [
            "巴塞尔的莱茵河水位这周一直偏高。",
            "两家机构预计周五之前会回落。",
            "\n\n*（模拟回复——没有进行任何搜索。）*",
        ]
    } else {
        [
            "The Rhine at Basel has been high all week. ",
            " Two services expect it to fall by Friday. ",
            "\n\n*(Simulated reply — nothing was searched.)*",
        ]
    };
    let stretches = [
        Stretch::Text(first),
        Stretch::Mark(sources::cite(&[&NEWS])),
        Stretch::Text(second),
        Stretch::Mark(sources::cite(&[&WEATHER, &AUTHORITY, &NEWS])),
        Stretch::Text(last),
    ];
    story.annotated_answer(&stretches, manner, Unit::CodePoint, closing);
    let message_id = story.newest();
    for source in ALL {
        story.typed(json!({
            "type": "url_moderation",
            "message_id": message_id,
            "url_moderation_result": {"full_url": source.url, "is_safe": true},
        }));
    }
}

fn between_emoji(story: &mut Story<'_>, unit: Unit) {
    let title = story.pick("More on this 📰", "更多报道 📰");
    let stretches = [
        Stretch::Text("🌊👩‍💻 Rhein e\u{301}tat: 水位 "),
        Stretch::Mark(sources::span_mark('\u{e203}')),
        Stretch::Text("7.2 m 📏"),
        Stretch::Mark(sources::span_mark('\u{e204}')),
        Stretch::Mark(sources::cite(&[&NEWS, &AUTHORITY])),
        Stretch::Mark(sources::span_mark('\u{e206}')),
        Stretch::Text(" 🇨🇭 bei "),
        Stretch::Mark(sources::entity("place", "Basel \u{1f3d9}\u{fe0f}", "city")),
        Stretch::Text(". 很快 👍🏿 n\u{303}.\n\n"),
        Stretch::Mark(sources::nav_list(title, &[&WEATHER, &AUTHORITY])),
        Stretch::Text(story.pick(
            "\n\n*(Simulated reply — nothing was searched.)*",
            "\n\n*（模拟回复——没有进行任何搜索。）*",
        )),
    ];
    story.annotated_answer(&stretches, Manner::Gradually, unit, closing);
}

/// What the last patch of an answer with citations adds.
fn closing(length: usize) -> Vec<Op> {
    let urls: Vec<&str> = ALL.iter().map(|source| source.url).collect();
    let footnote = sources::footnote(&ALL, length);
    vec![
        Op::new(REFERENCES, "append", Value::Array(vec![footnote])),
        Op::new("/message/metadata/safe_urls", "append", json!(urls)),
        Op::new(
            "/message/metadata/search_result_groups",
            "append",
            sources::result_groups(&ALL),
        ),
    ]
}
