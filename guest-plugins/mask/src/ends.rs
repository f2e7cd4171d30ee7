//! So many characters at the front and at the back.

use tamis_plugin_sdk::characters;

use crate::{HIDDEN, Ranges};

pub(crate) fn ranges(value: &str, first: u16, last: u16, ranges: &mut Ranges) -> bool {
    if is_hidden(value, first, last) {
        return true;
    }
    let front = characters::first(value, usize::from(first));
    let back = characters::last(value, usize::from(last));
    let hidden = front..back;
    if hidden.is_empty() {
        return false;
    }
    ranges.push((hidden, HIDDEN));
    true
}

/// Whether somebody has done so already: no more is shown around the stars than would be.
fn is_hidden(value: &str, first: u16, last: u16) -> bool {
    let parts = value.split_once(HIDDEN);
    parts.is_some_and(|(front, back)| {
        front.chars().count() <= usize::from(first) && back.chars().count() <= usize::from(last)
    })
}
