//! How long to think, and what of it is shown: `thinking` and `effort`.

use anthropic::request_options::Thinking;
use openai::error::InvalidRequest;

use super::Thoughts;
use crate::turn::Effort;

/// Budgets of thinking up to so many tokens, and the effort they stand for; above all it is
/// [`Effort::ExtraHigh`].
const BUDGETS: [(u64, Effort); 3] = [
    (2_048, Effort::Low),
    (8_192, Effort::Medium),
    (24_576, Effort::High),
];

/// What was asked for.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) effort: Option<Effort>,
    pub(super) thoughts: Thoughts,
}

/// Reads both; a word for the effort overrules a budget, and `disabled` overrules the word.
pub(super) fn read(
    thinking: Option<Thinking>,
    effort: Option<&str>,
) -> Result<Asked, InvalidRequest> {
    let stated = effort.map(read_effort).transpose()?;
    let Some(thinking) = thinking else {
        return Ok(Asked {
            effort: stated,
            thoughts: Thoughts::Left,
        });
    };
    let by_budget = match thinking.kind.as_str() {
        "enabled" => Some(read_budget(thinking.budget_tokens)?),
        "adaptive" | "between_tools" => None,
        "disabled" => {
            return Ok(Asked {
                effort: Some(Effort::None),
                thoughts: Thoughts::Left,
            });
        }
        _ => {
            return Err(InvalidRequest::parameter(
                "thinking.type",
                "thinking.type: use enabled, adaptive, between_tools or disabled",
            ));
        }
    };
    Ok(Asked {
        effort: stated.or(by_budget),
        thoughts: read_display(thinking.display.as_deref())?,
    })
}

fn read_budget(budget: Option<u64>) -> Result<Effort, InvalidRequest> {
    let name = "thinking.budget_tokens";
    let Some(budget) = budget else {
        return Err(InvalidRequest::parameter(
            name,
            format!("{name}: Field required"),
        ));
    };
    if budget < 1024 {
        let message = format!("{name}: is at least 1024");
        return Err(InvalidRequest::parameter(name, message));
    }
    let fits = BUDGETS.iter().find(|(most, _)| budget <= *most);
    Ok(fits.map_or(Effort::ExtraHigh, |(_, effort)| *effort))
}

fn read_display(display: Option<&str>) -> Result<Thoughts, InvalidRequest> {
    match display {
        None | Some("summarized") => Ok(Thoughts::Shown),
        Some("omitted") => Ok(Thoughts::Sealed),
        Some(_) => Err(InvalidRequest::parameter(
            "thinking.display",
            "thinking.display: use summarized or omitted",
        )),
    }
}

fn read_effort(word: &str) -> Result<Effort, InvalidRequest> {
    let known = Effort::ALL.iter().find(|(known, _)| *known == word);
    known.map(|(_, effort)| *effort).ok_or_else(|| {
        InvalidRequest::parameter(
            "output_config.effort",
            "output_config.effort: use low, medium, high, xhigh or max",
        )
    })
}
