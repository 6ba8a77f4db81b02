//! What is printed: reports and findings go in, aligned text comes out.

use std::io::{self, Write};
use std::time::Duration;

use comfy_table::{CellAlignment, Table, presets};
use example_app::pipeline::Findings;
use example_app::stage::StageReport;

/// Opens the section of one data source.
pub(crate) fn heading(out: &mut impl Write, name: &str) -> io::Result<()> {
    writeln!(out, "{name}")?;
    writeln!(out, "  {:<12} {:<16} {:>9} {:>9}  result", "stage", "cache", "now", "saved")
}

/// Prints a stage as soon as it is done.
pub(crate) fn stage(out: &mut impl Write, report: &StageReport) -> io::Result<()> {
    let name = if report.part { format!("  {}", report.stage) } else { report.stage.to_owned() };
    let saved = if report.cached.hits > 0 { time(report.saved) } else { "-".to_owned() };
    let now = time(report.now);
    let line = format!("  {name:<12} {:<16} {now:>9} {saved:>9}  {}", report.cached, report.produced);
    writeln!(out, "{}", line.trim_end())?;
    out.flush()
}

/// What all stages took, and what the cache saved.
#[derive(Debug, Default)]
pub(crate) struct Total {
    now: Duration,
    saved: Duration,
}

impl Total {
    /// Counts a stage; the time of its parts is in it already.
    pub(crate) fn add(&mut self, report: &StageReport) {
        if !report.part {
            self.now += report.now;
            self.saved += report.saved;
        }
    }

    /// Prints what the cache was worth.
    pub(crate) fn print(&self, out: &mut impl Write) -> io::Result<()> {
        write!(out, "all stages: {} now", time(self.now))?;
        if self.saved > Duration::ZERO {
            // Stages that use several threads compute for longer than one waits, so this is no sum of waits.
            write!(out, ", {} of computing saved", time(self.saved))?;
        }
        writeln!(out)
    }
}

/// Prints what came out, the best candidate marked.
pub(crate) fn findings(out: &mut impl Write, findings: &Findings) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["  ", "model", "accuracy", "spread", "log loss"]);
    for (position, (candidate, validation)) in findings.compared.iter().enumerate() {
        let mean = validation.mean();
        table.add_row([
            if position == findings.best { " *" } else { "  " }.to_owned(),
            candidate.to_string(),
            format!("{:.3}", mean.accuracy),
            format!("{:.3}", validation.spread()),
            format!("{:.4}", mean.log_loss),
        ]);
    }
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let table = table.to_string();
    writeln!(out)?;
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    let ratio = findings.ratio;
    writeln!(
        out,
        "\n  gain per trade, mean over deviation: {:.3} (90 % interval {:.3} to {:.3})",
        ratio.observed, ratio.low, ratio.high
    )?;
    writeln!(out, "  probability of a gain after {}: {:.0} %\n", findings.last_day, findings.outlook * 100.0)
}

/// A duration with about three digits.
fn time(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match seconds {
        s if s >= 100.0 => format!("{s:.0} s"),
        s if s >= 1.0 => format!("{s:.2} s"),
        s if s >= 0.1 => format!("{:.0} ms", s * 1e3),
        s if s >= 1e-3 => format!("{:.2} ms", s * 1e3),
        s => format!("{:.0} µs", s * 1e6),
    }
}

#[cfg(test)]
mod tests {
    use example_app::stage::Cached;

    use super::*;

    fn report(part: bool) -> StageReport {
        StageReport {
            stage: "labels",
            produced: "7 labels".to_owned(),
            cached: Cached { hits: 1, misses: 0 },
            now: Duration::from_millis(5),
            saved: Duration::from_millis(495),
            part,
        }
    }

    #[track_caller]
    fn check_printed(print: impl FnOnce(&mut Vec<u8>) -> io::Result<()>, expected: &str) {
        let mut out = Vec::new();
        print(&mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn a_stage_is_one_line_and_a_part_is_indented() {
        check_printed(
            |out| stage(out, &report(false)),
            "  labels       hit                5.00 ms    495 ms  7 labels\n",
        );
        check_printed(
            |out| stage(out, &report(true)),
            "    labels     hit                5.00 ms    495 ms  7 labels\n",
        );
        let missed = StageReport { cached: Cached { hits: 0, misses: 1 }, ..report(false) };
        check_printed(
            |out| stage(out, &missed),
            "  labels       miss               5.00 ms         -  7 labels\n",
        );
    }

    #[test]
    fn the_total_counts_parts_once() {
        let mut total = Total::default();
        check_printed(|out| total.print(out), "all stages: 0 µs now\n");
        total.add(&report(false));
        total.add(&report(true));
        check_printed(|out| total.print(out), "all stages: 5.00 ms now, 495 ms of computing saved\n");
    }

    #[track_caller]
    fn check(micros: u64, expected: &str) {
        assert_eq!(time(Duration::from_micros(micros)), expected);
    }

    #[test]
    fn times_have_a_unit_that_fits() {
        check(0, "0 µs");
        check(812, "812 µs");
        check(8_123, "8.12 ms");
        check(812_345, "812 ms");
        check(8_123_456, "8.12 s");
        check(812_345_678, "812 s");
    }
}
