//! Nothing that belongs to a person or an account is in a capture, wherever it stood.

use capture::{Exchange, RawExchange, Scrubber};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use simulator::{Encoding, Framing};

use crate::sessions::{CONVERSATION, SENT, answered, rendered, scrubber, streamed};

/// What must not be in a capture; parts of them that are long enough to tell count as well.
const CANARIES: [&str; 14] = [
    "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl",
    "sk-proj-Qq7Zz8Kk9Ww1",
    "rt_9f8e7d6c5b4a",
    "margarethe.huber@kanarienvogel.example",
    "3f2b8c1d-9e4a-4f6b-a7c8-d9e0f1a2b3c4",
    "user-Zk3xQw9LmN2pRt7VbY5cHj8D",
    "file-7GhJk2LmNpQrStUvWxYz",
    "Margarethe Huber",
    "kanarienvogel",
    "203.0.113.77",
    "2001:db8:85a3::8a2e:370:7334",
    "+49 171 5550199",
    "https://kanarien.example/s/geheim?sig=QxYz&se=2026",
    "Zwitscherstraße",
];

/// What tells that a canary is there, though not whole.
fn traces() -> Vec<String> {
    let mut traces: Vec<String> = CANARIES.map(str::to_owned).into();
    for part in [
        "Margarethe",
        "margarethe",
        "Huber",
        "kanarien",
        "geheim",
        "5550199",
        "Zwitscher",
    ] {
        traces.push(part.to_owned());
    }
    for part in [
        "9e4a", "Qq7Zz8", "9f8e7d", "Zk3xQw9", "7GhJk2", "QxYz", "c2lnbmF0", "db8",
    ] {
        traces.push(part.to_owned());
    }
    traces
}

fn assert_clean(exchange: &Exchange) {
    let text = serde_json::to_string_pretty(exchange).unwrap();
    // A letter beyond ASCII may stand escaped.
    let text = text.replace("\\\\u00df", "ß");
    for trace in traces() {
        assert!(!text.contains(&trace), "\"{trace}\" is in {text}");
    }
}

/// Everything the headers of an exchange may give away.
fn with_headers(mut exchange: RawExchange) -> RawExchange {
    for (index, canary) in CANARIES.iter().enumerate() {
        let names = [
            "authorization",
            "cookie",
            "set-cookie",
            "x-new-header",
            "user-agent",
            "accept",
        ];
        let name = names[index % names.len()].to_owned();
        exchange
            .request
            .headers
            .push((name.clone(), (*canary).to_owned()));
        exchange
            .response
            .headers
            .push((name, format!("a={canary}; Path=/")));
    }
    exchange
}

#[test]
fn a_session_full_of_canaries_leaves_none() {
    for encoding in [Encoding::V1, Encoding::Cumulative] {
        for script in ["echo", "reasoning", "code", "plain"] {
            let prompt = format!("simulate:echo {}", CANARIES.join(" and "));
            let stream = rendered(script, &prompt, encoding, &Framing::default());
            let request = json!({
                "action": "next", "messages": [{
                    "id": SENT, "author": {"role": "user"},
                    "content": {"content_type": "text", "parts": [prompt]},
                }],
                "conversation_id": CONVERSATION, "model": "auto", "timezone": "Europe/Margarethe",
            });
            let exchange = scrubber().exchange(&with_headers(streamed(&request, &stream.bytes)));
            assert_clean(&exchange);
            let text = serde_json::to_string(&exchange).unwrap();
            for id in [SENT, CONVERSATION] {
                assert!(!text.contains(id), "{id} is in {text}");
            }
        }
    }
}

#[test]
fn known_and_unknown_fields_paths_and_queries_leave_none() {
    for canary in CANARIES {
        // A single plain word cannot be told from a value of an enumeration where one is due.
        let enumerations = match canary {
            "kanarienvogel" => Value::Null,
            _ => json!({"code": canary, "status": canary, "type": canary, "role": canary}),
        };
        let answer = json!({
            "email": canary, "name": canary, "picture": canary, "accessToken": canary,
            "new_field": canary, "brandNew": [canary, {"deeper": {"still": canary}}],
            "user": {"id": canary, "phone_number": canary}, "url": canary, "domain": canary,
            "detail": {"message": format!("no such thing: {canary}")}, "enumerations": enumerations,
            "title": canary, "ip": canary, "timezone": canary,
            "create_time": canary, "proofofwork": {"seed": canary, "difficulty": canary},
            "mapping": {canary: {"id": canary, "children": [canary]}},
            "metadata": {"useragent": {"name": canary}, "attachments": [{"name": canary}]},
        });
        let target = format!("/backend-api/conversation/{canary}?q={canary}&new={canary}&{canary}");
        let exchange =
            scrubber().exchange(&answered("GET", &target.replace('?', "%"), 200, &answer));
        assert_clean(&exchange);
        assert_clean(&scrubber().exchange(&answered("GET", &target, 500, &answer)));
    }
}

#[test]
fn other_bodies_leave_only_their_type_and_size() {
    let mut exchange = answered("GET", "/backend-api/me", 200, &json!({}));
    exchange.response.body = b"<html>Margarethe Huber".to_vec();
    exchange.response.size = exchange.response.body.len();
    assert_clean(&scrubber().exchange(&exchange));
}

#[test]
fn captures_that_keep_text_keep_no_token_address_or_number() {
    let prompt = format!("simulate:echo tea for {}", CANARIES.join(" and "));
    let keeping = Scrubber::new([3; 32], true);
    for encoding in [Encoding::V1, Encoding::Cumulative] {
        let stream = rendered("echo", &prompt, encoding, &Framing::default());
        let exchange = keeping.exchange(&streamed(&json!({}), &stream.bytes));
        let text = serde_json::to_string(&exchange).unwrap();
        assert!(text.contains("tea for"), "the text is not kept");
        let names = ["Margarethe Huber", "kanarienvogel", "Zwitscherstraße"];
        for canary in CANARIES.iter().filter(|it| !names.contains(it)) {
            assert!(!text.contains(canary), "{canary} is in {text}");
        }
    }
}

#[test]
fn ids_have_one_stand_in_in_a_whole_session() {
    let scrubber = scrubber();
    let stream = rendered("plain", "hello", Encoding::V1, &Framing::default());
    let one = scrubber.exchange(&streamed(
        &json!({"conversation_id": CONVERSATION}),
        &stream.bytes,
    ));
    let text = serde_json::to_string(&one.request).unwrap();
    let at = text.find("conversation_id").unwrap() + "conversation_id\":\"".len();
    let stand_in = &text[at..at + 36];
    let answer = serde_json::to_string(&one.response).unwrap();
    assert!(answer.matches(stand_in).count() > 5, "{answer}");
}

/// JSON with canaries at random places.
fn laden() -> impl Strategy<Value = Value> {
    // A single plain word cannot be told from a key, nor from a value of an enumeration.
    let told: Vec<&str> = CANARIES
        .into_iter()
        .filter(|it| *it != "kanarienvogel")
        .collect();
    let canary = prop::sample::select(told);
    let leaf = prop_oneof![
        canary.clone().prop_map(|text| json!(text)),
        canary
            .clone()
            .prop_map(|text| json!(format!("so: {text}."))),
        any::<u32>().prop_map(|number| json!(number)),
        any::<bool>().prop_map(|it| json!(it)),
    ];
    let key = prop_oneof![
        "[a-z]{1,8}(_[a-z]{1,5})?",
        canary.prop_map(str::to_owned),
        prop::sample::select(vec![
            "id", "text", "name", "type", "parts", "v", "p", "o", "message"
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        let members = prop::collection::vec((key.clone(), inner.clone()), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::Array),
            members.prop_map(|it| Value::Object(it.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #[test]
    fn no_shape_of_json_lets_a_canary_through(value in laden(), name in prop::option::of("delta|x")) {
        let data = value.to_string();
        let name = name.map_or_else(String::new, |name| format!("event: {name}\n"));
        let stream = format!("{name}data: {data}\n\ndata: {data}\n\ndata: not json {}\n\n", CANARIES[3]);
        let scrubber = scrubber();
        let exchange = scrubber.exchange(&streamed(&value, stream.as_bytes()));
        assert_clean(&exchange);
        let again = scrubber.json(&scrubber.json(&data).unwrap()).unwrap();
        prop_assert_eq!(again, scrubber.json(&data).unwrap());
    }
}
