//! Streams no script plays: shapes nobody knows, and ends that are not ends.

use openai::chat_completion::FinishReason;
use transcode::reply::answer_style::AnswerStyle;
use transcode::reply::web_reader::{BrokenStream, WebReader};
use transcode::turn_event::TurnEvent;

use crate::support::turn_events;

const ANSWER: &str = r#"data: {"message":{"id":"A","author":{"role":"assistant"},"content":{"content_type":"text","parts":["Hi"]},"status":"finished_successfully","recipient":"all"},"conversation_id":"C","error":null}"#;
const COMPLETE: &str = r#"data: {"type":"message_stream_complete","conversation_id":"C"}"#;
const DONE: &str = "data: [DONE]";

fn read(events: &[&str]) -> Result<Vec<TurnEvent>, BrokenStream> {
    let stream = [events.join("\n\n").as_str(), "\n\n"].concat();
    turn_events(&[stream.as_bytes()])
}

fn text(events: &[TurnEvent]) -> String {
    let texts = events.iter().map(|event| match event {
        TurnEvent::Text(text) => text.as_str(),
        _ => "",
    });
    texts.collect()
}

#[test]
fn shapes_nobody_knows_are_passed_over_however_many_there_are() {
    let odd = [
        r#"data: {"message":{"id":7,"author":"me","content":[1]},"conversation_id":{}}"#,
        r#"data: {"type":"moderation","moderation_response":"odd"}"#,
        "event: delta\ndata: {\"p\":\"\",\"o\":\"add\",\"v\":{\"message\":{\"id\":\"X\",\"author\":5}},\"c\":0}",
        "event: delta\ndata: {\"p\":\"/message/id\",\"o\":\"append\",\"v\":\"x\"}",
        "event: delta\ndata: {\"p\":\"\",\"o\":\"add\",\"v\":{\"message\":{\"id\":\"Y\"}},\"c\":1}",
        ": a comment",
        "event: ping\ndata: {",
    ];
    let mut events: Vec<&str> = odd.iter().copied().cycle().take(odd.len() * 5).collect();
    events.extend([ANSWER, COMPLETE, DONE]);
    assert_eq!(text(&read(&events).unwrap()), "Hi");
}

#[test]
fn a_proper_end_is_done_or_complete_and_nothing_else() {
    for end in [&[DONE][..], &[COMPLETE], &[COMPLETE, DONE]] {
        let events = read(&[&[ANSWER], end].concat()).unwrap();
        assert_eq!(events.last(), Some(&TurnEvent::Finish(FinishReason::Stop)));
    }
    assert_eq!(read(&[ANSWER]), Err(BrokenStream::Truncated));
    assert_eq!(read(&[DONE]), Err(BrokenStream::Empty));
}

#[test]
fn an_answer_that_never_finishes_is_not_an_answer() {
    let unfinished = ANSWER.replace("finished_successfully", "in_progress");
    assert_eq!(
        read(&[&unfinished, COMPLETE, DONE]),
        Err(BrokenStream::Truncated)
    );
}

#[test]
fn a_text_that_shrinks_or_changes_is_told_as_rewritten() {
    for now in ["H", "Ho", ""] {
        let changed = ANSWER.replace("\"Hi\"", &format!("\"{now}\""));
        let events = read(&[ANSWER, &changed, DONE]).unwrap();
        assert!(
            events.contains(&TurnEvent::Rewritten(now.into())),
            "{now}: {events:?}"
        );
    }
}

#[test]
fn a_piece_of_an_answer_that_has_no_place_breaks_the_stream() {
    let begun = r#"{"p":"","o":"add","v":{"message":{"id":"A","author":{"role":"assistant"},"content":{"content_type":"text","parts":["Hi"]},"status":"finished_successfully","recipient":"all"}},"c":0}"#;
    let lost = r#"{"p":"/message/content/parts/3/x","o":"append","v":" there"}"#;
    let delta = |data: &str| format!("event: delta\ndata: {data}");
    let stream = [delta(begun), delta(lost)];
    let events = [stream[0].as_str(), &stream[1], COMPLETE, DONE];
    assert_eq!(read(&events), Err(BrokenStream::Malformed));
    assert_eq!(text(&read(&[events[0], COMPLETE, DONE]).unwrap()), "Hi");
}

#[test]
fn titles_and_limits_are_told_once_and_never_before_the_first_message() {
    let title = r#"data: {"type":"title_generation","title":"T","conversation_id":"C"}"#;
    let limits = r#"data: {"type":"conversation_detail_metadata","limits_progress":[{"feature_name":"image_gen","remaining":3}]}"#;
    let mut reader = WebReader::new(Vec::new(), AnswerStyle::default());
    let mut out = Vec::new();
    for event in [title, limits, title] {
        let data = event.strip_prefix("data: ").unwrap();
        reader.read(None, data, &mut out).unwrap();
    }
    assert_eq!(out, [], "a failure may still follow");
    let told: Vec<TurnEvent> = read(&[title, limits, title, ANSWER, title, DONE])
        .unwrap()
        .into_iter()
        .filter(|event| matches!(event, TurnEvent::Title(_) | TurnEvent::Limits(_)))
        .collect();
    assert_eq!(told.len(), 2);
    assert_eq!(told[0], TurnEvent::Title("T".into()));
    assert!(matches!(&told[1], TurnEvent::Limits(report) if report.features[0].remaining == 3));
}
