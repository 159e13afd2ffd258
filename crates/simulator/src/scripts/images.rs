//! Scripts that make pictures: the present tool in its variants, the tool of 2023, and a tool that
//! refuses. The pictures themselves are artifacts.

use serde_json::{Value, json};

use super::samples;
use crate::artifacts;
use crate::pieces;
use crate::story::{Finish, Story, TEXT as PICTURE, finished};
use crate::timeline::{Later, Op};

/// The tool's name, as unclear as upstream's.
const TOOL: &str = "t2uay3k.sj1i4kz";
const OLD_TOOL: &str = "dalle.text2im";
const WIDTH: u16 = 1536;
const HEIGHT: u16 = 1024;

/// The picture in one tool message, then a word about it.
pub(super) fn image(story: &mut Story<'_>) {
    ask(story);
    let message = finished(result(story, "final"));
    show(story, message);
    instruct(story);
    remark(story);
}

/// A picture, and a text with a table, code and formulas.
pub(super) fn report(story: &mut Story<'_>) {
    ask(story);
    let message = finished(result(story, "final"));
    show(story, message);
    instruct(story);
    samples::markdown(story);
}

/// Two previews, each replaced within the same message, then the picture.
pub(super) fn partial(story: &mut Story<'_>) {
    ask(story);
    let message = result(story, "preview 1");
    show(story, message);
    let (second, last) = (pointer(story, "preview 2"), pointer(story, "final"));
    story.change(Op::replace(PICTURE, second));
    story.patch(vec![
        Op::replace(PICTURE, last),
        Op::replace("/message/status", "finished_successfully"),
    ]);
    instruct(story);
    remark(story);
}

/// Two previews and the picture, each in a tool message of its own.
pub(super) fn previews(story: &mut Story<'_>) {
    ask(story);
    for preview in ["preview 1", "preview 2"] {
        let message = result(story, preview);
        show(story, message);
    }
    let message = finished(result(story, "final"));
    show(story, message);
    instruct(story);
    remark(story);
}

/// The stream ends with a promise; the picture is in the conversation later.
pub(super) fn asynchronous(story: &mut Story<'_>) {
    ask(story);
    let task_id = format!("imagegen_{}", story.id_of("image task"));
    let text = story.pick(
        "Processing image\n\nLots of people are creating images right now, so this might take a \
         bit. We'll notify you when your image is ready.",
        "正在处理图片\n\n目前有很多人在创建图片，可能需要一点时间。图片准备好后，我们会通知你。",
    );
    let content = json!({"content_type": "text", "parts": [text]});
    let metadata = json!({
        "ui_card": true,
        "image_gen_async": true,
        "image_gen_task_id": task_id,
        "async_task_type": "image_gen",
        "async_task_id": task_id,
        "async_task_title": "Processing image",
    });
    story.tool_says(TOOL, &content, metadata);
    story.signal(json!({"type": "conversation_async_status", "async_status": 1}));
    let mut message = finished(result(story, "final"));
    message["metadata"]["image_gen_task_id"] = json!(task_id);
    story.later(Later {
        task_id,
        messages: vec![message],
    });
}

/// The tool of 2023: a prompt, two pictures under older pointers, a word about them.
pub(super) fn old(story: &mut Story<'_>) {
    story.use_case("image gen");
    let prompt = json!("A heron by a river at dawn, in watercolour");
    let body = format!(r#"{{"prompt":{prompt},"size":"1024x1024","n":2}}"#);
    story.call(OLD_TOOL, &pieces::words(&body));
    let parts: Vec<Value> = ["first", "second"]
        .into_iter()
        .map(|which| {
            let id = artifacts::old_picture_id(&[&story.id_of(which)], 1024, 1024);
            json!({
                "content_type": "image_asset_pointer",
                "asset_pointer": format!("file-service://{id}"),
                "size_bytes": artifacts::picture(&id).size,
                "width": 1024,
                "height": 1024,
                "fovea": 512,
                "metadata": {"dalle": {
                    "gen_id": story.id_of(which),
                    "prompt": prompt,
                    "seed": 3_215_447,
                    "parent_gen_id": null,
                    "edit_op": null,
                    "serialization_title": "DALL-E generation metadata",
                }},
            })
        })
        .collect();
    let content = json!({"content_type": "multimodal_text", "parts": parts});
    story.tool_says(OLD_TOOL, &content, json!({}));
    let text = story.pick(
        "Here are two watercolours of a heron.\n\n*(Simulated reply — the pictures are stripes.)*",
        "这是两幅苍鹭水彩画。\n\n*（模拟回复——图片只是条纹。）*",
    );
    story.answer(&pieces::words(text), None, Finish::Stop);
}

/// The tool fails, and the answer says why there is no picture.
pub(super) fn refused(story: &mut Story<'_>) {
    ask(story);
    let content = json!({
        "content_type": "text",
        "parts": ["User's requests didn't follow our content policy."],
    });
    story.tool_says(TOOL, &content, json!({"is_error": true}));
    let text = story.pick(
        "I can't make this picture, because the request goes against the content policy.\n\n\
         *(Simulated reply — nothing was judged.)*",
        "我无法生成这张图片，因为该请求违反了内容政策。\n\n*（模拟回复——没有进行任何审查。）*",
    );
    story.answer(&pieces::words(text), Some("final"), Finish::Stop);
}

/// The call, whose body says nothing about the picture.
fn ask(story: &mut Story<'_>) {
    story.use_case("image gen");
    let content = json!({
        "content_type": "code",
        "language": "unknown",
        "response_format_name": null,
        "text": "{\"skipped_mainline\":true}",
    });
    let mut message = story.tool_call(TOOL, &content);
    message["channel"] = Value::Null;
    story.begin(message);
    story.change(Op::replace("/message/status", "finished_successfully"));
    story.tell_title();
}

/// Announces a message with a picture, then sends it.
fn show(story: &mut Story<'_>, message: Value) {
    let id = message["id"].as_str().unwrap_or_default().to_owned();
    story.marker(&id, "user_visible_token", "first");
    story.begin(message);
}

/// A tool message with a picture, in progress.
fn result(story: &mut Story<'_>, which: &str) -> Value {
    let content = json!({
        "content_type": "multimodal_text",
        "parts": [pointer(story, which)],
    });
    let title = story.pick("A heron by a river", "河边的苍鹭");
    let metadata = json!({"image_gen_title": title});
    let mut message = story.tool_message(TOOL, &content, metadata);
    message["weight"] = json!(0.0);
    message
}

fn pointer(story: &Story<'_>, which: &str) -> Value {
    let gen_id = story.id_of(which);
    let file_id = artifacts::picture_id(&[&gen_id], WIDTH, HEIGHT);
    json!({
        "content_type": "image_asset_pointer",
        "asset_pointer": format!("sediment://{file_id}"),
        "size_bytes": artifacts::picture(&file_id).size,
        "width": WIDTH,
        "height": HEIGHT,
        "fovea": null,
        "metadata": {
            "dalle": {
                "gen_id": gen_id,
                "prompt": "",
                "seed": null,
                "parent_gen_id": null,
                "edit_op": null,
                "serialization_title": "DALL-E generation metadata",
            },
            "gizmo": null,
            "generation": {
                "gen_id": gen_id,
                "gen_size": "smimage",
                "gen_size_v2": "16",
                "seed": null,
                "parent_gen_id": null,
                "height": HEIGHT,
                "width": WIDTH,
                "transparent_background": false,
                "serialization_title": "Image Generation metadata",
                "orientation": "landscape",
            },
            "container_pixel_height": HEIGHT,
            "container_pixel_width": WIDTH,
            "emu_omit_glimpse_image": null,
            "sanitized": false,
            "asset_pointer_link": null,
            "watermarked_asset_pointer": null,
            "is_no_auth_placeholder": null,
        },
    })
}

/// What the tool tells the model, which no reader is to see.
fn instruct(story: &mut Story<'_>) {
    let text = "The tool returned 1 image. From now on, do not say or show ANYTHING. Please end \
        this turn now.";
    let content = json!({"content_type": "text", "parts": [text]});
    story.tool_says(
        TOOL,
        &content,
        json!({"is_visually_hidden_from_conversation": true}),
    );
}

fn remark(story: &mut Story<'_>) {
    let text = story.pick(
        "Here is the heron by the river.\n\n*(Simulated reply — the picture is stripes.)*",
        "这是河边的苍鹭。\n\n*（模拟回复——图片只是条纹。）*",
    );
    story.answer_at_once(text);
}
