//! Proof of work on a bounded number of blocking threads, under the operator's ceiling.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chatgpt::difficulty::Difficulty;
use chatgpt::proof_of_work::Puzzle;
use chatgpt::requirements::ProofDemand;
use tokio::sync::Semaphore;

use crate::failure::{ChallengeKind, Failure, FailureKind, Place, Retry};

/// The search gives up after so many times the tries it takes on average.
const PATIENCE: u128 = 20;

/// The threads proofs are searched on.
#[derive(Debug)]
pub(super) struct ProofThreads {
    free: Arc<Semaphore>,
}

impl ProofThreads {
    pub(super) fn new(threads: usize) -> Self {
        Self {
            free: Arc::new(Semaphore::new(threads.max(1))),
        }
    }

    /// Solves what is demanded; harder than `ceiling` is a challenge.
    ///
    /// Dropping the future stops the search.
    pub(super) async fn solve(
        &self,
        demand: &ProofDemand,
        puzzle: Puzzle,
        ceiling: &Difficulty,
        place: &Place<'_>,
    ) -> Result<String, Failure> {
        let difficulty: Difficulty = demand.difficulty.parse().map_err(|_| {
            Failure::new(
                FailureKind::BadContent,
                Retry::AnyAccount,
                "upstream demanded a proof of work with a difficulty that is not hex digits",
            )
        })?;
        if difficulty.is_harder_than(ceiling) {
            let detail = format!("difficulty {difficulty}, ceiling {ceiling}");
            return Err(Failure::challenge(
                ChallengeKind::ProofOfWork,
                place,
                &detail,
            ));
        }
        let limit = difficulty.expected_tries().saturating_mul(PATIENCE);
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        let seed = demand.seed.clone();
        let stop = StopOnDrop::default();
        let stopped = Arc::clone(&stop.0);
        let permit = Arc::clone(&self.free).acquire_owned().await;
        let search = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            puzzle.solve(&seed, &difficulty, limit, &stopped)
        });
        match search.await {
            Ok(Some(solution)) => Ok(solution.proof),
            _ => Err(Failure::new(
                FailureKind::Upstream,
                Retry::AnyAccount,
                "no proof of work was found for upstream's puzzle",
            )),
        }
    }
}

/// Tells the search that nobody waits for it any more.
#[derive(Default)]
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
