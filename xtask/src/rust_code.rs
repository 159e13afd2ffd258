//! Rust text with everything that is not code blanked out: comments, strings and
//! characters become spaces, line ends stay, so that a scan sees only code and
//! line numbers still hold. It is a scanner, not a parser.
//! Used by `check_size` (braces) and `check_layers` (banned calls).

/// Returns `source` with comments and literals blanked, line for line.
pub(crate) fn code_only(source: &str) -> String {
    let mut blanker = Blanker {
        input: source.chars().collect(),
        at: 0,
        output: String::with_capacity(source.len()),
    };
    while blanker.at < blanker.input.len() {
        blanker.step();
    }
    blanker.output
}

/// Whether `character` can be part of a name.
pub(crate) fn is_name(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

/// The 1-based lines of `code` on which `wanted` starts as a whole name, that is
/// not as the tail of a longer one. Its end is free: `env::var` finds `env::vars`.
pub(crate) fn lines_with(code: &str, wanted: &str) -> Vec<usize> {
    code.lines()
        .enumerate()
        .filter(|(_, line)| {
            line.match_indices(wanted)
                .any(|(start, _)| !line[..start].ends_with(is_name))
        })
        .map(|(index, _)| index + 1)
        .collect()
}

struct Blanker {
    input: Vec<char>,
    at: usize,
    output: String,
}

impl Blanker {
    fn step(&mut self) {
        match (self.peek(0), self.peek(1)) {
            ('/', '/') => self.blank_line_comment(),
            ('/', '*') => self.blank_block_comment(),
            ('"', _) => self.blank_string(),
            ('\'', _) => self.blank_character_or_keep_lifetime(),
            (first, _) if is_name(first) => self.keep_name_or_blank_raw_string(),
            _ => self.keep(),
        }
    }

    /// The character `ahead` of here, or NUL past the end.
    fn peek(&self, ahead: usize) -> char {
        self.input.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn keep(&mut self) {
        self.output.push(self.peek(0));
        self.at += 1;
    }

    fn blank(&mut self) {
        if self.at < self.input.len() {
            let blank = if self.peek(0) == '\n' { '\n' } else { ' ' };
            self.output.push(blank);
            self.at += 1;
        }
    }

    fn blank_line_comment(&mut self) {
        while self.at < self.input.len() && self.peek(0) != '\n' {
            self.blank();
        }
    }

    fn blank_block_comment(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.input.len() {
            match (self.peek(0), self.peek(1)) {
                ('/', '*') => depth += 1,
                ('*', '/') => depth -= 1,
                _ => {
                    self.blank();
                    continue;
                }
            }
            self.blank();
            self.blank();
            if depth == 0 {
                return;
            }
        }
    }

    fn blank_string(&mut self) {
        self.blank();
        while self.at < self.input.len() && self.peek(0) != '"' {
            if self.peek(0) == '\\' {
                self.blank();
            }
            self.blank();
        }
        self.blank();
    }

    /// `'a'` and `'\n'` are characters; `'a` alone is a lifetime or a label.
    fn blank_character_or_keep_lifetime(&mut self) {
        if self.peek(1) == '\\' {
            self.blank();
            self.blank();
            self.blank();
            while self.at < self.input.len() && self.peek(0) != '\'' {
                self.blank();
            }
            self.blank();
        } else if self.peek(2) == '\'' {
            self.blank();
            self.blank();
            self.blank();
        } else {
            self.keep();
        }
    }

    /// A whole name is taken at once, so that the `r` that ends one is never read
    /// as the prefix of a raw string.
    fn keep_name_or_blank_raw_string(&mut self) {
        let start = self.at;
        while is_name(self.peek(0)) {
            self.keep();
        }
        let name: String = self.input[start..self.at].iter().collect();
        if matches!(name.as_str(), "r" | "br" | "cr") {
            self.blank_raw_string();
        }
    }

    /// Blanks from the hashes on; leaves a raw name such as `r#type` alone.
    fn blank_raw_string(&mut self) {
        let mut hashes = 0;
        while self.peek(hashes) == '#' {
            hashes += 1;
        }
        if self.peek(hashes) != '"' {
            return;
        }
        for _ in 0..=hashes {
            self.blank();
        }
        while self.at < self.input.len() {
            let closes = self.peek(0) == '"' && (1..=hashes).all(|ahead| self.peek(ahead) == '#');
            self.blank();
            if closes {
                for _ in 0..hashes {
                    self.blank();
                }
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{code_only, lines_with};

    #[test]
    fn braces_outside_code_disappear() {
        for source in [
            "// {",
            "/* { /* { */ { */",
            "\"{ \\\" {\"",
            "b\"{\"",
            "r\"{ \\\"",
            "r#\"{ \" {\"#",
            "br##\"{ \"# {\"##",
            "'{'",
            "b'{'",
            "'\\u{7b}'",
            "'\\''; '{'",
        ] {
            let code = code_only(source);
            assert!(!code.contains('{'), "{source} became {code}");
            assert_eq!(code.chars().count(), source.chars().count(), "{source}");
        }
    }

    #[test]
    fn braces_in_code_stay() {
        for source in [
            "fn f<'a>(x: &'a str) {",
            "r#type {",
            "for x in 'outer: loop {",
            "let bar = \"r\"; {",
            "'\"'; {",
        ] {
            assert!(code_only(source).contains('{'), "{source}");
        }
    }

    #[test]
    fn line_ends_stay_where_they_are() {
        let source = "/* a\n b */ \"c\n d\" // e\nf";
        assert_eq!(code_only(source).lines().count(), 4);
    }

    #[test]
    fn a_name_is_found_only_where_it_starts() {
        let code = "a env::var(x)\nmyenv::var\nstd::env::vars()\n";
        assert_eq!(lines_with(code, "env::var"), [1, 3]);
    }
}
