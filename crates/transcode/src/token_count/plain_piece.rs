//! Telling the commonest pieces of a text without the tokenizer's pattern: words of plain
//! letters, and single marks before a space.
//!
//! Most of a text is such pieces, and the pattern takes ten times as long for them as this
//! does. Where anything is in doubt it has no answer. Called by `token_count`.

/// The length of the piece that `text` begins with, if it is plain.
pub(super) fn length(text: &[u8]) -> Option<usize> {
    if let [mark, b' ', ..] = text
        && mark.is_ascii_punctuation()
    {
        return Some(1);
    }
    let space = usize::from(text.first() == Some(&b' '));
    let capital = usize::from(text.get(space).is_some_and(u8::is_ascii_uppercase));
    let letters = text.get(space + capital..)?;
    let word = letters.iter().take_while(|it| it.is_ascii_lowercase());
    let word = word.count();
    if word == 0 {
        return None;
    }
    match letters.get(word) {
        // A contraction belongs to its word, and so does a mark on its last letter.
        Some(b'\'' | 0x80..) => None,
        _ => Some(space + capital + word),
    }
}
