//! Blocks: the statements in order, and the items in an order of our own.

use syn::visit::{self, Visit};
use syn::{Block, Expr, ExprBreak, Item, Local, Stmt, StmtMacro};

use super::Encoder;
use super::attribute::are_docs;
use super::expression::attributes_of;
use super::item::Members;
use super::macros::try_operand;
use super::tags::Tag;

impl Encoder<'_> {
    pub(super) fn block(&mut self, block: &Block) {
        self.statements(&block.stmts);
    }

    pub(super) fn statements(&mut self, statements: &[Stmt]) {
        let mut members = Members::default();
        // Statements under a cfg may vanish, so there can be more than one that ends the block.
        let last = statements.iter().rposition(is_certain).unwrap_or(0);
        let statements = statements.iter().enumerate().filter(|(_, statement)| !is_empty(statement));
        self.list_of_active(statements, |encoder, (index, statement)| match statement {
            Stmt::Local(local) => encoder.local(local),
            Stmt::Expr(expr, semi) => encoder.expr_statement(expr, semi.is_some(), index >= last),
            Stmt::Macro(stmt) => encoder.macro_statement(stmt, &mut members),
            Stmt::Item(item) if defines_macros(item) => {
                encoder.tag(Tag::StmtItem);
                members.macros += 1;
                encoder.item(item)
            }
            Stmt::Item(item) => {
                encoder.item_member(&mut members, item);
                false
            }
        });
        self.members(members);
    }

    fn local(&mut self, local: &Local) -> bool {
        self.tag(Tag::StmtLocal);
        if !self.attributes(&local.attrs) {
            return false;
        }
        self.known(local.modifiers.require_empty());
        self.pat(&local.pat);
        self.option(local.init.as_ref(), |encoder, init| {
            encoder.expr(&init.expr);
            encoder.option(init.diverge.as_ref(), |encoder, (_, block)| encoder.expr(block));
        });
        true
    }

    fn expr_statement(&mut self, expr: &Expr, semi: bool, last: bool) -> bool {
        if !self.is_active(attributes_of(expr)) {
            return false;
        }
        self.tag(if semi && !ends_without_semicolon(expr, last) { Tag::StmtSemi } else { Tag::StmtExpr });
        self.expr(expr);
        true
    }

    fn macro_statement(&mut self, stmt: &StmtMacro, members: &mut Members) -> bool {
        if !self.is_active(&stmt.attrs) {
            return false;
        }
        // What it expands to may define macros for the items after it.
        members.macros += 1;
        // `vec! { … }` becomes `vec![…]`, and `try!(…)` an operator: expressions wherever they stand.
        let expression = stmt.mac.path.is_ident("vec") || try_operand(&stmt.mac).is_some();
        self.tag(match (stmt.semi_token, expression) {
            (Some(_), true) => Tag::StmtSemi,
            (Some(_), false) => Tag::StmtMacroSemi,
            (None, true) => Tag::StmtExpr,
            (None, false) => Tag::StmtMacro,
        });
        self.attributed(&stmt.attrs, |encoder| encoder.macro_call(&stmt.mac));
        true
    }
}

/// A lone `;`.
pub(super) fn is_empty(statement: &Stmt) -> bool {
    matches!(statement, Stmt::Expr(Expr::Verbatim(tokens), Some(_)) if tokens.is_empty())
}

/// Whether it is a statement under any configuration.
fn is_certain(statement: &Stmt) -> bool {
    match statement {
        Stmt::Local(local) => are_docs(&local.attrs),
        Stmt::Expr(expr, _) => are_docs(attributes_of(expr)) && !is_empty(statement),
        Stmt::Macro(stmt) => are_docs(&stmt.attrs),
        Stmt::Item(_) => false,
    }
}

/// Whether names of macros depend on the place of this item among others.
pub(super) fn defines_macros(item: &Item) -> bool {
    match item {
        Item::Macro(_) => true,
        Item::Mod(item) => item.attrs.iter().any(|attribute| attribute.path().is_ident("macro_use")),
        Item::ExternCrate(item) => item.attrs.iter().any(|attribute| attribute.path().is_ident("macro_use")),
        _ => false,
    }
}

/// Whether a semicolon after this statement has no meaning, so that rustfmt adds or removes it: the value is `()` or
/// never there. `last` tells whether the statement may give the block its value.
pub(super) fn ends_without_semicolon(expr: &Expr, last: bool) -> bool {
    match expr {
        Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) | Expr::While(_) | Expr::ForLoop(_) => true,
        // At the end of a block, `loop { break 1 };` is `()` and `loop { break 1 }` is `1`.
        Expr::Loop(_) if !last => true,
        Expr::Loop(expr) => {
            let mut search = BreakWithValue(false);
            search.visit_block(&expr.body);
            !search.0
        }
        _ => false,
    }
}

struct BreakWithValue(bool);

impl<'ast> Visit<'ast> for BreakWithValue {
    fn visit_expr_break(&mut self, expr: &'ast ExprBreak) {
        self.0 |= expr.expr.is_some();
        visit::visit_expr_break(self, expr);
    }

    fn visit_macro(&mut self, _: &'ast syn::Macro) {
        // Its expansion may break with a value.
        self.0 = true;
    }
}
