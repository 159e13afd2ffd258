//! Reads what a user message asks of the simulator: phrases of the form `simulate:NAME`, and
//! whether it is written in Chinese.

/// What stands before a name.
const MARK: &str = "simulate:";

/// The names asked for in a prompt, in order. What an `echo` is to repeat is not looked into.
pub(crate) fn asked(prompt: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = prompt;
    while let Some(position) = rest.find(MARK) {
        rest = &rest[position + MARK.len()..];
        let end = rest
            .find(|character: char| !(character.is_ascii_alphanumeric() || character == '-'))
            .unwrap_or(rest.len());
        let name = rest[..end].trim_end_matches('-');
        if !name.is_empty() {
            names.push(name);
        }
        if name == "echo" {
            break;
        }
        rest = &rest[end..];
    }
    names
}

/// The most times a text is repeated: some 500 KB.
const MOST_TIMES: usize = 100;

/// How many times a prompt wants the long text: the number after `simulate:long`, else once.
pub(crate) fn times(prompt: &str) -> usize {
    let number = prompt.split_once("simulate:long ").map(|(_, rest)| rest);
    let digits = number.and_then(|it| it.split_whitespace().next());
    let times = digits.and_then(|it| it.parse().ok()).unwrap_or(1);
    times.clamp(1, MOST_TIMES)
}

/// How a prompt begins that asks for its text after the first blank line, and nothing else.
const REPEAT: &str = "Repeat the following text exactly";

/// Whether a prompt asks for a text to be repeated, in words any model follows.
pub(crate) fn asks_to_repeat(prompt: &str) -> bool {
    prompt.starts_with(REPEAT) && prompt.contains("\n\n")
}

/// How a prompt begins that says what is wrong with the answer before it.
const REPAIR: &str = "The answer above does not have the agreed form:";

/// Whether a prompt asks for the answer before it to be written once more, without its mistake.
pub(crate) fn asks_to_repair(prompt: &str) -> bool {
    prompt.starts_with(REPAIR)
}

/// The text after `simulate:echo `, or after the words that ask for it, or else the whole prompt.
pub(crate) fn to_repeat(prompt: &str) -> &str {
    if let Some((_, rest)) = prompt.split_once("simulate:echo") {
        return rest.strip_prefix(' ').unwrap_or(rest);
    }
    match prompt.split_once("\n\n") {
        Some((_, text)) if asks_to_repeat(prompt) => text,
        _ => prompt,
    }
}

/// Whether a text holds Han characters.
pub(crate) fn is_chinese(text: &str) -> bool {
    text.chars()
        .any(|character| matches!(character, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_long_text_comes_as_often_as_the_prompt_says() {
        for (prompt, wanted) in [
            ("simulate:long", 1),
            ("simulate:long 10", 10),
            ("please simulate:long 3 times", 3),
            ("simulate:long ago", 1),
            ("simulate:long 0", 1),
            ("simulate:long 99999", super::MOST_TIMES),
        ] {
            assert_eq!(super::times(prompt), wanted, "{prompt}");
        }
    }

    #[test]
    fn names_are_found_anywhere() {
        assert_eq!(
            asked("Please simulate:code, then simulate:drop."),
            ["code", "drop"]
        );
        assert_eq!(asked("模拟 simulate:chinese。谢谢"), ["chinese"]);
        assert!(asked("simulate: nothing").is_empty());
    }

    #[test]
    fn a_text_is_repeated_when_words_ask_for_it() {
        let prompt = "Repeat the following text exactly, please.\n\nA text.\n\nIts end.";
        assert!(asks_to_repeat(prompt));
        assert_eq!(to_repeat(prompt), "A text.\n\nIts end.");
        assert!(!asks_to_repeat("Repeat the following text exactly"));
    }

    #[test]
    fn what_is_to_be_repeated_is_not_read() {
        let prompt = "simulate:slow-first simulate:echo  say simulate:drop ";
        assert_eq!(asked(prompt), ["slow-first", "echo"]);
        assert_eq!(to_repeat(prompt), " say simulate:drop ");
    }

    #[test]
    fn chinese_is_told_from_other_scripts() {
        assert!(is_chinese("Hello 世界"));
        assert!(!is_chinese("Héllo, мир, かな"));
    }
}
