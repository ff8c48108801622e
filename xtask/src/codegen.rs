//! Writes `crates/api` from the AWS service models that botocore publishes.
//!
//! The models are read from one pinned wheel, their prose is dropped, and what remains (operations, shapes, constraints,
//! errors) becomes committed Rust. `overrides` holds every place where the real service differs from its model.

mod emit;
mod files;
mod model;
mod names;
mod overrides;
mod plan;
mod services;
mod source;

use anyhow::{Context, Result};

/// Generates the code of every service; with `check`, only proves that the committed files are current.
pub fn run(check: bool) -> Result<()> {
    let root = files::workspace_root()?;
    let wheel = source::wheel(&root)?;
    for service in services::SERVICES {
        let mut model = source::load(&wheel, service)
            .with_context(|| format!("reading the model of {}", service.name))?;
        overrides::apply(service.name, &mut model)?;
        let plan = plan::Plan::new(service, &model)?;
        let generated = emit::service(&plan)?;
        files::settle(&root, service.name, &generated, check)?;
    }
    Ok(())
}
