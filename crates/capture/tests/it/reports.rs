//! A report names what is not known, all of it, and nothing else.

use std::collections::BTreeSet;

use capture::report;

use crate::fixtures::fixture;

/// What was invented for the drifted capture.
const INVENTED: [(&str, &str, &str); 15] = [
    ("content_type", "", "holo_text"),
    ("event_name", "", "pulse"),
    ("event_type", "", "glow_update"),
    ("key", "delta", "tint"),
    ("key", "envelope", "beat"),
    ("key", "envelope", "weather"),
    ("key", "event:message_marker", "hue"),
    ("key", "message", "aura"),
    ("key", "metadata", "sparkle_level"),
    ("key", "reference", "constellation"),
    ("key", "requirements", "riddle"),
    ("operation", "", "sprinkle"),
    ("recipient", "", "oracle.ask"),
    ("reference_type", "", "star_chart"),
    ("role", "", "narrator"),
];

#[test]
fn captures_of_what_is_known_are_clean() {
    for name in ["plain", "tools"] {
        let report = report(&fixture(name));
        assert!(report.is_clean(), "{report}");
        assert!(report.not_looked_into.is_empty(), "{report}");
        assert!(report.understood["event_type"].len() >= 7, "{report}");
    }
}

#[test]
fn every_invented_name_is_found_and_no_other() {
    let report = report(&fixture("drifted"));
    let found: BTreeSet<_> = report
        .unknown
        .iter()
        .map(|it| (it.kind, it.object.as_str(), it.name.as_str()))
        .collect();
    let mut invented = BTreeSet::from(INVENTED);
    invented.insert(("status", "", "finished_sideways"));
    assert_eq!(found, invented);
    assert!(report.unknown.iter().all(|it| it.count == 1), "{report}");
}

#[test]
fn a_finding_says_where_to_look() {
    let report = report(&fixture("drifted"));
    let key = report.unknown.iter().find(|it| it.name == "aura").unwrap();
    assert_eq!(
        key.example,
        "0003-POST-backend-api-f-conversation.json event 9/message/aura"
    );
    let text = report.to_string();
    assert!(
        text.contains("key of message \"aura\", once: 0003-"),
        "{text}"
    );
    assert!(text.contains("operation \"sprinkle\", once"), "{text}");
}

#[test]
fn scrubbing_a_capture_again_keeps_its_report() {
    let mut capture = fixture("drifted");
    let before = report(&capture);
    let scrubber = crate::sessions::scrubber();
    for (_, exchange) in &mut capture.exchanges {
        if let capture::Body::Events(stream) = &mut exchange.response {
            stream.events = scrubber.stream(&stream.events);
        }
    }
    assert_eq!(report(&capture), before);
}
