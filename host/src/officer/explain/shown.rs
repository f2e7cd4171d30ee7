//! An explained event as a report, and as JSON.

use serde_json::{Value, json};

use crate::event::Occurs;
use crate::policy::document::OnFailure;
use crate::policy::form::{Code, End, Form};
use crate::policy::{Library, Plan, Standing};

use super::super::condition::{clauses, role};
use super::super::decision::{Cause, Limit, Part, Say};
use super::super::phrase::{Lang, Phrase, standing};
use super::super::report::{Block, Mark, Report};
use super::{Account, Became, Ended, Explained, Meant, Otherwise, Plugins, Tool};

/// The report.
pub fn report(plan: &Plan, explained: &Explained, plugins: &Plugins, lang: Lang) -> Report {
    let mut report = Report::new(Phrase::Title.text(lang));
    scope(&mut report, plan, lang);
    report.heading(2, Phrase::Event.text(lang));
    let (mark, ended) = match explained.ended {
        Ended::Passed => (Mark::Plain, Phrase::Passed.text(lang).to_owned()),
        Ended::Suppressed => (Mark::Tight, Phrase::Suppressed.text(lang).to_owned()),
        Ended::Quarantined(reason) => (Mark::Wide, Phrase::Quarantined.with(lang, &[reason])),
        Ended::Stopped => (Mark::Wide, Phrase::Stopped.text(lang).to_owned()),
    };
    let mut lines = Vec::new();
    lines.extend(explained.schema.as_ref().map(|schema| format!("schema: {schema}")));
    for rule in &explained.withheld {
        lines.extend(cause_lines(&rule.cause, rule.cause.line, lang));
        lines.extend(when_line(clauses(&rule.when, rule.fact.as_deref(), &plan.library, lang), lang));
    }
    if !explained.found.is_empty() {
        lines.push(format!("{}: {}", Phrase::Detector.text(lang), explained.found.join(", ")));
    }
    report.item(mark, ended, lines);
    report.heading(2, Phrase::Retention.text(lang));
    asked(&mut report, explained, lang);
    report.heading(2, Phrase::Field.text(lang));
    for account in &explained.accounts {
        field(&mut report, plan, account, plugins, lang);
    }
    if explained.accounts.iter().all(|account| account.before.is_none()) {
        report.text(Phrase::Masks.text(lang));
    }
    report.text(Phrase::Defaults.text(lang));
    report
}

/// Which plan a report is about.
pub(super) fn scope(report: &mut Report, plan: &Plan, lang: Lang) {
    let scope = &plan.scope;
    let pair = |phrase: Phrase, what: String| (phrase.text(lang).to_owned(), what);
    let answered = plan.answered.iter().map(|(name, own)| format!("{name} ({})", standing(own, lang)));
    let answered = answered.collect::<Vec<_>>().join("; ");
    let evidence = Some(pair(Phrase::Evidence, answered)).filter(|(_, said)| !said.is_empty());
    let pairs = [
        pair(Phrase::Policy, scope.policy.clone()),
        pair(Phrase::Revision, scope.revision.to_string()),
        pair(Phrase::Purpose, scope.purpose.clone()),
        pair(Phrase::OnDay, scope.on.to_string()),
        pair(Phrase::RulesDigest, plan.rules_digest()),
    ];
    report.blocks.push(Block::Pairs(pairs.into_iter().chain(evidence).collect()));
}

fn asked(report: &mut Report, explained: &Explained, lang: Lang) {
    let (most, least) = &explained.asked;
    let said = [(Phrase::AtMost, most), (Phrase::AtLeast, least)];
    let said: Vec<_> = said.iter().filter_map(|(phrase, text)| Some(phrase.with(lang, &[text.as_ref()?]))).collect();
    let text = if said.is_empty() { Phrase::NoLimit.text(lang).to_owned() } else { said.join(", ") };
    let same = |own: &Option<(String, u32)>, text: &Option<String>| {
        own.as_ref().is_some_and(|(own, _)| Some(own) == text.as_ref())
    };
    let decides = |limit: &&Limit| same(&limit.at_most, most) || same(&limit.at_least, least);
    let lines =
        explained.limits.iter().filter(decides).flat_map(|limit| cause_lines(&limit.cause, limit.cause.line, lang));
    report.item(Mark::Plain, text, lines.collect());
}

fn field(report: &mut Report, plan: &Plan, account: &Account, plugins: &Plugins, lang: Lang) {
    let what = match account.occurs {
        Occurs::Key => format!("{} ({})", account.path, Phrase::Key.text(lang)),
        Occurs::Text => format!("{} ({})", account.path, Phrase::Text.text(lang)),
        Occurs::Part => format!("{} ({})", account.path, Phrase::PartOf.text(lang)),
        Occurs::Value => account.path.clone(),
    };
    let mark = if account.became == Became::Gone { Mark::Tight } else { Mark::Plain };
    let mut lines = vec![became(account, lang)];
    lines.extend(account.otherwise.as_ref().map(|why| otherwise(why, lang)));
    lines.extend(account.meant.iter().map(|meant| meant_line(meant, Some(&plan.library), lang)));
    for say in &account.says {
        lines.extend(say_lines(say, &plan.library, lang));
    }
    lines.extend(
        account.tools.iter().filter(|_| account.otherwise.is_none()).map(|tool| tool_line(*tool, plugins, lang)),
    );
    lines.extend(account.before.as_ref().map(|value| format!("{}: {value}", Phrase::Before.text(lang))));
    lines.extend(account.after.as_ref().map(|(path, value)| format!("{}: {path} = {value}", Phrase::After.text(lang))));
    report.item(mark, what, lines);
}

fn became(account: &Account, lang: Lang) -> String {
    match account.became {
        Became::Kept => Phrase::Kept.text(lang).to_owned(),
        Became::Gone if account.form.end == End::Forbid => Phrase::Forbidden.text(lang).to_owned(),
        Became::Gone => Phrase::Gone.text(lang).to_owned(),
        Became::Changed => {
            let how = how(&account.form, lang);
            let how = if how.is_empty() { vec![Phrase::Text.text(lang).to_owned()] } else { how };
            Phrase::Changed.with(lang, &[&how.join(", ")])
        }
    }
}

/// What a form does to a value that leaves, in words.
pub(crate) fn how(form: &Form, lang: Lang) -> Vec<String> {
    let mut how = Vec::new();
    if let End::Replace(_) = form.end {
        return vec![Phrase::Constant.text(lang).to_owned()];
    }
    if form.hide.whole.is_some() {
        return vec![Phrase::Hidden.text(lang).to_owned()];
    }
    for found in &form.hide.found {
        how.push(Phrase::HiddenInside.with(lang, &[&found.find.join(", ")]));
    }
    how.extend((!form.hide.mask.is_empty()).then(|| Phrase::Masked.text(lang).to_owned()));
    how.extend(form.hide.text.map(|most| Phrase::Cut.with(lang, &[&most.to_string()])));
    how.extend((!form.hide.plugins.is_empty()).then(|| Phrase::AnswerHidden.text(lang).to_owned()));
    let rung = form.rung().ok().flatten();
    how.extend(rung.map(|rung| Phrase::Coarser.with(lang, &[&rung.to_string()])));
    how.extend((!form.rewrite.is_empty()).then(|| Phrase::Rewritten.text(lang).to_owned()));
    how.extend(match form.code {
        Code::Clear => None,
        Code::Escrow => Some(Phrase::EscrowCode.text(lang).to_owned()),
        Code::Plain => Some(Phrase::Code.text(lang).to_owned()),
        Code::Random => Some(Phrase::RandomCode.text(lang).to_owned()),
    });
    how
}

fn otherwise(why: &Otherwise, lang: Lang) -> String {
    match why {
        Otherwise::Event => Phrase::ByEvent.text(lang).to_owned(),
        Otherwise::Unclassified => Phrase::Unclassified.text(lang).to_owned(),
        Otherwise::Undecided => Phrase::Undecided.text(lang).to_owned(),
        Otherwise::Key => Phrase::ByKey.text(lang).to_owned(),
        Otherwise::Guard => Phrase::ByGuard.text(lang).to_owned(),
        Otherwise::Failed(what) => Phrase::ByFailure.with(lang, &[failure(what)]),
        Otherwise::Nothing => Phrase::NothingToTreat.text(lang).to_owned(),
    }
}

pub(crate) fn failure(what: &OnFailure) -> &'static str {
    match what {
        OnFailure::Null => "null",
        OnFailure::Replace(_) => "replace",
        OnFailure::Drop => "drop",
        OnFailure::Quarantine => "quarantine",
        OnFailure::Stop => "stop",
    }
}

/// `id.email, E-mail address, of whoever acts (schemas/m365.toml:12)`.
pub(super) fn meant_line(meant: &Meant, library: Option<&Library>, lang: Lang) -> String {
    let role = role(meant.role, lang).map(|role| format!(", {role}")).unwrap_or_default();
    let at = meant.at.as_ref().map(|(file, line)| format!("  {file}:{line}")).unwrap_or_default();
    let title = library.and_then(|library| library.categories.title_in(lang.code(), &meant.name));
    format!("{}: {}, {}{role}{at}", Phrase::WhatItIs.text(lang), meant.name, title.unwrap_or(&meant.title))
}

/// What a rule says, where, why and by which law.
pub(super) fn say_lines(say: &Say, library: &Library, lang: Lang) -> Vec<String> {
    let what = match say.part {
        Part::Treats => {
            let treatments = say.treatments.iter();
            let said = treatments
                .map(|t| if t.says.is_empty() { t.name.clone() } else { format!("{}: {}", t.name, t.text(lang)) });
            said.collect::<Vec<_>>().join("; ")
        }
        Part::Plugin => Phrase::JoinsPlugin.text(lang).to_owned(),
        Part::Shows => Phrase::Shows.text(lang).to_owned(),
    };
    let mut lines = vec![format!("{}: {what}", say.cause.rule)];
    lines.extend(
        when_line(clauses(&say.when, say.fact.as_deref(), library, lang), lang).map(|when| format!("  {when}")),
    );
    lines.extend(cause_lines(&say.cause, say.line, lang).into_iter().skip(1).map(|line| format!("  {line}")));
    lines
}

pub(super) fn when_line(clauses: Vec<String>, lang: Lang) -> Option<String> {
    (!clauses.is_empty()).then(|| format!("{}: {}", Phrase::When.text(lang), clauses.join(Phrase::And.text(lang))))
}

/// Rule, place, reason, laws.
pub(crate) fn cause_lines(cause: &Cause, line: usize, lang: Lang) -> Vec<String> {
    let mut lines = vec![
        format!("{}: {}", Phrase::Rule.text(lang), cause.rule),
        format!("{}:{line}  ({})", cause.file, cause.title),
    ];
    if !cause.because.is_empty() {
        lines.push(format!("{}: {}", Phrase::Why.text(lang), cause.because));
    }
    for law in &cause.laws {
        let (sure, seen) = (Phrase::Sure.with(lang, &[&law.sure]), Phrase::Seen.with(lang, &[&law.seen]));
        let from = law
            .not_before
            .as_ref()
            .map(|day| format!(", {}", Phrase::NotBefore.with(lang, &[day])))
            .unwrap_or_default();
        lines.push(format!("{}: {}  ({sure}, {seen}{from})", Phrase::Law.text(lang), law.cite));
    }
    lines
}

fn tool_line(tool: Tool, plugins: &Plugins, lang: Lang) -> String {
    match plugins.of(tool) {
        Some(plugin) => format!("{}: {} {} {}", Phrase::Plugin.text(lang), plugin.name, plugin.version, plugin.digest),
        None => format!("{}: {}", Phrase::By.text(lang), Phrase::Host.text(lang)),
    }
}

/// The same as JSON.
pub fn json(plan: &Plan, explained: &Explained, plugins: &Plugins, lang: Lang) -> Value {
    let (outcome, reason) = match explained.ended {
        Ended::Passed => ("passed", None),
        Ended::Suppressed => ("suppressed", None),
        Ended::Quarantined(reason) => ("quarantined", Some(reason)),
        Ended::Stopped => ("stopped", None),
    };
    let withheld = explained.withheld.iter().map(|rule| {
        json!({ "cause": cause_json(&rule.cause), "when": clauses(&rule.when, rule.fact.as_deref(), &plan.library, lang) })
    });
    json!({
        "scope": scope_json(plan), "outcome": outcome, "reason": reason, "schema": explained.schema,
        "withheld-by": withheld.collect::<Vec<_>>(),
        "retention": { "at-most": explained.asked.0, "at-least": explained.asked.1 },
        "found": explained.found,
        "fields": explained.accounts.iter().map(|account| account_json(plan, account, plugins, lang)).collect::<Vec<_>>(),
    })
}

pub(super) fn scope_json(plan: &Plan) -> Value {
    let scope = &plan.scope;
    let answered = plan.answered.iter().map(|(name, own)| {
        let signed = match own {
            Standing::Signed(officers) => officers.as_slice(),
            Standing::Stated(_) => &[],
        };
        json!({ "evidence": name, "signed-by": signed, "standing": standing(own, Lang::En) })
    });
    json!({ "policy": scope.policy, "revision": scope.revision, "purpose": scope.purpose, "on": scope.on.to_string(),
        "rules-digest": plan.rules_digest(), "answered": answered.collect::<Vec<_>>() })
}

fn account_json(plan: &Plan, account: &Account, plugins: &Plugins, lang: Lang) -> Value {
    let occurs = match account.occurs {
        Occurs::Value => "value",
        Occurs::Text => "text",
        Occurs::Part => "part",
        Occurs::Key => "key",
    };
    let plugins = account.tools.iter().filter_map(|tool| plugins.of(*tool));
    let plugins = plugins.map(|p| json!({ "name": p.name, "version": p.version, "digest": p.digest }));
    json!({
        "path": account.path, "is": occurs, "became": account.became.word(),
        "how": if account.became == Became::Changed { how(&account.form, lang) } else { Vec::new() },
        "otherwise": account.otherwise.as_ref().map(|why| otherwise(why, lang)),
        "meant": account.meant.iter().map(|meant| meant_json(meant, lang)).collect::<Vec<_>>(),
        "rules": account.says.iter().map(|say| say_json(say, &plan.library, lang)).collect::<Vec<_>>(),
        "plugins": plugins.collect::<Vec<_>>(),
        "before": account.before, "after": account.after.as_ref().map(|(path, value)| json!({ "path": path, "value": value })),
    })
}

pub(super) fn meant_json(meant: &Meant, lang: Lang) -> Value {
    let at = meant.at.as_ref().map(|(file, line)| json!({ "file": file, "line": line }));
    json!({ "category": meant.name, "title": meant.title, "role": role(meant.role, lang), "at": at })
}

pub(super) fn say_json(say: &Say, library: &Library, lang: Lang) -> Value {
    let part = match say.part {
        Part::Treats => "treats",
        Part::Plugin => "plugin",
        Part::Shows => "shows",
    };
    let treatments = say.treatments.iter().map(|t| json!({ "name": t.name, "says": t.says }));
    json!({
        "cause": cause_json(&say.cause), "line": say.line, "part": part, "treatments": treatments.collect::<Vec<_>>(),
        "when": clauses(&say.when, say.fact.as_deref(), library, lang),
    })
}

pub(crate) fn cause_json(cause: &Cause) -> Value {
    let laws = cause.laws.iter().map(|law| {
        json!({ "name": law.name, "cite": law.cite, "sure": law.sure, "seen": law.seen, "not-before": law.not_before })
    });
    json!({ "rule": cause.rule, "layer": cause.layer, "title": cause.title, "file": cause.file, "line": cause.line,
        "because": cause.because, "laws": laws.collect::<Vec<_>>() })
}
