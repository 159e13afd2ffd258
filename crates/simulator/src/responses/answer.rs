//! An answer as a script tells it, before it has ids: what the model does, one after the other, and
//! how it ends.

use super::asked::Drawing;

/// An answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Answer {
    pub(crate) outputs: Vec<Output>,
    pub(crate) ending: Ending,
    /// Whether the last event holds all the output, which the Codex backend mostly leaves out.
    pub(crate) tells_output: bool,
}

/// One thing the model does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Output {
    /// Thoughts: the parts of their summary.
    Reasoning(Vec<String>),
    Text(String, Vec<Source>),
    Refusal(String),
    /// A function's arguments are JSON.
    Call {
        name: String,
        namespace: Option<String>,
        arguments: String,
    },
    /// The text for a tool that takes one.
    Custom {
        name: String,
        input: String,
    },
    LocalShell(Vec<String>),
    /// A search on the web.
    Search(String),
    /// A picture of what the text says.
    Picture(String, Drawing),
    /// A program and what it printed.
    Code {
        program: &'static str,
        printed: &'static str,
    },
}

/// A page that a text cites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) url: &'static str,
    pub(crate) title: &'static str,
    /// Where in the text it is cited, in characters.
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// How an answer ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Ending {
    #[default]
    Completed,
    /// Before its end, at the limit of tokens.
    AtLimit,
    /// Before its end, for what it says.
    Filtered,
}

impl Answer {
    /// An answer of outputs that ends well.
    pub(crate) fn of(outputs: Vec<Output>) -> Self {
        Self {
            outputs,
            ..Self::default()
        }
    }

    /// An answer of words.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::of(vec![Output::text(text)])
    }

    /// The same answer with another ending.
    pub(crate) fn ending(self, ending: Ending) -> Self {
        Self { ending, ..self }
    }
}

impl Output {
    /// Words without sources.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into(), Vec::new())
    }

    /// What the model wrote for it, which is what is counted.
    pub(crate) fn written(&self) -> String {
        match self {
            Self::Reasoning(parts) => parts.concat(),
            Self::Text(text, _) | Self::Refusal(text) | Self::Search(text) => text.clone(),
            Self::Call {
                name, arguments, ..
            } => format!("{name} {arguments}"),
            Self::Custom { name, input } => format!("{name} {input}"),
            Self::LocalShell(command) => command.join(" "),
            Self::Picture(prompt, _) => prompt.clone(),
            Self::Code { program, .. } => (*program).to_owned(),
        }
    }
}
