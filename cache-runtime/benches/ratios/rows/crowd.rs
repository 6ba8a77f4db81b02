//! Many threads of many processes ask for one absent result at once: how many compute it.

use std::fs;

use crate::Result;
use crate::child;
use crate::table::{Figure, Limit, Line, Table};
use crate::workplace::Workplace;

pub(crate) const NAME: &str = "one absent key: computations";

const PROCESSES: usize = 8;
const THREADS: usize = 64;

pub(crate) fn run(place: &Workplace, table: &mut Table) -> Result<()> {
    for (processes, threads, with) in [
        (1, THREADS, "64 threads"),
        (PROCESSES, 1, "8 processes"),
        (PROCESSES, THREADS, "8 processes of 64 threads"),
    ] {
        let work = format!("crowd-{processes}-{threads}");
        let journal = place.dir(&work, "journal")?.join("journal");
        fs::write(&journal, "")?;
        child::crowd(&place.cache(&work)?, &journal, processes, threads)?;
        let computations = fs::read_to_string(&journal)?.lines().count() as u64;
        table.add([Line {
            work: NAME.to_owned(),
            ours: Figure::Count(computations),
            with: with.to_owned(),
            theirs: Figure::Count(1),
            limit: Limit::AtMost(1.0),
        }]);
    }
    Ok(())
}
