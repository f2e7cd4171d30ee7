//! Do a code and a part of one value leave together? Whoever has both learns what the code stands for: of a card number that is
//! masked in one place and coded in another, the code shows which events belong to the digits that stay, and the digits leave few
//! numbers to try.

use std::collections::BTreeMap;

use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::Span;
use crate::policy::form::{Code, Form};
use crate::policy::{CategoryId, Library, Plan, RuleId};

/// A form that some value of a domain may take.
struct Seen {
    category: CategoryId,
    form: Form,
    /// The rule that makes it so; of the base, where nothing else does.
    rule: Option<Span>,
}

/// Plans of one tenant and purpose flow into the same store, from whatever system.
pub(super) fn of(library: &Library, plans: &[Plan]) -> Vec<Diagnostic> {
    let mut seen: BTreeMap<(&str, &str), Vec<Seen>> = BTreeMap::new();
    for plan in plans {
        for (category, _) in library.words.categories() {
            let domain = plan.domains.get(usize::from(category.0)).map_or("", String::as_str);
            let forms = seen.entry((domain, plan.scope.purpose.as_str())).or_default();
            for (form, rules) in plan.forms(category).into_iter().filter(|(form, _)| form.leaves()) {
                forms.push(Seen { category, rule: place(plan, &rules), form });
            }
        }
    }
    let mut linked: BTreeMap<Link, Vec<&str>> = BTreeMap::new();
    for ((_, purpose), forms) in &seen {
        link(forms).into_iter().for_each(|link| linked.entry(link).or_default().push(purpose));
    }
    linked.into_iter().map(|(link, purposes)| told(library, &link, &purposes)).collect()
}

/// A code, and what it leaves together with.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Link {
    code: (CategoryId, Span),
    part: (CategoryId, Span),
    /// It leaves as it came.
    is_whole: bool,
}

fn place(plan: &Plan, rules: &[RuleId]) -> Option<Span> {
    let last = rules.last()?;
    plan.rules.get(usize::from(last.0)).map(|rule| rule.span)
}

/// The first code and the first part of a domain.
fn link(forms: &[Seen]) -> Option<Link> {
    let codes = forms.iter().filter(|seen| is_code(&seen.form));
    let mut pairs =
        codes.flat_map(|code| forms.iter().filter(|part| is_part(&part.form)).map(move |part| (code, part)));
    let (code, part) = pairs.next()?;
    let place = |seen: &Seen| Some((seen.category, seen.rule?));
    Some(Link { code: place(code)?, part: place(part)?, is_whole: part.form.is_clear() })
}

fn told(library: &Library, link: &Link, purposes: &[&str]) -> Diagnostic {
    let (coded, shown) = (library.words.name(link.code.0), library.words.name(link.part.0));
    let what = if link.is_whole { "stays whole" } else { "shows a part" };
    let whose = match coded == shown {
        true => format!("`{coded}` leaves as a code, and elsewhere {what}"),
        false => format!("`{coded}` leaves as a code, and `{shown}`, of the same domain, {what}"),
    };
    let message = format!("for {}, {whose}: together they tell what the code stands for", purposes.join(", "));
    let problem = Diagnostic::warning("P0133", message, link.code.1, "the code");
    problem.and(link.part.1, what).help("code both, or treat both alike")
}

/// A code of the whole value: equal values have equal ones.
fn is_code(form: &Form) -> bool {
    matches!(form.code, Code::Escrow | Code::Plain)
        && form.rungs.is_empty()
        && form.hide.mask.is_empty()
        && form.hide.whole.is_none()
}

/// The value, or what a rung or a mask leaves of it. What a detector leaves of a text is no part of that kind.
fn is_part(form: &Form) -> bool {
    let stays = form.code == Code::Clear && form.hide.whole.is_none() && form.end == crate::policy::form::End::Keep;
    stays && form.hide.found.is_empty() && form.rewrite.is_empty()
}
