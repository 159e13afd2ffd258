//! The data keys in the database: read at the start, made in a new one, and made anew.
//!
//! Key 0 is for digests, and stays; the highest seals, and the others open.

use std::collections::BTreeMap;

use super::Place;
use super::master_key::MasterKey;
use super::seal::{self, Key, KeyId};
use crate::chance::Chance;
use crate::database::Pools;
use crate::database_error::DatabaseError;

pub(super) const DIGEST_KEY: KeyId = 0;
const FIRST_KEY: KeyId = 1;

/// The id under which the master key seals.
const MASTER: KeyId = 0;

const COLUMN: &str = "data_key.sealed";
const SELECT: &str = "SELECT id, sealed FROM data_key ORDER BY id";
pub(super) const INSERT: &str = "INSERT INTO data_key (id, sealed, created_at) \
     VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING";
const INSERT_FIRST: &str = "INSERT INTO data_key (id, sealed, created_at) \
     VALUES ($1, $2, $3), ($4, $5, $3) ON CONFLICT (id) DO NOTHING";

type Opened = (Key, BTreeMap<KeyId, Key>, MasterKey);
pub(super) type Row = (i64, Vec<u8>);

pub(super) async fn open(
    pools: &Pools,
    master: MasterKey,
    chance: &Chance,
    now: i64,
) -> Result<Opened, DatabaseError> {
    let mut rows = read(pools).await?;
    if rows.is_empty() {
        let key = master.first(chance)?;
        let wrapped = |id| wrap(&key, id, &fresh(chance)?, chance);
        insert_first(pools, wrapped(DIGEST_KEY)?, wrapped(FIRST_KEY)?, now).await?;
        // Another process may have been quicker: what is in the database counts.
        rows = read(pools).await?;
    }
    let (mut keys, key) = open_rows(&rows, &master)?;
    master.settle(&key)?;
    let digest_key = keys
        .remove(&DIGEST_KEY)
        .ok_or(DatabaseError::BadRecord("data_key"))?;
    Ok((digest_key, keys, master))
}

/// All data keys, with the master key that opened them.
fn open_rows(
    rows: &[Row],
    master: &MasterKey,
) -> Result<(BTreeMap<KeyId, Key>, Key), DatabaseError> {
    let candidates = master.candidates()?;
    if candidates.is_empty() {
        return Err(master.missing());
    }
    for candidate in candidates {
        let opened: Option<BTreeMap<_, _>> =
            rows.iter().map(|row| unwrap(&candidate, row)).collect();
        if let Some(keys) = opened {
            return Ok((keys, candidate));
        }
    }
    Err(DatabaseError::WrongMasterKey)
}

/// The data keys that seal and open, read again.
pub(super) async fn reread(
    pools: &Pools,
    master: &MasterKey,
) -> Result<BTreeMap<KeyId, Key>, DatabaseError> {
    let (mut keys, _) = open_rows(&read(pools).await?, master)?;
    keys.remove(&DIGEST_KEY);
    Ok(keys)
}

pub(super) fn fresh(chance: &Chance) -> Result<Key, DatabaseError> {
    let bytes = chance.bytes();
    bytes
        .map(Key::new)
        .map_err(|reason| DatabaseError::MasterKey(reason.to_string()))
}

/// A data key, sealed.
pub(super) fn wrap(
    master: &Key,
    id: KeyId,
    key: &Key,
    chance: &Chance,
) -> Result<Vec<u8>, DatabaseError> {
    let row = id.to_string();
    let nonce = chance
        .bytes()
        .map_err(|reason| DatabaseError::MasterKey(reason.to_string()))?;
    seal::seal(MASTER, master, nonce, place(&row), key.bytes())
        .ok_or(DatabaseError::Unopenable("data_key"))
}

fn unwrap(master: &Key, (id, sealed): &Row) -> Option<(KeyId, Key)> {
    let row = id.to_string();
    let bytes = seal::unseal(master, place(&row), sealed)?;
    Some((KeyId::try_from(*id).ok()?, Key::new(bytes.try_into().ok()?)))
}

fn place(row: &str) -> Place<'_> {
    Place {
        column: COLUMN,
        row,
    }
}

async fn read(pools: &Pools) -> Result<Vec<Row>, DatabaseError> {
    Ok(match pools {
        Pools::Sqlite { writer, .. } => sqlx::query_as(SELECT).fetch_all(writer).await?,
        Pools::Postgres(pool) => sqlx::query_as(SELECT).fetch_all(pool).await?,
    })
}

/// Both at once: two processes with different master keys must not each leave one of them.
async fn insert_first(
    pools: &Pools,
    digest: Vec<u8>,
    first: Vec<u8>,
    now: i64,
) -> Result<(), DatabaseError> {
    macro_rules! insert {
        ($pool:expr) => {
            sqlx::query(INSERT_FIRST)
                .bind(i64::from(DIGEST_KEY))
                .bind(digest)
                .bind(now)
                .bind(i64::from(FIRST_KEY))
                .bind(first)
                .execute($pool)
                .await?
                .rows_affected()
        };
    }
    match pools {
        Pools::Sqlite { writer, .. } => insert!(writer),
        Pools::Postgres(pool) => insert!(pool),
    };
    Ok(())
}
