//! The options of `#[cacheable(…)]` and of its aliases.
//!
//! In: the tokens between the attribute's parentheses, and which alias was written. Out: [`Options`], or every mistake
//! at once, each at its place. Whether an ignored argument exists is not known here; see `check.rs`.

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, LitBool, LitInt, LitStr, Path, Token};

const KNOWN: &str = "`auto_versioning`, `cache_err`, `compress`, `crate`, `depends_on`, `durable`, `ignore`, \
     `ignore_changes_in`, `memory`, `salt`, `time_aware`, `ttl`, `version`, `versioning`";

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
    /// The expression whose value counts in every key.
    pub(crate) salt: Option<Expr>,
    /// The first option that says how the build script is to make the version, if there is one.
    pub(crate) overrides: Option<Ident>,
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
    salt: Given<Expr>,
    version: Given<()>,
    versioning: Given<()>,
    depends_on: Vec<(Ident, String)>,
    ignore_changes_in: Vec<(Ident, String)>,
    /// The first of the four before.
    overrides: Option<Ident>,
}

impl Options {
    /// Reads the options written after `alias`.
    pub(crate) fn parse(alias: Alias, tokens: TokenStream) -> syn::Result<Self> {
        let collected = (|input: ParseStream<'_>| collect(input)).parse2(tokens)?;
        collected.overrides_agree(alias)?;
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
            salt: collected.salt.map(|(_, salt)| salt),
            overrides: collected.overrides,
            root: collected.root.map_or_else(default_root, |(_, path)| path),
        })
    }
}

impl Collected {
    /// Refuses overrides of the version that can't all hold.
    fn overrides_agree(&self, alias: Alias) -> syn::Result<()> {
        let Some(first) = &self.overrides else { return Ok(()) };
        let off = alias == Alias::Stable || self.auto_versioning.is_some_and(|(_, on)| !on);
        if off {
            let way = if alias == Alias::Stable {
                "write `#[cacheable]` instead of `#[cacheable_stable]`"
            } else {
                "remove `auto_versioning = false`"
            };
            return Err(syn::Error::new(
                first.span(),
                format!(
                    "`{first}` says how the version is made, and this function has none; {way}, or this option"
                ),
            ));
        }
        let followed = self.depends_on.first().or(self.ignore_changes_in.first()).map(|(name, _)| name);
        if self.version.is_some()
            && let Some(span) = self.versioning.map(|(span, ())| span).or(followed.map(Ident::span))
        {
            return Err(syn::Error::new(
                span,
                "a pinned `version` follows no code, so this option has no effect; remove one of the two",
            ));
        }
        if self.versioning.is_some()
            && let Some(name) = followed
        {
            return Err(syn::Error::new(
                name.span(),
                format!(
                    "`versioning = \"body\"` covers the function alone, so `{name}` has no effect; remove one of the two"
                ),
            ));
        }
        for (name, path) in &self.ignore_changes_in {
            if self.depends_on.iter().any(|(_, other)| other == path) {
                return Err(syn::Error::new(
                    name.span(),
                    format!("`{path}` is both a dependency and ignored; keep one"),
                ));
            }
        }
        Ok(())
    }

    /// Notes that the option `name` is one of those that the build script reads.
    fn overrides(&mut self, name: &Ident) {
        self.overrides.get_or_insert_with(|| name.clone());
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
        "salt" => {
            let value = salt(&name, input)?;
            once(&mut collected.salt, &name, value)
        }
        "version" => {
            pin(&name, input)?;
            collected.overrides(&name);
            once(&mut collected.version, &name, ())
        }
        "versioning" => {
            versioning(&name, input)?;
            collected.overrides(&name);
            once(&mut collected.versioning, &name, ())
        }
        "depends_on" => {
            collected.overrides(&name);
            named(&name, input, &mut collected.depends_on)
        }
        "ignore_changes_in" => {
            collected.overrides(&name);
            named(&name, input, &mut collected.ignore_changes_in)
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

/// `salt = expression`.
fn salt(name: &Ident, input: ParseStream<'_>) -> syn::Result<Expr> {
    const USAGE: &str = "write the value that counts in every key, for example `salt = data_revision()`";
    if input.parse::<Option<Token![=]>>()?.is_none() {
        return Err(syn::Error::new(name.span(), USAGE));
    }
    input.parse().map_err(|mistake| syn::Error::new(mistake.span(), USAGE))
}

/// `version = "3"`.
fn pin(name: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
    const USAGE: &str =
        "write the version as text, for example `version = \"3\"`, and another one whenever results change";
    if input.parse::<Option<Token![=]>>()?.is_none() {
        return Err(syn::Error::new(name.span(), USAGE));
    }
    let text = input.parse::<LitStr>().map_err(|mistake| syn::Error::new(mistake.span(), USAGE))?;
    if text.value().trim().is_empty() { Err(syn::Error::new(text.span(), USAGE)) } else { Ok(()) }
}

/// `versioning = "body"`.
fn versioning(name: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
    const USAGE: &str = "versions follow everything that the function reaches by default; write `versioning = \"body\"` to \
                         follow the function alone";
    if input.parse::<Option<Token![=]>>()?.is_none() {
        return Err(syn::Error::new(name.span(), USAGE));
    }
    let text = input.parse::<LitStr>().map_err(|mistake| syn::Error::new(mistake.span(), USAGE))?;
    if text.value() == "body" { Ok(()) } else { Err(syn::Error::new(text.span(), USAGE)) }
}

/// `depends_on = "path"` or `depends_on = ["path", "path"]`, as often as one likes. Where the paths lead to is the build
/// script's business.
fn named(name: &Ident, input: ParseStream<'_>, known: &mut Vec<(Ident, String)>) -> syn::Result<()> {
    let usage = || {
        format!(
            "name an item or a module by its path, for example `{name} = \"crate::features\"`, or several in `[…]`"
        )
    };
    if input.parse::<Option<Token![=]>>()?.is_none() {
        return Err(syn::Error::new(name.span(), usage()));
    }
    let mut texts = Vec::new();
    if input.peek(syn::token::Bracket) {
        let content;
        let brackets = syn::bracketed!(content in input);
        let list = Punctuated::<LitStr, Token![,]>::parse_terminated(&content);
        texts.extend(list.map_err(|mistake| syn::Error::new(mistake.span(), usage()))?);
        if texts.is_empty() {
            return Err(syn::Error::new(brackets.span.join(), usage()));
        }
    } else {
        texts.push(input.parse::<LitStr>().map_err(|mistake| syn::Error::new(mistake.span(), usage()))?);
    }
    for text in texts {
        let path: String = text.value().split_whitespace().collect();
        if text.parse::<Path>().is_err() {
            return Err(syn::Error::new(text.span(), format!("`{}` is no path; {}", text.value(), usage())));
        }
        if known.iter().any(|(_, other)| *other == path) {
            return Err(syn::Error::new(text.span(), format!("`{path}` is given twice; keep one")));
        }
        known.push((name.clone(), path));
    }
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
    fn overrides_are_read_and_noted() {
        let noted = |o: &Options| o.overrides.as_ref().map(ToString::to_string);
        check(Alias::Plain, "", |o| o.salt.is_none() && o.overrides.is_none());
        check(Alias::Plain, "salt = f(x, 1) + 2, cache_err", |o| o.salt.is_some() && o.overrides.is_none());
        check(Alias::Stable, "salt = 1", |o| o.salt.is_some() && !o.auto_versioning);
        check(Alias::Plain, "version = \"3\", ttl = \"1d\"", |o| {
            noted(o).is_some_and(|name| name == "version")
        });
        check(Alias::Plain, "versioning = \"body\"", |o| noted(o).is_some_and(|name| name == "versioning"));
        check(
            Alias::Plain,
            "depends_on = \"a::b\", depends_on = [\"c\", \"d\"], ignore_changes_in = \"log\"",
            |o| noted(o).is_some_and(|name| name == "depends_on"),
        );
        check(Alias::Plain, "auto_versioning = true, version = \"3\"", |o| o.auto_versioning);
    }

    #[test]
    fn overrides_that_cannot_all_hold_are_refused() {
        for option in
            ["version = \"3\"", "versioning = \"body\"", "depends_on = \"a\"", "ignore_changes_in = \"a\""]
        {
            refused(Alias::Stable, option, &["write `#[cacheable]` instead"]);
            refused(Alias::Plain, &format!("auto_versioning = false, {option}"), &["this function has none"]);
        }
        refused(Alias::Plain, "version = \"3\", versioning = \"body\"", &["follows no code"]);
        refused(Alias::Plain, "depends_on = \"a\", version = \"3\"", &["follows no code"]);
        refused(Alias::Plain, "ignore_changes_in = \"a\", version = \"3\"", &["follows no code"]);
        refused(
            Alias::Plain,
            "ignore_changes_in = \"a\", versioning = \"body\"",
            &["covers the function alone"],
        );
        refused(Alias::Plain, "depends_on = \"a\", versioning = \"body\"", &["covers the function alone"]);
        refused(
            Alias::Plain,
            "depends_on = \"a::b\", ignore_changes_in = \"a :: b\"",
            &["both a dependency and ignored"],
        );
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
        refused(Alias::Plain, "version", &["version = \"3\""]);
        refused(Alias::Plain, "version = 3", &["version = \"3\""]);
        refused(Alias::Plain, "version = \" \"", &["version = \"3\""]);
        refused(Alias::Plain, "version = \"3\", version = \"3\"", &["given twice"]);
        refused(Alias::Plain, "versioning = \"all\"", &["versioning = \"body\""]);
        refused(Alias::Plain, "versioning", &["versioning = \"body\""]);
        refused(Alias::Plain, "depends_on", &["depends_on = \"crate::features\""]);
        refused(Alias::Plain, "depends_on = a::b", &["depends_on = \"crate::features\""]);
        refused(Alias::Plain, "depends_on = []", &["depends_on = \"crate::features\""]);
        refused(Alias::Plain, "depends_on = \"a b\"", &["`a b` is no path"]);
        refused(Alias::Plain, "depends_on = [\"a\", \"a\"]", &["given twice"]);
        refused(Alias::Plain, "ignore_changes_in(log)", &["ignore_changes_in = \"crate::features\""]);
        refused(Alias::Plain, "salt", &["salt = data_revision()"]);
        refused(Alias::Plain, "salt =", &["salt = data_revision()"]);
        refused(Alias::Plain, "salt = 1, salt = 2", &["given twice"]);
        refused(Alias::Plain, "\"1d\"", &["expected an option"]);
        refused(Alias::Plain, "speed, ttl = \"x\", memory", &["no option", "no duration", "memory = false"]);
    }
}
