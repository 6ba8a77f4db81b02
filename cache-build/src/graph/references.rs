//! References as the source writes them, which the syntax of the graph leaves out.
//!
//! In: syn's trees. Out: how many references stand around a type or in front of an expression. Nothing here knows what
//! types are called: an alias may be one more reference.

/// How many references are written around a type.
pub(super) fn around(ty: &syn::Type) -> u32 {
    match ty {
        syn::Type::Reference(reference) => 1 + around(&reference.elem),
        syn::Type::Group(group) => around(&group.elem),
        syn::Type::Paren(paren) => around(&paren.elem),
        _ => 0,
    }
}

/// The same for a parameter, if a name is bound to the whole of it.
pub(super) fn of_parameter(pattern: &syn::Pat, ty: &syn::Type) -> Option<u32> {
    match pattern {
        syn::Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => Some(around(ty)),
        _ => None,
    }
}

/// The same for `self`, around `Self`.
pub(super) fn of_receiver(kind: &syn::ReceiverKind) -> Option<u32> {
    match kind {
        syn::ReceiverKind::Value => Some(0),
        syn::ReceiverKind::Reference(..) => Some(1),
        _ => None,
    }
}

/// What stands behind the references that an expression takes, with how many of them no `*` takes away again.
pub(super) fn behind(expr: &syn::Expr) -> (u32, &syn::Expr) {
    match expr {
        syn::Expr::Group(node) => behind(&node.expr),
        syn::Expr::Paren(node) => behind(&node.expr),
        syn::Expr::Reference(node) => {
            let (count, inner) = behind(&node.expr);
            (count + 1, inner)
        }
        syn::Expr::Unary(node) if matches!(node.op, syn::UnOp::Deref(_)) => match behind(&node.expr) {
            (0, _) => (0, expr),
            (count, inner) => (count - 1, inner),
        },
        _ => (0, expr),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::ToTokens as _;

    #[track_caller]
    fn check(text: &str, expected: (u32, &str)) {
        let expr = syn::parse_str(text).unwrap();
        let (count, inner) = behind(&expr);
        assert_eq!((count, inner.to_token_stream().to_string().as_str()), expected);
    }

    #[test]
    fn references_that_are_taken_away_again_do_not_count() {
        check("x", (0, "x"));
        check("&(&mut x)", (2, "x"));
        check("*&x", (0, "x"));
        check("*(&&x)", (1, "x"));
        check("**&x", (0, "* * & x"));
        check("&*x", (1, "* x"));
        check("&{ &x }", (1, "{ & x }"));
    }

    #[test]
    fn references_around_a_type_are_counted() {
        let count = |text: &str| around(&syn::parse_str(text).unwrap());
        assert_eq!(["T", "&T", "&'a mut (&T)", "Box<&T>", "[&T]"].map(count), [0, 1, 2, 0, 0]);
    }
}
