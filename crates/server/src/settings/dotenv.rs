//! Reading a `.env` file: UTF-8, `KEY=VALUE` lines, quotes, comments.
//!
//! Our own, because the crates for it replace `$NAME` inside values, which breaks
//! passwords that hold a dollar sign.

/// The assignments of a file, and the lines that are none.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct DotEnv {
    pub(super) values: Vec<(String, String)>,
    /// Counted from 1.
    pub(super) bad_lines: Vec<usize>,
}

/// Reads the text of a file.
pub(super) fn parse(text: &str) -> DotEnv {
    let mut file = DotEnv::default();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let line = line.strip_prefix("export ").unwrap_or(line);
        match line.split_once('=') {
            Some((name, value)) if is_name(name.trim()) => {
                file.values
                    .push((name.trim().to_owned(), unquoted(value.trim())));
            }
            _ => file.bad_lines.push(index + 1),
        }
    }
    file
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A value without its quotes, or without the comment behind it.
fn unquoted(value: &str) -> String {
    for quote in ['\'', '"'] {
        if let Some(rest) = value.strip_prefix(quote)
            && let Some(end) = rest.find(quote)
        {
            let inside = &rest[..end];
            return if quote == '"' {
                inside.replace("\\n", "\n")
            } else {
                inside.to_owned()
            };
        }
    }
    let comment = [" #", "\t#"]
        .iter()
        .filter_map(|mark| value.find(mark))
        .min();
    value[..comment.unwrap_or(value.len())]
        .trim_end()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn values_quotes_comments_and_chinese_are_read() {
        let file = parse(
            "\u{feff}# 中文注释\nPORT=5005\r\nexport A = b c # 端口\nB=\"x # y\"\nC='$HOME'\nD=p@$$w#rd\nE=\nnot a line\n",
        );
        let expected = [
            ("PORT", "5005"),
            ("A", "b c"),
            ("B", "x # y"),
            ("C", "$HOME"),
            ("D", "p@$$w#rd"),
            ("E", ""),
        ];
        assert_eq!(
            file.values,
            expected.map(|(name, value)| (name.into(), value.into()))
        );
        assert_eq!(file.bad_lines, [8]);
    }
}
