//! What of a release is open on a day, and what stays as an earlier release has it.
//!
//! A release that shows no more than the one before holds at once. What it widens opens once people were told by every notice that a
//! law in its chain asks for, and the lead of each has passed; until then both releases hold together ([`joined`](super::super::joined)),
//! and where they cannot be joined the earlier one holds alone. What was agreed of the earlier one opens the gates of both together,
//! because both together show no more than it does.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::ToSpan as _;

use super::super::compile::{Refusal, Request, consider_with};
use super::super::diagnostic::{Diagnostic, Severity};
use super::super::document::{Date, Evidence, SecretLists};
use super::super::evidence::{Agreed, Closed};
use super::super::exact::ExactLists;
use super::super::joined::{Apart, join};
use super::super::library::Library;
use super::super::plan::Plan;
use super::super::syntax::{self, Bundle, FileKind};
use super::file::Bundled;
use super::manifest::{Earlier, Lead, Manifest};

/// A bundle, read: ready to be asked for plans.
#[derive(Debug)]
pub struct Read {
    /// What it says of itself.
    pub manifest: Manifest,
    new: One,
    earlier: Vec<(Earlier, One)>,
    /// Components of vendors' plugins, by path.
    pub components: BTreeMap<String, Vec<u8>>,
}

/// One release.
#[derive(Clone, Debug)]
struct One {
    library: Arc<Library>,
    evidence: Evidence,
    made: Date,
    agreed: Agreed,
}

/// What a plan is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The purpose.
    pub purpose: &'a str,
    /// The day.
    pub on: Date,
    /// The system that the events come from.
    pub system: Option<&'a str>,
    /// Words of secret lists.
    pub lists: &'a SecretLists,
    /// Exact lists, as for [`Request`].
    pub exact: Option<&'a ExactLists>,
}

/// A plan, and what of it is held.
#[derive(Debug)]
pub struct Flow {
    /// The plan.
    pub plan: Plan,
    /// Earlier releases that hold with it, or alone.
    pub held: Vec<Held>,
    /// Warnings.
    pub problems: Vec<Diagnostic>,
}

/// An earlier release that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Its revision.
    pub revision: u32,
    /// Why, and until when.
    pub opens: Opens,
    /// It holds without the ones after it, because they cannot be joined.
    pub alone: Option<Apart>,
}

/// When what is wider opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opens {
    /// It is open, or from this day on.
    On(Date),
    /// People have to be told first: by these notices, with their leads.
    Told(Vec<Lead>),
    /// Only the earlier release was agreed.
    Agreed,
}

impl fmt::Display for Opens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::On(day) => write!(f, "until {day}"),
            Self::Told(leads) => {
                let all: Vec<_> = leads.iter().map(|lead| format!("{} ({} before)", lead.notice, lead.lead)).collect();
                write!(f, "until people were told: {}", all.join(", "))
            }
            Self::Agreed => f.write_str("until this release is agreed"),
        }
    }
}

/// Why there is no plan, and in the words of which release.
pub struct Refused {
    /// Its texts.
    pub library: Option<Arc<Library>>,
    /// What is wrong, or closed.
    pub refusal: Refusal,
}

impl fmt::Debug for Refused {
    /// Without the library: that is long.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.refusal.fmt(f)
    }
}

/// When what a release widens opens, by what evidence says: the day on which the last lead has passed.
pub fn opens(earlier: &Earlier, tenant: &str, evidence: &Evidence) -> Option<Opens> {
    let by = earlier.widened_by?;
    let is_of = |told: &str| {
        let (name, number) = told.rsplit_once('@').unwrap_or_default();
        name == tenant && number.parse::<u32>().is_ok_and(|number| number >= by)
    };
    // Who was told twice was told the first time.
    let told = |lead: &Lead| {
        let all = evidence.told.iter().filter(|told| is_of(&told.revision.value));
        let all = all.filter(|told| {
            told.notices.as_ref().is_none_or(|notices| notices.iter().any(|notice| notice.value == lead.notice))
        });
        all.map(|told| told.on.saturating_add(i64::from(lead.days).days())).min()
    };
    let missing: Vec<_> = earlier.notices.iter().filter(|lead| told(lead).is_none()).cloned().collect();
    if !missing.is_empty() {
        return Some(Opens::Told(missing));
    }
    Some(Opens::On(earlier.notices.iter().filter_map(told).max().unwrap_or(Date::MIN)))
}

impl Read {
    /// Reads what is in a bundle.
    ///
    /// # Errors
    ///
    /// What is wrong with its files, as a sentence or as they stand there.
    pub fn of(bundled: &Bundled) -> Result<Self, Unread> {
        let manifest = bundled.manifest.clone();
        let new = One::of(bundled, "", &manifest.tenant, (manifest.revision, &manifest.digest, &manifest.made))?;
        if new.evidence.revision != manifest.evidence {
            return Err(Unread::Differs("the revision of its evidence"));
        }
        let mut earlier = Vec::new();
        for one in &manifest.earlier {
            let below = format!("earlier/{}/", one.revision);
            let read = One::of(bundled, &below, &manifest.tenant, (one.revision, &one.digest, &one.made))?;
            earlier.push((one.clone(), read));
        }
        let components = bundled.files.iter().filter(|(path, _)| path.ends_with(".wasm"));
        let components = components.map(|(path, content)| (path.clone(), content.clone())).collect();
        Ok(Self { manifest, new, earlier, components })
    }

    /// Its rules and evidence.
    pub fn new_one(&self) -> (&Arc<Library>, &Evidence) {
        (&self.new.library, &self.new.evidence)
    }

    /// Rules, evidence and day of the release before.
    pub fn before(&self) -> Option<(&Earlier, &Arc<Library>, &Evidence, Date)> {
        self.earlier.first().map(|(about, one)| (about, &one.library, &one.evidence, one.made))
    }

    /// Takes what is the same in the library of another release, so that it is in memory once.
    pub fn share(&mut self, other: &Library) {
        for one in std::iter::once(&mut self.new).chain(self.earlier.iter_mut().map(|(_, one)| one)) {
            if let Some(library) = Arc::get_mut(&mut one.library) {
                library.share(other);
            }
        }
    }

    /// All libraries that it may take a plan of.
    pub fn libraries(&self) -> impl Iterator<Item = &Arc<Library>> {
        std::iter::once(&self.new.library).chain(self.earlier.iter().map(|(_, one)| &one.library))
    }

    /// Earlier releases that hold on a day, the newest first, and until when.
    pub fn waiting(&self, on: Date) -> Vec<(u32, Opens)> {
        let all = self.earlier.iter().filter_map(|(about, _)| Some((about.revision, self.opens(about)?)));
        all.filter(|(_, opens)| !is_open(opens, on)).collect()
    }

    fn opens(&self, earlier: &Earlier) -> Option<Opens> {
        opens(earlier, &self.manifest.tenant, &self.new.evidence)
    }
}

fn is_open(opens: &Opens, on: Date) -> bool {
    matches!(opens, Opens::On(day) if *day <= on)
}

/// Why a bundle that is whole cannot be used.
#[derive(Debug)]
pub enum Unread {
    /// Its policies are wrong.
    Wrong(Bundle, Vec<Diagnostic>),
    /// Its manifest says something else than its files.
    Differs(&'static str),
}

impl One {
    fn of(bundled: &Bundled, below: &str, tenant: &str, said: (u32, &str, &str)) -> Result<Self, Unread> {
        let own = |path: &str| bundled.files.get(&format!("{below}{path}"));
        let text = |content: &[u8]| String::from_utf8(content.to_vec()).map_err(|_| Unread::Differs("a text"));
        let mut bundle = Bundle::new();
        let is_layer = |path: &str| match FileKind::of(path)? {
            FileKind::Layer => Some(true),
            FileKind::Categories | FileKind::Treatments | FileKind::Schema => Some(false),
            FileKind::Evidence | FileKind::Lists | FileKind::Test => None,
        };
        // Words first: tenants of other layers then have them under the same numbers.
        for layers in [false, true] {
            for (path, content) in &bundled.files {
                let Some(path) = path.strip_prefix(below) else { continue };
                if is_layer(path) == Some(layers) {
                    bundle.add(path, text(content)?);
                }
            }
        }
        let path = format!("tenants/{tenant}.evidence.toml");
        let evidence = own(&path).map(|content| text(content)).transpose()?.map(|text| bundle.add(&path, text));
        let (library, mut problems) = Library::read(bundle);
        let mut evidence =
            evidence.and_then(|file| syntax::evidence(&library.bundle, file, &mut problems)).unwrap_or_default();
        library.verify(tenant, &mut evidence, &mut problems);
        if library.damage.is_some() || problems.iter().any(|problem| problem.severity == Severity::Error) {
            return Err(Unread::Wrong(library.bundle, problems));
        }
        let (revision, digest, made) = said;
        let Some(top) = library.layers.get(tenant) else { return Err(Unread::Differs("its tenant")) };
        if top.revision != revision {
            return Err(Unread::Differs("its revision"));
        }
        if evidence.tenant.as_ref().is_some_and(|own| own.value != tenant) {
            return Err(Unread::Differs("the tenant of its evidence"));
        }
        if library.rules_digest(tenant) != digest {
            return Err(Unread::Differs("the digest of its rules"));
        }
        let made: Date = made.parse().map_err(|_| Unread::Differs("its day"))?;
        // A release that starts later is looked at as it will hold.
        let made = top.in_force.as_ref().map_or(made, |day| day.value.max(made));
        let agreed = Agreed { revision: format!("{tenant}@{revision}"), digest: digest.to_owned() };
        Ok(Self { library: Arc::new(library), evidence, made, agreed })
    }

    fn consider(
        &self,
        ask: &Asked,
        policy: &str,
        with: &[Agreed],
    ) -> Result<(Plan, Vec<Diagnostic>, Vec<Closed>), Refused> {
        self.with_evidence(ask, policy, &self.evidence, with)
    }

    /// Its plan as of the day when it was made.
    fn then(&self, ask: &Asked, policy: &str, with: &[Agreed]) -> Result<Plan, Refused> {
        Ok(self.consider(&Asked { on: self.made, ..*ask }, policy, with)?.0)
    }

    fn with_evidence(
        &self,
        ask: &Asked,
        policy: &str,
        evidence: &Evidence,
        with: &[Agreed],
    ) -> Result<(Plan, Vec<Diagnostic>, Vec<Closed>), Refused> {
        let Asked { purpose, on, system, lists, exact } = *ask;
        let request = Request { policy, with: &[], purpose, on, system, evidence, lists, exact, lenient: false };
        consider_with(&self.library, &request, with)
            .map_err(|refusal| Refused { library: Some(self.library.clone()), refusal })
    }
}

/// Earlier releases together, of which the newest that cannot be joined with those behind it are left out: how many, and the plan. What one
/// of them narrowed stays narrow, though the release in front of it has to wait.
fn without_newest(
    all: &[&One],
    today: impl Fn(&One) -> Result<Plan, Refused>,
    then: impl Fn(&One) -> Result<Plan, Refused>,
) -> Result<(usize, Plan), Refused> {
    let mut from = 0;
    loop {
        let mut plan = Ok(today(all[from])?);
        for one in &all[from + 1..] {
            let behind = then(one)?;
            plan = plan.and_then(|plan| join(plan, behind));
        }
        // The last one is alone with itself.
        match plan {
            Ok(plan) => return Ok((from, plan)),
            Err(_) => from += 1,
        }
    }
}

/// The plan of a release for a purpose on a day.
///
/// # Errors
///
/// What is wrong, or what keeps it closed.
pub fn flow(read: &Read, ask: &Asked) -> Result<Flow, Refused> {
    let policy = read.manifest.tenant.as_str();
    let (mut plan, problems, mut closed) = read.new.consider(ask, policy, &[])?;
    let mut holding: Vec<(&Earlier, &One, Opens)> = Vec::new();
    for (about, one) in &read.earlier {
        holding.extend(read.opens(about).filter(|opens| !is_open(opens, ask.on)).map(|opens| (about, one, opens)));
    }
    // What only lacks the agreement on the new text stays open as far as an earlier one that was agreed.
    for (about, one) in read.earlier.iter().filter(|_| !closed.is_empty()) {
        let (_, _, still) = read.new.consider(ask, policy, std::slice::from_ref(&one.agreed))?;
        if still.is_empty() {
            closed = still;
            if !holding.iter().any(|(held, ..)| held.revision == about.revision) {
                holding.push((about, one, Opens::Agreed));
            }
            break;
        }
    }
    // All of them together show no more than each: what was agreed of one opens the gates of all.
    let agreed: Vec<_> = holding.iter().map(|(_, one, _)| &one.agreed).chain([&read.new.agreed]).cloned().collect();
    let mut held: Vec<Held> = Vec::new();
    let mut behind: Vec<&One> = Vec::new();
    for (about, one, opens) in holding {
        let name = || format!("{}@{}", policy, read.manifest.revision);
        let waits = |missing: String| {
            let help = format!("it opens with the release: {}@{} holds {opens}", policy, about.revision);
            Closed { name: name(), missing, help }
        };
        // Its gates ask today's evidence, its facts hold as they were answered then.
        let Ok((_, _, gates)) = one.with_evidence(ask, policy, &read.new.evidence, &agreed) else {
            closed.push(waits(format!("the purpose `{}` is new in this release", ask.purpose)));
            continue;
        };
        closed.extend(gates);
        behind.push(one);
        held.push(Held { revision: about.revision, opens, alone: None });
        match join(plan, one.then(ask, policy, &agreed)?) {
            Ok(joined) => plan = joined,
            Err(apart) => {
                let from;
                (from, plan) = without_newest(
                    &behind,
                    |one| Ok(one.consider(ask, policy, &agreed)?.0),
                    |one| one.then(ask, policy, &agreed),
                )?;
                behind.drain(..from);
                held.drain(..from);
                held.iter_mut().for_each(|one| one.alone = Some(apart.clone()));
            }
        }
    }
    if !closed.is_empty() {
        let all = std::mem::take(&mut closed);
        for gate in all {
            // Both releases may ask for the same.
            if !closed.contains(&gate) {
                closed.push(gate);
            }
        }
        let refusal = Refusal { problems, closed };
        return Err(Refused { library: Some(read.new.library.clone()), refusal });
    }
    for one in &held {
        let how = match &one.alone {
            None => "holds with it".to_owned(),
            Some(apart) => format!("holds alone ({apart})"),
        };
        plan.compiled().notes.push(format!("{policy}@{} {how} {}", one.revision, one.opens));
    }
    Ok(Flow { plan, held, problems })
}
