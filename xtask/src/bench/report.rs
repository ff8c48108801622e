//! The figures as Markdown.

use std::fmt::Write as _;
use std::time::Duration;

use super::churn::{CLIENTS, Rate};
use super::cold::Cold;
use super::load::Round;
use super::start_up::StartUp;
use super::statistics::{Times, spread};
use super::warm::Warm;

/// Everything that was found; what was not asked for is empty.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// Warm invocations.
    pub(super) warm: Vec<Warm>,
    /// Cold starts, and memory with them.
    pub(super) cold: Vec<Cold>,
    /// Churn.
    pub(super) churn: Vec<(Rate, Rate)>,
    /// Start-up.
    pub(super) start_up: Option<StartUp>,
}

// === impl Findings ===

impl Findings {
    /// Writes the report.
    pub(super) fn markdown(&self, title: &str, machine: &str) -> String {
        let mut text = format!(
            "# {title}\n\n{machine}\n\nEvery figure stands beside a floor measured in the same run; \
             `cargo xtask bench` reproduces this page. Figures and ratios are medians over rounds, ratios with the least and \
             the greatest in brackets.\n"
        );
        if !self.warm.is_empty() {
            warm(&mut text, &self.warm);
        }
        if !self.cold.is_empty() {
            cold(&mut text, &self.cold);
            memory(&mut text, &self.cold);
        }
        if !self.churn.is_empty() {
            churn(&mut text, &self.churn);
        }
        if let Some(found) = &self.start_up {
            start_up(&mut text, found);
        }
        text
    }
}

fn warm(text: &mut String, found: &[Warm]) {
    text.push_str(
        "\n## Warm invocations (Rust guest, auth on)\n\n\
         The floor is one process with the smallest Runtime API loop: no signature check, routing, log, store or jail.\n\n\
         | connections | | floor | Lambkin | ratio |\n|---:|---|---:|---:|---:|\n",
    );
    for Warm { connections, rounds } in found {
        let percentile = |percent| move |round: &Round| round.times.percentile(percent);
        let figures = [
            ("p50", latency(rounds, percentile(50))),
            ("p99", latency(rounds, percentile(99))),
            ("max", latency(rounds, |round| round.times.max())),
            ("throughput", throughput(rounds)),
            ("server's processor time per call", latency(rounds, |round| round.cpu)),
        ];
        for (what, [floor, ours, ratio]) in figures {
            let _ = writeln!(text, "| {connections} | {what} | {floor} | {ours} | {ratio} |");
        }
    }
}

/// The medians over the rounds of each side, and the ratio.
fn latency(rounds: &[(Round, Round)], of: impl Fn(&Round) -> Duration) -> [String; 3] {
    let of = |round: &Round| of(round).as_secs_f64();
    let (floor, ours) = medians(rounds, of);
    [micros(floor), micros(ours), ratio(rounds, of)]
}

fn throughput(rounds: &[(Round, Round)]) -> [String; 3] {
    let of = |round: &Round| round.throughput;
    let (floor, ours) = medians(rounds, of);
    [format!("{floor:.0}/s"), format!("{ours:.0}/s"), ratio(rounds, of)]
}

fn medians(rounds: &[(Round, Round)], of: impl Fn(&Round) -> f64) -> (f64, f64) {
    let (floor, ..) = spread(rounds.iter().map(|(floor, _)| of(floor)));
    let (ours, ..) = spread(rounds.iter().map(|(_, ours)| of(ours)));
    (floor, ours)
}

fn ratio(rounds: &[(Round, Round)], of: impl Fn(&Round) -> f64) -> String {
    let (median, least, greatest) = spread(rounds.iter().map(|(floor, ours)| of(ours) / of(floor)));
    format!("{median:.2} ({least:.2}–{greatest:.2})")
}

fn cold(text: &mut String, found: &[Cold]) {
    text.push_str(
        "\n## Cold starts\n\n\
         From the request to the answer, one at a time. Bare is the same program executed as a plain process: its start, its \
         first `next` and one invocation.\n\n\
         | guest | samples | | bare | Lambkin | added | ratio |\n|---|---:|---|---:|---:|---:|---:|\n",
    );
    for cold in found {
        for (what, percent) in [("p50", 50), ("p99", 99), ("max", 100)] {
            let (bare, ours) = (cold.bare.percentile(percent), cold.ours.percentile(percent));
            let _ = writeln!(
                text,
                "| {} | {} | {what} | {} | {} | {} | {:.2} |",
                cold.guest,
                cold.ours.len(),
                millis(bare),
                millis(ours),
                added(ours, bare),
                ours.as_secs_f64() / bare.as_secs_f64(),
            );
        }
    }
    text.push_str("\nThe first start of a new package, which unpacks it, is not among them:");
    for cold in found {
        let _ = write!(text, " {} {}", cold.guest, millis(cold.first));
        text.push(if cold.guest == found[found.len() - 1].guest { '.' } else { ',' });
    }
    text.push('\n');
}

fn memory(text: &mut String, found: &[Cold]) {
    text.push_str(
        "\n## Memory of idle environments\n\n\
         Proportional set size, after minus before, per environment; each belongs to a function of its own. Lambkin's is the \
         server, the spawner and the jails' inits together. Memory of the kernel is not in it.\n\n\
         | guest | environments | Lambkin's | the guest's own |\n|---|---:|---:|---:|\n",
    );
    for Cold { guest, memory: (before, after), .. } in found {
        let count = after.guests.saturating_sub(before.guests).max(1);
        let per = |before: u64, after: u64| after.saturating_sub(before) / count as u64;
        let _ = writeln!(
            text,
            "| {guest} | {count} | {} KiB | {} KiB |",
            per(before.ours_kib, after.ours_kib),
            per(before.guests_kib, after.guests_kib)
        );
    }
}

fn churn(text: &mut String, rounds: &[(Rate, Rate)]) {
    let of = |side: fn(&(Rate, Rate)) -> &Rate| {
        let times = Times::pooled(rounds.iter().map(|pair| &side(pair).times));
        let (rate, ..) = spread(rounds.iter().map(|pair| side(pair).per_second));
        (rate, times)
    };
    let ((bare, bare_times), (ours, ours_times)) = (of(|pair| &pair.0), of(|pair| &pair.1));
    let (median, least, greatest) =
        spread(rounds.iter().map(|(bare, ours)| ours.per_second / bare.per_second));
    let _ = write!(
        text,
        "\n## Environments created, used once and destroyed (Rust guest, {CLIENTS} clients)\n\n\
         | | bare processes | Lambkin | ratio |\n|---|---:|---:|---:|\n\
         | per second | {bare:.0} | {ours:.0} | {median:.2} ({least:.2}–{greatest:.2}) |\n"
    );
    for (what, percent) in [("p50", 50), ("p99", 99), ("max", 100)] {
        let (bare, ours) = (bare_times.percentile(percent), ours_times.percentile(percent));
        let ratio = ours.as_secs_f64() / bare.as_secs_f64();
        let _ = writeln!(text, "| {what} | {} | {} | {ratio:.2} |", millis(bare), millis(ours));
    }
    let warm: usize = rounds.iter().map(|(_, ours)| ours.warm).sum();
    let failures: Vec<_> = rounds.iter().flat_map(|(_, ours)| &ours.failures).collect();
    let _ = write!(
        text,
        "\n{} cold starts counted; {warm} invocations met a warm environment and do not count; {} failed",
        ours_times.len(),
        failures.len()
    );
    let _ = match failures.first() {
        Some(first) => writeln!(text, ", the first with `{first}`."),
        None => writeln!(text, "."),
    };
}

fn start_up(text: &mut String, found: &StartUp) {
    let _ = write!(
        text,
        "\n## Start-up\n\n\
         | | |\n|---|---:|\n\
         | executed to `ready`, new data directory, p50 of {} | {} |\n\
         | the same, max | {} |\n\
         | resident memory of the idle server | {:.1} MiB |\n\
         | proportional memory of server and spawner | {:.1} MiB |\n",
        found.times.len(),
        millis(found.times.percentile(50)),
        millis(found.times.max()),
        mebibytes(found.resident_kib),
        mebibytes(found.memory.ours_kib),
    );
}

fn micros(seconds: f64) -> String {
    format!("{:.0} µs", seconds * 1e6)
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

fn added(ours: Duration, bare: Duration) -> String {
    format!("{:+.1} ms", (ours.as_secs_f64() - bare.as_secs_f64()) * 1e3)
}

#[expect(clippy::cast_precision_loss, reason = "a figure with one decimal")]
fn mebibytes(kib: u64) -> f64 {
    kib as f64 / 1024.0
}
