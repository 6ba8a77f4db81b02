//! What is printed: reports and findings go in, aligned text comes out.

use std::io::{self, Write};
use std::time::Duration;

use comfy_table::{CellAlignment, Table, presets};
use example_app::pipeline::Findings;
use example_app::stage::StageReport;

/// Opens the section of one data source.
pub(crate) fn heading(out: &mut impl Write, name: &str) -> io::Result<()> {
    writeln!(out, "{name}")?;
    writeln!(out, "  {:<12} {:>10}  result", "stage", "now")
}

/// Prints a stage as soon as it is done.
pub(crate) fn stage(out: &mut impl Write, report: &StageReport) -> io::Result<()> {
    writeln!(out, "  {:<12} {:>10}  {}", report.stage, time(report.now), report.produced)?;
    out.flush()
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
    use super::*;

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
