//! The programs that the sign-in service knows: their ids, where they may have a sign-in end, and
//! what refresh tokens they get.

use super::refresh_tokens::RefreshFamily;

const MOBILE_REDIRECTS: [(&str, RefreshFamily); 2] = [
    (
        "com.openai.chat://auth0.openai.com/ios/com.openai.chat/callback",
        RefreshFamily::MobileLasting,
    ),
    (
        "com.openai.chat://auth.openai.com/ios/com.openai.chat/callback",
        RefreshFamily::MobileRotating,
    ),
];

/// A known program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Client {
    /// The app for phones.
    Mobile,
    /// The Codex command line.
    Codex,
}

impl Client {
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Mobile => "pdlLIX2Y72MIl2rhLhTE9VV9bN905kBh",
            Self::Codex => "app_EMoamEEZ73f0CkXaXp7hrann",
        }
    }

    pub(super) fn with_id(id: &str) -> Option<Self> {
        [Self::Mobile, Self::Codex]
            .into_iter()
            .find(|client| client.id() == id)
    }

    /// The refresh tokens that a sign-in gives which ends at this address, if it may end there.
    pub(super) fn family_at(self, redirect: &str) -> Option<RefreshFamily> {
        match self {
            Self::Mobile => MOBILE_REDIRECTS
                .iter()
                .find(|(known, _)| *known == redirect)
                .map(|(_, family)| *family),
            Self::Codex => is_codex_callback(redirect).then_some(RefreshFamily::Codex),
        }
    }
}

/// Whether a sign-in at the Codex command line may end here. Which port is registered beside 1455
/// is not known, and so any is taken, as the standard has it for a program on the same machine.
fn is_codex_callback(redirect: &str) -> bool {
    redirect
        .strip_prefix("http://localhost:")
        .and_then(|rest| rest.strip_suffix("/auth/callback"))
        .is_some_and(|port| port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_ends_only_where_it_may() {
        for (client, redirect, family) in [
            (
                Client::Codex,
                "http://localhost:1455/auth/callback",
                Some(RefreshFamily::Codex),
            ),
            (Client::Codex, "http://localhost:1455/other", None),
            (
                Client::Codex,
                "http://localhost:1@evil:80/auth/callback",
                None,
            ),
            (Client::Codex, MOBILE_REDIRECTS[0].0, None),
            (
                Client::Mobile,
                MOBILE_REDIRECTS[0].0,
                Some(RefreshFamily::MobileLasting),
            ),
            (
                Client::Mobile,
                MOBILE_REDIRECTS[1].0,
                Some(RefreshFamily::MobileRotating),
            ),
            (Client::Mobile, "", None),
        ] {
            assert_eq!(client.family_at(redirect), family, "{redirect}");
        }
    }
}
