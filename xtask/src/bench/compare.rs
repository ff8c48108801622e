//! Two pages side by side: what became of each goal.

use std::fmt::Write as _;

use anyhow::{Result, ensure};

/// One line of a page's table of goals.
#[derive(Debug, PartialEq, Eq)]
struct Row<'a> {
    figure: &'a str,
    wanted: &'a str,
    measured: &'a str,
    verdict: &'a str,
}

/// Returns a table of the goals of two pages.
pub(super) fn table(before: &str, after: &str) -> Result<String> {
    let (before, after) = (rows(before), rows(after));
    ensure!(!before.is_empty() && !after.is_empty(), "a page without a table of goals");
    let mut text = "| figure | goal | before | after | |\n|---|---:|---:|---:|---|\n".to_owned();
    for Row { figure, wanted, measured, verdict } in &after {
        let was = before.iter().find(|row| row.figure == *figure);
        let was = was.map_or("", |row| row.measured);
        let _ = writeln!(text, "| {figure} | {wanted} | {was} | {measured} | {verdict} |");
    }
    for row in before.iter().filter(|row| after.iter().all(|other| other.figure != row.figure)) {
        let Row { figure, wanted, measured, .. } = row;
        let _ = writeln!(text, "| {figure} | {wanted} | {measured} | | no longer measured |");
    }
    Ok(text)
}

fn rows(page: &str) -> Vec<Row<'_>> {
    let table = page
        .lines()
        .skip_while(|line| *line != "## Goals")
        .skip_while(|line| !line.starts_with("|---"))
        .skip(1)
        .take_while(|line| line.starts_with('|'));
    table
        .filter_map(|line| {
            let cells: Vec<_> = line.split('|').map(str::trim).collect();
            let [_, figure, wanted, measured, _, verdict, _] = cells[..] else { return None };
            Some(Row { figure, wanted, measured, verdict })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn goals_are_matched_by_their_figures() {
        let page = |rows: &str| {
            format!(
                "# A\n\n## Goals\n\n1 of 2.\n\n| figure | goal | measured | calm | |\n|---|---:|---:|---:|---|\n{rows}\n## B\n| x | y | z | a | b |\n"
            )
        };
        let before = page(
            "| start | ≤ 3 ms | 9.0 ms | | **not reached** |\n| gone | ≤ 1 ms | 1.0 ms | | reached |\n",
        );
        let after = page("| start | ≤ 3 ms | 2.0 ms | 1.9 ms | reached |\n");
        let table = table(&before, &after).unwrap();
        assert!(table.contains("| start | ≤ 3 ms | 9.0 ms | 2.0 ms | reached |"));
        assert!(table.contains("| gone | ≤ 1 ms | 1.0 ms | | no longer measured |"));
        assert_eq!(table.lines().count(), 4);
    }

    #[test]
    fn a_page_without_goals_cannot_be_compared() {
        assert!(table("# A\n", "# B\n").is_err());
    }
}
