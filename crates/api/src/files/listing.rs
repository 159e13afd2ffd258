//! The query of `GET /v1/files`, read parameter by parameter; one that is unknown is ignored.

use openai::error::InvalidRequest;
use percent_encoding::percent_decode_str;
use store::files::{Listing, Order};
use web::ApiError;

const MAX_LIMIT: usize = 10_000;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Query {
    after: Option<String>,
    limit: usize,
    order: Order,
    purpose: Option<String>,
}

impl Query {
    /// Reads what comes after the `?`; an empty value counts as left out.
    pub(super) fn read(query: &str) -> Result<Self, InvalidRequest> {
        let mut read = Self {
            after: None,
            limit: MAX_LIMIT,
            order: Order::Descending,
            purpose: None,
        };
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = value.replace('+', " ");
            let value = percent_decode_str(&value).decode_utf8();
            let value = value.map_err(|_| InvalidRequest::parameter(name, "it is not UTF-8"))?;
            if value.is_empty() {
                continue;
            }
            match name {
                "after" => read.after = Some(value.into_owned()),
                "purpose" => read.purpose = Some(value.into_owned()),
                "limit" => read.limit = limit(&value)?,
                "order" => read.order = order(&value)?,
                _ => {}
            }
        }
        Ok(read)
    }

    pub(super) fn listing(&self) -> Listing<'_> {
        Listing {
            purpose: self.purpose.as_deref(),
            after: self.after.as_deref(),
            limit: self.limit,
            order: self.order,
        }
    }
}

fn limit(value: &str) -> Result<usize, InvalidRequest> {
    match value.parse() {
        Ok(limit) if (1..=MAX_LIMIT).contains(&limit) => Ok(limit),
        _ => Err(InvalidRequest::parameter(
            "limit",
            format!("\"limit\" has to be a number from 1 to {MAX_LIMIT}"),
        )),
    }
}

fn order(value: &str) -> Result<Order, InvalidRequest> {
    match value {
        "asc" => Ok(Order::Ascending),
        "desc" => Ok(Order::Descending),
        _ => Err(InvalidRequest::parameter(
            "order",
            "\"order\" has to be \"asc\" or \"desc\"",
        )),
    }
}

pub(super) fn unknown_after() -> ApiError {
    let message = "there is no file to go on after; begin again without \"after\"";
    InvalidRequest::parameter("after", message).into()
}

#[cfg(test)]
mod tests {
    use store::files::Order;

    use super::Query;

    fn param_at_fault(query: &str) -> String {
        Query::read(query).unwrap_err().param.unwrap()
    }

    #[test]
    fn what_is_left_out_empty_or_unknown_has_the_usual_value() {
        let usual = Query::read("").unwrap();
        assert_eq!(usual.limit, 10_000);
        assert_eq!(usual.order, Order::Descending);
        assert_eq!(Query::read("after=&limit=&color=red&&x").unwrap(), usual);
    }

    #[test]
    fn each_parameter_is_decoded() {
        let query = Query::read("after=file-%41&limit=7&order=asc&purpose=a+b").unwrap();
        assert_eq!(query.after.as_deref(), Some("file-A"));
        assert_eq!((query.limit, query.order), (7, Order::Ascending));
        assert_eq!(query.purpose.as_deref(), Some("a b"));
    }

    #[test]
    fn a_wrong_value_is_named() {
        for (query, param) in [
            ("limit=0", "limit"),
            ("limit=10001", "limit"),
            ("limit=all", "limit"),
            ("order=newest", "order"),
            ("after=%ff", "after"),
        ] {
            assert_eq!(param_at_fault(query), param);
        }
    }
}
