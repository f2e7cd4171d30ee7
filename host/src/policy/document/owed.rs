//! What a law asks of people rather than of values: notices, and obligations of others. Nothing in a flow changes by them.

use super::{Duration, Reason, Spanned, Text};

/// `[notice.NAME]`: whom it is about must be told, and how.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Its name.
    pub name: Text,
    /// `if = "fact"`.
    pub fact: Option<Text>,
    /// How long before anything changes they must know.
    pub lead: Duration,
    /// In which form and when, in plain words: `on hire, acknowledged`.
    pub form: Option<String>,
    /// A sentence of the law that must stand in it, verbatim.
    pub says: Option<Text>,
    /// What it must not leave out.
    pub slots: Vec<Spanned<Slot>>,
    /// Why, possibly empty, and by which law.
    pub reason: Reason,
}

/// What a notice must not leave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slot {
    /// Who decides why and how.
    Controller,
    /// Who stands for it here.
    Representative,
    /// The data protection officer.
    Officer,
    /// People, devices and hours that are meant.
    Scope,
    /// What for.
    Purposes,
    /// On which legal basis.
    Basis,
    /// The legitimate interest.
    Interest,
    /// Which categories.
    Categories,
    /// Which of them are specially protected.
    Sensitive,
    /// Where they come from.
    Source,
    /// Whether they must be given, and what follows if not.
    MustProvide,
    /// That monitoring happens at all.
    Monitored,
    /// That communications may be intercepted.
    Interception,
    /// Each kind of monitoring.
    Kinds,
    /// How it is done.
    Means,
    /// In which circumstances.
    Circumstances,
    /// How somebody switches such a technology on.
    Activation,
    /// From when on.
    Start,
    /// Continuous or intermittent.
    Rhythm,
    /// Until when, or without end.
    End,
    /// Who gets it.
    Recipients,
    /// Whether it is sold or shared.
    Sale,
    /// To which countries, and by which safeguard.
    Transfers,
    /// How long, or by what that is decided.
    Period,
    /// What is never collected.
    Never,
    /// Who can reverse a code, on whose approval.
    Reversal,
    /// Decisions that no person takes, and their logic.
    AutomatedDecisions,
    /// Access, correction, erasure, restriction, portability.
    Rights,
    /// The right to object, shown apart.
    Objection,
    /// That consent can be taken back.
    Withdrawal,
    /// Where to complain.
    Complaint,
    /// That a new purpose is told before.
    NewPurpose,
    /// Which representatives were consulted, and by which agreement.
    Consulted,
    /// Of which policy, by version and digest.
    Version,
    /// The day it was written.
    Prepared,
    /// The days it was changed.
    Changed,
    /// A line to sign.
    Acknowledgement,
}

/// `[obligation.NAME]`: what a law asks of others. It is asked for and never claimed: nobody here can do it or see it done.
#[derive(Clone, Debug)]
pub struct Obligation {
    /// Its name.
    pub name: Text,
    /// `if = "fact"`.
    pub fact: Option<Text>,
    /// Who has to: `store`, `employer`, `works council`.
    pub who: Text,
    /// What, in one sentence.
    pub does: Text,
    /// Why, possibly empty, and by which law.
    pub reason: Reason,
}
