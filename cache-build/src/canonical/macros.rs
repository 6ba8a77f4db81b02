//! Macro invocations and `macro_rules!` definitions.
//!
//! A macro sees tokens, so in general all of them count. But rustfmt rewrites arguments that read as expressions, types,
//! patterns or items between commas, and the bodies of definitions that read as code once each `$name` is an ordinary
//! name. Those are written as syntax, with the parentheses and spellings that rustfmt leaves alone; everything else as
//! plain tokens. The brackets around the arguments never reach a macro, and leave no trace.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::discouraged::Speculative as _;
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{Attribute, BinOp, Block, Expr, ExprBinary, Item, Macro, Pat, Stmt, Token, Type, Visibility};

use super::Encoder;
use super::tags::Tag;
use crate::cfg::{Predicate, parse_predicate};

/// What a macro's variable becomes in a definition's body, so that the body can be read as code.
const VARIABLE: &str = "__cache_build_macro_variable_";

impl Encoder<'_> {
    pub(super) fn macro_call(&mut self, mac: &Macro) {
        self.macros += 1;
        let name =
            mac.path.segments.last().map(|segment| segment.ident.unraw().to_string()).unwrap_or_default();
        let alone = mac.path.segments.len() == 1 && mac.path.leading_colon.is_none();
        if let Some(expr) = try_operand(mac) {
            self.tag(Tag::ExprTry);
            self.expr(&expr);
            return;
        }
        if is_debug_assertion(&name) {
            self.debug_assertions();
        }
        if name == "cfg" && self.macro_cfg(mac) {
            return;
        }
        self.tag(Tag::Macro);
        self.path(&mac.path);
        // To rustfmt, `vec!` is an array, where a trailing comma depends on the layout.
        let comma_counts = !(alone && name == "vec");
        self.within_macro(|encoder| encoder.arguments(&name, mac.tokens.clone(), comma_counts));
    }

    /// `cfg!(…)`; false if it isn't the compiler's.
    fn macro_cfg(&mut self, mac: &Macro) -> bool {
        match predicate_without_variables(mac.tokens.clone()) {
            Ok(Some(predicate)) => {
                self.tag(Tag::MacroCfg);
                self.path(&mac.path);
                self.predicate_and_truth(&predicate);
                true
            }
            Ok(None) => false,
            Err(_) if self.in_macro => false,
            Err(error) => {
                self.errors.push(error);
                true
            }
        }
    }

    fn arguments(&mut self, name: &str, tokens: TokenStream, comma_counts: bool) {
        if name == "lazy_static"
            && let Ok(statics) = parse_lazy_statics.parse2(tokens.clone())
        {
            self.tag(Tag::MacroLazyStatics);
            self.list(&statics, Self::lazy_static);
            return;
        }
        match parse_arguments.parse2(tokens.clone()) {
            Ok(Arguments::List(arguments)) => {
                self.tag(Tag::MacroList);
                self.list(&arguments, Self::argument_of_macro);
                self.flag(comma_counts && arguments.trailing_punct());
            }
            Ok(Arguments::Repeat(value, length)) => {
                self.tag(Tag::MacroRepeat);
                self.expr(&value);
                self.expr(&length);
            }
            Ok(Arguments::Items(items)) => {
                self.tag(Tag::MacroItems);
                self.list(&items, |encoder, item| {
                    encoder.item(item);
                });
            }
            Err(_) => {
                self.tag(Tag::MacroTokens);
                self.tokens(tokens);
            }
        }
    }

    fn argument_of_macro(&mut self, argument: &Argument) {
        match argument {
            Argument::Expr(expr) => {
                self.tag(Tag::MacroExpr);
                self.expr(expr);
            }
            Argument::Type(ty) => {
                self.tag(Tag::MacroType);
                self.ty(ty);
            }
            Argument::Pat(pat) => {
                self.tag(Tag::MacroPat);
                self.pat(pat);
            }
            Argument::Keyword(ident) => {
                self.tag(Tag::TokenIdent);
                self.ident(ident);
            }
        }
    }

    fn lazy_static(&mut self, item: &LazyStatic) {
        self.attributes(&item.attributes);
        self.visibility(&item.visibility);
        self.ident(&item.name);
        self.ty(&item.ty);
        self.expr(&item.value);
    }

    /// A `macro_rules!` definition's rules.
    pub(super) fn macro_rules(&mut self, mac: &Macro) {
        self.macros += 1;
        self.within_macro(|encoder| match parse_rules.parse2(mac.tokens.clone()) {
            Ok(rules) => {
                encoder.tag(Tag::MacroRules);
                encoder.list(rules, Self::macro_rule);
            }
            Err(_) => {
                encoder.tag(Tag::MacroTokens);
                encoder.tokens(mac.tokens.clone());
            }
        });
    }

    fn macro_rule(&mut self, (matcher, body): (TokenTree, TokenStream)) {
        self.tokens(TokenStream::from(matcher));
        match body_as_code(body.clone()) {
            Some(statements) => {
                self.tag(Tag::MacroRulesBlock);
                self.statements(&statements);
            }
            None => {
                self.tag(Tag::MacroRulesTokens);
                self.tokens(body);
            }
        }
    }
}

/// The operand of `try!(x)`. Under `use_try_shorthand` rustfmt makes `x?` of it, in every edition and of `r#try!(x)` too,
/// so a macro that someone else calls `try` can't be told apart.
pub(super) fn try_operand(mac: &Macro) -> Option<Expr> {
    let name = mac.path.get_ident()?;
    if name.unraw() == "try" { syn::parse2(mac.tokens.clone()).ok() } else { None }
}

/// Whether a macro of this name does nothing unless `debug_assertions` is set.
pub(super) fn is_debug_assertion(name: &str) -> bool {
    matches!(name, "debug_assert" | "debug_assert_eq" | "debug_assert_ne" | "debug_assert_matches")
}

/// A predicate; nothing if a definition's variable stands in it, so that only an invocation can tell.
pub(super) fn predicate_without_variables(tokens: TokenStream) -> syn::Result<Option<Predicate>> {
    let predicate = parse_predicate(tokens)?;
    Ok((!predicate.to_string().contains(VARIABLE)).then_some(predicate))
}

enum Arguments {
    List(Punctuated<Argument, Token![,]>),
    Repeat(Box<Expr>, Box<Expr>),
    Items(Vec<Item>),
}

enum Argument {
    Expr(Expr),
    Type(Type),
    Pat(Pat),
    Keyword(Ident),
}

impl Parse for Argument {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        fn ahead<T>(
            input: ParseStream<'_>,
            parse: impl FnOnce(ParseStream<'_>) -> syn::Result<T>,
        ) -> syn::Result<T> {
            let fork = input.fork();
            let value = parse(&fork)?;
            if !(fork.is_empty() || fork.peek(Token![,]) || fork.peek(Token![;])) {
                return Err(fork.error("expected the end of the argument"));
            }
            input.advance_to(&fork);
            Ok(value)
        }
        // `Vec<u8,>` starts like `Vec < u8`, but as expressions the rest could not be read.
        let fork = input.fork();
        if let Ok(Expr::Binary(ExprBinary { op: BinOp::Lt(_) | BinOp::Shl(_), .. })) = fork.parse()
            && let Ok(ty) = ahead(input, |input| input.parse().map(Self::Type))
        {
            return Ok(ty);
        }
        ahead(input, |input| input.parse().map(Self::Expr))
            .or_else(|_| ahead(input, |input| input.parse().map(Self::Type)))
            .or_else(|_| ahead(input, |input| Pat::parse_multi_with_leading_vert(input).map(Self::Pat)))
            .or_else(|_| ahead(input, |input| input.call(Ident::parse_any).map(Self::Keyword)))
    }
}

fn parse_arguments(input: ParseStream<'_>) -> syn::Result<Arguments> {
    let fork = input.fork();
    if let Ok(arguments) = Punctuated::parse_terminated(&fork) {
        input.advance_to(&fork);
        return Ok(Arguments::List(arguments));
    }
    let fork = input.fork();
    if let Ok((value, length)) = parse_repeat(&fork) {
        input.advance_to(&fork);
        return Ok(Arguments::Repeat(value, length));
    }
    let mut items = Vec::new();
    while !input.is_empty() {
        items.push(input.parse()?);
    }
    Ok(Arguments::Items(items))
}

fn parse_repeat(input: ParseStream<'_>) -> syn::Result<(Box<Expr>, Box<Expr>)> {
    let value = input.parse()?;
    input.parse::<Token![;]>()?;
    let length = input.parse()?;
    if input.is_empty() {
        Ok((Box::new(value), Box::new(length)))
    } else {
        Err(input.error("unexpected token"))
    }
}

struct LazyStatic {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    name: Ident,
    ty: Type,
    value: Expr,
}

fn parse_lazy_statics(input: ParseStream<'_>) -> syn::Result<Vec<LazyStatic>> {
    let mut statics = Vec::new();
    while !input.is_empty() {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        input.parse::<Token![static]>()?;
        input.parse::<Token![ref]>()?;
        let name = input.parse()?;
        input.parse::<Token![:]>()?;
        let ty = input.parse()?;
        input.parse::<Token![=]>()?;
        let value = input.parse()?;
        input.parse::<Token![;]>()?;
        statics.push(LazyStatic { attributes, visibility, name, ty, value });
    }
    Ok(statics)
}

/// `(matcher) => { body }` between semicolons, the last of which is optional.
fn parse_rules(input: ParseStream<'_>) -> syn::Result<Vec<(TokenTree, TokenStream)>> {
    let mut rules = Vec::new();
    while !input.is_empty() {
        let matcher: TokenTree = input.parse()?;
        input.parse::<Token![=>]>()?;
        let TokenTree::Group(body) = input.parse()? else { return Err(input.error("expected a body")) };
        rules.push((matcher, body.stream()));
        if !input.is_empty() {
            input.parse::<Token![;]>()?;
        }
    }
    Ok(rules)
}

/// A definition's body as statements, if it reads as such with names for its variables.
fn body_as_code(body: TokenStream) -> Option<Vec<Stmt>> {
    let named = name_variables(body)?;
    Block::parse_within.parse2(named).ok()
}

/// Turns `$name` into one name; nothing if there is another use of `$`, or a name that looks like ours.
fn name_variables(tokens: TokenStream) -> Option<TokenStream> {
    let mut out = Vec::new();
    let mut tokens = tokens.into_iter();
    while let Some(token) = tokens.next() {
        out.push(match token {
            TokenTree::Punct(punct) if punct.as_char() == '$' => match tokens.next() {
                Some(TokenTree::Ident(ident)) if ident.unraw() == ident => {
                    TokenTree::Ident(Ident::new(&format!("{VARIABLE}{ident}"), Span::call_site()))
                }
                _ => return None,
            },
            TokenTree::Ident(ident) if ident.to_string().starts_with(VARIABLE) => return None,
            TokenTree::Group(group) => {
                if group.delimiter() == Delimiter::None {
                    return None;
                }
                let mut inner = proc_macro2::Group::new(group.delimiter(), name_variables(group.stream())?);
                inner.set_span(group.span());
                TokenTree::Group(inner)
            }
            other => other,
        });
    }
    Some(out.into_iter().collect())
}
