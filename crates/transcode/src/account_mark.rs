//! The mark of an account before what upstream has sealed for it.
//!
//! Sealed thoughts can be opened for the account that they were made for, and fail for every
//! other. A mark goes out with them, so that a driver knows its own when they come back.

use serde_json::Value;

/// What is sealed in every object that carries something sealed.
const SEALED: &str = "encrypted_content";

/// The mark of one account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountMark(String);

impl AccountMark {
    /// The mark of the account with this key: eight hexadecimal digits and a dot.
    pub fn of(key: [u8; 16]) -> Self {
        let [a, b, c, d, ..] = key;
        Self(format!("{a:02x}{b:02x}{c:02x}{d:02x}."))
    }

    /// What is sealed, with the mark before it.
    pub fn put(&self, sealed: &str) -> String {
        format!("{}{sealed}", self.0)
    }

    /// What is sealed, without the mark; nothing if it has another, or none.
    pub fn take<'a>(&self, marked: &'a str) -> Option<&'a str> {
        marked.strip_prefix(&self.0)
    }

    /// Marks everything sealed inside a value.
    pub(crate) fn put_everywhere(&self, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.put_everywhere(item)),
            Value::Object(members) => {
                for (name, member) in members {
                    match member {
                        Value::String(sealed) if name == SEALED => *sealed = self.put(sealed),
                        member => self.put_everywhere(member),
                    }
                }
            }
            _ => {}
        }
    }

    /// Takes the mark from an item of a caller's; whether the item can be sent up.
    pub(crate) fn take_from_item(&self, item: &mut Value) -> bool {
        let is_sealed_only = matches!(item["type"].as_str(), Some("reasoning" | "compaction"));
        if !is_sealed_only {
            return true;
        }
        let taken = item[SEALED].as_str().and_then(|sealed| self.take(sealed));
        let Some(taken) = taken.map(str::to_owned) else {
            return false;
        };
        item[SEALED] = taken.into();
        true
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::AccountMark;

    #[test]
    fn what_was_sealed_for_another_account_is_not_taken() {
        let ours = AccountMark::of([0xab; 16]);
        let other = AccountMark::of([1; 16]);
        assert_eq!(ours.put("gAAA"), "abababab.gAAA");
        assert_eq!(ours.take("abababab.gAAA"), Some("gAAA"));
        assert_eq!(other.take("abababab.gAAA"), None);
        assert_eq!(ours.take("gAAA"), None);
    }

    #[test]
    fn everything_sealed_is_marked_wherever_it_is() {
        let mark = AccountMark::of([0; 16]);
        let mut value = json!({"response": {"output": [
            {"type": "reasoning", "encrypted_content": "x"},
            {"type": "message", "content": [], "encrypted_content": null},
        ]}});
        mark.put_everywhere(&mut value);
        let item = &mut value["response"]["output"][0];
        assert_eq!(item["encrypted_content"], "00000000.x");
        assert!(mark.take_from_item(item));
        assert_eq!(item["encrypted_content"], "x");
        assert!(!mark.take_from_item(item), "it is not marked any more");
    }
}
