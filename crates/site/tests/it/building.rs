//! What the build script does with the sources of the pages and with what Node makes of them.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use tempfile::TempDir;

use crate::packing::pack;
use crate::sources::{roots, stamp};

fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) {
    let file = folder.join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, content).unwrap();
}

fn sources() -> TempDir {
    let folder = TempDir::new().unwrap();
    for name in ["package.json", "src/chat/app.ts", "public/icon.svg"] {
        write(folder.path(), name, "one\ntwo\n");
    }
    folder
}

#[test]
fn the_stamp_changes_with_the_sources_and_with_nothing_else() {
    let ui = sources();
    let ui = ui.path();
    let first = stamp(ui).unwrap();
    assert_eq!(first.len(), 64);
    for name in [
        "dist/app.js",
        "node_modules/a/b.js",
        "e2e/a.ts",
        "fixtures/a.js",
        ".cache",
    ] {
        write(ui, name, "no source");
    }
    write(ui, "src/chat/app.ts", "one\r\ntwo\r\n");
    assert_eq!(stamp(ui).unwrap(), first);
    let mut stamps = vec![first];
    write(ui, "src/chat/app.ts", "other");
    stamps.push(stamp(ui).unwrap());
    fs::rename(ui.join("src/chat/app.ts"), ui.join("src/chat/b.ts")).unwrap();
    stamps.push(stamp(ui).unwrap());
    write(ui, "src/new.ts", "");
    stamps.push(stamp(ui).unwrap());
    fs::remove_file(ui.join("public/icon.svg")).unwrap();
    stamps.push(stamp(ui).unwrap());
    let count = stamps.len();
    stamps.sort_unstable();
    stamps.dedup();
    assert_eq!(stamps.len(), count);
}

#[test]
fn what_is_watched_is_what_the_pages_are_built_from() {
    let ui = sources();
    write(ui.path(), "node_modules/a.js", "");
    let roots = roots(ui.path()).unwrap();
    let names = roots.iter().map(|it| it.file_name().unwrap());
    let names: Vec<_> = names.map(|it| it.to_str().unwrap()).collect();
    assert_eq!(names, ["package.json", "public", "src"]);
}

#[test]
fn texts_are_packed_both_ways_and_nothing_of_an_earlier_build_stays() {
    let (dist, out) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (dist, out) = (dist.path(), out.path().join("ui"));
    let text = "let a = 1;\n".repeat(100);
    write(&out, "assets/old.js", "old");
    write(dist, "assets/app.js", &text);
    write(dist, "assets/app.js.map", &text);
    write(dist, "assets/font.woff2", &text);
    write(dist, "index.html", "short");
    pack(Some(dist), &out).unwrap();
    let mut names: Vec<_> = crate::sources::files(vec![out.clone()])
        .unwrap()
        .iter()
        .map(|it| it.strip_prefix(&out).unwrap().display().to_string())
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "assets/app.js",
            "assets/app.js.br",
            "assets/app.js.gz",
            "assets/font.woff2",
            "index.html",
        ]
    );
    let read = |name: &str| fs::read(out.join("assets").join(name)).unwrap();
    assert_eq!(read("app.js"), text.as_bytes());
    let mut opened = String::new();
    let packed = read("app.js.gz");
    assert!(packed.len() < text.len());
    flate2::read::GzDecoder::new(packed.as_slice())
        .read_to_string(&mut opened)
        .unwrap();
    assert_eq!(opened, text);
    opened.clear();
    let packed = read("app.js.br");
    assert!(packed.len() < text.len());
    brotli::Decompressor::new(packed.as_slice(), 4096)
        .read_to_string(&mut opened)
        .unwrap();
    assert_eq!(opened, text);
    pack(None, &out).unwrap();
    assert_eq!(fs::read_dir(&out).unwrap().count(), 0);
}
