//! What about an answer is not as agreed, in a sentence that a model and a person understand.

/// A departure of the answer from what was agreed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// The answer ended before the block of a call did.
    #[error("The answer ends inside a `tool_call` block.")]
    CutCall,
    /// A block holds no call.
    #[error("A `tool_call` block does not hold the agreed JSON object: {reason}.")]
    BrokenCall {
        /// Why not.
        reason: String,
    },
    /// A tool that was not defined was called.
    #[error("There is no tool `{name}`. The tools are {}.", listed(.known))]
    UnknownTool {
        /// The name in the call.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// A tool was called that is not among those that may be called this time.
    #[error("The tool `{name}` is not to be called in this answer, only {}.", listed(.allowed))]
    ForbiddenTool {
        /// The name in the call.
        name: String,
        /// The names that are allowed.
        allowed: Vec<String>,
    },
    /// The arguments are not by the schema of their tool.
    #[error("The arguments of `{name}` do not follow its schema: {}.", .errors.join("; "))]
    WrongArguments {
        /// The tool.
        name: String,
        /// The first errors.
        errors: Vec<String>,
    },
    /// A call was asked for and there is none.
    #[error("The answer holds no `tool_call` block, but this answer is to call a tool.")]
    MissingCall,
    /// Upstream replaced the answer, and a call that had been passed on is another now.
    #[error("The answer was changed after a call in it had been passed on.")]
    ChangedCall,
    /// The answer was to be JSON and is not.
    #[error("The answer is not JSON and nothing else: {reason}.")]
    NotJson {
        /// Why not.
        reason: String,
    },
    /// The answer is JSON, but not by its schema.
    #[error("The JSON of the answer does not follow the schema: {}.", .errors.join("; "))]
    WrongJson {
        /// The first errors.
        errors: Vec<String>,
    },
}

fn listed(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use super::Violation;

    #[test]
    fn a_violation_is_a_sentence() {
        let unknown = Violation::UnknownTool {
            name: "x".into(),
            known: vec!["a".into(), "b".into()],
        };
        assert_eq!(
            unknown.to_string(),
            "There is no tool `x`. The tools are `a`, `b`."
        );
        let wrong = Violation::WrongArguments {
            name: "f".into(),
            errors: vec!["at /a: 1 is odd".into(), "more".into()],
        };
        assert_eq!(
            wrong.to_string(),
            "The arguments of `f` do not follow its schema: at /a: 1 is odd; more."
        );
    }
}
