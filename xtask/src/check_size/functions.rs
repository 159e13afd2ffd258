//! Finds the functions of a Rust file and how long each is, by counting braces
//! in text whose comments and literals are blanked. It is not a parser: it needs
//! source that compiles. Called by `check_size`.

use crate::rust_code::{code_only, is_name};

/// One function with a body.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Function {
    /// Its name.
    pub(crate) name: String,
    /// The 1-based line of its `fn`.
    pub(crate) line: usize,
    /// The lines from its `fn` to its closing brace, both included.
    pub(crate) lines: usize,
}

/// Returns the functions of `source` in order, nested ones too.
pub(crate) fn find(source: &str) -> Vec<Function> {
    let code: Vec<char> = code_only(source).chars().collect();
    let mut functions = Vec::new();
    for start in 0..code.len() {
        let Some(name) = name_at(&code, start) else {
            continue;
        };
        let Some(end) = body_end(&code, start) else {
            continue;
        };
        let line = 1 + line_ends(&code[..start]);
        functions.push(Function {
            name,
            line,
            lines: 1 + line_ends(&code[start..end]),
        });
    }
    functions
}

/// The function's name when the word `fn` starts here. A pointer type, `fn(u8)`,
/// has none.
fn name_at(code: &[char], start: usize) -> Option<String> {
    let opens_word = start == 0 || !is_name(code[start - 1]);
    if !opens_word || !code[start..].starts_with(&['f', 'n']) {
        return None;
    }
    let rest = &code[start + 2..];
    let space = rest.iter().take_while(|c| c.is_whitespace()).count();
    let name: String = rest[space..]
        .iter()
        .take_while(|c| is_name(**c) || **c == '#' || **c == '$')
        .collect();
    (space > 0 && !name.is_empty()).then_some(name)
}

/// The position of the body's closing brace; nothing for a declaration.
fn body_end(code: &[char], start: usize) -> Option<usize> {
    let mut inside = 0_usize;
    let mut braces = 0_usize;
    for (at, character) in code.iter().enumerate().skip(start) {
        match character {
            '(' | '[' => inside += 1,
            ')' | ']' => inside = inside.saturating_sub(1),
            ';' if inside == 0 && braces == 0 => return None,
            '{' => braces += 1,
            '}' => {
                braces = braces.saturating_sub(1);
                if braces == 0 && inside == 0 && !is_const_argument(code, at) {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether the brace that closes here belongs to a const argument in the
/// signature, as in `Foo<{ N + 1 }>`, and not to the body.
fn is_const_argument(code: &[char], at: usize) -> bool {
    code[at + 1..]
        .iter()
        .find(|character| !character.is_whitespace())
        .is_some_and(|next| matches!(next, '>' | ','))
}

fn line_ends(code: &[char]) -> usize {
    code.iter().filter(|character| **character == '\n').count()
}

#[cfg(test)]
mod tests {
    use super::{Function, find};

    fn function(name: &str, line: usize, lines: usize) -> Function {
        Function {
            name: name.to_owned(),
            line,
            lines,
        }
    }

    #[test]
    fn braces_in_literals_do_not_end_a_function() {
        let source =
            "fn a() {\n let _ = \"}\";\n let _ = '}'; // }\n let _ = r#\"\"}\"#;\n}\nfn b() {}\n";
        assert_eq!(find(source), [function("a", 1, 5), function("b", 6, 1)]);
    }

    #[test]
    fn declarations_and_pointer_types_have_no_body() {
        let source = "trait T {\n fn a(&self, x: [u8; 4]);\n}\ntype F = fn(u8) -> u8;\n";
        assert_eq!(find(source), []);
    }

    #[test]
    fn nested_functions_are_counted_on_their_own() {
        let source = "fn a() {\n fn b() {\n }\n}\n";
        assert_eq!(find(source), [function("a", 1, 4), function("b", 2, 2)]);
    }

    #[test]
    fn signatures_may_hold_braces_and_semicolons() {
        let source = "fn a(x: [u8; { 1 + 1 }], y: Foo<{ N }>)\nwhere\n T: U,\n{\n}\n";
        assert_eq!(find(source), [function("a", 1, 5)]);
    }
}
