//! What a policy document says.

use crate::{
    Context, PrincipalPattern,
    condition::Condition,
    evaluate::Request,
    pattern::{Case, Pattern},
    principal::{Meant, Principal},
    resource::ArnPattern,
};

/// A policy document that has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The `Id`, if it has one.
    pub id: Option<String>,
    /// The statements, in the order in which they are written; the order means nothing.
    pub statements: Vec<Statement>,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The `Sid`, if it has one.
    pub sid: Option<String>,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// Whom it is about; identity policies do not say, because they are about their owner.
    pub principals: Option<Selection<PrincipalPattern>>,
    pub(crate) actions: Selection<Pattern>,
    pub(crate) resources: Option<Selection<ArnPattern>>,
    pub(crate) conditions: Vec<Condition>,
}

/// Whether a statement allows or denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies.
    Deny,
}

/// Some of all: those that are listed (`Action`), or those that are not (`NotAction`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection<T> {
    /// Those that are listed.
    Only(Vec<T>),
    /// Those that are not listed.
    Except(Vec<T>),
}

/// What a document has to say about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) denies: bool,
    /// How closely a statement that allows means the one who asks; [`Meant::No`] if none allows.
    pub(crate) allows: Meant,
}

// === impl Document ===

impl Document {
    /// Judges a request.
    pub(crate) fn verdict(&self, request: &Request<'_>) -> Verdict {
        let mut verdict = Verdict { denies: false, allows: Meant::No };
        for statement in &self.statements {
            let meant = statement.meant(request);
            match statement.effect {
                Effect::Deny => verdict.denies |= meant > Meant::No,
                Effect::Allow => verdict.allows = verdict.allows.max(meant),
            }
        }
        verdict
    }
}

// === impl Statement ===

impl Statement {
    /// Tells how closely the statement is about the request and the one who makes it.
    fn meant(&self, request: &Request<'_>) -> Meant {
        let context = request.context;
        let applies = self.covers(request.action, request.resource, context)
            && self.conditions.iter().all(|condition| condition.holds(context));
        if !applies {
            return Meant::No;
        }
        self.principals
            .as_ref()
            .map_or(Meant::Itself, |principals| means(principals, request.principal))
    }

    fn covers(&self, action: &str, resource: &str, context: &Context) -> bool {
        let action = self.actions.select(|pattern| pattern.matches(action, context, Case::Ignored));
        let resources = self.resources.as_ref();
        action
            && resources
                .is_none_or(|resources| resources.select(|arn| arn.matches(resource, context)))
    }
}

// === impl Selection ===

impl<T> Selection<T> {
    /// Gives what is listed, for or against.
    pub fn listed(&self) -> &[T] {
        match self {
            Self::Only(listed) | Self::Except(listed) => listed,
        }
    }

    fn select(&self, matches: impl Fn(&T) -> bool) -> bool {
        match self {
            Self::Only(listed) => listed.iter().any(matches),
            Self::Except(listed) => !listed.iter().any(matches),
        }
    }
}

fn means(principals: &Selection<PrincipalPattern>, asking: &Principal) -> Meant {
    let closest = |listed: &[PrincipalPattern]| {
        listed.iter().map(|pattern| pattern.means(asking)).max().unwrap_or(Meant::No)
    };
    match principals {
        Selection::Only(listed) => closest(listed),
        Selection::Except(listed) if closest(listed) == Meant::No => {
            PrincipalPattern::Anyone.means(asking)
        }
        Selection::Except(_) => Meant::No,
    }
}
