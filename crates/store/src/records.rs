//! The records in the database, one file for each kind; all are methods of [`Database`].
//!
//! [`Database`]: crate::Database

mod accounts;
mod audit;
mod budgets;
mod chats;
mod clearing;
mod continuations;
mod conversations;
mod credentials;
mod facts;
mod gateway_keys;
mod health;
mod identity;
mod import;
mod kept_conversations;
mod kept_items;
mod kept_responses;
mod listed_conversations;
mod owned_objects;
mod quota_windows;
mod recent_use;
mod refresh_tokens;
mod seeds;
mod sessions;
mod settings;
mod turns;
mod usage;
mod web_sessions;

pub use accounts::{AccountId, AccountPatch, StoredAccount, StoredTokens};
pub use audit::{AuditEntry, StoredAudit};
pub use budgets::{Cap, Counted, Refused, Reservation, Reserved, Spend};
pub use chats::{ChatPatch, ChatPlace, ChatTurn, NewChat, StoredChat, StoredTurn};
pub use clearing::Cleared;
pub use continuations::StoredContinuation;
pub use conversations::StoredConversation;
pub use credentials::{Claim, Claimed, FreshCredential};
pub use gateway_keys::{GatewayKeyId, KeyDigest, KeyPatch, NewKey, RotatedKey, StoredKey};
pub use health::{StoredCoolDown, StoredHealth};
pub use identity::Identified;
pub use import::{Imported, NewAccount, NewTokens, Outcome};
pub use kept_conversations::KeptConversation;
pub use kept_items::{KeptItem, NewItem};
pub use kept_responses::{KeptResponse, NewResponse};
pub use listed_conversations::{ListedConversation, ListedPage, ListedPatch};
pub use owned_objects::OwnedObject;
pub use quota_windows::StoredQuotaWindow;
pub use recent_use::{HourOfUse, LastUse};
pub use seeds::StoredSeed;
pub use sessions::StoredSession;
pub use usage::{RequestFilter, RequestRecord, UsageGroup, UsageRow};
pub use web_sessions::WebSession;
