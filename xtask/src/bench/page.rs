//! The page: a table of goals first, then each measurement with its method, and the drawing beside it.

use std::fmt::Write as _;
use std::fs;

use anyhow::Result;

use super::machine::Machine;
use super::section::{Goal, Section};
use super::svg;
use crate::checkout::Checkout;

/// Shows the page, and keeps it with its drawing; in `bench/results` only if it is whole.
pub(super) fn publish(
    checkout: &Checkout,
    sections: &[Section],
    machine: &Machine,
    whole: bool,
) -> Result<()> {
    let folder =
        if whole { checkout.path("bench/results") } else { checkout.target.join("bench-results") };
    fs::create_dir_all(&folder)?;
    let name = format!("{}-{}", machine.date, machine.commit);
    let page = markdown(sections, machine, &name, whole)?;
    println!("\n{page}");
    fs::write(folder.join(format!("{name}.svg")), svg::draw(sections))?;
    let file = folder.join(format!("{name}.md"));
    fs::write(&file, page)?;
    println!("kept as {}", file.display());
    Ok(())
}

fn markdown(sections: &[Section], machine: &Machine, name: &str, whole: bool) -> Result<String> {
    let mut text = format!("# Bench of {}, {}\n\n", machine.commit, machine.date);
    let _ = writeln!(text, "{}\n", machine.paragraph()?);
    if !whole {
        text.push_str("**Not a whole run**: shortened, or in parts. Do not quote it.\n\n");
    }
    text.push_str(
        "Every figure stands beside a floor measured in the same run; `cargo xtask bench` reproduces this page, and \
         [bench/README.md](../README.md) tells how each is measured.\n",
    );
    if sections.iter().any(|section| !section.goals.is_empty() || !section.curves.is_empty()) {
        let _ = writeln!(text, "\n![Figures beside their goals, and latencies]({name}.svg)");
    }
    goals(&mut text, sections);
    for section in sections {
        let _ = writeln!(text, "\n## {}\n\n{}", section.title, section.text.trim_end());
        let _ =
            writeln!(text, "\nThe host stole {:.1} % of the processors meanwhile.", section.stolen);
    }
    Ok(text)
}

fn goals(text: &mut String, sections: &[Section]) {
    let goals: Vec<_> = sections.iter().flat_map(|section| &section.goals).collect();
    if goals.is_empty() {
        return;
    }
    let reached = goals.iter().filter(|goal| goal.reached()).count();
    let _ = write!(
        text,
        "\n## Goals\n\n{reached} of {} reached. Calm is the same figure from the rounds in which the host stole least.\n\n\
         | figure | goal | measured | calm | |\n|---|---:|---:|---:|---|\n",
        goals.len()
    );
    for goal in goals {
        let Goal { figure, wanted, measured, calm, .. } = goal;
        let verdict = if goal.reached() { "reached" } else { "**not reached**" };
        let calm = calm.as_deref().unwrap_or_default();
        let _ = writeln!(text, "| {figure} | {wanted} | {measured} | {calm} | {verdict} |");
    }
}
