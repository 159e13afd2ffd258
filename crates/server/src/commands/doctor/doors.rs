//! Who comes in: keys, seeds, the admin, and the network.

use super::{Beside, Finding};

/// Where the admin face keeps the hash of a chosen password.
const PASSWORD_FACT: &str = "admin.password";

pub(super) async fn look(beside: &Beside) -> Vec<Finding> {
    let mut findings = of_seeds_and_admin(beside);
    findings.push(of_network(beside).await);
    findings.push(of_keys(beside).await);
    findings
}

fn of_seeds_and_admin(beside: &Beside) -> Vec<Finding> {
    let accounts = &beside.settings.accounts;
    let mut findings = Vec::new();
    if accounts.is_seed_open {
        findings.push(Finding::warning(
            "seeds",
            "SEED_OPEN is true: whoever reaches the gateway uses an account",
            "take it out, and make seeds with `flowgpt seed add`",
        ));
    }
    if accounts.exposes_seed_tokens {
        findings.push(Finding::warning(
            "seeds",
            "EXPOSE_SEED_TOKENS is true: admins read AccessTokens at /seedtoken",
            "take it out as soon as nobody needs that",
        ));
    }
    if accounts.admin_by_prefix {
        findings.push(Finding::warning(
            "admin",
            "ADMIN_BY_PREFIX is true: whoever calls the API is an admin",
            "take it out, and set ADMIN_PASSWORD",
        ));
    }
    findings
}

async fn of_network(beside: &Beside) -> Finding {
    let settings = &beside.settings;
    if settings.host.is_loopback() {
        return Finding::good("listening", "on this machine only");
    }
    let database = &beside.services.database;
    let is_chosen = matches!(database.fact(PASSWORD_FACT).await, Ok(Some(_)));
    let has_password = settings.accounts.admin_password.is_some() || is_chosen;
    if !has_password && settings.api_prefix.is_empty() {
        return Finding::problem(
            "listening",
            "on a network without an admin password; FlowGPT will not start like that",
            "set ADMIN_PASSWORD or API_PREFIX, or start once with HOST=127.0.0.1 and choose a \
             password at the link it prints",
        );
    }
    Finding::warning(
        "listening",
        "on a network, and in plain HTTP",
        "put a TLS proxy in front",
    )
}

async fn of_keys(beside: &Beside) -> Finding {
    let managed = beside.services.keys.list().await.map_or(0, |it| it.len());
    let fixed = beside.settings.accounts.gateway_keys.len();
    if managed + fixed == 0 {
        return Finding::warning(
            "keys",
            "there is no gateway key",
            "set AUTHORIZATION, or run `flowgpt key create NAME`",
        );
    }
    Finding::good(
        "keys",
        format!("{fixed} in AUTHORIZATION, {managed} managed"),
    )
}
