//! Whether what a request names is the visitor's own, and on which account it is.
//!
//! Asked before anything goes upstream. What is somebody else's and what does not exist are the
//! same to whoever asks. Everything named has to be on one account.

use store::records::OwnedObject;
use store::{Database, DatabaseError};
use upstream::Clock;

use crate::allow_list::IdKind;
use crate::id_checks::NamedIds;
use crate::learning::Learned;

/// What belongs to whom.
#[derive(Debug, Clone)]
pub(crate) struct Ownership {
    pub(crate) database: Database,
    pub(crate) clock: Clock,
}

/// Why a request is not sent on.
#[derive(Debug)]
pub(crate) enum NotTheirs {
    /// It names something that is not the visitor's.
    Unknown,
    /// The database could not be asked.
    Store(DatabaseError),
}

/// Whose it is and which account has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) owner: String,
    pub(crate) identity: [u8; 16],
}

impl From<DatabaseError> for NotTheirs {
    fn from(error: DatabaseError) -> Self {
        Self::Store(error)
    }
}

impl Ownership {
    /// Unix seconds.
    pub(crate) fn now(&self) -> i64 {
        i64::try_from(self.clock.since_epoch().as_secs()).unwrap_or(i64::MAX)
    }

    /// The account that has what is named, if anything is; fails for what is not the visitor's.
    pub(crate) async fn check(
        &self,
        owner: &str,
        ids: &NamedIds,
    ) -> Result<Option<[u8; 16]>, NotTheirs> {
        let mut found: Vec<[u8; 16]> = Vec::new();
        let own = ids.own.iter().filter(|it| it.0 != IdKind::Conversation);
        let own: Vec<String> = own.map(|it| it.1.clone()).collect();
        let objects = self.database.owned_objects(&own).await?;
        for (kind, id) in &ids.own {
            let identity = match kind {
                IdKind::Conversation => self.conversation(owner, id).await?,
                kind => object(&objects, owner, *kind, id),
            };
            found.push(identity.ok_or(NotTheirs::Unknown)?);
        }
        self.check_nobodys(owner, &ids.nobodys).await?;
        let first = found.first().copied();
        let is_one = found.iter().all(|it| Some(*it) == first);
        if is_one {
            Ok(first)
        } else {
            Err(NotTheirs::Unknown)
        }
    }

    /// The account that has a conversation of the visitor's.
    pub(crate) async fn conversation(
        &self,
        owner: &str,
        id: &str,
    ) -> Result<Option<[u8; 16]>, DatabaseError> {
        let known = self.database.conversation(id).await?;
        let own = known.filter(|it| it.owner == owner);
        Ok(own.map(|it| it.identity))
    }

    /// Writes down what a reply names, before anybody sees it; fails if it names what is
    /// somebody else's, which upstream would then have mixed up.
    pub(crate) async fn learn(&self, place: &Place, learned: Learned) -> Result<(), NotTheirs> {
        let now = self.now();
        for id in &learned.conversations {
            let identity = place.identity;
            let remembered = self
                .database
                .remember_conversation(id, identity, &place.owner, now);
            if remembered.await?.owner != place.owner {
                return Err(NotTheirs::Unknown);
            }
        }
        if learned.objects.is_empty() {
            return Ok(());
        }
        let objects = learned.objects.into_iter().map(|it| OwnedObject {
            id: it.id,
            kind: it.kind.word().to_owned(),
            owner: place.owner.clone(),
            identity: place.identity,
            conversation_id: it.conversation_id,
        });
        let all_own = self.database.remember_objects(objects.collect(), now);
        if all_own.await? {
            Ok(())
        } else {
            Err(NotTheirs::Unknown)
        }
    }

    /// Fails if something is known to be somebody else's.
    async fn check_nobodys(&self, owner: &str, ids: &[String]) -> Result<(), NotTheirs> {
        let objects = self.database.owned_objects(ids).await?;
        if objects.iter().any(|it| it.owner != owner) {
            return Err(NotTheirs::Unknown);
        }
        for id in ids {
            let known = self.database.conversation(id).await?;
            if known.is_some_and(|it| it.owner != owner) {
                return Err(NotTheirs::Unknown);
            }
        }
        Ok(())
    }
}

fn object(objects: &[OwnedObject], owner: &str, kind: IdKind, id: &str) -> Option<[u8; 16]> {
    let mut objects = objects.iter();
    let found = objects.find(|it| it.id == id && it.owner == owner && it.kind == kind.word());
    found.map(|it| it.identity)
}
