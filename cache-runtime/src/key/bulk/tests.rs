//! What is written in bulk is what serde shows.

use serde::Serialize;

use super::*;
use crate::key::{FunctionKey, Key};
use crate::version::Version;

fn by(add: impl FnOnce(&mut KeyBuilder)) -> Key {
    let mut key = KeyBuilder::of(&FunctionKey::new("lib", "app::f", &Version::STABLE));
    key.argument("before", "x");
    add(&mut key);
    key.argument("after", &(1_u8, 2_u8));
    key.finish().unwrap().0
}

fn in_bulk<T: Bulk + ?Sized>(value: &T) -> Key {
    by(|key| key.bulk_argument("x", value))
}

fn by_serde<T: Serialize + ?Sized>(value: &T) -> Key {
    by(|key| key.argument("x", value))
}

#[track_caller]
fn check<T: Bulk + Serialize + ?Sized>(value: &T) {
    assert_eq!(in_bulk(value), by_serde(value));
}

/// A slice, by every way that there is.
#[track_caller]
fn check_slice<T: Bulk + Serialize + Clone>(values: &[T]) {
    check(values);
    check(&Some((values, 1_u8)));
    // As where numbers have other bytes in memory.
    let each = by(|key| {
        write_each(values, Tag::Seq, key);
        key.instance("");
    });
    let whole = by(|key| {
        values.write(key);
        key.instance("");
    });
    assert_eq!(whole, each);
}

#[test]
fn slices_of_all_kinds_and_lengths_are_written_as_serde_shows_them() {
    macro_rules! kinds {
        ($($value:expr,)*) => {
            $(
                // Around what is part of the stream, what is one block, and what is several.
                for length in [0, 1, 2, 31, 32, 33, 256, 257, 8_192, 8_193, 70_000] {
                    check_slice(&(0..length).map($value).collect::<Vec<_>>());
                }
            )*
        };
    }
    kinds! {
        |i| i % 3 == 0,
        |i| char::from_u32(i as u32).unwrap_or('\0'),
        |i| i as i8,
        |i| i as i16,
        |i: i32| -i,
        |i| -i64::from(i),
        |i| -i128::from(i),
        |i| -(i as isize),
        |i| i as u8,
        |i| i as u16,
        |i| i as u32,
        |i| i as u64,
        |i| i as u128,
        |i| i as usize,
        |i| i as f32,
        |i| f64::from(i) / 3.0,
    }
}

#[test]
fn values_that_several_threads_hash_are_written_as_serde_shows_them() {
    let values: Vec<f64> = (0..300_000).map(f64::from).collect();
    check(&values);
    check(&(values.as_slice(), 1.0));
    check(&"0123456789".repeat(200_000));
}

#[test]
fn plain_values_of_every_type_are_written_as_serde_shows_them() {
    check("text");
    check(&"é".repeat(1_000));
    check(&String::new());
    check(&[1.0, 2.0, 3.0]);
    check(&[0_u8; 0]);
    check(&[["a"; 2]; 3]);
    check(&Box::new(1_u8));
    check::<Box<[u16]>>(&vec![1, 2].into());
    check(&Cow::Borrowed("text"));
    check(&Cow::<'_, [i32]>::Owned(vec![1, 2]));
    check(&&&1_i8);
    check(&None::<u8>);
    check(&Some(Some(None::<f64>)));
    check(&vec![Some(1.0), None, Some(f64::NAN)]);
    check(&vec![vec![1.0, 2.0], vec![], vec![-0.0]]);
    check(&vec![(1.0, 2.0), (3.0, 4.0)]);
    check(&(1_u8, 2_u8, 3_u16));
    check(&(1,));
    check(&(1, 2, 3, 4, 5, 6, 7, "8"));
    check(&(vec![1; 300], vec![2; 300]));
    let mut turned: VecDeque<u32> = (0..10).collect();
    check(&turned);
    turned.rotate_left(3);
    turned.push_back(1);
    check(&turned);
}

#[test]
fn counted_pointers_are_what_they_point_to() {
    let values = [1.0, 2.0];
    assert_eq!(in_bulk(&Rc::<[f64]>::from(values)), by_serde(&values[..]));
    assert_eq!(in_bulk(&Arc::new(values.to_vec())), by_serde(&values[..]));
}

#[cfg(feature = "ndarray")]
mod arrays {
    use ndarray::{Array, Array0, Array1, Array2, ArrayD, Axis, arr0, s};

    use super::*;

    #[test]
    fn arrays_are_written_as_serde_shows_them() {
        check(&arr0(1.0));
        check(&Array1::<f64>::zeros(0));
        check(&Array1::from_iter(0..10_000));
        check(&Array2::from_shape_fn((300, 200), |(i, j)| (i * j) as f64));
        check(&Array::from_shape_fn((3, 2, 4), |(i, j, k)| i + j + k));
        check(&ArrayD::from_elem(vec![2, 3], 1.5_f32));
        check(&Array1::from_elem(3, "text"));
        check(&Some(vec![Array0::from_elem((), 1_u8)]));
        check(&Array2::<f64>::eye(3).view());
    }

    #[test]
    fn how_an_array_lies_in_memory_makes_no_difference() {
        let rows = Array2::from_shape_fn((300, 200), |(i, j)| (i * 200 + j) as f64);
        let columns = rows.t().as_standard_layout().into_owned();
        assert!(columns.t().as_slice().is_none());
        check(&columns.t());
        assert_eq!(in_bulk(&columns.t()), in_bulk(&rows));
        assert_ne!(in_bulk(&columns), in_bulk(&rows));

        let mut backwards = rows.clone();
        backwards.invert_axis(Axis(0));
        assert_ne!(in_bulk(&backwards), in_bulk(&rows));
        assert_eq!(in_bulk(&backwards), in_bulk(&backwards.as_standard_layout()));

        let every_other = rows.slice(s![..;2, ..]);
        check(&every_other);
        assert_eq!(in_bulk(&every_other), in_bulk(&every_other.to_owned()));
    }

    #[test]
    fn the_shape_of_an_array_counts() {
        let flat = Array1::from_iter(0..6);
        let [two, three] = [(2, 3), (3, 2)].map(|shape| flat.clone().into_shape_with_order(shape).unwrap());
        let (flat, two, three) = (in_bulk(&flat), in_bulk(&two), in_bulk(&three));
        assert!(flat != two && flat != three && two != three);
    }
}
