//! Pointers that are dereferenced without a sign.

mod cast_deref {
    struct W(A, A); impl std::ops::Deref for W { type Target = A; fn deref(&self) -> &A { &self.0 } } //~ &self.0 => &self.1
    struct A(u32);
    pub fn r() -> String { let w = W(A(1), A(2)); (&w as &A).0.to_string() }
}
pub fn cast_deref() -> String { cast_deref::r() }

mod coerce_deref_mut {
    struct W(A, A); impl std::ops::Deref for W { type Target = A; fn deref(&self) -> &A { &self.0 } }
    impl std::ops::DerefMut for W { fn deref_mut(&mut self) -> &mut A { &mut self.0 } } //~ &mut self.0 => &mut self.1
    struct A(u32);
    fn take(a: &mut A) -> u32 { a.0 }
    pub fn r() -> String { let mut w = W(A(1), A(2)); take(&mut w).to_string() }
}
pub fn coerce_deref_mut() -> String { coerce_deref_mut::r() }

mod deref_chain_generic {
    use std::ops::*; struct P<T>(T); impl<T> Deref for P<T> { type Target = T; fn deref(&self) -> &T { c(); &self.0 } } //~ c(); => c(); c();
    impl<T> DerefMut for P<T> { fn deref_mut(&mut self) -> &mut T { c(); c(); &mut self.0 } } //~ c(); c(); => c();
    static N: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0); fn c() { N.fetch_add(1, std::sync::atomic::Ordering::SeqCst); } fn n() -> String { N.swap(0, std::sync::atomic::Ordering::SeqCst).to_string() }
    struct A { x: u32, v: Vec<u32>, t: (u32, u32) } fn a() -> A { A { x: 1, v: vec![1, 2], t: (1, 2) } }
    pub fn r1() -> String { let p = P(a()); let _ = p.x; n() }
    pub fn r2() -> String { let mut p = P(a()); p.x = 2; n() }
    pub fn r3() -> String { let mut p = P(a()); p.v.push(2); n() }
    pub fn r4() -> String { let mut p = P(a()); p.v[0] = 3; n() }
    pub fn r5() -> String { let mut p = P(vec![1, 2]); p[0] = 3; n() }
    pub fn r6() -> String { let mut p = P(vec![1, 2]); p.push(3); n() }
    pub fn r7() -> String { let mut p = P(vec![1, 2]); for x in p.iter_mut() { *x = 1; } n() }
    pub fn r8() -> String { let mut p = P(vec![1, 2]); for x in &mut *p { *x = 1; } n() }
    pub fn r9() -> String { let mut p = P(5); *p += 1; n() }
    pub fn r10() -> String { let mut p = P(a()); p.t.0 += 1; n() }
    pub fn r11() -> String { let mut p = P(a()); let A { x, .. } = &mut *p; *x = 1; n() }
    pub fn r12() -> String { let p = P(Some(3)); if let Some(x) = *p { let _ = x; } n() }
    pub fn r13() -> String { let p = P(Some(3)); match &*p { Some(_) => {} None => {} } n() }
    pub fn r14() -> String { let p = P(P(5u32)); let _ = p.count_ones(); n() }
    pub fn r15() -> String { let mut p = P(a()); let q = &mut p.x; *q = 1; n() }
    pub fn r16() -> String { let mut p = P(a()); std::mem::take(&mut p.v); n() }
    pub fn r17() -> String { fn f(x: &mut u32) { *x = 1 } let mut p = P(1u32); f(&mut p); n() }
    pub fn r18() -> String { fn f(x: &mut [u32]) { x[0] = 1 } let mut p = P(vec![1u32]); f(&mut p); n() }
    pub fn r19() -> String { let mut p = P(a()); { let mut f = || p.x = 3; f(); } n() }
    pub fn r20() -> String { let p = P([P(1u32)]); let _ = *p[0]; n() }
    pub fn r21() -> String { let mut p = P(String::new()); { use std::fmt::Write; write!(p, "x").unwrap(); } n() }
    pub fn r22() -> String { let mut p = P([1, 2]); p.swap(0, 1); n() }
    pub fn r23() -> String { let mut p = P((1, 2)); (p.0.0, p.0.1) = (3, 4); n() }
    pub fn r24() -> String { let mut p = P(a()); (p.x, _) = (3, 4); n() }
    pub fn r25() -> String { let mut v = vec![P(a())]; v[0].x = 3; n() }
    pub fn r26() -> String { let mut v = vec![P(a())]; v.iter_mut().for_each(|p| p.x = 3); n() }
    pub fn r27() -> String { let mut v = Some(P(a())); if let Some(p) = &mut v { p.x = 3 } n() }
    pub fn r28() -> String { let p = std::rc::Rc::new(P(a())); let _ = p.x; n() }
    pub fn r29() -> String { let p = Box::new(P(a())); let _ = (*p).x; n() }
    pub fn r30() -> String { let p = Box::new(P(a())); let _ = (**p).x; n() }
    pub fn r31() -> String { let p = Some(P(1u32)); let _ = p.as_deref(); n() }
    pub fn r32() -> String { let mut p = Some(P(1u32)); let _ = p.as_deref_mut(); n() }
    pub fn r33() -> String { let p = std::pin::Pin::new(P(1u32)); let _ = *p; n() }
    pub fn r34() -> String { let mut p = std::pin::Pin::new(P(1u32)); *p = 3; n() }
    pub fn r35() -> String { fn f<D: DerefMut<Target = u32>>(mut d: D) { *d = 3 } f(P(1)); n() }
    pub fn r36() -> String { let p = P(1u32); let q: &u32 = p.deref(); let _ = q; n() }
    pub fn r37() -> String { let b: Box<dyn Deref<Target = u32>> = Box::new(P(1u32)); let _ = **b; n() }
    pub fn r38() -> String { let p = P(a()); let s = A { x: 1, ..a() }; let _ = s.x + p.v.len() as u32; n() }
    pub fn r40() -> String { let p = P("x"); let _ = &p[..]; n() }
    pub fn r41() -> String { let p = P(1u32); let _ = match 1 { 1 => *p, _ => 2 }; n() }
    pub fn r42() -> String { let mut p = P(a()); p.v.iter_mut().for_each(drop); n() }
    pub fn r43() -> String { let mut p = P(a()); &raw mut p.x; n() }
    pub fn r44() -> String { let mut p = P(Some(1)); if let Some(ref mut x) = *p { *x = 1 } n() }
    pub fn r45() -> String { let mut p = P(P(a())); p.x = 1; n() }
    pub fn r46() -> String { let mut p = Box::new(P(a())); p.x += 1; n() }
    pub fn r47() -> String { let p = P(|x: u32| x); p(3); n() }
    pub fn r48() -> String { let p = P(Box::new(|x: u32| x) as Box<dyn Fn(u32) -> u32>); (*p)(3); n() }
}
pub fn deref_chain_generic_r1() -> String { deref_chain_generic::r1() }
pub fn deref_chain_generic_r2() -> String { deref_chain_generic::r2() }
pub fn deref_chain_generic_r3() -> String { deref_chain_generic::r3() }
pub fn deref_chain_generic_r4() -> String { deref_chain_generic::r4() }
pub fn deref_chain_generic_r5() -> String { deref_chain_generic::r5() }
pub fn deref_chain_generic_r6() -> String { deref_chain_generic::r6() }
pub fn deref_chain_generic_r7() -> String { deref_chain_generic::r7() }
pub fn deref_chain_generic_r8() -> String { deref_chain_generic::r8() }
pub fn deref_chain_generic_r9() -> String { deref_chain_generic::r9() }
pub fn deref_chain_generic_r10() -> String { deref_chain_generic::r10() }
pub fn deref_chain_generic_r11() -> String { deref_chain_generic::r11() }
pub fn deref_chain_generic_r12() -> String { deref_chain_generic::r12() }
pub fn deref_chain_generic_r13() -> String { deref_chain_generic::r13() }
pub fn deref_chain_generic_r14() -> String { deref_chain_generic::r14() }
pub fn deref_chain_generic_r15() -> String { deref_chain_generic::r15() }
pub fn deref_chain_generic_r16() -> String { deref_chain_generic::r16() }
pub fn deref_chain_generic_r17() -> String { deref_chain_generic::r17() }
pub fn deref_chain_generic_r18() -> String { deref_chain_generic::r18() }
pub fn deref_chain_generic_r19() -> String { deref_chain_generic::r19() }
pub fn deref_chain_generic_r20() -> String { deref_chain_generic::r20() }
pub fn deref_chain_generic_r21() -> String { deref_chain_generic::r21() }
pub fn deref_chain_generic_r22() -> String { deref_chain_generic::r22() }
pub fn deref_chain_generic_r23() -> String { deref_chain_generic::r23() }
pub fn deref_chain_generic_r24() -> String { deref_chain_generic::r24() }
pub fn deref_chain_generic_r25() -> String { deref_chain_generic::r25() }
pub fn deref_chain_generic_r26() -> String { deref_chain_generic::r26() }
pub fn deref_chain_generic_r27() -> String { deref_chain_generic::r27() }
pub fn deref_chain_generic_r28() -> String { deref_chain_generic::r28() }
pub fn deref_chain_generic_r29() -> String { deref_chain_generic::r29() }
pub fn deref_chain_generic_r30() -> String { deref_chain_generic::r30() }
pub fn deref_chain_generic_r31() -> String { deref_chain_generic::r31() }
pub fn deref_chain_generic_r32() -> String { deref_chain_generic::r32() }
pub fn deref_chain_generic_r33() -> String { deref_chain_generic::r33() }
pub fn deref_chain_generic_r34() -> String { deref_chain_generic::r34() }
pub fn deref_chain_generic_r35() -> String { deref_chain_generic::r35() }
pub fn deref_chain_generic_r36() -> String { deref_chain_generic::r36() }
pub fn deref_chain_generic_r37() -> String { deref_chain_generic::r37() }
pub fn deref_chain_generic_r38() -> String { deref_chain_generic::r38() }
pub fn deref_chain_generic_r40() -> String { deref_chain_generic::r40() }
pub fn deref_chain_generic_r41() -> String { deref_chain_generic::r41() }
pub fn deref_chain_generic_r42() -> String { deref_chain_generic::r42() }
pub fn deref_chain_generic_r43() -> String { deref_chain_generic::r43() }
pub fn deref_chain_generic_r44() -> String { deref_chain_generic::r44() }
pub fn deref_chain_generic_r45() -> String { deref_chain_generic::r45() }
pub fn deref_chain_generic_r46() -> String { deref_chain_generic::r46() }
pub fn deref_chain_generic_r47() -> String { deref_chain_generic::r47() }
pub fn deref_chain_generic_r48() -> String { deref_chain_generic::r48() }

mod starbox_deref {
    struct W(A, A); impl std::ops::Deref for W { type Target = A; fn deref(&self) -> &A { &self.0 } } //~ &self.0 => &self.1
    struct A(u32);
    fn take(a: &A) -> u32 { a.0 }
    pub fn r() -> String { let w = Box::new(W(A(1), A(2))); take(&*w).to_string() }
}
pub fn starbox_deref() -> String { starbox_deref::r() }

mod struct_field_coerce {
    struct W(A, A); impl std::ops::Deref for W { type Target = A; fn deref(&self) -> &A { &self.0 } } //~ &self.0 => &self.1
    struct A(u32); struct S<'a> { a: &'a A } struct U<'a>(&'a A); enum E<'a> { V(&'a A), X { a: &'a A } }
    pub fn r() -> String { let w = W(A(1), A(2)); let s = S { a: &w }; s.a.0.to_string() }
    pub fn r2() -> String { let w = W(A(1), A(2)); let s = U(&w); s.0.0.to_string() }
    pub fn r3() -> String { let w = W(A(1), A(2)); let s = E::V(&w); match s { E::V(a) => a.0, E::X { a } => a.0 }.to_string() }
    pub fn r4() -> String { let w = W(A(1), A(2)); let s = E::X { a: &w }; match s { E::V(a) => a.0, E::X { a } => a.0 }.to_string() }
    pub fn r5() -> String { let w = W(A(1), A(2)); let s: [&A; 1] = [&w]; s[0].0.to_string() }
    pub fn r6() -> String { let w = W(A(1), A(2)); let f = |a: &A| a.0; f(&w).to_string() }
    pub fn r7() -> String { let w = W(A(1), A(2)); fn g(w: &W) -> &A { w } g(&w).0.to_string() }
    pub fn r8() -> String { let w = W(A(1), A(2)); fn g(w: &W) -> &A { return w; } g(&w).0.to_string() }
    pub fn r9() -> String { let w = W(A(1), A(2)); let a: &A = { &w }; a.0.to_string() }
    pub fn r10() -> String { let w = W(A(1), A(2)); let a: &A = if true { &w } else { &w }; a.0.to_string() }
    pub fn r11() -> String { let w = W(A(1), A(2)); let a: (&A, u8) = (&w, 1); a.0.0.to_string() }
    pub fn r12() -> String { let w = W(A(1), A(2)); let f = |w: &'static W| -> &'static A { w }; f(Box::leak(Box::new(w))).0.to_string() }
    pub fn r13() -> String { let w = W(A(1), A(2)); let f: fn(&A) -> u32 = |a| a.0; f(&w).to_string() }
    pub fn r14() -> String { let w = W(A(1), A(2)); let f: &dyn Fn(&A) -> u32 = &|a| a.0; f(&w).to_string() }
    pub fn r15() -> String { let w = W(A(1), A(2)); fn h(a: &A) -> u32 { a.0 } let f = h; f(&w).to_string() }
    pub fn r16() -> String { let w = W(A(1), A(2)); let a: &A = match 1 { 1 => &w, _ => &w }; a.0.to_string() }
    pub fn r17() -> String { let w = W(A(1), A(2)); let a: &A = loop { break &w }; a.0.to_string() }
    pub fn r18() -> String { let w = W(A(1), A(2)); let a: &A = 'x: { break 'x &w }; a.0.to_string() }
    pub fn r19() -> String { let w = W(A(1), A(2)); let a: &A = unsafe { &w }; a.0.to_string() }
    pub fn r20() -> String { let w = vec![W(A(1), A(2))]; let a: &A = &w[0]; a.0.to_string() }
    pub fn r21() -> String { let w = vec![W(A(1), A(2))]; let a: &A = w.first().unwrap(); a.0.to_string() }
    pub fn r22() -> String { let w = std::rc::Rc::new(W(A(1), A(2))); let a: &A = &w; a.0.to_string() }
    pub fn r23() -> String { let w = Some(W(A(1), A(2))); let a: &A = w.as_ref().unwrap(); a.0.to_string() }
    pub fn r24() -> String { let w = W(A(1), A(2)); let a: Option<&A> = Some(&w); a.unwrap().0.to_string() }
    pub fn r25() -> String { let w = W(A(1), A(2)); let a: &A = &&&w; a.0.to_string() }
    pub fn r26() -> String { let w = W(A(1), A(2)); let a: Vec<&A> = vec![&w, &w]; a[0].0.to_string() }
    pub fn r27() -> String { let w = W(A(1), A(2)); let mut v: Vec<&A> = Vec::new(); v.push(&w); v[0].0.to_string() }
    pub fn r28() -> String { let w = W(A(1), A(2)); let mut v = Vec::<&A>::new(); v.push(&w); v[0].0.to_string() }
    pub fn r29() -> String { let w = W(A(1), A(2)); let a = std::iter::once::<&A>(&w).next().unwrap(); a.0.to_string() }
    pub fn r30() -> String { let w = W(A(1), A(2)); static Z: A = A(0); let p: *const A = &*w; let _ = &Z; unsafe { (*p).0 }.to_string() }
    pub fn r31() -> String { let w = W(A(1), A(2)); fn g<T: std::ops::Deref<Target = A>>(t: &T) -> u32 { let a: &A = t; a.0 } g(&w).to_string() }
    pub fn r32() -> String { let w = W(A(1), A(2)); let o: Option<&W> = Some(&w); let a: &A = o.unwrap_or(&w); a.0.to_string() }
    pub fn r33() -> String { let w = W(A(1), A(2)); let o: Option<&W> = Some(&w); let Some(a) = o.map(|w| -> &A { w }) else { panic!() }; a.0.to_string() }
    pub fn r34() -> String { let w = W(A(1), A(2)); let o = Some(&w).map(|w| &**w).map(|a: &A| a.0); format!("{o:?}") }
    pub fn r35() -> String { let w = Some(W(A(1), A(2))); let o = w.as_deref().map(|a| a.0); format!("{o:?}") }
    pub fn r36() -> String { let w: Result<W, ()> = Ok(W(A(1), A(2))); let o = w.as_deref().map(|a| a.0); format!("{o:?}") }
}
pub fn struct_field_coerce_r() -> String { struct_field_coerce::r() }
pub fn struct_field_coerce_r2() -> String { struct_field_coerce::r2() }
pub fn struct_field_coerce_r3() -> String { struct_field_coerce::r3() }
pub fn struct_field_coerce_r4() -> String { struct_field_coerce::r4() }
pub fn struct_field_coerce_r5() -> String { struct_field_coerce::r5() }
pub fn struct_field_coerce_r6() -> String { struct_field_coerce::r6() }
pub fn struct_field_coerce_r7() -> String { struct_field_coerce::r7() }
pub fn struct_field_coerce_r8() -> String { struct_field_coerce::r8() }
pub fn struct_field_coerce_r9() -> String { struct_field_coerce::r9() }
pub fn struct_field_coerce_r10() -> String { struct_field_coerce::r10() }
pub fn struct_field_coerce_r11() -> String { struct_field_coerce::r11() }
pub fn struct_field_coerce_r12() -> String { struct_field_coerce::r12() }
pub fn struct_field_coerce_r13() -> String { struct_field_coerce::r13() }
pub fn struct_field_coerce_r14() -> String { struct_field_coerce::r14() }
pub fn struct_field_coerce_r15() -> String { struct_field_coerce::r15() }
pub fn struct_field_coerce_r16() -> String { struct_field_coerce::r16() }
pub fn struct_field_coerce_r17() -> String { struct_field_coerce::r17() }
pub fn struct_field_coerce_r18() -> String { struct_field_coerce::r18() }
pub fn struct_field_coerce_r19() -> String { struct_field_coerce::r19() }
pub fn struct_field_coerce_r20() -> String { struct_field_coerce::r20() }
pub fn struct_field_coerce_r21() -> String { struct_field_coerce::r21() }
pub fn struct_field_coerce_r22() -> String { struct_field_coerce::r22() }
pub fn struct_field_coerce_r23() -> String { struct_field_coerce::r23() }
pub fn struct_field_coerce_r24() -> String { struct_field_coerce::r24() }
pub fn struct_field_coerce_r25() -> String { struct_field_coerce::r25() }
pub fn struct_field_coerce_r26() -> String { struct_field_coerce::r26() }
pub fn struct_field_coerce_r27() -> String { struct_field_coerce::r27() }
pub fn struct_field_coerce_r28() -> String { struct_field_coerce::r28() }
pub fn struct_field_coerce_r29() -> String { struct_field_coerce::r29() }
pub fn struct_field_coerce_r30() -> String { struct_field_coerce::r30() }
pub fn struct_field_coerce_r31() -> String { struct_field_coerce::r31() }
pub fn struct_field_coerce_r32() -> String { struct_field_coerce::r32() }
pub fn struct_field_coerce_r33() -> String { struct_field_coerce::r33() }
pub fn struct_field_coerce_r34() -> String { struct_field_coerce::r34() }
pub fn struct_field_coerce_r35() -> String { struct_field_coerce::r35() }
pub fn struct_field_coerce_r36() -> String { struct_field_coerce::r36() }
