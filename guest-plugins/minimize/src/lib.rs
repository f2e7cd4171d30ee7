//! The built-in `minimize`: makes a value coarser.
//!
//! | settings | becomes | fails |
//! |---|---|---|
//! | `{"ip":{"ipv4":24,"ipv6":48}}` | the network, without port and zone ([`ip`]) | what is no address |
//! | `{"time":"hour"}` | the hour, in the layout it has ([`time`]) | what is no time |
//! | `{"number":10}` | the lower end of its bucket | what is no number |
//! | `{"geo":1}` | so many decimals of degrees | what is no coordinate |
//! | `{"url":"page"}` or `"host"` | without query, or the host alone ([`url`]) | what names no place in a network |
//! | `{"path-depth":1,"extension":true}` | the top folders and the type of file ([`path`]) | a web address that is none |
//! | `{"agent":"family"}` | the family of browser or app, else `Other` | |
//! | `{"title":"application"}` | the application's name, else `Other` | |
//! | `{"text":40}` | the first 40 characters | |
//!
//! Two laws hold for each: making coarser what is coarse already changes nothing, and going down a ladder in steps
//! ends where one step ends. What is written depends on the coarse value alone, and at most on the layout it had.
//! Empty values and `-`, the hyphen that logs write for nothing, stay.

mod agent;
mod agents;
mod decimal;
mod digits;
pub mod ip;
pub mod number;
pub mod path;
mod settings;
pub mod time;
mod title;
pub mod url;

use std::ops::Range;

use tamis_plugin_sdk::bytes::same;
use tamis_plugin_sdk::{Column, Description, Edits, Failure, Row, Transformer, characters};

/// What is done with the values of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Addresses, truncated.
    Ip(ip::Prefixes),
    /// Times, rounded down, in a zone if there is one.
    Time(time::Unit, Option<time::Zone>),
    /// Numbers, rounded down to a multiple.
    Number(number::Width),
    /// Coordinates, with so many decimals.
    Geo(u8),
    /// Web addresses.
    Url(url::Url),
    /// Paths of files.
    Path(path::Depth),
    /// User agents, down to the family.
    Agent,
    /// Titles, down to the application.
    Title,
    /// Text, down to so many characters.
    Text(u32),
}

/// What becomes of a value: a range of it is replaced by a text, the rest stays.
///
/// Each kind of value has a short way, which reads the usual form and says nothing (`None`) about any other, and a
/// general one. Both come to the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change<'a> {
    range: Range<usize>,
    text: &'a str,
}

impl<'a> Change<'a> {
    /// The text in place of all of the value.
    pub(crate) fn whole(value: &str, text: &'a str) -> Self {
        Change { range: 0..value.len(), text }
    }

    /// The value ends earlier.
    pub(crate) fn end(value: &str, at: usize) -> Self {
        Change { range: at..value.len(), text: "" }
    }

    /// Whether it replaces anything by something else.
    #[inline(always)]
    fn is_one(&self, value: &str) -> bool {
        !value.as_bytes().get(self.range.clone()).is_some_and(|old| same(old, self.text.as_bytes()))
    }
}

impl Step {
    /// Appends the coarser value to `out`; `None` when the value cannot be treated.
    ///
    /// ```
    /// use tamis_minimize::{Step, url::Url};
    /// let mut out = String::new();
    /// assert!(Step::Url(Url::Host).apply("https://example.com/x?q=1", &mut out).is_some());
    /// assert_eq!(out, "example.com");
    /// assert!(Step::Url(Url::Host).apply("mailto:ann@example.com", &mut out).is_none());
    /// ```
    pub fn apply(&self, value: &str, out: &mut String) -> Option<()> {
        let columns = [Column::of(0, [value])];
        let mut edits = Edits::default();
        self.treat(0, &columns[0], &mut edits).ok()?;
        out.push_str(edits.apply(&columns).ok()?.first()?.first()?.as_deref()?);
        Some(())
    }

    /// Adds the edits of a column.
    fn treat(&self, number: u32, column: &Column, edits: &mut Edits) -> Result<(), Failure> {
        // A loop for each kind: small ones keep what they need in registers.
        match self {
            Step::Ip(prefixes) => {
                let cut = prefixes.cut();
                each(number, column, edits, |value, out| prefixes.change(cut, value, out))
            }
            Step::Time(unit, zone) => {
                each(number, column, edits, |value, out| time::change(*unit, zone.as_ref(), value, out))
            }
            Step::Number(width) => each(number, column, edits, |value, out| width.change(value, out)),
            Step::Geo(decimals) => each(number, column, edits, |value, out| number::place(*decimals, value, out)),
            Step::Url(url) => each(number, column, edits, |value, out| url.change(value, out)),
            Step::Path(depth) => each(number, column, edits, |value, out| depth.change(value, out)),
            Step::Title => {
                each(number, column, edits, |value, _| Some(Change::whole(value, title::application(value))))
            }
            Step::Text(count) => each(number, column, edits, |value, _| {
                Some(Change::end(value, characters::first(value, *count as usize)))
            }),
            Step::Agent => each_agent(number, column, edits),
        }
    }
}

/// Adds the edits that make each value of a column coarser. `change` gets an empty text to write to.
#[inline(never)]
fn each(
    number: u32,
    column: &Column,
    edits: &mut Edits,
    mut change: impl for<'a> FnMut(&'a str, &'a mut String) -> Option<Change<'a>>,
) -> Result<(), Failure> {
    let mut out = String::new();
    for row in column.rows()?.filter(|row| !is_nothing(row.text)) {
        out.clear();
        record(change(row.text, &mut out), number, row, edits);
    }
    Ok(())
}

#[inline(never)]
fn each_agent(number: u32, column: &Column, edits: &mut Edits) -> Result<(), Failure> {
    let mut agents = agent::Seen::new();
    for row in column.rows()?.filter(|row| !is_nothing(row.text)) {
        record(Some(Change::whole(row.text, agents.family(row.text))), number, row, edits);
    }
    Ok(())
}

#[inline(always)]
fn record(change: Option<Change<'_>>, column: u32, row: Row<'_>, edits: &mut Edits) {
    match change {
        None => edits.fail(column, row.number),
        Some(change) if change.is_one(row.text) => edits.replace(column, row.number, change.range, change.text),
        Some(_) => {}
    }
}

fn is_nothing(value: &str) -> bool {
    value.len() < 2 && matches!(value, "" | "-")
}

/// The plugin: a step for each field.
pub struct Minimize {
    fields: Vec<Step>,
}

impl Transformer for Minimize {
    fn describe() -> Description {
        Description::new("minimize", env!("CARGO_PKG_VERSION"), include_str!("settings.schema.json"))
    }

    fn configure(settings: &str) -> Result<Self, Failure> {
        settings::read(settings).map(|fields| Minimize { fields })
    }

    fn transform(&mut self, columns: &[Column], edits: &mut Edits) -> Result<(), Failure> {
        for (number, column) in (0..).zip(columns) {
            let step = self.fields.get(column.field as usize).ok_or(Failure::UnsupportedField)?;
            step.treat(number, column, edits)?;
        }
        Ok(())
    }
}

tamis_plugin_sdk::export_transformer!(Minimize);

#[cfg(test)]
mod tests;
