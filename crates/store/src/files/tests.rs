//! What a file goes through: made, found, listed, expired, deleted, and after a restart.

use std::convert::Infallible;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use futures_util::{FutureExt, StreamExt};
use tempfile::TempDir;
use tokio::io::AsyncReadExt;

use super::{FileRecord, FileStore, Listing, NewFile, Order, ReceiveError};
use crate::{Chance, DataFolder, StoreError};

mod recovery;

/// A store in a folder of its own, which can be started again.
struct Place {
    outer: TempDir,
    chance: Chance,
    store: FileStore,
}

impl Place {
    fn new() -> Self {
        let outer = tempfile::tempdir().unwrap();
        let chance = Chance::counting();
        let store = open(&outer, &chance);
        Self {
            outer,
            chance,
            store,
        }
    }

    fn restart(self) -> Self {
        let Self {
            outer,
            chance,
            store,
        } = self;
        drop(store);
        let store = open(&outer, &chance);
        Self {
            outer,
            chance,
            store,
        }
    }

    async fn create(&self, owner: &str, contents: &'static str) -> Arc<FileRecord> {
        let new = new(owner, "user_data", 100);
        self.store.create(new, pieces(contents), 99).await.unwrap()
    }

    async fn read(&self, owner: &str, id: &str) -> Result<String, StoreError> {
        let (record, mut file) = self.store.open_content(owner, id, 0).await?;
        let mut text = String::new();
        file.read_to_string(&mut text).await.unwrap();
        assert_eq!(record.bytes, text.len() as u64);
        Ok(text)
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.outer.path().join("files")).unwrap();
        let names = entries.map(|it| it.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }
}

fn open(outer: &TempDir, chance: &Chance) -> FileStore {
    let folder = DataFolder::open(outer.path()).unwrap();
    let (store, damaged) = FileStore::open(&folder, chance.clone()).unwrap();
    assert_eq!(damaged, []);
    store
}

fn new(owner: &str, purpose: &str, created_at: u64) -> NewFile {
    NewFile {
        owner: owner.to_owned(),
        name: "notes.txt".to_owned(),
        purpose: purpose.to_owned(),
        mime: "text/plain".to_owned(),
        created_at,
        expires_at: None,
    }
}

/// The text a few bytes at a time.
fn pieces(text: &'static str) -> impl futures_util::Stream<Item = Result<Bytes, Infallible>> {
    stream::iter(text.as_bytes().chunks(3)).map(|it| Ok(Bytes::from_static(it)))
}

fn listing(order: Order) -> Listing<'static> {
    Listing {
        purpose: None,
        after: None,
        limit: 100,
        order,
    }
}

fn is_not_found<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::NotFound))
}

#[tokio::test]
async fn a_file_comes_back_as_it_was_stored_also_after_a_restart() {
    let place = Place::new();
    let stored = place.create("a", "some words").await;
    let characters = stored.id.strip_prefix("file-").unwrap();
    assert!(characters.len() == 24 && characters.bytes().all(|it| it.is_ascii_alphanumeric()));
    assert_eq!(
        stored.sha256,
        "050777a35dcd48838062824126e60a0780dc322c5b1f84c3a32636cc7466b1b6"
    );
    let place = place.restart();
    assert_eq!(place.store.get("a", &stored.id, 0).unwrap(), stored);
    assert_eq!(place.read("a", &stored.id).await.unwrap(), "some words");
    for name in place.names() {
        let path = place.outer.path().join("files").join(name);
        let mode = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[tokio::test]
async fn an_empty_file_is_a_file() {
    let place = Place::new();
    let stored = place.create("a", "").await;
    assert_eq!(place.read("a", &stored.id).await.unwrap(), "");
}

#[tokio::test]
async fn what_is_too_long_or_breaks_off_leaves_nothing() {
    let place = Place::new();
    let stored = place.store.create(new("a", "p", 1), pieces("12345"), 5);
    assert_eq!(stored.await.unwrap().bytes, 5);
    let before = place.names();
    let refused = place.store.create(new("a", "p", 1), pieces("123456"), 5);
    let refused = refused.await.unwrap_err();
    assert!(matches!(refused, ReceiveError::TooLarge { limit: 5 }));
    let broken = pieces("123")
        .map(|it| it.map_err(|_| ""))
        .chain(stream::iter([Err("broken")]));
    let broken = place.store.create(new("a", "p", 1), broken, 99).await;
    assert!(matches!(broken, Err(ReceiveError::Stream("broken"))));
    assert_eq!(place.names(), before);
}

#[tokio::test]
async fn an_upload_nobody_waits_for_any_more_leaves_nothing() {
    let place = Place::new();
    let endless = pieces("12345").chain(stream::pending());
    let mut upload = Box::pin(place.store.receive(endless, 99));
    // Until the first pieces are written.
    while place.names().is_empty() {
        assert!((&mut upload).now_or_never().is_none());
        tokio::task::yield_now().await;
    }
    drop(upload);
    // The thread that made the file may just be about to hand it over.
    let gone = async {
        while !place.names().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone)
        .await
        .expect("the upload is still there");
    let received = place.store.receive(pieces("12345"), 99).await.unwrap();
    assert_eq!((received.bytes(), place.names().len()), (5, 1));
    drop(received);
    assert_eq!(place.names(), Vec::<String>::new());
}

#[tokio::test]
async fn another_owners_file_looks_like_one_that_does_not_exist() {
    let place = Place::new();
    let stored = place.create("a", "secret").await;
    for (owner, id) in [
        ("b", stored.id.as_str()),
        ("a", "file-none"),
        ("a", "../lock"),
    ] {
        assert!(is_not_found(&place.store.get(owner, id, 0)));
        assert!(is_not_found(&place.store.open_content(owner, id, 0).await));
        assert!(is_not_found(&place.store.delete(owner, id, 0).await));
        let mut after = listing(Order::Ascending);
        after.after = Some(id);
        assert!(is_not_found(&place.store.list(owner, &after, 0)));
    }
    assert_eq!(place.read("a", &stored.id).await.unwrap(), "secret");
    let all = place.store.list("b", &listing(Order::Ascending), 0);
    assert!(all.unwrap().files.is_empty());
}

#[tokio::test]
async fn a_deleted_file_is_gone_for_good_but_whoever_reads_it_reads_on() {
    let place = Place::new();
    let stored = place.create("a", "some words").await;
    let (_, mut reading) = place.store.open_content("a", &stored.id, 0).await.unwrap();
    place.store.delete("a", &stored.id, 0).await.unwrap();
    assert_eq!(place.names(), Vec::<String>::new());
    assert!(is_not_found(&place.store.delete("a", &stored.id, 0).await));
    let mut text = String::new();
    reading.read_to_string(&mut text).await.unwrap();
    assert_eq!(text, "some words");
    let place = place.restart();
    assert!(is_not_found(&place.store.get("a", &stored.id, 0)));
}

#[tokio::test]
async fn an_expired_file_is_gone_at_once_and_cleared_away_later() {
    let place = Place::new();
    let mut expiring = new("a", "p", 100);
    expiring.expires_at = Some(200);
    let stored = place.store.create(expiring, pieces("x"), 9).await.unwrap();
    let kept = place.create("a", "y").await;
    assert!(place.store.get("a", &stored.id, 199).is_ok());
    assert!(is_not_found(&place.store.get("a", &stored.id, 200)));
    assert!(is_not_found(
        &place.store.open_content("a", &stored.id, 200).await
    ));
    let listed = place.store.list("a", &listing(Order::Ascending), 200);
    assert_eq!(listed.unwrap().files, [Arc::clone(&kept)]);
    assert_eq!(place.store.delete_expired(199, 9).await.unwrap(), 0);
    assert_eq!(place.store.delete_expired(200, 9).await.unwrap(), 1);
    assert_eq!(place.names().len(), 2);
    assert_eq!(place.read("a", &kept.id).await.unwrap(), "y");
}

#[tokio::test]
async fn many_uploads_at_once_become_as_many_files() {
    let place = Place::new();
    let uploads = (0..40).map(|index| {
        let owner = ["a", "b"][index % 2];
        place.create(owner, "some words")
    });
    let stored = futures_util::future::join_all(uploads).await;
    let place = place.restart();
    for owner in ["a", "b"] {
        let listed = place.store.list(owner, &listing(Order::Descending), 0);
        assert_eq!(listed.unwrap().files.len(), 20);
    }
    for record in stored {
        assert_eq!(
            place.read(&record.owner, &record.id).await.unwrap(),
            "some words"
        );
    }
}

#[tokio::test]
async fn a_full_store_refuses_files_before_they_are_sent() {
    let outer = tempfile::tempdir().unwrap();
    let folder = DataFolder::open(outer.path()).unwrap();
    let (store, _) = FileStore::open_with_limit(&folder, Chance::counting(), 1).unwrap();
    let first = store.receive(pieces("x"), 9).await.unwrap();
    let second = store.receive(pieces("y"), 9).await.unwrap();
    let first = store.keep(first, new("a", "p", 1)).await.unwrap();
    let refused = store.keep(second, new("b", "p", 1)).await;
    assert!(matches!(refused, Err(StoreError::TooMany(1))));
    let unread = stream::poll_fn(|_| -> std::task::Poll<Option<Result<Bytes, Infallible>>> {
        panic!("it was read")
    });
    let refused = store.receive(unread, 9).await;
    assert!(matches!(
        refused,
        Err(ReceiveError::Store(StoreError::TooMany(1)))
    ));
    store.delete("a", &first.id, 0).await.unwrap();
    store.receive(pieces("y"), 9).await.unwrap();
}

#[tokio::test]
async fn names_that_are_too_long_are_refused_by_what_they_are() {
    let place = Place::new();
    let mut long = new("a", "p", 1);
    long.name = "x".repeat(1025);
    let refused = place.store.create(long, pieces("x"), 9).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the file's name is too long to be kept"
    );
    assert_eq!(place.names(), Vec::<String>::new());
}
