//! The items of responses and conversations that are kept; what they say is sealed.
//!
//! An item that belongs to several holders is there several times: each goes with its holder.

use secrecy::{ExposeSecret, SecretString};
use sqlx::FromRow;

use crate::database::{Database, read_on_both, transaction};
use crate::database_error::DatabaseError;

/// An item as it is kept.
#[derive(Debug, Clone)]
pub struct KeptItem {
    /// The item's own id.
    pub id: String,
    /// Where it stands among those of its holder.
    pub position: i64,
    /// Whether the model made it, for the items of a response.
    pub is_output: bool,
    /// JSON.
    pub json: SecretString,
}

/// An item that is to be kept.
#[derive(Debug, Clone)]
pub struct NewItem {
    /// The item's own id.
    pub id: String,
    /// Whether the model made it.
    pub is_output: bool,
    /// JSON.
    pub json: SecretString,
}

/// An item with its place in the table, sealed.
pub(super) struct SealedItem {
    key: String,
    id: String,
    holder: String,
    position: i64,
    is_output: bool,
    sealed: Vec<u8>,
}

#[derive(FromRow)]
struct Row {
    key: String,
    id: String,
    position: i64,
    is_output: i64,
    item_sealed: Vec<u8>,
}

/// An item with whom it belongs to.
#[derive(FromRow)]
pub(super) struct HeldRow {
    holder: String,
    #[sqlx(flatten)]
    row: Row,
}

const PLACE: &str = "kept_item.item";

const INSERT: &str = "INSERT INTO kept_item \
     (key, id, owner, holder, position, is_output, item_sealed, created_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

const OF_HOLDER: &str = "SELECT key, id, position, is_output, item_sealed FROM kept_item \
     WHERE holder = $1 AND owner = $2 ORDER BY position";

const BY_ID: &str = "SELECT key, id, position, is_output, item_sealed FROM kept_item \
     WHERE owner = $1 AND id = $2 ORDER BY created_at DESC, key LIMIT 1";

pub(super) const FORGET_OF: &str = "DELETE FROM kept_item WHERE holder = $1";

/// Writes sealed items inside a transaction.
macro_rules! insert_items {
    ($connection:ident, $owner:expr, $items:expr, $now:expr) => {
        for item in $items {
            item.insert($owner, $now).execute(&mut *$connection).await?;
        }
    };
}
pub(super) use insert_items;

impl SealedItem {
    /// The statement that writes it, on either database.
    pub(super) fn insert<'q, D>(
        &'q self,
        owner: &'q str,
        now: i64,
    ) -> sqlx::query::Query<'q, D, <D as sqlx::Database>::Arguments>
    where
        D: sqlx::Database,
        &'q str: sqlx::Encode<'q, D> + sqlx::Type<D>,
        &'q [u8]: sqlx::Encode<'q, D> + sqlx::Type<D>,
        i64: sqlx::Encode<'q, D> + sqlx::Type<D>,
    {
        sqlx::query(INSERT)
            .bind(self.key.as_str())
            .bind(self.id.as_str())
            .bind(owner)
            .bind(self.holder.as_str())
            .bind(self.position)
            .bind(i64::from(self.is_output))
            .bind(self.sealed.as_slice())
            .bind(now)
    }
}

impl Database {
    /// The items of a response or a conversation, in order.
    pub async fn kept_items(
        &self,
        owner: &str,
        holder: &str,
    ) -> Result<Vec<KeptItem>, DatabaseError> {
        let rows: Vec<Row> = read_on_both!(self, |pool| {
            sqlx::query_as(OF_HOLDER)
                .bind(holder)
                .bind(owner)
                .fetch_all(pool)
                .await
        })?;
        rows.into_iter().map(|row| self.open_item(row)).collect()
    }

    /// An item of an owner's, wherever it is; the newest, if there are several.
    pub async fn kept_item(
        &self,
        owner: &str,
        id: &str,
    ) -> Result<Option<KeptItem>, DatabaseError> {
        let row: Option<Row> = read_on_both!(self, |pool| {
            sqlx::query_as(BY_ID)
                .bind(owner)
                .bind(id)
                .fetch_optional(pool)
                .await
        })?;
        row.map(|row| self.open_item(row)).transpose()
    }

    /// Removes an item from one holder; whether it was there.
    pub async fn remove_kept_item(
        &self,
        owner: &str,
        holder: &str,
        id: &str,
    ) -> Result<bool, DatabaseError> {
        let (owner, holder, id) = (owner.to_owned(), holder.to_owned(), id.to_owned());
        transaction!(self, |connection| {
            let gone =
                sqlx::query("DELETE FROM kept_item WHERE holder = $1 AND owner = $2 AND id = $3")
                    .bind(holder)
                    .bind(owner)
                    .bind(id)
                    .execute(&mut *connection)
                    .await?
                    .rows_affected();
            gone > 0
        })
    }

    /// Items sealed for their places, from `first` on.
    pub(super) fn seal_items(
        &self,
        holder: &str,
        first: i64,
        items: Vec<NewItem>,
    ) -> Result<Vec<SealedItem>, DatabaseError> {
        let mut sealed = Vec::with_capacity(items.len());
        for (item, position) in items.into_iter().zip(first..) {
            let key = format!("{holder}/{position:08}");
            sealed.push(SealedItem {
                sealed: self.seal(PLACE, &key, &item.json)?,
                key,
                id: item.id,
                holder: holder.to_owned(),
                position,
                is_output: item.is_output,
            });
        }
        Ok(sealed)
    }

    /// An item, and whom it belongs to.
    pub(super) fn open_held_item(&self, row: HeldRow) -> Result<(String, KeptItem), DatabaseError> {
        Ok((row.holder, self.open_item(row.row)?))
    }

    fn open_item(&self, row: Row) -> Result<KeptItem, DatabaseError> {
        Ok(KeptItem {
            json: self.unseal(PLACE, &row.key, &row.item_sealed)?,
            id: row.id,
            position: row.position,
            is_output: row.is_output != 0,
        })
    }
}

impl NewItem {
    /// How long its text is.
    pub fn bytes(&self) -> usize {
        self.json.expose_secret().len()
    }
}
