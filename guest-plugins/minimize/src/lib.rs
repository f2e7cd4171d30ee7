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
pub mod ip;
pub mod number;
pub mod path;
mod settings;
pub mod time;
mod title;
pub mod url;

use tamis_plugin_sdk::{Column, Description, Edits, Failure, Transformer, characters};

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
        match self {
            _ if matches!(value, "" | "-") => out.push_str(value),
            Step::Ip(prefixes) => prefixes.truncate(value, out)?,
            Step::Time(unit, zone) => time::round(*unit, zone.as_ref(), value, out)?,
            Step::Number(width) => width.bucket(value, out)?,
            Step::Geo(decimals) => number::geo(*decimals, value, out)?,
            Step::Url(url) => url.reduce(value, out)?,
            Step::Path(depth) => depth.reduce(value, out)?,
            Step::Agent => out.push_str(agent::family(value)),
            Step::Title => out.push_str(title::application(value)),
            Step::Text(count) => out.push_str(value.get(..characters::first(value, *count as usize))?),
        }
        Some(())
    }
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
            let step = self.fields.get(column.field as usize).ok_or(Failure::UnsupportedField)?;
            for row in column.rows()? {
                out.clear();
                match step.apply(row.text, &mut out) {
                    None => edits.fail(number, row.number),
                    // Text only ends earlier: what is behind goes, the rest stays where it is.
                    Some(()) if matches!(step, Step::Text(_)) && out.len() < row.text.len() => {
                        edits.replace(number, row.number, out.len()..row.text.len(), "");
                    }
                    Some(()) if out != row.text => edits.replace(number, row.number, 0..row.text.len(), &out),
                    Some(()) => {}
                }
            }
        }
        Ok(())
    }
}

tamis_plugin_sdk::export_transformer!(Minimize);

#[cfg(test)]
mod tests;
