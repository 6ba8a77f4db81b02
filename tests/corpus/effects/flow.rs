//! Control flow and patterns, and what their values are.

struct Step(u32);
impl Step { fn go(&self) -> Option<u32> { Some(self.0) } } //~ Some(self.0) => Some(self.0 + 1)
fn fallback() -> u32 { 40 } //~ 40 => 41
fn none() -> Option<Step> { None }
pub fn let_else() -> String { let Some(s) = none() else { return fallback().to_string() }; format!("{:?}", s.go()) }
pub fn let_else_value() -> String { let Some(s) = Some(Step(1)) else { return String::new() }; format!("{:?}", s.go()) }
pub fn if_let_chain() -> String { if let Some(s) = Some(Step(2)) && let Some(x) = s.go() && x > 1 { x.to_string() } else { String::new() } }
pub fn labeled() -> String { let x = 'a: { if fallback() > 1 { break 'a Step(4) } Step(5) }; format!("{:?}", x.go()) }
pub fn loop_value() -> String { let s = loop { break Step(6); }; format!("{:?}", s.go()) }
pub fn outer_loop() -> String { let s = 'a: loop { loop { break 'a Step(6); } }; format!("{:?}", s.go()) }
pub fn while_let() -> String { let mut all = vec![Step(1), Step(2)]; let mut sum = 0; while let Some(s) = all.pop() { sum += s.go().unwrap_or(0); } sum.to_string() }
const LOW: u32 = 3; //~ = 3 => = 5
pub fn range_pattern() -> String { match 4 { LOW..=9 => "in", _ => "out" }.to_owned() }
pub fn half_open() -> String { match 4 { ..LOW => "below", _ => "above" }.to_owned() }
pub fn in_a_tuple() -> String { matches!((3, 'x'), (LOW, 'x')).to_string() }
pub fn in_a_slice() -> String { matches!([1, 3], [_, LOW]).to_string() }
pub fn in_an_option() -> String { if let Some(LOW) = Some(3) { "low" } else { "other" }.to_owned() }
struct Limits;
impl Limits { const HIGH: u32 = 9; fn check(x: u32) -> bool { matches!(x, Self::HIGH) } } //~ = 9 => = 10
pub fn associated_pattern() -> String { Limits::check(9).to_string() }
pub fn slice_rest() -> String { match &[Step(1), Step(2), Step(3)][..] { [_, rest @ ..] => rest.iter().filter_map(Step::go).sum::<u32>(), [] => 0 }.to_string() }
pub fn slice_last() -> String { let [.., last] = [Step(1), Step(2)]; format!("{:?}", last.go()) }
pub fn bound_whole() -> String { match Some(Step(7)) { all @ Some(_) => format!("{:?}", all.map(|s| s.go())), None => String::new() } }
pub fn alternatives() -> String { match Ok::<Step, Step>(Step(8)) { Ok(s) | Err(s) => format!("{:?}", s.go()) } }
struct Both { a: Step, b: (Step, u32) }
pub fn nested_fields() -> String { let Both { a, b: (ref c, _) } = Both { a: Step(1), b: (Step(2), 3) }; format!("{:?}{:?}", a.go(), c.go()) }
pub fn argument_pattern() -> String { fn f(Both { a: Step(x), .. }: Both) -> u32 { x + fallback() } f(Both { a: Step(1), b: (Step(2), 3) }).to_string() }
pub fn closure_pattern() -> String { let all = [(1, Step(2))]; all.iter().map(|(x, s)| x + s.go().unwrap_or(0)).sum::<u32>().to_string() }
pub fn for_pattern() -> String { let mut out = 0; for (i, Step(x)) in [Step(4)].into_iter().enumerate() { out += i as u32 + x + fallback(); } out.to_string() }
pub fn destructured() -> String { let (mut a, mut b) = (Step(0), Step(0)); (a, b) = (Step(3), Step(4)); [a.0, _ignored(&mut b)].map(|x| x.to_string()).concat() }
fn _ignored(s: &mut Step) -> u32 { s.go().unwrap_or(0) }
pub fn early_return() -> String { fn f(x: u32) -> Option<Step> { if x > 1 { return Some(Step(x)); } None } format!("{:?}", f(2).and_then(|s| s.go())) }
pub fn match_result() -> String { let s = match fallback() { 0 => unreachable!(), 1 => panic!(), x => Step(x) }; format!("{:?}", s.go()) }
pub fn if_result() -> String { let s = if fallback() == 0 { panic!("never") } else { Step(3) }; format!("{:?}", s.go()) }
pub fn unsafe_block() -> String { let s = unsafe { std::ptr::read(&Step(5)) }; format!("{:?}", s.go()) }
union Either { step: std::mem::ManuallyDrop<Step>, number: u32 }
pub fn of_union() -> String { let u = Either { number: 5 }; unsafe { format!("{:?}", u.step.go()) } }
pub fn shadowed_local() -> String { let x = 1_u32; let x = Step(x); let f = || x.go(); format!("{:?}", f()) }
pub fn const_block() -> String { const { assert!(LOW > 0); LOW * 2 }.to_string() }
pub fn assigned_later() -> String { let s; if fallback() > 0 { s = Step(2) } else { s = Step(3) } format!("{:?}", s.go()) }
