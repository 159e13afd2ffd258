//! The whole result as a Markdown document: where it was measured, how to do it again, the aims,
//! a section per scenario, and how to read it. Every number in it comes from the run. Pure; used by
//! `run`.

use crate::aims::{self, Figures};
use crate::machine::Circumstances;
use crate::scenarios::Section;
use crate::table::Table;

const INTRODUCTION: &str = "\
# Performance

What FlowGPT costs: one gateway process between a client and the simulator, which stands in for
upstream. This page is written by the load tool and not by hand. To measure again:

```console
$ cargo xtask bench -- --write docs/performance.md
```

Without `--write` the same tables are printed; `--only whole-chats,start` measures less, and
`--seconds 3` does it faster.
";

const AIMS: &str = "\
The aims are for one core of an ordinary server. A figure that an aim is about is taken with the
default log level.
";

const MICRO: &str = "\
## Inside the process

The micro-benchmarks (`cargo bench`), as they print themselves: cutting a stream into events,
applying deltas, searching a proof of work beside the bare hash, and turning a whole stream of
about 120 pieces into a reply.
";

const HOW_TO_READ: &str = "\
## How to read this

- Everything runs on one machine and over loopback: there is no network and no TLS in these
  figures, and upstream, which takes seconds for a real answer, answers at once.
- Client and simulator share the cores with the gateway. Rates and times suffer from that;
  processor time per chat or chunk does so less, which is why most aims are about it. A load
  average well above 0 means that something else ran as well; measure again when it has ended.
- Processor time is user and kernel time of all threads of the gateway, in steps of 10 ms as the
  kernel counts it.
- These are the figures of one run. Run it again to see how much they vary, and compare only figures
  of the same machine.
";

/// Writes the document.
pub(crate) fn render(
    circumstances: &Circumstances,
    figures: &Figures,
    sections: &[Section],
    micro: Option<&str>,
) -> String {
    let mut parts = vec![
        INTRODUCTION.to_owned(),
        format!("## Measured on\n\n{}", machine_table(circumstances)),
        format!("## Aims\n\n{AIMS}\n{}", aims::table(figures).render()),
    ];
    for section in sections {
        parts.push(format!(
            "## {}\n\n{}\n\n{}",
            section.title,
            wrapped(section.meaning),
            section.table.render()
        ));
    }
    if let Some(micro) = micro {
        parts.push(format!("{MICRO}\n```text\n{}\n```\n", micro.trim()));
    }
    parts.push(HOW_TO_READ.to_owned());
    parts.join("\n")
}

fn machine_table(circumstances: &Circumstances) -> String {
    let mut table = Table::new(&["What", "value"]);
    let mut row = |name: &str, value: &str| table.row(name, [value.to_owned()]);
    row("processor", &circumstances.processor);
    row("cores", &circumstances.cores.to_string());
    row("memory", &circumstances.memory);
    row("kernel", &circumstances.kernel);
    row("load average before the run", &circumstances.load);
    row("commit", &circumstances.commit);
    row("date", &circumstances.date);
    table.render()
}

/// A paragraph with lines of at most 100 characters.
fn wrapped(text: &str) -> String {
    const WIDTH: usize = 100;
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        if let Some(line) = lines.last_mut()
            && (line.is_empty() || line.chars().count() + 1 + word.chars().count() <= WIDTH)
        {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_holds_everything_in_order() {
        let circumstances = Circumstances {
            processor: "Some CPU".to_owned(),
            cores: 2,
            kernel: "6.1".to_owned(),
            memory: "25.3 GB".to_owned(),
            load: "0.25".to_owned(),
            commit: "abc1234, dirty".to_owned(),
            date: "2025-12-05 15:00 UTC".to_owned(),
        };
        let mut table = Table::new(&["Figure", "info"]);
        table.row("chats/s", ["1".to_owned()]);
        let section = Section {
            title: "A scenario",
            meaning: "What it means.",
            table,
        };
        let text = render(
            &circumstances,
            &Figures::default(),
            &[section],
            Some("  fast\n"),
        );
        let order = [
            "# Performance",
            "cargo xtask bench -- --write docs/performance.md",
            "## Measured on",
            "abc1234, dirty",
            "## Aims",
            "not measured",
            "## A scenario\n\nWhat it means.\n\n| Figure",
            "## Inside the process",
            "```text\nfast\n```",
            "## How to read this",
        ];
        let mut rest = text.as_str();
        for part in order {
            let (_, after) = rest.split_once(part).unwrap();
            rest = after;
        }
        assert!(text.ends_with(".\n"));
    }

    #[test]
    fn paragraphs_are_wrapped() {
        let text = wrapped(&"word ".repeat(50));
        assert_eq!(text.lines().count(), 3);
        assert!(text.lines().all(|line| line.len() <= 100));
        assert_eq!(text.split_whitespace().count(), 50);
    }
}
