//! No secret is readable where the database is kept: neither in a file of the folder nor in a
//! row of a server.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use store::records::{
    AccountId, AccountPatch, FreshCredential, KeptConversation, NewAccount, NewChat, NewItem,
    NewKey, NewResponse, NewTokens,
};
use store::{DataFolder, Database, RotationSpool, SpooledRotation};

use crate::accounts::account;
use crate::database::{Backend, NOW};

/// In every secret that is written.
const CANARY: &str = "canary-4711";

fn secret(name: &str) -> secrecy::SecretString {
    format!("{CANARY}-{name}").into()
}

/// Writes one secret of each kind.
async fn write_all(backend: &Backend) -> Database {
    let database = backend.open().await;
    let tokens = NewTokens {
        access: Some(secret("access")),
        refresh: Some(secret("refresh")),
        ..NewTokens::default()
    };
    let entry = NewAccount {
        tokens,
        ..account(1)
    };
    let imported = database.import_accounts(vec![entry], NOW).await.unwrap();
    let id = imported[0].id;
    let patch = AccountPatch {
        egress: Some(Some(secret("egress"))),
        facts: Some((None, secret("profile"), NOW)),
        ..AccountPatch::default()
    };
    database.change_account(id, patch).await.unwrap();
    database.bind_seed(&secret("seed"), id, NOW).await.unwrap();
    let key = NewKey {
        name: "key".into(),
        secret: &secret("key"),
        hint: "7-key".into(),
        policy: "{}".into(),
        expires_at: None,
    };
    database.create_key(key, NOW).await.unwrap();
    let session = secret("session");
    let created = database.create_session(&session, "admin", NOW, NOW + 60);
    created.await.unwrap();
    let (cookie, shown) = (secret("cookie"), secret("credential"));
    let created = database.create_web_session(&cookie, &shown, NOW, NOW + 60);
    created.await.unwrap();
    let set = database.set_override("A", &secret("override"), NOW).await;
    set.unwrap();
    keep_response(&database).await;
    spool(backend, &database, id).await;
    // Sealed anew, so that earlier versions of the rows are about as well.
    database.rotate_data_key(NOW).await.unwrap();
    database.rotate_master_key(None).await.unwrap();
    database
}

async fn keep_response(database: &Database) {
    let item = |name: &str| NewItem {
        id: "item".into(),
        is_output: true,
        json: secret(name),
    };
    let talk = KeptConversation {
        id: "conversation".into(),
        metadata: secret("metadata"),
        created_at: NOW,
    };
    let kept = database.keep_conversation("owner", talk, vec![item("said")]);
    kept.await.unwrap();
    let chat = NewChat {
        id: "chat".into(),
        owner: "owner".into(),
        title: Some(secret("title")),
        model: None,
        created_at: NOW,
    };
    let shown = format!("{chat:?}");
    assert!(!shown.contains(CANARY), "{shown}");
    database.create_chat(chat).await.unwrap();
    let response = NewResponse {
        id: "response".into(),
        owner: "owner".into(),
        previous_id: None,
        conversation_id: Some("conversation".into()),
        chat: None,
        status: "completed".into(),
        node: None,
        was_begun: false,
        body: secret("response"),
        events: Some(secret("events")),
        items: vec![item("item")],
        appended: vec![item("appended")],
        created_at: NOW,
    };
    let shown = format!("{response:?}");
    assert!(!shown.contains(CANARY), "{shown}");
    database.keep_response(response).await.unwrap();
}

async fn spool(backend: &Backend, database: &Database, account: AccountId) {
    let folder = DataFolder::open(&backend.folder().join("data")).unwrap();
    let spool = RotationSpool::open(&folder).unwrap();
    let rotation = SpooledRotation {
        account,
        replaced: vec![1, 2, 3],
        fresh: FreshCredential {
            access: secret("rotated-access"),
            access_expires_at: None,
            refresh: Some(secret("rotated-refresh")),
            client: None,
        },
        at: NOW,
    };
    let shown = format!("{rotation:?} {database:?}");
    assert!(!shown.contains(CANARY), "{shown}");
    spool.write(database, rotation).await.unwrap();
}

/// The files of a folder and of those inside that hold a text, and how many files there are.
fn files_with(folder: &Path, text: &str) -> (Vec<String>, usize) {
    let mut found = Vec::new();
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let (inner, number) = files_with(&path, text);
            found.extend(inner);
            count += number;
            continue;
        }
        count += 1;
        let content = fs::read(&path).unwrap();
        if content.windows(text.len()).any(|it| it == text.as_bytes()) {
            found.push(path.display().to_string());
        }
    }
    (found, count)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_file_of_the_folder_holds_a_secret() {
    let backend = Backend::sqlite();
    let database = write_all(&backend).await;
    let path = backend.folder().join("copy.db");
    database.backup_to(&path).await.unwrap();
    // The database, its log and its index, the copy, the key, the lock, the spool.
    let (found, count) = files_with(backend.folder(), CANARY);
    assert_eq!((found, count), (Vec::new(), 7));
    database.close().await;
    let (found, count) = files_with(backend.folder(), CANARY);
    assert_eq!((found, count), (Vec::new(), 5));
    // What is not secret is found in this way.
    let (found, _) = files_with(backend.folder(), "account-1");
    assert_eq!(found.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_row_of_a_server_holds_a_secret() {
    let backend = Backend::postgres().await;
    write_all(&backend).await.close().await;
    let url = backend.url();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT table_name::text FROM information_schema.tables \
             WHERE table_schema = 'public'",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    // Bytes are shown as hexadecimal.
    let canary = CANARY.bytes().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    });
    let mut rows_seen = 0;
    for table in &tables {
        let rows = AssertSqlSafe(format!("SELECT {table}::text FROM {table}"));
        let rows: Vec<String> = sqlx::query_scalar(rows)
            .fetch_all(&mut connection)
            .await
            .unwrap();
        rows_seen += rows.len();
        for row in rows {
            assert!(!row.contains(CANARY) && !row.contains(&canary), "{table}");
        }
    }
    assert!(tables.len() > 15 && rows_seen > 10);
    let (found, _) = files_with(backend.folder(), CANARY);
    assert_eq!(found, Vec::<String>::new());
}
