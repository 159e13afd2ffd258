//! Reads what a user message asks of the simulator: phrases of the form `simulate:NAME`, and
//! whether it is written in Chinese.

/// What stands before a name.
const MARK: &str = "simulate:";

/// How a prompt begins that asks, in plain words, for what follows the next blank line.
const REPEAT: &str = "Repeat the following text exactly";

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

/// The text after `simulate:echo `, or the one asked for in plain words, or else the whole prompt.
pub(crate) fn to_repeat(prompt: &str) -> &str {
    match prompt.split_once("simulate:echo") {
        Some((_, rest)) => rest.strip_prefix(' ').unwrap_or(rest),
        None => repeated(prompt).unwrap_or(prompt),
    }
}

/// The text a prompt wants repeated, if it asks for that in plain words.
pub(crate) fn repeated(prompt: &str) -> Option<&str> {
    let (wish, text) = prompt.split_once("\n\n")?;
    wish.starts_with(REPEAT).then_some(text)
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
    fn names_are_found_anywhere() {
        assert_eq!(
            asked("Please simulate:code, then simulate:drop."),
            ["code", "drop"]
        );
        assert_eq!(asked("模拟 simulate:chinese。谢谢"), ["chinese"]);
        assert!(asked("simulate: nothing").is_empty());
    }

    #[test]
    fn what_is_to_be_repeated_is_not_read() {
        let prompt = "simulate:slow-first simulate:echo  say simulate:drop ";
        assert_eq!(asked(prompt), ["slow-first", "echo"]);
        assert_eq!(to_repeat(prompt), " say simulate:drop ");
    }

    #[test]
    fn a_text_may_be_asked_for_in_plain_words() {
        let prompt = "Repeat the following text exactly, please.\n\nOne.\n\nTwo.";
        assert_eq!(to_repeat(prompt), "One.\n\nTwo.");
        assert_eq!(repeated("Repeat the following text exactly: One."), None);
        assert_eq!(repeated("Hello.\n\nOne."), None);
    }

    #[test]
    fn chinese_is_told_from_other_scripts() {
        assert!(is_chinese("Hello 世界"));
        assert!(!is_chinese("Héllo, мир, かな"));
    }
}
