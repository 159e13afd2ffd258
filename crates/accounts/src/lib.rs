//! Who pays for a request: the accounts and how one is chosen, kept and renewed; the keys,
//! tokens and seeds that open them; what was used.
//!
//! Nothing above this crate sees a token: callers hold a [`Lease`]. What lasts is in `store`.
//! Used by `web` (who calls), `api` (leases), `admin` and the program.

mod scope;
pub use scope::{NotAScope, Scope};

mod health;
pub use health::Health;

mod identity;

mod allowance;

mod outcome;
pub use outcome::Outcome;

mod quota;
pub use quota::{Hint, HintSource, LONGEST_HINT_SECONDS, Quota, QuotaBook};

mod selection;
pub use selection::{Candidate, Choice, Draw, NoChoice, Probe, Rotation, prefix_hash, select};

mod windows;
pub use windows::{KnownWindow, WindowSource};

mod roster;

mod pool;
pub use pool::{
    AccountView, Checked, CoolDown, NoAccount, Pool, PoolParts, PoolSettings, RenewRefused, Wanted,
};

mod lease;
pub use lease::Lease;

mod continuations;
pub use continuations::{ChatKey, Continuation, Continuations};

mod journal;
mod refresh;

mod import;
pub use import::{Mode, Rejection, Source, Taken, Verdict, check_accounts, one_per_line};

mod export;
pub use export::{ExportFailed, Exported, ImportedAccount, ImportedExport, export, import_export};

mod caller;
pub use caller::{Caller, KeyCaller, SeedCaller};

mod policy;
pub use policy::{Budget, KeyPolicy, Period};

mod keys;
pub use keys::{GatewayKeys, KeyId, KeyRefused, KeyView, MadeKey, NewManagedKey};

mod seeds;
pub use seeds::{Door, MAX_SEED_CHARS, SeedRefused, Seeds};

mod callers;
pub use callers::{Callers, NotACaller};

mod sessions;
pub use sessions::{Session, credential_hint, pasted_credential};

mod admission;
pub use admission::{Admission, Asking, NotAdmitted, Ticket};
