//! Mapped slices over real files: what they cost nothing to be, and how long they stay.

use std::fs;
use std::path::PathBuf;

use super::*;
use crate::entry::NewEntry;
use crate::key::Key;
use crate::layout::{self, FunctionId};
use crate::map::MAP_FROM;
use crate::store::Store;
use crate::version::Version;

struct Fixture {
    store: Arc<Store>,
    dir: tempfile::TempDir,
}

fn fixture() -> Fixture {
    let dir = tempfile::tempdir().unwrap();
    Fixture { store: Store::open(&dir.path().join("cache")).unwrap(), dir }
}

fn id() -> FunctionId {
    FunctionId::new("lib", "app::f")
}

const KEY: Key = Key::from_bytes([1; 32]);

impl Fixture {
    fn save(&self, values: &Mapped<[u64]>) {
        let encoded = values.encode().unwrap();
        self.store.save(&id(), &Version::STABLE, &KEY, &NewEntry::default(), encoded).unwrap();
    }

    fn load(&self) -> Mapped<[u64]> {
        let entry = self.store.load(&id(), &Version::STABLE, &KEY).unwrap().unwrap();
        Mapped::decode(entry.payload()).unwrap()
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("cache").join(layout::entry_path(&id(), &Version::STABLE, &KEY))
    }
}

fn large() -> Mapped<[u64]> {
    (0..MAP_FROM / 4).collect()
}

fn is_mapped<T>(values: &Mapped<[T]>) -> bool
where
    T: Plain,
{
    matches!(values.0, Backing::File(_))
}

#[test]
fn a_large_value_is_the_mapped_file_and_a_small_one_a_copy() {
    let fixture = fixture();
    fixture.save(&large());
    let copy = fixture.load();
    assert!(is_mapped(&copy) || cfg!(target_endian = "big"));
    assert_eq!(copy, large());
    assert!(copy.is_intact());
    assert_eq!(copy.clone().into_vec(), large().into_vec());
    for small in [Mapped::default(), Mapped::from(vec![1_u64, 2])] {
        fixture.save(&small);
        assert!(!is_mapped(&fixture.load()));
        assert_eq!(fixture.load(), small);
    }
}

#[test]
fn a_slice_outlives_its_entry() {
    let fixture = fixture();
    fixture.save(&large());
    let (first, clone) = (fixture.load(), fixture.load().clone());
    fixture.save(&large().iter().map(|n| n + 1).collect());
    let second = fixture.load();
    fs::remove_file(fixture.path()).unwrap();
    drop(fixture);
    assert_eq!(first, large());
    assert_eq!(clone, large());
    assert_eq!(second[0], 1);
    let sums = std::thread::scope(|scope| {
        let sum = || scope.spawn(|| first.iter().sum::<u64>());
        [sum(), sum()].map(|thread| thread.join().unwrap())
    });
    assert_eq!(sums[0], sums[1]);
}

#[test]
fn a_vector_finds_damage_that_a_mapped_slice_shows_on_demand() {
    let fixture = fixture();
    fixture.save(&large());
    let mut bytes = fs::read(fixture.path()).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::remove_file(fixture.path()).unwrap();
    fs::write(fixture.path(), &bytes).unwrap();
    assert!(!fixture.load().is_intact());
    let entry = fixture.store.load(&id(), &Version::STABLE, &KEY).unwrap().unwrap();
    assert_eq!(Vec::<u64>::decode(entry.payload()), Err(CodecError::Damaged));
}

#[test]
fn a_slice_of_another_type_is_refused() {
    let fixture = fixture();
    fixture.save(&large());
    let entry = fixture.store.load(&id(), &Version::STABLE, &KEY).unwrap().unwrap();
    assert_eq!(Mapped::<[f64]>::decode(entry.payload()), Err(CodecError::OtherType));
    assert_eq!(Mapped::<[u32]>::decode(entry.payload()), Err(CodecError::OtherType));
}

#[test]
fn serde_sees_the_elements() {
    let values = Mapped::from(vec![1.5_f64, 2.5]);
    let json = serde_json::to_string(&values).unwrap();
    assert_eq!(json, "[1.5,2.5]");
    assert_eq!(serde_json::from_str::<Mapped<[f64]>>(&json).unwrap(), values);
    assert_eq!(format!("{values:?}"), json.replace(',', ", "));
}

#[test]
fn slices_go_to_other_threads() {
    fn shared<T: Send + Sync + Clone>() {}
    shared::<Mapped<[f64]>>();
}
