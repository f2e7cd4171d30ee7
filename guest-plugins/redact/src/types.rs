//! What crosses the plugin's edge, as plain types; the same records as in `wit/`.

/// The granted values of one field in one batch, packed: row `i` is `bytes[offsets[i]..offsets[i + 1]]`.
#[derive(Clone, Copy, Debug)]
pub struct ColumnView<'a> {
    /// Index into the settings' `fields`.
    pub field: u32,
    /// All rows, one behind the other.
    pub bytes: &'a [u8],
    /// Where rows begin; one entry more than there are rows.
    pub offsets: &'a [u32],
    /// The event each row belongs to: reference rows say whom to look for in the other rows of theirs.
    pub event: &'a [u32],
}

/// A span that was found, in bytes of its row, end-exclusive, on character boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Finding {
    /// Position of the column in the call.
    pub column: u32,
    /// Row of the column.
    pub row: u32,
    /// First byte of the span.
    pub start: u32,
    /// Byte behind the span.
    pub end: u32,
    /// Index into the entities of [`Redact::describe`](crate::Redact::describe); the settings' `custom` entities
    /// follow them in order.
    pub entity: u32,
    /// See [`Confidence`].
    pub confidence: u32,
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u32)]
pub enum Confidence {
    /// It has a shape that other things have too.
    Possible = 1,
    /// The shape is its own, or the surroundings agree.
    Likely = 2,
    /// A check digit, a registry or an unmistakable prefix proves it.
    Certain = 3,
}

impl Confidence {
    /// One level up.
    pub(crate) fn lifted(self) -> Self {
        match self {
            Self::Possible => Self::Likely,
            Self::Likely | Self::Certain => Self::Certain,
        }
    }
}

/// Why a call failed. Numbers only: text could carry a value out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The settings make no sense, or a prepared automaton cannot be read.
    SettingsRejected,
    /// A column names a field that the settings do not have.
    UnsupportedField,
    /// More findings than one call may answer.
    LimitExceeded,
    /// The column is not sound: offsets do not fit the bytes, or a row begins inside a character.
    Internal,
}

/// An entity that findings may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntityInfo {
    /// Dotted name, for example `payment.card`.
    pub name: &'static str,
    /// Sets it belongs to.
    pub sets: &'static [&'static str],
    /// What a person calls it.
    pub title: &'static str,
}

/// What the plugin says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// Name of the plugin.
    pub name: &'static str,
    /// Its version, and behind `+rules.` a digest of the rules: entities, their checks and their code.
    pub version: &'static str,
    /// JSON Schema (2020-12) of the settings.
    pub settings_schema: &'static str,
    /// Entities, in the order findings number them.
    pub entities: Vec<EntityInfo>,
}
