//! A cache directory of one test's own, and what was logged meanwhile. The directory, the mode and the logger belong
//! to the process, so tests that use them take turns.

use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use cache_runtime::Mode;

static TURN: Mutex<()> = Mutex::new(());
static LOGGED: Mutex<Vec<(log::Level, String)>> = Mutex::new(Vec::new());

fn logged() -> MutexGuard<'static, Vec<(log::Level, String)>> {
    LOGGED.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Collect;

impl log::Log for Collect {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        logged().push((record.level(), record.args().to_string()));
    }

    fn flush(&self) {}
}

/// The turn of one test.
pub(crate) struct Session {
    pub(crate) dir: tempfile::TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Session {
    /// Waits for its turn, with an empty cache directory and the default mode.
    pub(crate) fn start() -> Self {
        static LOGGER: Once = Once::new();
        LOGGER.call_once(|| {
            log::set_logger(&Collect).unwrap();
            log::set_max_level(log::LevelFilter::Debug);
        });
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let dir = tempfile::tempdir().unwrap();
        cache_runtime::set_directory(dir.path()).unwrap();
        cache_runtime::set_mode(Mode::On);
        logged().clear();
        Self { dir, _turn: turn }
    }

    /// The warnings since the start or the last time they were taken.
    #[expect(clippy::unused_self, reason = "the log is the session's")]
    pub(crate) fn warnings(&self) -> Vec<String> {
        let all = std::mem::take(&mut *logged());
        all.into_iter().filter(|(level, _)| *level == log::Level::Warn).map(|(_, text)| text).collect()
    }

    /// How many results are stored.
    pub(crate) fn stored(&self) -> u64 {
        if self.files().is_empty() {
            return 0;
        }
        cache_runtime::Scan::of(self.dir.path()).unwrap().totals().entries
    }

    /// The files that hold results, one or many each.
    pub(crate) fn files(&self) -> Vec<std::path::PathBuf> {
        let walk = walkdir::WalkDir::new(self.dir.path()).sort_by_file_name();
        let files = walk.into_iter().map(|entry| entry.unwrap().into_path());
        let holds =
            |path: &std::path::PathBuf| path.extension().is_some_and(|it| it == "entry" || it == "pack");
        files.filter(holds).collect()
    }
}
