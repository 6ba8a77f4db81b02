//! `Self` where it is no item, attributes of the language, and traits whose functions a macro writes.

use super::{check, moved};

#[test]
fn self_of_a_type_without_declaration_is_no_name_that_anything_made() {
    for own in ["u8", "(u8, u16)", "[u8; 2]", "&G", "Box<G>"] {
        let generics = if own.contains('G') { "<G>" } else { "" };
        let source = format!(
            "trait Make: Sized {{ fn make(self) -> Self; }}\n\
             impl{generics} Make for {own} {{ fn make(self) -> Self {{ 3; self }} }}\n\
             #[foreign::mark] fn marked() -> u8 {{ 1 }}\n\
             fn root<G>(value: {own}) -> {own} {{ <{own} as Make>::make(value) }}"
        );
        check(&source, "{ 1 }", "{ 2 }", &["marked"]);
        let found = moved(&source, "{ 3;", "{ 4;");
        assert!(found.iter().any(|path| path == "root"), "{own}: {found:?}");
    }
}

#[test]
fn self_counts_with_the_item_that_it_is() {
    let source = "struct S(u8); impl S { const N: u8 = 1; fn make() -> Self { Self(Self::N) } }\n\
                  fn root() -> u8 { S::make().0 }";
    check(source, "= 1", "= 2", &["S::make", "root"]);
}

#[test]
fn what_an_attribute_macro_makes_counts_and_attributes_of_the_language_make_nothing() {
    let source = |attribute: &str| {
        format!("{attribute} fn marked() -> u8 {{ 1 }}\nfn root() -> u8 {{ made_by_somebody(3) }}")
    };
    for attribute in ["#[track_caller]", "#[inline]", "#[must_use]", "#[export_name = \"x\"]"] {
        check(&source(attribute), "{ 1 }", "{ 2 }", &["marked"]);
    }
    for attribute in ["#[foreign::track_caller]", "#[foreign::mark]", "#[mark]"] {
        check(&source(attribute), "{ 1 }", "{ 2 }", &["marked", "root"]);
    }
}

#[test]
fn a_trait_whose_items_a_macro_writes_is_known() {
    let source = "macro_rules! rest { ([$($s:tt)*]) => { $($s)* }; ([$($s:tt)*] @skip $($t:tt)*) => { rest!([$($s)*] $($t)*); };\n\
                  ([$($s:tt)*] $x:tt $($t:tt)*) => { rest!([$($s)* $x] $($t)*); }; }\n\
                  trait Walk { rest!([] @skip type Step; @skip fn walk(self: &Self) -> u8; fn twice(&self) -> u8 { 7; self.walk() }); }\n\
                  struct A; struct B; impl Walk for A { type Step = A; fn walk(&self) -> u8 { 1 } }\n\
                  impl Walk for B { type Step = B; fn walk(&self) -> u8 { 2 } }\n\
                  struct Other; impl Other { fn walk(&self) -> u8 { 3 } }\n\
                  fn other() -> u8 { Other.walk() }\n\
                  fn generic<W: Walk>(walk: W) -> u8 { walk.walk() }\n\
                  fn a() -> u8 { A.walk() } fn b() -> u8 { B.twice() }";
    check(source, "{ 3 }", "{ 4 }", &["Other::walk", "other"]);
    check(source, "{ 1 }", "{ 5 }", &["lib <my_crate::A as my_crate::Walk>::walk", "a", "generic"]);
    check(source, "{ 2 }", "{ 5 }", &["lib <my_crate::B as my_crate::Walk>::walk", "b", "generic"]);
    check(source, "{ 7;", "{ 8;", &["b"]);
}
