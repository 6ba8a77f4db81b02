//! The syntax that the dependency graph reads: types, expressions and patterns without tokens, with interned names.
//!
//! This is data only: [`super::lower`] makes it from syn's trees, which can then be dropped, and type inference reads
//! it. Lifetimes and mutability are left out, since no edge depends on them, and so are references except for how many of
//! them stand around parameters.

use proc_macro2::{Span, TokenStream};

use super::definitions::MadeId;
use super::symbols::Sym;
use super::visibility::Visibility;
use crate::scopes::ScopeId;

/// `a::b::<T>::c`, perhaps below a type: `<T as Trait>::c`.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    /// Whether it starts with `::`.
    pub(crate) absolute: bool,
    pub(crate) segments: Vec<Segment>,
    /// The type in `<T as …>`, and how many segments belong to the trait after `as`.
    pub(crate) qualified: Option<Box<(Type, usize)>>,
    pub(crate) span: Span,
}

#[derive(Debug, Clone)]
pub(crate) struct Segment {
    pub(crate) name: Sym,
    pub(crate) arguments: Vec<Argument>,
}

/// What stands between `<` and `>`. `Fn(A) -> B` is `Fn<(A,), Output = B>`.
#[derive(Debug, Clone)]
pub(crate) enum Argument {
    Type(Type),
    Value(Expr),
    Binding(Sym, Type),
    Bound(Sym, Vec<Path>),
}

#[derive(Debug, Clone)]
pub(crate) enum Type {
    Path(Path),
    /// `*const T`, `*mut T`.
    Pointer(Box<Type>),
    /// A slice or an array, with its length.
    List(Box<Type>, Option<Box<Expr>>),
    Tuple(Vec<Type>),
    Function(Vec<Type>, Box<Type>),
    /// `dyn …`.
    Object(Vec<Path>),
    /// `impl …`.
    Opaque(Vec<Path>),
    Never,
    /// `_`.
    Infer,
    Macro(Box<MacroUse>),
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Generics {
    pub(crate) parameters: Vec<Parameter>,
    /// What `where` says.
    pub(crate) clauses: Vec<(Type, Vec<Path>)>,
}

#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(crate) name: Sym,
    pub(crate) bounds: Vec<Path>,
    pub(crate) default: Option<Type>,
    /// The type of a const parameter.
    pub(crate) of_const: Option<Type>,
    /// What a const parameter is if nothing is said.
    pub(crate) value: Option<Expr>,
}

#[derive(Debug, Clone)]
pub(crate) struct Signature {
    pub(crate) generics: Generics,
    /// Who can name it, where that is its own to say.
    pub(crate) visibility: Visibility,
    /// The type of `self`; `Self`, unless it says otherwise.
    pub(crate) receiver: Option<Option<Type>>,
    pub(crate) inputs: Vec<(Pattern, Type)>,
    /// Of `self` and then each of the inputs, how many references are written around its type. Nothing where that isn't
    /// what the name is bound to.
    pub(crate) references: Vec<Option<u32>>,
    pub(crate) output: Option<Type>,
    pub(crate) is_async: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Expr {
    Path(Path),
    Literal(Literal),
    Call(Box<Expr>, Vec<Expr>, Span),
    Method(Box<MethodCall>),
    Field(Box<Expr>, Sym),
    Index(Box<Expr>, Box<Expr>, Span),
    Unary(Unary, Box<Expr>, Span),
    /// The operator as written, `+=` and its kin included.
    Binary(&'static str, Box<Expr>, Box<Expr>, Span),
    Assign(Box<Expr>, Box<Expr>),
    Block(Block),
    /// `'label: { }`.
    Labeled(Sym, Block),
    /// `async { }`.
    Async(Block),
    If(Box<Expr>, Block, Option<Box<Expr>>),
    Match(Box<Expr>, Vec<Arm>),
    Loop(Option<Sym>, Block),
    While(Option<Sym>, Box<Expr>, Block),
    For(Option<Sym>, Box<(Pattern, Expr, Block)>, Span),
    Closure(Box<Closure>),
    Struct(Path, Vec<(Sym, Expr)>, Option<Box<Expr>>),
    Tuple(Vec<Expr>),
    List(Vec<Expr>),
    Repeat(Box<Expr>, Box<Expr>),
    Try(Box<Expr>, Span),
    Await(Box<Expr>, Span),
    Cast(Box<Expr>, Type),
    /// `let p = e` in a condition.
    Let(Box<Pattern>, Box<Expr>),
    Return(Option<Box<Expr>>),
    /// With its label.
    Break(Option<Sym>, Option<Box<Expr>>),
    Continue,
    Range(Option<Box<Expr>>, Option<Box<Expr>>),
    Macro(Box<MacroUse>),
    /// Syntax that is not known: any of its identifiers may be any name.
    Tokens(TokenStream),
}

#[derive(Debug, Clone)]
pub(crate) struct MethodCall {
    pub(crate) receiver: Expr,
    pub(crate) name: Sym,
    pub(crate) generics: Vec<Argument>,
    pub(crate) arguments: Vec<Expr>,
    pub(crate) span: Span,
}

#[derive(Debug, Clone)]
pub(crate) struct Closure {
    pub(crate) inputs: Vec<(Pattern, Option<Type>)>,
    pub(crate) output: Option<Type>,
    pub(crate) body: Expr,
    pub(crate) is_async: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Arm {
    pub(crate) pattern: Pattern,
    pub(crate) guard: Option<Expr>,
    pub(crate) body: Expr,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unary {
    Deref,
    Not,
    Neg,
}

/// The type that a literal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Literal {
    Str,
    Bytes,
    CStr,
    Char,
    Bool,
    /// With its suffix.
    Number(Option<Sym>),
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Block {
    /// The scope of the items in it.
    pub(crate) scope: Option<ScopeId>,
    pub(crate) statements: Vec<Statement>,
}

#[derive(Debug, Clone)]
pub(crate) enum Statement {
    Let(Box<Pattern>, Option<Box<Type>>, Option<Expr>, Option<Box<Expr>>),
    /// With whether a semicolon drops its value.
    Expr(Expr, bool),
}

#[derive(Debug, Clone)]
pub(crate) enum Pattern {
    /// `_`, `..`, literals.
    Wild,
    /// A name, with what stands behind `@`.
    Name(Sym, Option<Box<Pattern>>, Span),
    Path(Path),
    Struct(Path, Vec<(Sym, Pattern)>),
    /// With the place of `..`.
    TupleStruct(Path, Vec<Pattern>, Option<usize>),
    Tuple(Vec<Pattern>, Option<usize>),
    List(Vec<Pattern>),
    Or(Vec<Pattern>),
    Typed(Box<Pattern>, Type),
    /// The elements are compared with `PartialOrd`, or are constants.
    Values(Vec<Expr>),
    /// `name @ ..`: the rest of a list.
    Rest(Option<Sym>),
    Macro(Box<MacroUse>),
}

/// An invocation of a macro, wherever it stands.
#[derive(Debug, Clone)]
pub(crate) struct MacroUse {
    pub(crate) path: Path,
    pub(crate) tokens: TokenStream,
    /// What the walk over the crate has made of it, if that is known.
    pub(crate) made: Option<MadeId>,
}

/// The fields of a struct, of a union or of one variant.
#[derive(Debug, Clone)]
pub(crate) struct Variant {
    /// Empty for structs and unions.
    pub(crate) name: Option<Sym>,
    /// Fields of tuples are named by their place.
    pub(crate) fields: Vec<(Sym, Type)>,
    /// From where each of the fields can be named, where that is certain.
    pub(crate) visibility: Vec<Option<Visibility>>,
    pub(crate) discriminant: Option<Expr>,
}
