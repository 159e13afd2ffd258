//! Any history of files, with restarts in between, looks like the simplest list of them would.

use bytes::Bytes;
use futures_util::stream;
use proptest::prelude::*;

use super::{FileStore, Listing, NewFile, Order};
use crate::{Chance, DataFolder};

const OWNERS: [&str; 3] = ["a", "b", "c"];
const PURPOSES: [&str; 2] = ["assistants", "user_data"];

#[derive(Debug, Clone)]
enum Step {
    Create {
        owner: usize,
        purpose: usize,
        created_at: u64,
        contents: Vec<u8>,
    },
    /// The file made as the nth, asked for by somebody.
    Delete {
        owner: usize,
        file: usize,
    },
    Restart,
}

/// A file as the model knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    id: String,
    owner: usize,
    purpose: usize,
    created_at: u64,
    contents: Vec<u8>,
}

fn step() -> impl Strategy<Value = Step> {
    let contents = proptest::collection::vec(any::<u8>(), 0..40);
    prop_oneof![
        6 => (0..OWNERS.len(), 0..PURPOSES.len(), 0..5_u64, contents).prop_map(
            |(owner, purpose, created_at, contents)| Step::Create {
                owner,
                purpose,
                created_at,
                contents,
            }
        ),
        3 => (0..OWNERS.len(), 0..12_usize).prop_map(|(owner, file)| Step::Delete { owner, file }),
        1 => Just(Step::Restart),
    ]
}

/// All ids of a list, read in pages of `size`.
fn all_pages(
    store: &FileStore,
    owner: &str,
    purpose: Option<&str>,
    order: Order,
    size: usize,
) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    loop {
        let after = ids.last().cloned();
        let listing = Listing {
            purpose,
            after: after.as_deref(),
            limit: size,
            order,
        };
        let page = store.list(owner, &listing, 0).unwrap();
        assert!(page.files.len() <= size);
        ids.extend(page.files.iter().map(|it| it.id.clone()));
        if !page.has_more {
            return ids;
        }
        assert_eq!(page.files.len(), size);
    }
}

/// Looks at everything that can be seen.
async fn check(store: &FileStore, known: &[Known], page_size: usize) {
    for (index, owner) in OWNERS.iter().enumerate() {
        for purpose in [None, Some(0), Some(1)] {
            let mut expected: Vec<&Known> = known
                .iter()
                .filter(|it| it.owner == index && purpose.is_none_or(|p| p == it.purpose))
                .collect();
            // Stable: files of the same second stay in the order they were made in.
            expected.sort_by_key(|it| it.created_at);
            let mut expected: Vec<&str> = expected.iter().map(|it| it.id.as_str()).collect();
            let purpose = purpose.map(|it| PURPOSES[it]);
            let listed = all_pages(store, owner, purpose, Order::Ascending, page_size);
            assert_eq!(listed, expected);
            expected.reverse();
            let listed = all_pages(store, owner, purpose, Order::Descending, page_size);
            assert_eq!(listed, expected);
        }
        for file in known {
            let is_theirs = store.get(owner, &file.id, 0).is_ok();
            assert_eq!(is_theirs, file.owner == index);
        }
    }
    for file in known {
        let opened = store.open_content(OWNERS[file.owner], &file.id, 0).await;
        let (_, mut content) = opened.unwrap();
        let mut bytes = Vec::new();
        tokio::io::AsyncReadExt::read_to_end(&mut content, &mut bytes)
            .await
            .unwrap();
        assert_eq!(bytes, file.contents);
    }
}

async fn play(steps: Vec<Step>, page_size: usize) {
    let outer = tempfile::tempdir().unwrap();
    let chance = Chance::counting();
    let open = || {
        let folder = DataFolder::open(outer.path()).unwrap();
        FileStore::open(&folder, chance.clone()).unwrap().0
    };
    let mut store = open();
    let mut known: Vec<Known> = Vec::new();
    for step in steps {
        match step {
            Step::Create {
                owner,
                purpose,
                created_at,
                contents,
            } => {
                let new = NewFile {
                    owner: OWNERS[owner].to_owned(),
                    name: String::new(),
                    purpose: PURPOSES[purpose].to_owned(),
                    mime: String::new(),
                    created_at,
                    expires_at: None,
                };
                let pieces: Vec<Result<Bytes, ()>> = contents
                    .chunks(7)
                    .map(|it| Ok(Bytes::copy_from_slice(it)))
                    .collect();
                let record = store.create(new, stream::iter(pieces), 64).await.unwrap();
                known.push(Known {
                    id: record.id.clone(),
                    owner,
                    purpose,
                    created_at,
                    contents,
                });
            }
            Step::Delete { owner, file } => {
                let Some(there) = known.get(file).cloned() else {
                    continue;
                };
                let deleted = store.delete(OWNERS[owner], &there.id, 0).await;
                assert_eq!(deleted.is_ok(), owner == there.owner);
                if deleted.is_ok() {
                    known.remove(file);
                }
            }
            Step::Restart => {
                drop(store);
                store = open();
            }
        }
    }
    check(&store, &known, page_size).await;
    drop(store);
    check(&open(), &known, page_size).await;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_history_looks_like_the_list_of_what_was_made_and_not_deleted(
        steps in proptest::collection::vec(step(), 0..24),
        page_size in 1..6_usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(play(steps, page_size));
    }
}
