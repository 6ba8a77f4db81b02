//! Layouts: what they tell apart, and the order of bytes.

use bytemuck::{Pod, Zeroable};

use super::*;

#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
#[repr(C)]
struct Tick {
    time: u64,
    prices: [f32; 2],
    flags: [u8; 8],
}

plain!(Tick { time: u64, prices: [f32; 2], flags: [u8; 8] });

mod other {
    use super::{Pod, Zeroable};

    #[derive(Clone, Copy, Pod, Zeroable)]
    #[repr(C)]
    pub(super) struct Tick {
        time: u64,
        amounts: [f32; 2],
        flags: [u8; 8],
    }

    plain!(Tick { time: u64, amounts: [f32; 2], flags: [u8; 8] });
}

#[test]
fn what_isnt_a_number_has_a_fingerprint_of_its_own() {
    let layouts = [
        <[f64; 2]>::LAYOUT,
        <[f64; 3]>::LAYOUT,
        <[i64; 2]>::LAYOUT,
        <[f32; 4]>::LAYOUT,
        <[[f64; 2]; 3]>::LAYOUT,
        <[[f64; 3]; 2]>::LAYOUT,
        <[f64; 6]>::LAYOUT,
        Tick::LAYOUT,
        other::Tick::LAYOUT,
        <[Tick; 1]>::LAYOUT,
    ];
    let fingerprints: std::collections::HashSet<_> =
        layouts.iter().map(|layout| layout.fingerprint().unwrap()).collect();
    assert_eq!(fingerprints.len(), layouts.len());
    assert_eq!(f64::LAYOUT.fingerprint(), None);
}

/// Records must stay readable.
#[test]
fn a_fingerprint_is_what_it_has_always_been() {
    let mut text = String::new();
    Tick::LAYOUT.describe(&mut text);
    assert_eq!(text, "Tick/24{time@0:u64/8,prices@8:[f32/4;2],flags@16:[u8/1;8],}");
}

#[test]
fn swapping_turns_each_number_and_nothing_else() {
    #[track_caller]
    fn check<T: Plain>(values: &[T], swapped: &[u8]) {
        let mut bytes = bytemuck::cast_slice(values).to_vec();
        T::LAYOUT.swap(&mut bytes);
        assert_eq!(bytes, swapped);
        T::LAYOUT.swap(&mut bytes);
        assert_eq!(bytes, bytemuck::cast_slice::<T, u8>(values));
    }
    check::<u8>(&[1, 2, 3], &[1, 2, 3]);
    check::<f64>(&[], &[]);
    check::<[u16; 0]>(&[[], []], &[]);
    let tick = |time: u64, prices: [f32; 2]| {
        let bytes: Vec<u8> =
            [&time.to_ne_bytes()[..], &prices[0].to_ne_bytes(), &prices[1].to_ne_bytes(), &[1; 8]].concat();
        bytemuck::pod_read_unaligned::<Tick>(&bytes)
    };
    let other_order = |time: u64, prices: [f32; 2]| {
        let turned = |bytes: &[u8]| bytes.iter().rev().copied().collect::<Vec<_>>();
        [
            turned(&time.to_ne_bytes()),
            turned(&prices[0].to_ne_bytes()),
            turned(&prices[1].to_ne_bytes()),
            vec![1; 8],
        ]
        .concat()
    };
    let (a, b) = ((0x0102_0304_0506_0708, [1.5, f32::NAN]), (7, [-0.0, 1e-40]));
    check(&[tick(a.0, a.1), tick(b.0, b.1)], &[other_order(a.0, a.1), other_order(b.0, b.1)].concat());
    check(&[[0x0102_u16, 0x0304], [5, 6]], &{
        let turned = |n: u16| n.swap_bytes().to_ne_bytes();
        [turned(0x0102), turned(0x0304), turned(5), turned(6)].concat()
    });
}
