//! Searches on the web as blocks: what was looked for, and that it is done.
//!
//! What was found upstream does not tell as a list; the pages that the answer uses are the
//! citations of its text.

use std::collections::HashSet;

use anthropic::content_block::{Caller, ContentBlock, WebSearchContent};
use serde_json::{Map, Value};

use crate::turn_event::{Activity, ActivityStatus, Step};

/// Searches told so far.
#[derive(Debug, Default)]
pub(super) struct Searches {
    told: HashSet<String>,
    count: u64,
}

impl Searches {
    /// The blocks of a search that is over and was not told yet.
    pub(super) fn see(&mut self, step: &Activity) -> Option<Vec<ContentBlock>> {
        let Step::Search { queries } = &step.step else {
            return None;
        };
        if step.status == ActivityStatus::InProgress || !self.told.insert(step.id.clone()) {
            return None;
        }
        let queries: Vec<&str> = match queries.as_slice() {
            [] => vec![""],
            queries => queries.iter().map(String::as_str).collect(),
        };
        let blocks = queries.into_iter().flat_map(|query| {
            self.count += 1;
            let id = format!("srvtoolu_{}_{}", plain(&step.id), self.count);
            let content = match step.status {
                ActivityStatus::Failed => WebSearchContent::failed(),
                _ => WebSearchContent::Results(Vec::new()),
            };
            [
                ContentBlock::ServerToolUse {
                    id: id.clone(),
                    name: "web_search",
                    input: Map::from_iter([("query".to_owned(), Value::from(query))]),
                    caller: Caller::DIRECT,
                },
                ContentBlock::WebSearchToolResult {
                    tool_use_id: id,
                    content,
                    caller: Caller::DIRECT,
                },
            ]
        });
        Some(blocks.collect())
    }

    /// How many were told.
    pub(super) fn count(&self) -> u64 {
        self.count
    }
}

/// An id with letters, digits and underscores only, as ids of blocks have to be.
fn plain(id: &str) -> String {
    id.chars().filter(char::is_ascii_alphanumeric).collect()
}
