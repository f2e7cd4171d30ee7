//! What falls due: evidence, reviews, holds, decisions and officers' keys that end, laws that start, and by when people must be told before.

use jiff::ToSpan as _;
use serde_json::{Value, json};

use super::decision::Decisions;
use super::report::{Mark, Report};
use crate::policy::document::{Date, Evidence, Law, Layer, Reason, Span};
use crate::policy::release::{Manifest, Opens, opens};
use crate::policy::{Plan, fact_holds, in_force};

/// Of what kind something is that falls due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Evidence counts to this day.
    Evidence,
    /// A legal hold has to be looked at again.
    Hold,
    /// A decision between a floor and a cap counts to this day.
    Decision,
    /// An officer's key counts to this day.
    Officer,
    /// A law starts.
    Law,
    /// The policy starts.
    Policy,
    /// What a release widens opens.
    Opens,
    /// People must be told by this day.
    Tell,
    /// Somebody who knows the law has to look at a pack.
    Review,
}

impl Kind {
    /// As reports name it.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Evidence => "evidence",
            Kind::Hold => "hold",
            Kind::Decision => "decision",
            Kind::Officer => "officer",
            Kind::Law => "law",
            Kind::Policy => "policy",
            Kind::Opens => "opens",
            Kind::Tell => "tell",
            Kind::Review => "review",
        }
    }
}

/// Something that falls due.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Due {
    /// The last day, or the first of a law; `None`: it is due whenever.
    pub day: Option<Date>,
    /// Of what kind.
    pub kind: Kind,
    /// The policy it is about.
    pub policy: String,
    /// What: `[evidence.dpia] review-by`.
    pub what: String,
    /// What has to be done, or what follows.
    pub to_do: String,
    /// File and line.
    pub at: String,
}

impl Due {
    /// Whether the day was before another.
    pub fn is_over(&self, today: Date) -> bool {
        self.day.is_some_and(|day| day < today)
    }
}

/// What falls due up to a day, by day; what has none stands last. `plan`: compiled for today, or for the policy's first day if
/// that is later.
pub fn due(plan: &Plan, evidence: &Evidence, today: Date, until: Date) -> Vec<Due> {
    let finder = Finder { decisions: Decisions::new(plan), evidence, today };
    let mut found = Vec::new();
    finder.evidence(&mut found);
    finder.officers(&mut found);
    finder.laws(&mut found);
    finder.start(&mut found);
    finder.reviews(&mut found);
    found.retain(|due| due.day.is_none_or(|day| day <= until));
    found.sort_by_key(|due| (due.day.is_none(), due.day, due.kind, due.what.clone()));
    found.dedup();
    found
}

/// What of a release opens later, and who has to be told first. `at`: its bundle.
pub fn opening(release: &Manifest, evidence: &Evidence, at: &str, (today, until): (Date, Date)) -> Vec<Due> {
    let mut found = Vec::new();
    for earlier in &release.earlier {
        let name = |revision: u32| format!("{}@{revision}", release.tenant);
        let (now, by) = (name(earlier.revision), name(earlier.widened_by.unwrap_or(release.revision)));
        let due = |day, kind, what: String, to_do: String| Due {
            day,
            kind,
            policy: release.tenant.clone(),
            what,
            to_do,
            at: at.to_owned(),
        };
        match opens(earlier, &release.tenant, evidence) {
            Some(Opens::On(day)) if day > today && day <= until => {
                let to_do = format!("people were told; until then it stays as in {now}");
                found.push(due(Some(day), Kind::Opens, format!("what {by} widens opens"), to_do));
            }
            Some(Opens::Told(leads)) => {
                let all: Vec<_> = leads.iter().map(|lead| format!("{} ({} before)", lead.notice, lead.lead)).collect();
                let to_do = format!(
                    "tell people: {}; then write [told.NAME] with revision = \"{by}\" and the day into the evidence",
                    all.join(", ")
                );
                found.push(due(None, Kind::Tell, format!("what {by} widens stays as in {now}"), to_do));
            }
            _ => {}
        }
    }
    found
}

struct Finder<'p> {
    decisions: Decisions<'p>,
    evidence: &'p Evidence,
    today: Date,
}

impl<'p> Finder<'p> {
    fn layers(&self) -> &[&'p Layer] {
        self.decisions.layers()
    }

    fn due(&self, kind: Kind, day: Option<Date>, what: String, to_do: String, at: Span) -> Due {
        let plan = self.decisions.plan();
        let bundle = &plan.library.bundle;
        let at = format!("{}:{}", bundle.name(at.file), bundle.line_column(at).0);
        Due { day, kind, policy: plan.scope.policy.clone(), what, to_do, at }
    }

    fn evidence(&self, found: &mut Vec<Due>) {
        for (name, answer) in &self.evidence.answers {
            let gate = self.layers().iter().flat_map(|layer| &layer.gates).any(|gate| gate.name.value == *name);
            let then = if gate { "the gate closes after it" } else { "the fact counts as unknown after it" };
            for (key, day) in [("review-by", answer.review_by), ("ends-on", answer.ends_on)] {
                if day.is_some() {
                    let what = format!("[evidence.{name}] {key}");
                    let to_do = format!("look at it again, then write the new day; {then}");
                    found.push(self.due(Kind::Evidence, day, what, to_do, answer.span));
                }
            }
        }
        for hold in self.evidence.holds.iter().filter(|hold| hold.review_by.is_some()) {
            let (what, to_do) = (
                format!("[hold.{}] review-by", hold.name.value),
                "say whether the case is still open; until then it holds on",
            );
            found.push(self.due(Kind::Hold, hold.review_by, what, to_do.into(), hold.name.span));
        }
        for one in self.evidence.decisions.iter().filter(|one| one.until.is_some()) {
            let limits = one.between.iter().map(|limit| limit.value.as_str()).collect::<Vec<_>>().join(" and ");
            let to_do = format!("decide again between {limits}; without a decision there is no plan");
            let what = format!("[decision.{}] until", one.name.value);
            found.push(self.due(Kind::Decision, one.until, what, to_do, one.name.span));
        }
    }

    /// Laws that start later, what they bring, and by when people must be told before.
    /// Keys that will end. Those that did are nobody's to do: what they signed counts on.
    fn officers(&self, found: &mut Vec<Due>) {
        for layer in self.layers() {
            for (name, keys) in &layer.officers {
                let ends = keys.iter().map(|key| key.until).max_by_key(|until| until.unwrap_or(Date::MAX)).flatten();
                let to_do = "name the key that follows, where one does; signatures of a later day do not count";
                if let Some(day) = ends.filter(|day| *day >= self.today) {
                    let what = format!("[officers] {name} until");
                    found.push(self.due(Kind::Officer, Some(day), what, to_do.to_owned(), layer.id.span));
                }
            }
        }
    }

    fn laws(&self, found: &mut Vec<Due>) {
        for layer in self.layers() {
            for (name, law) in &layer.laws {
                let Some(from) = law.from.filter(|from| *from > self.today) else { continue };
                let brings = self.brings(name);
                let brings = if brings.is_empty() {
                    "nothing hangs on it".to_owned()
                } else {
                    format!("brings {}", brings.join(", "))
                };
                let what = format!("{} starts", law.cite.value);
                found.push(self.due(Kind::Law, Some(from), what, brings, law.cite.span));
                self.tell(name, law, from, found);
            }
        }
    }

    /// What a law brings that does not hold yet, as `layer.name`.
    fn brings(&self, law: &str) -> Vec<String> {
        let mut all = Vec::new();
        let cites = |reason: &Reason| self.waits(reason, law);
        for layer in self.layers() {
            let rules = layer.rules.iter().map(|one| ("rule", &one.name, &one.reason));
            let gates = layer.gates.iter().map(|one| ("gate", &one.name, &one.reason));
            let limits = layer.retention.iter().map(|one| ("retention", &one.name, &one.reason));
            let notices = layer.notices.iter().map(|one| ("notice", &one.name, &one.reason));
            let owed = layer.obligations.iter().map(|one| ("obligation", &one.name, &one.reason));
            let named = rules.chain(gates).chain(limits).chain(notices).chain(owed);
            let named = named.filter(|(_, _, reason)| cites(reason));
            all.extend(named.map(|(what, name, _)| format!("{what} {}.{}", layer.id.value, name.value)));
        }
        all
    }

    /// Whether something waits for a law: it cites it, and no other law makes it hold already.
    fn waits(&self, reason: &Reason, law: &str) -> bool {
        reason.cite.iter().any(|cite| cite.value == law) && !in_force(reason, self.layers(), self.today)
    }

    /// Notices that a law which starts later asks for.
    fn tell(&self, name: &str, law: &Law, from: Date, found: &mut Vec<Due>) {
        for layer in self.layers() {
            for notice in layer.notices.iter().filter(|one| self.waits(&one.reason, name)) {
                let day = from.checked_sub(i64::from(notice.lead.days).days()).ok();
                let what = format!("[notice.{}] of {}, for {}", notice.name.value, layer.title, law.cite.value);
                let to_do =
                    format!("{} ({} before)", notice.form.as_deref().unwrap_or("tell people"), notice.lead.text);
                found.push(self.due(Kind::Tell, day, what, to_do, notice.name.span));
            }
        }
    }

    /// A policy that starts later, and each notice that has to be given before.
    fn start(&self, found: &mut Vec<Due>) {
        let Some(layer) = self.layers().last() else { return };
        let Some(start) = layer.in_force.as_ref().filter(|day| day.value > self.today) else { return };
        let what = format!("{}@{} starts", layer.id.value, layer.revision);
        let to_do = "its gates have to be open and its notices given".to_owned();
        found.push(self.due(Kind::Policy, Some(start.value), what, to_do, start.span));
        let holds = |fact: &str| fact_holds(fact, self.layers(), self.evidence, start.value);
        for above in self.layers() {
            for notice in above.notices.iter().filter(|one| one.fact.as_ref().is_none_or(|fact| holds(fact))) {
                let day = start.value.checked_sub(i64::from(notice.lead.days).days()).ok();
                let what = format!("[notice.{}] of {}", notice.name.value, above.title);
                let to_do =
                    format!("{} ({} before)", notice.form.as_deref().unwrap_or("tell people"), notice.lead.text);
                found.push(self.due(Kind::Tell, day, what, to_do, notice.name.span));
            }
        }
    }

    fn reviews(&self, found: &mut Vec<Due>) {
        for layer in self.layers() {
            let Some(review) = layer.review.as_ref().filter(|review| review.by.value.is_empty()) else { continue };
            let law = review.law_as_of.map_or_else(|| "an unknown day".to_owned(), |day| day.to_string());
            let what = format!("[review] of {}", layer.title);
            let to_do = format!("nobody has reviewed it; the law is as of {law}");
            found.push(self.due(Kind::Review, None, what, to_do, review.by.span));
        }
    }
}

/// As people read it.
pub fn report(all: &[Due], today: Date, until: Date) -> Report {
    let mut report = Report::new(format!("What falls due up to {until}"));
    let parts: [(&str, Mark, &dyn Fn(&Due) -> bool); 3] = [
        ("Overdue", Mark::Wide, &|due| due.is_over(today)),
        ("Due", Mark::Plain, &|due| due.day.is_some() && !due.is_over(today)),
        ("Without a day", Mark::Plain, &|due| due.day.is_none()),
    ];
    for (title, mark, is_part) in parts {
        let part: Vec<_> = all.iter().filter(|due| is_part(due)).collect();
        if part.is_empty() {
            continue;
        }
        report.heading(2, title);
        for due in part {
            let day = due.day.map_or_else(String::new, |day| format!("{day}  "));
            let what = format!("{day}{}: {}", due.policy, due.what);
            report.item(mark, what, vec![due.to_do.clone(), due.at.clone()]);
        }
    }
    if all.is_empty() {
        report.text("Nothing falls due.");
    }
    report
}

/// The same as JSON.
pub fn json(all: &[Due], today: Date, until: Date) -> Value {
    let one = |due: &Due| {
        json!({ "day": due.day.map(|day| day.to_string()), "overdue": due.is_over(today), "kind": due.kind.word(),
            "policy": due.policy, "what": due.what, "to-do": due.to_do, "at": due.at })
    };
    json!({ "today": today.to_string(), "until": until.to_string(), "due": all.iter().map(one).collect::<Vec<_>>() })
}
