//! People by their names: beside an address, behind a greeting or a title, in fields that name people; and accounts in paths.

mod ends;
mod field;
mod mail;
mod name;
mod path;
mod told;
mod words;

pub(crate) use field::People;
pub(crate) use path::{USER_PATH, may_begin as may_follow_a_folder};
pub(crate) use told::may_begin as may_be_told;

use super::{Anchor, Finder, Hit, Site};
use crate::types::Confidence::Likely;

/// Asked at `@`, at capitals behind words that tell a name, at assignments, and of whole rows of fields that name people.
pub(crate) static NAME: Finder =
    Finder { anchors: &[Anchor::At, Anchor::Told, Anchor::Assignment, Anchor::Row], digits: 0, surest: Likely, find };

fn find(site: &Site<'_>, hits: &mut Vec<Hit>) {
    let Site { text, at, .. } = *site;
    let span = match site.anchor {
        Anchor::At => mail::beside(site),
        Anchor::Told => told::behind(text, at),
        Anchor::Assignment => field::assigned(text, at),
        Anchor::Row => site.field.people.and_then(|people| field::row(text, people)),
        _ => None,
    };
    hits.extend(span.map(|(start, end)| Hit::new(start, end, Likely)));
}
