//! Where upstream's conversations stand, so that the next message of a chat goes there alone
//! instead of the whole history.
//!
//! A hint, never a promise: what is not found, or has been lost, costs the next request its whole
//! history. The latest are in memory, all in the database; no text is in either. Used by `api`.

mod luck;
mod writing;

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use secrecy::SecretString;
use store::Database;
use store::records::StoredContinuation;
use tokio_util::task::TaskTracker;
use upstream::Clock;

use self::luck::Luck;
use self::writing::Writer;
use crate::caller::Caller;

/// The places that are in memory; one takes about 200 bytes.
const IN_MEMORY: NonZeroUsize = NonZeroUsize::new(20_000).unwrap();

/// All places known.
#[derive(Debug)]
pub struct Continuations {
    recent: Mutex<LruCache<ChatKey, Continuation>>,
    luck: Mutex<Luck>,
    database: Database,
    writer: Writer,
    clock: Clock,
    /// `CONTINUITY`
    by_default: bool,
}

/// What tells a chat, up to some answer, from all others: who asks, which model, what was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChatKey([u8; 16]);

/// Where an upstream conversation stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Continuation {
    /// The conversation.
    pub conversation_id: String,
    /// The answer that the next message hangs on.
    pub message_id: String,
    /// The ChatGPT account that has it.
    pub account: [u8; 16],
    /// Whether upstream lists it; it is a temporary chat otherwise.
    pub is_kept: bool,
}

impl Continuations {
    /// Starts the one task that writes; it ends when they are closed.
    pub fn new(database: Database, clock: Clock, tasks: &TaskTracker, by_default: bool) -> Self {
        Self {
            recent: Mutex::new(LruCache::new(IN_MEMORY)),
            luck: Mutex::default(),
            writer: Writer::start(database.clone(), tasks),
            database,
            clock,
            by_default,
        }
    }

    /// Whether a caller's chats go on: the key says so, or else the setting.
    pub fn are_wanted_by(&self, caller: &Caller) -> bool {
        let by_key = caller.policy().and_then(|policy| policy.continuity);
        by_key.unwrap_or(self.by_default)
    }

    /// The key of a chat; `said` is a digest of all its messages.
    ///
    /// It is the same for every process, and tells nothing without the database's key.
    pub fn key(&self, caller: &Caller, model: &str, said: &str) -> ChatKey {
        let chat = [caller.owner_id().as_str(), model, said].join("\n");
        let chat = SecretString::from(chat);
        ChatKey(self.database.keyed_digest("continuation", &chat))
    }

    /// Where the conversation of a chat stands, if that is known and worth a try.
    pub async fn find(&self, key: ChatKey) -> Option<Continuation> {
        let recent = self.recent().get(&key).cloned();
        let found = match recent {
            Some(found) => found,
            None => self.stored(key).await?,
        };
        let is_worth_it = lock(&self.luck).is_worth_a_try(found.is_kept, self.now());
        is_worth_it.then_some(found)
    }

    /// Remembers where a conversation stands; seen at once here, and soon by others.
    pub fn remember(&self, key: ChatKey, continuation: Continuation) {
        self.writer.write(StoredContinuation {
            key: key.0,
            conversation_id: continuation.conversation_id.clone(),
            message_id: continuation.message_id.clone(),
            identity: continuation.account,
            is_kept: continuation.is_kept,
            used_at: self.now(),
        });
        self.recent().put(key, continuation);
    }

    /// A conversation was gone on with.
    pub fn went_on(&self, continuation: &Continuation) {
        lock(&self.luck).went_on(continuation.is_kept);
    }

    /// Upstream does not have the conversation any more: all its places are forgotten.
    pub async fn lost(&self, lost: &Continuation) {
        lock(&self.luck).lost(lost.is_kept, self.now());
        {
            let mut recent = self.recent();
            let of_it = |it: &Continuation| it.conversation_id == lost.conversation_id;
            let all = recent.iter().filter(|(_, it)| of_it(it));
            let keys: Vec<ChatKey> = all.map(|(key, _)| *key).collect();
            for key in keys {
                recent.pop(&key);
            }
        }
        let database = &self.database;
        if let Err(error) = database
            .forget_continuations_of(&lost.conversation_id)
            .await
        {
            tracing::warn!("a lost conversation was not forgotten: {error}");
        }
    }

    /// What was remembered is still written; nothing is written any more.
    pub fn close(&self) {
        self.writer.close();
    }

    async fn stored(&self, key: ChatKey) -> Option<Continuation> {
        let stored = self.database.continuation(key.0).await;
        let stored = stored.unwrap_or_else(|error| {
            tracing::warn!("a chat is sent whole: {error}");
            None
        })?;
        Some(Continuation {
            conversation_id: stored.conversation_id,
            message_id: stored.message_id,
            account: stored.identity,
            is_kept: stored.is_kept,
        })
    }

    fn recent(&self) -> MutexGuard<'_, LruCache<ChatKey, Continuation>> {
        lock(&self.recent)
    }

    fn now(&self) -> i64 {
        i64::try_from(self.clock.since_epoch().as_secs()).unwrap_or(i64::MAX)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
