//! One computation per key among processes: many at once, and one that is killed or stopped in the middle.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use cache_tests::Project;

const PROCESSES: usize = 8;

/// Calls `what` in 64 threads once the file `start` is there. Each computation adds a line to `computed`, and ends once
/// the file `finish` is there.
const PROGRAM: &str = r#"
//- /src/main.rs
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Barrier};
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread};
use std::time::Duration;

use cache_runtime::cacheable;

mod logger;

fn wait_for(file: &str) {
    while !Path::new(file).exists() {
        thread::sleep(Duration::from_millis(1));
    }
}

fn computing(name: &str) {
    let mut file = OpenOptions::new().create(true).append(true).open("computed").unwrap();
    file.write_all(format!("{name} {}\n", std::process::id()).as_bytes()).unwrap();
    wait_for("finish");
}

#[cacheable]
fn small(x: u64) -> u64 {
    computing("small");
    x
}

#[cacheable(memory = false)]
fn large(x: u64) -> Vec<u64> {
    computing("large");
    vec![x; 500_000]
}

#[cacheable]
async fn task(x: u64) -> u64 {
    computing("task");
    x
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = Box::pin(future);
    let waker = Arc::new(Unpark(thread::current())).into();
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return value;
        }
        thread::park();
    }
}

fn main() {
    logger::init();
    let what = std::env::args().nth(1).unwrap();
    wait_for("start");
    let barrier = Barrier::new(64);
    let right = thread::scope(|scope| {
        let calls: Vec<_> = (0..64)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    match what.as_str() {
                        "small" => small(5) == 5,
                        "large" => large(5) == vec![5; 500_000],
                        _ => block_on(task(5)) == 5,
                    }
                })
            })
            .collect();
        calls.into_iter().map(|call| call.join().unwrap()).filter(|right| *right).count()
    });
    println!("{right}");
}
"#;

struct Runs {
    project: Project,
    program: PathBuf,
}

impl Runs {
    fn new(name: &str) -> Self {
        let project = Project::new(name, PROGRAM);
        let program = project.build(&[]).executables[name].clone();
        Self { project, program }
    }

    fn start(&self, what: &str) -> Child {
        Command::new(&self.program)
            .arg(what)
            .current_dir(self.project.root())
            .env("CACHEABLE_DIR", self.project.cache())
            .env_remove("CACHEABLE_MODE")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a built program can be started")
    }

    /// The lines of those that computed `what`.
    fn computed(&self, what: &str) -> Vec<String> {
        let lines = fs::read_to_string(self.project.path("computed")).unwrap_or_default();
        lines.lines().filter(|line| line.starts_with(what)).map(str::to_owned).collect()
    }
}

/// Every one of the program's threads got the right result, and nothing was warned about.
#[track_caller]
fn check(child: Child) {
    let output = child.wait_with_output().expect("a started program ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "64\n", "{stderr}");
    assert!(!stderr.contains("WARN"), "{stderr}");
}

fn until(holds: impl Fn() -> bool) {
    while !holds() {
        thread::sleep(Duration::from_millis(1));
    }
}

/// Whether a process waits for another one's computation.
fn waits(child: &Child) -> bool {
    let tasks = Path::new("/proc").join(child.id().to_string()).join("task");
    let names = fs::read_dir(tasks).expect("the process runs").flatten();
    names
        .filter_map(|task| fs::read_to_string(task.path().join("comm")).ok())
        .any(|name| name == "cacheable-wait\n")
}

#[test]
fn of_many_processes_with_many_threads_one_thread_computes() {
    let runs = Runs::new("many-processes");
    for what in ["small", "large", "task"] {
        let children: Vec<Child> = (0..PROCESSES).map(|_| runs.start(what)).collect();
        runs.project.write("start", "");
        until(|| children.iter().filter(|child| waits(child)).count() == PROCESSES - 1);
        runs.project.write("finish", "");
        children.into_iter().for_each(check);
        assert_eq!(runs.computed(what).len(), 1, "{:?}", runs.computed(what));
        fs::remove_file(runs.project.path("start")).expect("it was there");
        fs::remove_file(runs.project.path("finish")).expect("it was there");
    }
    // Nobody waits, and the others are started when they are: once more, without what keeps the first one computing.
    fs::remove_dir_all(runs.project.cache()).expect("it was made");
    runs.project.write("finish", "");
    let children: Vec<Child> = (0..PROCESSES).map(|_| runs.start("small")).collect();
    runs.project.write("start", "");
    children.into_iter().for_each(check);
    assert_eq!(runs.computed("small").len(), 2);
    let left = fs::read_dir(runs.project.cache().join(".cache/flights")).expect("locks were made").count();
    assert_eq!(left, 0, "lock files are removed");
}

#[test]
fn when_the_one_that_computes_is_killed_another_takes_over() {
    let runs = Runs::new("killed");
    runs.project.write("start", "");
    for what in ["small", "large", "task"] {
        let mut first = runs.start(what);
        until(|| runs.computed(what).len() == 1);
        let others: Vec<Child> = (0..3).map(|_| runs.start(what)).collect();
        until(|| others.iter().all(waits));
        assert_eq!(runs.computed(what), [format!("{what} {}", first.id())]);
        // On Unix that is `kill -9`.
        first.kill().expect("it runs");
        first.wait().expect("it was started");
        until(|| runs.computed(what).len() == 2);
        runs.project.write("finish", "");
        let ids: Vec<String> = others.iter().map(|child| format!("{what} {}", child.id())).collect();
        others.into_iter().for_each(check);
        let computed = runs.computed(what);
        assert!(computed.len() == 2 && ids.contains(&computed[1]), "{computed:?}");
        check(runs.start(what));
        assert_eq!(runs.computed(what).len(), 2);
        fs::remove_file(runs.project.path("finish")).expect("it was there");
    }
}

#[test]
fn one_that_is_stopped_is_not_waited_for() {
    let signal = |child: &Child, signal: &str| {
        let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
        assert!(sent.expect("there is `kill`").success());
    };
    let runs = Runs::new("stopped");
    runs.project.write("start", "");
    for what in ["small", "task"] {
        let first = runs.start(what);
        until(|| runs.computed(what).len() == 1);
        // One that waits already, and one that comes when the first is stopped.
        let second = runs.start(what);
        until(|| waits(&second));
        signal(&first, "-STOP");
        let third = runs.start(what);
        until(|| runs.computed(what).len() == 3);
        runs.project.write("finish", "");
        check(second);
        check(third);
        signal(&first, "-CONT");
        check(first);
        fs::remove_file(runs.project.path("finish")).expect("it was there");
    }
}
