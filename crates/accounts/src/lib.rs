//! Who pays for a request: the account pool, leases, and the keys that open it.
//!
//! Nothing above this crate sees a token: callers hold a [`Lease`]. Accounts come from the
//! settings and live in memory. Used by `web` (keys) and `api` (leases).

mod import;
pub use import::{RejectedAccount, parse_accounts};

mod keys;
pub use keys::{GatewayKeys, KeyId};

mod selection;
pub use selection::Strategy;

mod pool;
pub use pool::{Caller, NoAccount, Pool, Wanted};

mod limits;
pub use limits::Scope;

mod lease;
pub use lease::Lease;
