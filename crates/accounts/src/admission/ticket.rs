//! A request that was let in: what becomes of it, noted until it is dropped.

use store::records::{AccountId, RequestRecord};
use tokio::time::Instant;
use upstream::{Clock, DriverKind};

use super::ledger::{Ended, Ledger};
use super::{Asking, Seat, signed};
use crate::caller::Caller;

/// The status of a request whose caller went away.
const CLIENT_GONE: u16 = 499;

/// A request that was let in. Dropping it settles its reservation and records it.
#[derive(Debug)]
pub struct Ticket {
    ledger: Ledger,
    begun: Instant,
    record: Option<RequestRecord>,
    /// The most tokens the answer may have, when they were set aside.
    reserved_answer: Option<u64>,
    seat: Option<Seat>,
}

impl Ticket {
    pub(super) fn new(ledger: &Ledger, clock: &Clock, caller: &Caller, asking: Asking<'_>) -> Self {
        Self {
            ledger: ledger.clone(),
            begun: Instant::now(),
            record: Some(RequestRecord {
                id: asking.id.to_owned(),
                at: signed(clock.since_epoch().as_secs()),
                owner: caller.owner_id(),
                key_id: caller.key_id().map(str::to_owned),
                account_id: None,
                driver: None,
                route: asking.route.to_owned(),
                model: asking.model.map(str::to_owned),
                status: i64::from(CLIENT_GONE),
                code: None,
                prompt_tokens: None,
                completion_tokens: None,
                first_text_ms: None,
                duration_ms: 0,
                attempts: 0,
            }),
            reserved_answer: None,
            seat: None,
        }
    }

    pub(super) fn takes(&mut self, seat: Seat) {
        self.seat = Some(seat);
    }

    pub(super) fn has_reserved(&mut self, answer_tokens: u64) {
        self.reserved_answer = Some(answer_tokens);
    }

    /// The most tokens the answer may have; nothing when the key has no budget.
    pub fn max_answer_tokens(&self) -> Option<u64> {
        self.reserved_answer
    }

    /// An account answers, or was the last to try.
    pub fn answered_by(&mut self, account: Option<AccountId>, driver: DriverKind, attempts: u32) {
        if let Some(record) = &mut self.record {
            record.account_id = account.map(|it| it.to_string());
            record.driver = Some(driver.name().to_owned());
            record.attempts = i64::from(attempts);
        }
    }

    /// The first text of the answer is there; later ones change nothing.
    pub fn first_text(&mut self) {
        if let Some(record) = &mut self.record
            && record.first_text_ms.is_none()
        {
            record.first_text_ms = Some(milliseconds(self.begun));
        }
    }

    /// What was used, as far as is counted yet.
    pub fn used(&mut self, prompt_tokens: u64, completion_tokens: u64) {
        if let Some(record) = &mut self.record {
            record.prompt_tokens = Some(signed(prompt_tokens));
            record.completion_tokens = Some(signed(completion_tokens));
        }
    }

    /// How it ended; without a word of it the caller went away.
    pub fn ended(&mut self, status: u16, code: Option<&str>) {
        if let Some(record) = &mut self.record {
            record.status = i64::from(status);
            record.code = code.map(str::to_owned);
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let Some(mut record) = self.record.take() else {
            return;
        };
        record.duration_ms = milliseconds(self.begun);
        self.ledger.write(Ended {
            record,
            has_reserved: self.reserved_answer.is_some(),
        });
    }
}

/// Since then.
fn milliseconds(then: Instant) -> i64 {
    i64::try_from(then.elapsed().as_millis()).unwrap_or(i64::MAX)
}
