//! Faults that change what happens in a stream, and so also what is stored of it. Those that only
//! spoil what is sent are in `frames`.

use serde_json::{Value, json};

use crate::document;
use crate::ids;
use crate::story::TEXT;
use crate::timeline::{Op, Step, Timeline};

/// What upstream says when it gives up.
const APOLOGY: &str = "Something went wrong while generating the response. If this issue persists \
    please contact us through our help center at help.openai.com.";

/// Bends a timeline the way a fault asks; faults of other kinds leave it as it is.
pub(crate) fn bend(name: &str, timeline: &mut Timeline) {
    match name {
        "truncated" | "drop" | "stall-mid" | "cut-character" => cut(timeline),
        "error-first" => error_first(timeline),
        "error-mid" => error_mid(timeline),
        "error-typed" => error_typed(timeline),
        "stuck" => stuck(timeline),
        "empty" => empty(timeline),
        "rewrite" => rewrite(timeline),
        "unknown-event" => unknown_event(timeline),
        _ => {}
    }
}

/// Puts the word that the answer is to be had elsewhere before the answer. What comes before the
/// answer's new start is all that the first stream has.
pub(crate) fn hand_off(timeline: &mut Timeline) {
    let exchange = ids::uuid(&["handoff", &timeline.conversation_id]);
    let closing = timeline.steps[timeline.answer.end..].iter().filter(|step| {
        matches!(step, Step::Side(event)
            if event["type"] == "server_ste_metadata" || event["type"] == "conversation_detail_metadata")
    });
    let mut word = vec![Step::Side(json!({
        "type": "stream_handoff",
        "turn_exchange_id": exchange,
        "options": [
            {"type": "resume_sse_endpoint", "topic_id": format!("conversation-turn-{exchange}")},
            {"type": "subscribe_ws_topic", "topic_id": format!("conversation-turn-{exchange}")},
        ],
        "conversation_id": timeline.conversation_id,
    }))];
    word.extend(closing.cloned());
    let (start, length) = (timeline.answer.start, word.len());
    timeline.steps.splice(start..start, word);
    timeline.answer = start + length..timeline.answer.end + length;
}

/// Ends in the middle of the text, or before an answer that comes in one piece; nothing more is
/// ever made.
fn cut(timeline: &mut Timeline) {
    let middle = middle(timeline);
    let whole = timeline.steps[..middle]
        .last()
        .is_some_and(|step| matches!(step, Step::Begin(_)));
    timeline
        .steps
        .truncate(if whole { middle - 1 } else { middle });
    timeline.answer.end = timeline.answer.end.min(timeline.steps.len());
}

fn error_first(timeline: &mut Timeline) {
    timeline.steps = vec![Step::Side(json!({
        "message": null,
        "conversation_id": timeline.conversation_id,
        "error": APOLOGY,
    }))];
}

fn error_mid(timeline: &mut Timeline) {
    timeline.steps.truncate(middle(timeline));
    if let Some(message) = document::final_messages(timeline).pop() {
        timeline.steps.push(Step::Failure {
            message,
            error: APOLOGY.to_owned(),
            code: "server_error".to_owned(),
        });
    }
}

fn error_typed(timeline: &mut Timeline) {
    timeline.steps.truncate(middle(timeline));
    timeline.steps.push(Step::Side(json!({
        "type": "error",
        "error": APOLOGY,
        "conversation_id": timeline.conversation_id,
    })));
}

/// All the text, but never the word that it is finished.
fn stuck(timeline: &mut Timeline) {
    let range = timeline.answer.clone();
    let Some(last) = (range.start..range.end)
        .rev()
        .find(|index| matches!(timeline.steps[*index], Step::Patch(_)))
    else {
        return;
    };
    timeline.steps.truncate(last + 1);
    if let Some(Step::Patch(ops)) = timeline.steps.pop() {
        let text = ops.into_iter().filter(|op| op.path == TEXT);
        timeline.steps.extend(text.map(Step::Change));
    }
}

fn empty(timeline: &mut Timeline) {
    timeline.steps.drain(timeline.answer.clone());
}

/// Half-way, the text so far is replaced by one that does not begin with it.
fn rewrite(timeline: &mut Timeline) {
    let middle = middle(timeline);
    let so_far = Timeline {
        steps: timeline.steps[..middle].to_vec(),
        ..timeline.clone()
    };
    if let Some(message) = document::final_messages(&so_far).pop()
        && let Some(text) = message.pointer("/content/parts/0").and_then(Value::as_str)
    {
        let op = Op::replace(TEXT, format!("Let me put that differently. {text}"));
        timeline.steps.insert(middle, Step::Change(op));
    }
}

/// Things no reader can know, none of which touch the answer.
fn unknown_event(timeline: &mut Timeline) {
    let conversation_id = timeline.conversation_id.clone();
    let id = ids::uuid(&["unknown content", &conversation_id]);
    let parent = middle(timeline);
    let additions = [
        Step::Side(json!({
            "type": "weather_report",
            "conversation_id": conversation_id,
            "outlook": {"tomorrow": "unknown"},
        })),
        Step::Change(Op::new(
            "/message/metadata/reading_level",
            "increment",
            json!(3),
        )),
    ];
    timeline.steps.splice(parent..parent, additions);
    let widget = json!({
        "id": id,
        "author": {"role": "assistant", "name": null, "metadata": {}},
        "create_time": null,
        "update_time": null,
        "content": {"content_type": "super_widget", "widget": {"kind": "dial", "value": 7}},
        "status": "finished_successfully",
        "end_turn": null,
        "weight": 0.0,
        "metadata": {},
        "recipient": "all",
        "channel": null,
    });
    timeline
        .steps
        .insert(timeline.answer.start, Step::Begin(widget));
}

/// Where the last message has half its text.
fn middle(timeline: &Timeline) -> usize {
    let answer = &timeline.steps[..timeline.answer.end];
    let begin = answer
        .iter()
        .rposition(|step| matches!(step, Step::Begin(_)))
        .unwrap_or_default();
    let changes: Vec<usize> = (begin + 1..answer.len())
        .filter(|index| matches!(&answer[*index], Step::Change(op) if op.path == TEXT))
        .collect();
    match changes.get(changes.len() / 2) {
        Some(index) => index + 1,
        None => (begin + 1).min(answer.len()),
    }
}
