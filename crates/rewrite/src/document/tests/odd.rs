//! Pages as nobody means them: cut off, in pieces, with secrets in odd places, or no pages.

use super::*;
use crate::sample::{ACCOUNT, json_bootstrap, layout_a, layout_b, layout_b_with, layout_c};

/// Every secret of the sample, as planted.
const PLANTED: [&str; 5] = [TOKEN, SESSION, EMAIL, USER, ACCOUNT];

fn assert_clean(html: &[u8]) {
    let text = String::from_utf8(html.to_vec()).unwrap();
    for secret in PLANTED {
        let json = Value::from(secret).to_string();
        let slashes = secret.replace('/', "\\/");
        for form in [secret, json.trim_matches('"'), &slashes] {
            assert!(!text.contains(form), "{form} is in {text}");
        }
    }
}

#[test]
fn the_text_of_a_script_may_come_in_any_number_of_pieces() {
    for padding in (900..1100).step_by(7).chain([4_000, 40_000, 400_000]) {
        let mut bootstrap = sample::bootstrap();
        bootstrap["cluster"] = "é".repeat(padding).into();
        let page = layout_b_with(&json_bootstrap("client-bootstrap", &bootstrap));
        let read = bootstrap_of(&html(&page));
        assert_eq!(read["cluster"], bootstrap["cluster"]);
        assert_eq!(read["session"]["accessToken"], PSEUDO);
    }
}

#[test]
fn secrets_go_from_places_that_no_rule_knows() {
    let quoted = format!("{{\\\"t\\\":\\\"{}\\\"}}", TOKEN.replace('/', "\\\\/"));
    let page = layout_b().replace(
        "</body>",
        &format!(
            "<!-- {TOKEN} --><p title=\"{EMAIL}\">{SESSION}</p>\
             <script>var a=\"{quoted}\";var b='{USER}'</script><textarea>{ACCOUNT}</textarea></body>"
        ),
    );
    let document = rewritten(&page).unwrap();
    assert_clean(&document.html);
    assert!(applied(&document, "secrets") >= 5);
}

#[test]
fn tokens_in_json_of_another_element_are_patched_but_prove_nothing() {
    let other =
        r#"<script type="application/ld+json">{"accessToken":"unknown-to-us","x":1}</script>"#;
    let document = rewritten(&layout_b().replace("</body>", other)).unwrap();
    let text = String::from_utf8(document.html.clone()).unwrap();
    assert!(!text.contains("unknown-to-us"));
    assert_eq!(applied(&document, "access-token"), 1);
}

#[test]
fn a_page_that_is_cut_off_leaks_nothing() {
    let page = layout_a();
    let sample = Sample::new();
    for end in (0..page.len()).step_by(13) {
        if let Ok(document) = rewrite(&page.as_bytes()[..end], &sample.context(), &sample.rules) {
            assert_clean(&document.html);
        }
    }
}

#[test]
fn a_page_that_is_rewritten_twice_stays_the_same_but_for_the_script() {
    let once = html(&layout_a());
    let twice = html(&once);
    let shim = crate::shim::script(&Rules::builtin().unwrap());
    assert_eq!(twice.matches(&shim).count(), 2);
    assert_eq!(bootstrap_of(&twice), bootstrap_of(&once));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_secret_put_anywhere_never_comes_out(
        layout in 0..3_usize,
        places in prop::collection::vec((any::<prop::sample::Index>(), 0..5_usize), 1..6),
    ) {
        let mut page = [layout_a(), layout_b(), layout_c()][layout].clone();
        for (place, secret) in places {
            let mut at = place.index(page.len());
            while !page.is_char_boundary(at) {
                at -= 1;
            }
            page.insert_str(at, PLANTED[secret]);
        }
        if let Ok(document) = rewritten(&page) {
            assert_clean(&document.html);
        }
    }

    #[test]
    fn no_bytes_are_too_odd(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let sample = Sample::new();
        let _document = rewrite(&bytes, &sample.context(), &sample.rules);
    }

    #[test]
    fn no_markup_is_too_odd(pieces in prop::collection::vec(
        "<script|<style>|</script>|<head>|<svg>|<template>|<select>|<!--|-->|>| nonce=\"n\"| id=\"client-bootstrap\"\
         | type=\"application/json\"| type=importmap|\\{\"|\":|\\[|\\]|\\}|accessToken|_1|streamController.enqueue\\(\"\
         |\\\\|\"\\)|P1:|\\\\n|https://cdn.oaistatic.com|<a href=|<meta http-equiv=content-security-policy>|[a-z0-9é]{1,3}",
        0..40,
    )) {
        let sample = Sample::new();
        let _document = rewrite(pieces.concat().as_bytes(), &sample.context(), &sample.rules);
    }
}
