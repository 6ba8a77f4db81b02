//! Methods, fields and indexing that are passed over on the way to those behind a pointer.

mod box_ext_bound {
    trait Special {}
    trait Ext { fn f(&self) -> u32; }
    impl<T: Special> Ext for Box<T> { fn f(&self) -> u32 { 1 } }
    struct A; impl Ext for A { fn f(&self) -> u32 { 2 } } //~ { 2 } => { 3 }
    pub fn r() -> String { Box::new(A).f().to_string() }
}
pub fn box_ext_bound() -> String { box_ext_bound::r() }

mod index_slice_local {
    struct I; impl<T> std::ops::Index<I> for [T] { type Output = T; fn index(&self, _: I) -> &T { &self[0] } } //~ self[0] => self[1]
    pub fn r() -> String { let v: &[u32] = &[1, 2]; v[I].to_string() }
}
pub fn index_slice_local() -> String { index_slice_local::r() }

mod index_str_local {
    struct I; impl std::ops::Index<I> for str { type Output = str; fn index(&self, _: I) -> &str { &self[1..] } } //~ [1..] => [2..]
    pub fn r() -> String { let v = "abc"; v[I].to_string() }
}
pub fn index_str_local() -> String { index_str_local::r() }

mod inherent_bound_deref {
    trait Special {}
    struct W<T>(T); impl<T: Special> W<T> { fn f(&self) -> u32 { 1 } }
    impl<T> std::ops::Deref for W<T> { type Target = T; fn deref(&self) -> &T { &self.0 } }
    struct A; impl A { fn f(&self) -> u32 { 2 } } //~ { 2 } => { 3 }
    pub fn r() -> String { W(A).f().to_string() }
}
pub fn inherent_bound_deref() -> String { inherent_bound_deref::r() }

mod private_field_deref {
    mod m { #[allow(dead_code)] pub struct W { x: u32, a: super::A } impl W { pub fn new() -> W { W { x: 1, a: super::A { x: 5 } } } }
    impl std::ops::Deref for W { type Target = super::A; fn deref(&self) -> &super::A { static B: super::A = super::A { x: 9 }; let _ = &self.a; &B } } } //~ &B } => &self.a }
    pub struct A { x: u32 }
    pub fn r() -> String { m::W::new().x.to_string() }
}
pub fn private_field_deref() -> String { private_field_deref::r() }

mod private_method_deref {
    mod m { pub struct W(pub super::A); impl W { #[allow(dead_code)] fn f(&self) -> u32 { 1 } }
    impl std::ops::Deref for W { type Target = super::A; fn deref(&self) -> &super::A { &self.0 } } }
    pub struct A; impl A { fn f(&self) -> u32 { 2 } } //~ { 2 } => { 3 }
    pub fn r() -> String { m::W(A).f().to_string() }
}
pub fn private_method_deref() -> String { private_method_deref::r() }

mod self_rc_receiver {
    use std::rc::Rc;
    struct W(A); impl W { #[allow(dead_code)] fn f(self: Rc<Self>) -> u32 { 1 } }
    impl std::ops::Deref for W { type Target = A; fn deref(&self) -> &A { &self.0 } }
    struct A; impl A { fn f(&self) -> u32 { 2 } } //~ { 2 } => { 3 }
    pub fn r() -> String { W(A).f().to_string() }
}
pub fn self_rc_receiver() -> String { self_rc_receiver::r() }

mod trait_not_in_scope {
    mod other { pub trait Ext { fn f(&self) -> u32; } impl Ext for super::W { fn f(&self) -> u32 { 1 } } }
    struct W(A);
    impl std::ops::Deref for W { type Target = A; fn deref(&self) -> &A { &self.0 } }
    struct A; impl A { fn f(&self) -> u32 { 2 } } //~ { 2 } => { 3 }
    pub fn r() -> String { W(A).f().to_string() }
}
pub fn trait_not_in_scope() -> String { trait_not_in_scope::r() }

mod two_candidates_coerce {
    struct W(A, A); impl std::ops::Deref for W { type Target = A; fn deref(&self) -> &A { &self.0 } } //~ &self.0 => &self.1
    struct A(u32);
    struct P; trait T1 { fn go(&self, a: &A) -> u32; } impl T1 for P { fn go(&self, a: &A) -> u32 { a.0 } }
    mod hidden { pub trait T2 { fn go(&self, a: &super::A) -> u32; } impl T2 for super::P { fn go(&self, a: &super::A) -> u32 { a.0 + 100 } } }
    pub fn r() -> String { P.go(&W(A(1), A(2))).to_string() }
}
pub fn two_candidates_coerce() -> String { two_candidates_coerce::r() }
