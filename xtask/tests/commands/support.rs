//! A small workspace with a cache, for the tests of the commands.
//!
//! The workspace's build script writes a table by hand and depends on nothing, so that `cargo check` takes a moment.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use assert_cmd::Command;
use cache_build::table::{FunctionRow, PackageRow, Source, TABLE_FORMAT};
use cache_build::{Fingerprint, Table};
use cache_runtime::{FunctionId, KeyBuilder, NewEntry, Store, Version};
use tempfile::TempDir;

pub(crate) const OLD: Version = Version::new("11111111111111111111111111111111");
pub(crate) const LIVE: Version = Version::new("22222222222222222222222222222222");

pub(crate) struct Fixture {
    temporary: TempDir,
}

impl Fixture {
    /// An empty cache, and a workspace of the package `app` with the functions `app::returns` and `app::labels`.
    pub(crate) fn new() -> Self {
        let fixture = Self { temporary: tempfile::tempdir().unwrap() };
        fixture.write(
            "Cargo.toml",
            "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n",
        );
        fixture.write("src/lib.rs", "//! App.\n");
        fixture.write(
            "build.rs",
            r#"fn main() {
    let out = std::env::var("OUT_DIR").unwrap();
    std::fs::copy("table.json", format!("{out}/cache-table.json")).unwrap();
    println!("cargo::rerun-if-changed=table.json");
    println!("cargo::rustc-env=CACHE_BUILD_INDEX={out}/cache-index.tsv");
}
"#,
        );
        fixture.write("table.json", &table().to_json());
        Store::open(&fixture.cache()).unwrap();
        fixture
    }

    /// The same with an old and a live version of `app::returns`, and another project's result, unused for days.
    pub(crate) fn filled() -> Self {
        let fixture = Self::new();
        fixture.save("app::returns", OLD, 100);
        fixture.save("app::returns", LIVE, 30);
        fixture.save("other::work", OLD, 300);
        fixture
    }

    pub(crate) fn workspace(&self) -> PathBuf {
        self.temporary.path().join("app")
    }

    pub(crate) fn cache(&self) -> PathBuf {
        self.temporary.path().join("cache")
    }

    pub(crate) fn write(&self, file: &str, content: &str) {
        let path = self.workspace().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Stores a result that was last used so many hours ago.
    pub(crate) fn save(&self, path: &str, version: Version, hours: u64) {
        let store = Store::open(&self.cache()).unwrap();
        let id = FunctionId::new("lib", path);
        let (key, _) = KeyBuilder::new(&id.target, &id.path, &version).finish().unwrap();
        let meta = NewEntry { computed_in: Duration::from_secs(90), span: None };
        store.save(&id, &version, &key, &meta, &[7; 1048]).unwrap();
        let file = store.dir().join(cache_runtime::layout::version_dir(&id, &version)).join("0.pack");
        let used = SystemTime::now() - Duration::from_secs(hours * 3600 + 60);
        fs::File::options().write(true).open(file).unwrap().set_modified(used).unwrap();
    }

    /// The versions that are stored, as `path version`'s first digit.
    pub(crate) fn stored(&self) -> Vec<String> {
        let scan = cache_runtime::Scan::of(&self.cache()).unwrap();
        scan.entries().map(|(id, version, _)| format!("{id} {}", &version.as_str()[..1])).collect()
    }

    /// The command in the workspace, with the cache of this fixture and nothing else from the environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = xtask(&self.workspace());
        command.env("CACHEABLE_DIR", self.cache()).args(arguments);
        command
    }

    /// Runs the command and returns exit code, standard output and standard error, with the fixture's own paths
    /// written as `[ROOT]`.
    pub(crate) fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).unwrap();
            let real = self.temporary.path().canonicalize().unwrap();
            let text = text.replace(&*real.to_string_lossy(), "[ROOT]");
            text.replace(&*self.temporary.path().to_string_lossy(), "[ROOT]")
        };
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    /// Runs a command that succeeds and prints JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let (code, out, err) = self.run(arguments);
        assert_eq!(code, 0, "{err}");
        serde_json::from_str(&out).unwrap()
    }
}

/// The binary, in a directory.
pub(crate) fn xtask(directory: &Path) -> Command {
    let mut command = Command::cargo_bin("xtask").unwrap();
    for variable in
        ["CARGO_TARGET_DIR", "CACHEABLE_DIR", "CACHEABLE_MODE", "CACHEABLE_ALLOW_SHARED", "RUSTFLAGS"]
    {
        command.env_remove(variable);
    }
    command.current_dir(directory);
    command
}

fn table() -> Table {
    let row = |path: &str| FunctionRow {
        path: path.into(),
        target: "lib".into(),
        file: "src/lib.rs".into(),
        line: 1,
        end_line: 3,
        body: Fingerprint::of("test", b""),
        version: LIVE.as_str().parse().unwrap(),
        source: Source::Ast,
        cacheable: true,
        calls: Vec::new(),
        depends_on: Vec::new(),
        overrides: Vec::new(),
    };
    Table {
        format: TABLE_FORMAT,
        package: PackageRow { name: "app".into(), version: "0.1.0".into() },
        functions: vec![
            FunctionRow { overrides: vec!["depends_on = \"rates\"".into()], ..row("app::labels") },
            row("app::returns"),
        ],
        files: Vec::new(),
        diagnostics: Vec::new(),
    }
}
