//! The accounts of a pass: those that the settings list, and those that are imported meanwhile.
//! AccessTokens of most live only seconds, so that nearly every request renews one. Used by `pass`.

use std::time::Duration;

use simulator::{RefreshFamily, Simulator, TokenSpec};

const LISTED: usize = 24;
const IMPORTED_BY_REFRESH_TOKEN: usize = 30;
const IMPORTED_BY_ACCESS_TOKEN: usize = 30;

/// How long AccessTokens live.
const LIFETIME: Duration = Duration::from_secs(2);

/// Tokens, each of an account of its own.
pub(crate) struct Fleet {
    /// RefreshTokens that the settings list, and go on listing when they are long spent.
    pub(crate) listed: Vec<String>,
    /// RefreshTokens and AccessTokens to import.
    pub(crate) imported: Vec<String>,
}

impl Fleet {
    pub(crate) fn mint(simulator: &Simulator) -> Self {
        let renewed = |name: &str, number: usize| {
            let mut spec = TokenSpec::new(format!("{name}-{number}"));
            spec.lifetime = LIFETIME;
            // The token is spent at once and the answer takes a while: the worst moment to die.
            spec.fault = number.is_multiple_of(3).then(|| "refresh-slow".to_owned());
            simulator.mint_refresh_token(&spec, RefreshFamily::Codex)
        };
        let listed = (0..LISTED).map(|number| renewed("listed", number));
        let by_refresh = (0..IMPORTED_BY_REFRESH_TOKEN).map(|number| renewed("imported", number));
        let by_access = (0..IMPORTED_BY_ACCESS_TOKEN)
            .map(|number| simulator.mint_access_token(&TokenSpec::new(format!("fixed-{number}"))));
        Self {
            listed: listed.collect(),
            imported: by_refresh.chain(by_access).collect(),
        }
    }

    /// How many accounts there are when all are imported.
    pub(crate) fn len(&self) -> usize {
        self.listed.len() + self.imported.len()
    }

    /// How many of them rotate their RefreshTokens.
    pub(crate) fn rotating() -> usize {
        LISTED + IMPORTED_BY_REFRESH_TOKEN
    }
}
