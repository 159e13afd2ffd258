//! What upstream says of spans of time: told with answers and checks, and stored by others.

use store::records::AccountId;

use super::{Change, Entry, Roster};
use crate::windows::{KnownWindow, WindowSource};

/// What says nothing new is written down this often, so that its moment is about right.
const WRITTEN_AGAIN_SECONDS: u64 = 60;

impl Roster {
    /// Upstream said how much is used.
    pub(crate) fn windows_told(&mut self, id: AccountId, told: Vec<KnownWindow>, now: u64) {
        for it in &told {
            self.reported(id, &it.scope(), it.remaining(), it.window.resets_at, now);
        }
        let Some(entry) = self.by_id_mut(id) else {
            return;
        };
        let is_due = entry
            .windows_written_at
            .saturating_add(WRITTEN_AGAIN_SECONDS)
            <= now;
        let is_news = told.iter().any(|it| entry.learns_from(it));
        for it in &told {
            entry.keep_window(it.clone());
        }
        if is_due || is_news {
            entry.windows_written_at = now;
            self.note(Change::Windows(id, told));
        }
    }

    /// What others wrote down meanwhile.
    pub(super) fn windows_read(&mut self, key: [u8; 16], news: &[KnownWindow], now: u64) {
        for it in news {
            if let Some(at) = it.window.resets_at.filter(|at| *at > now) {
                self.quota
                    .reported(key, &it.scope(), it.remaining(), Some(at), now);
            }
        }
    }
}

impl Entry {
    /// Takes over what was known before of this account and is newer than what was stored; what
    /// was stored and not known yet.
    pub(super) fn merge_windows(&mut self, before: Option<&Entry>) -> Vec<KnownWindow> {
        let before = before.map(|it| it.windows.as_slice()).unwrap_or_default();
        let is_known = |it: &KnownWindow| {
            let mut before = before.iter();
            before.any(|known| known.window.name == it.window.name && known.as_of >= it.as_of)
        };
        let news: Vec<_> = { self.windows.iter() }
            .filter(|it| !is_known(it))
            .cloned()
            .collect();
        for it in before {
            self.keep_window(it.clone());
        }
        news
    }

    /// Whether it is more than a new moment.
    fn learns_from(&self, told: &KnownWindow) -> bool {
        let known = self.windows.iter();
        let mut known = known.filter(|it| it.window.name == told.window.name);
        let is_asked_for = told.source == WindowSource::Check;
        is_asked_for || known.all(|it| it.window.used_percent != told.window.used_percent)
    }

    /// Of two words about the same span the later one stands.
    fn keep_window(&mut self, it: KnownWindow) {
        let mut known = self.windows.iter_mut();
        match known.find(|known| known.window.name == it.window.name) {
            Some(known) if known.as_of <= it.as_of => *known = it,
            Some(_) => {}
            None => self.windows.push(it),
        }
    }
}
