//! Who stands behind an entry of evidence: officers who signed it, or whoever it says.
//!
//! INVARIANT: a signature that is not of its entry, or of a key that the policy does not name for who is said to have signed, or that
//! is later than the last day of the key, is an error: there is no plan, so that nothing opens by it.
//!
//! A signature says its own day. Who has a key can date a signature back: `until` is for officers who left, a key that was stolen is taken out.

use std::collections::BTreeMap;

use super::diagnostic::Diagnostic;
use super::document::{Date, Entry, Evidence, Layer, OfficerKey, Text};
use super::key::{Key, Public};
use super::library::Library;

/// Who stands behind an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// These officers signed it; each was held against the key that the policy names.
    Signed(Vec<String>),
    /// It says so, and nobody signed. `None`: it says nothing of it.
    Stated(Option<String>),
}

impl Entry {
    /// What an officer signs on a day.
    fn signed(&self, officer: &str, on: Date) -> Vec<u8> {
        let mut signed = format!("tamis-evidence 1\0{officer}\0{on}\0").into_bytes();
        signed.extend(self.digest);
        signed
    }

    /// Signs it: the day and, behind a blank, the signature as Base64.
    pub fn sign(&self, key: &Key, officer: &str, on: Date) -> String {
        format!("{on} {}", key.sign(&self.signed(officer, on)))
    }

    /// The day of a signature of it by this key; `None`: it is none.
    fn signed_on(&self, key: &Public, officer: &str, signature: &str) -> Option<Date> {
        let (on, signature) = signature.split_once(' ')?;
        let on = on.parse().ok()?;
        key.has_signed(&self.signed(officer, on), signature).then_some(on)
    }
}

/// The officers whose signatures are of an entry; all others are told.
fn signers(name: &str, entry: &Entry, layers: &[&Layer], problems: &mut Vec<Diagnostic>) -> Vec<String> {
    let mut signers = Vec::new();
    for (officer, signature) in &entry.signatures {
        let keys = layers.iter().filter_map(|layer| layer.officers.get(&officer.value)).flatten();
        let keys: Vec<&OfficerKey> = keys.collect();
        let signed = keys.iter().filter_map(|own| Some((own, entry.signed_on(&own.key, officer, signature)?)));
        let signed: Vec<_> = signed.collect();
        if keys.is_empty() {
            problems.push(stranger(name, officer, layers));
        } else if signed.iter().any(|(own, on)| own.until.is_none_or(|until| *on <= until)) {
            signers.push(officer.value.clone());
        } else if let Some((OfficerKey { until: Some(until), .. }, on)) = signed.first() {
            let message = format!("`{}` signed on {on}, and the key ended on {until}", officer.value);
            let help =
                format!("have it read and signed by somebody who is an officer now: tamis policy sign --entry {name}");
            problems
                .push(Diagnostic::error("P0411", message, signature.span, "").and(entry.at, "this entry").help(help));
        } else {
            let message = format!("the signature of `{}` is not of this entry", officer.value);
            let help = format!(
                "the entry was changed after it was signed, or another key signed it: have it read and signed again with \
                 `tamis policy sign NAME.evidence.toml --entry {name}`"
            );
            let problem = Diagnostic::error("P0409", message, signature.span, "");
            problems.push(problem.and(entry.at, "this entry").help(help));
        }
    }
    signers
}

fn stranger(name: &str, officer: &Text, layers: &[&Layer]) -> Diagnostic {
    let known = layers.iter().flat_map(|layer| layer.officers.keys()).map(String::as_str);
    let message = format!("the policy names no key of `{}`, who signed `{name}`", officer.value);
    let help = match super::near(&officer.value, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write [officers] \"NAME\" = \"PUBLIC KEY\" into the tenant's policy, with `until` if the officer left; or take the \
                 signature out"
            .to_owned(),
    };
    Diagnostic::error("P0408", message, officer.span, "").help(help)
}

/// Who signed which entry. What was held against keys before stays as it was found.
pub(super) fn signed(
    evidence: &Evidence,
    layers: &[&Layer],
    problems: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Vec<String>> {
    evidence.signed.clone().unwrap_or_else(|| {
        let all = evidence.entries.iter().filter(|(_, entry)| !entry.signatures.is_empty());
        all.map(|(name, entry)| (name.clone(), signers(name, entry, layers, problems))).collect()
    })
}

impl Library {
    /// Holds the signatures of a policy's evidence against the keys that its layers name. What is wrong with them is an error.
    pub fn verify(&self, policy: &str, evidence: &mut Evidence, problems: &mut Vec<Diagnostic>) {
        // A policy with a mistake is refused anyway, and the mistake may be in a key.
        if self.damage.is_none() && self.layers.contains_key(policy) {
            evidence.signed = Some(signed(evidence, &self.layers_of(policy), problems));
        }
    }
}

impl Evidence {
    /// Who stands behind an entry (`evidence.works-agreement`).
    pub fn standing(&self, entry: &str) -> Standing {
        let signed = self.signed.as_ref().and_then(|signed| signed.get(entry)).filter(|all| !all.is_empty());
        if let Some(all) = signed {
            return Standing::Signed(all.clone());
        }
        Standing::Stated(self.entries.get(entry).and_then(|entry| entry.by.clone()))
    }
}
