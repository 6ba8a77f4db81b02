//! Results that can't be read back.

use std::borrow::Cow;

use cache_runtime::cacheable;

struct Plain;

#[derive(serde::Serialize)]
struct OneWay;

#[cacheable(auto_versioning = false)]
fn opaque(n: u32) -> impl Iterator<Item = u32> {
    0..n
}

#[cacheable(auto_versioning = false)]
fn reference(text: &str) -> &str {
    text
}

#[cacheable(auto_versioning = false)]
fn fixed() -> &'static str {
    ""
}

#[cacheable(auto_versioning = false)]
fn cow(text: &str) -> Cow<'_, str> {
    text.into()
}

#[cacheable(auto_versioning = false)]
fn nothing(n: u32) {
    let _ = n;
}

#[cacheable(auto_versioning = false)]
fn unit(n: u32) -> () {
    let _ = n;
}

#[cacheable(auto_versioning = false)]
fn never() -> ! {
    loop {}
}

#[cacheable(auto_versioning = false)]
fn not_serializable() -> Plain {
    Plain
}

#[cacheable(auto_versioning = false)]
fn one_way() -> Result<Vec<OneWay>, Plain> {
    Ok(vec![OneWay])
}

#[cacheable(auto_versioning = false)]
async fn later() -> Option<Plain> {
    None
}

#[cacheable(auto_versioning = false, cache_err)]
fn error_too() -> Result<u32, Plain> {
    Ok(1)
}

#[cacheable(auto_versioning = false, cache_err)]
fn no_error() -> Option<u32> {
    Some(1)
}

fn main() {}
