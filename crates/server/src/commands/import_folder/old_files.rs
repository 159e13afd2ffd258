//! The files of an old data folder, as those programs wrote them.
//!
//! `token.txt` and `error_token.txt` have a token on each line; the others are JSON objects.
//! Written whole at every change and without care, so any of them may be damaged.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

/// What an old folder holds.
#[derive(Debug, Default)]
pub(super) struct OldFolder {
    /// Lines that may be accounts, each once.
    pub(super) tokens: Vec<String>,
    pub(super) seeds: Vec<OldSeed>,
    /// What is not taken, and why.
    pub(super) dropped: Vec<String>,
    /// What could not be read.
    pub(super) problems: Vec<String>,
}

/// A seed with the token it stood for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OldSeed {
    pub(super) name: String,
    pub(super) token: String,
    pub(super) conversations: Vec<String>,
}

/// Files whose content has no use here.
const USELESS: [(&str, &str); 3] = [
    (
        "fp_map.json",
        "browser fingerprints; this gateway states its own name and version, and keeps one device \
         id and one proxy for each account",
    ),
    (
        "wss_map.json",
        "addresses of web sockets, which are good for minutes",
    ),
    (
        "conversation_map.json",
        "titles and times of conversations; ChatGPT has them, and whose they are is in \
         seed_map.json",
    ),
];

impl OldFolder {
    /// Reads all that is there.
    pub(super) fn read(folder: &Path) -> Self {
        let mut old = Self::default();
        for line in old.lines(folder, "token.txt") {
            old.add(line);
        }
        let failed = old.lines(folder, "error_token.txt");
        if !failed.is_empty() {
            old.dropped.push(format!(
                "{} tokens of error_token.txt: ChatGPT had refused them; sign those accounts in \
                 again",
                failed.len()
            ));
            old.tokens.retain(|it| !failed.contains(it));
        }
        old.exchanged(folder, &failed);
        old.read_seeds(folder);
        for (name, why) in USELESS {
            if folder.join(name).is_file() {
                old.dropped.push(format!("{name}: {why}"));
            }
        }
        old
    }

    /// RefreshTokens that were exchanged: the same accounts, and perhaps more of them.
    fn exchanged(&mut self, folder: &Path, failed: &[String]) {
        for (refresh, _) in self.object(folder, "refresh_map.json") {
            if !failed.contains(&refresh) {
                self.add(refresh);
            }
        }
        if folder.join("refresh_map.json").is_file() {
            self.dropped.push(
                "the AccessTokens in refresh_map.json: their RefreshTokens buy new ones".to_owned(),
            );
        }
    }

    fn read_seeds(&mut self, folder: &Path) {
        for (name, seed) in self.object(folder, "seed_map.json") {
            let Some(token) = seed["token"].as_str() else {
                self.problems
                    .push("seed_map.json has a seed without a token".to_owned());
                continue;
            };
            let conversations = seed["conversations"].as_array().into_iter().flatten();
            let conversations = conversations.filter_map(Value::as_str).map(str::to_owned);
            self.seeds.push(OldSeed {
                name,
                token: token.to_owned(),
                conversations: conversations.collect(),
            });
            self.add(token.to_owned());
        }
    }

    fn add(&mut self, token: String) {
        if !self.tokens.contains(&token) {
            self.tokens.push(token);
        }
    }

    fn lines(&mut self, folder: &Path, name: &str) -> Vec<String> {
        let text = self.text(folder, name);
        let lines = text.lines().map(str::trim);
        let tokens = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        tokens.map(str::to_owned).collect()
    }

    fn object(&mut self, folder: &Path, name: &str) -> Map<String, Value> {
        let text = self.text(folder, name);
        if text.trim().is_empty() {
            return Map::new();
        }
        if let Ok(Value::Object(object)) = serde_json::from_str(&text) {
            return object;
        }
        let problem = format!("{name} is damaged; nothing of it was taken");
        self.problems.push(problem);
        Map::new()
    }

    fn text(&mut self, folder: &Path, name: &str) -> String {
        let path = folder.join(name);
        if !path.is_file() {
            return String::new();
        }
        fs::read_to_string(path).unwrap_or_else(|error| {
            self.problems
                .push(format!("{name} cannot be read: {}", error.kind()));
            String::new()
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{OldFolder, OldSeed};

    #[test]
    fn a_folder_is_read_with_what_is_damaged_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("token.txt", "# mine\nfk-one\nfk-two,W\nfk-bad\nfk-one\n");
        write("error_token.txt", "fk-bad\n");
        write(
            "refresh_map.json",
            r#"{"rt_a":{"token":"eyJ","timestamp":1}}"#,
        );
        write(
            "seed_map.json",
            r#"{"s":{"token":"fk-one","conversations":["c1","c2"]},"t":{}}"#,
        );
        write("fp_map.json", r#"{"fk-one":{}}"#);
        write("conversation_map.json", "{\"c1\":");
        let old = OldFolder::read(folder.path());
        assert_eq!(old.tokens, ["fk-one", "fk-two,W", "rt_a"]);
        let seed = OldSeed {
            name: "s".into(),
            token: "fk-one".into(),
            conversations: vec!["c1".into(), "c2".into()],
        };
        assert_eq!(old.seeds, [seed]);
        assert_eq!(old.problems, ["seed_map.json has a seed without a token"]);
        assert_eq!(old.dropped.len(), 4, "{:?}", old.dropped);
        let said = format!("{:?}{:?}", old.dropped, old.problems);
        assert!(!said.contains("fk-"), "{said}");
    }

    #[test]
    fn a_damaged_map_is_named_and_the_rest_is_read() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("token.txt"), "fk-one").unwrap();
        fs::write(folder.path().join("seed_map.json"), "{\"s\":").unwrap();
        let old = OldFolder::read(folder.path());
        assert_eq!(old.tokens, ["fk-one"]);
        assert_eq!(
            old.problems,
            ["seed_map.json is damaged; nothing of it was taken"]
        );
    }
}
