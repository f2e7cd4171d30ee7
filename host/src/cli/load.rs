//! Policy file → plan, with everything that is wrong said at once.

use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;

use crate::edge::policies::{self, Folder};
use crate::policy::diagnostic::{Diagnostic, Severity};
use crate::policy::document::{Date, Evidence, SecretLists};
use crate::policy::syntax::{self, Bundle};
use crate::policy::{Closed, Library, Plan, Request, compile};

use super::{Exit, say, stop};

/// What a plan is asked for on the command line.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    pub(super) policy: &'a Path,
    pub(super) purpose: &'a str,
    pub(super) on: Date,
    pub(super) system: Option<&'a str>,
    pub(super) evidence: Option<&'a Path>,
    pub(super) lists: Option<&'a Path>,
}

/// Reads the folder of a policy.
///
/// # Errors
///
/// How the command ends; the message was printed.
pub(super) fn library(policy: &Path) -> Result<(Arc<Library>, Folder), Exit> {
    let mut folder = policies::folder(policy).map_err(|error| stop(Exit::Wrong, &format!("error: {error}")))?;
    let bundle = std::mem::take(&mut folder.bundle);
    match Library::parse(bundle) {
        Ok((library, warnings)) => {
            report(&library.bundle, &warnings, false);
            Ok((Arc::new(library), folder))
        }
        Err((bundle, problems)) => {
            report(&bundle, &problems, true);
            Err(Exit::Wrong)
        }
    }
}

/// Prints what is wrong; warnings only beside errors, or where they are asked for.
fn report(bundle: &Bundle, problems: &[Diagnostic], all: bool) {
    let shown: Vec<_> = problems.iter().filter(|p| all || p.severity == Severity::Error).cloned().collect();
    if !shown.is_empty() {
        say(&syntax::render(bundle, &shown, std::io::stderr().is_terminal()));
    }
}

/// Evidence and lists: those that were named, or those beside the policy.
///
/// # Errors
///
/// How the command ends; the message was printed.
pub(super) fn answers(
    folder: &Folder,
    evidence: Option<&Path>,
    lists: Option<&Path>,
) -> Result<(Evidence, SecretLists), Exit> {
    let mut bundle = Bundle::new();
    let mut problems = Vec::new();
    let read = |named, ending| {
        policies::beside(folder, named, ending).map_err(|error| stop(Exit::Wrong, &format!("error: {error}")))
    };
    let evidence = match read(evidence, "evidence")? {
        Some((name, text)) => {
            let file = bundle.add(name, text);
            syntax::evidence(&bundle, file, &mut problems)
        }
        None => None,
    };
    let lists = match read(lists, "lists")? {
        Some((name, text)) => {
            let file = bundle.add_sealed(name, text);
            syntax::lists(&bundle, file, &mut problems)
        }
        None => None,
    };
    if problems.iter().any(|p| p.severity == Severity::Error) {
        report(&bundle, &problems, true);
        return Err(Exit::Wrong);
    }
    Ok((evidence.unwrap_or_default(), lists.unwrap_or_default()))
}

/// Compiles the plan.
///
/// # Errors
///
/// How the command ends; the message was printed.
pub(super) fn plan(wanted: &Wanted) -> Result<Plan, Exit> {
    let (library, folder) = library(wanted.policy)?;
    let (evidence, lists) = answers(&folder, wanted.evidence, wanted.lists)?;
    if let Some(tenant) = evidence.tenant.as_ref().filter(|tenant| tenant.value != folder.policy) {
        return Err(stop(
            Exit::Wrong,
            &format!("error: the evidence is for `{}`, not for `{}`", tenant.value, folder.policy),
        ));
    }
    if let Some(system) = wanted.system.filter(|system| !evidence.systems.contains_key(*system)) {
        let known = evidence.systems.keys().cloned().collect::<Vec<_>>().join(", ");
        return Err(stop(
            Exit::Wrong,
            &format!("error: the evidence knows no system `{system}`\nhelp: it knows: {known}"),
        ));
    }
    let request = Request {
        policy: &folder.policy,
        with: &[],
        purpose: wanted.purpose,
        on: wanted.on,
        system: wanted.system,
        evidence: &evidence,
        lists: &lists,
        lenient: false,
    };
    match compile(&library, &request) {
        Ok((plan, _)) => Ok(plan),
        Err(refusal) if refusal.closed.is_empty() => {
            report(&library.bundle, &refusal.problems, true);
            Err(Exit::Wrong)
        }
        Err(refusal) => Err(stop(Exit::Closed, &closed(&refusal.closed, wanted.purpose))),
    }
}

fn closed(closed: &[Closed], purpose: &str) -> String {
    let mut text = format!("closed: nothing flows for the purpose `{purpose}`\n");
    for gate in closed {
        text.push_str(&format!("  {}: {}\n    help: {}\n", gate.name, gate.missing, gate.help));
    }
    text
}
