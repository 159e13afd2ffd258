//! Answers passed on: what stays upstream's, what is the gateway's, and how they end.

use openai::chat_completion::FinishReason;
use serde_json::{Value, json};

use super::NativeAnswer;
use crate::reply::answer_style::ActivityFormat;
use crate::reply::reply_head::ReplyHead;
use crate::reply::response_answer::{Ending, ResponseAnswer, ResponseStyle};
use crate::turn_event::{NativeEvent, TurnEvent};

fn ours() -> ResponseAnswer {
    let head = ReplyHead {
        id: "resp_ours".to_owned(),
        created: 7,
        model: "m".to_owned(),
        show_ids: false,
        prompt_tokens: 0,
        activity: ActivityFormat::Structured,
        is_native: true,
    };
    let echo = json!({"store": true, "previous_response_id": "resp_before", "conversation": null});
    let style = ResponseStyle {
        echo: echo.as_object().unwrap().clone(),
        is_streamed: true,
        shows_sealed: false,
    };
    ResponseAnswer::new(head, style)
}

fn event(data: &Value) -> TurnEvent {
    TurnEvent::Native(NativeEvent {
        name: None,
        data: data.to_string(),
    })
}

fn response(status: &str, output: &Value) -> Value {
    json!({"id": "resp_theirs", "created_at": 9, "model": "m-1", "status": status, "store": false,
           "previous_response_id": null, "output": output, "odd": 1})
}

fn begin(answer: &mut NativeAnswer) {
    let begun = response("in_progress", &json!([]));
    answer.take(&event(
        &json!({"type": "response.created", "sequence_number": 0, "response": begun}),
    ));
    answer.take(&TurnEvent::Text("beside".into()));
    answer.take(&event(
        &json!({"type": "response.tomorrow", "sequence_number": 5, "response_id": "resp_theirs", "x": [1]}),
    ));
    answer.take(&event(
        &json!({"type": "response.output_item.done", "output_index": 0,
        "item": {"type": "item_of_tomorrow", "id": "i"}}),
    ));
}

fn told(answer: &mut NativeAnswer) -> Vec<Value> {
    let written = answer.take_written();
    let values = written.iter().map(|event| {
        let value: Value = serde_json::from_slice(&event.json).unwrap();
        assert_eq!(value["type"], &*event.name);
        value
    });
    values.collect()
}

#[test]
fn events_come_back_as_they_are_but_for_what_the_gateway_answers_for() {
    let mut answer = NativeAnswer::new(ours());
    begin(&mut answer);
    let items = json!([{"type": "item_of_tomorrow", "id": "i"}]);
    answer.take(&event(
        &json!({"type": "response.completed", "response": response("completed", &items)}),
    ));
    let events = told(&mut answer);
    assert_eq!(events.len(), 3, "the last waits until it is kept");
    let own = |mut response: Value| {
        response["id"] = "resp_ours".into();
        response["store"] = true.into();
        response["previous_response_id"] = "resp_before".into();
        response["conversation"] = Value::Null;
        response
    };
    assert_eq!(
        events[0],
        json!({"type": "response.created", "sequence_number": 0,
               "response": own(response("in_progress", &json!([])))})
    );
    assert_eq!(
        events[1],
        json!({"type": "response.tomorrow", "sequence_number": 1, "response_id": "resp_ours",
               "x": [1]})
    );
    answer.end(Ending::Finished(FinishReason::Stop), 9);
    let whole = own(response("completed", &items));
    assert_eq!(
        told(&mut answer),
        [json!({"type": "response.completed", "sequence_number": 3, "response": whole})]
    );
    assert_eq!(answer.body(), whole);
    assert_eq!(Value::from(answer.kept_output()), items);
}

#[test]
fn an_answer_that_is_cut_or_breaks_ends_with_what_was_done() {
    let mut cut = NativeAnswer::new(ours());
    begin(&mut cut);
    told(&mut cut);
    cut.end(Ending::Finished(FinishReason::Length), 9);
    let last = told(&mut cut).pop().unwrap();
    assert_eq!(last["type"], "response.incomplete");
    assert_eq!(
        last["response"]["incomplete_details"]["reason"],
        "max_output_tokens"
    );
    assert_eq!(last["response"]["output"][0]["id"], "i");
    let mut broken = NativeAnswer::new(ours());
    begin(&mut broken);
    told(&mut broken);
    let ending = Ending::Failed {
        code: "server_error",
        detail: "upstream_truncated",
        message: "It broke.",
        param: None,
    };
    broken.end(ending, 9);
    broken.end(Ending::Finished(FinishReason::Stop), 9);
    let events = told(&mut broken);
    assert_eq!(events.len(), 2);
    assert_eq!(
        (&events[0]["type"], &events[0]["code"]),
        (&json!("error"), &json!("upstream_truncated"))
    );
    assert_eq!(events[1]["response"]["status"], "failed");
}

#[test]
fn an_answer_that_was_queued_is_not_begun_again() {
    let mut queued = ours();
    queued.queue();
    let mut answer = NativeAnswer::new(queued.take_over());
    begin(&mut answer);
    let kinds: Vec<Value> = told(&mut answer)
        .iter()
        .map(|it| it["type"].clone())
        .collect();
    assert_eq!(
        kinds,
        [
            "response.created",
            "response.queued",
            "response.tomorrow",
            "response.output_item.done"
        ]
    );
}
