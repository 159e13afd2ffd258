//! Cuts a text into the pieces it is streamed in: words of a Latin text, one to three characters
//! of any other, always between characters. Joined again, the pieces are the text.

/// Pieces of about a word each.
pub(crate) fn words(text: &str) -> Vec<&str> {
    /// How many characters beyond ASCII go into a piece, in turn.
    const RUNS: [usize; 4] = [2, 1, 3, 2];
    const LONGEST_WORD: usize = 14;

    let mut pieces = Vec::new();
    let mut start = 0;
    let (mut wide, mut narrow) = (0, 0);
    let mut previous = None;
    for (index, character) in text.char_indices() {
        let limit = RUNS[pieces.len() % RUNS.len()];
        let new_word =
            character.is_whitespace() && previous.is_some_and(|p: char| !p.is_whitespace());
        let script_changes = previous.is_some_and(|p: char| p.is_ascii() != character.is_ascii());
        if index > start && (new_word || script_changes || wide >= limit || narrow >= LONGEST_WORD)
        {
            pieces.push(&text[start..index]);
            start = index;
            (wide, narrow) = (0, 0);
        }
        if character.is_ascii() {
            narrow += 1;
        } else {
            wide += 1;
        }
        previous = Some(character);
    }
    if start < text.len() {
        pieces.push(&text[start..]);
    }
    pieces
}

/// Pieces of several words each, as a server sends them that gathers before it writes.
pub(crate) fn phrases(text: &str, words_each: usize) -> Vec<&str> {
    let mut phrases = Vec::new();
    let mut start = 0;
    for group in words(text).chunks(words_each) {
        let length: usize = group.iter().map(|word| word.len()).sum();
        phrases.push(&text[start..start + length]);
        start += length;
    }
    phrases
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn latin_text_is_cut_before_spaces() {
        assert_eq!(
            words("Hello, big world!\n\nYes."),
            ["Hello,", " big", " world!", "\n\nYes."]
        );
    }

    #[test]
    fn chinese_text_is_cut_into_short_runs() {
        let pieces = words("今天的天气很好。");
        assert!(
            pieces
                .iter()
                .all(|piece| (1..=3).contains(&piece.chars().count()))
        );
        assert!(pieces.len() > 3);
    }

    proptest! {
        #[test]
        fn pieces_join_to_the_text(text in "\\PC*", each in 1_usize..9) {
            prop_assert_eq!(words(&text).concat(), text.clone());
            prop_assert_eq!(phrases(&text, each).concat(), text);
        }
    }
}
