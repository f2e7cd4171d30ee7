//! `tamis reveal`: request → approvals → what a code stands for.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::place::{Place, PlaceArgs, Tenant};
use super::quarantine::identities;
use super::{EXIT_CODES, Exit, say, stop};
use crate::edge::escrow::{self, Approval, Asked, Found, Group, Request as Wanted, RevealError};
use crate::edge::quarantine::{Identity, parse_recipient};

/// Ask for, approve and open what a code with escrow stands for.
///
/// Whoever works on a case asks (`request`) and sends the request to the officers. Each reads it and, who agrees, approves (`approve`), on a
/// machine of their own. With as many approvals as the policy asks for the code is opened (`open`), once it stands in the ledger.
#[derive(Debug, Subcommand)]
pub(super) enum Reveal {
    /// Ask for a code. Writes the request, which goes to the officers. Runs beside the sidecar.
    Request(Request),
    /// Agree, as an officer: writes an approval of this request and no other. What is asked, why and by whom is said first.
    Approve(Approve),
    /// Open a code with the approvals of officers. Runs beside the sidecar; writes reason, case and officers into the ledger before anything is shown.
    Open(Open),
}

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Request {
    #[command(flatten)]
    of: PlaceArgs,
    /// For which purpose: one of the policy's `only-for`.
    #[arg(long)]
    purpose: String,
    /// Why, for the officers and the ledger. No name of a person belongs here.
    #[arg(long)]
    reason: String,
    /// Number of the case.
    #[arg(long)]
    case: String,
    /// Who asks.
    #[arg(long, value_name = "NAME")]
    by: String,
    /// Public key (age1…) that shares are sealed to: of whoever will `open`.
    #[arg(long, value_name = "KEY")]
    key: String,
    /// The code, as it stands in an event.
    code: String,
}

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Approve {
    /// Your private key of `age-keygen`.
    #[arg(long, value_name = "FILE")]
    identity: PathBuf,
    /// The request.
    #[arg(long, value_name = "FILE")]
    request: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Open {
    #[command(flatten)]
    of: PlaceArgs,
    /// The private key whose public half stands in the request.
    #[arg(long, value_name = "FILE")]
    identity: PathBuf,
    /// The request.
    #[arg(long, value_name = "FILE")]
    request: PathBuf,
    /// Approvals of officers.
    #[arg(required = true, value_name = "APPROVAL")]
    approvals: Vec<PathBuf>,
}

impl Reveal {
    pub(super) fn run(&self) -> Exit {
        let done = match self {
            Self::Request(request) => request.run(),
            Self::Approve(approve) => approve.run(),
            Self::Open(open) => open.run(),
        };
        done.map_or_else(|exit| exit, |()| Exit::Done)
    }
}

fn wrong(why: impl std::fmt::Display) -> Exit {
    stop(Exit::Wrong, &format!("error: {why}"))
}

fn read(path: &Path) -> Result<Vec<u8>, Exit> {
    std::fs::read(path).map_err(|error| stop(Exit::Failed, &format!("error: cannot read {}: {error}", path.display())))
}

fn print(value: &impl serde::Serialize) -> Result<(), Exit> {
    // Writing these types cannot fail but where nobody reads any more.
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    writeln!(std::io::stdout(), "{text}").map_err(|error| stop(Exit::Failed, &format!("error: cannot write: {error}")))
}

fn identity(path: &Path) -> Result<Identity, Exit> {
    identities(path).map_err(wrong)?.into_iter().next().ok_or_else(|| wrong("there is no private key"))
}

/// Why nothing is asked or opened, and how the command ends.
struct Refused {
    exit: Exit,
    why: String,
}

impl Refused {
    fn wrong(why: impl std::fmt::Display) -> Self {
        Self { exit: Exit::Wrong, why: format!("error: {why}") }
    }

    /// Writes it into the ledger, then says it.
    fn tell(self, place: &Place, mut line: Value) -> Exit {
        let first = self.why.lines().next().unwrap_or_default();
        line["why"] = first.strip_prefix("error: ").unwrap_or(first).into();
        match place.note("reveal-refused", line) {
            Ok(()) => stop(self.exit, &self.why),
            Err(exit) => exit,
        }
    }
}

/// Whether the policy lets codes be reversed for a purpose, by somebody.
fn allowed(tenant: &Tenant, purpose: &str) -> Result<(), Refused> {
    let id = &tenant.id;
    let wrong = |why: String| Err(Refused::wrong(why));
    let Some(said) = &tenant.plan.escrow else {
        return wrong(format!("the policy `{id}` has no [escrow]: nobody can reverse its codes"));
    };
    if !said.only_for.is_empty() && !said.only_for.iter().any(|only| only.value == purpose) {
        let only: Vec<_> = said.only_for.iter().map(|only| only.value.as_str()).collect();
        return wrong(format!("codes of `{id}` are reversed only for: {}, not for `{purpose}`", only.join(", ")));
    }
    let of = tenant.purposes.iter().find(|one| one.name == purpose);
    match of {
        None => wrong(format!("no layer of `{id}` allows the purpose `{purpose}`")),
        Some(of) if !of.closed.is_empty() => {
            let gates =
                of.closed.iter().map(|gate| format!("  {}: {}\n    help: {}\n", gate.name, gate.missing, gate.help));
            let gates = gates.collect::<String>();
            let why = format!("closed: nothing is revealed for the purpose `{purpose}`\n{gates}");
            Err(Refused { exit: Exit::Closed, why })
        }
        Some(_) => Ok(()),
    }
}

/// Finds the newest entry of a code in the groups that are meant.
fn found(place: &Place, tenant: &str, code: &str, of: impl Fn(&Group) -> bool) -> Result<Found, Refused> {
    let folder = escrow::folder(&place.config.state);
    let failed =
        |error| Refused { exit: Exit::Failed, why: format!("error: cannot read {}: {error}", folder.display()) };
    let found = escrow::find(&folder, tenant, code, of).map_err(failed)?;
    let found = found.filter(|found| !place.keys.is_retired(tenant, found.group.of()));
    found.ok_or_else(|| {
        Refused::wrong(format!(
            "there is no entry of this code below {}\nhelp: another sidecar may have it, its epoch may have been retired (tamis keys list), or it is a code without escrow (p…, t…)",
            folder.join(tenant).display()
        ))
    })
}

/// A text in lines that no terminal breaks, each set in: none can look like one of ours.
fn apart(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let lines: Vec<String> = letters.chunks(60).map(|line| line.iter().collect()).collect();
    lines.join("\n          ")
}

/// What is asked, for whoever has to decide about it.
fn said(request: &Wanted) -> String {
    let Wanted { tenant, code, purpose, reason, case, by, made, tell_person, approvals, key, .. } = request;
    let told = tell_person
        .as_ref()
        .map_or("the policy does not say".to_owned(), |time| format!("{time} after the case closes"));
    let [purpose, reason, case, by] = [purpose, reason, case, by].map(|text| apart(text));
    format!(
        "tenant:   {tenant}\ncode:     {code}\npurpose:  {purpose}\nreason:   {reason}\ncase:     {case}\nby:       {by}, {made}\nopened by: {key}\nofficers: {approvals} of {}\nthe person is told: {told}\nrequest:  {}",
        request.officers().iter().map(|(name, key)| format!("{name} ({key})")).collect::<Vec<_>>().join(", "),
        request.digest()
    )
}

/// What the ledger holds of a request.
fn about(request: &Wanted) -> Value {
    let Wanted { tenant, code, purpose, reason, case, by, .. } = request;
    json!({ "tenant": tenant, "code": code, "purpose": purpose, "reason": reason, "case": case, "by": by, "request": request.digest() })
}

impl Request {
    fn run(&self) -> Result<(), Exit> {
        let place = Place::open(&self.of.config)?;
        let tenant = place.tenant(&self.of)?;
        let key = parse_recipient(&self.key).map_err(wrong)?;
        for (what, text) in
            [("purpose", &self.purpose), ("reason", &self.reason), ("case", &self.case), ("by", &self.by)]
        {
            if !escrow::shows_itself(text) {
                return Err(wrong(RevealError::Shows(what)));
            }
        }
        let found = allowed(&tenant, &self.purpose).and_then(|()| found(&place, &tenant.id, &self.code, |_| true));
        let found = found.map_err(|refused| {
            let Self { purpose, reason, case, by, code, .. } = self;
            let mut line = json!({ "tenant": tenant.id, "purpose": purpose, "reason": reason, "case": case, "by": by });
            // What was typed in place of a code may be a value.
            if escrow::may_be_a_code(code) {
                line["code"] = code.as_str().into();
            }
            refused.tell(&place, line)
        })?;
        let asked = Asked {
            purpose: self.purpose.clone(),
            reason: self.reason.clone(),
            case: self.case.clone(),
            by: self.by.clone(),
            tell_person: tenant.plan.escrow.as_ref().and_then(|said| Some(said.tell_person.as_ref()?.text.clone())),
            key,
        };
        let request = Wanted::new(&found, asked).map_err(wrong)?;
        place.note("reveal-requested", about(&request))?;
        say(&said(&request));
        print(&request)
    }
}

impl Approve {
    fn run(&self) -> Result<(), Exit> {
        let request = Wanted::read(&read(&self.request)?).map_err(wrong)?;
        say(&said(&request));
        let identity = identity(&self.identity)?;
        let approval = request.approve(&identity).map_err(wrong)?;
        print(&approval)?;
        let Wanted { code, case, purpose, .. } = &request;
        let key = identity.to_public();
        say(&format!(
            "approved by `{}` with the key {key}: `{code}`, in the case {case}, for {purpose}, and nothing else",
            approval.officer
        ));
        Ok(())
    }
}

impl Open {
    fn run(&self) -> Result<(), Exit> {
        let place = Place::open(&self.of.config)?;
        let tenant = place.tenant(&self.of)?;
        let request = Wanted::read(&read(&self.request)?).map_err(wrong)?;
        if request.tenant != tenant.id {
            return Err(wrong(format!("the request is about `{}`, the policy is `{}`", request.tenant, tenant.id)));
        }
        let refused = |refused: Refused| refused.tell(&place, about(&request));
        allowed(&tenant, &request.purpose).map_err(refused)?;
        let mut approvals = Vec::new();
        for path in &self.approvals {
            let approval = Approval::read(&read(path)?);
            approvals.push(approval.map_err(|error| wrong(format!("{}: {error}", path.display())))?);
        }
        let identity = identity(&self.identity)?;
        let found = found(&place, &tenant.id, &request.code, |group| request.is_of(group)).map_err(refused)?;
        let opened = request.open(&found.group, &approvals, &identity).map_err(Refused::wrong);
        let (value, officers) = opened.map_err(refused)?;
        let mut line = about(&request);
        line["approvals"] = officers.clone().into();
        place.note("revealed", line)?;
        say(&format!("{}\napproved by: {}", said(&request), officers.join(", ")));
        writeln!(std::io::stdout(), "{value}")
            .map_err(|error| stop(Exit::Failed, &format!("error: cannot write: {error}")))
    }
}
