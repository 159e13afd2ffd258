//! Accounts: imported once, changed, cleared and brought back.

use store::records::{AccountPatch, Claim, Identified, NewAccount, NewTokens, Outcome};
use uuid::Uuid;

use crate::database::{Backend, NOW, on_both};

on_both!(
    a_list_changes_nothing_the_second_time,
    what_was_cleared_comes_back_with_its_tokens,
    only_what_is_named_is_changed,
    what_was_cleared_goes_for_ever_when_its_time_is_over,
    an_account_that_turns_out_to_be_known_becomes_that_one,
    a_token_that_is_worth_nothing_is_forgotten,
);

pub(crate) fn account(number: u8) -> NewAccount {
    NewAccount {
        identity: [number; 16],
        label: format!("account-{number}"),
        source: "import".into(),
        device_id: Uuid::from_u128(number.into()),
        workspace: None,
        base_url: None,
        plan: Some("plus".into()),
        tokens: NewTokens {
            access: Some(format!("access-{number}").into()),
            access_expires_at: Some(NOW + 1000),
            refresh: Some(format!("refresh-{number}").into()),
            refresh_client: Some("codex".into()),
        },
    }
}

async fn a_list_changes_nothing_the_second_time(backend: &Backend) {
    let database = backend.open().await;
    let list = || (1..=3).map(account).collect::<Vec<_>>();
    let outcomes =
        |it: Vec<store::records::Imported>| it.into_iter().map(|it| it.outcome).collect::<Vec<_>>();
    let first = database.import_accounts(list(), NOW).await.unwrap();
    assert_eq!(outcomes(first), [Outcome::Added; 3]);
    let before = database.revisions().await.unwrap();
    let second = database.import_accounts(list(), NOW).await.unwrap();
    assert_eq!(outcomes(second), [Outcome::Unchanged; 3]);
    assert_ne!(before, []);
    let labels: Vec<_> = database.accounts().await.unwrap();
    let labels: Vec<_> = labels
        .iter()
        .map(|it| (it.label.as_str(), it.position))
        .collect();
    assert_eq!(
        labels,
        [("account-1", 1), ("account-2", 2), ("account-3", 3)]
    );
    database.close().await;
}

async fn what_was_cleared_comes_back_with_its_tokens(backend: &Backend) {
    use secrecy::ExposeSecret;
    let database = backend.open().await;
    let imported = database
        .import_accounts(vec![account(1)], NOW)
        .await
        .unwrap();
    let cleared = database.clear_accounts(NOW).await.unwrap();
    assert_eq!(cleared.count, 1);
    assert!(database.accounts().await.unwrap().is_empty());
    let patch = AccountPatch::default();
    assert!(
        database
            .change_account(imported[0].id, patch)
            .await
            .is_err()
    );
    assert_eq!(database.undo_clearing(&cleared.id).await.unwrap(), 1);
    let back = database.accounts().await.unwrap();
    let access = back[0].tokens.access.as_ref().unwrap();
    assert_eq!(access.expose_secret(), "access-1");
    database.close().await;
}

async fn only_what_is_named_is_changed(backend: &Backend) {
    let database = backend.open().await;
    let list = vec![account(1), account(2)];
    let id = database.import_accounts(list, NOW).await.unwrap()[0].id;
    let patch = AccountPatch {
        label: Some("renamed".into()),
        max_in_use: Some(Some(3)),
        egress: Some(Some("socks5://proxy".into())),
        facts: Some((Some("pro".into()), "{}".into(), NOW + 5)),
        ..AccountPatch::default()
    };
    database.change_account(id, patch).await.unwrap();
    let patch = AccountPatch {
        is_disabled: Some(true),
        device_id: Some(Uuid::from_u128(99)),
        ..AccountPatch::default()
    };
    database.change_account(id, patch).await.unwrap();
    let stored = database.accounts().await.unwrap();
    let it = &stored[0];
    assert_eq!((it.label.as_str(), it.is_disabled), ("renamed", true));
    assert_eq!(it.max_in_use, Some(3));
    assert_eq!(it.device_id, Uuid::from_u128(99));
    assert_eq!(it.plan.as_deref(), Some("pro"));
    assert_eq!(it.checked_at, Some(NOW + 5));
    assert!(it.egress.is_some() && it.profile.is_some());
    assert_eq!(stored[1].label, "account-2");
    // Back to what holds in general.
    let patch = AccountPatch {
        max_in_use: Some(None),
        egress: Some(None),
        ..AccountPatch::default()
    };
    database.change_account(id, patch).await.unwrap();
    let it = &database.accounts().await.unwrap()[0];
    assert!(it.max_in_use.is_none() && it.egress.is_none());
    assert!(it.profile.is_some() && it.is_disabled);
}

async fn what_was_cleared_goes_for_ever_when_its_time_is_over(backend: &Backend) {
    let database = backend.open().await;
    let list = vec![account(1), account(2)];
    let id = database.import_accounts(list, NOW).await.unwrap()[0].id;
    database.bind_seed(&"word".into(), id, NOW).await.unwrap();
    let first = database.clear_accounts(NOW).await.unwrap();
    database
        .import_accounts(vec![account(3)], NOW)
        .await
        .unwrap();
    let second = database.clear_accounts(NOW + 10).await.unwrap();
    assert_eq!((first.count, second.count), (2, 1));
    assert_eq!(database.purge_cleared(NOW + 10).await, Ok(2));
    assert_eq!(database.undo_clearing(&first.id).await, Ok(0));
    assert_eq!(database.undo_clearing(&second.id).await, Ok(1));
    // Whoever has a seed keeps it, for another account.
    assert_eq!(database.seeds().await.unwrap().len(), 1);
    // The rest of what belonged to them went with them.
    let whose = database.account_of_refresh(&"refresh-1".into()).await;
    assert_eq!(whose, Ok(None));
    let again = database.import_accounts(vec![account(1)], NOW).await;
    assert_eq!(again.unwrap()[0].outcome, Outcome::Added);
}

async fn an_account_that_turns_out_to_be_known_becomes_that_one(backend: &Backend) {
    use secrecy::ExposeSecret;
    let database = backend.open().await;
    let newcomer = |number: u8, refresh: Option<&str>| NewAccount {
        identity: [100 + number; 16],
        tokens: NewTokens {
            access: Some(format!("newer-{number}").into()),
            access_expires_at: Some(NOW + 2000),
            refresh: refresh.map(Into::into),
            refresh_client: refresh.map(|_| "web".into()),
        },
        ..account(number)
    };
    let list = vec![
        account(1),
        account(2),
        newcomer(1, Some("newer-refresh")),
        newcomer(2, None),
        newcomer(3, None),
    ];
    let imported = database.import_accounts(list, NOW).await.unwrap();
    let ids: Vec<_> = imported.iter().map(|it| it.id).collect();
    let bound = database.bind_seed(&"word".into(), ids[2], NOW).await;
    bound.unwrap();
    for (newcomer, known) in [(2, 0), (3, 1)] {
        let identity = account(u8::try_from(known).unwrap() + 1).identity;
        let identified = database.identify_account(ids[newcomer], identity).await;
        assert_eq!(identified, Ok(Identified::MergedInto(ids[known])));
    }
    let alone = database.identify_account(ids[4], [3; 16]).await;
    assert_eq!(alone, Ok(Identified::Alone));
    let stored = database.accounts().await.unwrap();
    let left: Vec<_> = stored.iter().map(|it| it.id).collect();
    assert_eq!(left, [ids[0], ids[1], ids[4]]);
    for (it, number) in stored.iter().zip(1..) {
        let access = it.tokens.access.as_ref().unwrap();
        assert_eq!(access.expose_secret(), format!("newer-{number}"));
        assert_eq!(it.identity, [number; 16]);
    }
    // A newcomer without a RefreshToken takes none away.
    let seed = database.seed(&"word".into()).await.unwrap().unwrap();
    assert_eq!(seed.account, ids[0]);
    for (at, token, client) in [(0, "newer-refresh", "web"), (1, "refresh-2", "codex")] {
        let claim = database.claim_refresh(ids[at], "a", 1, 0).await;
        let Ok(Claim::Won(claimed)) = claim else {
            unreachable!("nobody else claims it");
        };
        assert_eq!(claimed.refresh.expose_secret(), token);
        assert_eq!(claimed.client.as_deref(), Some(client));
    }
    let whose = database.account_of_refresh(&"refresh-1".into()).await;
    assert_eq!(whose, Ok(Some(ids[0])));
}

async fn a_token_that_is_worth_nothing_is_forgotten(backend: &Backend) {
    let database = backend.open().await;
    let list = vec![account(1), account(2)];
    let id = database.import_accounts(list, NOW).await.unwrap()[0].id;
    // Newer tokens have come meanwhile: they are not what is worth nothing.
    assert_eq!(database.drop_access(id, -1).await, Ok(false));
    let before = database.accounts().await.unwrap();
    assert!(before[0].tokens.access.is_some());
    assert_eq!(database.drop_access(id, 0).await, Ok(true));
    let stored = database.accounts().await.unwrap();
    let tokens = &stored[0].tokens;
    assert!(tokens.access.is_none() && tokens.access_expires_at.is_none());
    assert!(tokens.can_refresh && !tokens.is_locked);
    assert!(stored[1].tokens.access.is_some());
}
