//! A layout as its folder has it: `site.json` says which files are the pages and where a browser
//! finds the rest. Pages are read at once, so that a switch of layouts is a single step.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The file that says what is where.
pub(super) const DESCRIPTION: &str = "site.json";

/// A layout.
pub(super) struct Site {
    pub(super) assets: Assets,
    /// The value of the header that names what a page is going to need.
    pub(super) link: String,
    pub(super) manifest: Manifest,
    /// Where files are.
    pub(super) files: PathBuf,
    pages: Vec<Page>,
}

/// Where a browser asks for files.
#[derive(Deserialize)]
pub(super) struct Assets {
    /// A host of their own; none if they are the main host's.
    pub(super) host: Option<String>,
    /// How their paths begin.
    pub(super) prefix: String,
}

/// What a browser asks to find further pages.
#[derive(Deserialize)]
pub(super) struct Manifest {
    pub(super) path: String,
    pub(super) version: String,
    /// A file in the folder, and once that is read, what is in it.
    #[serde(rename = "file")]
    pub(super) text: String,
}

/// A page, or the data of one. Its texts are files in the folder, and once they are read, what is
/// in them.
#[derive(Deserialize)]
pub(super) struct Page {
    /// May hold `{id}` in the place of a conversation's.
    path: String,
    pub(super) content_type: String,
    pub(super) signed_in: String,
    pub(super) signed_out: String,
}

#[derive(Deserialize)]
struct Description {
    assets: Assets,
    link: Vec<String>,
    manifest: Manifest,
    pages: Vec<Page>,
}

impl Site {
    /// What is in a folder.
    pub(super) fn read(folder: &Path) -> io::Result<Self> {
        let description = fs::read_to_string(folder.join(DESCRIPTION))?;
        let mut description: Description = serde_json::from_str(&description)?;
        let load = |name: &mut String| -> io::Result<()> {
            *name = fs::read_to_string(folder.join(&*name))?;
            Ok(())
        };
        load(&mut description.manifest.text)?;
        for page in &mut description.pages {
            load(&mut page.signed_in)?;
            load(&mut page.signed_out)?;
        }
        Ok(Self {
            assets: description.assets,
            link: description.link.join(", "),
            manifest: description.manifest,
            files: folder.join("assets"),
            pages: description.pages,
        })
    }

    /// The page at a path, and the conversation's id if the path holds one.
    pub(super) fn page<'a>(&self, path: &'a str) -> Option<(&Page, Option<&'a str>)> {
        self.pages.iter().find_map(|page| {
            let Some((before, after)) = page.path.split_once("{id}") else {
                return (page.path == path).then_some((page, None));
            };
            let id = path.strip_prefix(before)?.strip_suffix(after)?;
            is_id(id).then_some((page, Some(id)))
        })
    }
}

impl Page {
    /// Whether it is a whole document.
    pub(super) fn is_document(&self) -> bool {
        self.content_type.starts_with("text/html")
    }
}

fn is_id(text: &str) -> bool {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !text.is_empty() && text.bytes().all(is_known)
}
