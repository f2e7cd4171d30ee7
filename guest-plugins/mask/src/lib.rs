//! The built-in `mask`: hides parts of a value and shows the rest where it stands.
//!
//! | settings | shows | `***` for everything where |
//! |---|---|---|
//! | `{"mask":"card"}` | first 6 and last 4 digits, separators (PCI DSS 4.0.1, 3.4.1) | it is no row of 13 to 19 digits |
//! | `{"mask":"domain"}` | the part behind the @ | it is no address with a dotted domain |
//! | `{"mask":"extension"}` | the type of file, if in wide use | there is none |
//! | `{"first":N,"last":M}` | the first N and last M characters | it is not longer than N + M |
//!
//! Edits only ever hide ranges of the source value. What cannot be read is hidden as a whole, so `mask` never fails a
//! row. Empty values and those that are hidden already stay.

mod card;
mod email;
mod ends;
mod file;

use std::ops::Range;

use serde::Deserialize;
use tamis_plugin_sdk::bytes::same;
use tamis_plugin_sdk::{Column, Description, Edits, Failure, Transformer};

/// What stands for hidden text, whatever its length.
pub(crate) const HIDDEN: &str = "***";

/// What a mask shows of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// First six and last four digits of a payment card.
    Card,
    /// The domain of an e-mail address.
    Domain,
    /// The type of a file.
    Extension,
    /// So many characters at either end.
    Ends {
        /// Characters shown at the front.
        first: u16,
        /// Characters shown at the back.
        last: u16,
    },
}

/// Byte ranges of one value that are hidden, in order, each with what stands in its place.
pub(crate) type Ranges = Vec<(Range<usize>, &'static str)>;

impl Show {
    /// Puts the ranges of `value` that are hidden into `ranges`; `false` when the value cannot be read.
    fn ranges(self, value: &str, ranges: &mut Ranges) -> bool {
        match self {
            Show::Card => card::ranges(value, ranges),
            Show::Domain => email::ranges(value, ranges),
            Show::Extension => file::ranges(value, ranges),
            Show::Ends { first, last } => ends::ranges(value, first, last, ranges),
        }
    }

    /// The masked value: how one row looks when its edits have been applied.
    ///
    /// ```
    /// use tamis_mask::Show;
    /// assert_eq!(Show::Domain.apply("ann@example.com"), "***@example.com");
    /// assert_eq!(Show::Domain.apply("ann"), "***");
    /// ```
    pub fn apply(self, value: &str) -> String {
        let mut ranges = Vec::new();
        self.hidden(value, &mut ranges);
        let mut out = String::new();
        let mut from = 0;
        for (range, text) in ranges {
            out.push_str(value.get(from..range.start).unwrap_or_default());
            out.push_str(text);
            from = range.end;
        }
        out + value.get(from..).unwrap_or_default()
    }

    fn hidden(self, value: &str, ranges: &mut Ranges) {
        ranges.clear();
        if value.is_empty() || value == HIDDEN {
            return;
        }
        if !self.ranges(value, ranges) {
            ranges.clear();
            ranges.push((0..value.len(), HIDDEN));
        }
        let is_one = |range: &Range<usize>, text: &str| {
            !value.as_bytes().get(range.clone()).is_some_and(|old| same(old, text.as_bytes()))
        };
        ranges.retain(|(range, text)| is_one(range, text));
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    fields: Vec<Field>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Field {
    mask: Option<Named>,
    first: Option<u16>,
    last: Option<u16>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Named {
    Card,
    Domain,
    Extension,
}

impl Field {
    fn show(self) -> Result<Show, Failure> {
        match self {
            Field { mask: Some(Named::Card), first: None, last: None } => Ok(Show::Card),
            Field { mask: Some(Named::Domain), first: None, last: None } => Ok(Show::Domain),
            Field { mask: Some(Named::Extension), first: None, last: None } => Ok(Show::Extension),
            Field { mask: None, first: None, last: None } | Field { mask: Some(_), .. } => {
                Err(Failure::SettingsRejected)
            }
            Field { mask: None, first, last } => Ok(Show::Ends { first: first.unwrap_or(0), last: last.unwrap_or(0) }),
        }
    }
}

/// The plugin: what to show of each field.
pub struct Mask {
    fields: Vec<Show>,
}

impl Transformer for Mask {
    fn describe() -> Description {
        Description::new("mask", env!("CARGO_PKG_VERSION"), include_str!("settings.schema.json"))
    }

    fn configure(settings: &str) -> Result<Self, Failure> {
        let settings: Settings = serde_json::from_str(settings).map_err(|_| Failure::SettingsRejected)?;
        let fields = settings.fields.into_iter().map(Field::show).collect::<Result<_, _>>()?;
        Ok(Mask { fields })
    }

    fn transform(&mut self, columns: &[Column], edits: &mut Edits) -> Result<(), Failure> {
        let mut ranges = Vec::new();
        for (number, column) in (0..).zip(columns) {
            let show = *self.fields.get(column.field as usize).ok_or(Failure::UnsupportedField)?;
            for row in column.rows()? {
                show.hidden(row.text, &mut ranges);
                for (range, text) in ranges.drain(..) {
                    edits.replace(number, row.number, range, text);
                }
            }
        }
        Ok(())
    }
}

tamis_plugin_sdk::export_transformer!(Mask);

#[cfg(test)]
mod tests;
