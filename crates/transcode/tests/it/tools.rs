//! What tools make of an answer, in turns no script plays.

use serde_json::{Value, json};
use transcode::reply::answer_style::{ActivityFormat, AnswerStyle};
use transcode::reply::web_reader::BrokenStream;
use transcode::turn_event::{Activity, ActivityStatus, FilePlace, ImageOutput, Step, TurnEvent};

use crate::turn::{answer, call, message, shown, told, told_as};

fn structured() -> AnswerStyle {
    AnswerStyle {
        activity: ActivityFormat::Structured,
        ..AnswerStyle::default()
    }
}

fn picture(id: &str, pointers: &[&str], is_finished: bool) -> Value {
    let parts: Vec<Value> = pointers
        .iter()
        .map(|pointer| {
            json!({"content_type": "image_asset_pointer", "asset_pointer": pointer, "width": 2, "height": 3.0})
        })
        .collect();
    let content = json!({"content_type": "multimodal_text", "parts": parts});
    let mut picture = message(id, "tool:x9.y8", &content);
    if !is_finished {
        picture["status"] = json!("in_progress");
    }
    picture
}

fn images(events: &[TurnEvent]) -> Vec<&ImageOutput> {
    let images = events.iter().filter_map(|event| match event {
        TurnEvent::Image(image) => Some(&**image),
        _ => None,
    });
    images.collect()
}

/// The last state of every step.
fn steps(events: &[TurnEvent]) -> Vec<Activity> {
    let mut steps: Vec<Activity> = Vec::new();
    for event in events {
        if let TurnEvent::Activity(step) = event {
            match steps.iter_mut().find(|known| known.id == step.id) {
                Some(known) => known.clone_from(step),
                None => steps.push(step.as_ref().clone()),
            }
        }
    }
    steps
}

#[test]
fn previews_are_told_as_such_and_only_the_finished_picture_is_in_the_text() {
    let events = told(&[
        call("K", "x9.y8", r#"{"prompt":"a cat"}"#),
        picture("T", &["sediment://1"], false),
        picture("T", &["sediment://2"], false),
        picture("P", &["sediment://3"], false),
        picture("T", &["sediment://4"], true),
        answer("A", "There.", true),
    ]);
    let told: Vec<(&FilePlace, bool)> = images(&events)
        .into_iter()
        .map(|image| (&image.file.place, image.is_partial))
        .collect();
    let places = [1, 2, 3, 4].map(|number| FilePlace::Pointer(format!("sediment://{number}")));
    let expected: Vec<(&FilePlace, bool)> = places.iter().zip([true, true, true, false]).collect();
    assert_eq!(told, expected);
    assert_eq!(images(&events)[3].size, Some((2, 3)));
    assert_eq!(shown(&events), "![Image](sediment://4)\n\nThere.");
    let step = &steps(&events)[0];
    assert_eq!(step.step, Step::ImageGeneration { prompt: None });
    assert_eq!(step.status, ActivityStatus::Completed);
}

#[test]
fn the_persons_own_pictures_are_no_output() {
    let mut own = picture("U", &["sediment://own"], true);
    own["author"] = json!({"role": "user"});
    let events = told(&[own, answer("A", "Nice.", true)]);
    assert!(images(&events).is_empty());
}

#[test]
fn a_picture_among_an_answers_words_is_shown_after_them() {
    let content = json!({"content_type": "multimodal_text", "parts": [
        "Look: ", {"content_type": "image_asset_pointer", "asset_pointer": "file-service://f"}, "nice",
    ]});
    let mut mixed = message("A", "assistant", &content);
    mixed["end_turn"] = json!(true);
    assert_eq!(
        shown(&told(&[mixed])),
        "Look: nice\n\n![Image](file-service://f)"
    );
}

#[test]
fn only_pictures_that_are_not_finished_leave_the_answer_open() {
    let states = [
        picture("T", &["sediment://1"], false),
        answer("A", "Soon.", true),
    ];
    let (_, end) = told_as(&states, &AnswerStyle::default());
    assert_eq!(end, Err(BrokenStream::ImagePending { task_id: None }));
    // A picture may be all there is.
    let events = told(&[picture("T", &["sediment://1"], true)]);
    assert_eq!(shown(&events), "![Image](sediment://1)");
}

#[test]
fn an_image_tool_that_fails_after_a_promise_is_not_waited_for() {
    let mut promise = message(
        "T",
        "tool:t2uay3k.sj1i4kz",
        &json!({"content_type": "text", "parts": ["Processing"]}),
    );
    promise["metadata"] = json!({"image_gen_async": true, "image_gen_task_id": "task"});
    let failure = message(
        "E",
        "tool:t2uay3k.sj1i4kz",
        &json!({"content_type": "system_error", "name": "E", "text": "no"}),
    );
    let asked = call("K", "t2uay3k.sj1i4kz", "{}");
    let last = answer("A", "I cannot.", true);
    let style = AnswerStyle::default();
    let (_, end) = told_as(&[asked.clone(), promise.clone(), last.clone()], &style);
    assert_eq!(
        end,
        Err(BrokenStream::ImagePending {
            task_id: Some("task".into())
        })
    );
    let events = told(&[asked, promise, failure, last]);
    assert_eq!(shown(&events), "I cannot.");
    assert_eq!(steps(&events)[0].status, ActivityStatus::Failed);
}

#[test]
fn structured_steps_leave_only_the_answer_in_the_text() {
    let mut output = message(
        "T",
        "tool:python",
        &json!({"content_type": "execution_output", "text": ""}),
    );
    output["metadata"]["aggregate_result"] = json!({
        "status": "failed_with_in_kernel_exception",
        "in_kernel_exception": {"name": "ValueError", "traceback": [], "args": ["odd"]},
        "messages": [{"message_type": "image", "image_url": "file-service://plot"}, 7],
    });
    let states = [
        call("K", "python", "f()"),
        output,
        call(
            "D",
            "canmore.create_textdoc",
            r#"{"name":"N","type":"document","content":"c"}"#,
        ),
        answer("A", "Done.", true),
    ];
    let (events, _) = told_as(&states, &structured());
    assert_eq!(shown(&events), "Done.");
    assert_eq!(images(&events).len(), 1);
    let steps = steps(&events);
    let (code, output) = ("f()".into(), Some("ValueError: odd".into()));
    assert_eq!(steps[0].step, Step::Code { code, output });
    assert_eq!(steps[0].status, ActivityStatus::Failed);
    assert!(matches!(&steps[1].step, Step::Canvas { content, .. } if content == "c"));
    // The same in the text.
    assert_eq!(
        shown(&told(&states)),
        "```python\nf()\n```\n\n```Output\nValueError: odd\n```\n\n![Image](file-service://plot)\n\n\
         ```markdown\nc\n```\n\nDone."
    );
}

#[test]
fn a_search_without_a_call_is_a_step_when_the_answer_says_what_was_searched() {
    let mut found = answer("A", "Yes.", true);
    found["metadata"] = json!({"search_model_queries": {"type": "x", "queries": ["rhine", 7]}});
    let events = told(&[found]);
    let queries = vec!["rhine".into()];
    assert_eq!(steps(&events)[0].step, Step::Search { queries });
}

#[test]
fn tools_nobody_knows_are_steps_and_never_text() {
    let reply = |id: &str, content: Value| message(id, "tool:gcal.search", &content);
    let events = told(&[
        call("K", "gcal.search", "{\"day\":1}"),
        reply(
            "1",
            json!({"content_type": "sonic_webpage", "text": "a page", "url": "u"}),
        ),
        reply(
            "2",
            json!({"content_type": "text", "parts": ["two events"]}),
        ),
        reply(
            "3",
            json!({"content_type": "hologram", "parts": 7, "text": ["x"]}),
        ),
        reply("4", json!("odd")),
        answer("A", "Two.", true),
    ]);
    assert_eq!(shown(&events), "Two.");
    assert_eq!(
        steps(&events)[0].step,
        Step::Tool {
            name: "gcal.search".into(),
            input: "{\"day\":1}".into(),
            output: Some("two events".into()),
        }
    );
}
