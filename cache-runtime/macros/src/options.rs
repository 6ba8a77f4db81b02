//! The options of `#[cacheable(…)]` and of its aliases.
//!
//! In: the tokens between the attribute's parentheses, and which alias was written. Out: [`Options`], or every mistake
//! at once, each at its place. Whether an ignored argument exists is not known here; see `check.rs`.

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{LitBool, LitInt, LitStr, Path, Token};

const KNOWN: &str =
    "`auto_versioning`, `cache_err`, `compress`, `crate`, `durable`, `ignore`, `memory`, `time_aware`, `ttl`";

/// Which name the attribute was written under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Alias {
    /// `cacheable`, `robust_cacheable`, `cv_cacheable`.
    Plain,
    /// `time_aware_cacheable`.
    TimeAware,
    /// `cacheable_stable`.
    Stable,
}

/// What the attribute asks for.
pub(crate) struct Options {
    /// Whether the version follows the code.
    pub(crate) auto_versioning: bool,
    /// Where the covered time range was asked for, if it was.
    pub(crate) time_aware: Option<Span>,
    /// The arguments that don't count in the key.
    pub(crate) ignore: Vec<Ident>,
    /// How long a value may be used.
    pub(crate) ttl: Option<Duration>,
    /// The largest value that is kept in memory, in bytes, if the function says; 0 for none.
    pub(crate) memory: Option<u64>,
    /// Where storing `Err` was asked for, if it was.
    pub(crate) cache_err: Option<Span>,
    /// Where compression was asked for, if it was, and at which level.
    pub(crate) compress: Option<(Span, i32)>,
    /// Whether a call returns only when its result survives a power cut.
    pub(crate) durable: bool,
    /// The path of the runtime crate.
    pub(crate) root: Path,
}

/// An option's value and where its name stands; absent until it is written.
type Given<T> = Option<(Span, T)>;

#[derive(Default)]
struct Collected {
    auto_versioning: Given<bool>,
    time_aware: Given<bool>,
    ignore: Given<Vec<Ident>>,
    ttl: Given<Duration>,
    memory: Given<Option<u64>>,
    cache_err: Given<bool>,
    compress: Given<Option<i32>>,
    durable: Given<bool>,
    root: Given<Path>,
}

impl Options {
    /// Reads the options written after `alias`.
    pub(crate) fn parse(alias: Alias, tokens: TokenStream) -> syn::Result<Self> {
        let collected = (|input: ParseStream<'_>| collect(input)).parse2(tokens)?;
        let contradiction = match (alias, collected.auto_versioning, collected.time_aware) {
            (Alias::Stable, Some((span, true)), _) => Some((
                span,
                "`cacheable_stable` means `auto_versioning = false`; write `#[cacheable]` instead",
            )),
            (Alias::TimeAware, _, Some((span, false))) => {
                Some((span, "`time_aware_cacheable` means `time_aware = true`; write `#[cacheable]` instead"))
            }
            _ => None,
        };
        if let Some((span, message)) = contradiction {
            return Err(syn::Error::new(span, message));
        }
        let asked = |given: Given<bool>| given.and_then(|(span, on)| on.then_some(span));
        Ok(Self {
            auto_versioning: alias != Alias::Stable && collected.auto_versioning.is_none_or(|(_, on)| on),
            time_aware: match alias {
                Alias::TimeAware => Some(asked(collected.time_aware).unwrap_or_else(Span::call_site)),
                Alias::Plain | Alias::Stable => asked(collected.time_aware),
            },
            ignore: collected.ignore.map(|(_, names)| names).unwrap_or_default(),
            ttl: collected.ttl.map(|(_, ttl)| ttl),
            memory: collected.memory.and_then(|(_, limit)| limit),
            cache_err: asked(collected.cache_err),
            compress: collected.compress.and_then(|(span, level)| Some((span, level?))),
            durable: collected.durable.is_some_and(|(_, on)| on),
            root: collected.root.map_or_else(default_root, |(_, path)| path),
        })
    }
}

/// The runtime crate under its own name.
pub(crate) fn default_root() -> Path {
    let mut path = Path::from(Ident::new("cache_runtime", Span::call_site()));
    path.leading_colon = Some(Token![::](Span::call_site()));
    path
}

fn collect(input: ParseStream<'_>) -> syn::Result<Collected> {
    let mut collected = Collected::default();
    let mut mistakes: Option<syn::Error> = None;
    while !input.is_empty() {
        if let Err(mistake) = one_option(input, &mut collected) {
            match &mut mistakes {
                Some(all) => all.combine(mistake),
                None => mistakes = Some(mistake),
            }
            // One bad option shouldn't hide the mistakes in those after it.
            while !input.is_empty() && !input.peek(Token![,]) {
                input.parse::<proc_macro2::TokenTree>()?;
            }
        }
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    mistakes.map_or(Ok(collected), Err)
}

fn one_option(input: ParseStream<'_>, collected: &mut Collected) -> syn::Result<()> {
    let Ok(name) = Ident::parse_any(input) else {
        return Err(input.error(format!("expected an option; known options: {KNOWN}")));
    };
    let text = name.unraw().to_string();
    match text.as_str() {
        "auto_versioning" => {
            if !input.peek(Token![=]) {
                return Err(syn::Error::new(
                    name.span(),
                    "versions follow the code by default; to switch that off write `auto_versioning = false`",
                ));
            }
            let value = flag(input)?;
            once(&mut collected.auto_versioning, &name, value)
        }
        "time_aware" => {
            let value = flag(input)?;
            once(&mut collected.time_aware, &name, value)
        }
        "cache_err" => {
            let value = flag(input)?;
            once(&mut collected.cache_err, &name, value)
        }
        "compress" => {
            let level = compression(input)?;
            once(&mut collected.compress, &name, level)
        }
        "durable" => {
            let value = flag(input)?;
            once(&mut collected.durable, &name, value)
        }
        "ignore" => {
            let names = ignored(&name, input)?;
            once(&mut collected.ignore, &name, names)
        }
        "ttl" => {
            let value = ttl(&name, input)?;
            once(&mut collected.ttl, &name, value)
        }
        "crate" => {
            if !input.peek(Token![=]) {
                return Err(syn::Error::new(name.span(), "write `crate = path::of::cache_runtime`"));
            }
            input.parse::<Token![=]>()?;
            let path = Path::parse_mod_style(input)?;
            once(&mut collected.root, &name, path)
        }
        "memory" => {
            let value = memory(&name, input)?;
            once(&mut collected.memory, &name, value)
        }
        _ => {
            Err(syn::Error::new(name.span(), format!("there is no option `{text}`; known options: {KNOWN}")))
        }
    }
}

fn once<T>(slot: &mut Given<T>, name: &Ident, value: T) -> syn::Result<()> {
    if slot.is_some() {
        return Err(syn::Error::new(name.span(), format!("`{}` is given twice; keep one", name.unraw())));
    }
    *slot = Some((name.span(), value));
    Ok(())
}

/// `name`, `name = true` or `name = false`.
fn flag(input: ParseStream<'_>) -> syn::Result<bool> {
    if input.parse::<Option<Token![=]>>()?.is_none() {
        return Ok(true);
    }
    match input.parse::<LitBool>() {
        Ok(value) => Ok(value.value),
        Err(mistake) => Err(syn::Error::new(mistake.span(), "expected `true` or `false`")),
    }
}

/// `compress`, `compress = true`, `compress = false` or `compress = 9`.
fn compression(input: ParseStream<'_>) -> syn::Result<Option<i32>> {
    const USAGE: &str = "expected `true`, `false` or a level of zstd from 1 to 22";
    /// Fast, and most of what zstd can do.
    const DEFAULT: i32 = 3;
    if input.parse::<Option<Token![=]>>()?.is_none() {
        return Ok(Some(DEFAULT));
    }
    if input.peek(LitBool) {
        return input.parse::<LitBool>().map(|on| on.value.then_some(DEFAULT));
    }
    let number = input.parse::<LitInt>().map_err(|mistake| syn::Error::new(mistake.span(), USAGE))?;
    match number.base10_parse::<i32>() {
        Ok(level @ 1..=22) => Ok(Some(level)),
        _ => Err(syn::Error::new(number.span(), USAGE)),
    }
}

/// `ignore(a, b)`.
fn ignored(name: &Ident, input: ParseStream<'_>) -> syn::Result<Vec<Ident>> {
    const USAGE: &str = "name the arguments that don't count, for example `ignore(verbose, threads)`";
    if !input.peek(syn::token::Paren) {
        return Err(syn::Error::new(name.span(), USAGE));
    }
    let content;
    syn::parenthesized!(content in input);
    if content.is_empty() {
        return Err(syn::Error::new(name.span(), USAGE));
    }
    let names = Punctuated::<Ident, Token![,]>::parse_terminated_with(&content, Ident::parse_any)
        .map_err(|mistake| syn::Error::new(mistake.span(), USAGE))?;
    for (position, name) in names.iter().enumerate() {
        if names.iter().take(position).any(|earlier| earlier.unraw() == name.unraw()) {
            return Err(syn::Error::new(name.span(), format!("`{name}` is ignored twice; keep one")));
        }
    }
    Ok(names.into_iter().collect())
}

/// `ttl = "1d"`.
fn ttl(name: &Ident, input: ParseStream<'_>) -> syn::Result<Duration> {
    const USAGE: &str =
        "write a duration with its unit, for example `ttl = \"1d\"`, `\"90m\"` or `\"1h 30m\"`";
    if input.parse::<Option<Token![=]>>()?.is_none() {
        return Err(syn::Error::new(name.span(), USAGE));
    }
    let text = input.parse::<LitStr>().map_err(|mistake| syn::Error::new(mistake.span(), USAGE))?;
    match humantime::parse_duration(&text.value()) {
        Ok(Duration::ZERO) => Err(syn::Error::new(
            text.span(),
            "a value with no time to live would never be used; remove the attribute or give a longer `ttl`",
        )),
        Ok(ttl) => Ok(ttl),
        Err(cause) => {
            Err(syn::Error::new(text.span(), format!("`{}` is no duration ({cause}); {USAGE}", text.value())))
        }
    }
}

/// `memory = false`, `memory = "1MB"`, or `memory = true` for what holds without the option.
fn memory(name: &Ident, input: ParseStream<'_>) -> syn::Result<Option<u64>> {
    const USAGE: &str = "small values are kept in memory by default; write `memory = false` to keep none, or the largest \
                         value to keep with its unit, for example `memory = \"1MB\"`";
    if input.parse::<Option<Token![=]>>()?.is_none() {
        return Err(syn::Error::new(name.span(), USAGE));
    }
    if input.peek(LitBool) {
        return Ok(if input.parse::<LitBool>()?.value { None } else { Some(0) });
    }
    let text = input.parse::<LitStr>().map_err(|mistake| syn::Error::new(mistake.span(), USAGE))?;
    let wrong =
        |problem: &str| syn::Error::new(text.span(), format!("`{}` {problem}; {USAGE}", text.value()));
    if text.value().trim().parse::<f64>().is_ok() {
        return Err(wrong("has no unit"));
    }
    match text.value().trim().parse::<bytesize::ByteSize>() {
        // What doesn't fit is cut off there without a word.
        Ok(size) if size.as_u64() == u64::MAX => Err(wrong("is more than any memory holds")),
        Ok(size) if size.as_u64() == 0 => Err(wrong("keeps nothing")),
        Ok(size) => Ok(Some(size.as_u64())),
        Err(_) => Err(wrong("is no size")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(alias: Alias, text: &str, expected: impl FnOnce(&Options) -> bool) {
        let options = Options::parse(alias, text.parse().unwrap()).unwrap_or_else(|error| panic!("{error}"));
        assert!(expected(&options), "{text}");
    }

    #[track_caller]
    fn refused(alias: Alias, text: &str, expected: &[&str]) {
        let error =
            Options::parse(alias, text.parse().unwrap()).err().unwrap_or_else(|| panic!("accepted: {text}"));
        let found: Vec<String> = error.into_iter().map(|mistake| mistake.to_string()).collect();
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "`{expected}` not in: {found}");
        }
    }

    #[test]
    fn nothing_written_means_versions_that_follow_the_code() {
        for text in ["", " "] {
            check(Alias::Plain, text, |o| {
                o.auto_versioning && o.time_aware.is_none() && o.cache_err.is_none()
            });
        }
    }

    #[test]
    fn every_option_is_read() {
        check(Alias::Plain, "auto_versioning = false", |o| !o.auto_versioning);
        check(Alias::Plain, "auto_versioning = true,", |o| o.auto_versioning);
        check(Alias::Plain, "time_aware", |o| o.time_aware.is_some());
        check(Alias::Plain, "time_aware = true", |o| o.time_aware.is_some());
        check(Alias::Plain, "time_aware = false", |o| o.time_aware.is_none());
        check(Alias::Plain, "ignore(a, self, r#type)", |o| o.ignore.len() == 3);
        check(Alias::Plain, "ttl = \"1h 30m\"", |o| o.ttl == Some(Duration::from_secs(5400)));
        check(Alias::Plain, "cache_err", |o| o.cache_err.is_some());
        check(Alias::Plain, "", |o| o.memory.is_none());
        check(Alias::Plain, "memory = true", |o| o.memory.is_none());
        check(Alias::Plain, "memory = false", |o| o.memory == Some(0));
        check(Alias::Plain, "memory = \"1MB\"", |o| o.memory == Some(1_000_000));
        check(Alias::Plain, "memory = \"1.5 MiB\"", |o| o.memory == Some(1_572_864));
        check(Alias::Plain, "compress", |o| o.compress.is_some_and(|(_, level)| level == 3));
        check(Alias::Plain, "compress = 19", |o| o.compress.is_some_and(|(_, level)| level == 19));
        check(Alias::Plain, "compress = false", |o| o.compress.is_none());
        check(Alias::Plain, "durable", |o| o.durable);
        check(Alias::Plain, "durable = false", |o| !o.durable);
        check(Alias::Plain, "crate = ::other::name", |o| o.root.segments.len() == 2);
        check(Alias::Plain, "crate = crate::reexport", |o| o.root.segments.len() == 2);
        check(Alias::Plain, "", |o| o.root.leading_colon.is_some() && o.root.segments.len() == 1);
        check(Alias::Plain, "ttl = \"1d\", ignore(x), cache_err", |o| o.ttl.is_some() && o.ignore.len() == 1);
    }

    #[test]
    fn an_alias_sets_its_option_and_takes_the_others() {
        check(Alias::TimeAware, "", |o| o.time_aware.is_some() && o.auto_versioning);
        check(Alias::TimeAware, "auto_versioning = false", |o| o.time_aware.is_some() && !o.auto_versioning);
        check(Alias::Stable, "", |o| !o.auto_versioning);
        check(Alias::Stable, "time_aware = true", |o| !o.auto_versioning && o.time_aware.is_some());
        check(Alias::Stable, "auto_versioning = false", |o| !o.auto_versioning);
        refused(Alias::Stable, "auto_versioning = true", &["write `#[cacheable]`"]);
        refused(Alias::TimeAware, "time_aware = false", &["write `#[cacheable]`"]);
    }

    #[test]
    fn every_mistake_is_named_with_its_remedy() {
        refused(Alias::Plain, "speed", &["there is no option `speed`; known options: `auto_versioning`"]);
        refused(Alias::Plain, "ttl = \"1d\", ttl = \"2d\"", &["given twice"]);
        refused(Alias::Plain, "cache_err, cache_err = false", &["given twice"]);
        refused(Alias::Plain, "ttl = \"soon\"", &["`soon` is no duration"]);
        refused(Alias::Plain, "ttl = 5", &["ttl = \"1d\""]);
        refused(Alias::Plain, "ttl", &["ttl = \"1d\""]);
        refused(Alias::Plain, "ttl = \"0s\"", &["never be used"]);
        refused(Alias::Plain, "auto_versioning", &["auto_versioning = false"]);
        refused(Alias::Plain, "auto_versioning = False", &["expected `true` or `false`"]);
        refused(Alias::Plain, "compress = 0", &["from 1 to 22"]);
        refused(Alias::Plain, "compress = 99999999999", &["from 1 to 22"]);
        refused(Alias::Plain, "compress = \"zstd\"", &["from 1 to 22"]);
        refused(Alias::Plain, "ignore", &["ignore(verbose, threads)"]);
        refused(Alias::Plain, "ignore()", &["ignore(verbose, threads)"]);
        refused(Alias::Plain, "ignore(1)", &["ignore(verbose, threads)"]);
        refused(Alias::Plain, "ignore(a, a)", &["ignored twice"]);
        refused(Alias::Plain, "memory", &["write `memory = false`"]);
        refused(Alias::Plain, "memory = 5", &["write `memory = false`"]);
        refused(Alias::Plain, "memory = \"5\"", &["`5` has no unit"]);
        refused(Alias::Plain, "memory = \"much\"", &["`much` is no size"]);
        refused(Alias::Plain, "memory = \"0MB\"", &["`0MB` keeps nothing"]);
        refused(Alias::Plain, "memory = \"99999999999999999999GB\"", &["more than any memory holds"]);
        refused(Alias::Plain, "memory = false, memory = true", &["given twice"]);
        refused(Alias::Plain, "crate", &["crate = path"]);
        refused(Alias::Plain, "\"1d\"", &["expected an option"]);
        refused(Alias::Plain, "speed, ttl = \"x\", memory", &["no option", "no duration", "memory = false"]);
    }
}
