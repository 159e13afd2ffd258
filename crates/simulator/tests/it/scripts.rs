//! What single scripts show: the things a client has to find in their messages. Citations have a
//! file of their own.

use serde_json::{Value, json};
use simulator::{artifacts, script_names};

use crate::fold::Folded;
use crate::played::{in_both_languages, message, played, references, told};

/// The pictures that tools show, each with its message's status.
fn pictures(folded: &Folded) -> Vec<(&Value, &Value)> {
    told(folded)
        .iter()
        .filter(|message| message["author"]["role"] == "tool")
        .flat_map(|message| {
            let parts = message["content"]["parts"].as_array();
            parts
                .into_iter()
                .flatten()
                .map(|part| (part, &message["status"]))
        })
        .filter(|(part, _)| part["content_type"] == "image_asset_pointer")
        .collect()
}

#[test]
fn pictures_are_the_artifacts_their_pointers_name() {
    for (script, count) in [
        ("image", 1),
        ("image-partial", 1),
        ("image-previews", 3),
        ("image-async", 0),
        ("image-old", 2),
        ("image-refused", 0),
    ] {
        let folded = played(script, "hi");
        let pictures = pictures(&folded);
        assert_eq!(pictures.len(), count, "{script}");
        let mut names = Vec::new();
        for (part, _) in &pictures {
            let pointer = part["asset_pointer"].as_str().unwrap();
            let (scheme, id) = pointer.split_once("://").unwrap();
            let old = script == "image-old";
            assert_eq!(scheme, if old { "file-service" } else { "sediment" });
            let artifact = artifacts::picture(id);
            assert_eq!(part["size_bytes"], artifact.size, "{script}");
            names.push(artifact.name);
        }
        names.dedup();
        assert_eq!(names.len(), count, "{script}: every picture is another");
        if let Some((_, status)) = pictures.last() {
            assert_eq!(*status, "finished_successfully", "{script}");
        }
    }
}

#[test]
fn a_picture_is_made_in_the_captured_order() {
    let folded = played("image", "hi");
    let shape: Vec<(&str, &str, &str)> = told(&folded)
        .iter()
        .map(|message| {
            let text = |pointer: &str| message.pointer(pointer).unwrap().as_str().unwrap_or("");
            (
                text("/author/role"),
                text("/content/content_type"),
                text("/recipient"),
            )
        })
        .collect();
    assert_eq!(
        shape,
        [
            ("assistant", "code", "t2uay3k.sj1i4kz"),
            ("tool", "multimodal_text", "all"),
            ("tool", "text", "all"),
            ("assistant", "text", "all"),
        ]
    );
    let telemetry = folded
        .typed
        .iter()
        .find(|event| event["type"] == "server_ste_metadata");
    assert_eq!(telemetry.unwrap()["metadata"]["turn_use_case"], "image gen");
    let previews = played("image-previews", "hi");
    let statuses: Vec<&Value> = pictures(&previews).iter().map(|(_, it)| *it).collect();
    assert_eq!(
        statuses,
        ["in_progress", "in_progress", "finished_successfully"]
    );
}

#[test]
fn a_picture_that_comes_later_is_announced() {
    let folded = played("image-async", "hi");
    let last = folded.messages.last().unwrap();
    assert_eq!(last["metadata"]["image_gen_async"], true);
    assert!(last["metadata"]["image_gen_task_id"].is_string());
    assert!(folded.types().contains(&"conversation_async_status"));
    assert!(folded.answer().is_empty() && folded.done);
}

#[test]
fn links_lead_to_files_that_are_there() {
    for (script, count) in [("code-file", 2), ("code-file-whole", 2), ("code-large", 1)] {
        for folded in in_both_languages(script) {
            let paths: Vec<&str> = folded
                .answer()
                .split("](sandbox:")
                .skip(1)
                .map(|rest| rest.split_once(')').unwrap().0)
                .collect();
            assert_eq!(paths.len(), count, "{script}");
            for path in paths {
                assert!(artifacts::sandbox(path).is_some(), "{path}");
            }
        }
    }
    let [streamed, whole] = ["code-file", "code-file-whole"].map(|script| played(script, "hi"));
    assert_eq!(streamed.answer(), whole.answer());
}

#[test]
fn the_interpreter_reports_pictures_and_failures() {
    let plot = played("code-plot", "hi");
    let result = &message(&plot, "python", "execution_output")["metadata"]["aggregate_result"];
    assert_eq!(result["messages"][0]["message_type"], "image");
    let url = result["messages"][0]["image_url"].as_str().unwrap();
    assert!(url.starts_with("file-service://file-"));
    assert_eq!(result["status"], "success");
    let error = played("code-error", "hi");
    let failed = message(&error, "python", "execution_output");
    let result = &failed["metadata"]["aggregate_result"];
    assert_eq!(result["status"], "failed_with_in_kernel_exception");
    assert_eq!(result["in_kernel_exception"]["name"], "ZeroDivisionError");
    let text = failed["content"]["text"].as_str().unwrap();
    assert!(text.contains("Traceback"));
}

#[test]
fn documents_are_called_for_in_json_and_named_in_the_reply() {
    for script in ["canvas", "canvas-code", "canvas-update", "canvas-comment"] {
        for folded in in_both_languages(script) {
            let mut versions = Vec::new();
            for message in told(&folded) {
                if message["recipient"] != "all" {
                    let content = &message["content"];
                    let body = content["text"].as_str().or(content["parts"][0].as_str());
                    serde_json::from_str::<Value>(body.unwrap()).unwrap();
                }
                let canvas = &message["metadata"]["canvas"];
                if let Some(version) = canvas["version"].as_u64() {
                    assert_eq!(canvas["textdoc_id"].as_str().unwrap().len(), 32);
                    versions.push(version);
                }
            }
            let expected: &[u64] = match script {
                "canvas-update" => &[1, 2, 3],
                "canvas-comment" => &[1, 1],
                _ => &[1],
            };
            assert_eq!(versions, expected, "{script}");
        }
    }
    for folded in in_both_languages("writing-block") {
        let (_, block) = folded.answer().split_once(":::writing{").unwrap();
        assert!(block.contains("\n:::\n"));
    }
}

#[test]
fn thoughts_come_at_once_or_in_phases() {
    let thoughts = |folded: &Folded| -> Vec<usize> {
        told(folded)
            .iter()
            .filter_map(|message| message["content"]["thoughts"].as_array().map(Vec::len))
            .collect()
    };
    for folded in in_both_languages("reasoning-snapshot") {
        assert_eq!(thoughts(&folded), [2]);
        assert_eq!(told(&folded)[0]["status"], "finished_successfully");
    }
    for folded in in_both_languages("reasoning-tools") {
        assert_eq!(thoughts(&folded), [1, 1]);
        let kinds: Vec<&str> = told(&folded)
            .iter()
            .map(|message| message["content"]["content_type"].as_str().unwrap())
            .collect();
        assert_eq!(
            kinds,
            [
                "thoughts",
                "code",
                "text",
                "thoughts",
                "reasoning_recap",
                "text"
            ]
        );
    }
}

#[test]
fn tools_are_called_by_their_names_and_answer() {
    for (script, recipients, author) in [
        ("memory", &["bio"][..], "bio"),
        (
            "gpt-action",
            &["weather.example.getForecast__jit_plugin"],
            "weather.example.getForecast__jit_plugin",
        ),
        ("file-search", &["file_search.msearch"], "file_search"),
        ("agent", &["container.exec", "computer.get"], "computer.get"),
        ("several-messages", &["python"], "python"),
    ] {
        let folded = played(script, "hi");
        let called: Vec<&str> = told(&folded)
            .iter()
            .filter_map(|message| message["recipient"].as_str())
            .filter(|recipient| *recipient != "all")
            .collect();
        assert_eq!(called, recipients, "{script}");
        let mut authors = told(&folded)
            .iter()
            .map(|message| &message["author"]["name"]);
        assert!(authors.any(|name| name == author), "{script}");
        let last = folded.messages.last().unwrap();
        assert_eq!(last["end_turn"], true, "{script}");
        assert!(folded.answer().contains("*(Simulated reply"), "{script}");
    }
    let agent = played("agent", "hi");
    let screen = message(&agent, "computer.get", "computer_output");
    assert!(screen["content"]["screenshot"]["asset_pointer"].is_string());
    let several = played("several-messages", "hi");
    let texts = told(&several)
        .iter()
        .filter(|message| message["content"]["content_type"] == "text");
    let channels: Vec<&Value> = texts.map(|message| &message["channel"]).collect();
    assert_eq!(channels, ["commentary", "commentary", "final"]);
}

#[test]
fn a_spoken_answer_has_its_words_and_its_sound() {
    for folded in in_both_languages("audio") {
        let parts = &folded.messages.last().unwrap()["content"]["parts"];
        assert_eq!(parts[0]["content_type"], "audio_transcription");
        assert_eq!(parts[0]["direction"], "out");
        assert!(parts[0]["text"].as_str().unwrap().len() > 20);
        let pointer = parts[1]["asset_pointer"].as_str().unwrap();
        let sound = artifacts::sound(pointer.strip_prefix("sediment://").unwrap());
        assert_eq!(parts[1]["size_bytes"], sound.unwrap().size);
    }
}

#[test]
fn limits_are_told_beside_the_answer() {
    let detail = |script: &str| {
        let typed = played(script, "hi").typed;
        let mut events = typed.into_iter();
        let of_type = |event: &Value| event["type"] == "conversation_detail_metadata";
        events.find(of_type).unwrap()
    };
    let limits = detail("limits");
    assert_eq!(limits["blocked_features"][0]["name"], "image_gen");
    assert_eq!(limits["limits_progress"].as_array().unwrap().len(), 3);
    assert_eq!(limits["limits_progress"][0]["remaining"], 0);
    let downgrade = detail("downgrade");
    assert_eq!(downgrade["model_limits"][0]["model_slug"], "gpt-5-2");
    let instead = &downgrade["model_limits"][0]["using_default_model_slug"];
    assert_eq!(instead, "gpt-5-mini");
    assert_eq!(detail("plain")["model_limits"], json!([]));
}

#[test]
fn what_nobody_knows_leaves_the_answer_complete() {
    let folded = played("unknown-types", "hi");
    assert!(folded.types().contains(&"tide_table"));
    message(&folded, "assistant", "hologram");
    message(&folded, "gull", "text");
    let answer = folded.messages.last().unwrap();
    assert_eq!(answer["status"], "finished_successfully");
    assert_eq!(answer["end_turn"], true);
    assert!(folded.answer().ends_with("no account was used.)*"));
    let kinds: Vec<&Value> = references(&folded).iter().map(|it| &it["type"]).collect();
    assert_eq!(kinds, ["glyph", "glyph"]);
}

#[test]
fn changes_reach_earlier_messages_and_texts_are_cut() {
    for folded in in_both_languages("odd-deltas") {
        let [call, found, answer] = told(&folded) else {
            panic!("three messages");
        };
        let body = call["content"]["text"].as_str().unwrap();
        assert_eq!(body, r#"{"search_query":[{"q":"Rhine level Basel"}]}"#);
        assert_eq!(call["metadata"]["late"], true);
        let groups = found["metadata"]["search_result_groups"]
            .as_array()
            .unwrap();
        assert_eq!(groups.len(), 1);
        let urls = answer["metadata"]["safe_urls"].as_array().unwrap();
        assert_eq!(urls.len(), 2);
        assert_eq!(answer["metadata"]["seen"], json!({"a/b~c": "both"}));
        assert_eq!(answer["metadata"]["notes"], json!(["one"]));
        assert!(folded.answer().ends_with(")*") || folded.answer().ends_with("）*"));
    }
}

#[test]
fn every_answer_follows_the_language_of_the_prompt() {
    // A sample has one text, and help names things as they are called.
    const ONE_TEXT: [&str; 7] = [
        "ascii", "chinese", "emoji", "markdown", "long", "echo", "help",
    ];
    for script in script_names() {
        if ONE_TEXT.contains(script) {
            continue;
        }
        let [english, chinese] = in_both_languages(script);
        assert_ne!(told(&english), told(&chinese), "{script}");
    }
}
