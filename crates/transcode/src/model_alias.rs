//! Names of models that another provider has, and what is asked for in their place.
//!
//! Pure: a table of patterns. Read from the settings by the program, used by `api`.

/// Pairs of a pattern and a model; the first pattern that fits decides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelAliases {
    pairs: Vec<(String, String)>,
}

/// What is wrong with a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a pair; write pattern=model, with * for any characters")]
pub struct InvalidAliases(String);

impl ModelAliases {
    /// Reads `pattern=model` pairs, separated by commas.
    pub fn read(text: &str) -> Result<Self, InvalidAliases> {
        let pairs = text.split(',').map(str::trim).filter(|it| !it.is_empty());
        let pair = |pair: &str| {
            let (pattern, model) = pair.split_once('=')?;
            let (pattern, model) = (pattern.trim(), model.trim());
            let is_whole = !pattern.is_empty() && !model.is_empty();
            is_whole.then(|| (pattern.to_owned(), model.to_owned()))
        };
        let read = pairs.map(|it| pair(it).ok_or_else(|| InvalidAliases(it.to_owned())));
        Ok(Self {
            pairs: read.collect::<Result<_, _>>()?,
        })
    }

    /// What is asked for in place of `name`, if a pattern fits.
    pub fn model(&self, name: &str) -> Option<&str> {
        let mut pairs = self.pairs.iter();
        let found = pairs.find(|(pattern, _)| fits(pattern, name));
        found.map(|(_, model)| model.as_str())
    }
}

/// Whether a name is what a pattern says, with `*` for any characters.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut name) = name.strip_prefix(start) else {
        return false;
    };
    let mut pieces: Vec<&str> = rest.split('*').collect();
    let end = pieces.pop().unwrap_or_default();
    for piece in pieces {
        let Some((_, later)) = name.split_once(piece) else {
            return false;
        };
        name = later;
    }
    name.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::ModelAliases;

    #[test]
    fn the_first_pattern_that_fits_decides() {
        let table = "claude-*haiku*=gpt-5-mini, claude-opus-4-1=gpt-5-pro,claude-*=auto";
        let aliases = ModelAliases::read(table).unwrap();
        for (name, model) in [
            ("claude-3-5-haiku-latest", Some("gpt-5-mini")),
            ("claude-haiku-4-5", Some("gpt-5-mini")),
            ("claude-opus-4-1", Some("gpt-5-pro")),
            ("claude-opus-4-1-20250805", Some("auto")),
            ("claude", None),
            ("gpt-5", None),
            ("my-claude-x", None),
        ] {
            assert_eq!(aliases.model(name), model, "{name}");
        }
    }

    #[test]
    fn an_end_is_an_end_and_pieces_do_not_overlap() {
        let aliases = ModelAliases::read("a*a=x,*-last=y").unwrap();
        assert_eq!(aliases.model("a"), None);
        assert_eq!(aliases.model("aa"), Some("x"));
        assert_eq!(aliases.model("the-last"), Some("y"));
        assert_eq!(aliases.model("the-last-one"), None);
    }

    #[test]
    fn nothing_is_an_empty_table_and_half_a_pair_is_wrong() {
        assert_eq!(ModelAliases::read(" ,").unwrap(), ModelAliases::default());
        for text in ["claude", "=auto", "claude-*="] {
            assert!(ModelAliases::read(text).is_err(), "{text}");
        }
    }
}
