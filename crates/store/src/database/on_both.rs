//! How a statement is run on whichever database it is.
//!
//! Both understand the same statements, with `$1` for parameters. What differs is the type
//! of the pool, so the code is written once and compiled twice.

/// Evaluates an expression with the pool that writes.
macro_rules! on_both {
    ($database:expr, |$pool:ident| $body:expr) => {
        match &$database.shared.pools {
            $crate::database::Pools::Sqlite { writer: $pool, .. } => $body,
            $crate::database::Pools::Postgres($pool) => $body,
        }
    };
}

/// Evaluates an expression with a pool that only reads.
macro_rules! read_on_both {
    ($database:expr, |$pool:ident| $body:expr) => {
        match &$database.shared.pools {
            $crate::database::Pools::Sqlite { readers: $pool, .. } => $body,
            $crate::database::Pools::Postgres($pool) => $body,
        }
    };
}

/// Runs statements that belong together, to their end.
///
/// The body is an async block's content: `$connection` is a connection inside a transaction,
/// and an error takes everything back. What it uses must be owned.
macro_rules! transaction {
    ($database:expr, |$connection:ident| $body:block) => {{
        let pools = $database.shared.pools.clone();
        $database
            .to_its_end(Box::pin(async move {
                match &pools {
                    $crate::database::Pools::Sqlite { writer, .. } => {
                        // A transaction that begins by reading could not be made to write.
                        let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
                        let $connection = &mut *transaction;
                        let result = $body;
                        transaction.commit().await?;
                        Ok(result)
                    }
                    $crate::database::Pools::Postgres(pool) => {
                        let mut transaction = pool.begin().await?;
                        let $connection = &mut *transaction;
                        let result = $body;
                        transaction.commit().await?;
                        Ok(result)
                    }
                }
            }))
            .await
    }};
}

pub(crate) use {on_both, read_on_both, transaction};
