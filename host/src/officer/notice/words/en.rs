//! Notices in English.

use super::Word;
use crate::policy::document::Slot;

pub(super) fn word(word: Word) -> &'static str {
    match word {
        Word::Title => "Notice: what is recorded when our systems are used, and what becomes of it",
        Word::Gap => "NOT STATED: {}",
        Word::Untranslated => "in English",
        Word::Responsible => "Who is responsible",
        Word::Address => "address",
        Word::Contact => "contact",
        Word::People => "Who and what this is about",
        Word::Group => "group of people",
        Word::LawOfGroup => "law that is applied",
        Word::AllLaws => "No event says where a person works: the laws of all groups hold for everybody.",
        Word::Hours => "working hours ({})",
        Word::Holidays => "holidays of {} are no working days",
        Word::AllHours => "at all hours",
        Word::Systems => "systems",
        Word::AnySystem => "every system whose events pass through Tamis",
        Word::Attributable => "its events must name who acted",
        Word::MonitoredText => "The use of these systems is recorded. That is monitoring, and it takes place.",
        Word::InterceptionText => {
            "Communications over these systems may be intercepted; what is kept of them stands in the table."
        }
        Word::MeansText => {
            "Systems write events about what is done in them. Before anybody sees an event, Tamis treats each of its values as the table says."
        }
        Word::CircumstancesText => "Whenever such an event arises.",
        Word::RhythmText => "continuously",
        Word::EndText => "without a set end",
        Word::KindsText => "kinds of event",
        Word::Table => "What is recorded, and what becomes of it",
        Word::Item => "what",
        Word::What => "what is done to it",
        Word::SeenBy => "who gets it",
        Word::HowLong => "how long is requested",
        Word::Whole => "kept whole",
        Word::Shortened => "shortened",
        Word::ByCode => "replaced by a code",
        Word::Hidden => "hidden",
        Word::PartlyHidden => "partly hidden",
        Word::ByConstant => "replaced by a fixed text",
        Word::NeverPassed => "never passed on",
        Word::NeverCollected => "never kept: destroyed",
        Word::Times => "if {} → {}",
        Word::TimesNotStricter => "if {}, it stays visible or reversible, because the trail has to name it: {}",
        Word::Raised => "stays visible or reversible, because the trail has to name it",
        Word::ByVendor => "a vendor's plugin takes more away",
        Word::NotYet => "{} (not yet: closed)",
        Word::OfSystem => "{}, from {}",
        Word::Nobody => "nobody is named",
        Word::ByKind => "{}; by kind of event: {}",
        Word::NoLimit => "no time is requested",
        Word::Guard => {
            "What leaves whole is looked at once more: what proves itself an e-mail address, an account or a secret is stopped."
        }
        Word::Several => {
            "What is several of these at once gets all of their treatments together; where these do not fit each other, it is never passed on."
        }
        Word::NeverHeading => "What is never passed on, where a field is known to hold it",
        Word::Unclassified => "Whatever else stands in an event, and nobody has said what it is, is never passed on.",
        Word::SensitiveHeading => "What the law specially protects",
        Word::WithheldHeading => "Events that are withheld",
        Word::WithheldText => {
            "These events are withheld whole and only counted. Their one trace is that they are missing."
        }
        Word::ListHeld => "list `{}`: its words are secret, held by {}",
        Word::ListOpen => "list `{}`: its words are {}",
        Word::NotSaid => "nobody is said",
        Word::ReversalHeading => "Who can reverse a code",
        Word::ReversalBy => "{} of these have to agree: {}.",
        Word::ReversalOnly => "Only for: {}.",
        Word::ReversalTold => "The person is told {} after the matter is closed.",
        Word::ReversalNone => "No code that leaves can be reversed.",
        Word::CodesChange => "Codes change every {}.",
        Word::CodeIsPersonal => "A code still stands for a person: whoever holds the key can check whose it is.",
        Word::PurposesHeading => "What for, and on which basis",
        Word::WhatFor => "what for",
        Word::PurposeSecurity => "security of the systems",
        Word::PurposeCompliance => "records that rules and audits ask for",
        Word::PurposeInvestigation => "a documented case",
        Word::PurposeProductivity => "work performance",
        Word::PurposeProduct => "how the product is used",
        Word::ClosedHeading => "What would be recorded, but is not yet",
        Word::ClosedText => "For this purpose nothing flows until everything below is there.",
        Word::NewPurposeText => "Before anything is used for another purpose you are told.",
        Word::PeriodHeading => "How long",
        Word::RequestedText => {
            "These times are requested: Tamis writes them on each event, and the store that gets it has to delete it."
        }
        Word::KindOfEvent => "kind of event",
        Word::AllOthers => "all others",
        Word::Held => "Not deleted while this matter is open (legal hold)",
        Word::RecipientsHeading => "Who gets it, and in which countries",
        Word::Country => "country",
        Word::Contract => "contract",
        Word::Safeguard => "safeguard",
        Word::OthersHeading => "Where it comes from, and decisions by programs",
        Word::SourceText => "from the events that the systems themselves write while they are used",
        Word::RightsHeading => "Your rights",
        Word::RightsText => {
            "As far as the laws below give them to you: to see what there is about you, to have it corrected or erased, to have its use restricted, and to take a copy along. Ask: {}"
        }
        Word::WithdrawalText => "Where something rests on your consent, you can take it back at any time.",
        Word::ObjectionHeading => "You can object",
        Word::ObjectionText => "On grounds that arise from your own situation you can object at any time. Write to: {}",
        Word::ComplaintText => "You can complain to: {}",
        Word::ComplaintOwn => "and to us: {}",
        Word::ConsultedHeading => "Who was consulted, and what was agreed",
        Word::ConsultedStated => "stated by the employer's evidence file; not checked by Tamis",
        Word::LawsHeading => "What the laws ask of this notice",
        Word::LawLine => "law",
        Word::FormLine => "form and time",
        Word::LeadLine => "known before anything is widened",
        Word::SlotLine => "what it must not leave out",
        Word::Stated => "stated",
        Word::MissingHere => "NOT STATED",
        Word::LawSentence => "The law asks for this sentence, word for word",
        Word::LawSentenceBeside => {
            "Alone it says more than what happens. What really happens stands in the table above; of what people write, see and search:"
        }
        Word::VersionHeading => "About this notice",
        Word::PolicyLine => "policy and revision",
        Word::DigestLine => "digest of the rules",
        Word::InForceLine => "in force since",
        Word::PreparedLine => "prepared for",
        Word::ReviewedLine => "reviewed by",
        Word::NotReviewed => "nobody yet; the law as of {}",
        Word::AckHeading => "Acknowledgement",
        Word::AckText => "I have received this notice.",
        Word::AckLine => "Name, date, signature: ____________________",
        Word::SinceTitle => "What this notice changes against the one before",
        Word::Before => "before",
        Word::After => "now",
        Word::NotBefore => "was not there",
        Word::NotNow => "is not there any more",
        Word::SameTable => "The table says what it said.",
        Word::Widened => {
            "Something is wider, or may be. Whoever is named below is told anew, and nothing wider starts before."
        }
        Word::NotWidened => "Nothing is wider: it may apply at once. The notice gets a new version.",
        Word::TellWhom => "who must be told",
        Word::TellBy => "told by, if it starts on {}",
        Word::EarliestIf => "may start, if told on {}",
        Word::RecordTitle => "Record of processing (GDPR Art. 30)",
        Word::DataHeading => "Categories of data",
        Word::MeasuresHeading => "Measures (Art. 32(1))",
        Word::MeasureDefault => "What nobody classifies, and what no rule keeps, is dropped.",
        Word::MeasureCodes => "{} categories leave as codes.",
        Word::MeasureSealed => "Words of sealed lists leave nowhere in clear.",
        Word::DpiaTitle => "Facts for a data protection impact assessment (GDPR Art. 35)",
        Word::DpiaNote => {
            "Facts that follow from the rules. Whether they are necessary and proportionate is for people to judge."
        }
        Word::CountsHeading => "How much points to people",
        Word::AloneClear => "points to a person alone, and leaves whole or in part",
        Word::AloneCode => "points to a person alone, and leaves as a code",
        Word::TogetherClear => "points to a person with others, and leaves whole or in part",
        Word::ProtectedLeaves => {
            "specially protected, in fields known to hold it, and leaves in some form (free text: see its row)"
        }
        Word::ReasonHeading => "Why each is needed, as the rules say",
        Word::GatesHeading => "Conditions before anything flows",
        Word::GateOpen => "open",
        Word::GateClosed => "closed",
        Word::AnswersHeading => "What was answered",
        Word::OwedHeading => "What is asked of others, and never claimed",
        Word::Because => "because",
        Word::MatrixTitle => "Category by purpose",
        Word::MatrixNote => "other treatment under conditions: see the notice",
        Word::None => "none",
        Word::Day1 => "day",
        Word::Days => "days",
        Word::Week1 => "week",
        Word::Weeks => "weeks",
        Word::Month1 => "month",
        Word::Months => "months",
        Word::Year1 => "year",
        Word::Years => "years",
        Word::Monday => "Mon",
        Word::Tuesday => "Tue",
        Word::Wednesday => "Wed",
        Word::Thursday => "Thu",
        Word::Friday => "Fri",
        Word::Saturday => "Sat",
        Word::Sunday => "Sun",
    }
}

pub(super) fn slot(slot: Slot) -> &'static str {
    match slot {
        Slot::Controller => "who is responsible",
        Slot::Representative => "representative",
        Slot::Officer => "data protection officer",
        Slot::Scope => "people, devices and hours",
        Slot::Purposes => "purposes",
        Slot::Basis => "legal basis",
        Slot::Interest => "legitimate interest",
        Slot::Categories => "categories of data",
        Slot::Sensitive => "specially protected data",
        Slot::Source => "source",
        Slot::MustProvide => "whether data must be provided",
        Slot::Monitored => "that monitoring takes place",
        Slot::Interception => "that communications may be intercepted",
        Slot::Kinds => "each kind of monitoring",
        Slot::Means => "how it is done",
        Slot::Circumstances => "in which circumstances",
        Slot::Activation => "how it is switched on",
        Slot::Start => "start",
        Slot::Rhythm => "continuous or intermittent",
        Slot::End => "end",
        Slot::Recipients => "recipients",
        Slot::Sale => "whether it is sold or shared",
        Slot::Transfers => "countries and safeguards",
        Slot::Period => "how long",
        Slot::Never => "what is never passed on",
        Slot::Reversal => "who can reverse a code",
        Slot::AutomatedDecisions => "decisions that no person takes",
        Slot::Rights => "rights",
        Slot::Objection => "right to object",
        Slot::Withdrawal => "withdrawal of consent",
        Slot::Complaint => "where to complain",
        Slot::NewPurpose => "that a new purpose is told before",
        Slot::Consulted => "who was consulted",
        Slot::Version => "policy and digest",
        Slot::Prepared => "day it was prepared",
        Slot::Changed => "days it was changed",
        Slot::Acknowledgement => "line to sign",
    }
}
