//! Scripts that search the web in the layouts of 2023 and 2024, where marks are numbers in corner
//! brackets and the browser shows its pages one by one.

use serde_json::json;

use super::sources::{self, NEWS, Source, WEATHER};
use crate::pieces;
use crate::story::{Finish, Story, TEXT};
use crate::timeline::Op;

/// A mark of 2023.
const MARK: &str = "【11†source】";

/// The browser, and an answer with numbered marks.
pub(super) fn search(story: &mut Story<'_>) {
    story.call("browser", &pieces::words("search(\"Rhine level Basel\")"));
    display(story);
    answer(story);
}

/// The browser with every page it looked at, quoted.
pub(super) fn browsing(story: &mut Story<'_>) {
    story.call("browser", &pieces::words("search(\"Rhine level Basel\")"));
    display(story);
    story.call("browser", &pieces::words("mclick([0, 1])"));
    for source in [&NEWS, &WEATHER] {
        story.tool_says("browser", &sources::quote(source), browsing_metadata());
    }
    answer(story);
}

fn display(story: &mut Story<'_>) {
    let content = json!({
        "content_type": "tether_browsing_display",
        "result": format!("# 【0†{}】\n# 【1†{}】\n", NEWS.url, WEATHER.url),
        "summary": null,
        "assets": [],
        "tether_id": null,
    });
    story.tool_says("browser", &content, browsing_metadata());
}

fn browsing_metadata() -> serde_json::Value {
    json!({"command": "search", "status": "finished", "args": ["Rhine level Basel"]})
}

/// One citation comes while its mark is written, the other with the end.
fn answer(story: &mut Story<'_>) {
    let [first, second, last] = if story.is_chinese() {
        [
            "巴塞尔的莱茵河水位偏高",
            "，预计周五回落",
            "。\n\n*（模拟回复——没有进行任何搜索。）*",
        ]
    } else {
        [
            "The Rhine at Basel is high",
            " and should fall by Friday",
            ".\n\n*(Simulated reply — nothing was searched.)*",
        ]
    };
    let id = story.begin_answer(None);
    let mut position = 0;
    let mut cite = |text: &str, source: &Source| {
        let start = position + text.chars().count();
        position = start + MARK.chars().count();
        let citation = sources::old_citation(source, start, position);
        Op::new("/message/metadata/citations", "append", json!([citation]))
    };
    let (news, weather) = (cite(first, &NEWS), cite(second, &WEATHER));
    story.stream_text(TEXT, pieces::words(first));
    story.patch(vec![Op::append(TEXT, MARK), news]);
    story.stream_text(TEXT, pieces::words(second));
    story.stream_text(TEXT, ["【", "11†", "source】"]);
    story.stream_text(TEXT, pieces::words(last));
    story.end_answer(&id, vec![weather], Finish::Stop);
}
