//! A comparison as a report, and as JSON.

use serde_json::{Value, json};

use super::super::explain::{cause_json, cause_lines};
use super::super::phrase::{Lang, Phrase};
use super::super::report::{Block, Mark, Report};
use super::{Compared, Difference, Tally, Topic, Verdict};

/// The report. `about`: what is compared, by name.
pub fn report(
    title: &str,
    about: &[(String, String)],
    compared: &[Compared],
    tally: Option<&Tally>,
    lang: Lang,
) -> Report {
    let mut report = Report::new(title);
    report.blocks.push(Block::Pairs(about.to_vec()));
    let widens = compared.iter().any(Compared::widens) || tally.is_some_and(Tally::widens);
    let (mark, text) = if widens { (Mark::Wide, Phrase::SomeWider) } else { (Mark::Plain, Phrase::NothingWider) };
    report.item(mark, text.text(lang), Vec::new());
    for one in compared {
        let system =
            one.system.as_ref().map(|system| format!(", {}: {system}", Phrase::System.text(lang))).unwrap_or_default();
        report.heading(2, format!("{}: {}{system}", Phrase::Purpose.text(lang), one.purpose));
        for difference in &one.differences {
            item(&mut report, difference, lang);
        }
        report.text(Phrase::Same.with(lang, &[&one.same.to_string()]));
    }
    if let Some(tally) = tally {
        sample(&mut report, tally, lang);
    }
    report.text(Phrase::Defaults.text(lang));
    report
}

fn item(report: &mut Report, difference: &Difference, lang: Lang) {
    let (mark, word) = match difference.verdict {
        Verdict::Wider => (Mark::Wide, Phrase::Wider),
        Verdict::Unclear => (Mark::Wide, Phrase::Unclear),
        Verdict::Narrower => (Mark::Tight, Phrase::Narrower),
        Verdict::Otherwise => (Mark::Plain, Phrase::Otherwise),
    };
    let what = format!("{}: {} {}", word.text(lang), topic(difference.topic).text(lang), difference.about);
    let mut lines = vec![
        format!("{}: {}", Phrase::Before.text(lang), difference.was),
        format!("{}: {}", Phrase::After.text(lang), difference.is),
    ];
    lines.extend(difference.causes.iter().flat_map(|cause| cause_lines(cause, cause.line, lang)));
    report.item(mark, what, lines);
}

fn sample(report: &mut Report, tally: &Tally, lang: Lang) {
    report.heading(2, format!("{}, {}: {}", Phrase::Sample.text(lang), Phrase::Purpose.text(lang), tally.purpose));
    let numbers = [tally.differing, tally.events].map(|number| number.to_string());
    report.text(Phrase::SampleDiffers.with(lang, &[&numbers[0], &numbers[1]]));
    for (count, phrase, mark) in
        [(tally.revived, Phrase::Revived, Mark::Wide), (tally.withheld, Phrase::NowWithheld, Mark::Tight)]
    {
        if count > 0 {
            report.item(mark, phrase.with(lang, &[&count.to_string()]), Vec::new());
        }
    }
    for (path, told) in &tally.fields {
        let parts =
            [(told.revealed, Phrase::Revealed), (told.lost, Phrase::Lost), (told.otherwise, Phrase::ChangedOtherwise)];
        let parts = parts.iter().filter(|(count, _)| *count > 0);
        let lines = parts.map(|(count, phrase)| phrase.with(lang, &[&count.to_string()])).collect();
        report.item(if told.revealed > 0 { Mark::Wide } else { Mark::Plain }, path.clone(), lines);
    }
}

fn topic(topic: Topic) -> Phrase {
    match topic {
        Topic::Purpose => Phrase::Purpose,
        Topic::Gate => Phrase::Gate,
        Topic::Fact => Phrase::Fact,
        Topic::Value => Phrase::Category,
        Topic::Event => Phrase::Withheld,
        Topic::Retention => Phrase::RetentionOf,
        Topic::Failure => Phrase::FailureOf,
        Topic::Guard => Phrase::Guard,
        Topic::List => Phrase::List,
        Topic::Detector => Phrase::OwnEntity,
        Topic::Plugin => Phrase::Plugin,
        Topic::Code => Phrase::Codes,
        Topic::Map => Phrase::SchemaMap,
        Topic::Recipient => Phrase::Recipient,
        Topic::Notice => Phrase::Notice,
    }
}

/// The same as JSON.
pub fn json(about: &[(String, String)], compared: &[Compared], tally: Option<&Tally>) -> Value {
    let difference = |one: &Difference| {
        let causes: Vec<_> = one.causes.iter().map(cause_json).collect();
        let verdict = format!("{:?}", one.verdict).to_lowercase();
        json!({ "verdict": verdict, "topic": format!("{:?}", one.topic).to_lowercase(), "about": one.about, "was": one.was,
            "is": one.is, "causes": causes })
    };
    let purposes = compared.iter().map(|one| {
        json!({ "purpose": one.purpose, "system": one.system, "same": one.same, "widens": one.widens(),
            "differences": one.differences.iter().map(difference).collect::<Vec<_>>() })
    });
    let sample = tally.map(|tally| {
        let fields = tally.fields.iter().map(|(path, told)| {
            json!({ "path": path, "revealed": told.revealed, "lost": told.lost, "otherwise": told.otherwise })
        });
        json!({ "purpose": tally.purpose, "events": tally.events, "differing": tally.differing, "revived": tally.revived, "withheld": tally.withheld,
            "fields": fields.collect::<Vec<_>>() })
    });
    let about: serde_json::Map<_, _> = about.iter().map(|(name, what)| (name.clone(), json!(what))).collect();
    json!({
        "compared": about, "widens": compared.iter().any(Compared::widens) || tally.is_some_and(Tally::widens),
        "purposes": purposes.collect::<Vec<_>>(), "sample": sample,
    })
}
