//! Generic functions, traits and their impls.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::ops::{Add, Index, Mul};

pub trait Fit {
    type Output;
    const DEGREE: usize = 1;

    fn fit(&self, data: &[f64]) -> Self::Output;

    fn describe(&self) -> String {
        format!("degree {}", Self::DEGREE)
    }
}

pub trait Named {
    fn name() -> &'static str;
    fn fit(&self, data: &[f64]) -> f64;
}

#[derive(Debug, Clone, PartialEq)]
#[derive(Default)]
pub struct Mean {
    pub weight: f64,
}

impl Fit for Mean {
    type Output = f64;

    fn fit(&self, data: &[f64]) -> f64 {
        self.weight * data.iter().sum::<f64>() / data.len() as f64
    }
}

impl Named for Mean {
    fn name() -> &'static str {
        "mean"
    }

    fn fit(&self, data: &[f64]) -> f64 {
        data.len() as f64
    }
}

impl Mean {
    pub fn new(weight: f64) -> Self {
        Self { weight }
    }

    pub fn fit(&self, data: &[f64]) -> f64 {
        <Self as Fit>::fit(self, data) + 1.0
    }
}

pub struct Matrix<T, const ROWS: usize, const COLUMNS: usize>([[T; COLUMNS]; ROWS]);

impl<T: Copy + Add<Output = T> + Mul<Output = T> + Default, const R: usize, const C: usize> Matrix<T, R, C> {
    pub fn trace(&self) -> T {
        (0..R.min(C)).fold(T::default(), |sum, i| sum + self.0[i][i])
    }
}

impl Matrix<u8, 1, 1> {
    pub fn only(&self) -> u8 {
        self.0[0][0]
    }
}

impl Matrix<u16, 1, 1> {
    pub fn only_wide(&self) -> u16 {
        self.0[0][0]
    }
}

impl<T, const R: usize, const C: usize> Index<(usize, usize)> for Matrix<T, R, C> {
    type Output = T;

    fn index(&self, (row, column): (usize, usize)) -> &T {
        &self.0[row][column]
    }
}

pub fn bounded<'a, K, V: Debug>(map: &'a BTreeMap<K, V>, key: &K) -> Option<&'a V>
where
    K: Ord + Debug,
    for<'b> &'b V: Into<Box<dyn Debug + 'b>>,
{
    map.get(key)
}

pub fn returns_impl(limit: u32) -> impl Iterator<Item = u32> + Clone {
    (0..limit).filter(|n| n % 2 == 0)
}

pub fn takes_impl(values: impl IntoIterator<Item = impl Into<f64>>, function: &dyn Fn(f64) -> f64) -> f64 {
    values.into_iter().map(Into::into).map(function).sum()
}

pub fn many_parameters(first_parameter: &str, second_parameter: Option<&str>, third_parameter: Vec<BTreeMap<String, f64>>) -> usize {
    first_parameter.len() + second_parameter.map_or(0, str::len) + third_parameter.len()
}

impl<F> Fit for Box<F>
where
    F: Fit,
{
    type Output = F::Output;

    fn fit(&self, data: &[f64]) -> Self::Output {
        (**self).fit(data)
    }
}
