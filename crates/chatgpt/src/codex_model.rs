//! The models that the Codex backend offers an account. Protocol: codex models and usage.

use serde_json::Value;

/// One model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CodexModel {
    /// What to send as `model`.
    pub slug: String,
    /// What people call it.
    pub display_name: Option<String>,
    /// Whether it is shown to people; the others can be asked for all the same.
    pub is_listed: bool,
    /// The smaller, the sooner it is offered.
    pub priority: u64,
    /// Words for how long it can think.
    pub efforts: Vec<String>,
    /// The word that is taken when none is said.
    pub default_effort: Option<String>,
    /// Tokens that a prompt can have.
    pub context_window: Option<u64>,
    /// Whether it can call several tools at once, where stated.
    pub has_parallel_tool_calls: Option<bool>,
    /// Whether it can be told how long its answer is to be, where stated.
    pub has_verbosity: Option<bool>,
    /// What it takes: `text`, `image`.
    pub modalities: Vec<String>,
}

/// Reads the answer of `GET /backend-api/codex/models`; rows without a slug are left out.
pub fn models_in(answer: &Value) -> Vec<CodexModel> {
    let rows = answer["models"].as_array().into_iter().flatten();
    rows.filter_map(model).collect()
}

fn model(row: &Value) -> Option<CodexModel> {
    let text = |name: &str| row[name].as_str().map(str::to_owned);
    let words = |list: &Value, word: &dyn Fn(&Value) -> Option<String>| {
        let items = list.as_array().into_iter().flatten();
        items.filter_map(word).collect::<Vec<String>>()
    };
    let effort = |level: &Value| {
        let word = level.as_str().or_else(|| level["effort"].as_str());
        word.map(str::to_owned)
    };
    Some(CodexModel {
        slug: text("slug")?,
        display_name: text("display_name"),
        is_listed: row["visibility"].as_str().is_none_or(|it| it == "list"),
        priority: row["priority"].as_u64().unwrap_or(u64::MAX),
        efforts: words(&row["supported_reasoning_levels"], &effort),
        default_effort: text("default_reasoning_level"),
        context_window: row["context_window"].as_u64(),
        has_parallel_tool_calls: row["supports_parallel_tool_calls"].as_bool(),
        has_verbosity: row["support_verbosity"].as_bool(),
        modalities: words(&row["input_modalities"], &|it| {
            it.as_str().map(str::to_owned)
        }),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{CodexModel, models_in};

    #[test]
    fn rows_are_read_and_what_is_missing_is_absent() {
        let models = models_in(&json!({"models": [
            {"slug": "gpt-5.5", "display_name": "GPT-5.5", "visibility": "list", "priority": 2,
             "supported_reasoning_levels": [{"effort": "low", "description": ""}, "high", 7],
             "default_reasoning_level": "medium", "context_window": 272_000,
             "supports_parallel_tool_calls": true, "support_verbosity": false,
             "input_modalities": ["text", "image"]},
            {"slug": "codex-auto-review", "visibility": "hide"},
            {"display_name": "nothing"}, 7,
        ]}));
        assert_eq!(models.len(), 2);
        let full = CodexModel {
            slug: "gpt-5.5".into(),
            display_name: Some("GPT-5.5".into()),
            is_listed: true,
            priority: 2,
            efforts: vec!["low".into(), "high".into()],
            default_effort: Some("medium".into()),
            context_window: Some(272_000),
            has_parallel_tool_calls: Some(true),
            has_verbosity: Some(false),
            modalities: vec!["text".into(), "image".into()],
        };
        assert_eq!(models[0], full);
        assert!(!models[1].is_listed);
        assert!(models_in(&json!([])).is_empty());
    }
}
