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
        let mut scratch = String::new();
        let change = self.change(value, &mut scratch)?;
        out.push_str(value.get(..change.range.start)?);
        out.push_str(change.text);
        out.push_str(value.get(change.range.end..)?);
        Some(())
    }

    /// The change that makes the value coarser; `None` when it cannot be treated. `out` is empty and to write to.
    ///
    /// Most values have the usual form of their kind: a short way reads it, and says nothing (`None`) about any other.
    fn change<'a>(&self, value: &'a str, out: &'a mut String) -> Option<Change<'a>> {
        match self {
            _ if is_nothing(value) => return Some(Change::end(value, value.len())),
            Step::Agent => return Some(Change::whole(value, agent::family(value))),
            Step::Title => return Some(Change::whole(value, title::application(value))),
            Step::Text(count) => return Some(Change::end(value, characters::first(value, *count as usize))),
            Step::Time(unit, zone) => {
                if let Some(time) = time::Usual::read(value) {
                    return time.round(*unit, zone.as_ref(), value, out);
                }
            }
            Step::Geo(decimals) => {
                if let Some(end) = number::end_of_usual(*decimals, value) {
                    return Some(Change::end(value, end));
                }
            }
            Step::Url(url) => {
                if let Some(change) = url.usual(value) {
                    return Some(change);
                }
            }
            Step::Ip(prefixes) => {
                if let Some((at, text)) = prefixes.cut_dotted(value) {
                    return Some(Change { range: at..value.len(), text });
                }
                if prefixes.truncate_groups(value, out).is_some() {
                    return Some(Change::whole(value, out));
                }
            }
            Step::Path(depth) => {
                if let Some(at) = depth.usual(value, out) {
                    return Some(Change { range: at..value.len(), text: out });
                }
            }
            Step::Number(_) => {}
        }
        self.in_general(value, out)?;
        Some(Change::whole(value, out))
    }

    /// Appends the coarser value, whatever form it has.
    fn in_general(&self, value: &str, out: &mut String) -> Option<()> {
        match self {
            Step::Ip(prefixes) => prefixes.truncate(value, out),
            Step::Time(unit, zone) => time::round(*unit, zone.as_ref(), value, out),
            Step::Number(width) => width.bucket(value, out),
            Step::Geo(decimals) => number::geo(*decimals, value, out),
            Step::Url(url) => url.reduce(value, out),
            Step::Path(depth) => depth.reduce(value, out),
            Step::Agent | Step::Title | Step::Text(_) => None,
        }
    }
}

fn is_nothing(value: &str) -> bool {
    matches!(value.as_bytes(), b"" | b"-")
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
        let mut out = String::new();
        for (number, column) in (0..).zip(columns) {
            match self.fields.get(column.field as usize).ok_or(Failure::UnsupportedField)? {
                Step::Agent => {
                    let mut agents = agent::Seen::new();
                    let mut family = |value| if is_nothing(value) { value } else { agents.family(value) };
                    for row in column.rows()? {
                        record(Some(Change::whole(row.text, family(row.text))), number, row, edits);
                    }
                }
                step => {
                    for row in column.rows()? {
                        out.clear();
                        record(step.change(row.text, &mut out), number, row, edits);
                    }
                }
            }
        }
        Ok(())
    }
}

#[inline]
fn record(change: Option<Change<'_>>, column: u32, row: Row<'_>, edits: &mut Edits) {
    match change {
        None => edits.fail(column, row.number),
        Some(change) if change.is_one(row.text) => edits.replace(column, row.number, change.range, change.text),
        Some(_) => {}
    }
}

tamis_plugin_sdk::export_transformer!(Minimize);

#[cfg(test)]
mod tests;
