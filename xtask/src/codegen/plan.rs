//! In which file each operation and each shape of a service lands.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};

use super::model::{Model, OperationModel};
use super::services::Service;

/// The file of what more than one resource uses.
pub(super) const SHARED: &str = "shared";

/// One operation of the plan.
#[derive(Debug)]
pub(super) struct Operation<'m> {
    pub(super) index: usize,
    pub(super) resource: &'static str,
    pub(super) name: &'static str,
    pub(super) model: &'m OperationModel,
}

/// A service's operations and shapes, each with the file that it lands in.
#[derive(Debug)]
pub(super) struct Plan<'m> {
    pub(super) service: &'static Service,
    pub(super) model: &'m Model,
    pub(super) operations: Vec<Operation<'m>>,
    /// The shapes that requests reach, with their files.
    pub(super) inputs: BTreeMap<&'m str, &'static str>,
    /// The shapes that answers reach.
    pub(super) outputs: BTreeSet<&'m str>,
    /// The structures that become Rust structs, with their files.
    pub(super) structures: BTreeMap<&'m str, &'static str>,
    /// The exceptions that operations may answer.
    pub(super) errors: BTreeSet<&'m str>,
}

impl<'m> Plan<'m> {
    pub(super) fn new(service: &'static Service, model: &'m Model) -> Result<Self> {
        let mut plan = Self {
            service,
            model,
            operations: Vec::new(),
            inputs: BTreeMap::new(),
            outputs: BTreeSet::new(),
            structures: BTreeMap::new(),
            errors: BTreeSet::new(),
        };
        for (resource, names) in service.resources {
            for name in *names {
                let index = plan.operations.len();
                let operation = model
                    .operations
                    .get(name)
                    .with_context(|| format!("the model has no operation {name}"))?;
                plan.operations.push(Operation { index, resource, name, model: operation });
                plan.place(resource, operation);
            }
        }
        let missing = model
            .operations
            .iter()
            .map(|(name, _)| name)
            .find(|name| !plan.operations.iter().any(|o| o.name == *name));
        // Lambda is complete by intent: an operation that a new model brings must be given a place.
        anyhow::ensure!(
            service.name != "lambda" || missing.is_none(),
            "the operation {missing:?} has no resource in services.rs"
        );
        Ok(plan)
    }

    fn place(&mut self, resource: &'static str, operation: &'m OperationModel) {
        if let Some(input) = &operation.input {
            let mut reached = BTreeSet::new();
            reach(self.model, &input.shape, &mut reached);
            for name in reached {
                assign(&mut self.inputs, name, resource);
                self.place_structure(name, resource);
            }
        }
        if let Some(output) = &operation.output {
            let mut reached = BTreeSet::new();
            reach(self.model, &output.shape, &mut reached);
            for name in reached {
                self.outputs.insert(name);
                self.place_structure(name, resource);
            }
        }
        self.errors.extend(operation.errors.iter().map(|error| error.shape.as_str()));
    }

    fn place_structure(&mut self, name: &'m str, resource: &'static str) {
        let shape = self.model.shape(name);
        if shape.kind == "structure" && !shape.eventstream {
            assign(&mut self.structures, name, resource);
        }
    }

    /// The files of the service: the resources and, where needed, what they share.
    pub(super) fn files(&self) -> Vec<&'static str> {
        let mut files: Vec<_> =
            self.service.resources.iter().map(|(resource, _)| *resource).collect();
        if self.structures.values().any(|file| *file == SHARED) {
            files.push(SHARED);
        }
        files
    }
}

fn assign<'m>(files: &mut BTreeMap<&'m str, &'static str>, name: &'m str, resource: &'static str) {
    files
        .entry(name)
        .and_modify(|file| {
            if *file != resource {
                *file = SHARED;
            }
        })
        .or_insert(resource);
}

/// Collects every shape that can be reached from one; the contents of an event stream are not part of an answer's struct.
fn reach<'m>(model: &'m Model, name: &'m str, reached: &mut BTreeSet<&'m str>) {
    let shape = model.shape(name);
    if shape.eventstream || !reached.insert(name) {
        return;
    }
    let members = shape.members.iter().map(|(_, member)| member.shape.as_str());
    let elements = [&shape.member, &shape.key, &shape.value]
        .into_iter()
        .flatten()
        .map(|reference| reference.shape.as_str());
    for next in members.chain(elements) {
        reach(model, next, reached);
    }
}
