//! Counts reach the disk when a program's main thread ends. The test harness runs tests in other threads, so this is a
//! program of its own, which starts itself again.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use cache_runtime::statistics::merged;
use cache_runtime::{FunctionId, Store, Version};

const CHILD: &str = "CACHE_RUNTIME_TEST_EXIT";
const DIR: &str = "CACHE_RUNTIME_TEST_EXIT_DIR";

fn main() {
    let id = FunctionId::new("lib", "app::f");
    if let (Some(how), Some(dir)) = (std::env::var_os(CHILD), std::env::var_os(DIR)) {
        let store = Store::open(Path::new(&dir)).unwrap();
        let counters = store.counters(&id, &Version::STABLE);
        counters.hit(Duration::from_secs(1), 10);
        // As programs keep it: for good.
        std::mem::forget(store);
        if how == "panic" {
            panic!("on purpose");
        }
        return;
    }
    for how in ["return", "panic"] {
        let outer = tempfile::tempdir().unwrap();
        let dir = outer.path().join("cache");
        let output =
            Command::new(std::env::current_exe().unwrap()).env(CHILD, how).env(DIR, &dir).output().unwrap();
        assert_eq!(output.status.success(), how == "return", "{output:?}");
        let dir = std::fs::canonicalize(&dir).unwrap();
        assert_eq!(merged(&dir)[&id].hits, 1, "after the main thread's {how}");
    }
}
