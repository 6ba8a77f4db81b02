//! Literals by value: underscores, radix, escapes, raw strings and superfluous zeros leave no trace.
//!
//! In a macro the spelling stays, but for what rustfmt rewrites: the case of hex digits, zeros at the end of a
//! fraction, and line continuations in strings.

use proc_macro2::Literal;
use syn::Lit;

use super::tags::Tag;
use super::{Encoder, bytes};

impl Encoder<'_> {
    pub(super) fn literal(&mut self, lit: &Lit) {
        if self.in_macro {
            match lit {
                Lit::Bool(lit) => self.tag(if lit.value { Tag::LitTrue } else { Tag::LitFalse }),
                Lit::Str(lit) => self.spelled(&lit.token()),
                Lit::ByteStr(lit) => self.spelled(&lit.token()),
                Lit::CStr(lit) => self.spelled(&lit.token()),
                Lit::Byte(lit) => self.spelled(&lit.token()),
                Lit::Char(lit) => self.spelled(&lit.token()),
                Lit::Int(lit) => self.spelled(&lit.token()),
                Lit::Float(lit) => self.spelled(&lit.token()),
                Lit::Verbatim(lit) => self.spelled(lit),
                _ => self.unknown_syntax(lit),
            }
            return;
        }
        match lit {
            Lit::Str(lit) => self.valued(Tag::LitStr, lit.value().as_bytes(), lit.suffix()),
            Lit::ByteStr(lit) => self.valued(Tag::LitByteStr, &lit.value(), lit.suffix()),
            Lit::CStr(lit) => self.valued(Tag::LitCStr, lit.value().as_bytes(), lit.suffix()),
            Lit::Byte(lit) => self.valued(Tag::LitByte, &[lit.value()], lit.suffix()),
            Lit::Char(lit) => self.valued(Tag::LitChar, lit.value().to_string().as_bytes(), lit.suffix()),
            Lit::Int(lit) if matches!(lit.suffix(), "f32" | "f64") => {
                self.valued(Tag::LitFloat, decimal(lit.base10_digits()).as_bytes(), lit.suffix());
            }
            Lit::Int(lit) => self.valued(Tag::LitInt, lit.base10_digits().as_bytes(), lit.suffix()),
            Lit::Float(lit) => {
                self.valued(Tag::LitFloat, decimal(lit.base10_digits()).as_bytes(), lit.suffix())
            }
            Lit::Bool(lit) => self.tag(if lit.value { Tag::LitTrue } else { Tag::LitFalse }),
            Lit::Verbatim(lit) => {
                self.tag(Tag::LitOther);
                self.text(&lit.to_string());
            }
            _ => self.unknown_syntax(lit),
        }
    }

    fn valued(&mut self, tag: Tag, value: &[u8], suffix: &str) {
        self.tag(tag);
        bytes::put_bytes(&mut self.out, value);
        self.text(suffix);
    }

    pub(super) fn spelled(&mut self, literal: &Literal) {
        self.tag(Tag::LitSpelled);
        self.text(&spelling(&literal.to_string()));
    }
}

/// A decimal number as `digits`, `e` and exponent, without zeros at either end of the digits. Never by way of a binary
/// float: two texts that round to the same `f32` may differ as `f64`.
fn decimal(text: &str) -> String {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let Ok(exponent) = exponent.parse::<i64>() else { return text.to_owned() };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0').trim_end_matches('0');
    if significant.is_empty() {
        return "0e0".to_owned();
    }
    let dropped = digits.len() - digits.trim_end_matches('0').len();
    // Both are lengths of a source text, so neither is near the limit; the exponent might be.
    let shift = dropped as i64 - fraction.len() as i64;
    match exponent.checked_add(shift) {
        Some(exponent) => format!("{significant}e{exponent}"),
        None => text.to_owned(),
    }
}

/// A literal's text after what rustfmt may change in it is taken out.
fn spelling(text: &str) -> String {
    let first = text.bytes().next().unwrap_or_default();
    if first.is_ascii_digit() {
        return number_spelling(text);
    }
    let text = text.replace("\r\n", "\n");
    let open = text.find(['"', '\'']).unwrap_or(0);
    let raw = text[..open].contains('r');
    if raw || !text.contains("\\\n") { text } else { without_continuations(&text) }
}

fn number_spelling(text: &str) -> String {
    if text.starts_with("0x") || text.starts_with("0X") {
        return text.to_ascii_lowercase();
    }
    let whole = text.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(text.len());
    let (whole, rest) = text.split_at(whole);
    let fraction = rest.strip_prefix('.').unwrap_or_default();
    let tail = fraction.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(fraction.len());
    let (fraction, tail) = if rest.starts_with('.') { fraction.split_at(tail) } else { ("", rest) };
    if !rest.starts_with('.') && !tail.starts_with(['e', 'E', 'f']) {
        return text.to_owned();
    }
    // `1_f32` and `1.0_f32` become `1f32` and back.
    let whole = whole.trim_end_matches('_');
    // rustfmt adds and removes a fraction of nothing but zeros. `0.10` can be a place in two tuples, which `0.1` is not.
    let fraction = if fraction.trim_matches(['0', '_']).is_empty() { "" } else { fraction };
    // `1.` needs its point to be no integer, `1.e5` and `1.f32` don't.
    let point = if fraction.is_empty() && !tail.is_empty() { "" } else { "." };
    format!("{whole}{point}{fraction}{tail}")
}

fn without_continuations(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match (char, chars.peek()) {
            ('\\', Some('\n')) => while chars.next_if(|c| matches!(c, ' ' | '\t' | '\n' | '\r')).is_some() {},
            ('\\', Some(_)) => {
                out.push('\\');
                out.extend(chars.next());
            }
            _ => out.push(char),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_normalised_by_their_digits() {
        for (text, expected) in [
            ("1.0", "1e0"),
            ("1.", "1e0"),
            ("10", "1e1"),
            ("0.00", "0e0"),
            ("1.5e3", "15e2"),
            ("1500.0", "15e2"),
            ("100e-2", "1e0"),
            ("0.001", "1e-3"),
            ("1e99999999999999999999", "1e99999999999999999999"),
            ("10e9223372036854775807", "10e9223372036854775807"),
        ] {
            assert_eq!(decimal(text), expected, "{text}");
        }
    }

    #[test]
    fn a_spelling_drops_only_what_rustfmt_rewrites() {
        for (text, expected) in [
            ("0xFF_u8", "0xff_u8"),
            ("1_000", "1_000"),
            ("1.0", "1."),
            ("1.", "1."),
            ("1.50e3", "1.50e3"),
            ("1.0_f32", "1f32"),
            ("1f32", "1f32"),
            ("1.0e0", "1e0"),
            ("1e0", "1e0"),
            ("1u8", "1u8"),
            ("0b1_0", "0b1_0"),
            ("\"a\\\n   b\"", "\"ab\""),
            ("\"a\\\\\n   b\"", "\"a\\\\\n   b\""),
            ("r\"a\\\n   b\"", "r\"a\\\n   b\""),
            ("'\\n'", "'\\n'"),
        ] {
            assert_eq!(spelling(text), expected, "{text}");
        }
    }
}
