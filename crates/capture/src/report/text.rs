//! A report as text for people.
//!
//! Called by whoever prints one.

use std::collections::BTreeMap;
use std::fmt;

use super::Report;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} exchanges, {} events in streams.",
            self.exchanges, self.events
        )?;
        if self.is_clean() {
            writeln!(f, "\nEverything in them is known.")?;
        } else {
            writeln!(f, "\nNot known:")?;
        }
        for finding in &self.unknown {
            let object = match finding.object.as_str() {
                "" => String::new(),
                object => format!(" of {object}"),
            };
            let times = times(finding.count);
            let (kind, name) = (finding.kind, &finding.name);
            writeln!(
                f,
                "  {kind}{object} \"{name}\", {times}: {}",
                finding.example
            )?;
        }
        if !self.understood.is_empty() {
            writeln!(f, "\nUnderstood:")?;
        }
        for (kind, names) in &self.understood {
            writeln!(f, "  {kind}: {}", counted(names))?;
        }
        if !self.not_looked_into.is_empty() {
            let routes = counted(&self.not_looked_into);
            writeln!(f, "\nAnswers that are not looked into: {routes}")?;
        }
        Ok(())
    }
}

fn times(count: usize) -> String {
    match count {
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}

fn counted(names: &BTreeMap<String, usize>) -> String {
    let names: Vec<String> = names
        .iter()
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    names.join(", ")
}
