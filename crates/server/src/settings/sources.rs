//! Where values come from: the process environment, then `.env`, then the TOML file.
//!
//! Only this file reads the environment. A value that is set but empty counts as not set.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::dotenv;
use super::table::{INERT, Setting, all};

/// The variable that names the TOML file.
const CONFIG_FILE: &str = "FLOWGPT_CONFIG";

/// What was set, by whom, and what is odd about it.
#[derive(Debug, Default)]
pub struct Values {
    found: HashMap<&'static str, Found>,
    problems: Vec<String>,
    warnings: Vec<String>,
    /// Names in `.env` that nothing here knows.
    unknown: Vec<String>,
}

#[derive(Debug)]
struct Found {
    value: String,
    origin: String,
}

/// Everything that is wrong with the settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems(Vec<String>);

impl Values {
    /// Reads all sources, as the program does when it starts in the folder `at`.
    pub fn from_environment(at: &Path) -> Self {
        let mut values = Self::default();
        let (environment, unreadable) = readable(process_environment());
        for name in unreadable {
            let problem = format!("{name}: its value in the environment is not text in UTF-8");
            values.problems.push(problem);
        }
        let config = environment.iter().find(|(name, _)| name == CONFIG_FILE);
        let config = config.map(|(_, path)| path.clone());
        values.take_toml(at, config.as_deref());
        values.take_dotenv(&at.join(".env"));
        values.take(environment, "the environment");
        values
    }

    /// Values given by name, as tests and the demo do.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut values = Self::default();
        let owned = pairs
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        values.take(owned.collect(), "the program");
        values
    }

    /// Reads one `.env` file and nothing else, to say what becomes of it.
    pub(crate) fn from_dotenv(path: &Path) -> Self {
        let mut values = Self::default();
        values.take_dotenv(path);
        values
    }

    /// The settings that are set, in the order of the reference.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        let names = all().map(|it| it.name);
        names.filter(|name| self.found.contains_key(name))
    }

    /// Names in `.env` that are neither settings nor known to have no effect.
    pub(crate) fn unknown(&self) -> &[String] {
        &self.unknown
    }

    /// Overrules one value, as a command-line option does.
    pub fn set(&mut self, name: &str, value: &str) {
        self.take(
            vec![(name.to_owned(), value.to_owned())],
            "the command line",
        );
    }

    /// What to tell the operator without stopping.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The value of a setting, or its default.
    pub(super) fn text(&self, setting: &Setting) -> &str {
        self.found
            .get(setting.name)
            .map_or(setting.default, |found| &found.value)
    }

    /// Who set it; `None` when nobody did.
    pub(super) fn origin(&self, setting: &Setting) -> Option<&str> {
        self.found
            .get(setting.name)
            .map(|found| found.origin.as_str())
    }

    pub(super) fn problems(&self) -> Problems {
        Problems(self.problems.clone())
    }

    /// Parses a setting; what is wrong with it goes to `problems`.
    pub(super) fn read<T>(
        &self,
        setting: &Setting,
        problems: &mut Problems,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        parse(self.text(setting))
            .map_err(|problem| problems.add(setting, &problem))
            .ok()
    }

    fn take(&mut self, pairs: Vec<(String, String)>, origin: &str) {
        for (name, value) in pairs {
            let setting = all().find(|it| it.name == name);
            if let Some(setting) = setting {
                if value.trim().is_empty() {
                    self.warnings.push(format!(
                        "{name} is set but empty in {origin}: it counts as not set"
                    ));
                    continue;
                }
                let found = Found {
                    value: value.trim().to_owned(),
                    origin: origin.to_owned(),
                };
                self.found.insert(setting.name, found);
            } else if let Some((_, reason)) = INERT.iter().find(|(inert, _)| *inert == name)
                && !value.trim().is_empty()
            {
                self.warnings
                    .push(format!("{name} has no effect: {reason}"));
            }
        }
    }

    fn take_dotenv(&mut self, path: &Path) {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return,
            Err(error) => {
                self.problems.push(format!(".env cannot be read: {error}"));
                return;
            }
        };
        let file = dotenv::parse(&text);
        for line in file.bad_lines {
            self.problems
                .push(format!(".env line {line} is not NAME=VALUE"));
        }
        let names = file.values.iter().map(|(name, _)| name);
        let unknown = names.filter(|name| {
            *name != CONFIG_FILE
                && !all().any(|it| it.name == *name)
                && !INERT.iter().any(|(inert, _)| inert == name)
        });
        self.unknown.extend(unknown.cloned());
        self.take(file.values, ".env");
    }

    fn take_toml(&mut self, at: &Path, named: Option<&str>) {
        let path = at.join(named.unwrap_or("flowgpt.toml"));
        let name = path.display().to_string();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound && named.is_none() => return,
            Err(error) => {
                self.problems
                    .push(format!("{name} cannot be read: {error}"));
                return;
            }
        };
        let table: toml::Table = match text.parse() {
            Ok(table) => table,
            Err(error) => {
                self.problems
                    .push(format!("{name} is not TOML: {}", error.message()));
                return;
            }
        };
        for (key, value) in table {
            let Some(setting) = all().find(|it| it.name.eq_ignore_ascii_case(&key)) else {
                self.problems.push(unknown_key(&name, &key));
                continue;
            };
            match flat(&value) {
                Some(text) => self.take(vec![(setting.name.to_owned(), text)], &name),
                None => self
                    .problems
                    .push(format!("{name}: {key} is not a plain value or list")),
            }
        }
    }
}

/// A TOML value as it would stand in an environment variable.
fn flat(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Float(number) => Some(number.to_string()),
        toml::Value::Boolean(truth) => Some(truth.to_string()),
        toml::Value::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(flat).collect();
            Some(items?.join(","))
        }
        _ => None,
    }
}

fn unknown_key(file: &str, key: &str) -> String {
    let near = all()
        .map(|it| {
            (
                strsim::jaro_winkler(&it.name.to_lowercase(), &key.to_lowercase()),
                it.name,
            )
        })
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(score, _)| *score > 0.8)
        .map(|(_, name)| format!("; did you mean {}?", name.to_lowercase()));
    format!(
        "{file}: there is no setting {key}{}",
        near.unwrap_or_default()
    )
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]
fn process_environment() -> impl Iterator<Item = (OsString, OsString)> {
    std::env::vars_os()
}

/// What of an environment is text, and the names of ours that have other values. What others keep
/// there may be anything.
fn readable(
    environment: impl Iterator<Item = (OsString, OsString)>,
) -> (Vec<(String, String)>, Vec<String>) {
    let mut read = Vec::new();
    let mut unreadable = Vec::new();
    for (name, value) in environment {
        let Ok(name) = name.into_string() else {
            continue;
        };
        match value.into_string() {
            Ok(value) => read.push((name, value)),
            Err(_) if name == CONFIG_FILE || all().any(|it| it.name == name) => {
                unreadable.push(name);
            }
            Err(_) => {}
        }
    }
    (read, unreadable)
}

impl Problems {
    pub(super) fn add(&mut self, setting: &Setting, problem: &str) {
        let Setting { name, example, .. } = setting;
        self.0
            .push(format!("{name}: {problem}; for example {name}={example}"));
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One sentence each.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    use super::readable;

    #[test]
    fn a_value_that_is_no_text_is_a_problem_only_where_it_is_a_setting_s() {
        let odd = || OsString::from_vec(vec![b'a', 0xff]);
        let pairs = [
            ("PORT".into(), "1".into()),
            ("ADMIN_PASSWORD".into(), odd()),
            ("SOMEBODY_ELSES".into(), odd()),
            (odd(), "value".into()),
        ];
        let (read, unreadable) = readable(pairs.into_iter());
        assert_eq!(read, [("PORT".to_owned(), "1".to_owned())]);
        assert_eq!(unreadable, ["ADMIN_PASSWORD"]);
    }
}
