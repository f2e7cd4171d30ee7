//! Evidence is an input, not a layer: facts and gates ask, evidence answers, unanswered means strictest.

use super::chain::in_force;
use super::diagnostic::Diagnostic;
use super::document::{Answer, Date, Evidence, Fact, Gate, Layer, List, Reason, SecretLists, Text};
use super::standing::Standing;
use super::syntax::{BY, TYPED};

/// Why nothing flows, and what would open it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// `layer.name` of the gate or list.
    pub name: String,
    /// What is missing, as a sentence.
    pub missing: String,
    /// What to supply, and where.
    pub help: String,
}

/// What an agreement can be about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// `tenant@revision`.
    pub revision: String,
    /// The digest of its rules.
    pub digest: String,
}

/// What a tenant has signed and answered, on a day, for a purpose.
pub(super) struct Answers<'a> {
    pub(super) evidence: &'a Evidence,
    pub(super) lists: &'a SecretLists,
    pub(super) on: Date,
    pub(super) purpose: &'a str,
    /// `tenant@revision` that is being compiled.
    pub(super) revision: String,
    /// The digest of the rules that are being compiled.
    pub(super) digest: &'a dyn Fn() -> String,
    /// Earlier releases that hold with it: it shows no more than they do, so what was agreed of them opens it too.
    pub(super) with: &'a [Agreed],
    /// The layers that hold.
    pub(super) layers: &'a [&'a Layer],
    /// Tests need not give what a gate asks for; what they give counts.
    pub(super) lenient: bool,
}

/// The last day of an answer that is over, as it stands there.
fn over(answer: &Answer, on: Date) -> Option<String> {
    let days = [("review-by", answer.review_by), ("ends-on", answer.ends_on)];
    let over = days.into_iter().find_map(|(key, day)| Some((key, day.filter(|day| *day < on)?)));
    over.map(|(key, day)| format!("{key} = {day}"))
}

/// Whether a fact holds on a day: as answered, else as the layer says of the unknown. Several layers may ask for the same fact:
/// then the strictest holds, and what hangs on the fact applies where one of them says so.
pub fn fact_holds(name: &str, layers: &[&Layer], evidence: &Evidence, on: Date) -> bool {
    let current = evidence.answers.get(name).filter(|answer| over(answer, on).is_none());
    let asked = || layers.iter().flat_map(|layer| &layer.facts).filter(|fact| fact.name.value == name);
    current.and_then(|answer| answer.answer).unwrap_or_else(|| asked().any(|fact: &Fact| fact.unknown))
}

impl Answers<'_> {
    /// The answer of that name, if it still counts.
    fn current(&self, name: &str) -> Option<&Answer> {
        self.evidence.answers.get(name).filter(|answer| self.over(answer).is_none())
    }

    fn over(&self, answer: &Answer) -> Option<String> {
        over(answer, self.on)
    }

    /// What the evidence says and nobody would notice: answers that are over, and digests that compare nothing yet.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for (name, answer) in &self.evidence.answers {
            let is_fact = self.layers.iter().flat_map(|l| &l.facts).any(|fact| fact.name.value == *name);
            if let Some(day) = self.over(answer).filter(|_| is_fact) {
                notes.push(format!("[evidence.{name}] counts as absent since its last day: {day}"));
            }
            if answer.digest_is_open {
                notes.push(format!(
                    "[evidence.{name}] agreed-digest holds only its place, so no change of the rules closes the gate: write the \
                     rules-digest that was agreed there"
                ));
            }
        }
        notes
    }

    /// Answers that count and that a gate before this purpose, or a fact, asks for: who stands behind each.
    pub(super) fn standing(&self) -> Vec<(String, Standing)> {
        let names = self.evidence.answers.keys().filter(|name| {
            let before =
                |gate: &Gate| gate.purposes.is_empty() || gate.purposes.iter().any(|p| p.value == self.purpose);
            let is_fact = self.layers.iter().flat_map(|l| &l.facts).any(|fact| fact.name.value == **name);
            is_fact || self.gates(name).any(|(_, gate)| before(gate))
        });
        let counts = names.filter(|name| self.evidence.answers.get(*name).is_some_and(|one| self.over(one).is_none()));
        counts.map(|name| (name.clone(), self.evidence.standing(&format!("evidence.{name}")))).collect()
    }

    /// See [`fact_holds`].
    pub(super) fn fact(&self, name: &str) -> bool {
        fact_holds(name, self.layers, self.evidence, self.on)
    }

    /// Whether what hangs on a fact and on laws applies: the fact holds, and the laws have started.
    pub(super) fn applies(&self, fact: Option<&Text>, reason: &Reason) -> bool {
        fact.is_none_or(|fact| self.fact(fact)) && in_force(reason, self.layers, self.on)
    }

    /// Why a gate is closed, if it is.
    pub(super) fn gate(&self, layer: &Layer, gate: &Gate) -> Option<Closed> {
        let stands_before = gate.purposes.is_empty() || gate.purposes.iter().any(|p| p.value == self.purpose);
        if !stands_before || !self.applies(gate.fact.as_ref(), &gate.reason) || gate.or.iter().any(|or| self.opens(or))
        {
            return None;
        }
        let mut closed = self.lacks(layer, gate)?;
        closed.help.extend(gate.or.iter().map(|or| self.alternative(or)));
        Some(closed)
    }

    /// Whether an alternative opens a gate: a fact that was answered with yes (what is unknown never opens anything), or
    /// evidence that every gate of that name would take.
    fn opens(&self, other: &Text) -> bool {
        let mut gates = self.gates(&other.value).peekable();
        match gates.peek() {
            Some(_) => gates.all(|(layer, gate)| self.lacks(layer, gate).is_none()),
            None => self.current(other).and_then(|answer| answer.answer) == Some(true),
        }
    }

    fn gates(&self, name: &str) -> impl Iterator<Item = (&Layer, &Gate)> {
        let all = self.layers.iter().flat_map(|layer| layer.gates.iter().map(move |gate| (*layer, gate)));
        all.filter(move |(_, gate)| gate.name.value == name)
    }

    /// What would open a gate as well, as help says it.
    fn alternative(&self, other: &Text) -> String {
        if self.gates(&other.value).next().is_some() {
            return format!(", or [evidence.{}]", other.value);
        }
        let question = self.layers.iter().flat_map(|l| &l.facts).find(|f| f.name.value == other.value);
        format!(", or answer \"yes\" under [evidence.{}]: {}", other.value, question.map_or("", |f| f.ask.as_str()))
    }

    /// What the evidence of a gate lacks, whatever else may open it.
    fn lacks(&self, layer: &Layer, gate: &Gate) -> Option<Closed> {
        let name = &gate.name.value;
        let closed =
            |missing: String, help: String| Some(Closed { name: format!("{}.{name}", layer.id.value), missing, help });
        let keys = || gate.ask.iter().map(|k| k.value.as_str()).collect::<Vec<_>>().join(", ");
        let Some(answer) = self.current(name) else {
            return match self.evidence.answers.get(name).and_then(|answer| self.over(answer)) {
                Some(day) => {
                    let key = day.split(' ').next().unwrap_or_default();
                    closed(
                        format!("the evidence is past its last day: {day} in [evidence.{name}]"),
                        format!("have it looked at again, then write the new {key}"),
                    )
                }
                None => closed("there is no evidence".into(), format!("write [evidence.{name}] with {}", keys())),
            };
        };
        if let Some(covers) = answer.covers.as_ref().filter(|c| !c.iter().any(|p| p.value == self.purpose)) {
            let covered = covers.iter().map(|p| p.value.as_str()).collect::<Vec<_>>().join(", ");
            return closed(
                format!("the evidence covers {covered}, not {}", self.purpose),
                format!("[evidence.{name}] covers = [… \"{}\"], once it is agreed", self.purpose),
            );
        }
        let is_absent = |key: &&Text| !self.lenient && !answer.given.contains(&key.value);
        let absent: Vec<_> = gate.ask.iter().filter(is_absent).map(|key| key.value.clone()).collect();
        if !absent.is_empty() {
            let asks = |key: &str| absent.iter().any(|own| own == key);
            let mut help = format!("add it to [evidence.{name}]");
            if asks("agreed-digest") {
                help.push_str(&format!(" (these rules: agreed-digest = \"{}\")", (self.digest)()));
            }
            if asks("signature") {
                help.push_str(&format!(" (tamis policy sign NAME.evidence.toml --entry evidence.{name})"));
            }
            return closed(format!("the evidence lacks {}", absent.join(", ")), help);
        }
        if let Some((wrong, help)) = self.means_nothing(gate, answer) {
            return closed(wrong, format!("{help} in [evidence.{name}]"));
        }
        if self.with.iter().any(|other| is_about(answer, other)) || self.lenient && self.is_of_another(answer) {
            return None;
        }
        if let Some(agreed) = answer.agreed_revision.as_ref().filter(|agreed| agreed.value != self.revision) {
            return closed(
                format!("`{}` was agreed, this is `{}`", agreed.value, self.revision),
                format!("have the new revision agreed, then change agreed-revision in [evidence.{name}]"),
            );
        }
        let agreed = answer.agreed_digest.as_ref()?;
        let digest = (self.digest)();
        if agreed.value == digest {
            return None;
        }
        closed(
            format!("rules of the digest {} were agreed, these are of {digest}", agreed.value),
            format!(
                "put back the files that were agreed; or have the changes agreed, then write agreed-digest = \"{digest}\" in \
                 [evidence.{name}]"
            ),
        )
    }

    /// What is given to a gate and does not say what the key asks for: the first, and how to mend it.
    fn means_nothing(&self, gate: &Gate, answer: &Answer) -> Option<(String, String)> {
        let said = |key: &str| answer.said.iter().find(|(own, _)| own == key).map(|(_, said)| said.as_str());
        for key in gate.ask.iter().map(|key| key.value.as_str()) {
            let Some(said) = said(key) else { continue };
            if is_day(key) {
                match day(said) {
                    Err(_) => {
                        return Some((
                            format!("`{key}` is no day"),
                            format!("write {key} = YYYY-MM-DD, without quotes,"),
                        ));
                    }
                    Ok(day) if day > self.on => {
                        return Some((
                            format!("`{key}` lies ahead: {day}"),
                            format!("the gate opens on {key}, or correct it"),
                        ));
                    }
                    Ok(_) => {}
                }
            } else if SAY_NOTHING.contains(&said.to_lowercase().as_str()) {
                return Some((format!("`{key}` says nothing"), format!("write what is asked for under {key}")));
            } else if is_person(key) && !names(said) {
                return Some((format!("`{key}` names nobody"), format!("say who it is under {key}")));
            }
        }
        let asks = |wanted: &str| gate.ask.iter().any(|key| key.value == wanted).then(|| said(wanted)).flatten();
        asks("approved-by").zip(asks("second-approver"))?;
        let plain = |who: &String| who.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        let people = |wanted: &str| {
            let parts = answer.parts.iter().filter(|(key, _)| key == wanted);
            parts.flat_map(|(_, parts)| parts).map(plain).collect::<Vec<_>>()
        };
        let first = people("approved-by");
        people("second-approver").iter().any(|who| first.contains(who)).then(|| {
            let wrong = "the second approver is the first: two people have to agree".to_owned();
            (wrong, "name somebody else under second-approver".to_owned())
        })
    }

    /// Whether an agreement names another policy than the one that is compiled: tests of packs borrow a tenant's evidence.
    fn is_of_another(&self, answer: &Answer) -> bool {
        let policy = |revision: &str| revision.split('@').next().unwrap_or_default().to_owned();
        answer.agreed_revision.as_ref().is_some_and(|agreed| policy(agreed) != policy(&self.revision))
    }

    /// The words of a list, and why nothing flows without them.
    pub(super) fn words(&self, layer: &Layer, list: &List) -> (Vec<String>, Option<Closed>) {
        let own = list.words.iter().map(|w| w.value.clone());
        let secret = self.evidence_words(&list.name.value);
        let words: Vec<_> = own.chain(secret).collect();
        let closed = (words.is_empty() && list.closed_if_empty).then(|| Closed {
            name: format!("{}.{}", layer.id.value, list.name.value),
            missing: "the list is empty".into(),
            help: format!(
                "put [list.{}] words = [\"…\"] into NAME.lists.toml beside the tenant, or where `--lists` or [policy] evidence says (held by: {})",
                list.name.value,
                list.held_by.as_deref().unwrap_or("not said"),
            ),
        });
        (words, closed)
    }

    /// The words of a list that stand apart, sealed: not those that its layer says openly.
    pub(super) fn sealed(&self, list: &List) -> impl Iterator<Item = String> + '_ {
        self.evidence_words(&list.name.value)
    }

    fn evidence_words(&self, name: &str) -> impl Iterator<Item = String> + '_ {
        self.lists.lists.get(name).into_iter().flatten().map(|w| w.value.clone())
    }
}

/// Whether what a gate asks for under a key is the day on which something came to be.
fn is_day(key: &str) -> bool {
    !matches!(key, "ends-on" | "based-on")
        && (matches!(key, "date" | "since") || key.ends_with("-on") || key.ends_with("-since"))
}

/// A day; a time may stand behind it.
fn day(said: &str) -> Result<Date, impl Sized> {
    let (day, rest) = said.split_at_checked(10).unwrap_or((said, ""));
    let is_time =
        rest.is_empty() || rest.starts_with(['T', 't', ' ']) && rest[1..].starts_with(|c: char| c.is_ascii_digit());
    if is_time { day.parse::<Date>() } else { said.parse::<Date>() }
}

/// Whether a key says something although no gate asks for it: of the answer itself, or why it stands there.
fn is_understood(key: &str) -> bool {
    TYPED.contains(&key) || BY.contains(&key) || matches!(key, "why" | "on" | "note")
}

/// What stands where somebody has yet to write something.
const SAY_NOTHING: [&str; 9] = ["-", "–", "?", "…", "...", "n/a", "tbd", "todo", "xxx"];

/// Whether a text may be somebody's name, or the number of one of a staff.
fn names(said: &str) -> bool {
    !matches!(said, "true" | "false")
        && (said.chars().any(char::is_alphabetic) || said.chars().filter(char::is_ascii_digit).count() > 2)
}

/// Whether it is somebody's name.
fn is_person(key: &str) -> bool {
    key.ends_with("-by") || key == "second-approver"
}

/// Whether an answer says that something was agreed, and that it is this.
fn is_about(answer: &Answer, of: &Agreed) -> bool {
    let (revision, digest) = (answer.agreed_revision.as_ref(), answer.agreed_digest.as_ref());
    (revision.is_some() || digest.is_some())
        && revision.is_none_or(|agreed| agreed.value == of.revision)
        && digest.is_none_or(|agreed| agreed.value == of.digest)
}

/// Gates and facts that the evidence answers but nobody asks: a slip of the pen that would keep something closed.
pub(super) fn unasked(evidence: &Evidence, layers: &[&Layer], problems: &mut Vec<Diagnostic>) {
    for (name, answer) in &evidence.answers {
        let gates = layers.iter().flat_map(|l| &l.gates).any(|g| g.name.value == *name);
        let facts = layers.iter().flat_map(|l| &l.facts).any(|f| f.name.value == *name);
        if !gates && !facts {
            problems.push(
                Diagnostic::warning(
                    "P0401",
                    format!("nobody asks for `{name}`"),
                    answer.span,
                    "no gate or fact of this name holds here",
                )
                .help("leave it, if a law that asks for it was switched off; else correct the name"),
            );
        }
        let gates = layers.iter().flat_map(|l| &l.gates).filter(|g| g.name.value == *name);
        let asked: Vec<_> = gates.flat_map(|g| &g.ask).map(|key| key.value.as_str()).collect();
        // A text is a remark. A day, a yes or a no looks as if it opened or closed something.
        let acts = |said: &str| day(said).is_ok() || matches!(said, "true" | "false");
        let idle = |(key, said): &&(String, String)| {
            !asked.is_empty() && acts(said) && !asked.contains(&key.as_str()) && !is_understood(key)
        };
        for (key, _) in answer.said.iter().filter(idle) {
            let message = format!("nobody asks for `{key}` of `{name}`: it changes nothing");
            let help = format!("asked for: {}; its last day is `review-by` or `ends-on`", asked.join(", "));
            problems.push(Diagnostic::warning("P0401", message, answer.span, "").help(help));
        }
    }
}
