//! The models of the Codex backend, as its clients list them.

use serde_json::{Value, json};

struct Model {
    slug: &'static str,
    title: &'static str,
    description: &'static str,
    context: u32,
    /// Whether lists show it.
    listed: bool,
    /// Whether it is for Pro alone.
    pro: bool,
}

const fn model(
    slug: &'static str,
    title: &'static str,
    description: &'static str,
    context: u32,
) -> Model {
    Model {
        slug,
        title,
        description,
        context,
        listed: true,
        pro: false,
    }
}

const MODELS: [Model; 17] = [
    model(
        "gpt-5.6-sol",
        "GPT-5.6 Sol",
        "Frontier model for hard work",
        272_000,
    ),
    model(
        "gpt-5.6-terra",
        "GPT-5.6 Terra",
        "Frontier model for most work",
        272_000,
    ),
    model("gpt-5.6-luna", "GPT-5.6 Luna", "Small and fast", 272_000),
    model(
        "gpt-5.5",
        "GPT-5.5",
        "Frontier model for most work",
        272_000,
    ),
    model("gpt-5.4", "GPT-5.4", "The frontier model before", 272_000),
    model("gpt-5.4-mini", "GPT-5.4 mini", "Small and fast", 272_000),
    Model {
        pro: true,
        ..model(
            "gpt-5.3-codex-spark",
            "GPT-5.3 Codex Spark",
            "Very fast",
            128_000,
        )
    },
    model("gpt-5.2-codex", "GPT-5.2 Codex", "Made for code", 272_000),
    model("gpt-5.2", "GPT-5.2", "General", 272_000),
    model(
        "gpt-5.1-codex-max",
        "GPT-5.1 Codex Max",
        "Long tasks",
        272_000,
    ),
    model("gpt-5.1-codex", "GPT-5.1 Codex", "Made for code", 272_000),
    model("gpt-5.1-codex-mini", "GPT-5.1 Codex mini", "Small", 272_000),
    model("gpt-5.1", "GPT-5.1", "General", 272_000),
    model("gpt-5-codex", "GPT-5 Codex", "Made for code", 272_000),
    model("gpt-5-codex-mini", "GPT-5 Codex mini", "Small", 272_000),
    model("gpt-5", "GPT-5", "General", 272_000),
    Model {
        listed: false,
        ..model("codex-auto-review", "Auto review", "Reviews", 272_000)
    },
];

/// Whether there is a model of that name.
pub(super) fn exists(name: &str) -> bool {
    MODELS.iter().any(|model| model.slug == name)
}

/// The models of a plan.
pub(super) fn list(plan: &str) -> Value {
    let of_plan = MODELS.iter().filter(|model| !model.pro || plan == "pro");
    let models = of_plan
        .enumerate()
        .map(|(index, model)| entry(index, model));
    json!({"models": models.collect::<Vec<Value>>()})
}

fn entry(priority: usize, model: &Model) -> Value {
    let level =
        |effort: &str, description: &str| json!({"effort": effort, "description": description});
    json!({
        "slug": model.slug,
        "display_name": model.title,
        "description": model.description,
        "default_reasoning_level": "medium",
        "supported_reasoning_levels": [
            level("low", "Fast, with little reasoning"),
            level("medium", "Balanced"),
            level("high", "Reasons longer"),
            level("xhigh", "Reasons longest"),
        ],
        "shell_type": "shell_command",
        "visibility": if model.listed { "list" } else { "hide" },
        "minimal_client_version": "0.60.0",
        "supported_in_api": true,
        "priority": priority,
        "context_window": model.context,
        "max_context_window": model.context,
        "auto_compact_token_limit": null,
        "effective_context_window_percent": 95,
        "truncation_policy": {"mode": "tokens", "limit": 10_000},
        "supports_parallel_tool_calls": true,
        "support_verbosity": true,
        "default_verbosity": "low",
        "apply_patch_tool_type": "freeform",
        "web_search_tool_type": "text",
        "input_modalities": ["text", "image"],
        "supports_image_detail_original": false,
        "supports_reasoning_summaries": true,
        "default_reasoning_summary": "none",
        "supports_search_tool": false,
        "prefer_websockets": false,
        "use_responses_lite": false,
        "base_instructions": "You are a simulated coding agent.",
        "model_messages": {"instructions_template": "You are a simulated coding agent."},
        "available_in_plans": if model.pro { json!(["pro"]) } else {
            json!(["free", "go", "plus", "pro", "team", "business", "enterprise", "edu"])
        },
        "service_tiers": [{"id": "priority", "name": "Fast"}],
        "additional_speed_tiers": [],
        "experimental_supported_tools": [],
        "upgrade": null,
        "availability_nux": null,
    })
}
