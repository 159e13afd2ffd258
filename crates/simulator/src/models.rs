//! The models each plan has, as upstream lists them, and which model answers when one is asked for
//! that the plan does not have.

use serde_json::{Value, json};

use Availability::{Everyone, Paid, Pro};

/// Who has a model.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Availability {
    Everyone,
    Paid,
    Pro,
}

struct Model {
    slug: &'static str,
    title: &'static str,
    description: &'static str,
    max_tokens: u32,
    tag: &'static str,
    /// `none`, `auto` or `reasoning`.
    reasoning: &'static str,
    availability: Availability,
}

const fn model(
    slug: &'static str,
    title: &'static str,
    description: &'static str,
    max_tokens: u32,
    tag: &'static str,
    reasoning: &'static str,
    availability: Availability,
) -> Model {
    Model {
        slug,
        title,
        description,
        max_tokens,
        tag,
        reasoning,
        availability,
    }
}

const MODELS: [Model; 13] = [
    model(
        "auto",
        "Auto",
        "Decides how long to think",
        34_815,
        "gpt5",
        "auto",
        Everyone,
    ),
    model(
        "gpt-5-2",
        "GPT-5.2",
        "Flagship model",
        34_815,
        "gpt5",
        "auto",
        Everyone,
    ),
    model(
        "gpt-5-2-thinking",
        "GPT-5.2 Thinking",
        "Thinks longer for better answers",
        196_608,
        "gpt5",
        "reasoning",
        Paid,
    ),
    model(
        "gpt-5-3",
        "GPT-5.3",
        "Everyday chats",
        34_815,
        "gpt5",
        "auto",
        Paid,
    ),
    model(
        "gpt-5-5",
        "GPT-5.5",
        "Newest flagship model",
        65_536,
        "gpt5",
        "auto",
        Paid,
    ),
    model(
        "gpt-5-5-thinking",
        "GPT-5.5 Thinking",
        "Thinks longer for better answers",
        262_144,
        "gpt5",
        "reasoning",
        Paid,
    ),
    model(
        "gpt-5-5-pro",
        "GPT-5.5 Pro",
        "Research-grade intelligence",
        262_144,
        "gpt5",
        "reasoning",
        Pro,
    ),
    model(
        "gpt-5-mini",
        "GPT-5 mini",
        "Fast, when limits are reached",
        34_815,
        "gpt5",
        "none",
        Everyone,
    ),
    model(
        "gpt-4o",
        "GPT-4o",
        "Great for most tasks",
        34_815,
        "gpt4",
        "none",
        Paid,
    ),
    model(
        "gpt-4-1",
        "GPT-4.1",
        "Quick coding and analysis",
        34_815,
        "gpt4",
        "none",
        Paid,
    ),
    model(
        "gpt-4-5",
        "GPT-4.5",
        "Writing and exploring ideas",
        32_768,
        "gpt4",
        "none",
        Paid,
    ),
    model(
        "o3",
        "o3",
        "Uses advanced reasoning",
        196_608,
        "o-series",
        "reasoning",
        Paid,
    ),
    model(
        "o4-mini",
        "o4-mini",
        "Fastest at advanced reasoning",
        196_608,
        "o-series",
        "reasoning",
        Paid,
    ),
];

/// The model that answers when the one asked for is not there.
const FALLBACK: &str = "gpt-5-2";

/// The model that answers a request for `asked`: itself if the plan has it.
pub(crate) fn served<'a>(plan: &str, asked: &'a str) -> &'a str {
    if of_plan(plan).any(|model| model.slug == asked) {
        asked
    } else {
        FALLBACK
    }
}

/// The reply to a request for the list of models.
pub(crate) fn catalogue(plan: &str) -> Value {
    let slugs: Vec<&str> = of_plan(plan).map(|model| model.slug).collect();
    let categories: Vec<Value> = [
        ("gpt_5", "GPT-5", "5", "gpt5", FALLBACK),
        ("gpt_4", "GPT-4", "4", "gpt4", "gpt-4o"),
        ("o_series", "o-series", "o", "o-series", "o3"),
    ]
    .into_iter()
    .filter_map(|category| category_of(plan, category))
    .collect();
    json!({
        "title": null,
        "secondary_title": null,
        "models": of_plan(plan).map(listed).collect::<Vec<_>>(),
        "categories": categories,
        "versions": [{"slugs": slugs}],
        "default_model_slug": "auto",
    })
}

fn of_plan(plan: &str) -> impl Iterator<Item = &'static Model> {
    let paid = !matches!(plan, "free" | "go" | "noauth");
    let pro = plan == "pro";
    MODELS.iter().filter(move |model| match model.availability {
        Everyone => true,
        Paid => paid,
        Pro => pro,
    })
}

fn listed(model: &Model) -> Value {
    json!({
        "slug": model.slug,
        "max_tokens": model.max_tokens,
        "title": model.title,
        "description": model.description,
        "tags": [model.tag],
        "capabilities": {},
        "product_features": {"attachments": {
            "type": "retrieval",
            "accepted_mime_types": ["application/pdf", "text/plain", "text/markdown", "text/csv"],
            "image_mime_types": ["image/png", "image/jpeg", "image/webp", "image/gif"],
            "can_accept_all_mime_types": true,
        }},
        "enabled_tools": ["tools", "tools2", "search", "canvas", "image_gen_tool_enabled"],
        "reasoning_type": model.reasoning,
        "configurable_thinking_effort": model.reasoning == "reasoning",
        "thinking_efforts": thinking_efforts(model),
    })
}

fn thinking_efforts(model: &Model) -> Value {
    if model.reasoning != "reasoning" {
        return json!([]);
    }
    let effort = |label: &str, name: &str| json!({"short_label": label, "thinking_effort": name});
    let mut efforts = vec![
        effort("Standard", "standard"),
        effort("Extended", "extended"),
    ];
    if model.availability == Pro {
        efforts.push(effort("Heavy", "max"));
    }
    Value::Array(efforts)
}

/// A category, unless the plan has none of its models.
fn category_of(
    plan: &str,
    (category, name, short_name, tag, default): (&str, &str, &str, &str, &str),
) -> Option<Value> {
    let slugs: Vec<&str> = of_plan(plan)
        .filter(|model| model.tag == tag && model.slug != "auto")
        .map(|model| model.slug)
        .collect();
    if slugs.is_empty() {
        return None;
    }
    Some(json!({
        "category": category,
        "human_category_name": name,
        "human_category_short_name": short_name,
        "subscription_level": if tag == "gpt5" { "free" } else { "plus" },
        "default_model": default,
        "code_interpreter_model": default,
        "plugins_model": default,
        "supported_models": slugs,
        "color": "#AB68FF",
        "icon": "sparkles",
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slugs(plan: &str) -> Vec<String> {
        let catalogue = catalogue(plan);
        let models = catalogue["models"].as_array().unwrap();
        models
            .iter()
            .map(|model| model["slug"].as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn plans_have_their_models() {
        assert_eq!(slugs("free"), ["auto", "gpt-5-2", "gpt-5-mini"]);
        assert_eq!(slugs("plus").len(), 12);
        assert!(!slugs("team").contains(&"gpt-5-5-pro".to_owned()));
        assert!(slugs("pro").contains(&"gpt-5-5-pro".to_owned()));
    }

    #[test]
    fn what_a_plan_lacks_is_served_by_the_default() {
        assert_eq!(served("plus", "gpt-4o"), "gpt-4o");
        assert_eq!(served("free", "gpt-4o"), "gpt-5-2");
        assert_eq!(served("plus", "gpt-5-5-pro"), "gpt-5-2");
        assert_eq!(served("pro", "no-such-model"), "gpt-5-2");
        assert_eq!(served("free", "auto"), "auto");
    }

    #[test]
    fn categories_hold_only_listed_models() {
        for plan in ["free", "plus", "pro"] {
            let known = slugs(plan);
            for category in catalogue(plan)["categories"].as_array().unwrap() {
                for slug in category["supported_models"].as_array().unwrap() {
                    assert!(known.iter().any(|known| slug == known));
                }
            }
        }
    }
}
