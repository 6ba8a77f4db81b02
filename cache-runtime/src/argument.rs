//! How an argument gets into the key: in bulk, by its `Serialize` implementation, or with an error that says what to do.
//!
//! In: a reference to the argument. Out: a section of the key, or the text of a moment. Which of these it is, is decided
//! by method resolution: a method that takes `self` by value goes before those that borrow it, and among these an
//! inherent one before a trait's. Each has its bound. Type parameters go by `Serialize`, whatever they stand for; the
//! key is the same.

use std::borrow::Cow;

use serde::Serialize;

use crate::key::{Bulk, KeyBuilder};

/// One argument of a call.
#[doc(hidden)]
#[derive(Debug)]
pub struct Argument<'a, T: ?Sized>(pub &'a T);

impl<T: Serialize + ?Sized> Argument<'_, T> {
    /// Adds the argument to the key.
    pub fn add(&self, key: &mut KeyBuilder, name: &str) {
        key.argument(name, self.0);
    }

    /// The argument as the text of a moment: its JSON without the quotes around it, which is what dates of all crates
    /// look like. Empty where it has no JSON; the key holds the argument itself in any case.
    #[must_use]
    pub fn moment(&self) -> String {
        let json = serde_json::to_string(self.0).unwrap_or_default();
        let unquoted = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        unquoted.map_or_else(|| json.clone(), str::to_owned)
    }
}

/// Goes first, for arguments of plain types.
#[doc(hidden)]
pub trait ArgumentInBulk {
    /// Adds the argument to the key.
    fn add(self, key: &mut KeyBuilder, name: &str);
}

impl<T: Bulk + ?Sized> ArgumentInBulk for Argument<'_, T> {
    #[inline]
    fn add(self, key: &mut KeyBuilder, name: &str) {
        key.bulk_argument(name, self.0);
    }
}

/// Stands in where an argument isn't [`Serialize`]; the bound makes it a compile error at the argument.
#[doc(hidden)]
pub trait ArgumentByBound {
    /// The argument's type.
    type Value: ?Sized;

    /// Never runs.
    fn add(&self, _: &mut KeyBuilder, _: &str)
    where
        Unserializable: KeyPart<Self::Value>,
    {
    }

    /// Never runs.
    fn moment(&self) -> String
    where
        Unserializable: KeyPart<Self::Value>,
    {
        String::new()
    }
}

impl<T: ?Sized> ArgumentByBound for Argument<'_, T> {
    type Value = T;
}

/// Holds for nothing: its message is the point.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "an argument of type `{T}` can't be part of the cache key",
    label = "needs `serde::Serialize`",
    note = "derive `serde::Serialize` for `{T}` and for what it holds; for a type parameter or `Self` of a trait, \
            add the bound",
    note = "if the result doesn't depend on this argument, leave it out of the key: `#[cacheable(ignore(its_name))]`"
)]
pub trait KeyPart<T: ?Sized> {}

/// What [`KeyPart`] is asked of. Were it the argument's type, the compiler would suggest the bound to the user.
#[doc(hidden)]
#[derive(Debug)]
pub struct Unserializable;

/// Adds to the key which instance of a generic function was called: `type_name` is that of a closure made by the
/// function `written_in`, which stands for the function `of`.
#[doc(hidden)]
pub fn instance(key: &mut KeyBuilder, type_name: &str, written_in: &str, of: &str) {
    key.instance(&instance_name(type_name, written_in, of));
}

/// The closure's type name without what differs between a function and its companion: how deep the closure is nested,
/// and the function's own name, which is the last one outside angle brackets.
fn instance_name<'a>(type_name: &'a str, written_in: &str, of: &str) -> Cow<'a, str> {
    let mut path = type_name;
    while let Some(outer) = path.strip_suffix("::{{closure}}") {
        path = outer;
    }
    if written_in == of {
        return path.into();
    }
    let mut depth = 0_usize;
    let mut last = None;
    let mut before = ' ';
    for (position, char) in path.char_indices() {
        match char {
            '<' => depth += 1,
            '>' if before != '-' => depth = depth.saturating_sub(1),
            _ if depth == 0 && path.get(position..).is_some_and(|rest| rest.starts_with(written_in)) => {
                last = Some(position);
            }
            _ => {}
        }
        before = char;
    }
    let parts =
        last.and_then(|position| Some((path.get(..position)?, path.get(position + written_in.len()..)?)));
    parts.map_or_else(|| path.into(), |(head, tail)| format!("{head}{of}{tail}").into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;
    use crate::version::Version;

    #[test]
    fn a_moment_is_the_text_of_a_date_or_the_number_of_a_time_stamp() {
        assert_eq!(Argument("2024-01-31").moment(), "2024-01-31");
        assert_eq!(Argument(&1_700_000_000_u64).moment(), "1700000000");
        assert_eq!(Argument(&[1, 2]).moment(), "[1,2]");
    }

    #[test]
    fn what_an_argument_is_decides_how_it_gets_into_the_key() {
        #[derive(Serialize)]
        struct Own(u8);
        fn any<T: Serialize>(value: &T) -> Key {
            keyed(|key| Argument(value).add(key, "x"))
        }
        fn keyed(add: impl FnOnce(&mut KeyBuilder)) -> Key {
            let mut key = KeyBuilder::new("lib", "app::f", &Version::STABLE);
            add(&mut key);
            key.finish().unwrap().0
        }
        let values = vec![1.0, 2.0];
        assert_eq!(keyed(|key| Argument(&values).add(key, "x")), any(&values));
        assert_eq!(keyed(|key| Argument(&(Own(1), 2)).add(key, "x")), any(&(Own(1), 2)));
        // Arrays of this length and counted pointers have no `Serialize` implementation.
        let (array, slice) = ([1.0; 100], std::rc::Rc::<[f64]>::from([1.0; 100]));
        assert_ne!(keyed(|key| Argument(&array).add(key, "x")), keyed(|key| Argument(&slice).add(key, "x")));
    }

    #[test]
    fn a_companion_names_the_same_instance_as_its_function() {
        for (own, companion) in [
            ("a::f", "a::f_cache_key::{{closure}}"),
            ("a::f<u8, 3>", "a::f_cache_key<u8, 3>::{{closure}}::{{closure}}"),
            (
                "<a::M<b::f_cache_key>>::f<fn() -> u8>",
                "<a::M<b::f_cache_key>>::f_cache_key<fn() -> u8>::{{closure}}",
            ),
            ("a::f_cache_key::f", "a::f_cache_key::f_cache_key"),
        ] {
            let closure = format!("{own}::{{{{closure}}}}::{{{{closure}}}}");
            assert_eq!(instance_name(&closure, "f", "f"), own);
            assert_eq!(instance_name(companion, "f_cache_key", "f"), own);
        }
    }
}
