//! What has been exchanged, so that a test can show that nobody exchanges one token twice, or two
//! at once. Holds no token, only digests of the newest.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::SignIn;
use super::families::{Refusal, Spent};
use super::refresh_tokens::RefreshToken;
use crate::ids;

/// How many exchanges are kept one by one; beyond it the oldest is forgotten, and still counted.
const KEPT: usize = 10_000;

/// What has been exchanged so far.
#[derive(Clone, Debug, Default)]
pub struct SignInLog {
    /// The exchanges of refresh tokens, in the order in which they began.
    pub exchanges: Vec<Exchange>,
    /// How many have begun, with those that are no longer kept.
    pub begun: u64,
    /// How many have not ended.
    pub under_way: u64,
    /// How many gave an access token.
    pub refreshed: u64,
    /// How many brought a token that had been spent.
    pub reused: u64,
    /// How many gave a token that the client did not get to see.
    pub lost: u64,
    /// How many began while another of the same family was under way.
    pub overlapping: u64,
    /// The families that are revoked, each with its account's name.
    pub revoked_families: BTreeMap<String, String>,
    /// What each account has, by its name.
    pub accounts: BTreeMap<String, SignedInAccount>,
    /// How many exchanges of a family are under way.
    families_under_way: HashMap<String, u64>,
    /// The place of the last beginning or end.
    moment: u64,
}

/// An exchange of a refresh token that could be read and was its client's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The sign-in the token comes from.
    pub family: String,
    /// The account's name.
    pub account: String,
    /// The generation of the token that was brought.
    pub generation: u64,
    /// What came of it; `None` as long as that is not decided.
    pub outcome: Option<ExchangeOutcome>,
    /// Whether the client was answered.
    pub answered: bool,
    /// When it began, in the one order of all beginnings and ends.
    pub began: u64,
    /// When it ended, in the same order.
    pub ended: Option<u64>,
}

/// What came of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExchangeOutcome {
    /// There is a new access token and, if the family rotates, a new refresh token.
    Refreshed,
    /// The same for a token that had been spent a moment before.
    RefreshedAgain,
    /// The token had been spent.
    Reused,
    /// The family had been revoked.
    Revoked,
    /// A fault came first, and nothing was spent.
    Failed,
}

/// What an account has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignedInAccount {
    /// How many exchanges gave it an access token.
    pub refreshes: u64,
    /// How many sign-ins gave it tokens.
    pub sign_ins: u64,
    /// The family whose token was given out last.
    pub family: String,
    /// The generation of that token.
    pub generation: u64,
    /// The SHA-256 of that token, in hexadecimal digits.
    pub refresh_token_sha256: String,
}

impl SignInLog {
    /// Without the single exchanges.
    pub(super) fn summary(&self) -> Value {
        let accounts = self.accounts.iter().map(|(name, account)| {
            let account = json!({
                "refreshes": account.refreshes,
                "sign_ins": account.sign_ins,
                "family": account.family,
                "generation": account.generation,
                "refresh_token_sha256": account.refresh_token_sha256,
            });
            (name.clone(), account)
        });
        json!({
            "exchanges": self.begun,
            "under_way": self.under_way,
            "refreshed": self.refreshed,
            "reused": self.reused,
            "lost": self.lost,
            "overlapping": self.overlapping,
            "revoked_families": self.revoked_families,
            "accounts": accounts.collect::<serde_json::Map<_, _>>(),
        })
    }

    /// Notes the tokens of a new sign-in.
    pub(super) fn sign_in(&mut self, token: &RefreshToken) {
        self.account(token).sign_ins += 1;
    }

    /// Notes the end of a sign-in.
    pub(super) fn revoked(&mut self, token: &RefreshToken) {
        self.revoked_families
            .insert(token.family.clone(), token.holder.name.clone());
    }

    fn account(&mut self, token: &RefreshToken) -> &mut SignedInAccount {
        let account = self.accounts.entry(token.holder.name.clone()).or_default();
        account.family.clone_from(&token.family);
        account.generation = token.generation;
        account.refresh_token_sha256 = ids::digest_of(&token.text);
        account
    }

    fn next_moment(&mut self) -> u64 {
        self.moment += 1;
        self.moment
    }

    /// Notes that an exchange begins, and returns its number.
    fn begin(&mut self, token: &RefreshToken) -> u64 {
        let of_family = self
            .families_under_way
            .entry(token.family.clone())
            .or_default();
        *of_family += 1;
        if *of_family > 1 {
            self.overlapping += 1;
        }
        self.under_way += 1;
        let number = self.begun;
        self.begun += 1;
        if self.exchanges.len() == KEPT {
            self.exchanges.remove(0);
        }
        let began = self.next_moment();
        self.exchanges.push(Exchange {
            family: token.family.clone(),
            account: token.holder.name.clone(),
            generation: token.generation,
            outcome: None,
            answered: false,
            began,
            ended: None,
        });
        number
    }

    /// Notes that an exchange ends.
    fn end(&mut self, number: u64, family: &str, progress: Progress) {
        let ended = self.next_moment();
        self.under_way -= 1;
        if let Some(under_way) = self.families_under_way.get_mut(family) {
            *under_way -= 1;
            if *under_way == 0 {
                self.families_under_way.remove(family);
            }
        }
        let gave = matches!(
            progress.outcome,
            Some(ExchangeOutcome::Refreshed | ExchangeOutcome::RefreshedAgain)
        );
        if gave && !progress.answered {
            self.lost += 1;
        }
        if let Some(exchange) = self.exchange(number) {
            exchange.answered = progress.answered;
            exchange.ended = Some(ended);
        }
    }

    /// Notes what comes of an exchange.
    fn decide(&mut self, number: u64, outcome: ExchangeOutcome) {
        match outcome {
            ExchangeOutcome::Refreshed | ExchangeOutcome::RefreshedAgain => self.refreshed += 1,
            ExchangeOutcome::Reused => self.reused += 1,
            ExchangeOutcome::Revoked | ExchangeOutcome::Failed => {}
        }
        if let Some(exchange) = self.exchange(number) {
            exchange.outcome = Some(outcome);
        }
    }

    /// An exchange that is still kept.
    fn exchange(&mut self, number: u64) -> Option<&mut Exchange> {
        let forgotten = self.begun - u64::try_from(self.exchanges.len()).ok()?;
        let index = usize::try_from(number.checked_sub(forgotten)?).ok()?;
        self.exchanges.get_mut(index)
    }
}

/// An exchange that is under way. It ends when this is dropped, as it is when the client leaves.
pub(super) struct UnderWay<'a> {
    sign_in: &'a SignIn,
    family: String,
    number: u64,
    progress: Progress,
}

#[derive(Clone, Copy, Default)]
struct Progress {
    outcome: Option<ExchangeOutcome>,
    answered: bool,
}

impl<'a> UnderWay<'a> {
    /// Begins the exchange of a token.
    pub(super) fn begin(sign_in: &'a SignIn, token: &RefreshToken) -> Self {
        Self {
            sign_in,
            family: token.family.clone(),
            number: sign_in.memory().log.begin(token),
            progress: Progress::default(),
        }
    }

    /// The exchange came to nothing before the token was looked at.
    pub(super) fn failed(mut self) {
        let sign_in = self.sign_in;
        self.decided(&mut sign_in.memory().log, ExchangeOutcome::Failed);
        self.answered();
    }

    /// The token was refused.
    pub(super) fn refused(&mut self, log: &mut SignInLog, refusal: Refusal) {
        let outcome = match refusal {
            Refusal::Reused => ExchangeOutcome::Reused,
            Refusal::Revoked => ExchangeOutcome::Revoked,
        };
        self.decided(log, outcome);
    }

    /// The token was taken, and has this successor.
    pub(super) fn refreshed(&mut self, log: &mut SignInLog, spent: Spent, next: &RefreshToken) {
        log.account(next).refreshes += 1;
        let outcome = if spent.again {
            ExchangeOutcome::RefreshedAgain
        } else {
            ExchangeOutcome::Refreshed
        };
        self.decided(log, outcome);
    }

    /// The client is answered now.
    pub(super) fn answered(mut self) {
        self.progress.answered = true;
    }

    fn decided(&mut self, log: &mut SignInLog, outcome: ExchangeOutcome) {
        self.progress.outcome = Some(outcome);
        log.decide(self.number, outcome);
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut memory = self.sign_in.memory();
        memory.log.end(self.number, &self.family, self.progress);
    }
}
