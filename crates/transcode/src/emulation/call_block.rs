//! What stands in one block of a call while it arrives, and where the block ends.

use super::grammar;
use super::json_text::JsonScan;

/// A block behind its opening.
#[derive(Debug)]
pub(super) struct CallBlock {
    body: String,
    /// Where its last line begins.
    line: usize,
    scan: JsonScan,
}

impl CallBlock {
    pub(super) fn new() -> Self {
        Self {
            body: String::new(),
            line: 0,
            scan: JsonScan::new(0),
        }
    }

    /// All of it so far; without what closes it, once it is closed.
    pub(super) fn body(&self) -> &str {
        &self.body
    }

    /// Takes more text; returns what stands behind the block, once it is closed.
    pub(super) fn push<'a>(&mut self, mut text: &'a str) -> Option<&'a str> {
        while let Some((line, rest)) = text.split_once('\n') {
            self.body.push_str(line);
            self.body.push('\n');
            if self.close() {
                return Some(rest);
            }
            self.line = self.body.len();
            text = rest;
        }
        self.body.push_str(text);
        None
    }

    /// Whether the block is whole, once no more text comes. What only lacks its closing line is:
    /// nothing of the call is missing.
    pub(super) fn finish(&mut self) -> bool {
        if self.close() {
            return true;
        }
        let end = self.object_end();
        end.is_some_and(|end| self.body[end..].trim_matches(grammar::BLANK).is_empty())
    }

    /// Takes the closing away if the last line is one, or ends with one right after the object.
    fn close(&mut self) -> bool {
        let end = if grammar::is_closing(&self.body[self.line..]) {
            Some(self.line)
        } else {
            let end = self.object_end();
            end.filter(|end| grammar::is_closing(&self.body[*end..]))
        };
        if let Some(end) = end {
            self.body.truncate(end);
        }
        end.is_some()
    }

    fn object_end(&mut self) -> Option<usize> {
        self.scan.advance(&self.body);
        self.scan.end()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::CallBlock;

    #[rstest]
    #[case::ordinary("{}\n```\nrest", "{}\n", "rest")]
    #[case::windows("{}\r\n```\r\nrest", "{}\r\n", "rest")]
    #[case::on_the_same_line("{}```  \nrest", "{}", "rest")]
    #[case::more_backticks("{\"a\":\n1}\n`````\n\n", "{\"a\":\n1}\n", "\n")]
    #[case::backticks_in_a_string("{\"a\":\"\\n```\"}\n```\n", "{\"a\":\"\\n```\"}\n", "")]
    #[case::broken("{\"a\":\"\n```\nrest", "{\"a\":\"\n", "rest")]
    #[case::empty("```\nrest", "", "rest")]
    fn a_block_ends_with_its_closing(#[case] text: &str, #[case] body: &str, #[case] rest: &str) {
        for cut in (0..text.len()).filter(|cut| text.is_char_boundary(*cut)) {
            let mut block = CallBlock::new();
            let (first, second) = text.split_at(cut);
            match block.push(first) {
                Some(early) => assert_eq!(format!("{early}{second}"), rest),
                None => assert_eq!(block.push(second), Some(rest)),
            }
            assert_eq!(block.body(), body);
        }
    }

    #[rstest]
    #[case("{}", true)]
    #[case("{}\n\n", true)]
    #[case("{}\n```", true)]
    #[case("{} `", false)]
    #[case("{\"a\":", false)]
    #[case("", false)]
    fn a_block_that_only_lacks_its_closing_is_whole(#[case] text: &str, #[case] is_whole: bool) {
        let mut block = CallBlock::new();
        assert_eq!(block.push(text), None);
        assert_eq!(block.finish(), is_whole);
    }
}
