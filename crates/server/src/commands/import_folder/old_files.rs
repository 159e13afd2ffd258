//! The files of an old data folder, as those programs wrote them.
//!
//! `token.txt` and `error_token.txt` have a token on each line; the others are JSON objects.
//! Written whole at every change and without care, so any of them may be damaged.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use chatgpt::token_kind::{TokenKind, recognise, split_workspace};
use serde_json::{Map, Value, json};

/// What an old folder holds.
#[derive(Default)]
pub(super) struct OldFolder {
    entries: Vec<Entry>,
    /// Which entry a token stands for, by the token as it is written in the files.
    by_token: HashMap<String, usize>,
    pub(super) seeds: Vec<OldSeed>,
    /// What is not taken, and why.
    pub(super) dropped: Vec<String>,
    /// What could not be read.
    pub(super) problems: Vec<String>,
}

/// What may be an account.
struct Entry {
    /// A token, with or without a workspace, or JSON with several.
    line: String,
    /// Where it was found.
    place: String,
}

/// A seed with the token it stood for.
pub(super) struct OldSeed {
    pub(super) word: String,
    pub(super) token: String,
    pub(super) conversations: Vec<String>,
}

const TOKENS: &str = "token.txt";
const FAILED: &str = "error_token.txt";
const EXCHANGED: &str = "refresh_map.json";
const SEEDS: &str = "seed_map.json";

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
    pub(super) fn read(folder: &Path, now: u64) -> Self {
        let mut old = Self::default();
        let exchanged = old.exchanged(folder);
        let failed = old.failed(folder, &exchanged, now);
        for (number, line) in old.lines(folder, TOKENS) {
            old.add(line, format!("{TOKENS} line {number}"), &exchanged, &failed);
        }
        let refresh_tokens: Vec<String> = exchanged.keys().cloned().collect();
        for token in refresh_tokens {
            old.add(
                token,
                format!("an entry of {EXCHANGED}"),
                &exchanged,
                &failed,
            );
        }
        old.read_seeds(folder);
        for index in 0..old.seeds.len() {
            let token = old.seeds[index].token.clone();
            old.add(token, format!("an entry of {SEEDS}"), &exchanged, &failed);
        }
        old.name_the_rest(folder);
        old
    }

    /// What may be accounts, one on each line.
    pub(super) fn text(&self) -> String {
        let lines: Vec<&str> = self.entries.iter().map(|it| it.line.as_str()).collect();
        lines.join("\n")
    }

    /// Where a line of [`OldFolder::text`] was found; lines count from 1.
    pub(super) fn place(&self, line: usize) -> &str {
        let entry = line.checked_sub(1).and_then(|it| self.entries.get(it));
        entry.map_or("", |it| it.place.as_str())
    }

    /// Which line of [`OldFolder::text`] a token stands in, counted from 1.
    pub(super) fn line_of(&self, token: &str) -> Option<usize> {
        self.by_token.get(token).map(|index| index + 1)
    }

    fn add(
        &mut self,
        token: String,
        place: String,
        exchanged: &HashMap<String, String>,
        failed: &HashSet<String>,
    ) {
        if self.by_token.contains_key(&token) || failed.contains(&token) {
            return;
        }
        let line = with_access(&token, exchanged).unwrap_or_else(|| token.clone());
        self.by_token.insert(token, self.entries.len());
        self.entries.push(Entry { line, place });
    }

    /// RefreshTokens with the AccessTokens they were exchanged for.
    fn exchanged(&mut self, folder: &Path) -> HashMap<String, String> {
        let tokens = self.object(folder, EXCHANGED).into_iter();
        let read = |(refresh, it): (String, Value)| {
            let access = it["token"].as_str().unwrap_or_default().to_owned();
            (refresh, access)
        };
        tokens.map(read).collect()
    }

    /// Tokens that ChatGPT had refused. An AccessToken that has not ended is not among them: it
    /// may have been refused for the moment, and how the account is will be found out.
    fn failed(
        &mut self,
        folder: &Path,
        exchanged: &HashMap<String, String>,
        now: u64,
    ) -> HashSet<String> {
        let mut failed = HashSet::new();
        for (number, token) in self.lines(folder, FAILED) {
            let access = exchanged.get(split_workspace(&token).0).unwrap_or(&token);
            if !serves(access, now) {
                failed.insert(token);
                continue;
            }
            // The RefreshToken is spent or taken back, what it bought last is not over.
            let line = access.clone();
            self.by_token.insert(token, self.entries.len());
            self.entries.push(Entry {
                line,
                place: format!("{FAILED} line {number}"),
            });
        }
        if !failed.is_empty() {
            self.dropped.push(format!(
                "{} tokens of {FAILED}: ChatGPT had refused them; sign those accounts in again",
                failed.len()
            ));
        }
        failed
    }

    fn read_seeds(&mut self, folder: &Path) {
        for (word, seed) in self.object(folder, SEEDS) {
            let Some(token) = seed["token"].as_str() else {
                let problem = format!("{SEEDS} has a seed without a token");
                self.problems.push(problem);
                continue;
            };
            let conversations = seed["conversations"].as_array().into_iter().flatten();
            let conversations = conversations.filter_map(Value::as_str).map(str::to_owned);
            self.seeds.push(OldSeed {
                word,
                token: token.to_owned(),
                conversations: conversations.collect(),
            });
        }
    }

    /// Names files that are not taken, and those that look as if they belonged to the others.
    fn name_the_rest(&mut self, folder: &Path) {
        let files = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut names: Vec<String> = files
            .filter(|it| it.path().is_file())
            .filter_map(|it| it.file_name().into_string().ok())
            .collect();
        names.sort();
        for name in names {
            let is_taken = [TOKENS, FAILED, EXCHANGED, SEEDS].contains(&name.as_str());
            let useless = USELESS.iter().find(|(useless, _)| *useless == name);
            if let Some((_, why)) = useless {
                self.dropped.push(format!("{name}: {why}"));
            } else if !is_taken && is_of_their_kind(Path::new(&name)) {
                self.dropped.push(format!("{name}: not known"));
            }
        }
    }

    /// The tokens of a file with their line numbers.
    fn lines(&mut self, folder: &Path, name: &str) -> Vec<(usize, String)> {
        let text = self.text_of(folder, name);
        let text = text.trim_start_matches('\u{feff}');
        let lines = text.lines().map(str::trim).enumerate();
        let tokens = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        tokens
            .map(|(index, it)| (index + 1, it.to_owned()))
            .collect()
    }

    fn object(&mut self, folder: &Path, name: &str) -> Map<String, Value> {
        let text = self.text_of(folder, name);
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

    fn text_of(&mut self, folder: &Path, name: &str) -> String {
        let path = folder.join(name);
        if !path.exists() {
            return String::new();
        }
        fs::read_to_string(path).unwrap_or_else(|error| {
            let problem = format!("{name} cannot be read: {}", error.kind());
            self.problems.push(problem);
            String::new()
        })
    }
}

/// Nothing that FlowGPT writes there itself is.
fn is_of_their_kind(file: &Path) -> bool {
    file.extension()
        .is_some_and(|it| it == "json" || it == "txt")
}

/// The RefreshToken with the AccessToken it was exchanged for, which also says whose they are.
fn with_access(token: &str, exchanged: &HashMap<String, String>) -> Option<String> {
    let (refresh, workspace) = split_workspace(token);
    let access = exchanged.get(refresh)?;
    let is_refresh = matches!(recognise(refresh), TokenKind::RefreshToken(_));
    let is_access = matches!(recognise(access), TokenKind::AccessToken(_));
    let both = json!({
        "access_token": access, "refresh_token": refresh, "account_id": workspace,
    });
    (is_refresh && is_access).then(|| both.to_string())
}

/// Whether it is an AccessToken that has not ended.
fn serves(token: &str, now: u64) -> bool {
    let TokenKind::AccessToken(claims) = recognise(split_workspace(token).0) else {
        return false;
    };
    claims.expires_at.is_some_and(|at| at > now)
}

#[cfg(test)]
mod tests;
