//! Policy file → plan, with everything that is wrong said at once.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;

use crate::edge::policies::{self, Folder};
use crate::pipeline::{Tenant, Tenants};
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
    compiled(wanted, &library, &folder)?.map_err(|text| stop(Exit::Closed, &text))
}

/// The plan of one policy of a library, or why it is closed.
fn compiled(wanted: &Wanted, library: &Arc<Library>, folder: &Folder) -> Result<Result<Plan, String>, Exit> {
    let (evidence, lists) = answers(folder, wanted.evidence, wanted.lists)?;
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
    match compile(library, &request) {
        Ok((plan, _)) => Ok(Ok(plan)),
        Err(refusal) if refusal.closed.is_empty() => {
            report(&library.bundle, &refusal.problems, true);
            Err(Exit::Wrong)
        }
        Err(refusal) => Ok(Err(closed(&refusal.closed, wanted.purpose))),
    }
}

/// Compiles the plans of every tenant in a folder (`wanted.policy`). Each event names its tenant at `path`: by the policy's id, or as
/// the table `names` says (lines `NAME IN EVENTS,POLICY`). A closed tenant is named on standard error; the others flow.
///
/// # Errors
///
/// How the command ends; the message was printed. All tenants are looked at first.
pub(super) fn tenants(wanted: &Wanted, path: &str, names: Option<&Path>) -> Result<Tenants, Exit> {
    let wrong = |message: String| stop(Exit::Wrong, &format!("error: {message}"));
    let files = policies::tenants(wanted.policy).map_err(|error| wrong(error.to_string()))?;
    let Some(first) = files.first() else {
        return Err(wrong(format!("{} holds no policy", wanted.policy.display())));
    };
    let mut called = called(names).map_err(wrong)?;
    let (library, folder) = library(first)?;
    let (mut tenants, mut exit) = (Vec::new(), None);
    for file in files {
        let folder = folder.of(&file);
        let named = called.remove(&folder.policy);
        let plan = match compiled(wanted, &library, &folder) {
            Ok(Ok(plan)) => Some(Arc::new(plan)),
            Ok(Err(closed)) => {
                say(&format!("{}: {closed}", folder.policy));
                None
            }
            Err(wrong) => {
                exit = Some(wrong);
                continue;
            }
        };
        tenants.push(Tenant { plan, names: named.unwrap_or_else(|| vec![folder.policy]) });
    }
    if let Some(policy) = called.into_keys().next() {
        return Err(wrong(format!("the table of names knows a policy `{policy}`, the folder does not")));
    }
    match exit {
        Some(exit) => Err(exit),
        None => Tenants::new(path, tenants).map_err(|error| wrong(error.to_string())),
    }
}

/// Policy → what its tenant is called in events.
fn called(names: Option<&Path>) -> Result<BTreeMap<String, Vec<String>>, String> {
    let mut called: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let Some(path) = names else { return Ok(called) };
    let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let pair = line.rsplit_once(',').filter(|(name, policy)| !name.is_empty() && !policy.trim().is_empty());
        let Some((name, policy)) = pair else {
            let help = "each line holds a name in events, a comma, and the id of a policy";
            return Err(format!("{}:{}: no pair\nhelp: {help}", path.display(), number + 1));
        };
        called.entry(policy.trim().to_owned()).or_default().push(name.trim().to_owned());
    }
    Ok(called)
}

fn closed(closed: &[Closed], purpose: &str) -> String {
    let mut text = format!("closed: nothing flows for the purpose `{purpose}`\n");
    for gate in closed {
        text.push_str(&format!("  {}: {}\n    help: {}\n", gate.name, gate.missing, gate.help));
    }
    text
}
