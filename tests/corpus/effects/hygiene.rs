//! Names that a macro and its user both have.

mod hygiene_arg {
    struct A; impl A { fn f(&self) -> u32 { 1 } } //~ 1 => 2
    struct B; impl B { fn f(&self) -> u32 { 7 } }
    macro_rules! m { ($e:expr) => {{ let x = B; let _ = x.f(); $e }} }
    pub fn r() -> String { let x = A; m!(x.f()).to_string() }
}
pub fn hygiene_arg() -> String { hygiene_arg::r() }

mod hygiene_def {
    struct A; impl A { fn f(&self) -> u32 { 1 } } //~ 1 => 2
    struct B; impl B { fn f(&self) -> u32 { 7 } }
    pub fn r() -> String { let x = A; macro_rules! m { () => { x.f() } } let x = B; let _ = x.f(); m!().to_string() }
}
pub fn hygiene_def() -> String { hygiene_def::r() }

mod hygiene_label {
    fn k() -> u32 { 1 }
    macro_rules! once { ($e:expr) => { loop { if k() > 5 { continue; } break $e; } } }
    struct A(u32); impl A { fn f(&self) -> u32 { self.0 } } //~ self.0 => self.0 + 1
    pub fn r() -> String { once!(A(3)).f().to_string() }
}
pub fn hygiene_label() -> String { hygiene_label::r() }

mod hygiene_let {
    struct A; impl A { fn f(&self) -> u32 { 1 } } //~ 1 => 2
    struct B; impl B { fn f(&self) -> u32 { 7 } }
    macro_rules! m { () => { let x = B; let _ = x.f(); } }
    pub fn r() -> String { let x = A; m!(); x.f().to_string() }
}
pub fn hygiene_let() -> String { hygiene_let::r() }

mod local_assert_eq {
    mod q { #[allow(unused_macros)] macro_rules! assert_eq { ($($t:tt)*) => { () } } }
    static N: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    #[derive(Debug)] struct A(u32); impl PartialEq for A { fn eq(&self, _: &A) -> bool { N.store(1, std::sync::atomic::Ordering::SeqCst); true } } //~ store(1 => store(2
    pub fn r() -> String { assert_eq!(A(1), A(1)); N.load(std::sync::atomic::Ordering::SeqCst).to_string() }
}
pub fn local_assert_eq() -> String { local_assert_eq::r() }

mod local_macro_named_vec {
    mod q { macro_rules! vec { ($($t:tt)*) => { 5u32 } } pub fn z() -> u32 { vec![1] } }
    #[derive(Clone)] struct A(u32); impl A { fn f(&self) -> u32 { self.0 } } //~ self.0 => self.0 + 1
    pub fn r() -> String { let _ = q::z(); let v = vec![A(1)]; v[0].f().to_string() }
}
pub fn local_macro_named_vec() -> String { local_macro_named_vec::r() }

mod macro_temp_closure {
    struct A(u32); impl A { fn f(&self) -> u32 { self.0 } } //~ self.0 => self.0 + 1
    macro_rules! with { ($n:ident, $e:expr) => {{ let tmp = 5u32; let $n = tmp; let _ = $n; $e }} }
    pub fn r() -> String { let tmp = A(1); with!(q, tmp.f() + q).to_string() }
}
pub fn macro_temp_closure() -> String { macro_temp_closure::r() }

mod std_macro_elsewhere {
    use std::fmt;
    struct A(u32); impl fmt::Display for A { fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result { f.write_str("a") } } //~ "a" => "b"
    #[allow(dead_code)] mod inner { macro_rules! format { ($($t:tt)*) => { String::new() } } pub fn g() -> String { format!("x") } }
    pub fn r() -> String { format!("{}", A(1)) }
}
pub fn std_macro_elsewhere() -> String { std_macro_elsewhere::r() }
