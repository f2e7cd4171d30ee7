//! What quarantine may seal of an event that did not leave.

/// What is left of an event once what nobody may keep was destroyed: forbidden values, those that a protect list withholds,
/// and whatever no map classifies. Only [`crate::edge::quarantine::Quarantine`] takes it, and writes it sealed or not at all.
#[derive(Clone, PartialEq, Eq)]
pub struct Residue {
    bytes: Vec<u8>,
}

impl Residue {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self { bytes }
    }

    /// All of an event, or of a piece of input, that no plan is known for. Forbidden values in it are not known either, so this
    /// is for whoever asked for just that.
    pub fn unplanned(raw: &[u8]) -> Self {
        Self { bytes: raw.to_vec() }
    }

    /// An event that was filtered and that no sink took.
    pub fn filtered(event: &[u8]) -> Self {
        Self { bytes: event.to_vec() }
    }

    /// For sealing.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl std::fmt::Debug for Residue {
    /// Without the content.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Residue").field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}
