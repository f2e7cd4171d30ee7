//! The fixed phrases of notices, a table for each language. The compiler sees to it that no table lacks one.

mod de;
mod en;
mod es;
mod fr;
mod it;
mod names;

use super::super::phrase::Lang;
use crate::policy::document::Slot;

pub(super) use names::named;

macro_rules! words {
    ($($name:ident)+) => {
        /// A fixed phrase; `{}` stands for what [`Word::with`] is given.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Word { $($name),+ }

        #[cfg(test)]
        impl Word {
            const ALL: &'static [Word] = &[$(Word::$name),+];
        }
    };
}

words! {
    Title Gap Untranslated Responsible Address Contact People Group
    LawOfGroup AllLaws Hours Holidays AllHours Systems AnySystem Attributable
    MonitoredText InterceptionText MeansText CircumstancesText RhythmText EndText KindsText Table
    Item What SeenBy HowLong Whole Shortened ByCode Hidden
    PartlyHidden ByConstant NeverPassed NeverCollected Times TimesNotStricter Raised ByVendor
    NotYet OfSystem Nobody ByKind NoLimit Guard Several NeverHeading
    Unclassified SensitiveHeading WithheldHeading WithheldText ListHeld ListOpen NotSaid ReversalHeading
    ReversalBy ReversalOnly ReversalTold ReversalNone CodesChange CodeIsPersonal PurposesHeading WhatFor
    PurposeSecurity PurposeCompliance PurposeInvestigation PurposeProductivity PurposeProduct ClosedHeading ClosedText NewPurposeText
    PeriodHeading RequestedText KindOfEvent AllOthers Held RecipientsHeading Country Contract
    Safeguard OthersHeading SourceText RightsHeading RightsText WithdrawalText ObjectionHeading ObjectionText
    ComplaintText ComplaintOwn ConsultedHeading ConsultedStated LawsHeading LawLine FormLine LeadLine
    SlotLine Stated MissingHere LawSentence LawSentenceBeside VersionHeading PolicyLine DigestLine
    InForceLine PreparedLine ReviewedLine NotReviewed AckHeading AckText AckLine SinceTitle
    Before After NotBefore NotNow SameTable Widened NotWidened TellWhom
    TellBy EarliestIf RecordTitle DataHeading MeasuresHeading MeasureDefault MeasureCodes MeasureSealed
    DpiaTitle DpiaNote CountsHeading AloneClear AloneCode TogetherClear ProtectedLeaves ReasonHeading
    GatesHeading GateOpen GateClosed AnswersHeading OwedHeading Because MatrixTitle MatrixNote
    None Day1 Days Week1 Weeks Month1 Months Year1
    Years Monday Tuesday Wednesday Thursday Friday Saturday Sunday
}

impl Word {
    /// The phrase in a language.
    pub(super) fn text(self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => en::word(self),
            Lang::De => de::word(self),
            Lang::Es => es::word(self),
            Lang::Fr => fr::word(self),
            Lang::It => it::word(self),
        }
    }

    /// The same as owned text.
    pub(super) fn of(self, lang: Lang) -> String {
        self.text(lang).to_owned()
    }

    /// The phrase with what it is about, in turn.
    pub(super) fn with(self, lang: Lang, what: &[&str]) -> String {
        super::super::phrase::filled(self.text(lang), what)
    }
}

/// What a notice must not leave out, in words.
pub(in super::super) fn slot(slot: Slot, lang: Lang) -> &'static str {
    match lang {
        Lang::En => en::slot(slot),
        Lang::De => de::slot(slot),
        Lang::Es => es::slot(slot),
        Lang::Fr => fr::slot(slot),
        Lang::It => it::slot(slot),
    }
}

/// A length of time as policies write it (`90 days`), in a language.
pub(super) fn length(text: &str, lang: Lang) -> String {
    let Some((number, unit)) = text.split_once(' ') else { return text.to_owned() };
    let (one, more) = match unit.trim_end_matches('s') {
        "day" => (Word::Day1, Word::Days),
        "week" => (Word::Week1, Word::Weeks),
        "month" => (Word::Month1, Word::Months),
        "year" => (Word::Year1, Word::Years),
        _ => return text.to_owned(),
    };
    format!("{number} {}", if number == "1" { one } else { more }.text(lang))
}

/// A purpose in words; one that does not ship as it is named.
pub(super) fn purpose(name: &str, lang: Lang) -> String {
    let word = match name {
        "security" => Word::PurposeSecurity,
        "compliance" => Word::PurposeCompliance,
        "investigation" => Word::PurposeInvestigation,
        "productivity" => Word::PurposeProductivity,
        "product" => Word::PurposeProduct,
        _ => return name.to_owned(),
    };
    word.of(lang)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_language_says_the_same() {
        for word in Word::ALL {
            for lang in Lang::ALL {
                let holes = |lang| word.text(lang).matches("{}").count();
                assert_eq!(holes(lang), holes(Lang::En), "{word:?} {lang:?}");
                assert!(!word.text(lang).trim().is_empty(), "{word:?} {lang:?}");
            }
            // A phrase that is the same in all languages was not translated.
            let texts: BTreeSet<_> = Lang::ALL.map(|lang| word.text(lang)).into();
            assert!(texts.len() > 1, "{word:?}");
        }
    }

    #[test]
    fn no_language_promises_too_much() {
        for text in Word::ALL.iter().flat_map(|word| Lang::ALL.map(|lang| word.text(lang).to_lowercase())) {
            for banned in ["anonym", "anónim", "anonim", "compliant", "konform", "conforme"] {
                assert!(!text.contains(banned), "{text}");
            }
        }
    }

    #[test]
    fn lengths_are_told_in_the_language() {
        assert_eq!(length("90 days", Lang::De), "90 Tage");
        assert_eq!(length("1 year", Lang::Fr), "1 an");
        assert_eq!(length("6 months", Lang::En), "6 months");
        assert_eq!(length("soon", Lang::It), "soon");
    }
}
