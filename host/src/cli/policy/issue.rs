//! What goes into a bundle, and what a release says of itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::edge::policies::{self, Folder};
use crate::officer::compare::{self, Compared, Verdict};
use crate::officer::explain::Purpose;
use crate::officer::notice::{self, Subject};
use crate::officer::phrase::{Lang, standing};
use crate::officer::report::{Block, Mark, Report};
use crate::policy::Library;
use crate::policy::document::{Date, SecretLists};
use crate::policy::release::{
    Asked, Bundled, Earlier, Flow, Lead, Manifest, Opens, Read, Refused as Refusing, flow, opens,
};
use crate::policy::syntax::{self, FileKind};

use super::super::load::{Refused, is_error};
use super::super::report::Written;
use super::{sides, unread};

/// What a bundle is made of.
pub(super) struct Draft {
    pub(super) bundle: Bundled,
    pub(super) compared: Vec<Compared>,
    pub(super) lists: SecretLists,
}

/// The files of a policy: the layers that hold for it, all words and maps, components of plugins, and its evidence.
pub(super) fn files(
    library: &Library,
    folder: &Folder,
    evidence: Option<&str>,
) -> Result<BTreeMap<String, Vec<u8>>, Refused> {
    let (bundle, policy) = (&library.bundle, &folder.policy);
    let mut files = BTreeMap::new();
    let is_word =
        |name: &str| matches!(FileKind::of(name), Some(FileKind::Categories | FileKind::Treatments | FileKind::Schema));
    let words = bundle.files().filter(|(_, name)| is_word(name)).map(|(file, _)| file);
    let layers = library.layers_of(policy);
    for file in layers.iter().map(|layer| layer.id.span.file).chain(words) {
        files.insert(bundle.name(file).to_owned(), bundle.text(file).as_bytes().to_vec());
    }
    for layer in &layers {
        for plugin in &layer.plugins {
            let below = Path::new(bundle.name(layer.id.span.file)).parent().unwrap_or(Path::new(""));
            let path = below.join(&plugin.component.value);
            let content = std::fs::read(folder.root.join(&path))
                .map_err(|error| Refused::wrong(format!("cannot read {}: {error}", path.display())))?;
            files.insert(path.display().to_string(), content);
        }
    }
    if let Some(text) = evidence {
        files.insert(format!("tenants/{policy}.evidence.toml"), text.as_bytes().to_vec());
    }
    Ok(files)
}

/// Words of secret lists that stand beside a policy, and digests of all its lists by file name.
pub(super) fn lists(folder: &Folder, named: Option<&Path>) -> Result<(SecretLists, Vec<(String, String)>), Refused> {
    let mut digests = Vec::new();
    let digest = |bytes: &[u8]| {
        let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        format!("sha256:{hex}")
    };
    let mut lists = SecretLists::default();
    if let Some((name, text)) = policies::beside(folder, named, "lists").map_err(Refused::wrong)? {
        digests.push((format!("{}.lists.toml", folder.policy), digest(text.as_bytes())));
        let (mut bundle, mut problems) = (syntax::Bundle::new(), Vec::new());
        let file = bundle.add_sealed(name, text);
        lists = syntax::lists(&bundle, file, &mut problems).unwrap_or_default();
        if problems.iter().any(is_error) {
            return Err(Refused::wrong(syntax::render(&bundle, &problems, false)));
        }
    }
    let beside = folder.file.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    for entry in std::fs::read_dir(beside).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_own = name.strip_suffix(".list").is_some_and(|stem| stem.split('.').next() == Some(&folder.policy));
        if is_own && let Ok(bytes) = std::fs::read(entry.path()) {
            digests.push((name, digest(&bytes)));
        }
    }
    digests.sort();
    Ok((lists, digests))
}

/// The release before, as one that may hold with the next; and those that still hold with it.
pub(super) fn earlier(before: &Bundled, files: &mut BTreeMap<String, Vec<u8>>, waiting: &[Earlier]) -> Vec<Earlier> {
    let Manifest { revision, digest, made, .. } = before.manifest.clone();
    let is_own = |path: &&String| !path.starts_with("earlier/") && (path.ends_with(".toml") || path.ends_with(".wasm"));
    for path in before.files.keys().filter(is_own) {
        files.insert(format!("earlier/{revision}/{path}"), before.files[path].clone());
    }
    for one in waiting {
        let below = format!("earlier/{}/", one.revision);
        let own = before.files.iter().filter(|(path, _)| path.starts_with(&below));
        files.extend(own.map(|(path, content)| (path.clone(), content.clone())));
    }
    let first = Earlier { revision, digest, made, widened_by: None, notices: Vec::new() };
    std::iter::once(first).chain(waiting.iter().cloned()).collect()
}

/// Notices that have to be given before anything wider opens.
fn leads(purposes: &[Purpose], read: &Read) -> Vec<Lead> {
    let owed = notice::notices(Subject { purposes, evidence: read.new_one().1 });
    let lead = |owed: notice::Owed<'_>| Lead {
        notice: format!("{}.{}", owed.layer.id.value, owed.notice.name.value),
        days: owed.notice.lead.days,
        lead: owed.notice.lead.text.clone(),
    };
    owed.into_iter().map(lead).collect()
}

/// Compares a draft with the release before, and writes into it what follows: whether it widens, what has to be told first, the
/// notice, and the differences.
pub(super) fn judged(mut bundle: Bundled, lists: SecretLists, on: Date) -> Result<Draft, Refused> {
    let read = Read::of(&bundle).map_err(unread)?;
    let new = sides::of(&read, &lists, on)?;
    let mut compared = Vec::new();
    bundle.manifest.widens = true;
    if let Some((_, library, evidence, made)) = read.before() {
        let old = sides::purposes(library, &read.manifest.tenant, (evidence, &lists), made)?;
        compared = sides::compared(&old, &new, &lists);
        bundle.manifest.widens = compared.iter().any(Compared::widens);
    }
    let (widens, revision) = (bundle.manifest.widens, bundle.manifest.revision);
    if let Some(first) = bundle.manifest.earlier.first_mut().filter(|_| widens) {
        (first.widened_by, first.notices) = (Some(revision), leads(&new, &read));
    }
    notice_of(&mut bundle, new, &lists, on)?;
    if read.before().is_some() {
        let report = compare::report("Differences", &[], &compared, None, Lang::En);
        bundle.files.insert("differences.md".into(), report.markdown().into_bytes());
    }
    Ok(Draft { bundle, compared, lists })
}

/// Writes the notice of a release into it. A purpose is told as closed only where nothing flows for it: what is agreed of an earlier
/// release keeps it open, as far as that one goes.
pub(super) fn notice_of(
    bundle: &mut Bundled,
    mut purposes: Vec<Purpose>,
    lists: &SecretLists,
    on: Date,
) -> Result<(), Refused> {
    let read = Read::of(bundle).map_err(unread)?;
    let open: Vec<_> = flows(&read, lists, on).into_iter().filter(|(_, flow)| flow.is_ok()).collect();
    for purpose in purposes.iter_mut().filter(|one| open.iter().any(|(name, _)| *name == one.name)) {
        purpose.closed.clear();
    }
    let subject = Subject { purposes: &purposes, evidence: read.new_one().1 };
    if let Some(notice) = notice::notice(subject, Lang::En) {
        bundle.files.insert("notice.md".into(), notice.report.markdown().into_bytes());
    }
    Ok(())
}

/// One purpose of a release on a day, in words.
pub(super) struct Status {
    pub(super) purpose: String,
    pub(super) is_open: bool,
    pub(super) says: Vec<String>,
}

/// The plans of a release on a day, by purpose.
fn flows(read: &Read, lists: &SecretLists, on: Date) -> Vec<(String, Result<Flow, Refusing>)> {
    let (library, _) = read.new_one();
    let tenant = &read.manifest.tenant;
    let on = sides::first_day(library, tenant, on);
    let allow = library.layers_of(tenant).into_iter().filter_map(|layer| layer.purposes.as_ref());
    let purposes: BTreeSet<_> = allow.flat_map(|(allow, _)| allow).map(|purpose| purpose.value.clone()).collect();
    let flow = |purpose: String| {
        let made = flow(read, &Asked { purpose: &purpose, on, system: None, lists, exact: None });
        (purpose, made)
    };
    purposes.into_iter().map(flow).collect()
}

/// Earlier releases that hold with a release on a day, for whatever purpose.
pub(super) fn holding(read: &Read, lists: &SecretLists, on: Date) -> BTreeSet<u32> {
    let open = flows(read, lists, on).into_iter().filter_map(|(_, flow)| flow.ok());
    open.flat_map(|flow| flow.held).map(|held| held.revision).collect()
}

/// What is open of a release on a day, purpose by purpose.
pub(super) fn statuses(read: &Read, lists: &SecretLists, on: Date) -> Vec<Status> {
    let tenant = &read.manifest.tenant;
    let status = |(purpose, flow): (String, Result<Flow, Refusing>)| match flow {
        Ok(flow) => {
            let held = flow.held.iter().map(|held| {
                let with = match &held.alone {
                    None => "what is wider stays as it was in".to_owned(),
                    Some(apart) => format!("as both cannot be joined ({apart}), nothing changes yet: it stays"),
                };
                format!("{with} {tenant}@{}, {}", held.revision, held.opens)
            });
            Status { is_open: true, says: held.collect(), purpose }
        }
        Err(refused) => {
            let closed = refused.refusal.closed.iter().filter(|closed| !closed.name.ends_with(".purposes"));
            let says = closed.map(|closed| format!("{}: {}; {}", closed.name, closed.missing, closed.help)).collect();
            Status { is_open: false, says, purpose }
        }
    };
    // A purpose that some layer does not allow is none of this policy.
    let all = flows(read, lists, on).into_iter().map(status);
    all.filter(|status| status.is_open || !status.says.is_empty()).collect()
}

/// How many differences are of some verdicts.
pub(super) fn count(compared: &[Compared], is: impl Fn(Verdict) -> bool) -> usize {
    let mut told: Vec<_> = compared.iter().flat_map(|one| &one.differences).filter(|one| is(one.verdict)).collect();
    told.sort_by_key(|one| (one.topic, one.about.clone(), one.was.clone(), one.is.clone()));
    told.dedup();
    told.len()
}

/// What a bundle is and what of it is open when, as a report.
pub(super) fn write(
    written: &Written,
    draft: (&Manifest, &[Compared]),
    (about, statuses): (Vec<(String, String)>, &[Status]),
) -> Result<super::Exit, Refused> {
    let (manifest, compared) = draft;
    let title = format!("{}, evidence {}", manifest.name(), manifest.evidence);
    let mut report = match compared {
        // Nothing was compared.
        [] => {
            let mut report = Report::new(title);
            report.blocks.push(Block::Pairs(about.clone()));
            report
        }
        _ => compare::report(&title, &about, compared, None, written.lang()),
    };
    report.heading(2, "What is open");
    for status in statuses {
        let (mark, is) = if status.is_open { (Mark::Plain, "open") } else { (Mark::Tight, "closed") };
        report.item(mark, format!("{}: {is}", status.purpose), status.says.clone());
    }
    Ok(written.write(&report, || {
        let status = |one: &Status| {
            serde_json::json!({ "purpose": one.purpose, "open": one.is_open, "says": one.says })
        };
        serde_json::json!({
            "release": manifest.name(), "evidence": manifest.evidence, "digest": manifest.digest, "widens": manifest.widens,
            "earlier": manifest.earlier, "about": about.iter().cloned().collect::<BTreeMap<_, _>>(),
            "purposes": statuses.iter().map(status).collect::<Vec<_>>(),
            "compared": compare::json(&about, compared, None),
        })
    }))
}

/// What its evidence says, and who stands behind each entry.
pub(super) fn evidence(read: &Read) -> Option<(String, String)> {
    let (_, evidence) = read.new_one();
    let entries = evidence.entries.keys();
    let said: Vec<_> =
        entries.map(|name| format!("{name} ({})", standing(&evidence.standing(name), Lang::En))).collect();
    (!said.is_empty()).then(|| ("Evidence".to_owned(), said.join("; ")))
}

/// When what is wider opens, as a sentence; `None`: nothing is wider.
pub(super) fn when(manifest: &Manifest, read: &Read) -> Option<String> {
    let first = manifest.earlier.first()?;
    let told = format!("[told.NAME] revision = \"{}\", on = YYYY-MM-DD", manifest.name());
    Some(match opens(first, &manifest.tenant, read.new_one().1)? {
        Opens::On(day) if day == Date::MIN => "at once: no law in its chain asks that anybody is told first".to_owned(),
        Opens::On(day) => format!("on {day}"),
        opens => format!("{opens}; then write {told} into the evidence, and write the bundle anew"),
    })
}
