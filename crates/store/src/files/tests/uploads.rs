//! Which accounts of upstream have a file already.

use serde_json::Map;

use super::{Place, is_not_found};
use crate::StoreError;
use crate::files::UpstreamUpload;

fn upload(upstream_id: &str, uploaded_at: u64) -> UpstreamUpload {
    UpstreamUpload {
        upstream_id: upstream_id.to_owned(),
        uploaded_at,
        details: Map::from_iter([("width".to_owned(), 800.into())]),
    }
}

#[tokio::test]
async fn uploads_to_accounts_are_remembered_over_restarts_until_forgotten() {
    let place = Place::new();
    let stored = place.create("a", "x").await;
    let (one, two) = ([1; 16], [2; 16]);
    let remember = |account, it| place.store.remember_upload(&stored.id, account, it);
    let both = [
        remember(one, upload("file-up1", 5)),
        remember(two, upload("file-up2", 6)),
    ];
    for remembered in futures_util::future::join_all(both).await {
        remembered.unwrap();
    }
    let place = place.restart();
    let known = |account| place.store.known_upload(&stored.id, account);
    assert_eq!(known(one), Some(upload("file-up1", 5)));
    assert_eq!(known(two), Some(upload("file-up2", 6)));
    assert_eq!(known([3; 16]), None);
    place.store.forget_upload(&stored.id, one).await.unwrap();
    place.store.forget_upload(&stored.id, one).await.unwrap();
    assert_eq!(known(one), None);
    place.store.delete("a", &stored.id, 0).await.unwrap();
    assert_eq!(known(two), None);
    let late = place
        .store
        .remember_upload(&stored.id, two, upload("file-up3", 7));
    assert!(is_not_found(&late.await));
    assert_eq!(place.names(), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_remembered_of_uploads_is_bounded() {
    let place = Place::new();
    let stored = place.create("a", "x").await;
    for number in 0..=256_u16 {
        let mut account = [0; 16];
        account[..2].copy_from_slice(&number.to_be_bytes());
        let remembered =
            place
                .store
                .remember_upload(&stored.id, account, upload("U", number.into()));
        remembered.await.unwrap();
    }
    let mut second = [0; 16];
    second[1] = 1;
    assert_eq!(place.store.known_upload(&stored.id, [0; 16]), None);
    assert_eq!(
        place.store.known_upload(&stored.id, second),
        Some(upload("U", 1))
    );
    let mut large = upload("U", 1);
    large
        .details
        .insert("x".to_owned(), "x".repeat(4096).into());
    let refused = place.store.remember_upload(&stored.id, second, large).await;
    assert!(matches!(refused, Err(StoreError::TooLong(_))));
}
