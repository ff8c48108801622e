//! The drawing: how far each figure is from its goal, and how latencies are distributed.
//!
//! Colours are chosen to be read on white and on black alike: the drawing has no background of its own.

use std::fmt::Write as _;

use super::section::{Curve, Goal, Section};
use super::words::{in_ms, number};

const WIDTH: f64 = 1140.0;
const MARGIN: f64 = 20.0;
const ROW: f64 = 24.0;
/// Where the bars begin, to the right of their names.
const NAMES: f64 = 440.0;
/// The length of a bar that is exactly at its goal.
const GOAL: f64 = 200.0;
/// How many times the goal the longest bar shows.
const MOST: f64 = 2.2;
const CHART_HEIGHT: f64 = 200.0;
/// Points of a curve.
const STEPS: usize = 200;

const INK: &str = "#7a7f87";
const GOOD: &str = "#2f9e62";
const BAD: &str = "#d9822b";
const CURVES: [&str; 4] = ["#3b82c4", "#d9822b", "#2f9e62", "#a05fb4"];

/// Draws everything that sections have to draw.
pub(super) fn draw(sections: &[Section]) -> String {
    let goals: Vec<_> = sections.iter().flat_map(|section| &section.goals).collect();
    let curves: Vec<_> = sections.iter().flat_map(|section| &section.curves).collect();
    let mut body = String::new();
    let mut y = MARGIN;
    bars(&mut body, &mut y, &goals);
    for chart in curves.chunk_by(|a, b| a.chart == b.chart) {
        distributions(&mut body, &mut y, chart);
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {:.0}\" font-family=\"sans-serif\" \
         font-size=\"13\" fill=\"{INK}\">\n{body}</svg>\n",
        y + MARGIN
    )
}

fn bars(body: &mut String, y: &mut f64, goals: &[&Goal]) {
    if goals.is_empty() {
        return;
    }
    text(body, (MARGIN, *y), "start", "Figures as a part of what their goal allows (line)");
    *y += ROW;
    let top = *y - ROW / 2.0;
    for goal in goals {
        // Nothing measured is as far from a goal as can be.
        let part = if goal.part.is_finite() { goal.part.clamp(0.005, MOST) } else { MOST };
        let colour = if goal.reached() { GOOD } else { BAD };
        text(body, (NAMES - 8.0, *y), "end", &goal.figure);
        let (width, height) = (part * GOAL, ROW - 10.0);
        let _ = writeln!(
            body,
            "<rect x=\"{NAMES}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{height}\" fill=\"{colour}\"/>",
            *y - height + 3.0
        );
        let label = format!("{} ({})", goal.measured, goal.wanted);
        text(body, (NAMES + width.max(GOAL) + 8.0, *y), "start", &label);
        *y += ROW;
    }
    let x = NAMES + GOAL;
    line(body, (x, top), (x, *y - ROW / 2.0));
    *y += ROW;
}

/// Draws the latency that each part of the invocations does not exceed: linear upwards in quantiles, logarithmic to the right.
fn distributions(body: &mut String, y: &mut f64, curves: &[&Curve]) {
    let all = |percent| curves.iter().map(move |curve| in_ms(curve.times.percentile(percent)));
    let least = all(1).fold(f64::INFINITY, f64::min).max(0.001);
    let greatest = all(100).fold(least * 2.0, f64::max);
    let (left, right) = (MARGIN + 40.0, WIDTH - MARGIN - 230.0);
    let across =
        |ms: f64| left + (right - left) * (ms.max(least) / least).ln() / (greatest / least).ln();
    text(body, (MARGIN, *y), "start", curves.first().map_or("", |curve| curve.chart.as_str()));
    let (top, bottom) = (*y + 10.0, *y + 10.0 + CHART_HEIGHT);
    for (name, quantile) in [("50 %", 0.5), ("90 %", 0.9), ("100 %", 1.0)] {
        let at = bottom - CHART_HEIGHT * quantile;
        line(body, (left, at), (right, at));
        text(body, (left - 6.0, at + 4.0), "end", name);
    }
    line(body, (left, bottom), (right, bottom));
    for ms in decades(least, greatest) {
        line(body, (across(ms), top), (across(ms), bottom));
        text(body, (across(ms), bottom + 16.0), "middle", &format!("{ms} ms"));
    }
    for (index, curve) in curves.iter().enumerate() {
        let colour = CURVES[index % CURVES.len()];
        let mut points = String::new();
        for (quantile, time) in curve.times.quantiles(STEPS) {
            let (x, y) = (across(in_ms(time)), bottom - CHART_HEIGHT * quantile);
            let _ = write!(points, "{x:.1},{y:.1} ");
        }
        let _ = writeln!(
            body,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            points.trim_end()
        );
        let at = top + 14.0 + 18.0 * number(index);
        let _ = writeln!(
            body,
            "<text x=\"{:.1}\" y=\"{at:.1}\" fill=\"{colour}\">{}</text>",
            right + 10.0,
            escaped(&curve.label)
        );
    }
    *y = bottom + 2.0 * ROW;
}

/// Returns the powers of ten in a range, in milliseconds.
fn decades(least: f64, greatest: f64) -> Vec<f64> {
    let powers = [0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1e3, 1e4, 1e5];
    powers.into_iter().filter(|power| (least..=greatest).contains(power)).collect()
}

fn line(body: &mut String, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
    let _ = writeln!(
        body,
        "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{INK}\" stroke-opacity=\"0.5\"/>"
    );
}

fn text(body: &mut String, (x, y): (f64, f64), anchor: &str, what: &str) {
    let what = escaped(what);
    let _ =
        writeln!(body, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{what}</text>");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::bench::section::Unit;
    use crate::bench::statistics::Times;

    #[test]
    fn everything_drawn_is_a_number() {
        let times = Times::new((1..=50).map(Duration::from_micros).collect());
        let curve =
            |label: &str, times| Curve { chart: "warm".to_owned(), label: label.to_owned(), times };
        let section = Section {
            goals: vec![
                Goal::at_most("a < b & c", 3.0, 2.0, Unit::Ms),
                Goal::at_least("nothing", 0.0, 2.0, Unit::Rate),
                Goal::at_most("unknown", f64::NAN, 2.0, Unit::Ms),
            ],
            curves: vec![curve("floor", times), curve("Lambkin", Times::default())],
            ..Section::default()
        };
        let drawing = draw(&[section]);
        assert!(drawing.contains("a &lt; b &amp; c"));
        let coordinates = drawing.lines().filter(|line| !line.starts_with("<text"));
        assert!(coordinates.clone().any(|line| line.starts_with("<polyline")));
        assert!(coordinates.clone().any(|line| line.starts_with("<rect")));
        assert!(coordinates.clone().all(|line| !line.contains("NaN") && !line.contains("inf")));
    }
}
