//! Constants and parameters that are what they are by default.

mod const_default {
    const DEF: usize = 3; //~ 3 => 4
    struct A<const N: usize = DEF>;
    impl<const N: usize> A<N> { fn n(&self) -> usize { N } }
    pub fn r() -> String { let a: A = A; a.n().to_string() }
}
pub fn const_default() -> String { const_default::r() }

mod const_default_block {
    const DEF: usize = 3; //~ 3 => 4
    struct A<const N: usize = { DEF + 1 }>;
    impl<const N: usize> A<N> { fn n(&self) -> usize { N } }
    pub fn r() -> String { let a: A = A; a.n().to_string() }
}
pub fn const_default_block() -> String { const_default_block::r() }

mod const_shadow_lower {
    mod c { #[allow(non_upper_case_globals, dead_code)] const n: u32 = 5; pub fn z() {} }
    use c::*;
    struct A(u32); impl A { fn count_ones(&self) -> u32 { self.0 } } //~ self.0 => self.0 + 1
    pub fn r() -> String { z(); let n = A(3); n.count_ones().to_string() }
}
pub fn const_shadow_lower() -> String { const_shadow_lower::r() }

mod hasher_given {
    use std::collections::HashMap; use std::hash::*; use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
    static N: AtomicU32 = AtomicU32::new(0);
    struct BH; impl BuildHasher for BH { type Hasher = HH; fn build_hasher(&self) -> HH { N.fetch_add(1, SeqCst); HH } } //~ add(1 => add(2
    struct HH; impl Hasher for HH { fn write(&mut self, _: &[u8]) {} fn finish(&self) -> u64 { 0 } }
    pub fn r() -> String { let mut x = HashMap::with_hasher(BH); x.insert(1, 1); N.swap(0, SeqCst).to_string() }
}
pub fn hasher_given() -> String { hasher_given::r() }

mod trait_const_default {
    trait T { const C: u32 = 5; } struct A; impl T for A {} //~ = 5 => = 6
    pub fn r() -> String { A::C.to_string() }
}
pub fn trait_const_default() -> String { trait_const_default::r() }

mod trait_const_default2 {
    trait T { const C: u32 = 5; } struct A<X>(X); impl<X> T for A<X> {} //~ = 5 => = 6
    pub fn r() -> String { A::<u8>::C.to_string() }
}
pub fn trait_const_default2() -> String { trait_const_default2::r() }

mod trait_const_self {
    trait Sz { const N: usize = 1; fn n(&self) -> usize { Self::N } } struct A; impl Sz for A {} impl A { fn k(&self) -> usize { Self::N + 1 } } //~ N: usize = 1 => N: usize = 2
    pub fn r() -> String { A.n().to_string() }
    pub fn r2() -> String { A.k().to_string() }
    pub fn r3() -> String { fn g<T: Sz>(_: T) -> usize { T::N } g(A).to_string() }
    pub fn r4() -> String { let a = [0u8; A::N]; a.len().to_string() }
    pub fn r5() -> String { match 2 { A::N => "a", _ => "b" }.to_string() }
}
pub fn trait_const_self_r() -> String { trait_const_self::r() }
pub fn trait_const_self_r2() -> String { trait_const_self::r2() }
pub fn trait_const_self_r3() -> String { trait_const_self::r3() }
pub fn trait_const_self_r4() -> String { trait_const_self::r4() }
pub fn trait_const_self_r5() -> String { trait_const_self::r5() }

mod trait_const_std {
    trait T { const C: u32 = 5; } impl T for u8 {} //~ = 5 => = 6
    pub fn r() -> String { u8::C.to_string() }
}
pub fn trait_const_std() -> String { trait_const_std::r() }

mod trait_const_std_vec {
    trait T { const C: u32 = 5; } impl<X> T for Vec<X> {} //~ = 5 => = 6
    pub fn r() -> String { Vec::<u8>::C.to_string() }
}
pub fn trait_const_std_vec() -> String { trait_const_std_vec::r() }
