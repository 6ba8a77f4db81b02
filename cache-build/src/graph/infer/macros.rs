//! Macros in bodies: those of the standard library are known, those of these crates are expanded, and of all others any
//! identifier may be any name.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::parse::{Parse as _, Parser as _};
use syn::punctuated::Punctuated;

use super::Infer;
use super::meanings::Meanings;
use crate::graph::definitions::Made;
use crate::graph::edges::Edge;
use crate::graph::lower::Lower;
use crate::graph::maps::HashSet;
use crate::graph::symbols::Sym;
use crate::graph::syntax::{Expr, MacroUse, Path, Segment, Statement};
use crate::graph::tokens::{words_of, words_of_literal};
use crate::graph::types::{Kind, Ty};
use crate::scopes::ScopeId;

/// Expansions that go deeper, or become more, are taken by their words.
const DEPTH_LIMIT: u32 = 128;
const COUNT_LIMIT: u32 = 200;

/// The locals that a name may miss because a macro has written one of the two.
#[derive(Default)]
pub(super) struct Unsure {
    /// How many there were before the innermost expansion around the current place.
    before: usize,
    /// Those of expansions that are over, by number.
    left: HashSet<usize>,
    /// The names of macros that expansions define.
    pub(super) macros: HashSet<Sym>,
    /// Modules that expansions import whole.
    pub(super) imported: Vec<ScopeId>,
}

impl Unsure {
    pub(super) fn is(&self, local: usize) -> bool {
        local < self.before || self.left.contains(&local)
    }
}

impl<'b> Infer<'_, 'b, '_> {
    pub(super) fn macro_value(&mut self, used: &MacroUse, expected: Option<Ty>) -> Ty {
        let Some(name) = used.path.segments.last().map(|segment| segment.name) else { return Ty::UNKNOWN };
        let Meanings { definitions, is_imported, is_elsewhere } = self.definitions_of(used, name);
        let is_unsure = is_elsewhere || self.unsure.macros.contains(&name);
        if is_elsewhere {
            self.foreign_macro(used);
        }
        if definitions.is_empty() {
            if let Some(ty) = self.standard_macro(&name.text(), used, expected) {
                return if is_unsure { Ty::UNKNOWN } else { ty };
            }
            if !is_elsewhere {
                self.foreign_macro(used);
            }
            return Ty::UNKNOWN;
        }
        self.macro_mention(used);
        let mut found = Vec::new();
        if is_unsure {
            found.push(Ty::UNKNOWN);
        }
        // Where the order of the text hides the standard library's isn't known.
        if !is_imported {
            found.extend(self.standard_macro(&name.text(), used, expected));
        }
        let made = self.made(used).filter(|made| definitions == [made.of] && !is_unsure);
        for id in definitions {
            self.edge(Edge::Mention(id), used.path.span);
            if let Some(made) = made {
                found.push(self.expanded_block(&made.statements, expected));
                continue;
            }
            let expansion = self.expansion(id, &used.tokens);
            let block =
                expansion.as_ref().and_then(|tokens| syn::Block::parse_within.parse2(tokens.clone()).ok());
            match block {
                Some(statements) => {
                    let brace_token = syn::token::Brace::default();
                    let block = Lower::of_expansion().block(&syn::Block { brace_token, stmts: statements });
                    found.push(self.expanded_block(&block.statements, expected));
                }
                None => {
                    self.words(&used.tokens);
                    self.definition_words(id);
                    found.push(Ty::UNKNOWN);
                }
            }
        }
        found.dedup();
        match found.as_slice() {
            [only] => *only,
            _ => Ty::UNKNOWN,
        }
    }

    /// What the walk has made of an invocation: the items in it are known.
    fn made(&self, used: &MacroUse) -> Option<&'b Made> {
        let program = self.traits.base.program;
        used.made.and_then(|made| program.made[made].as_ref())
    }

    fn expanded_block(&mut self, statements: &[Statement], expected: Option<Ty>) -> Ty {
        self.expansions += 1;
        let outer = std::mem::replace(&mut self.unsure.before, self.locals.len());
        let mut result = Ty::UNIT;
        let last = statements.len().wrapping_sub(1);
        for (index, statement) in statements.iter().enumerate() {
            result = self.statement(statement, (index == last).then_some(expected).flatten());
        }
        // What the macro's own names are bound to stays visible to those after it, as for `let` in it.
        self.unsure.left.extend(self.unsure.before..self.locals.len());
        self.unsure.before = outer;
        self.expansions -= 1;
        result
    }

    fn expansion(&self, id: usize, tokens: &TokenStream) -> Option<TokenStream> {
        self.expanded.set(self.expanded.get() + 1);
        if self.expansions > DEPTH_LIMIT || self.expanded.get() > COUNT_LIMIT || self.budget.is_spent() {
            return None;
        }
        let root = self.traits.base.program.scopes.root_of(self.scope);
        self.macros.expand(id, tokens, root).filter(|expansion| self.budget.take(expansion))
    }

    pub(super) fn macro_pattern(&mut self, used: &MacroUse, ty: Ty) {
        let Some(name) = used.path.segments.last().map(|segment| segment.name) else { return };
        let Meanings { definitions, is_elsewhere, .. } = self.definitions_of(used, name);
        self.macro_mention(used);
        let is_foreign = is_elsewhere || definitions.is_empty();
        for id in definitions {
            self.edge(Edge::Mention(id), used.path.span);
            let expansion = self.expansion(id, &used.tokens);
            match expansion.and_then(|tokens| syn::Pat::parse_multi.parse2(tokens).ok()) {
                Some(pattern) => {
                    let pattern = Lower::of_expansion().pattern(&pattern);
                    self.expansions += 1;
                    self.bind(&pattern, ty);
                    self.expansions -= 1;
                }
                None => {
                    self.words(&used.tokens);
                    self.definition_words(id);
                }
            }
        }
        if is_foreign {
            self.words(&used.tokens);
        }
    }

    fn macro_mention(&mut self, used: &MacroUse) {
        if used.path.segments.len() > 1 || used.path.absolute {
            let resolver = self.resolver();
            let names: Vec<_> = used.path.segments.iter().map(|segment| segment.name).collect();
            let targets = self.traits.base.names.resolve(self.scope, used.path.absolute, &names);
            resolver.mention_macro(&targets, &used.path);
            self.take(resolver);
        }
    }

    fn definition_words(&mut self, id: usize) {
        let tokens = self.macros.tokens(id).cloned().unwrap_or_default();
        words_of(&tokens).iter().for_each(|word| self.asks(Sym::new(word)));
        self.edge(Edge::WordsOf(id), Span::call_site());
    }

    /// Tokens that can't be read: any identifier may be any name, and operators have none.
    pub(super) fn words(&mut self, tokens: &TokenStream) {
        let is_import = tokens.clone().into_iter().next().is_some_and(|first| first.to_string() == "use");
        if !tokens.is_empty() && !is_import {
            self.edge(Edge::Foreign(Ty::UNKNOWN), Span::call_site());
            // They may leave a loop.
            self.breaks.iter_mut().for_each(|breaks| breaks.given = Some(Ty::UNKNOWN));
        }
        self.words_alone(tokens);
    }

    /// Any identifier among the tokens may be any name.
    fn words_alone(&mut self, tokens: &TokenStream) {
        for word in words_of(tokens) {
            let name = Sym::new(&word);
            if !self.locals.iter().any(|(local, _)| *local == name) {
                let segments = vec![Segment { name, arguments: Vec::new() }];
                let path = Path { absolute: false, segments, qualified: None, span: Span::call_site() };
                if self.traits.base.names.resolve(self.scope, false, &[name]).is_empty() {
                    for glob in self.traits.base.names.external_globs(self.scope) {
                        self.edge(Edge::External(glob), Span::call_site());
                    }
                } else {
                    self.path_value(&path, None);
                }
            }
            self.asks(name);
            self.edge(Edge::Word(name), Span::call_site());
            self.edge(Edge::Named(name, None, Ty::UNKNOWN), Span::call_site());
        }
    }

    /// A macro without sources: its arguments are read as expressions if they can be, beside their words.
    fn foreign_macro(&mut self, used: &MacroUse) {
        let resolver = self.resolver();
        let names: Vec<_> = used.path.segments.iter().map(|segment| segment.name).collect();
        let targets = self.traits.base.names.resolve(self.scope, used.path.absolute, &names);
        resolver.mention_macro(&targets, &used.path);
        if targets.is_empty() && names.len() == 1 {
            resolver.edge(Edge::External(names.into()), used.path.span);
        }
        self.take(resolver);
        if let Some(arguments) = expressions(&used.tokens) {
            for argument in &arguments {
                let ty = self.expr(argument, None);
                self.edge(Edge::Foreign(ty), used.path.span);
            }
            self.captures(&used.tokens, |this, ty, span| this.edge(Edge::Foreign(ty), span));
            return self.words_alone(&used.tokens);
        }
        self.words(&used.tokens);
    }

    /// The macros of the standard library. `None` if it is none of them.
    fn standard_macro(&mut self, name: &str, used: &MacroUse, expected: Option<Ty>) -> Option<Ty> {
        let types = &self.traits.base.types;
        let (text, span) = (types.primitive("str"), used.path.span);
        let bool = types.primitive("bool");
        let number = |name: &str| types.primitive(name);
        Some(match name {
            "format" => {
                self.format(&used.tokens, 0)?;
                self.named("String", Vec::new())
            }
            "format_args" | "const_format_args" => {
                self.format(&used.tokens, 0)?;
                self.named("Arguments", Vec::new())
            }
            "print" | "println" | "eprint" | "eprintln" => {
                self.format(&used.tokens, 0)?;
                Ty::UNIT
            }
            "panic" | "unreachable" | "todo" | "unimplemented" => {
                self.format(&used.tokens, 0)?;
                Ty::NEVER
            }
            "write" | "writeln" => {
                let arguments = self.format(&used.tokens, 1)?;
                let to = arguments.first().copied().unwrap_or(Ty::UNKNOWN);
                let to = self.now(to);
                self.smart_pointers(to, span);
                // Anything may have a `write_fmt` of its own.
                self.language("Write", to, &[], span);
                self.method_of("write_fmt", to, span)
            }
            "assert" | "debug_assert" => {
                self.format(&used.tokens, 1)?;
                Ty::UNIT
            }
            "assert_eq" | "assert_ne" | "debug_assert_eq" | "debug_assert_ne" => {
                let arguments = self.format(&used.tokens, 2)?;
                if let [a, b, ..] = arguments[..] {
                    let (a, b) = (self.now(a), self.now(b));
                    self.language_function(("PartialEq", "eq"), a, &[b], span);
                    self.may_be_made(a, b);
                    self.language("Debug", a, &[], span);
                    self.language("Debug", b, &[], span);
                }
                Ty::UNIT
            }
            "vec" => {
                let bracketed = |tokens: &TokenStream| {
                    let mut group = proc_macro2::Group::new(proc_macro2::Delimiter::Bracket, tokens.clone());
                    group.set_span(span);
                    TokenStream::from(TokenTree::from(group))
                };
                let list = syn::Expr::parse.parse2(bracketed(&used.tokens)).ok()?;
                let hint = expected.map(|ty| self.now(ty)).and_then(|ty| match &*self.kind(ty) {
                    Kind::Named(id, arguments) if self.is_language(*id, "Vec") => {
                        arguments.first().map(|&ty| self.of(Kind::List(ty)))
                    }
                    _ => None,
                });
                let list = self.expr(&Lower::of_expansion().expr(&list), hint);
                match &*self.kind(list) {
                    Kind::List(element) => self.named("Vec", vec![*element]),
                    _ => Ty::UNKNOWN,
                }
            }
            "matches" => {
                let parts = |input: syn::parse::ParseStream<'_>| {
                    let value = syn::Expr::parse(input)?;
                    input.parse::<syn::Token![,]>()?;
                    let pattern = syn::Pat::parse_multi_with_leading_vert(input)?;
                    let guard = match input.parse::<Option<syn::Token![if]>>()? {
                        Some(_) => Some(syn::Expr::parse(input)?),
                        None => None,
                    };
                    input.parse::<Option<syn::Token![,]>>()?;
                    Ok((value, pattern, guard))
                };
                let (value, pattern, guard) = parts.parse2(used.tokens.clone()).ok()?;
                let lower = Lower::of_expansion();
                let ty = self.expr(&lower.expr(&value), None);
                let depth = self.locals.len();
                self.bind(&lower.pattern(&pattern), ty);
                if let Some(guard) = guard {
                    self.expr(&lower.expr(&guard), None);
                }
                self.locals.truncate(depth);
                bool
            }
            "dbg" => {
                let arguments = expressions(&used.tokens)?;
                let types: Vec<_> = arguments.iter().map(|argument| self.expr(argument, None)).collect();
                for &ty in &types {
                    self.language("Debug", ty, &[], span);
                }
                match types.as_slice() {
                    [only] => *only,
                    _ => Ty::UNKNOWN,
                }
            }
            "try" | "r#try" => {
                let arguments = expressions(&used.tokens)?;
                self.question_mark(arguments.first()?, expected, span)
            }
            "env" | "concat" | "stringify" | "include_str" | "file" | "module_path" => text,
            "option_env" => self.named("Option", vec![text]),
            "include_bytes" => {
                let byte = number("u8");
                self.of(Kind::List(byte))
            }
            "line" | "column" => number("u32"),
            "cfg" => bool,
            "compile_error" => Ty::NEVER,
            "include" => Ty::UNKNOWN,
            "addr_of" | "addr_of_mut" | "pin" | "ready" | "thread_local" | "is_x86_feature_detected" => {
                let arguments = expressions(&used.tokens)?;
                let types: Vec<_> = arguments.iter().map(|argument| self.expr(argument, None)).collect();
                match (name, types.as_slice()) {
                    ("addr_of" | "addr_of_mut", [only]) => self.of(Kind::Pointer(*only)),
                    ("is_x86_feature_detected", _) => bool,
                    _ => Ty::UNKNOWN,
                }
            }
            _ => return None,
        })
    }

    /// The result of a method without arguments' worth of inference.
    fn method_of(&mut self, name: &str, on: Ty, span: Span) -> Ty {
        let name = Sym::new(name);
        self.asks(name);
        let candidates = self.traits.method(on, name, self.environment, self.scope);
        if candidates.is_none() {
            self.edge(Edge::Named(name, Some(1), on), span);
        }
        let mut outputs = Vec::new();
        for candidate in candidates.unwrap_or_default() {
            let (function, _) = self.instantiate(&candidate, &[], span);
            outputs.push(self.now(function.output));
        }
        outputs.dedup();
        match outputs.as_slice() {
            [only] => *only,
            _ => Ty::UNKNOWN,
        }
    }

    /// A list of expressions of which those from `first` on are a format string and what it shows. The types of all.
    fn format(&mut self, tokens: &TokenStream, first: usize) -> Option<Vec<Ty>> {
        let arguments = format_arguments(tokens)?;
        let lower = Lower::of_expansion();
        let mut types = Vec::new();
        for argument in &arguments {
            types.push(self.expr(&lower.expr(argument), None));
        }
        // What a macro makes a format of isn't known.
        let texts = match arguments.get(first) {
            Some(text @ syn::Expr::Lit(_)) => quote::ToTokens::to_token_stream(text).to_string(),
            _ => String::new(),
        };
        let traits = traits_of_format(&texts);
        for ty in types.iter().skip(first + 1).copied() {
            let ty = self.now(ty);
            traits.iter().for_each(|of| self.language(of, ty, &[], Span::call_site()));
        }
        self.captures(tokens, |this, ty, span| traits.iter().for_each(|of| this.language(of, ty, &[], span)));
        Some(types)
    }

    /// What format strings name themselves: `"{x}"`.
    fn captures(&mut self, tokens: &TokenStream, mut then: impl FnMut(&mut Self, Ty, Span)) {
        for token in tokens.clone() {
            let TokenTree::Literal(literal) = token else { continue };
            for word in words_of_literal(&literal.to_string()) {
                let name = Sym::new(&word);
                let same = self.locals.iter().rev().filter(|(local, _)| *local == name);
                let mut types: Vec<_> = same.map(|(_, ty)| *ty).collect();
                // In an expansion, it may be one that the macro doesn't hide.
                if self.expansions == 0 {
                    types.truncate(1);
                }
                types.dedup();
                for &ty in &types {
                    then(self, ty, literal.span());
                }
                if types.is_empty() {
                    let segments = vec![Segment { name, arguments: Vec::new() }];
                    let targets = self.traits.base.names.resolve(self.scope, false, &[name]);
                    if !targets.is_empty() {
                        let path = Path { absolute: false, segments, qualified: None, span: literal.span() };
                        let ty = self.path_value(&path, None);
                        then(self, ty, literal.span());
                    }
                }
            }
        }
    }
}

/// Comma-separated expressions.
fn expressions(tokens: &TokenStream) -> Option<Vec<Expr>> {
    let list = Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
    let arguments = list.parse2(tokens.clone()).ok()?;
    let lower = Lower::of_expansion();
    Some(arguments.iter().map(|argument| lower.expr(argument)).collect())
}

/// As [`expressions`], where `name = value` stands for its value.
fn format_arguments(tokens: &TokenStream) -> Option<Vec<syn::Expr>> {
    let list = Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
    let arguments = list.parse2(tokens.clone()).ok()?;
    Some(
        arguments
            .into_iter()
            .map(|argument| match argument {
                syn::Expr::Assign(assign) if matches!(*assign.left, syn::Expr::Path(_)) => *assign.right,
                other => other,
            })
            .collect(),
    )
}

/// The traits that a format string asks for.
fn traits_of_format(text: &str) -> Vec<&'static str> {
    const ALL: [&str; 9] =
        ["Display", "Debug", "LowerHex", "UpperHex", "Octal", "Binary", "LowerExp", "UpperExp", "Pointer"];
    if !text.contains('"') {
        return ALL.to_vec();
    }
    let mut traits = Vec::new();
    for placeholder in text.replace("{{", "").split('{').skip(1) {
        let Some((inside, _)) = placeholder.split_once('}') else { continue };
        let kind = inside.split_once(':').map_or("", |(_, kind)| kind).trim_end();
        traits.push(match kind.chars().last() {
            Some('?') => "Debug",
            Some('x') if kind.len() == 1 || !kind.ends_with("x?") => "LowerHex",
            Some('X') => "UpperHex",
            Some('o') => "Octal",
            Some('b') => "Binary",
            Some('e') => "LowerExp",
            Some('E') => "UpperExp",
            Some('p') => "Pointer",
            _ => "Display",
        });
        // A width or a precision may be a name that ends like a kind: `{:>width$}` ends with `$`, so none does.
    }
    traits.sort_unstable();
    traits.dedup();
    traits
}
