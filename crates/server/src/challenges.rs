//! The page every challenge error points at: `docs/challenges.md` with anchors for its sections.

use axum::response::Html;
use pulldown_cmark::{Event, Parser, Tag, html};

const TEXT: &str = include_str!("../../../docs/challenges.md");

const HEAD: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
    <title>FlowGPT: challenges</title><style>:root{color-scheme:light dark}\
    body{font:16px/1.55 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1.25rem}\
    pre{overflow-x:auto;padding:.75rem;border:1px solid;border-radius:.5rem}\
    :target{background:#fde68a;color:#000}</style>";

/// `GET /docs/challenges`
pub(crate) async fn page() -> Html<String> {
    Html(rendered(TEXT))
}

/// The text as a page, with each heading a place a link can lead to.
fn rendered(text: &str) -> String {
    let mut events: Vec<Event<'_>> = Parser::new(text).collect();
    for at in 1..events.len() {
        let (before, after) = events.split_at_mut(at);
        if let (Some(Event::Start(Tag::Heading { id, .. })), Some(Event::Text(title))) =
            (before.last_mut(), after.first())
        {
            *id = Some(title.clone());
        }
    }
    let mut page = HEAD.to_owned();
    html::push_html(&mut page, events.into_iter());
    page
}

#[cfg(test)]
mod tests {
    use super::{TEXT, rendered};

    #[test]
    fn every_challenge_has_its_anchor() {
        for name in [
            "turnstile",
            "arkose",
            "cloudflare",
            "proof_of_work",
            "phone_verification",
            "unusual_activity",
        ] {
            assert!(
                rendered(TEXT).contains(&format!("<h2 id=\"{name}\">")),
                "{name}"
            );
        }
    }
}
