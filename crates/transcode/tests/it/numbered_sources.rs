//! Markers of sources become numbered links, whatever stands around them and however they
//! come.

use proptest::prelude::*;
use serde_json::{Value, json};
use transcode::turn_event::{Citation, TurnEvent};

use crate::same_answer::links_stand_where_they_are_said_to;
use crate::turn::{answer, shown, told};

const URLS: [&str; 4] = [
    "https://a.example/?utm_source=chatgpt.com",
    "https://b.example/公报_(2025)",
    "https://c.example/🌍",
    "https://d.example",
];

fn marker(body: &str) -> String {
    format!("\u{E200}{}\u{E201}", body.replace('|', "\u{E202}"))
}

/// The answer `text`, finished or not, with these references.
fn cited(text: &str, references: &[Value], is_finished: bool) -> Value {
    let mut state = answer("A", text, is_finished);
    state["metadata"]["content_references"] = json!(references);
    state
}

fn webpages(marker: &str, urls: &[&str]) -> Value {
    let items: Vec<Value> = urls
        .iter()
        .map(|url| json!({"title": "T", "url": url}))
        .collect();
    json!({"type": "grouped_webpages", "matched_text": marker, "items": items, "status": "done"})
}

fn hidden(matched: &str) -> Value {
    json!({"type": "hidden", "matched_text": matched, "invalid": true})
}

fn citations(events: &[TurnEvent]) -> Vec<&Citation> {
    let citations = events.iter().filter_map(|event| match event {
        TurnEvent::Citation(citation) => Some(citation),
        _ => None,
    });
    citations.collect()
}

#[test]
fn a_marker_is_held_back_until_its_source_is_known_and_the_text_around_it_is_all_there() {
    let cite = marker("cite|turn0news19");
    let before = "Hanukkah starts on Christmas Day.";
    let opened = format!("{before}\u{E200}cite");
    let closed = format!("{before}{cite} 🎄 是");
    let last = format!("{closed}的。");
    let events = told(&[
        cited("", &[], false),
        cited(before, &[], false),
        cited(&opened, &[hidden("\u{E200}cite")], false),
        cited(&closed, &[hidden("\u{E200}cite")], false),
        cited(&closed, &[webpages(&cite, &[URLS[0]])], false),
        cited(&last, &[webpages(&cite, &[URLS[0]])], true),
    ]);
    let texts: Vec<&str> = events
        .iter()
        .filter_map(|event| match event {
            TurnEvent::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    let link = format!(" [1]({}) 🎄 是", URLS[0]);
    assert_eq!(texts, [before, &link, "的。"]);
    links_stand_where_they_are_said_to(&events);
}

#[test]
fn a_source_that_changes_later_changes_nothing_that_was_shown() {
    let cite = marker("cite|turn0search0");
    let text = format!("a{cite}");
    let events = told(&[
        cited(&text, &[webpages(&cite, &[URLS[0]])], false),
        cited(&text, &[webpages(&cite, &[URLS[1]])], true),
    ]);
    assert_eq!(shown(&events), format!("a [1]({})", URLS[0]));
}

#[test]
fn what_nobody_explains_vanishes_and_takes_nothing_with_it() {
    for (text, expected) in [
        ("a\u{E200}cite\u{E202}turn0search0\u{E201} b", "a b"),
        ("a\u{E200}cite\u{E202}turn0\nb", "a\nb"),
        ("a\u{E200}cite\u{E200}cite\u{E201}b", "ab"),
        ("a\u{E201}b\u{E203}c\u{E206}", "abc"),
        ("\u{E200}cite\u{E201}", ""),
        ("a【11†source】b", "ab"),
        ("a【注意】【1】【2†", "a【注意】【1】【2†"),
        (
            "in \u{E200}entity\u{E202}[\"city\",\"Basel\",\"x\"]\u{E201}.",
            "in Basel.",
        ),
    ] {
        let events = told(&[answer("A", text, true)]);
        assert_eq!(shown(&events), expected, "{text}");
        let states: Vec<Value> = text
            .char_indices()
            .map(|(at, _)| answer("A", &text[..at], false))
            .chain([answer("A", text, true)])
            .collect();
        assert_eq!(
            shown(&told(&states)),
            expected,
            "{text}, character by character"
        );
    }
}

#[test]
fn brackets_that_are_no_marker_are_not_held_back() {
    let events = told(&[
        answer("A", "【注意】和【", false),
        answer("A", "【注意】和【重", false),
        answer("A", "【注意】和【重要】", true),
    ]);
    let texts: Vec<&TurnEvent> = events
        .iter()
        .filter(|event| matches!(event, TurnEvent::Text(_)))
        .collect();
    let expected = ["【注意】和", "【重", "要】"].map(|text| TurnEvent::Text(text.into()));
    assert_eq!(texts, expected.iter().collect::<Vec<_>>());
}

#[test]
fn a_source_keeps_its_number_over_all_messages_of_the_answer() {
    let (one, both) = (
        marker("cite|turn0search0"),
        marker("cite|turn1search0|turn0search0"),
    );
    let mut first = cited(&format!("x{one}"), &[webpages(&one, &[URLS[0]])], true);
    first["end_turn"] = json!(false);
    let mut second = cited(
        &format!("y{both}"),
        &[webpages(&both, &[URLS[3], URLS[0]])],
        true,
    );
    second["id"] = json!("B");
    let events = told(&[first, second]);
    let [a, d] = [URLS[0], URLS[3]];
    assert_eq!(shown(&events), format!("x [1]({a})\n\ny [2]({d}) [1]({a})"));
    links_stand_where_they_are_said_to(&events);
}

#[test]
fn a_rewritten_answer_tells_its_sources_anew() {
    let cite = marker("cite|turn0search0");
    let references = [webpages(&cite, &[URLS[3]])];
    let events = told(&[
        cited(&format!("one{cite}"), &references, false),
        cited(&format!("another{cite}"), &references, true),
    ]);
    let rewritten = TurnEvent::Rewritten(format!("another [1]({})", URLS[3]));
    let at = events.iter().position(|event| *event == rewritten).unwrap();
    let after = citations(&events[at..]);
    assert_eq!((after.len(), after[0].start), (1, 8));
}

/// A piece of a generated answer: raw text, what it becomes, its reference.
#[derive(Debug, Clone)]
enum Segment {
    Text(String),
    Sources(Vec<usize>),
    Entity(String),
    Span(char),
}

fn segments() -> impl Strategy<Value = Vec<Segment>> {
    let words = "[a-z 。，\n水位🌊👩‍💻é]{1,8}";
    let segment = prop_oneof![
        4 => words.prop_map(Segment::Text),
        3 => prop::collection::vec(0..URLS.len(), 1..4).prop_map(Segment::Sources),
        1 => "[A-Z水🏙]{1,3}".prop_map(Segment::Entity),
        1 => prop::sample::select(vec!['\u{E203}', '\u{E204}', '\u{E206}']).prop_map(Segment::Span),
    ];
    prop::collection::vec(segment, 1..10)
}

/// The raw text, the visible text, and the references in the order of their markers.
fn written(segments: &[Segment]) -> (String, String, Vec<Value>) {
    let (mut raw, mut visible) = (String::new(), String::new());
    let mut references = Vec::new();
    let mut numbers: Vec<usize> = Vec::new();
    for (index, segment) in segments.iter().enumerate() {
        let start = raw.chars().count();
        match segment {
            Segment::Text(text) => {
                raw.push_str(text);
                visible.push_str(text);
                continue;
            }
            Segment::Span(mark) => {
                raw.push(*mark);
                continue;
            }
            Segment::Entity(name) => {
                let marker = marker(&format!("entity|[\"x\",\"{name}\"]"));
                raw.push_str(&marker);
                visible.push_str(name);
                references.push(json!({"type": "entity", "matched_text": marker, "alt": name}));
            }
            Segment::Sources(sources) => {
                let marker = marker(&format!("cite|turn0search{index}"));
                raw.push_str(&marker);
                let urls: Vec<&str> = sources.iter().map(|source| URLS[*source]).collect();
                references.push(webpages(&marker, &urls));
                let mut linked = Vec::new();
                for source in sources {
                    if linked.contains(source) {
                        continue;
                    }
                    linked.push(*source);
                    if !numbers.contains(source) {
                        numbers.push(*source);
                    }
                    let number = numbers.iter().position(|it| it == source).unwrap() + 1;
                    let is_spaced = visible.chars().last().is_none_or(char::is_whitespace);
                    visible.push_str(if is_spaced { "" } else { " " });
                    let link = format!("[{number}]({})", URLS[*source]);
                    visible.push_str(&link);
                }
            }
        }
        references.last_mut().unwrap()["start_idx"] = json!(start);
    }
    (raw, visible, references)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    #[test]
    fn a_source_stands_exactly_at_its_place_among_characters_of_any_length(
        segments in segments(),
        steps in prop::collection::vec((1usize..12, any::<bool>()), 0..40),
    ) {
        let (raw, visible, references) = written(&segments);
        let mut states = vec![cited("", &[], false)];
        let mut end = 0;
        for (size, explains) in steps {
            end = raw.floor_char_boundary(raw.len().min(end + size));
            // Of the markers so far all are explained, or none is.
            let so_far = references.iter().filter(|reference| {
                let marker = reference["matched_text"].as_str().unwrap();
                raw[..end].contains(marker)
            });
            let so_far: Vec<Value> = so_far
                .map(|reference| {
                    let marker = reference["matched_text"].as_str().unwrap();
                    if explains { reference.clone() } else { hidden(marker) }
                })
                .collect();
            states.push(cited(&raw[..end], &so_far, false));
        }
        states.push(cited(&raw, &references, true));
        let events = told(&states);
        prop_assert_eq!(shown(&events), visible);
        links_stand_where_they_are_said_to(&events);
    }
}
