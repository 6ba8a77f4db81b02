//! Attributes that make a function cacheable, under whatever name they were imported.
//!
//! In: a function's attributes. Out: [`Mark`]s, and once names can be resolved, whether one of them is `#[cacheable]`
//! and what it says about versioning ([`crate::overrides`]). All other options are the macro's own business.

use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, Meta};

use crate::cfg::Truth;
use crate::overrides::Overrides;
use crate::paths::Paths;
use crate::scopes::{ScopeId, name_of};

/// The attribute and its aliases, as cache-runtime exports them: last segments of paths.
pub(crate) const NAMES: [&str; 5] =
    ["cacheable", "robust_cacheable", "time_aware_cacheable", "cv_cacheable", "cacheable_stable"];

/// The alias that opts out of versioning.
const STABLE: &str = "cacheable_stable";

/// Attributes of the compiler, which are not worth remembering.
const BUILT_IN: [&str; 22] = [
    "allow",
    "automatically_derived",
    "bench",
    "cfg",
    "cfg_attr",
    "cold",
    "deny",
    "deprecated",
    "derive",
    "doc",
    "expect",
    "forbid",
    "global_allocator",
    "ignore",
    "inline",
    "must_use",
    "no_mangle",
    "path",
    "should_panic",
    "target_feature",
    "test",
    "warn",
];

/// An attribute that may turn out to be `#[cacheable]`.
pub(crate) struct Mark {
    segments: Vec<String>,
    /// The value of `auto_versioning`, if the attribute is certain to apply and has one.
    auto_versioning: Option<bool>,
    overrides: Overrides,
    certain: bool,
}

/// What a function's attributes say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caching {
    /// `auto_versioning` as written, or implied by an alias or an override; `None` leaves it to the builder.
    pub(crate) auto_versioning: Option<bool>,
    /// What the version is made from.
    pub(crate) overrides: Overrides,
}

/// The attributes worth looking at again.
pub(crate) fn marks<'a>(attributes: impl IntoIterator<Item = &'a (Attribute, Truth)>) -> Vec<Mark> {
    let marks = attributes.into_iter().filter_map(|(attribute, truth)| {
        let segments: Vec<_> =
            attribute.path().segments.iter().map(|segment| name_of(&segment.ident)).collect();
        if segments.len() == 1 && BUILT_IN.contains(&segments[0].as_str()) {
            return None;
        }
        let certain = *truth == Truth::True;
        let auto_versioning = match &attribute.meta {
            // What may not apply must not switch versions off.
            Meta::List(list) if certain => auto_versioning(list.tokens.clone()),
            _ => None,
        };
        let overrides = match &attribute.meta {
            Meta::List(list) => Overrides::parse(list.tokens.clone()),
            _ => Overrides::default(),
        };
        let overrides = if certain { overrides } else { overrides.if_it_applies() };
        Some(Mark { segments, auto_versioning, overrides, certain })
    });
    marks.collect()
}

/// What the marks of a function in `scope` mean; `None` if none of them is `#[cacheable]`.
pub(crate) fn caching(marks: &[Mark], scope: ScopeId, paths: &Paths<'_>) -> Option<Caching> {
    marks.iter().find_map(|mark| {
        let resolved = paths.attribute(scope, &mark.segments);
        let name = NAMES.into_iter().find(|name| resolved.rsplit("::").next() == Some(name))?;
        let stable = (name == STABLE && mark.certain).then_some(false);
        let wanted = mark.overrides.want_versions().then_some(true);
        let auto_versioning = mark.auto_versioning.or(stable).or(wanted);
        Some(Caching { auto_versioning, overrides: mark.overrides.clone() })
    })
}

/// Finds `auto_versioning = true` or `false` among an attribute's options.
fn auto_versioning(tokens: TokenStream) -> Option<bool> {
    let tokens: Vec<_> = tokens.into_iter().collect();
    tokens.windows(3).find_map(|window| match window {
        [TokenTree::Ident(key), TokenTree::Punct(equals), TokenTree::Ident(value)]
            if key == "auto_versioning" && equals.as_char() == '=' =>
        {
            match value.to_string().as_str() {
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            }
        }
        _ => None,
    })
}
