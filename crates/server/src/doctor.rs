//! `lambkin doctor`: what this machine gives, and how to get the rest.

use anyhow::{Result, ensure};

use crate::{
    cli::{DataArguments, say},
    config::Config,
    runtimes,
};

/// Prints the report; fails if functions cannot be isolated here at all.
pub(crate) fn run(arguments: &DataArguments) -> Result<()> {
    let config = Config::load(arguments)?;
    say("Isolation");
    let mut missing = 0;
    for item in jail::probe() {
        let mark = match (item.available, item.required) {
            (true, _) => "ok",
            (false, true) => "MISSING",
            (false, false) => "absent",
        };
        say(format_args!("  {mark:<8} {:<18} {}", item.name, item.detail));
        if !item.available {
            say(format_args!("           -> {}", item.remedy));
            missing += usize::from(item.required);
        }
    }
    say("\nRuntimes");
    runtimes::list(&config.runtimes_dir());
    say("  more: lambkin runtimes add python3.12 | nodejs20.x | ...");
    say(format_args!("\nData directory {}", config.data_dir.display()));
    ensure!(missing == 0, "functions cannot be isolated on this machine; see MISSING above");
    Ok(())
}
