//! The accounts one can sign in with: a few that are offered, and one for every other name.

use crate::simulator::State;
use crate::token_spec::{Holder, TokenSpec};

/// An account that is offered.
pub(super) struct Offered {
    pub(super) name: &'static str,
    pub(super) plan: &'static str,
    workspaces: &'static [&'static str],
}

/// The accounts that are offered.
pub(super) const OFFERED: [Offered; 4] = [
    Offered {
        name: "ada",
        plan: "plus",
        workspaces: &[],
    },
    Offered {
        name: "ben",
        plan: "pro",
        workspaces: &[],
    },
    Offered {
        name: "cleo",
        plan: "free",
        workspaces: &[],
    },
    Offered {
        name: "dora",
        plan: "plus",
        workspaces: &["Laboratory", "Workshop"],
    },
];

/// Whom the tokens of a sign-in with that name are for.
pub(super) fn holder(state: &State, name: &str) -> Holder {
    let mut spec = TokenSpec::new(name);
    if let Some(offered) = OFFERED.iter().find(|offered| offered.name == name) {
        offered.plan.clone_into(&mut spec.plan);
        for workspace in offered.workspaces {
            spec = spec.with_workspace(*workspace);
        }
    }
    spec.lifetime = state.options.sign_in.access_token_lifetime;
    Holder::of(&spec, state.now())
}
