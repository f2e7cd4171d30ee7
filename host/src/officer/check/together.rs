//! What points to a person in combination, though nothing of it does alone?

use super::Policy;
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{Level, Span, TimeUnit, UrlRung};
use crate::policy::form::{Code, Form, Rung};
use crate::policy::{Library, Plan};

/// A combination of categories that points to a person if all of them leave finely enough.
#[derive(Clone, Copy, Debug)]
pub struct Combination {
    /// What it is, in a few words.
    pub title: &'static str,
    /// The categories, and how fine each has to be.
    pub parts: &'static [(&'static str, Fine)],
}

/// How fine a value has to leave to count, if it leaves uncoded and unhidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fine {
    /// Not made coarser at all.
    Whole,
    /// Whole, or on the finest rungs: minutes, the page of a web address, a network of 24 bits, two decimals of a place.
    Nearly,
    /// On any rung.
    Any,
}

impl Fine {
    /// As the guide says it.
    pub fn word(self) -> &'static str {
        match self {
            Fine::Whole => "whole",
            Fine::Nearly => "whole or fine",
            Fine::Any => "however coarse",
        }
    }
}

/// The combinations. After what is known of re-identification: few points in place and time, birth date with region, and what a
/// browser tells each single out most people. policies/README.md has the table.
pub const COMBINATIONS: &[Combination] = &[
    Combination {
        title: "where somebody was, and when",
        parts: &[("time.event", Fine::Any), ("geo.precise", Fine::Nearly)],
    },
    Combination {
        title: "what somebody opened, and when",
        parts: &[("time.event", Fine::Nearly), ("url.full", Fine::Nearly)],
    },
    Combination {
        title: "one browser on one network in one region",
        parts: &[("device.agent", Fine::Whole), ("net.ip", Fine::Nearly), ("geo.region", Fine::Whole)],
    },
    Combination {
        title: "a date of a life and a region",
        parts: &[("time.person", Fine::Nearly), ("geo.region", Fine::Whole)],
    },
    Combination {
        title: "who works on what with whom, and when",
        parts: &[("time.event", Fine::Nearly), ("object.name", Fine::Any), ("channel.name", Fine::Whole)],
    },
    Combination {
        title: "which file in which folder, and when",
        parts: &[("time.event", Fine::Nearly), ("file.name", Fine::Whole), ("file.path", Fine::Whole)],
    },
];

/// Combinations that leave whole under some plan of a policy.
pub(super) fn of(library: &Library, policy: &Policy, plans: &[Plan]) -> Vec<Diagnostic> {
    // A base and a sector are nobody's policy: with a jurisdiction they are.
    if !matches!(policy.top.level, Level::Jurisdiction | Level::Tenant) {
        return Vec::new();
    }
    COMBINATIONS.iter().filter_map(|combination| leaving(library, policy, plans, combination)).collect()
}

fn leaving(library: &Library, policy: &Policy, plans: &[Plan], combination: &Combination) -> Option<Diagnostic> {
    let places = |plan: &Plan| -> Option<Vec<(Span, String)>> {
        combination.parts.iter().map(|(name, fine)| place(library, plan, name, *fine)).collect()
    };
    let mut found = plans.iter().filter_map(|plan| Some((&plan.scope.purpose, places(plan)?)));
    let (first, places) = found.next()?;
    let mut purposes = vec![first];
    purposes.extend(found.map(|(purpose, _)| purpose));
    purposes.dedup();
    let purposes = purposes.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let id = &policy.top.id;
    let message = format!(
        "`{}` lets through for {purposes} what points to a person in combination: {}",
        id.value, combination.title
    );
    let problem = Diagnostic::note("P0134", message, id.span, "");
    let problem = places.into_iter().fold(problem, |problem, (span, name)| problem.and(span, name));
    Some(problem.help("make one of them coarser, code it, or say in the assessment why all are needed"))
}

/// The rule by which a category leaves so finely, if only at times.
fn place(library: &Library, plan: &Plan, name: &str, fine: Fine) -> Option<(Span, String)> {
    let category = library.words.category(name)?;
    let (_, rules) = plan.forms(category).into_iter().find(|(form, _)| is_fine(form, fine))?;
    let rule = plan.rules.get(usize::from(rules.last()?.0))?;
    Some((rule.span, format!("`{name}`")))
}

fn is_fine(form: &Form, fine: Fine) -> bool {
    let shows = form.leaves() && form.code == Code::Clear && form.hide.whole.is_none() && form.rewrite.is_empty();
    let shows =
        shows && form.hide.mask.is_empty() && form.hide.text.is_none() && form.end == crate::policy::form::End::Keep;
    let Ok(rung) = form.rung() else { return false };
    shows
        && match (rung, fine) {
            (None, _) | (Some(_), Fine::Any) => true,
            (Some(_), Fine::Whole) => false,
            (Some(rung), Fine::Nearly) => match rung {
                Rung::Time { unit, .. } => unit <= TimeUnit::Minute,
                Rung::Url { rung } => rung == UrlRung::Page,
                Rung::Ip { ipv4, ipv6 } => ipv4 >= 24 || ipv6 >= 64,
                Rung::Geo { decimals } => decimals >= 2,
                Rung::Number { .. } | Rung::Path { .. } | Rung::Agent | Rung::Title => false,
            },
        }
}
