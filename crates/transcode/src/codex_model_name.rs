//! From the model name a caller writes to the slug that the Codex backend knows.
//!
//! The account's own catalogue first, then what is known of others; dots and dashes are the
//! same here. Never a guess by likeness. Called by `upstream`'s codex driver.

use chatgpt::codex_model::CodexModel;

use crate::model_name::{Resolution, undated};
use crate::turn::Effort;

/// Slugs that the backend is known to take, also where the catalogue does not list them; data of
/// 2026-09.
const KNOWN: &[&str] = &[
    "gpt-5",
    "gpt-5-codex",
    "gpt-5-codex-mini",
    "gpt-5.1",
    "gpt-5.1-codex",
    "gpt-5.1-codex-max",
    "gpt-5.1-codex-mini",
    "gpt-5.2",
    "gpt-5.2-codex",
    "gpt-5.3-codex",
    "gpt-5.3-codex-spark",
    "gpt-5.4",
    "gpt-5.4-mini",
    "gpt-5.5",
    "gpt-5.6-luna",
    "gpt-5.6-sol",
    "gpt-5.6-terra",
];

/// Leaves the choice to the account's catalogue.
const AUTO: &str = "auto";

/// Finds the slug for `name`.
pub fn resolve(name: &str, catalogue: Option<&[CodexModel]>) -> Resolution {
    if name == AUTO {
        return match catalogue.map(first_listed) {
            Some(Some(slug)) => Resolution::Slug(slug.to_owned()),
            Some(None) => Resolution::Unknown(Vec::new()),
            None => Resolution::AskCatalogue,
        };
    }
    let offered = catalogue.unwrap_or_default().iter().map(|it| &*it.slug);
    let plain = undated(name);
    for wanted in [name, plain] {
        let mut exact = offered.clone().chain(KNOWN.iter().copied());
        if let Some(slug) = exact.find(|slug| *slug == wanted) {
            return Resolution::Slug(slug.to_owned());
        }
        let mut alike = offered.clone().chain(KNOWN.iter().copied());
        if let Some(slug) = alike.find(|slug| dashed(slug) == dashed(wanted)) {
            return Resolution::Slug(slug.to_owned());
        }
    }
    match catalogue {
        Some(catalogue) => Resolution::Unknown(near(name, catalogue)),
        None => Resolution::AskCatalogue,
    }
}

/// The model's word for an effort: the same, or the nearest that it has.
pub fn effort(effort: Effort, model: Option<&CodexModel>) -> &'static str {
    let rank = |word: &str| Effort::ALL.iter().position(|(known, _)| *known == word);
    let wanted = rank(effort.name()).unwrap_or_default();
    let levels = model.map(|model| model.efforts.as_slice());
    let known = levels.unwrap_or_default().iter().filter_map(|it| rank(it));
    let nearest = known.min_by_key(|rank| (rank.abs_diff(wanted), *rank));
    let (word, _) = Effort::ALL[nearest.unwrap_or(wanted)];
    word
}

/// The slugs to list for a catalogue, the preferred first.
pub fn listed(catalogue: &[CodexModel]) -> Vec<&str> {
    let mut models: Vec<&CodexModel> = catalogue.iter().filter(|it| it.is_listed).collect();
    models.sort_by_key(|model| model.priority);
    models.into_iter().map(|model| &*model.slug).collect()
}

fn first_listed(catalogue: &[CodexModel]) -> Option<&str> {
    listed(catalogue).into_iter().next()
}

fn dashed(name: &str) -> String {
    name.replace('.', "-")
}

fn near(name: &str, catalogue: &[CodexModel]) -> Vec<String> {
    let mut scored: Vec<(f64, &str)> = listed(catalogue)
        .into_iter()
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .filter(|(score, _)| *score > 0.8)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    let names = scored.into_iter().take(3);
    names.map(|(_, known)| known.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use chatgpt::codex_model::CodexModel;

    use super::{effort, listed, resolve};
    use crate::model_name::Resolution;
    use crate::turn::Effort;

    fn model(slug: &str, priority: u64, is_listed: bool) -> CodexModel {
        CodexModel {
            slug: slug.into(),
            priority,
            is_listed,
            efforts: ["low", "medium", "high"].map(Into::into).into(),
            ..CodexModel::default()
        }
    }

    fn catalogue() -> Vec<CodexModel> {
        vec![
            model("gpt-9.1-codex", 2, true),
            model("gpt-9.1", 1, true),
            model("codex-auto-review", 0, false),
        ]
    }

    #[test]
    fn names_are_found_exactly_by_date_and_whatever_their_dots() {
        for (name, slug) in [
            ("gpt-9.1-codex", "gpt-9.1-codex"),
            ("gpt-9-1-codex", "gpt-9.1-codex"),
            ("gpt-9.1-2026-11-01", "gpt-9.1"),
            ("gpt-9-1-2026-11-01", "gpt-9.1"),
            ("codex-auto-review", "codex-auto-review"),
            ("gpt-5-2", "gpt-5.2"),
            ("gpt-5", "gpt-5"),
            ("auto", "gpt-9.1"),
        ] {
            let found = resolve(name, Some(&catalogue()));
            assert_eq!(found, Resolution::Slug(slug.into()), "{name}");
        }
        assert_eq!(resolve("gpt-5-2", None), Resolution::Slug("gpt-5.2".into()));
        assert_eq!(listed(&catalogue()), ["gpt-9.1", "gpt-9.1-codex"]);
    }

    #[test]
    fn what_is_not_known_is_told_with_what_is_alike() {
        assert_eq!(
            resolve("gpt-9.2", Some(&catalogue())),
            Resolution::Unknown(vec!["gpt-9.1".into(), "gpt-9.1-codex".into()])
        );
        assert_eq!(resolve("gpt-9.1", None), Resolution::AskCatalogue);
        assert_eq!(resolve("auto", None), Resolution::AskCatalogue);
        assert_eq!(resolve("auto", Some(&[])), Resolution::Unknown(Vec::new()));
    }

    #[test]
    fn an_effort_that_the_model_has_not_becomes_the_nearest() {
        let model = model("m", 0, true);
        for (wanted, word) in [
            (Effort::None, "low"),
            (Effort::Medium, "medium"),
            (Effort::Max, "high"),
        ] {
            assert_eq!(effort(wanted, Some(&model)), word);
        }
        assert_eq!(effort(Effort::ExtraHigh, None), "xhigh");
    }
}
