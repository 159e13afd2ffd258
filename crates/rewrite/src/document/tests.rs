//! Whole pages in the layouts that the official site has had.

use proptest::prelude::*;
use serde_json::Value;

use super::{Document, rewrite};
use crate::enqueue::literals;
use crate::probe::Rejected;
use crate::sample::{self, EMAIL, PSEUDO, SESSION, Sample, TOKEN, USER};
use crate::{Fetched, Rules};

mod odd;

fn rewritten(page: &str) -> Result<Document, Rejected> {
    let sample = Sample::new();
    rewrite(page.as_bytes(), &sample.context(), &sample.rules)
}

fn html(page: &str) -> String {
    String::from_utf8(rewritten(page).unwrap().html).unwrap()
}

fn applied(document: &Document, rule: &str) -> usize {
    let mut probes = document.probes.iter();
    probes.find(|probe| probe.rule == rule).unwrap().applied
}

/// The JSON of the bootstrap in a page.
fn bootstrap_of(html: &str) -> Value {
    let start = html.find("id=\"client-bootstrap\"").unwrap();
    let json = &html[start..][html[start..].find('>').unwrap() + 1..];
    serde_json::from_str(&json[..json.find("</script>").unwrap()]).unwrap()
}

#[test]
fn a_page_with_files_on_another_host_names_them_as_paths() {
    let html = html(&sample::layout_a());
    for expected in [
        r#"<link rel="modulepreload" href="/_h/cdn.oaistatic.com/assets/root-a1.js">"#,
        r#"href="/_h/cdn.oaistatic.com/assets/root-a1.css""#,
        r#"<script type="importmap" nonce="n0nce+/=">{"imports":{}}</script>"#,
        "url(/_h/persistent.oaistatic.com/a.svg)",
        r#"srcset="/_h/cdn.oaistatic.com/a.png 1x, /_h/cdn.oaistatic.com/b.png 2x""#,
        r#"import "/_h/cdn.oaistatic.com/assets/manifest-a1.js""#,
        r#"import("\/_h\/cdn.oaistatic.com/assets/(_lang).entry-a1.js")"#,
    ] {
        assert!(html.contains(expected), "{expected} is not in {html}");
    }
    for gone in ["integrity", "https://cdn.", "\"//cdn", "http-equiv"] {
        assert!(!html.contains(gone), "{gone} is in {html}");
    }
}

#[test]
fn a_page_with_files_on_the_main_host_keeps_their_paths() {
    let html = html(&sample::layout_b());
    for expected in [
        r#"<link rel="stylesheet" href="/cdn/assets/root-b2.css">"#,
        r#"src="/cdn/assets/7078.b9.js" defer"#,
        r#"<a href="/c/1?x=1&amp;y=2">"#,
        r#"<a href="https://help.example/">"#,
        "<div>shown@mirror.example</div>",
    ] {
        assert!(html.contains(expected), "{expected} is not in {html}");
    }
}

#[test]
fn the_script_of_the_mirror_goes_first_with_the_nonce_of_the_page() {
    let document = rewritten(&sample::layout_b()).unwrap();
    let html = String::from_utf8(document.html).unwrap();
    assert!(html.contains("<head><script nonce=\"n0nce+/=\">"));
    assert!(html.contains("<script nonce=\"n0nce+/=\">!function(){}()</script>"));
    assert_eq!(document.nonce, "n0nce+/=");
    assert!(document.csp.contains("script-src 'nonce-n0nce+/=' 'self'"));
    assert!(
        document
            .csp
            .contains("connect-src 'self' wss://mirror.example;")
    );
    assert_eq!(document.build.as_deref(), Some("prod-0a1b"));
}

#[test]
fn a_bootstrap_shows_another_person_and_keeps_everything_else() {
    let read = bootstrap_of(&html(&sample::layout_b()));
    let mut expected = sample::bootstrap();
    let session = expected["session"].as_object_mut().unwrap();
    session.remove("sessionToken");
    session["accessToken"] = PSEUDO.into();
    session["user"]["id"] = "user-shown".into();
    session["user"]["name"] = "Shown Person".into();
    session["user"]["email"] = "shown@mirror.example".into();
    session["account"]["id"] = "account-shown".into();
    let user = expected["user"].as_object_mut().unwrap();
    user["id"] = "user-shown".into();
    user["name"] = "Shown Person".into();
    user["email"] = "shown@mirror.example".into();
    let statsig = expected["statsigPayload"].as_str().unwrap();
    expected["statsigPayload"] = statsig
        .replace(EMAIL, "shown@mirror.example")
        .replace(USER, "user-shown")
        .into();
    // As text, so that the order of the keys counts.
    assert_eq!(read.to_string(), expected.to_string());
}

#[test]
fn nested_json_cannot_end_the_script() {
    let html = html(&sample::layout_b());
    let start = html.find("id=\"client-bootstrap\"").unwrap();
    let json = &html[start..][..html[start..].find("</script>").unwrap()];
    assert!(json.contains(r"\\u003c/script\\u003e") || json.contains(r"\u003c/script\u003e"));
    let nested: Value =
        serde_json::from_str(bootstrap_of(&html)["statsigPayload"].as_str().unwrap()).unwrap();
    assert_eq!(nested["feature_gates"]["1"]["note"], "</script><b>&");
    assert_eq!(nested["number"].to_string(), "1.0");
}

#[test]
fn loader_data_handed_to_the_router_is_patched_as_one_stream() {
    let document = rewritten(&sample::layout_c()).unwrap();
    let html = String::from_utf8(document.html.clone()).unwrap();
    let calls = literals(&html, &["streamController.enqueue".to_owned()]);
    let stream: String = calls.iter().map(|literal| literal.text.as_str()).collect();
    let read = sample::read_stream(&stream);
    let session = &read[0]["loaderData"]["session"];
    assert_eq!(session["accessToken"], PSEUDO);
    assert_eq!(session["user"]["name"], "Shown Person");
    assert_eq!(session["user"]["email"], "shown@mirror.example");
    assert_eq!(session["user"]["id"], "user-shown");
    assert!(session.get("sessionToken").is_none());
    assert_eq!(read[21]["title"], "🦀 </script>");
    assert!(!html.contains(TOKEN) && !html.contains(SESSION) && !html.contains(EMAIL));
    assert_eq!(calls.len(), 2);
    assert_eq!(applied(&document, "bootstrap"), 1);
    assert_eq!(applied(&document, "signed-in"), 1);
}

#[test]
fn a_stream_may_be_cut_anywhere_between_two_calls() {
    let (first, second) = sample::stream();
    let whole = format!("{first}{second}");
    let expected = {
        let sample = Sample::new();
        sample::patched_stream(&whole, &sample).unwrap()
    };
    for (cut, _) in whole.char_indices().step_by(11) {
        let calls = format!(
            "<script nonce=\"n\">streamController.enqueue({});streamController.enqueue({})</script>",
            crate::script_text::quote(&whole[..cut]),
            crate::script_text::quote(&whole[cut..]),
        );
        let html = html(&sample::layout_b_with(&calls));
        let calls = literals(&html, &["streamController.enqueue".to_owned()]);
        let stream: String = calls.iter().map(|literal| literal.text.as_str()).collect();
        assert_eq!(
            sample::read_stream(&stream),
            sample::read_stream(&expected),
            "{cut}"
        );
    }
}

#[test]
fn a_page_fetched_without_a_session_is_patched_to_have_one() {
    let page = sample::layout_b_with(
        r#"<script type="application/json" id="client-bootstrap">{"authStatus":"logged_out","disablePrefetch":true,"user":null,"locale":"en"}</script>"#,
    );
    assert_eq!(rewritten(&page).unwrap_err().code, "signed-out");
    let sample = Sample::new();
    let mut context = sample.context();
    context.fetched = Fetched::SignedOut;
    let document = rewrite(page.as_bytes(), &context, &sample.rules).unwrap();
    let read = bootstrap_of(&String::from_utf8(document.html.clone()).unwrap());
    assert_eq!(read["authStatus"], "logged_in");
    assert_eq!(read["disablePrefetch"], false);
    assert_eq!(read["locale"], "en");
    assert_eq!(read["user"]["email"], "shown@mirror.example");
    assert_eq!(read["session"]["accessToken"], PSEUDO);
    assert_eq!(read["session"]["account"]["planType"], "plus");
    assert_eq!(applied(&document, "loader"), 1);
}

#[test]
fn switches_of_the_loader_are_set_one_by_one() {
    let sample = Sample::new();
    let mut context = sample.context();
    context.fetched = Fetched::SignedOut;
    for stream in [
        r#"[{"_1":2,"_3":2,"_4":5,"_6":5,"_7":-5},"disablePrefetch",true,"other","shouldPrefetchUser",false,"locked","accessToken"]"#,
        r#"[{"_1":2,"_3":2,"_4":5,"_7":-5},"disablePrefetch",true,"other","shouldPrefetchUser",false,"locked","accessToken"]"#,
    ] {
        let page = sample::layout_b_with(&format!(
            r#"<script id="client-bootstrap">{{"authStatus":"logged_out"}}</script>
            <script>x.streamController.enqueue({})</script>"#,
            crate::script_text::quote(stream)
        ));
        let document = rewrite(page.as_bytes(), &context, &sample.rules).unwrap();
        assert_eq!(applied(&document, "loader"), 2);
        let html = String::from_utf8(document.html).unwrap();
        let calls = literals(&html, &["streamController.enqueue".to_owned()]);
        let read = &sample::read_stream(&calls[0].text)[0];
        assert_eq!(read["disablePrefetch"], false);
        assert_eq!(read["shouldPrefetchUser"], true);
        assert_eq!(read["other"], true);
        assert_eq!(read["accessToken"], PSEUDO);
        assert!(read.get("locked").is_none_or(|locked| locked == false));
    }
}

#[test]
fn a_page_whose_names_changed_is_not_served() {
    let renamed_element = sample::json_bootstrap("client-boot-2", &sample::bootstrap());
    let json = sample::bootstrap()
        .to_string()
        .replace("\"accessToken\"", "\"bearer\"");
    let renamed_key =
        sample::json_bootstrap("client-bootstrap", &serde_json::from_str(&json).unwrap());
    for (bootstrap, code) in [
        (renamed_element.as_str(), "no-bootstrap"),
        (renamed_key.as_str(), "no-access-token"),
        ("", "no-bootstrap"),
        (
            r#"<script id="client-bootstrap" type="application/json">{"a</script>"#,
            "no-bootstrap",
        ),
    ] {
        let rejected = rewritten(&sample::layout_b_with(bootstrap)).unwrap_err();
        assert_eq!(rejected.code, code);
        assert!(rejected.reason.ends_with('.'));
    }
}

#[test]
fn a_page_that_could_not_run_is_not_served() {
    let page = sample::layout_b();
    for (from, to, code) in [
        ("nonce=\"n0nce+/=\"", "", "no-nonce"),
        ("n0nce+/=", "a' 'unsafe-inline", "no-nonce"),
        ("head>", "tail>", "no-head"),
        (
            "/cdn/assets/7078.b9.js",
            "https://elsewhere.example/a.js",
            "no-entry",
        ),
    ] {
        assert_eq!(
            rewritten(&page.replace(from, to)).unwrap_err().code,
            code,
            "{from}"
        );
    }
    assert_eq!(rewritten("").unwrap_err().code, "no-nonce");
    let sample = Sample::new();
    let mut rules = Rules::builtin().unwrap();
    rules.document.max_bytes = 10;
    let rejected = rewrite(page.as_bytes(), &sample.context(), &rules).unwrap_err();
    assert_eq!(rejected.code, "too-large");
}

#[test]
fn lines_may_end_with_two_characters() {
    let page = sample::layout_a()
        .replace('\n', "\r\n")
        .replace("><", ">\r\n<");
    let document = rewritten(&page).unwrap();
    assert_eq!(applied(&document, "access-token"), 1);
    assert_eq!(applied(&document, "integrity"), 3);
    assert!(document.html.windows(2).any(|pair| pair == b"\r\n"));
}
