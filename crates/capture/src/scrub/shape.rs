//! Texts without their words: letters become `x` or `字`, digits `0`, and what drifts stays.
//!
//! One character becomes one character, and what it becomes depends only on those before it:
//! a text scrubbed piece by piece is the text scrubbed whole. Called by `scrub`.

/// What opens, separates and closes a citation marker.
const MARKER_OPENS: char = '\u{e200}';
const MARKER_CLOSES: char = '\u{e201}';
const MARKER_SEPARATES: char = '\u{e202}';

/// What may follow `](` and stays readable.
const LINK_STARTS: [&str; 5] = [
    "sandbox:/mnt/data/",
    "https://",
    "http://",
    "file-service://",
    "sediment://",
];

/// The longest name of a kind of marker that stays readable.
const MAX_MARKER_KIND: usize = 24;

/// Stands for a character that is neither letter, digit nor punctuation.
const BOX: char = '\u{25a1}';

/// Where in a text the next character is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Shaper {
    place: Place,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Prose,
    /// After `]`.
    Bracket,
    /// After `](`, with what of the link was kept.
    Link(String),
    /// Inside a marker.
    Marker {
        /// Whether this is the marker's kind, and not a reference.
        is_kind: bool,
        /// What of this part was kept.
        kept: String,
        /// Whether this part still looks like what markers hold.
        is_plausible: bool,
    },
}

impl Shaper {
    /// What the next character becomes.
    pub(super) fn next(&mut self, character: char) -> char {
        if character == MARKER_OPENS {
            self.place = marker(true);
            return character;
        }
        match &mut self.place {
            Place::Marker {
                is_kind,
                kept,
                is_plausible,
            } => match character {
                MARKER_CLOSES => self.place = Place::Prose,
                MARKER_SEPARATES | ',' => self.place = marker(false),
                _ if *is_plausible => {
                    kept.push(character);
                    *is_plausible = if *is_kind {
                        is_marker_kind(kept)
                    } else {
                        begins_reference(kept)
                    };
                    if *is_plausible {
                        return character;
                    }
                }
                _ => {}
            },
            Place::Link(kept) => {
                kept.push(character);
                let kept = kept.as_str();
                if LINK_STARTS.contains(&kept) {
                    self.place = Place::Prose;
                    return character;
                }
                if LINK_STARTS.iter().any(|start| start.starts_with(kept)) {
                    return character;
                }
                self.place = Place::Prose;
            }
            Place::Bracket if character == '(' => self.place = Place::Link(String::new()),
            Place::Bracket | Place::Prose => self.place = Place::Prose,
        }
        if character == ']' && self.place == Place::Prose {
            self.place = Place::Bracket;
        }
        masked(character)
    }

    /// What the next piece of a text becomes.
    pub(super) fn piece(&mut self, text: &str) -> String {
        text.chars().map(|character| self.next(character)).collect()
    }
}

/// The shape of a whole text.
pub(super) fn shape(text: &str) -> String {
    Shaper::default().piece(text)
}

fn marker(is_kind: bool) -> Place {
    Place::Marker {
        is_kind,
        kept: String::new(),
        is_plausible: true,
    }
}

fn is_marker_kind(text: &str) -> bool {
    let is_word = text
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    is_word && text.len() <= MAX_MARKER_KIND
}

/// Whether `text` is the beginning of an id such as `turn0search3`.
fn begins_reference(text: &str) -> bool {
    const START: &str = "turn";
    let Some(rest) = text.strip_prefix(START) else {
        return START.starts_with(text);
    };
    let after_turn = rest.trim_start_matches(|it: char| it.is_ascii_digit());
    let turn = rest.len() - after_turn.len();
    let index = after_turn.trim_start_matches(|it: char| it.is_ascii_lowercase());
    let kind = after_turn.len() - index.len();
    let is_in_order = turn > 0 || after_turn.is_empty();
    is_in_order
        && turn <= 3
        && kind <= 16
        && index.len() <= 3
        && index.bytes().all(|byte| byte.is_ascii_digit())
}

/// What a character becomes where nothing is known about it.
pub(super) fn masked(character: char) -> char {
    match character {
        '0'..='9' => '0',
        'a'..='z' | 'A'..='Z' => 'x',
        '\0'..='\x7f' => character,
        _ if character.is_numeric() => '0',
        _ if is_east_asian(character) => '字',
        _ if character.is_alphabetic() => 'x',
        // Private use, punctuation, arrows, mathematics, boxes.
        '\u{e000}'..='\u{f8ff}'
        | '\u{80}'..='\u{bf}'
        | '\u{2000}'..='\u{2bff}'
        | '\u{3000}'..='\u{303f}'
        | '\u{ff01}'..='\u{ff65}' => character,
        _ => BOX,
    }
}

fn is_east_asian(character: char) -> bool {
    let is_in_range = matches!(character,
        '\u{1100}'..='\u{11ff}'
        | '\u{2e80}'..='\u{2fdf}'
        | '\u{3005}'..='\u{3007}'
        | '\u{3040}'..='\u{9fff}'
        | '\u{a960}'..='\u{a97f}'
        | '\u{ac00}'..='\u{d7ff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ffdc}'
        | '\u{20000}'..='\u{3ffff}');
    is_in_range && character.is_alphabetic()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Shaper, shape};

    #[test]
    fn words_go_and_structure_stays() {
        assert_eq!(
            shape("# Tea, 3 cups\n- [Kyōto](https://kyoto.jp)\n```py\nx=1\n```"),
            "# xxx, 0 xxxx\n- [xxxxx](https://xxxxx.xx)\n```xx\nx=0\n```"
        );
        assert_eq!(shape("京都の茶です。2杯"), "字字字字字字。0字");
        assert_eq!(shape("👋 né"), "\u{25a1} xx");
    }

    #[test]
    fn sandbox_links_and_citation_markers_stay() {
        assert_eq!(
            shape("[out](sandbox:/mnt/data/mine.csv)"),
            "[xxx](sandbox:/mnt/data/xxxx.xxx)"
        );
        assert_eq!(
            shape("so.\u{e200}cite\u{e202}turn0search3\u{e202}turn12news4\u{e201} Then"),
            "xx.\u{e200}cite\u{e202}turn0search3\u{e202}turn12news4\u{e201} xxxx"
        );
        assert_eq!(
            shape("\u{e200}entity\u{e202}[\"city\",\"Bonn\"]\u{e201}"),
            "\u{e200}entity\u{e202}[\"xxxx\",\"xxxx\"]\u{e201}"
        );
        assert_eq!(shape("【11†source】"), "【00†xxxxxx】");
    }

    #[test]
    fn what_only_begins_like_a_marker_or_a_link_is_not_kept() {
        assert_eq!(shape("a sandbox:/mnt/data/x"), "x xxxxxxx:/xxx/xxxx/x");
        assert_eq!(shape("\u{e202}turn0search3"), "\u{e202}xxxx0xxxxxx0");
        assert_eq!(shape("](sarah)"), "](saxxx)");
    }

    proptest! {
        #[test]
        fn pieces_add_up_to_the_whole(
            text in "([a-c]|[\u{e200}-\u{e203}]|[\\[\\](), ]|turn0search1|sandbox:/mnt/data/|\\PC){0,40}",
            cut in 0usize..200,
        ) {
            let cut = text.char_indices().map(|(at, _)| at).nth(cut).unwrap_or(text.len());
            let mut shaper = Shaper::default();
            let pieces = shaper.piece(&text[..cut]) + &shaper.piece(&text[cut..]);
            prop_assert_eq!(&pieces, &shape(&text));
            prop_assert_eq!(pieces.chars().count(), text.chars().count());
            prop_assert_eq!(shape(&pieces), pieces);
        }
    }
}
