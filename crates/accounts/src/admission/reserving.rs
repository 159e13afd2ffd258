//! Setting tokens aside for one request, in the budgets of its key.

use store::Database;
use store::records::{Cap, Counted, Refused, Reservation, Reserved};

use super::{NotAdmitted, Ticket, signed, turned_away};
use crate::policy::{KeyPolicy, Period};

/// Fewer tokens than this are no answer.
const LEAST_ANSWER_TOKENS: u64 = 16;

/// What is to be set aside.
pub(super) struct Reserving {
    pub(super) database: Database,
    pub(super) policy: KeyPolicy,
    pub(super) prompt_tokens: u64,
    /// For the answer; fewer if there are not so many left.
    pub(super) answer_tokens: u64,
    /// Without its tokens and caps.
    pub(super) reservation: Reservation,
    /// Unix seconds.
    pub(super) now: i64,
}

impl Reserving {
    /// Sets tokens aside, and says on the ticket how many; the ticket settles them.
    pub(super) async fn for_ticket(mut self, mut ticket: Ticket) -> Result<Ticket, NotAdmitted> {
        loop {
            let refused = match self.reserve().await {
                Ok(Reserved::Made) => {
                    ticket.has_reserved(self.answer_tokens);
                    return Ok(ticket);
                }
                Ok(Reserved::Refused(refused)) => refused,
                Err(error) => return Err(turned_away(ticket, error)),
            };
            // A shorter answer may still fit. It gets shorter each time, so this ends.
            let left = u64::try_from(refused.cap - refused.used).unwrap_or_default();
            let shorter = left.saturating_sub(self.prompt_tokens);
            let is_worth_it = refused.what == Counted::Tokens
                && (LEAST_ANSWER_TOKENS..self.answer_tokens).contains(&shorter);
            if !is_worth_it {
                return Err(turned_away(ticket, over_budget(&refused, self.now)));
            }
            self.answer_tokens = shorter;
        }
    }

    async fn reserve(&self) -> Result<Reserved, NotAdmitted> {
        let caps = self.policy.budgets.iter().map(|budget| Cap {
            period: budget.period.word(),
            starts_at: budget.period.start(self.now),
            max_requests: budget.requests.map(signed),
            max_tokens: budget.tokens.map(signed),
        });
        let reservation = Reservation {
            tokens: signed(self.prompt_tokens.saturating_add(self.answer_tokens)),
            caps: caps.collect(),
            ..self.reservation.clone()
        };
        let reserved = self.database.reserve(reservation, self.now).await;
        reserved.map_err(NotAdmitted::Store)
    }
}

fn over_budget(refused: &Refused, now: i64) -> NotAdmitted {
    let periods = [Period::Day, Period::Week, Period::Month];
    let period = periods.into_iter().find(|it| it.word() == refused.period);
    NotAdmitted::Budget {
        period: refused.period,
        what: match refused.what {
            Counted::Requests => "requests",
            Counted::Tokens => "tokens",
        },
        used: refused.used,
        cap: refused.cap,
        resets_at: period.map_or(now, |it| it.end(now)),
    }
}
