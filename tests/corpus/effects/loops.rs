//! Loops and blocks that are left in several ways.

mod label_block_in_loop {
    struct A(u32); impl A { fn f(&self) -> u32 { self.0 } } //~ self.0 => self.0 + 1
    pub fn r() -> String { let x = loop { let k = 'b: { if true { break 'b 5u32; } 6 }; break A(k) }; x.f().to_string() }
}
pub fn label_block_in_loop() -> String { label_block_in_loop::r() }

mod label_outer {
    use std::fmt;
    struct A(u32); impl fmt::Display for A { fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result { write!(f, "<{}>", self.0) } } //~ <{}> => [{}]
    pub fn r() -> String { let x = 'a: loop { loop { break 'a A(3); } }; format!("{x}") }
}
pub fn label_outer() -> String { label_outer::r() }

mod loop_continue {
    struct A(u32); impl A { fn f(&self) -> u32 { self.0 } } //~ self.0 => self.0 + 1
    pub fn r() -> String { let mut n = 0; let x = loop { n += 1; if n < 3 { continue; } break A(n) }; x.f().to_string() }
}
pub fn loop_continue() -> String { loop_continue::r() }

mod match_guard_continue {
    struct A(u32); impl A { fn f(&self) -> u32 { self.0 } } //~ self.0 => self.0 + 1
    pub fn r() -> String { let mut it = [1u32, 2, 3].into_iter(); let a = loop { match it.next() { Some(n) if n < 3 => continue, Some(n) => break A(n), None => panic!() } }; a.f().to_string() }
}
pub fn match_guard_continue() -> String { match_guard_continue::r() }
