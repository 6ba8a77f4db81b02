//! The fuzz targets on the stable compiler: every file of their corpus, and thousands of mutations of each kind.
//!
//! What the targets find wrong is a panic. `UPDATE_CORPUS=1` writes the `sound-…` files anew after a format has changed;
//! a file that a fuzzer found a bug with stays beside them under any other name.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cache_runtime::time_range::TimeSpan;
use cache_runtime::{FunctionId, KeyBuilder, NewEntry, Store, Version};
use cache_tests::repository;
use walkdir::WalkDir;

#[path = "../../cache-runtime/fuzz/src/lib.rs"]
pub mod targets;

/// How many mutations are tried of each target's files together.
const MUTATIONS: u64 = 20_000;

fn corpus(target: &str) -> PathBuf {
    repository().join("cache-runtime/fuzz/corpus").join(target)
}

fn files(target: &str) -> BTreeMap<String, Vec<u8>> {
    let entries =
        fs::read_dir(corpus(target)).expect("the corpus is there").map(|entry| entry.expect("an entry"));
    entries
        .map(|entry| {
            let name = entry.file_name().into_string().expect("a plain name");
            (name, fs::read(entry.path()).expect("a file"))
        })
        .collect()
}

/// Puts the files in place if asked to, and only then: a corpus that heals itself asserts nothing.
fn update(target: &str, sound: &[(&str, Vec<u8>)]) {
    if std::env::var_os("UPDATE_CORPUS").is_none() {
        return;
    }
    fs::create_dir_all(corpus(target)).expect("the directory can be made");
    for name in files(target).keys().filter(|name| name.starts_with("sound-")) {
        fs::remove_file(corpus(target).join(name)).expect("the file can be removed");
    }
    for (name, bytes) in sound {
        fs::write(corpus(target).join(format!("sound-{name}")), bytes).expect("the file can be written");
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z ^= z >> 27;
        usize::try_from(z % limit.max(1) as u64).expect("less than the limit")
    }

    fn byte(&mut self) -> u8 {
        self.below(256) as u8
    }
}

/// Numbers that lengths and counts go wrong with.
const NUMBERS: [u64; 12] =
    [0, 1, 63, 64, 191, 192, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 1 << 40, u64::MAX - 63, u64::MAX];

fn mutate(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len());
        match random.below(8) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
            1 if !bytes.is_empty() => bytes[at] = random.below(256) as u8,
            2 => bytes.truncate(at),
            3 => bytes.insert(at, random.byte()),
            4 => {
                let end = (at + random.below(80)).min(bytes.len());
                bytes.drain(at..end);
            }
            5 => bytes.extend_from_within(at..),
            6 => {
                let number = NUMBERS[random.below(NUMBERS.len())].to_le_bytes();
                let width = [1, 4, 8][random.below(3)];
                // Most fields are aligned.
                let at = at / 4 * 4;
                let end = (at + width).min(bytes.len());
                bytes[at..end].copy_from_slice(&number[..end - at]);
            }
            _ => {
                bytes.truncate(at);
                bytes.extend_from_slice(&other[random.below(other.len()).min(other.len())..]);
            }
        }
    }
}

/// Runs a target on its corpus and on mutations; those of `sound-…` files that are accepted are handed back.
fn run(target: &str, run: fn(&[u8]) -> bool) -> Vec<Vec<u8>> {
    let files = files(target);
    let sound = files.iter().filter(|(name, _)| name.starts_with("sound-"));
    let refused: Vec<_> = sound.clone().filter(|(_, bytes)| !run(bytes)).map(|(name, _)| name).collect();
    assert!(sound.count() >= 3, "{target} has too few sound files");
    assert!(refused.is_empty(), "{target} refuses {refused:?}; UPDATE_CORPUS=1 writes them anew");
    let all: Vec<_> = files.values().collect();
    for bytes in &all {
        run(bytes);
    }
    let mut accepted = Vec::new();
    for round in 0..MUTATIONS {
        // The seed of a failure is the round, which the panic's output shows.
        let mut random = Random(round << 32);
        let mut bytes = all[random.below(all.len())].clone();
        mutate(&mut bytes, all[random.below(all.len())], &mut random);
        let outcome = std::panic::catch_unwind(|| run(&bytes));
        match outcome {
            Ok(true) => accepted.push(bytes),
            Ok(false) => {}
            Err(_) => panic!("{target} fails on round {round}: {:?}", bytes.escape_ascii().to_string()),
        }
    }
    accepted
}

/// The files that the store makes of a few results, by extension.
fn stored(extension: &str) -> Vec<Vec<u8>> {
    let place = tempfile::tempdir().expect("a temporary directory");
    {
        let store = Store::open(&place.path().join("cache")).expect("the cache can be made");
        let span = TimeSpan { start: "2024-01-01".to_owned(), end: "2024-12-31".to_owned() };
        for (x, span) in [None, Some(span.clone()), Some(span), None].into_iter().enumerate() {
            // Two have results of one size each.
            let sizes = [&[0, 40, 900, 5_000][..], &[900, 1, 5_000, 5_001], &[7], &[5_002]][x];
            let id = FunctionId::new("bin:app", format!("<app::Model as app::Fit{x}>::fit"));
            for size in sizes.iter().copied() {
                let mut key = KeyBuilder::new(&id.target, &id.path, &Version::STABLE);
                key.argument("x", &(x, size));
                let (key, _) = key.finish().expect("numbers have a key");
                let new = NewEntry { computed_in: Duration::from_millis(3), span: span.clone() };
                let payload: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
                store.save(&id, &Version::STABLE, &key, &new, &payload).expect("it can be stored");
            }
        }
    }
    let files =
        WalkDir::new(place.path()).sort_by_file_name().into_iter().map(|entry| entry.expect("an entry"));
    let wanted = files.filter(|file| file.path().extension().is_some_and(|found| found == extension));
    wanted.map(|file| fs::read(file.path()).expect("a file")).collect()
}

/// The smallest of the files, by number: the corpus is to stay small.
fn smallest(extension: &str) -> Vec<(&'static str, Vec<u8>)> {
    let mut files = stored(extension);
    files.sort_by_key(Vec::len);
    ["0", "1", "2", "3", "4", "5"].into_iter().zip(files).filter(|(_, bytes)| bytes.len() < 8_000).collect()
}

#[test]
fn the_entry_reader_refuses_or_reads_any_bytes() {
    update("entry_reader", &smallest("entry"));
    let known = files("entry_reader");
    for accepted in run("entry_reader", targets::entry_reader::run) {
        assert!(known.values().any(|file| *file == accepted), "a changed entry was accepted");
    }
}

#[test]
fn the_pack_reader_refuses_or_reads_any_bytes() {
    update("pack_reader", &smallest("pack"));
    let known = files("pack_reader");
    for accepted in run("pack_reader", targets::pack_reader::run) {
        // Cut between two records it is a pack of fewer.
        assert!(known.values().any(|file| file.starts_with(&accepted)), "a changed pack was accepted");
    }
}

const SOURCES: &str = "
pub struct Model<T>(T);
pub trait Fit { fn fit(&self) -> u8 { 1 } }
impl<T> Fit for Model<T> { fn fit(&self) -> u8 { #[cfg(test)] return 3; 2 } }
#[cacheable] pub fn cached(x: u8) -> u8 { helper(x) }
fn helper(x: u8) -> u8 { if cfg!(debug_assertions) { x } else { 0 } }
";

#[test]
fn the_readers_of_tables_refuse_or_read_any_bytes() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let write = |path: &str, text: &str| {
        let path = place.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("directories can be made");
        fs::write(path, text).expect("a file can be written");
    };
    write(
        "Cargo.toml",
        "[package]\nname = \"corpus\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n",
    );
    write("src/lib.rs", SOURCES);
    let options = cache_build::Options::default();
    let tables =
        cache_build::table_for_manifest(&place.path().join("Cargo.toml"), &options).expect("a table");
    let table = &tables[0];
    let live: String = table
        .functions
        .iter()
        .map(|row| format!("{}\t{}\t{}\n", row.target, row.path, row.version))
        .collect();
    let sound = [
        ("table", table.to_json().into_bytes()),
        ("live", live.into_bytes()),
        ("index", index().into_bytes()),
    ];
    update("table_reader", &sound);
    run("table_reader", targets::table_reader::run);
}

fn index() -> String {
    use cache_build::index::{Index, IndexRow, Place};
    let row = IndexRow {
        name: "fit".into(),
        target: "bin:app".into(),
        path: "<app::Model as app::Fit<\"\t\\n\">>::fit".into(),
        version: cache_build::Version::Stable,
        source: cache_build::table::Source::Ast,
        tokens: cache_build::Fingerprint::of("corpus", b""),
        place: Place::TraitImpl,
        generic: true,
        file: Path::new("src/a b.rs").to_owned(),
        line: 7,
        undetermined: vec!["test".into(), "feature = \"x\"".into()],
    };
    let plain =
        IndexRow { name: "other".into(), undetermined: Vec::new(), place: Place::Free, ..row.clone() };
    Index { rows: vec![row, plain] }.to_text()
}

#[test]
fn different_values_have_different_keys_and_equal_ones_the_same() {
    // One program per kind of value, then some longer ones.
    let mut random = Random(7);
    let mut bytes = |count: usize| (0..count).map(|_| random.byte()).collect::<Vec<_>>();
    let mut programs: Vec<_> = (0..24).map(|kind| [vec![kind], bytes(40)].concat()).collect();
    programs.push(bytes(400));
    programs.retain(|program| targets::key_serializer::run(program));
    let names: Vec<_> = (0..programs.len()).map(|number| format!("{number:02}")).collect();
    let sound: Vec<_> = names.iter().map(String::as_str).zip(programs).collect();
    update("key_serializer", &sound);
    run("key_serializer", targets::key_serializer::run);
}
