//! Traits, generic and dynamic.

trait Shape {
    fn sides(&self) -> u32;
    fn twice(&self) -> u32 { self.sides() * 2 } //~ * 2 => * 3
    fn named() -> u32 where Self: Sized { 15 } //~ 15 => 16
}
struct Square;
impl Shape for Square {
    fn sides(&self) -> u32 { 4 } //~ 4 => 5
}
struct Triangle;
impl Shape for Triangle {
    fn sides(&self) -> u32 { 3 } //~ { 3 } => { 30 }
    //~ => fn twice(&self) -> u32 { 17 }
}
fn generic<S: Shape>(shape: &S) -> u32 { shape.sides() }
fn by_impl(shape: impl Shape) -> u32 { shape.twice() }
fn dynamic(shape: &dyn Shape) -> u32 { shape.twice() }
fn boxed() -> Box<dyn Shape> { Box::new(Triangle) } //~ Box::new(Triangle) => Box::new(Square)
fn opaque() -> impl Shape { Square } //~ { Square } => { Triangle }
pub fn bounded() -> String { generic(&Square).to_string() }
pub fn impl_argument() -> String { by_impl(Triangle).to_string() }
pub fn by_dyn() -> String { dynamic(&Triangle).to_string() }
pub fn by_box() -> String { boxed().sides().to_string() }
pub fn by_opaque() -> String { opaque().twice().to_string() }
pub fn qualified() -> String { <Square as Shape>::named().to_string() }
