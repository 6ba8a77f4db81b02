//! What of a function's result is stored: all of it, or of a `Result` the `Ok` value.
//!
//! In: the result's type, and whether errors are to be stored. Out: a value that runs a call, with the codec that fits
//! what is stored best. The type decides, not its name, so that `io::Result` and aliases are results too: a method of `Outcome<Result<T, E>>` goes before the
//! trait's for any `Outcome<R>`. In a function that returns a bare type parameter, the parameter counts as a plain
//! value.

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::call::Call;
use crate::codec::{Codec, Postcard};
use crate::raw::{AsInMemory, Raw};

/// A function's result, asked what of it is stored.
#[doc(hidden)]
#[derive(Debug)]
pub struct Outcome<R>(PhantomData<fn() -> R>);

impl<R> Outcome<R> {
    /// The result's type as a value.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "written by the macro only")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T, E> Outcome<Result<T, E>> {
    /// Of a `Result`, the `Ok` value is stored.
    #[must_use]
    pub const fn by_type(&self) -> OkOnly<T, E> {
        OkOnly(PhantomData)
    }

    /// Of a `Result`, all is stored on demand.
    #[must_use]
    pub const fn with_errors(&self) -> Whole<Result<T, E>> {
        Whole(PhantomData)
    }
}

/// Stands in where the result isn't a `Result`.
#[doc(hidden)]
pub trait OutcomeByType {
    /// The result's type.
    type Value;

    /// The whole value is stored.
    fn by_type(&self) -> Whole<Self::Value> {
        Whole(PhantomData)
    }

    /// There are no errors to store, which the bound turns into a compile error.
    fn with_errors(&self) -> Whole<Self::Value>
    where
        Self::Value: IsResult,
    {
        Whole(PhantomData)
    }
}

impl<R> OutcomeByType for Outcome<R> {
    type Value = R;
}

/// The whole result is stored.
#[doc(hidden)]
#[derive(Debug)]
pub struct Whole<R>(PhantomData<fn() -> R>);

/// The `Ok` value of the result is stored.
#[doc(hidden)]
#[derive(Debug)]
pub struct OkOnly<T, E>(PhantomData<fn() -> Result<T, E>>);

impl<R> Whole<R> {
    /// What is stored.
    #[must_use]
    pub const fn stored(&self) -> Stored<R> {
        Stored(PhantomData)
    }
}

impl<T, E> OkOnly<T, E> {
    /// What is stored.
    #[must_use]
    pub const fn stored(&self) -> Stored<T> {
        Stored(PhantomData)
    }
}

/// A type that is to be stored, asked how. The macro calls `codec` on a reference to references to it: the compiler
/// takes the first of the traits that has an implementation, from the most references to none.
#[doc(hidden)]
#[derive(Debug)]
pub struct Stored<T>(PhantomData<fn() -> T>);

/// As it is in memory.
#[doc(hidden)]
pub trait CodecByLayout {
    /// The codec.
    fn codec(&self) -> AsInMemory {
        AsInMemory
    }
}

impl<T: Raw> CodecByLayout for &&Stored<T> {}

/// By its serde implementations.
#[doc(hidden)]
pub trait CodecBySerde {
    /// The codec.
    fn codec(&self) -> Postcard {
        Postcard
    }
}

impl<T: Serialize + DeserializeOwned> CodecBySerde for &Stored<T> {}

/// Not at all, which becomes a compile error.
#[doc(hidden)]
pub trait CodecOfNothing {
    /// No codec.
    fn codec(&self) -> NoCodec {
        NoCodec
    }
}

impl<T> CodecOfNothing for Stored<T> {}

/// Stands for a codec where there is none.
#[doc(hidden)]
#[derive(Debug)]
pub struct NoCodec;

/// What of a result is stored, and how: runs a call.
#[doc(hidden)]
#[derive(Debug)]
pub struct By<O, C> {
    of: PhantomData<fn() -> O>,
    codec: C,
}

impl<O, C> By<O, C> {
    /// The outcome with the codec of what is stored of it.
    #[must_use]
    pub const fn new(_: &O, codec: C) -> Self {
        Self { of: PhantomData, codec }
    }
}

impl<R, C: Codec<R>> By<Whole<R>, C> {
    /// Returns the stored value, or what `body` returns after storing it.
    #[inline]
    pub fn run(self, mut call: Call, body: impl FnOnce() -> R) -> R {
        if let Some(value) = call.load(&self.codec) {
            return value;
        }
        let miss = call.compute();
        let value = miss.within(body);
        miss.finish(&self.codec, Some(&value));
        value
    }

    /// Like [`run`](Self::run), for an `async fn`.
    pub async fn run_async(self, mut call: Call, body: impl Future<Output = R>) -> R {
        if let Some(value) = call.load_async(&self.codec).await {
            return value;
        }
        let miss = call.compute();
        let value = miss.around(body).await;
        miss.finish(&self.codec, Some(&value));
        value
    }
}

impl<T, E, C: Codec<T>> By<OkOnly<T, E>, C> {
    /// Returns the stored value, or what `body` returns after storing it if it is `Ok`.
    ///
    /// # Errors
    /// What `body` returns.
    #[inline]
    pub fn run(self, mut call: Call, body: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        if let Some(value) = call.load(&self.codec) {
            return Ok(value);
        }
        let miss = call.compute();
        let result = miss.within(body);
        miss.finish(&self.codec, result.as_ref().ok());
        result
    }

    /// Like [`run`](Self::run), for an `async fn`.
    ///
    /// # Errors
    /// What `body` returns.
    pub async fn run_async(self, mut call: Call, body: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        if let Some(value) = call.load_async(&self.codec).await {
            return Ok(value);
        }
        let miss = call.compute();
        let result = miss.around(body).await;
        miss.finish(&self.codec, result.as_ref().ok());
        result
    }
}

/// Stands in where what would be stored can't be; the bound makes it a compile error at the result's type.
#[doc(hidden)]
pub trait OutcomeByBound: Sized {
    /// What is returned.
    type Value;
    /// What would be stored.
    type Stored;

    /// Never runs.
    fn run(self, _: Call, body: impl FnOnce() -> Self::Value) -> Self::Value
    where
        Unstorable: StoredResult<Self::Stored>,
    {
        body()
    }

    /// Never runs.
    fn run_async(self, _: Call, body: impl Future<Output = Self::Value>) -> impl Future<Output = Self::Value>
    where
        Unstorable: StoredResult<Self::Stored>,
    {
        body
    }
}

impl<R, C> OutcomeByBound for By<Whole<R>, C> {
    type Value = R;
    type Stored = R;
}

impl<T, E, C> OutcomeByBound for By<OkOnly<T, E>, C> {
    type Value = Result<T, E>;
    type Stored = T;
}

/// Holds for nothing: its message is the point.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a result of type `{T}` can't be stored",
    label = "needs `serde::Serialize` and `serde::de::DeserializeOwned`",
    note = "derive both for `{T}` and for what it holds: `#[derive(serde::Serialize, serde::Deserialize)]`; for a \
            type parameter, add the bounds",
    note = "of a `Result` only the `Ok` value is stored, unless `cache_err` is given"
)]
pub trait StoredResult<T> {}

/// What [`StoredResult`] is asked of. Were it the result's type, the compiler would suggest the bound to the user.
#[doc(hidden)]
#[derive(Debug)]
pub struct Unstorable;

/// Holds for nothing: its message is the point.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`cache_err` stores errors, and `{Self}` is no `Result`",
    label = "remove `cache_err`, or return a `Result`"
)]
pub trait IsResult {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Mapped;

    /// The codec that the macro's expansion finds for a result type.
    macro_rules! codec_of {
        ($result:ty) => {
            format!("{:?}", (&&&Outcome::<$result>::new().by_type().stored()).codec())
        };
    }

    #[test]
    fn the_type_decides_how_a_result_is_stored() {
        #[derive(Debug, serde::Serialize, serde::Deserialize)]
        struct Own(Vec<f64>);
        type Alias = std::io::Result<Box<[u8]>>;
        for plain in [
            codec_of!(Vec<f64>),
            codec_of!(Vec<[u8; 3]>),
            codec_of!([i64; 4]),
            codec_of!(Option<Vec<f32>>),
            codec_of!(Result<Vec<f64>, std::fmt::Error>),
            codec_of!(Alias),
            codec_of!(Result<Option<Vec<u8>>, String>),
            codec_of!(Mapped<[f64]>),
        ] {
            assert_eq!(plain, "AsInMemory");
        }
        for other in [
            codec_of!(f64),
            codec_of!(String),
            codec_of!(Vec<bool>),
            codec_of!(Vec<String>),
            codec_of!(Own),
            codec_of!(Result<(Vec<f64>, u8), std::fmt::Error>),
        ] {
            assert_eq!(other, "Postcard");
        }
        assert_eq!(codec_of!(std::fs::File), "NoCodec");
    }

    #[test]
    fn a_type_parameter_counts_with_its_bounds() {
        fn by_serde<T: Serialize + DeserializeOwned>() -> String {
            codec_of!(Vec<T>)
        }
        fn by_layout<T: crate::Plain>() -> String {
            codec_of!(Vec<T>)
        }
        assert_eq!((by_serde::<f64>().as_str(), by_layout::<f64>().as_str()), ("Postcard", "AsInMemory"));
    }
}
