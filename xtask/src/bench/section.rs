//! What a measurement hands to the page: text, figures with their goals, and what is drawn of it.

use super::statistics::Times;

/// One part of the page.
#[derive(Debug, Default)]
pub(super) struct Section {
    /// The heading.
    pub(super) title: String,
    /// The method in a sentence or two, and tables, as Markdown.
    pub(super) text: String,
    /// Figures that have a goal.
    pub(super) goals: Vec<Goal>,
    /// Latencies to draw.
    pub(super) curves: Vec<Curve>,
    /// Processor time that the machine's host kept to itself meanwhile, in percent of all.
    pub(super) stolen: f64,
}

/// A figure beside its goal.
#[derive(Clone, Debug)]
pub(super) struct Goal {
    /// What was measured.
    pub(super) figure: String,
    /// What it is to be.
    pub(super) wanted: String,
    /// What it is.
    pub(super) measured: String,
    /// The same from the rounds with the least stolen time, where there are rounds.
    pub(super) calm: Option<String>,
    /// The measured value as a part of what is allowed: 1 and less is a goal reached.
    pub(super) part: f64,
}

/// The distribution of some latencies.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    /// Curves of one chart are drawn together.
    pub(super) chart: String,
    /// Which side it is.
    pub(super) label: String,
    /// The latencies.
    pub(super) times: Times,
}

// === impl Section ===

impl Section {
    /// Says that a part went wrong: not slow, but wrong.
    pub(super) fn given_up(part: &str, error: &anyhow::Error) -> Self {
        Self {
            title: format!("Given up: {part}"),
            text: format!("It went wrong, and none of its figures count: `{error:#}`."),
            ..Self::default()
        }
    }
}

// === impl Goal ===

impl Goal {
    /// A figure that is to be at most something; both numbers are in the same unit.
    pub(super) fn at_most(figure: &str, measured: f64, limit: f64, unit: Unit) -> Self {
        Self {
            figure: figure.to_owned(),
            wanted: format!("≤ {}", unit.goal(limit)),
            measured: unit.write(measured),
            calm: None,
            part: measured / limit,
        }
    }

    /// A figure that is to be at least something.
    pub(super) fn at_least(figure: &str, measured: f64, limit: f64, unit: Unit) -> Self {
        Self {
            figure: figure.to_owned(),
            wanted: format!("≥ {}", unit.goal(limit)),
            measured: unit.write(measured),
            calm: None,
            part: limit / measured,
        }
    }

    /// Adds what the calm rounds said.
    pub(super) fn calm(mut self, calm: f64, unit: Unit) -> Self {
        self.calm = Some(unit.write(calm));
        self
    }

    /// Tells whether it is what it is to be; what could not be measured is not.
    pub(super) fn reached(&self) -> bool {
        self.part <= 1.0
    }
}

/// How a figure is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unit {
    /// A ratio to the floor.
    Floor,
    /// A ratio to something that the figure names.
    Times,
    /// Milliseconds.
    Ms,
    /// Per second.
    Rate,
    /// Binary kilobytes.
    Kib,
    /// Binary megabytes.
    Mib,
    /// Things.
    Count,
}

// === impl Unit ===

impl Unit {
    fn write(self, value: f64) -> String {
        match self {
            Self::Floor => format!("{value:.2}x the floor"),
            Self::Times => format!("{value:.2}x"),
            Self::Ms => format!("{value:.1} ms"),
            Self::Rate => format!("{value:.0}/s"),
            Self::Kib => format!("{value:.0} KiB"),
            Self::Mib => format!("{value:.1} MiB"),
            Self::Count => format!("{value:.0}"),
        }
    }

    fn goal(self, value: f64) -> String {
        match self {
            Self::Floor => format!("{value}x the floor"),
            Self::Times => format!("{value}x"),
            Self::Ms => format!("{value} ms"),
            Self::Rate => format!("{value}/s"),
            Self::Kib => format!("{value} KiB"),
            Self::Mib => format!("{value} MiB"),
            Self::Count => format!("{value}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Goal, Unit};

    #[test]
    fn a_goal_is_reached_at_its_limit_and_not_beyond() {
        assert!(Goal::at_most("start", 3.0, 3.0, Unit::Ms).reached());
        assert!(!Goal::at_most("start", 3.1, 3.0, Unit::Ms).reached());
        assert!(Goal::at_least("rate", 300.0, 300.0, Unit::Rate).reached());
        assert!(!Goal::at_least("rate", 299.0, 300.0, Unit::Rate).reached());
    }

    #[test]
    fn what_could_not_be_measured_is_not_reached() {
        assert!(!Goal::at_most("start", f64::NAN, 3.0, Unit::Ms).reached());
        assert!(!Goal::at_least("rate", 0.0, 300.0, Unit::Rate).reached());
    }
}
