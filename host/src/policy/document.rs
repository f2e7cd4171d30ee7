//! What a file says, as typed values that remember where they stand.
//!
//! One type a kind of file. [`super::syntax`] makes them from text and reports whatever is not of this shape;
//! meaning (layers, joins, conditions) is the business of [`super::compile`].

use std::collections::BTreeMap;

/// Number of a file in the [`super::Bundle`] that is being compiled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u16);

/// Bytes of a file, end-exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One behind the last byte.
    pub end: u32,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub span: Span,
}

impl<T> std::ops::Deref for Spanned<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

/// A piece of text with its place.
pub type Text = Spanned<String>;
/// A calendar day.
pub type Date = jiff::civil::Date;

/// `categories.toml`: the shared words.
#[derive(Clone, Debug, Default)]
pub struct Categories {
    /// `revision`.
    pub revision: u32,
    /// The `[category.GROUP]`s by name.
    pub groups: BTreeMap<String, CategoryGroup>,
    /// The `[kind.GROUP]`s by name: their titles.
    pub kind_groups: BTreeMap<String, Text>,
    /// What a value is.
    pub categories: BTreeMap<String, Category>,
    /// What an event is: name → title.
    pub kinds: BTreeMap<String, Text>,
    /// Pseudonym domains: name → categories whose codes agree.
    pub domains: BTreeMap<String, Vec<Text>>,
}

/// `[category.GROUP]`.
#[derive(Clone, Debug)]
pub struct CategoryGroup {
    /// Title in plain words.
    pub title: Text,
    /// The law by which its values are specially protected, as written.
    pub protected: Option<String>,
}

/// What a value is.
#[derive(Clone, Debug)]
pub struct Category {
    /// Title in plain words, with the place where the category is declared.
    pub title: Text,
    /// The `[category.GROUP]` it stands in.
    pub group: String,
    /// `alone`, `together` or `no`.
    pub identifies: Identifies,
    /// Its type; [`ValueType::Text`] where nothing is said.
    pub value_type: ValueType,
}

/// Whether a value points to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identifies {
    /// By itself.
    Alone,
    /// With others.
    Together,
    /// It does not.
    No,
}

/// The type of a category's values: decides which generalisations exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum ValueType {
    #[default]
    Text,
    Ip,
    Time,
    Number,
    Url,
    Path,
    Agent,
    Title,
    Geo,
    Card,
    Email,
}

/// One entry of a `[treatment]` table.
#[derive(Clone, Debug)]
pub struct Treatment {
    /// Its name, as rules write it.
    pub name: Text,
    /// What it does.
    pub verb: Verb,
    /// The sentence of the notice; empty in layers that give none.
    pub says: String,
}

/// What a treatment does: the verb of its name and its parameters, checked to belong together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Verb {
    Keep,
    Drop,
    Forbid,
    /// The whole event; only for `event =`.
    Suppress,
    /// The whole value becomes a label (`None`: `[redacted]`), or that many `*`.
    Redact {
        label: Option<String>,
        fixed: Option<u16>,
    },
    /// What the named sets or entities find becomes a label.
    RedactFound {
        find: Vec<String>,
        threshold: Confidence,
        except: Vec<String>,
        label: Option<String>,
    },
    MaskCard,
    MaskDomain,
    MaskExtension,
    /// All but the first and last characters is hidden.
    MaskEnds {
        first: u16,
        last: u16,
    },
    TruncateIp {
        ipv4: u8,
        ipv6: u8,
    },
    /// Characters kept.
    TruncateText {
        text: u32,
    },
    GeneraliseTime {
        unit: TimeUnit,
        zone: Option<String>,
    },
    /// Width of a bucket, as written (a decimal number above zero).
    GeneraliseNumber {
        width: String,
    },
    /// Decimals kept.
    GeneraliseGeo {
        decimals: u8,
    },
    GeneraliseUrl {
        rung: UrlRung,
    },
    GeneralisePath {
        depth: u8,
        extension: bool,
    },
    GeneraliseAgent,
    GeneraliseTitle,
    Pseudonymise {
        escrow: bool,
        preserve: bool,
    },
    Tokenise {
        preserve: bool,
    },
    /// A constant, as JSON text.
    Replace {
        with: String,
    },
}

/// How sure a detector is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Confidence {
    Possible = 1,
    #[default]
    Likely = 2,
    Certain = 3,
}

/// From fine to coarse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum TimeUnit {
    Second,
    Minute,
    Hour,
    Day,
    Month,
    Year,
}

/// From fine to coarse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum UrlRung {
    Page,
    Host,
}

/// A schema map.
#[derive(Clone, Debug)]
pub struct SchemaMap {
    /// `schema.id`.
    pub id: Text,
    /// `schema.title`.
    pub title: String,
    /// `schema.revision`.
    pub revision: u32,
    /// Where the fields are documented.
    pub source: Option<String>,
    /// One of these has to hold; each is a list of which all have to hold.
    pub recognise: Vec<Vec<Spanned<Recognise>>>,
    /// Letter case of keys does not matter.
    pub ignore_case: bool,
    /// Matches only if a policy asks for it.
    pub opt_in: bool,
    /// Lower wins among equals; 100 by default.
    pub priority: u32,
    /// Fields that hold always.
    pub fields: Vec<Field>,
    /// What keys at wildcards are: path, categories.
    pub keys: Vec<Field>,
    /// Kinds of event.
    pub events: Vec<EventKind>,
    /// Fields that hold under a condition.
    pub variants: Vec<Variant>,
    /// Values that hold another document.
    pub inside: Vec<Inside>,
    /// Templates of lines, in the order of the file.
    pub lines: Vec<Line>,
}

/// One test of an event's shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognise {
    /// The path that must be there (or not).
    pub path: String,
    /// `!path`.
    pub absent: bool,
    /// `path = glob | glob`; empty: presence suffices.
    pub globs: Vec<String>,
}

/// One classified path.
#[derive(Clone, Debug)]
pub struct Field {
    /// The path as written.
    pub path: Text,
    /// Its categories, one or more.
    pub categories: Vec<Text>,
    /// Whose value it is.
    pub role: Role,
}

/// Whose value a field holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Role {
    #[default]
    None,
    Actor,
    Owner,
    Target,
}

/// `"auth.login" = { Operation = ["UserLoggedIn"] }`.
#[derive(Clone, Debug)]
pub struct EventKind {
    /// The kind.
    pub kind: Text,
    /// One of these has to hold; each is a list of (path, globs) of which all have to hold.
    pub any: Vec<Vec<(Text, Vec<String>)>>,
}

/// `[variant.NAME]`.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Its name.
    pub name: Text,
    /// All of these (path, globs) have to hold.
    pub when: Vec<(Text, Vec<String>)>,
    /// Further fields.
    pub fields: Vec<Field>,
}

/// `[inside]`.
#[derive(Clone, Debug)]
pub struct Inside {
    /// The path of the value.
    pub path: Text,
    /// What is inside.
    pub form: InsideForm,
    /// What the value is when it does not parse.
    pub otherwise: Option<Text>,
}

/// What a value can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum InsideForm {
    Json,
    KeyValue,
    Url,
    Query,
    Lines,
}

/// `[line.NAME]`.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its name.
    pub name: Text,
    /// The path whose value it may fit.
    pub path: Text,
    /// The template as written.
    pub like: Text,
    /// Hole → (role, categories); no categories: dropped.
    pub holes: Vec<(Text, Role, Vec<Text>)>,
    /// Hole → what is inside it.
    pub inside: Vec<(Text, InsideForm)>,
    /// The kind of event this line is.
    pub kind: Option<Text>,
}

/// A file of rules.
#[derive(Clone, Debug)]
pub struct Layer {
    /// `policy.id`.
    pub id: Text,
    /// `policy.title`.
    pub title: String,
    /// Which layer it is.
    pub level: Level,
    /// The layer it continues.
    pub inherits: Option<Text>,
    /// `policy.revision`.
    pub revision: u32,
    /// First day it holds.
    pub in_force: Option<Spanned<Date>>,
    /// `policy.owner`.
    pub owner: Option<String>,
    /// `policy.guard`: a second detector pass over what leaves whole.
    pub guard: Option<bool>,
    /// Who reviewed it and when, as written; empty `by` is warned about.
    pub review: Option<Review>,
    /// Laws by short name.
    pub laws: BTreeMap<String, Law>,
    /// Further treatments.
    pub treatments: Vec<Treatment>,
    /// Rules in the order of the file.
    pub rules: Vec<Rule>,
    /// What becomes of values that no step could treat.
    pub failure: Option<FailureRule>,
    /// Protect lists and others.
    pub lists: Vec<List>,
    /// Gates.
    pub gates: Vec<Gate>,
    /// Facts.
    pub facts: Vec<Fact>,
    /// Purposes allowed; `None` where the layer is silent.
    pub purposes: Option<(Vec<Text>, Reason)>,
    /// How long.
    pub retention: Vec<Retention>,
    /// What must stay attributable.
    pub attributable: Vec<Attributable>,
    /// Notices owed: name → (lead time as written, cite).
    pub notices: Vec<(Text, String, Reason)>,
    /// Officers' own detectors.
    pub entities: Vec<Entity>,
    /// Working hours.
    pub hours: Option<Hours>,
    /// Codes: how they change and who shares one.
    pub codes: Option<Codes>,
    /// Who may reverse a code.
    pub escrow: Option<Escrow>,
    /// Which laws hold for whom.
    pub workforce: Vec<Workforce>,
    /// Schema maps that are opted into, or the only ones allowed.
    pub schemas: Schemas,
    /// Controller and recipients as flat text, for the notice.
    pub about: BTreeMap<String, String>,
}

/// `[failure]`.
#[derive(Clone, Debug)]
pub struct FailureRule {
    /// The word `failure`, where it stands.
    pub name: Text,
    /// Why.
    pub reason: Reason,
    /// Category or family, and what becomes of its values.
    pub rows: Vec<(Text, OnFailure)>,
    /// What becomes of values that no row names; `None` where nothing is said.
    pub otherwise: Option<OnFailure>,
}

/// What becomes of a value that no step could treat, from the least strict to the strictest. Of itself it never leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OnFailure {
    /// `null` stands in its place; in text, or for a key, a hyphen.
    #[default]
    Null,
    /// A constant of the policy (JSON text) stands in its place.
    Replace(String),
    /// Nothing stands in its place.
    Drop,
    /// Its event does not leave: it is quarantined.
    Quarantine,
    /// Neither its event nor any behind it leaves: the route stops.
    Stop,
}

/// Where a file of rules stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Level {
    Base,
    Jurisdiction,
    Sector,
    Tenant,
}

/// `[review]`.
#[derive(Clone, Debug)]
pub struct Review {
    /// Who; empty while nobody did.
    pub by: Text,
    /// When, as written.
    pub on: String,
    /// The law as of.
    pub law_as_of: Option<Date>,
}

/// One law.
#[derive(Clone, Debug)]
pub struct Law {
    /// How it is cited.
    pub cite: Text,
    /// `high`, `medium`, `low`.
    pub sure: String,
    /// `text`, `secondary`, `memory`.
    pub seen: String,
    /// First day it holds.
    pub from: Option<Date>,
}

/// Why a rule stands.
#[derive(Clone, Debug, Default)]
pub struct Reason {
    /// One sentence.
    pub because: String,
    /// Short names of laws.
    pub cite: Vec<Text>,
}

/// `[rule.NAME]`.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name.
    pub name: Text,
    /// Why.
    pub reason: Reason,
    /// `if = "fact"`.
    pub fact: Option<Text>,
    /// When.
    pub when: When,
    /// `event = "suppress"`, with its place.
    pub suppress: Option<Span>,
    /// Category or family → treatment.
    pub rows: Vec<Row>,
}

/// `"category" = treatment`.
#[derive(Clone, Debug)]
pub struct Row {
    /// A category, or a family that ends in `.*`.
    pub category: Text,
    /// What is done, by purpose.
    pub what: ByPurpose,
}

/// Treatments by purpose.
#[derive(Clone, Debug)]
pub struct ByPurpose {
    /// Purpose → names of treatments.
    pub named: BTreeMap<String, Vec<Text>>,
    /// For every purpose that is not named; `None`: this row says nothing about them.
    pub otherwise: Option<Vec<Text>>,
}

/// Conditions, all of which have to hold.
#[derive(Clone, Debug, Default)]
pub struct When {
    /// Kinds or families of kinds.
    pub kind: Vec<Text>,
    /// Systems by name or tag.
    pub system: Vec<Text>,
    /// Purposes.
    pub purpose: Vec<Text>,
    /// Roles.
    pub role: Vec<Spanned<Role>>,
    /// `attributable = …`.
    pub attributable: Option<Spanned<bool>>,
    /// `outside-hours = …`.
    pub outside_hours: Option<Spanned<bool>>,
    /// Names of lists, one of which has to match.
    pub listed: Vec<Text>,
    /// Category → values.
    pub equals: Vec<(Text, Vec<String>)>,
    /// Category → globs.
    pub matches: Vec<(Text, Vec<String>)>,
}

/// `[list.NAME]`.
#[derive(Clone, Debug)]
pub struct List {
    /// Its name.
    pub name: Text,
    /// Categories whose values are looked at.
    pub look_in: Vec<Text>,
    /// Roles whose values are looked at.
    pub about: Vec<Spanned<Role>>,
    /// Words or globs; for a secret list they come from outside.
    pub words: Vec<Text>,
    /// The words are not in this file.
    pub secret: bool,
    /// Who holds it.
    pub held_by: Option<String>,
    /// No list, no flow.
    pub closed_if_empty: bool,
}

/// `[gate.NAME]`.
#[derive(Clone, Debug)]
pub struct Gate {
    /// Its name.
    pub name: Text,
    /// Purposes it stands before; empty: all.
    pub purposes: Vec<Text>,
    /// Keys that the evidence must have.
    pub ask: Vec<Text>,
    /// A fact that opens it when answered with yes.
    pub or: Option<Text>,
    /// Why.
    pub reason: Reason,
}

/// `[fact.NAME]`.
#[derive(Clone, Debug)]
pub struct Fact {
    /// Its name.
    pub name: Text,
    /// The question.
    pub ask: String,
    /// What holds while nobody answered.
    pub unknown: bool,
    /// By which law.
    pub cite: Vec<Text>,
}

/// `[retention.NAME]`.
#[derive(Clone, Debug)]
pub struct Retention {
    /// Its name.
    pub name: Text,
    /// For which events.
    pub when: When,
    /// Cap.
    pub at_most: Option<Spanned<Duration>>,
    /// Floor.
    pub at_least: Option<Spanned<Duration>>,
    /// Immediately available.
    pub at_hand: Option<Spanned<Duration>>,
    /// Why.
    pub reason: Reason,
}

/// A length of time as written; compared by days (a month is 30, a year 365 days).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duration {
    /// Days.
    pub days: u32,
    /// As written.
    pub text: String,
}

/// `[attributable.NAME]`.
#[derive(Clone, Debug)]
pub struct Attributable {
    /// Its name.
    pub name: Text,
    /// For which events.
    pub when: When,
    /// Categories that must stay visible or reversible.
    pub show: Vec<Text>,
    /// Why.
    pub reason: Reason,
}

/// `[[entity]]`.
#[derive(Clone, Debug)]
pub struct Entity {
    /// Its name.
    pub name: Text,
    /// Title in plain words.
    pub title: String,
    /// Sets it belongs to.
    pub sets: Vec<Text>,
    /// Linear-time regular expression.
    pub pattern: Text,
    /// Words that must stand nearby.
    pub keywords: Vec<String>,
    /// Must be found.
    pub examples: Vec<Text>,
    /// Must not be found.
    pub counter_examples: Vec<Text>,
}

impl Entity {
    /// Whether both find the same, under the same name.
    pub fn finds_like(&self, other: &Entity) -> bool {
        let sets = |entity: &Entity| entity.sets.iter().map(|set| set.value.clone()).collect::<Vec<_>>();
        self.name.value == other.name.value
            && self.pattern.value == other.pattern.value
            && self.keywords == other.keywords
            && sets(self) == sets(other)
    }
}

/// `[hours]`.
#[derive(Clone, Debug)]
pub struct Hours {
    /// IANA zone.
    pub zone: Text,
    /// The table itself and each `[hours.SHIFT]`: weekday (0 Monday) → from, to in minutes after midnight.
    pub shifts: Vec<Vec<(u8, u16, u16)>>,
    /// Name of a holiday calendar, for example `DE-BY`.
    pub holidays: Option<Text>,
}

/// `[codes]`.
#[derive(Clone, Debug)]
pub struct Codes {
    /// Length of an epoch.
    pub change_every: Option<Spanned<Duration>>,
    /// Categories that share one domain.
    pub same_person: Vec<Text>,
    /// Why.
    pub reason: Reason,
}

/// `[escrow]`.
#[derive(Clone, Debug)]
pub struct Escrow {
    /// Who holds shares.
    pub officers: Vec<String>,
    /// How many have to agree.
    pub approvals: u32,
    /// Purposes.
    pub only_for: Vec<Text>,
    /// When the person is told, as written.
    pub tell_person: Option<String>,
    /// Why.
    pub reason: Reason,
}

/// `[workforce.NAME]`.
#[derive(Clone, Debug)]
pub struct Workforce {
    /// Its name.
    pub name: Text,
    /// Jurisdictions by id.
    pub jurisdictions: Vec<Text>,
    /// Sectors by id.
    pub sectors: Vec<Text>,
}

/// `[schemas]`.
#[derive(Clone, Debug, Default)]
pub struct Schemas {
    /// Opt-in maps that may match.
    pub use_maps: Vec<Text>,
    /// The only maps that may match; empty: all.
    pub pin: Vec<Text>,
}

/// `NAME.evidence.toml`.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// The tenant it is for.
    pub tenant: Option<Text>,
    /// Its revision.
    pub revision: u32,
    /// Answers to gates and facts.
    pub answers: BTreeMap<String, Answer>,
    /// Systems.
    pub systems: BTreeMap<String, System>,
    /// Names of legal holds.
    pub holds: Vec<Text>,
    /// Decisions between floors and caps.
    pub decisions: Vec<Decision>,
}

/// `[evidence.NAME]`.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Where it stands.
    pub span: Span,
    /// Keys that are given (and not empty).
    pub given: Vec<String>,
    /// `answer = "yes" | "no"`.
    pub answer: Option<bool>,
    /// Purposes it covers; `None`: all.
    pub covers: Option<Vec<Text>>,
    /// `agreed-revision`, as written (`example-de@4`).
    pub agreed_revision: Option<Text>,
    /// Last day it counts.
    pub review_by: Option<Date>,
    /// Last day it counts (`ends-on`).
    pub ends_on: Option<Date>,
}

/// `[system.NAME]`.
#[derive(Clone, Debug)]
pub struct System {
    /// Where it stands.
    pub span: Span,
    /// Tags.
    pub tags: Vec<String>,
    /// Whether its events must stay attributable.
    pub attributable: bool,
}

/// `[decision.NAME]`.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Its name.
    pub name: Text,
    /// The two rules, as `layer.name`.
    pub between: Vec<Text>,
    /// Which of them.
    pub wins: Text,
    /// Last day it counts.
    pub until: Option<Date>,
}

/// `NAME.lists.toml`: list → words.
#[derive(Clone, Debug, Default)]
pub struct SecretLists {
    /// Words by name of the list.
    pub lists: BTreeMap<String, Vec<Text>>,
}
