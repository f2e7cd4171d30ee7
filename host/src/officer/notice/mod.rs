//! What people are told: which values are recorded, what becomes of them, who gets them and for how long.
//!
//! INVARIANT (no free text about treatments): every row follows from compiled plans; the sentences are those of the treatments
//! that rules name. What a policy does not know is a gap: it is marked where it is missing, and listed.

mod laws;
mod matrix;
mod people;
mod record;
mod rows;
mod since;
mod table;
mod treated;
mod words;

use super::decision::Decisions;
use super::explain::Purpose;
use super::phrase::Lang;
use super::report::{Mark, Report};
use crate::policy::Plan;
use crate::policy::document::{Evidence, Layer, Slot};

pub use laws::{Owed, notices};
pub use matrix::{matrix, svg};
pub use record::{dpia, record};
pub use rows::{Row, Scope, Times, Told, rows};
pub use since::since;
pub use treated::Treated;
use words::Word;
pub(super) use words::slot;

/// What a notice is about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// What the policy decides, by purpose and system, as if everything were open.
    pub purposes: &'a [Purpose],
    /// What was signed and answered.
    pub evidence: &'a Evidence,
}

/// A notice.
#[derive(Debug)]
pub struct Notice {
    /// It, as people read it.
    pub report: Report,
    /// What becomes of each category: every row, also of what is never passed on.
    pub rows: Vec<Row>,
    /// What the policy does not know.
    pub gaps: Vec<Gap>,
}

/// Something that has to be told and that the policy does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// What is missing.
    pub slot: Slot,
    /// What it is about, if it is about one of several: a recipient, a purpose.
    pub about: Option<String>,
    /// Laws that ask for it; empty: every notice has it.
    pub asked_by: Vec<String>,
    /// How to mend it.
    pub mend: String,
}

impl Gap {
    /// What is missing, in words.
    pub fn text(&self, lang: Lang) -> String {
        let slot = words::slot(self.slot, lang);
        self.about.as_ref().map_or_else(|| slot.to_owned(), |about| format!("{slot}: {about}"))
    }
}

/// A notice that is being written.
struct Writer<'a> {
    subject: Subject<'a>,
    lang: Lang,
    /// Of each purpose and system that has a plan.
    decided: Vec<(&'a Purpose, Decisions<'a>)>,
    rows: Vec<Row>,
    owed: Vec<Owed<'a>>,
    gaps: Vec<Gap>,
    report: Report,
}

/// The notice of a policy. `None`: it allows no purpose.
pub fn notice(subject: Subject<'_>, lang: Lang) -> Option<Notice> {
    let mut writer = Writer::new(subject, lang, Word::Title)?;
    writer.gaps = writer.find_gaps();
    writer.responsible();
    writer.people();
    writer.table();
    writer.never();
    writer.withheld();
    writer.reversal();
    writer.purposes();
    writer.closed();
    writer.period();
    writer.recipients();
    writer.others();
    writer.rights();
    writer.consulted();
    writer.laws();
    writer.version();
    writer.acknowledgement();
    let Writer { report, rows, gaps, .. } = writer;
    Some(Notice { report, rows, gaps })
}

impl<'a> Writer<'a> {
    fn new(subject: Subject<'a>, lang: Lang, title: Word) -> Option<Self> {
        let plans = subject.purposes.iter().filter_map(|one| Some((one, Decisions::new(one.plan.as_deref()?))));
        let decided: Vec<_> = plans.collect();
        decided.first()?;
        let (rows, owed) = (rows(subject.purposes, lang), notices(subject));
        let report = Report::new(title.text(lang));
        Some(Self { subject, lang, decided, rows, owed, gaps: Vec::new(), report })
    }

    /// Those that are about every system.
    fn plain(&self) -> impl Iterator<Item = &(&'a Purpose, Decisions<'a>)> {
        self.decided.iter().filter(|(purpose, _)| purpose.system.is_none())
    }

    fn plan(&self) -> Option<&'a Plan> {
        self.subject.purposes.iter().find_map(|one| one.plan.as_deref())
    }

    /// The layers that hold, base first: they are the same for every purpose.
    fn layers(&self) -> &[&'a Layer] {
        self.decided.first().map_or(&[], |(_, decisions)| decisions.layers())
    }

    /// What `[controller]` or `[recipient.NAME]` says under a key; the innermost layer wins.
    fn about(&self, key: &str) -> Option<&'a str> {
        self.layers().iter().rev().find_map(|layer| layer.about.get(key)).map(String::as_str)
    }

    fn heading(&mut self, word: Word) {
        self.report.heading(2, word.text(self.lang));
    }

    fn text(&mut self, word: Word) {
        self.report.text(word.text(self.lang));
    }

    /// What a slot says, or that it is missing.
    fn say(&mut self, slot: Slot, text: Option<String>) {
        let name = words::slot(slot, self.lang);
        match text {
            Some(text) => self.report.text(format!("{name}: {text}")),
            None if self.is_missing(slot) => self.missing(slot),
            None => {}
        }
    }

    fn is_missing(&self, slot: Slot) -> bool {
        self.gaps.iter().any(|gap| gap.slot == slot)
    }

    /// The marks of what is missing for a slot.
    fn missing(&mut self, slot: Slot) {
        let texts = self.gaps.iter().filter(|gap| gap.slot == slot).map(|gap| gap.text(self.lang));
        for text in texts.collect::<Vec<_>>() {
            self.report.item(Mark::Wide, Word::Gap.with(self.lang, &[&text]), Vec::new());
        }
    }
}
