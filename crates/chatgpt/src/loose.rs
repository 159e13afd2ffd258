//! Reading values of a protocol nobody published: a wrong type reads as absence.
//!
//! Used by the message types, where one odd field must not cost the whole message.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A string, borrowed where it can be; anything else is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LooseText<'a>(pub Option<Cow<'a, str>>);

/// A list; anything else is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LooseList<T>(pub Vec<T>);

/// An object; anything else is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LooseObject<T>(pub Option<T>);

/// A number that is not negative, without its fraction; anything else is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LooseNumber(pub Option<u64>);

/// A truth value; anything else is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LooseBool(pub Option<bool>);

impl LooseText<'_> {
    /// The text, if it was one.
    pub fn as_deref(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// The text, or the empty string.
    pub fn text(&self) -> &str {
        self.as_deref().unwrap_or_default()
    }

    /// The text, unless it is empty.
    pub fn said(&self) -> Option<&str> {
        self.as_deref().filter(|text| !text.is_empty())
    }
}

impl<T> LooseList<LooseObject<T>> {
    /// The items that are objects.
    pub fn objects(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.0.iter().filter_map(LooseObject::get)
    }
}

impl<T> LooseObject<T> {
    /// The object, if it was one.
    pub fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

impl LooseBool {
    /// Whether it was stated and true.
    pub fn is_true(self) -> bool {
        self.0 == Some(true)
    }
}

impl<T> Default for LooseList<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Default for LooseObject<T> {
    fn default() -> Self {
        Self(None)
    }
}

/// What a type makes of each kind of JSON value; of the others, its default.
pub(crate) trait Loose<'de>: Default {
    fn borrowed(text: &'de str) -> Self {
        Self::text(text)
    }

    fn text(_: &str) -> Self {
        Self::default()
    }

    fn bool(_: bool) -> Self {
        Self::default()
    }

    fn number(_: f64) -> Self {
        Self::default()
    }

    fn list<A: SeqAccess<'de>>(mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }

    fn object<A: MapAccess<'de>>(mut fields: A) -> Result<Self, A::Error> {
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }
}

/// Reads any JSON value as a `T`.
pub(crate) fn read<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Loose<'de>,
    D: Deserializer<'de>,
{
    deserializer.deserialize_any(AnyValue(PhantomData))
}

/// Reads an object; of anything else, its default.
pub(crate) fn object_or_default<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Deserialize<'de> + Default,
    D: Deserializer<'de>,
{
    LooseObject::deserialize(deserializer).map(|object| object.0.unwrap_or_default())
}

struct AnyValue<T>(PhantomData<T>);

impl<'de, T: Loose<'de>> Visitor<'de> for AnyValue<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<T, E> {
        Ok(T::borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        Ok(T::text(text))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<T, E> {
        Ok(T::bool(value))
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes and places are small")]
    fn visit_i64<E: Error>(self, value: i64) -> Result<T, E> {
        Ok(T::number(value as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes and places are small")]
    fn visit_u64<E: Error>(self, value: u64) -> Result<T, E> {
        Ok(T::number(value as f64))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<T, E> {
        Ok(T::number(value))
    }

    fn visit_unit<E: Error>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<T, A::Error> {
        T::list(items)
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
        T::object(fields)
    }
}

impl<'de: 'a, 'a> Loose<'de> for LooseText<'a> {
    fn borrowed(text: &'de str) -> Self {
        Self(Some(Cow::Borrowed(text)))
    }

    fn text(text: &str) -> Self {
        Self(Some(Cow::Owned(text.to_owned())))
    }
}

impl<'de, T: Deserialize<'de>> Loose<'de> for LooseList<T> {
    fn list<A: SeqAccess<'de>>(mut items: A) -> Result<Self, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Self(list))
    }
}

impl<'de, T: Deserialize<'de>> Loose<'de> for LooseObject<T> {
    fn object<A: MapAccess<'de>>(fields: A) -> Result<Self, A::Error> {
        T::deserialize(MapAccessDeserializer::new(fields)).map(|object| Self(Some(object)))
    }
}

impl Loose<'_> for LooseNumber {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative, and a cast saturates"
    )]
    fn number(value: f64) -> Self {
        Self((value >= 0.0).then_some(value as u64))
    }
}

impl Loose<'_> for LooseBool {
    fn bool(value: bool) -> Self {
        Self(Some(value))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for LooseText<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for LooseList<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for LooseObject<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer)
    }
}

impl<'de> Deserialize<'de> for LooseNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer)
    }
}

impl<'de> Deserialize<'de> for LooseBool {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer)
    }
}
