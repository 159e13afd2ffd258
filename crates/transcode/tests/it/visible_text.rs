//! The rule for visible text, written a second time and the slow way: from stored messages,
//! which are whole, instead of from a stream.
//!
//! It goes from the references to their markers, where the reader goes from the markers to
//! their references, and shares no code with it.

use serde_json::Value;

use crate::support::{SENT, text};

/// What people would see of stored messages when tools are shown in the text.
pub(crate) fn visible(messages: &[Value]) -> String {
    let mut page = Page::default();
    for message in messages {
        page.add(message);
    }
    page.blocks.join("\n\n")
}

#[derive(Default)]
struct Page {
    blocks: Vec<String>,
    /// The addresses that have a number, in order.
    numbered: Vec<String>,
}

impl Page {
    fn add(&mut self, message: &Value) {
        if message["metadata"]["is_visually_hidden_from_conversation"] == true
            || message["id"] == SENT
        {
            return;
        }
        let recipient = text(message, "/recipient");
        match (
            text(message, "/author/role"),
            text(message, "/content/content_type"),
        ) {
            ("assistant", "text" | "multimodal_text") if recipient == "all" => {
                let answer = self.answer(message);
                self.block(answer);
            }
            ("assistant", "code") if recipient == "python" => {
                let code = text(message, "/content/text").trim_end_matches('\n');
                self.block(format!("```python\n{code}\n```"));
            }
            ("assistant", _) if recipient.starts_with("canmore.") => self.canvas(message),
            ("tool", "execution_output") if text(message, "/author/name") == "python" => {
                let output = text(message, "/content/text").trim_end_matches('\n');
                if !output.is_empty() {
                    self.block(format!("```Output\n{output}\n```"));
                }
                for plot in list(&message["metadata"]["aggregate_result"]["messages"]) {
                    if plot["message_type"] == "image" {
                        self.block(format!("![Image]({})", text(plot, "/image_url")));
                    }
                }
            }
            ("tool", "multimodal_text") if text(message, "/status").starts_with("finished") => {
                let title = message["metadata"]["image_gen_title"].as_str();
                for part in list(&message["content"]["parts"]) {
                    let title = title.unwrap_or("Image");
                    self.block(format!("![{title}]({})", text(part, "/asset_pointer")));
                }
            }
            _ => {}
        }
    }

    fn block(&mut self, text: String) {
        if !text.is_empty() {
            self.blocks.push(text);
        }
    }

    /// A script's calls: documents have no fences inside, and are changed all or in a place.
    fn canvas(&mut self, message: &Value) {
        let call = [
            text(message, "/content/text"),
            text(message, "/content/parts/0"),
        ]
        .concat();
        let call: Value = serde_json::from_str(&call).unwrap();
        let fenced = |language: &str, body: &str| {
            format!("```{language}\n{}\n```", body.trim_end_matches('\n'))
        };
        let update = &call["updates"][0];
        let block = if let Some(document) = call["content"].as_str() {
            let language = text(&call, "/type").replace("document", "markdown");
            fenced(&language.replace("code/", ""), document)
        } else if update["pattern"] == ".*" {
            fenced("markdown", text(update, "/replacement"))
        } else {
            let changes = call.get("updates").or(call.get("comments")).unwrap();
            fenced("json", &changes.to_string())
        };
        self.block(block);
    }

    /// An answer's raw text, with each marker replaced by what its reference says.
    fn answer(&mut self, message: &Value) -> String {
        let parts = list(&message["content"]["parts"]);
        let raw: String = parts
            .map(|part| part.as_str().or(part["text"].as_str()).unwrap_or_default())
            .collect();
        let mut shown = String::new();
        let mut rest = raw.as_str();
        let mut references: Vec<&Value> = list(&message["metadata"]["content_references"])
            .filter(|it| it["matched_text"] != " ")
            .collect();
        references.sort_by_key(|it| it["start_idx"].as_u64());
        for reference in references {
            let (before, after) = rest.split_once(text(reference, "/matched_text")).unwrap();
            shown.push_str(before);
            self.reference(reference, &mut shown);
            rest = after;
        }
        let mut citations: Vec<&Value> = list(&message["metadata"]["citations"]).collect();
        citations.sort_by_key(|it| it["start_ix"].as_u64());
        for citation in citations {
            let (before, after) = rest.split_once("【11†source】").unwrap();
            shown.push_str(before);
            self.link(text(citation, "/metadata/url"), &mut shown);
            rest = after;
        }
        shown.push_str(rest);
        shown
    }

    fn reference(&mut self, reference: &Value, shown: &mut String) {
        match text(reference, "/type") {
            "grouped_webpages" => {
                for item in list(&reference["items"]) {
                    self.link(text(item, "/url"), shown);
                }
            }
            "nav_list" => {
                shown.push_str(text(reference, "/title"));
                for item in list(&reference["items"]) {
                    shown.push_str("\n- ");
                    shown.push_str(text(item, "/title"));
                    self.link(text(item, "/url"), shown);
                }
            }
            "hidden" => {}
            _ => shown.push_str(text(reference, "/alt")),
        }
    }

    fn link(&mut self, url: &str, shown: &mut String) {
        if !self.numbered.iter().any(|known| known == url) {
            self.numbered.push(url.to_owned());
        }
        let number = self.numbered.iter().position(|known| known == url).unwrap() + 1;
        if shown
            .chars()
            .last()
            .is_some_and(|last| !last.is_whitespace())
        {
            shown.push(' ');
        }
        let link = format!("[{number}]({url})");
        shown.push_str(&link);
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
