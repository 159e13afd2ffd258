//! The database as `accounts` and `admin` use it: the same tests on SQLite and on PostgreSQL.

mod accounts;
mod database;
