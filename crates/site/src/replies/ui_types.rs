//! The replies as TypeScript, for the pages; checked against the file that they use.
//!
//! When they differ, the test leaves the right text in `target/ui-types`, to be copied over it.

use std::fs;
use std::path::Path;

use ts_rs::{Config, TS};

use super::{Chat, ChatPage, KeptTurn, OpenedChat, Session};

const FILE: &str = "ui/src/lib/api/site-replies.ts";

const RIGHT: &str = "target/ui-types/site-replies.ts";

const HEAD: &str = "// What `/api/*` answers. Written from crates/site/src/replies.rs: change that, and write this \
     anew as\n// crates/site/src/replies/ui_types.rs says.\n";

fn written() -> String {
    let config = Config::new().with_large_int("number");
    let declared = [
        Session::decl(&config),
        Chat::decl(&config),
        ChatPage::decl(&config),
        KeptTurn::decl(&config),
        OpenedChat::decl(&config),
    ];
    let declared = declared.map(|it| format!("\nexport {it}\n"));
    HEAD.to_owned() + &declared.concat()
}

#[test]
fn the_pages_know_the_replies_as_they_are() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let written = written();
    let checked_in = fs::read_to_string(project.join(FILE)).unwrap_or_default();
    if checked_in.replace('\r', "") == written {
        return;
    }
    let right = project.join(RIGHT);
    fs::create_dir_all(right.parent().unwrap()).unwrap();
    fs::write(right, written).unwrap();
    panic!("{FILE} is not what the replies are: cp {RIGHT} {FILE}");
}
