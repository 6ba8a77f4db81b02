//! What a result takes on disk, directories and all.

use crate::Result;
use crate::child;
use crate::functions::{LARGE, SMALL};
use crate::joblib::Joblib;
use crate::peers;
use crate::table::Table;
use crate::workplace::Workplace;

pub(crate) const NAME: &str = "bytes on disk";

/// A kind of result that is stored `count` times.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// What the table calls it.
    pub(crate) name: &'static str,
    /// The function that makes it.
    pub(crate) function: &'static str,
    /// What each has to store.
    bytes: usize,
    pub(crate) count: u64,
}

const KINDS: [Kind; 3] = [
    Kind { name: "one u64", function: "one_number", bytes: 8, count: 1000 },
    Kind { name: "200 bytes", function: "small", bytes: SMALL, count: 1000 },
    Kind { name: "1M f64", function: "large", bytes: LARGE * 8, count: 4 },
];

pub(crate) fn run(place: &Workplace, table: &mut Table) -> Result<()> {
    for kind in KINDS {
        let work = format!("sizes-{}", kind.function);
        let mut add =
            |whose: &str, bytes: u64| table.size(kind.name, whose, bytes as f64 / kind.count as f64);
        add("itself", kind.bytes as u64 * kind.count);
        let cache = place.cache(&work)?;
        child::fill(kind.function, &cache, kind.count)?;
        add("ours", Workplace::bytes_on_disk(&cache)?);
        peers::sizes(place, &work, kind, &mut add)?;
        let dir = place.dir(&work, "joblib")?;
        if Joblib::start(&dir, table)?.fill(kind.function, kind.count)? {
            table.size(kind.name, "joblib", Workplace::bytes_on_disk(&dir)? as f64 / kind.count as f64);
        }
    }
    Ok(())
}
