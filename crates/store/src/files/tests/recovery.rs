//! What the start makes of what it finds: half-done things go, damaged ones stay.

use std::fs;

use super::{Place, listing};
use crate::DataFolder;
use crate::files::{FileRecord, FileStore, Order};

#[tokio::test]
async fn what_a_dead_process_left_half_done_is_cleared_away() {
    let place = Place::new();
    let stored = place.create("a", "whole").await;
    let before = place.names();
    let files = place.outer.path().join("files");
    for (name, contents) in [
        // In the middle of an upload, before its record, of its record, of a changed record.
        ("file-1.content.partial", "ha"),
        ("file-2.content", "whole"),
        ("file-3.json.partial", "{"),
        (&format!("{}.json.partial", stored.id), "{"),
    ] {
        fs::write(files.join(name), contents).unwrap();
    }
    let place = place.restart();
    assert_eq!(place.names(), before);
    assert_eq!(place.read("a", &stored.id).await.unwrap(), "whole");
}

#[tokio::test]
async fn a_damaged_record_is_reported_and_left_alone_with_its_contents() {
    let place = Place::new();
    let whole = place.create("a", "whole").await;
    let torn = place.create("a", "torn").await;
    let short = place.create("a", "short").await;
    let lost = place.create("a", "lost").await;
    let files = place.outer.path().join("files");
    let at =
        |record: &FileRecord, extension: &str| files.join(format!("{}.{extension}", record.id));
    fs::write(at(&torn, "json"), r#"{"id":"file-"#).unwrap();
    fs::write(at(&short, "content"), "sho").unwrap();
    fs::remove_file(at(&lost, "content")).unwrap();
    fs::copy(at(&whole, "json"), files.join("file-copy.json")).unwrap();
    let before = place.names();
    let Place {
        outer,
        chance,
        store,
    } = place;
    drop(store);
    let folder = DataFolder::open(outer.path()).unwrap();
    let (store, damaged) = FileStore::open(&folder, chance.clone()).unwrap();
    let mut said: Vec<String> = damaged
        .iter()
        .map(|it| {
            let name = it.path.file_name().unwrap().to_str().unwrap();
            format!("{name}: {}", it.reason)
        })
        .collect();
    said.sort();
    let mut expected = vec![
        format!(
            "{}.json: it is not what it should be at line 1, column 12",
            torn.id
        ),
        format!("{}.json: its contents have 3 bytes instead of 5", short.id),
        format!(
            "{}.json: its contents cannot be found: No such file or directory (os error 2)",
            lost.id
        ),
        "file-copy.json: its name is not the id in it".to_owned(),
    ];
    expected.sort();
    assert_eq!(said, expected);
    let place = Place {
        outer,
        chance,
        store,
    };
    assert_eq!(place.names(), before);
    assert_eq!(place.read("a", &whole.id).await.unwrap(), "whole");
    let listed = place
        .store
        .list("a", &listing(Order::Ascending), 0)
        .unwrap();
    assert_eq!(listed.files, [whole]);
}
