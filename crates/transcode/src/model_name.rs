//! From the model name a caller writes to the slug upstream knows.
//!
//! Exact names first, then the account's own catalogue, then aliases; never a guess by
//! likeness. The tables are data of 2026-09. Called by `api` and `upstream`.

use chatgpt::model::{Catalogue, CatalogueModel};

use crate::driver_kind::DriverKind;
use crate::turn::Effort;

/// Slugs the web page is known to send.
const KNOWN: &[&str] = &[
    "auto",
    "gpt-4",
    "gpt-4-1",
    "gpt-4-1-mini",
    "gpt-4-5",
    "gpt-4o",
    "gpt-4o-mini",
    "gpt-5",
    "gpt-5-1-instant",
    "gpt-5-1-thinking",
    "gpt-5-2",
    "gpt-5-2-thinking",
    "gpt-5-3",
    "gpt-5-3-mini",
    "gpt-5-5",
    "gpt-5-5-pro",
    "gpt-5-5-thinking",
    "gpt-5-6",
    "gpt-5-6-pro",
    "gpt-5-6-t-mini",
    "gpt-5-6-thinking",
    "gpt-5-instant",
    "gpt-5-mini",
    "gpt-5-pro",
    "gpt-5-t-mini",
    "gpt-5-thinking",
    "o1",
    "o1-mini",
    "o1-pro",
    "o3",
    "o3-mini",
    "o3-mini-high",
    "o4-mini",
    "research",
];

/// Names the platform API has for models the web page calls otherwise.
const ALIASES: &[(&str, &str)] = &[
    ("chatgpt-4o-latest", "gpt-4o"),
    ("gpt-4.1", "gpt-4-1"),
    ("gpt-4.1-mini", "gpt-4-1-mini"),
    ("gpt-4.5", "gpt-4-5"),
    ("gpt-5.1-instant", "gpt-5-1-instant"),
    ("gpt-5.1-thinking", "gpt-5-1-thinking"),
    ("gpt-5.2", "gpt-5-2"),
    ("gpt-5.2-thinking", "gpt-5-2-thinking"),
    ("gpt-5.3", "gpt-5-3"),
    ("gpt-5.3-mini", "gpt-5-3-mini"),
    ("gpt-5.5", "gpt-5-5"),
    ("gpt-5.5-pro", "gpt-5-5-pro"),
    ("gpt-5.5-thinking", "gpt-5-5-thinking"),
    ("gpt-5.6", "gpt-5-6"),
    ("gpt-5.6-pro", "gpt-5-6-pro"),
    ("gpt-5.6-thinking", "gpt-5-6-thinking"),
];

/// A name may begin with a driver's, as in `codex/gpt-5.5`; what follows is asked of that one.
pub fn driver_named(name: &str) -> (Option<DriverKind>, &str) {
    let named = name.split_once('/').and_then(|(driver, rest)| {
        let driver = DriverKind::of_name(driver).filter(|_| !rest.is_empty())?;
        Some((Some(driver), rest))
    });
    named.unwrap_or((None, name))
}

/// Whether a driver is known to have a model of that name; only upstream knows for certain.
pub fn is_known_to(driver: DriverKind, name: &str) -> bool {
    let plain = addressed(name).model;
    let is_of_web = matches!(resolve(plain, None, false), Resolution::Slug(_));
    let is_of_codex = plain.contains("codex") || plain.starts_with("gpt-5") || plain == "auto";
    match driver {
        DriverKind::Web => is_of_web,
        DriverKind::Codex => is_of_codex,
        DriverKind::Platform => !is_of_web && !is_of_codex,
    }
}

/// Ids of GPTs are longer than this; shorter words after `g-` are something else.
const MIN_GIZMO_ID: usize = 6;

/// What a name turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// This slug.
    Slug(String),
    /// Only the account's catalogue can tell, and it was not given.
    AskCatalogue,
    /// Nothing, with names that look alike.
    Unknown(Vec<String>),
}

/// A model's name, and the GPT or project that is talked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addressed<'a> {
    /// The name without the GPT.
    pub model: &'a str,
    /// `g-…` of a GPT, `g-p-…` of a project.
    pub gizmo_id: Option<&'a str>,
}

/// What the model behind a GPT is called when nobody says.
const DEFAULT_MODEL: &str = "auto";

/// Takes a GPT's or project's id out of a name: `g-XXX`, `gizmo-g-XXX`, `MODEL-gizmo-g-XXX`.
///
/// Only these forms, so that `gpt-4o-long-output` stays what it is. What the address bar
/// shows after the id, as in `g-XXX-writing-coach`, is left out.
pub fn addressed(name: &str) -> Addressed<'_> {
    let plain = Addressed {
        model: name,
        gizmo_id: None,
    };
    let (model, rest) = match name.split_once("gizmo-") {
        Some((base, rest)) => (base.strip_suffix('-').unwrap_or(base), rest),
        None => ("", name),
    };
    let Some(id) = gizmo_id(rest) else {
        return plain;
    };
    Addressed {
        model: if model.is_empty() {
            DEFAULT_MODEL
        } else {
            model
        },
        gizmo_id: Some(id),
    }
}

/// The id at the start of `text`.
fn gizmo_id(text: &str) -> Option<&str> {
    let prefix = if text.starts_with("g-p-") { 4 } else { 2 };
    let body = text.strip_prefix("g-").and(text.get(prefix..))?;
    let length = body.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let ends = matches!(body.as_bytes().get(length), None | Some(b'-'));
    (length >= MIN_GIZMO_ID && ends).then(|| &text[..prefix + length])
}

/// Finds the slug for `name`.
///
/// With `only_offered` the slug must be in the catalogue; otherwise a well-known slug is
/// sent as it is, and upstream decides.
pub fn resolve(name: &str, catalogue: Option<&Catalogue>, only_offered: bool) -> Resolution {
    let offered = |slug: &str| catalogue.is_some_and(|it| it.find(slug).is_some());
    let plain = undated(name);
    let candidates = [name, plain, alias(name), alias(plain)];
    let acceptable = |slug: &&str| offered(slug) || (!only_offered && KNOWN.contains(slug));
    if let Some(slug) = candidates.into_iter().find(acceptable) {
        return Resolution::Slug(slug.to_owned());
    }
    match catalogue {
        None => Resolution::AskCatalogue,
        Some(catalogue) => Resolution::Unknown(near(name, catalogue)),
    }
}

/// Words that name a way of answering of the same model.
const VARIANTS: &[&str] = &["-thinking", "-instant", "-pro"];

/// Whether an answer by `served` is another model than `asked`, which leaves nothing open.
pub fn is_downgrade(asked: &str, served: &str) -> bool {
    let is_same = |served: &str| served == asked;
    let is_variant = VARIANTS
        .iter()
        .filter_map(|variant| served.strip_suffix(variant))
        .any(is_same);
    asked != DEFAULT_MODEL && !is_same(served) && !is_variant
}

/// What a model is remembered by: its slug where that is known without asking, else its name.
pub fn key(name: &str) -> String {
    let plain = addressed(name).model;
    match resolve(plain, None, false) {
        Resolution::Slug(slug) => slug,
        Resolution::AskCatalogue | Resolution::Unknown(_) => plain.to_owned(),
    }
}

/// The names to list for a catalogue: its slugs, and the aliases that lead to them.
pub fn listed(catalogue: &Catalogue) -> Vec<String> {
    let slugs = catalogue.models.iter().map(|model| model.slug.clone());
    let aliases = ALIASES
        .iter()
        .filter(|(_, slug)| catalogue.find(slug).is_some())
        .map(|(name, _)| (*name).to_owned());
    slugs.chain(aliases).collect()
}

/// The model's own word for an effort; `None` when it has no such choice.
pub fn thinking_effort(effort: Effort, model: &CatalogueModel) -> Option<String> {
    let wishes: &[&str] = match effort {
        Effort::None | Effort::Minimal => &["min", "light"],
        Effort::Low => &["light", "min"],
        Effort::Medium => &["standard"],
        Effort::High => &["extended", "heavy", "max"],
        Effort::ExtraHigh | Effort::Max => &["max", "heavy", "extended"],
    };
    let choices = model.thinking_efforts.as_deref().unwrap_or_default();
    wishes
        .iter()
        .find(|wish| choices.iter().any(|it| it.thinking_effort == **wish))
        .map(|wish| (*wish).to_owned())
}

fn alias(name: &str) -> &str {
    ALIASES
        .iter()
        .find(|(alias, _)| *alias == name)
        .map_or(name, |(_, slug)| slug)
}

/// `gpt-4o-2024-08-06` without its date.
pub(crate) fn undated(name: &str) -> &str {
    let Some((rest, date)) = name
        .len()
        .checked_sub(11)
        .and_then(|at| name.split_at_checked(at))
    else {
        return name;
    };
    let is_date = date.bytes().enumerate().all(|(at, byte)| match at {
        0 | 5 | 8 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    if is_date { rest } else { name }
}

fn near(name: &str, catalogue: &Catalogue) -> Vec<String> {
    let mut scored: Vec<(f64, String)> = listed(catalogue)
        .into_iter()
        .map(|known| (strsim::jaro_winkler(name, &known), known))
        .filter(|(score, _)| *score > 0.8)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    scored.into_iter().take(3).map(|(_, known)| known).collect()
}

#[cfg(test)]
mod tests {
    use chatgpt::model::{Catalogue, CatalogueModel, ThinkingEffort};

    use super::{Resolution, addressed, is_downgrade, resolve, thinking_effort};
    use crate::turn::Effort;

    fn catalogue() -> Catalogue {
        let model = |slug: &str| CatalogueModel {
            slug: slug.into(),
            thinking_efforts: None,
        };
        Catalogue {
            models: ["auto", "gpt-5-2", "gpt-9-new"].map(model).into(),
        }
    }

    fn slug(name: &str) -> Resolution {
        Resolution::Slug(name.into())
    }

    #[test]
    fn exact_names_need_no_catalogue_and_new_ones_come_from_it() {
        assert_eq!(resolve("gpt-4o", None, false), slug("gpt-4o"));
        assert_eq!(resolve("gpt-9-new", None, false), Resolution::AskCatalogue);
        assert_eq!(
            resolve("gpt-9-new", Some(&catalogue()), false),
            slug("gpt-9-new")
        );
    }

    #[test]
    fn aliases_and_dates_lead_to_slugs() {
        assert_eq!(resolve("gpt-5.2", None, false), slug("gpt-5-2"));
        assert_eq!(resolve("gpt-5.2-2025-12-11", None, false), slug("gpt-5-2"));
        assert_eq!(resolve("gpt-4o-2024-08-06", None, false), slug("gpt-4o"));
    }

    #[test]
    fn a_gpt_is_named_in_three_ways_and_never_by_chance() {
        for (name, model, gizmo) in [
            ("g-2fkFE8rbu", "auto", Some("g-2fkFE8rbu")),
            ("gizmo-g-2fkFE8rbu", "auto", Some("g-2fkFE8rbu")),
            ("gpt-4-gizmo-g-2fkFE8rbu", "gpt-4", Some("g-2fkFE8rbu")),
            ("g-2fkFE8rbu-dall-e", "auto", Some("g-2fkFE8rbu")),
            ("g-p-67a1b2c3d4", "auto", Some("g-p-67a1b2c3d4")),
            (
                "gpt-5-2-gizmo-g-p-67a1b2c3d4",
                "gpt-5-2",
                Some("g-p-67a1b2c3d4"),
            ),
            ("gpt-4o-long-output", "gpt-4o-long-output", None),
            ("g-4o", "g-4o", None),
            ("gizmo-x", "gizmo-x", None),
            ("g-你好你好", "g-你好你好", None),
        ] {
            let addressed = addressed(name);
            assert_eq!(
                (addressed.model, addressed.gizmo_id),
                (model, gizmo),
                "{name}"
            );
        }
    }

    #[test]
    fn another_model_is_a_downgrade_unless_the_choice_was_left_open() {
        assert!(is_downgrade("gpt-5-5-pro", "gpt-5-2"));
        assert!(is_downgrade("gpt-4o", "gpt-4o-mini"));
        for (asked, served) in [
            ("auto", "gpt-5-mini"),
            ("gpt-5-2", "gpt-5-2"),
            ("gpt-5-2", "gpt-5-2-thinking"),
        ] {
            assert!(!is_downgrade(asked, served), "{asked} {served}");
        }
    }

    #[test]
    fn likeness_is_never_enough_but_is_told() {
        for name in [
            "gpt-5-2-turbo",
            "o1-preview",
            "gpt-4o-long-output",
            "",
            "2024-08-06",
        ] {
            let resolution = resolve(name, Some(&catalogue()), false);
            assert!(
                matches!(resolution, Resolution::Unknown(_)),
                "{name}: {resolution:?}"
            );
        }
        assert_eq!(
            resolve("gpt-5-3", Some(&catalogue()), true),
            Resolution::Unknown(["gpt-5-2", "gpt-5.2", "gpt-9-new"].map(Into::into).into())
        );
    }

    #[test]
    fn an_effort_is_sent_in_the_words_the_model_has() {
        let with = |words: &[&str]| CatalogueModel {
            slug: "m".into(),
            thinking_efforts: Some(
                words
                    .iter()
                    .map(|word| ThinkingEffort {
                        thinking_effort: (*word).into(),
                    })
                    .collect(),
            ),
        };
        let both = with(&["standard", "extended"]);
        assert_eq!(
            thinking_effort(Effort::High, &both).as_deref(),
            Some("extended")
        );
        assert_eq!(thinking_effort(Effort::Low, &both), None);
        assert_eq!(
            thinking_effort(Effort::Max, &with(&["heavy", "light"])).as_deref(),
            Some("heavy")
        );
        assert_eq!(thinking_effort(Effort::Medium, &with(&[])), None);
    }
}
