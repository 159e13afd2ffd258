//! Links into the code interpreter's sandbox become links to the gateway's files.

use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use serde_json::Value;
use transcode::reply::answer_style::{AnswerStyle, FileLinks};
use transcode::turn_event::{FilePlace, OutputFile};

use crate::turn::{answer, shown, told_as};

/// A style whose links are numbered, and the files they were made for.
fn numbering() -> (AnswerStyle, Arc<Mutex<Vec<OutputFile>>>) {
    let files: Arc<Mutex<Vec<OutputFile>>> = Arc::default();
    let made = Arc::clone(&files);
    let links = FileLinks::new(move |file| {
        let mut made = made.lock().unwrap();
        let known = made.iter().position(|it| it == file);
        let index = known.unwrap_or_else(|| {
            made.push(file.clone());
            made.len() - 1
        });
        format!("https://gateway/{index}")
    });
    let style = AnswerStyle {
        links,
        ..AnswerStyle::default()
    };
    (style, files)
}

/// What an answer that grows by these pieces is shown as, and the files it links to.
fn linked(pieces: &[&str]) -> (String, Vec<OutputFile>) {
    let (style, files) = numbering();
    let mut text = String::new();
    let mut states: Vec<Value> = Vec::new();
    for piece in pieces {
        text.push_str(piece);
        states.push(answer("A", &text, false));
    }
    states.push(answer("A", &text, true));
    let (events, end) = told_as(&states, &style);
    end.unwrap();
    let files = files.lock().unwrap().clone();
    (shown(&events), files)
}

fn file(path: &str, name: &str) -> OutputFile {
    OutputFile {
        conversation_id: Some("C".into()),
        message_id: "A".into(),
        place: FilePlace::Sandbox(path.into()),
        name: Some(name.into()),
    }
}

#[test]
fn every_way_to_write_such_a_link_is_understood() {
    for (text, expected, path, name) in [
        (
            "[a](sandbox:/mnt/data/a.csv).",
            "[a](https://gateway/0).",
            "/mnt/data/a.csv",
            "a.csv",
        ),
        (
            "![](sandbox:/mnt/data/p.png)",
            "![](https://gateway/0)",
            "/mnt/data/p.png",
            "p.png",
        ),
        (
            "[x](sandbox:/mnt/data/%E6%95%B0%20a.csv)",
            "[x](https://gateway/0)",
            "/mnt/data/数 a.csv",
            "数 a.csv",
        ),
        (
            "[x](sandbox:/mnt/data/数 据.csv)",
            "[x](https://gateway/0)",
            "/mnt/data/数 据.csv",
            "数 据.csv",
        ),
        (
            "[[1] x](sandbox:/mnt/data/a[1](2).csv)",
            "[[1] x](https://gateway/0)",
            "/mnt/data/a[1](2).csv",
            "a[1](2).csv",
        ),
        (
            "[x](<sandbox:/mnt/data/a).csv>)",
            "[x](<https://gateway/0>)",
            "/mnt/data/a).csv",
            "a).csv",
        ),
        (
            r"[x](sandbox:/mnt/data/a\).csv)",
            "[x](https://gateway/0)",
            "/mnt/data/a).csv",
            "a).csv",
        ),
        (
            "[x](sandbox:/a.csv \"t\")",
            "[x](https://gateway/0 \"t\")",
            "/a.csv",
            "a.csv",
        ),
    ] {
        assert_eq!(
            linked(&[text]),
            (expected.into(), vec![file(path, name)]),
            "{text}"
        );
    }
}

#[test]
fn the_same_file_has_the_same_link_and_other_text_stays_as_it_is() {
    let text = "[a](sandbox:/a) [b](sandbox:/b) [a](sandbox:/a)";
    let (shown, files) = linked(&[text]);
    assert_eq!(
        shown,
        "[a](https://gateway/0) [b](https://gateway/1) [a](https://gateway/0)"
    );
    assert_eq!(files.len(), 2);
    for text in [
        "(sandbox:/a)",
        "`sandbox:/a`",
        "[a](https://x)",
        "[a](sandbox:/a",
        "f[0](s)",
    ] {
        assert_eq!(linked(&[text]), (text.into(), vec![]), "{text}");
    }
}

#[test]
fn text_is_held_back_only_while_it_may_still_be_a_link() {
    let (style, _) = numbering();
    let (events, _) = told_as(
        &[
            answer("A", "see [x](", false),
            answer("A", "see [x](s", false),
            answer("A", "see [x](sand castle)", false),
            answer("A", "see [x](sand castle) (sandbox:/", true),
        ],
        &style,
    );
    let texts: Vec<String> = events
        .iter()
        .map(|event| shown(std::slice::from_ref(event)))
        .filter(|text| !text.is_empty())
        .collect();
    assert_eq!(texts, ["see [x]", "(sand castle)", " (sandbox:/"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn it_makes_no_difference_how_the_text_is_cut(
        parts in prop::collection::vec(prop::sample::select(vec![
            "[报告](sandbox:/mnt/data/季度 报告(1).csv)", "![](<sandbox:/p.png>)", "](sandbox:", "](",
            "[a](sandbox:/%20%E6)", "[", "]", "(", ")", "\n", "plain 文字 🌍", "【1", "】", "\u{E203}",
        ]), 0..8),
        sizes in prop::collection::vec(1usize..9, 0..40),
    ) {
        let text = parts.concat();
        let mut pieces = Vec::new();
        let mut rest = text.as_str();
        for size in sizes {
            let (piece, later) = rest.split_at(rest.floor_char_boundary(size.min(rest.len())));
            pieces.push(piece);
            rest = later;
        }
        pieces.push(rest);
        prop_assert_eq!(linked(&pieces), linked(&[&text]));
    }
}
