//! What a scan finds, and what it leaves alone.

use std::fs;
use std::sync::Arc;

use tempfile::TempDir;

use super::*;
use crate::entry::NewEntry;
use crate::key::{Key, KeyBuilder};
use crate::store::Store;

const V1: Version = Version::new("11111111111111111111111111111111");

fn store() -> (TempDir, Arc<Store>) {
    let temporary = tempfile::tempdir().unwrap();
    let store = Store::open(&temporary.path().join("cache")).unwrap();
    (temporary, store)
}

fn id(path: &str) -> FunctionId {
    FunctionId::new("lib", path)
}

fn key(id: &FunctionId, argument: u32) -> Key {
    let mut builder = KeyBuilder::new(&id.target, &id.path, &V1);
    builder.argument("x", &argument);
    builder.finish().unwrap().0
}

fn save(store: &Store, id: &FunctionId, argument: u32) -> PathBuf {
    let span = TimeSpan { start: "2000-01-01".into(), end: "2001-01-01".into() };
    let meta = NewEntry { computed_in: Duration::from_millis(1500), span: Some(span) };
    let key = key(id, argument);
    // Too long for a pack.
    store.save(id, &V1, &key, &meta, &[1; 5_000]).unwrap();
    layout::entry_path(id, &V1, &key)
}

#[test]
fn entries_are_found_by_function_and_version() {
    let (_temporary, store) = store();
    let (f, g) = (id("a::f"), FunctionId::new("bin:a", "<a::M as a::Fit>::fit"));
    let mut files = [save(&store, &f, 1), save(&store, &f, 2)];
    save(&store, &g, 1);
    let scan = Scan::of(store.dir()).unwrap();
    files.sort();
    let found: Vec<_> = scan.functions[&f][&V1].iter().map(|entry| entry.file.clone()).collect();
    assert_eq!(found, files);
    let entry = &scan.functions[&g][&V1][0];
    assert_eq!(entry.computed_in, Duration::from_millis(1500));
    assert_eq!(entry.span.as_ref().unwrap().start, "2000-01-01");
    assert_eq!(entry.bytes, fs::metadata(store.dir().join(&entry.file)).unwrap().len());
    assert_eq!(scan.totals().entries, 3);
    assert_eq!(
        (scan.foreign.len(), scan.damaged.len(), scan.leftovers.len(), scan.unreadable.len()),
        (0, 0, 0, 0)
    );
}

#[test]
fn a_missing_directory_is_an_empty_cache() {
    let temporary = tempfile::tempdir().unwrap();
    let missing = temporary.path().join("missing");
    assert_eq!(Scan::of(&missing).unwrap(), Scan::empty(&missing));
    assert!(!missing.exists());
}

#[test]
fn a_file_in_place_of_the_directory_is_an_error() {
    let temporary = tempfile::tempdir().unwrap();
    let file = temporary.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(Scan::of(&file).is_err());
}

#[test]
fn damaged_and_misplaced_entries_are_no_entries() {
    let (_temporary, store) = store();
    let f = id("a::f");
    let [cut, flipped, empty, whole] = [1, 2, 3, 4].map(|argument| save(&store, &f, argument));
    let path = |file: &Path| store.dir().join(file);
    let bytes = fs::read(path(&cut)).unwrap();
    fs::write(path(&cut), &bytes[..bytes.len() - 1]).unwrap();
    let mut bytes = fs::read(path(&flipped)).unwrap();
    bytes[70] ^= 1;
    fs::write(path(&flipped), bytes).unwrap();
    fs::write(path(&empty), "").unwrap();
    // One of an older format is not damaged.
    let older = save(&store, &f, 5);
    fs::write(path(&older), [&entry::MAGIC[..], &1_u32.to_le_bytes(), &[7; 300]].concat()).unwrap();
    // A whole entry, copied to where another call's would be.
    let copy = layout::entry_path(&f, &V1, &key(&f, 99));
    fs::copy(path(&whole), path(&copy)).unwrap();

    let scan = Scan::of(store.dir()).unwrap();
    let mut expected = [cut, flipped, empty, copy];
    expected.sort();
    let found: Vec<_> = scan.damaged.iter().map(|damaged| damaged.file.clone()).collect();
    assert_eq!(found, expected, "{:?}", scan.damaged);
    assert_eq!(scan.outdated.iter().map(|entry| &entry.file).collect::<Vec<_>>(), [&older]);
    assert_eq!(scan.outdated[0].why, "its format 1 is older than 2");
    assert_eq!(scan.totals().entries, 1);
}

#[test]
fn foreign_and_temporary_files_are_told_apart() {
    let (_temporary, store) = store();
    let f = id("a::f");
    let entry = save(&store, &f, 1);
    let version = entry.parent().unwrap().to_owned();
    let fake = layout::entry_path(&f, &V1, &key(&f, 2));
    let foreign = [PathBuf::from("README.txt"), version.join("notes.txt"), fake];
    let service = Path::new(SERVICE_DIR).join("tables");
    fs::create_dir_all(store.dir().join(&service)).unwrap();
    let leftovers = [service.join(".tmp-1"), version.join(".tmp-2")];
    for file in foreign.iter().chain(&leftovers) {
        fs::write(store.dir().join(file), "not ours").unwrap();
    }
    fs::write(store.dir().join(&service).join("table.json"), "{}").unwrap();

    let scan = Scan::of(store.dir()).unwrap();
    let sorted = |mut files: Vec<PathBuf>| {
        files.sort();
        files
    };
    assert_eq!(sorted(scan.foreign.iter().map(|file| file.file.clone()).collect()), sorted(foreign.to_vec()));
    assert_eq!(
        sorted(scan.leftovers.iter().map(|file| file.file.clone()).collect()),
        sorted(leftovers.to_vec())
    );
}

#[cfg(unix)]
#[test]
fn links_are_listed_and_not_followed() {
    use std::os::unix::fs::symlink;

    let (temporary, store) = store();
    let f = id("a::f");
    let entry = save(&store, &f, 1);
    // An outside directory that looks like a part of a cache, and an outside entry.
    let outside = temporary.path().join("outside");
    fs::create_dir_all(outside.join("f").join(format!("v_{V1}"))).unwrap();
    let stolen = outside.join("f").join(format!("v_{V1}")).join(entry.file_name().unwrap());
    fs::copy(store.dir().join(&entry), &stolen).unwrap();
    symlink(&outside, store.dir().join("b")).unwrap();
    symlink(&stolen, store.dir().join(layout::entry_path(&f, &V1, &key(&f, 2)))).unwrap();
    symlink(".", store.dir().join("loop")).unwrap();

    let scan = Scan::of(store.dir()).unwrap();
    assert_eq!(scan.totals().entries, 1);
    assert_eq!(scan.foreign.len(), 3, "{:?}", scan.foreign);
    assert!(scan.foreign.iter().all(|file| file.why == "a link, not followed"));
    assert_eq!(scan.damaged, []);
}

#[test]
fn small_results_are_counted_in_their_packs() {
    let (_temporary, store) = store();
    let f = id("a::f");
    let computed_in = Duration::from_millis(1500);
    for (argument, start, end) in [(1, "2000", "2001"), (2, "1999", "2000"), (3, "2000", "2005")] {
        let span = TimeSpan { start: start.into(), end: end.into() };
        let meta = NewEntry { computed_in, span: Some(span) };
        store.save(&f, &V1, &key(&f, argument), &meta, b"payload").unwrap();
    }
    // Neither what was replaced nor what was removed counts.
    store.save(&f, &V1, &key(&f, 1), &NewEntry { computed_in, span: None }, b"payload").unwrap();
    store.remove(&f, &V1, &key(&f, 3)).unwrap();
    let scan = Scan::of(store.dir()).unwrap();
    let [pack] = scan.functions[&f][&V1].as_slice() else { panic!("{:?}", scan.functions) };
    assert_eq!(pack.file, layout::version_dir(&f, &V1).join("0.pack"));
    assert_eq!((pack.entries, pack.computed_in), (2, computed_in * 2));
    assert_eq!(pack.bytes, fs::metadata(store.dir().join(&pack.file)).unwrap().len());
    assert_eq!(pack.span, Some(TimeSpan { start: "1999".into(), end: "2005".into() }));
    assert_eq!(scan.totals(), Totals { entries: 2, bytes: pack.bytes });
    assert_eq!(scan.wasteful, []);
}

#[test]
fn a_pack_of_which_some_is_damaged_is_rewritten_and_one_without_a_header_is_removed() {
    let (_temporary, store) = store();
    for (path, at) in [("a::f", 300), ("a::g", 40)] {
        for argument in 0..4 {
            let (f, new) = (id(path), NewEntry::default());
            store.save(&f, &V1, &key(&f, argument), &new, b"payload").unwrap();
        }
        let pack = store.dir().join(layout::version_dir(&id(path), &V1)).join("0.pack");
        let mut bytes = fs::read(&pack).unwrap();
        bytes[at] ^= 1;
        fs::write(pack, bytes).unwrap();
    }
    let packs = ["a::f", "a::g"].map(|path| layout::version_dir(&id(path), &V1).join("0.pack"));
    let scan = Scan::of(store.dir()).unwrap();
    assert_eq!(scan.totals().entries, 3);
    let wasteful: Vec<_> = scan.wasteful.iter().map(|pack| (&pack.file, pack.damaged)).collect();
    assert_eq!(wasteful, [(&packs[0], true)]);
    let damaged: Vec<_> = scan.damaged.iter().map(|pack| &pack.file).collect();
    assert_eq!(damaged, [&packs[1]]);
}
