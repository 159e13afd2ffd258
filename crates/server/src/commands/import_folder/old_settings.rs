//! What becomes of the settings of an older program: its `.env` may stay as it is.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::commands::shown;
use crate::settings::{Settings, Values};

/// Settings that do something else here, and what.
const DIFFERENT: [(&str, &str); 6] = [
    (
        "API_PREFIX",
        "it is a path and no password: the admin asks for its own, see ADMIN_PASSWORD",
    ),
    (
        "RETRY_TIMES",
        "only what may pass is tried again, and nothing after the first byte of an answer",
    ),
    (
        "PROXY_URL",
        "each account keeps its proxy, also when its token is renewed",
    ),
    (
        "AUTO_SEED",
        "an unknown seed gets an account only while FlowGPT listens on this machine alone, or \
         with SEED_OPEN",
    ),
    (
        "UPLOAD_BY_URL",
        "addresses in private networks are fetched only from the hosts of FETCH_ALLOW_HOSTS",
    ),
    ("CHECK_MODEL", "it has an effect now"),
];

const NO_HOST: &str = "FlowGPT listens on this machine only; set HOST=0.0.0.0 for all addresses, \
     where the older programs listened";

/// The settings of an older program.
pub(super) struct OldSettings {
    file: PathBuf,
    /// Names of settings that go on as they were.
    same: Vec<&'static str>,
    /// Names with what differs.
    different: Vec<(&'static str, &'static str)>,
    /// Sentences about what has no effect.
    without_effect: Vec<String>,
    /// Names that are not known here.
    unknown: Vec<String>,
    /// What would stop FlowGPT from starting.
    problems: Vec<String>,
}

impl OldSettings {
    /// Reads the file in the folder, or else beside it.
    pub(super) fn beside(folder: &Path) -> Option<Self> {
        let places = [Some(folder), folder.parent()];
        let files = places.into_iter().flatten().map(|it| it.join(".env"));
        let file = files.into_iter().find(|it| it.is_file())?;
        let values = Values::from_dotenv(&file);
        let problems = Settings::read(&values).err();
        let problems = problems.iter().flat_map(|it| it.iter().map(str::to_owned));
        let mut different = Vec::new();
        let mut same = Vec::new();
        for name in values.names() {
            match DIFFERENT.iter().find(|(it, _)| *it == name) {
                Some(it) => different.push(*it),
                None => same.push(name),
            }
        }
        if !same.contains(&"HOST") {
            different.push(("HOST", NO_HOST));
        }
        Some(Self {
            problems: problems.collect(),
            without_effect: values.warnings().to_vec(),
            unknown: values.unknown().to_vec(),
            same,
            different,
            file,
        })
    }

    /// For people.
    pub(super) fn show(settings: Option<&Self>) {
        let Some(it) = settings else {
            shown::line("settings: no .env in the folder or beside it; see docs/settings.md");
            return;
        };
        shown::line(&format!(
            "settings: {} may stay as it is; start FlowGPT in its folder",
            it.file.display()
        ));
        if !it.same.is_empty() {
            shown::line(&format!("  as before: {}", it.same.join(", ")));
        }
        for (name, what) in &it.different {
            shown::line(&format!("  different: {name}: {what}"));
        }
        for sentence in &it.without_effect {
            shown::line(&format!("  {sentence}"));
        }
        for name in &it.unknown {
            shown::line(&format!("  {name} is not known"));
        }
        for problem in &it.problems {
            shown::line(&format!("  to be mended: {problem}"));
        }
    }

    /// For programs.
    pub(super) fn as_json(&self) -> Value {
        let different = self.different.iter();
        let different = different.map(|(name, what)| json!({"name": name, "difference": what}));
        json!({
            "file": self.file.display().to_string(),
            "same": self.same,
            "different": different.collect::<Vec<_>>(),
            "without_effect": self.without_effect,
            "unknown": self.unknown,
            "problems": self.problems,
        })
    }
}
