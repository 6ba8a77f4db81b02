//! Which functions the traits of the standard library leave to whoever implements them.
//!
//! In: the name of a trait. Out: its functions without a body in the library. Calling one of these runs what an impl has,
//! and nothing of the library before that; all others may be built upon any function of their trait and of those above it.
//! As the rest of the description, these are facts of the documentation of version 1.95: "Required methods". A trait that
//! isn't listed counts as if it had bodies for all.

/// By trait; the two called `Write` have no name in common.
const REQUIRED: [(&str, &[&str]); 71] = [
    ("Add", &["add"]),
    ("AddAssign", &["add_assign"]),
    ("AsMut", &["as_mut"]),
    ("AsRef", &["as_ref"]),
    ("Binary", &["fmt"]),
    ("BitAnd", &["bitand"]),
    ("BitAndAssign", &["bitand_assign"]),
    ("BitOr", &["bitor"]),
    ("BitOrAssign", &["bitor_assign"]),
    ("BitXor", &["bitxor"]),
    ("BitXorAssign", &["bitxor_assign"]),
    ("Borrow", &["borrow"]),
    ("BorrowMut", &["borrow_mut"]),
    ("BufRead", &["fill_buf", "consume"]),
    ("BuildHasher", &["build_hasher"]),
    ("Clone", &["clone"]),
    ("Debug", &["fmt"]),
    ("Default", &["default"]),
    ("Deref", &["deref"]),
    ("DerefMut", &["deref_mut"]),
    ("Display", &["fmt"]),
    ("Div", &["div"]),
    ("DivAssign", &["div_assign"]),
    ("DoubleEndedIterator", &["next_back"]),
    ("Extend", &["extend"]),
    ("From", &["from"]),
    ("FromIterator", &["from_iter"]),
    ("FromStr", &["from_str"]),
    ("Future", &["poll"]),
    ("Hash", &["hash"]),
    ("Hasher", &["finish", "write"]),
    ("Index", &["index"]),
    ("IndexMut", &["index_mut"]),
    ("Into", &["into"]),
    ("IntoFuture", &["into_future"]),
    ("IntoIterator", &["into_iter"]),
    ("Iterator", &["next"]),
    ("LowerExp", &["fmt"]),
    ("LowerHex", &["fmt"]),
    ("Mul", &["mul"]),
    ("MulAssign", &["mul_assign"]),
    ("Neg", &["neg"]),
    ("Not", &["not"]),
    ("Octal", &["fmt"]),
    ("Ord", &["cmp"]),
    ("PartialEq", &["eq"]),
    ("PartialOrd", &["partial_cmp"]),
    ("Pointer", &["fmt"]),
    ("Product", &["product"]),
    ("Read", &["read"]),
    ("Rem", &["rem"]),
    ("RemAssign", &["rem_assign"]),
    ("Seek", &["seek"]),
    ("Shl", &["shl"]),
    ("ShlAssign", &["shl_assign"]),
    ("Shr", &["shr"]),
    ("ShrAssign", &["shr_assign"]),
    ("Sub", &["sub"]),
    ("SubAssign", &["sub_assign"]),
    ("Sum", &["sum"]),
    ("ToOwned", &["to_owned"]),
    ("ToString", &["to_string"]),
    ("TryFrom", &["try_from"]),
    ("TryInto", &["try_into"]),
    ("UpperExp", &["fmt"]),
    ("UpperHex", &["fmt"]),
    ("Wake", &["wake"]),
    ("Write", &["write_str", "write", "flush"]),
    ("Drop", &["drop"]),
    ("RangeBounds", &["start_bound", "end_bound"]),
    ("ExactSizeIterator", &[]),
];

/// The functions of a trait that have no body in the library; nothing, if that isn't known.
pub(crate) fn required(of: &str) -> Option<&'static [&'static str]> {
    REQUIRED.iter().find(|(name, _)| *name == of).map(|(_, functions)| *functions)
}

/// Whether a function has no body in the library.
pub(crate) fn is_required(of: &str, name: &str) -> bool {
    required(of).is_some_and(|functions| functions.contains(&name))
}

/// Whether a reference to a type has a function by calling nothing of the type but its function of the same name. Of those
/// with a body, the library says so of comparisons and of `clone_from`, which copies a reference: `&mut I` has the body of
/// `count`, which calls `next`, whatever `I` has.
pub(crate) fn is_same_through_references(of: &str, name: &str) -> bool {
    const BODIES: [(&str, &[&str]); 3] =
        [("Clone", &["clone_from"]), ("PartialEq", &["ne"]), ("PartialOrd", &["lt", "le", "gt", "ge"])];
    is_required(of, name) || BODIES.iter().any(|(known, functions)| *known == of && functions.contains(&name))
}

/// Functions whose body in the library calls no other function of its trait, and of those above it, than one.
const BUILT_ON: [(&str, &str, &[&str]); 4] = [
    ("Clone", "clone", &["clone_from"]),
    ("Hash", "hash", &["hash_slice"]),
    ("PartialEq", "eq", &["ne"]),
    ("PartialOrd", "partial_cmp", &["lt", "le", "gt", "ge"]),
];

/// The one function that the library's body of another is built on; nothing, if there are several or that isn't known.
pub(crate) fn built_on(of: &str, name: &str) -> Option<&'static str> {
    let found = BUILT_ON.iter().find(|(known, _, functions)| *known == of && functions.contains(&name));
    found.map(|(_, on, _)| *on)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_required_is_described() {
        for (of, functions) in REQUIRED {
            let start = format!("pub trait {of}");
            let mut traits = crate::graph::standard::DESCRIPTION.match_indices(&start);
            let is_whole = |(at, _): &(usize, &str)| {
                let rest = &crate::graph::standard::DESCRIPTION[at + start.len()..];
                !rest.starts_with(char::is_alphanumeric)
            };
            assert!(traits.any(|found| is_whole(&found)), "{of}");
            let names: Vec<_> = functions.iter().map(|name| format!("fn {name}")).collect();
            assert!(names.iter().all(|name| crate::graph::standard::DESCRIPTION.contains(name)), "{of}");
        }
        for (of, on, _) in BUILT_ON {
            assert!(required(of).is_some_and(|functions| functions.contains(&on)), "{of}");
        }
    }
}
