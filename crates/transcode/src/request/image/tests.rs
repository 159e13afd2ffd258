//! What bodies and forms come to.

use super::{ImageFields, PictureFormat};
use crate::driver_kind::DriverKind;
use crate::parameter_table::{Emulation, FaceKind, judge};
use crate::turn::{Drawing, Hint};

fn read(json: &str) -> Result<super::ImageRequest, String> {
    let fields = ImageFields::read(json.as_bytes()).map_err(|error| error.message)?;
    let request = fields.into_request(Vec::new());
    request.map_err(|error| error.message)
}

#[test]
fn a_prompt_is_enough_and_newer_models_give_the_picture_itself() {
    let request = read(r#"{"prompt":"a fox","model":"gpt-image-1","quality":"high"}"#).unwrap();
    assert_eq!(request.turn.model, "auto");
    assert_eq!(request.turn.hints, [Hint::Picture]);
    assert_eq!(request.turn.messages[0].joined_text(), "a fox");
    assert_eq!(request.format, PictureFormat::Base64);
    let drawing = request.turn.drawing.unwrap();
    assert_eq!(drawing.quality.as_deref(), Some("high"));
    let older = read(r#"{"prompt":"a fox","model":"dall-e-3"}"#).unwrap();
    assert_eq!(older.format, PictureFormat::Url);
}

#[test]
fn what_is_wanted_is_kept_apart_from_the_prompt_for_drivers_that_have_words_for_it() {
    let request = read(
        r#"{"prompt":"a fox","model":"codex/gpt-image-1","size":"1536x1024","quality":"hd",
            "background":"transparent","output_format":"webp","output_compression":80,
            "moderation":"low","partial_images":2,"stream":true,"style":"vivid"}"#,
    )
    .unwrap();
    assert_eq!(request.driver, Some(DriverKind::Codex));
    assert_eq!(request.turn.model, "auto");
    assert_eq!(request.turn.messages[0].joined_text(), "a fox");
    let drawing = request.turn.drawing.as_ref().unwrap();
    assert_eq!(
        *drawing,
        Drawing {
            size: Some((1536, 1024)),
            quality: Some("high".into()),
            background: Some("transparent".into()),
            output_format: Some("webp".into()),
            output_compression: Some(80),
            moderation: Some("low".into()),
            partial_images: 2,
        }
    );
    let words = drawing.size_in_words();
    assert_eq!(words.as_deref(), Some("(landscape picture, 1536x1024)"));
    let dropped = |driver| {
        let face = FaceKind::Images;
        let verdict = judge(driver, face, &request.turn, &request.asked, Emulation::Off);
        assert!(verdict.refused.is_empty(), "{verdict:?}");
        verdict.dropped
    };
    assert_eq!(dropped(DriverKind::Codex), ["style"]);
    assert_eq!(
        dropped(DriverKind::Web),
        [
            "quality",
            "background",
            "output_format",
            "output_compression",
            "moderation",
            "style"
        ]
    );
}

#[test]
fn what_happens_anyway_is_not_asked_for() {
    let request = read(
        r#"{"prompt":"a fox","size":"auto","quality":"auto","background":"auto",
            "moderation":"auto","output_format":"png"}"#,
    )
    .unwrap();
    let drawing = Drawing {
        output_format: Some("png".into()),
        ..Drawing::default()
    };
    assert_eq!(request.turn.drawing, Some(drawing));
    let names: Vec<_> = request.asked.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["prompt"]);
    assert_eq!(
        read(r#"{"prompt":"a fox","quality":"standard"}"#)
            .unwrap()
            .turn
            .drawing,
        Some(Drawing::default())
    );
}

#[test]
fn bad_values_are_named() {
    for (json, named) in [
        ("{}", "prompt"),
        (r#"{"prompt":"  "}"#, "prompt"),
        (r#"{"prompt":"x","n":0}"#, "n:"),
        (r#"{"prompt":"x","n":11}"#, "n:"),
        (r#"{"prompt":"x","n":2,"stream":true}"#, "n:"),
        (r#"{"prompt":"x","size":"big"}"#, "size"),
        (r#"{"prompt":"x","size":"0x0"}"#, "size"),
        (
            r#"{"prompt":"x","response_format":"gif"}"#,
            "response_format",
        ),
        (r#"{"prompt":"x","partial_images":4}"#, "partial_images"),
        (r#"{"prompt":"x","quality":"best"}"#, "quality"),
        (r#"{"prompt":"x","quality":3}"#, "quality"),
        (r#"{"prompt":"x","background":"blue"}"#, "background"),
        (r#"{"prompt":"x","output_format":"gif"}"#, "output_format"),
        (
            r#"{"prompt":"x","output_compression":101}"#,
            "output_compression",
        ),
        (r#"{"prompt":"x","moderation":"none"}"#, "moderation"),
    ] {
        let error = read(json).unwrap_err();
        assert!(error.starts_with(named), "{json}: {error}");
    }
}

#[test]
fn a_form_is_read_into_the_same_fields() {
    let mut fields = ImageFields::default();
    for (name, value) in [
        ("prompt", "a fox"),
        ("n", "2"),
        ("stream", "false"),
        ("user", "u"),
    ] {
        fields.set(name, value.into()).unwrap();
    }
    assert!(fields.set("n", "two".into()).is_err());
    let request = fields.into_request(Vec::new()).unwrap();
    let names: Vec<_> = request.asked.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(
        (request.count, names),
        (2, vec!["prompt", "n", "stream", "user"])
    );
}
