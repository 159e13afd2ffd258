//! The script that lists the scripts and faults of the Codex backend and the platform.

use std::fmt::Write as _;

use crate::responses::answer::Answer;
use crate::responses::asked::Asked;
use crate::responses::faults;
use crate::responses::phrases::Phrase;
use crate::responses::play::SCRIPTS;

/// Two tables.
pub(crate) fn help(_: &Asked, _: &Phrase<'_>) -> Answer {
    let intro = "*(Simulated reply — no account was used.)*\n\n\
        Put `simulate:NAME` into a message and the simulator does it.";
    Answer::text(format!("{intro}\n\n{}", tables("Answers", "Faults")))
}

/// The tables with their titles.
pub(crate) fn tables(answers: &str, failures: &str) -> String {
    let mut text = format!("## {answers}\n\n| name | what it shows |\n|---|---|\n");
    for script in SCRIPTS {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| `{}` | {} |", script.name, script.summary);
    }
    let _ = write!(
        text,
        "\n## {failures}\n\nAlso on demand by the request header `x-simulator-fault`, or by the token \
         or key; with `-once` after the name, only the first time.\n\n| name | what happens |\n|---|---|\n"
    );
    for fault in faults::always() {
        let _ = writeln!(text, "| `{}` | {} |", fault.name, fault.summary);
    }
    text.trim_end().to_owned()
}
