//! Marks in an answer's text, and the references that say what they stand for.

use serde_json::{Value, json};

use crate::played::{in_both_languages, message, played, references, told};

/// The text between two positions.
fn between(text: &str, reference: &Value, utf16: bool) -> String {
    let place = |name: &str| usize::try_from(reference[name].as_u64().unwrap()).unwrap();
    let range = place("start_idx")..place("end_idx");
    if utf16 {
        let units: Vec<u16> = text.encode_utf16().collect();
        String::from_utf16(&units[range]).unwrap()
    } else {
        text.chars().skip(range.start).take(range.len()).collect()
    }
}

#[test]
fn every_reference_points_at_its_mark() {
    for (script, utf16) in [
        ("search", false),
        ("search-late", false),
        ("search-emoji", false),
        ("search-emoji-utf16", true),
    ] {
        for folded in in_both_languages(script) {
            let references = references(&folded);
            assert!(references.len() >= 3, "{script}");
            for reference in references {
                let matched = reference["matched_text"].as_str().unwrap();
                if reference["type"] == "sources_footnote" {
                    assert_eq!(reference["start_idx"], reference["end_idx"]);
                    assert_eq!(matched, " ");
                } else {
                    assert_eq!(between(folded.answer(), reference, utf16), matched);
                    assert_eq!(reference["invalid"], Value::Null, "{script}");
                }
            }
        }
    }
}

#[test]
fn a_search_ends_the_same_whether_its_references_come_early_or_late() {
    for (early, late) in in_both_languages("search")
        .iter()
        .zip(in_both_languages("search-late"))
    {
        assert_eq!(references(early), references(&late));
        assert_eq!(early.answer(), late.answer());
        let several = &references(early)[1];
        assert_eq!(several["type"], "grouped_webpages");
        assert_eq!(several["status"], "done");
        assert_eq!(several["items"].as_array().unwrap().len(), 2);
        let supporting = &several["items"][0]["supporting_websites"];
        assert_eq!(supporting.as_array().unwrap().len(), 1);
        let alt = several["alt"].as_str().unwrap();
        assert!(alt.starts_with("([") && alt.contains("utm_source=chatgpt.com), ["));
        let found = &message(early, "web.run", "text")["metadata"]["search_result_groups"];
        assert_eq!(found.as_array().unwrap().len(), 3);
    }
}

#[test]
fn marks_among_emoji_are_of_every_kind() {
    for folded in in_both_languages("search-emoji") {
        let kinds: Vec<&str> = references(&folded)
            .iter()
            .map(|reference| reference["type"].as_str().unwrap())
            .collect();
        assert_eq!(
            kinds,
            [
                "hidden",
                "hidden",
                "grouped_webpages",
                "hidden",
                "entity",
                "nav_list",
                "sources_footnote",
            ]
        );
        assert_eq!(references(&folded)[0]["refs"], json!(["hidden"]));
    }
}

#[test]
fn old_citations_stand_where_they_say() {
    for script in ["search-old", "browsing-old"] {
        for folded in in_both_languages(script) {
            let metadata = &folded.messages.last().unwrap()["metadata"];
            let citations = metadata["citations"].as_array().unwrap();
            assert_eq!(citations.len(), 2);
            for citation in citations {
                let place = json!({
                    "start_idx": citation["start_ix"],
                    "end_idx": citation["end_ix"],
                });
                let marked = between(folded.answer(), &place, false);
                assert_eq!(marked, "【11†source】");
                assert!(citation["metadata"]["url"].is_string());
            }
        }
    }
    let browsing = played("browsing-old", "hi");
    message(&browsing, "browser", "tether_browsing_display");
    let quotes = told(&browsing)
        .iter()
        .filter(|message| message["content"]["content_type"] == "tether_quote");
    assert_eq!(quotes.count(), 2);
}

#[test]
fn a_file_is_cited_by_its_lines() {
    for folded in in_both_languages("file-search") {
        let reference = &references(&folded)[0];
        assert_eq!(reference["type"], "file");
        assert_eq!(reference["input_pointer"]["line_range_end"], 8);
        let marked = between(folded.answer(), reference, false);
        assert_eq!(
            marked,
            "\u{e200}filecite\u{e202}turn0file0\u{e202}L3-L8\u{e201}"
        );
    }
}
