//! The pages a person sees when signing in. They say what they are, and work without scripts.

use std::fmt::Write as _;

use http::StatusCode;

use super::accounts::OFFERED;
use super::parameters::Parameters;
use crate::reply::Reply;

/// What a person chose.
pub(super) enum Choice {
    /// To sign in with an account of that name.
    Account(String),
    /// Not to sign in.
    Cancel,
    /// Nothing.
    None,
}

impl Choice {
    /// What a page's form says: a button's name, or else the name that was typed.
    pub(super) fn read(form: &Parameters) -> Self {
        if !form.text("cancel").is_empty() {
            return Self::Cancel;
        }
        let named = [form.text("account"), form.text("name")];
        let name = named
            .into_iter()
            .map(str::trim)
            .find(|name| !name.is_empty());
        name.map_or(Self::None, |name| Self::Account(name.to_owned()))
    }
}

/// The page that asks for an account.
pub(super) fn choose_account() -> Reply {
    page(StatusCode::OK, "Sign in", &form(""))
}

/// The page that asks for a device's code and an account.
pub(super) fn enter_code(status: StatusCode, message: &str) -> Reply {
    let code = "<p><label>Code of the device <input name=\"user_code\" required></label></p>";
    let message = format!("<p>{message}</p>");
    page(
        status,
        "Sign in on a device",
        &format!("{message}{}", form(code)),
    )
}

/// A page with a message.
pub(super) fn message(status: StatusCode, message: &str) -> Reply {
    page(status, "Sign in", &format!("<p>{message}</p>"))
}

/// A button for each account that is offered, a field for every other, and a way out. It is sent to
/// the page's own address.
fn form(before: &str) -> String {
    let mut buttons = String::new();
    for account in &OFFERED {
        let (name, plan) = (account.name, account.plan);
        // Writing to a string cannot fail.
        let _ = write!(
            buttons,
            "<p><button name=\"account\" value=\"{name}\">{name} ({plan})</button></p>"
        );
    }
    format!(
        "<form method=\"post\">{before}{buttons}\
         <p><label>Another name <input name=\"name\"></label> <button>Sign in</button></p>\
         <p><button name=\"cancel\" value=\"1\" formnovalidate>Cancel</button></p></form>"
    )
}

fn page(status: StatusCode, title: &str, content: &str) -> Reply {
    Reply::html(
        status,
        format!(
            "<!DOCTYPE html><html lang=\"en-US\"><head><meta charset=\"utf-8\">\
             <title>{title}</title></head><body><h1>{title}</h1>\
             <p>This is the simulator of the sign-in page. Nothing here is real.</p>\
             {content}</body></html>"
        ),
    )
    .with("cache-control", "no-store")
}
