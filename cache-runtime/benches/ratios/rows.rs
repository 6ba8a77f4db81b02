//! What is measured: one file for each row of the table of limits, or for rows with one set-up.

mod crowd;
mod key;
mod large;
mod memory;
mod million;
mod sizes;
mod small;

pub(crate) use sizes::Kind;

use crate::Result;
use crate::table::Table;
use crate::workplace::Workplace;

/// One piece of work that is measured.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&Workplace, &mut Table) -> Result<()>,
}

/// All of them, in the order of the table.
pub(crate) const ALL: [Row; 9] = [
    Row { name: memory::NAME, run: memory::run },
    Row { name: small::HIT, run: small::hit },
    Row { name: large::VECTOR, run: large::vector },
    Row { name: large::MAPPED, run: large::mapped },
    Row { name: small::MISS, run: small::miss },
    Row { name: key::NAME, run: key::run },
    Row { name: million::NAME, run: million::run },
    Row { name: crowd::NAME, run: crowd::run },
    Row { name: sizes::NAME, run: sizes::run },
];
