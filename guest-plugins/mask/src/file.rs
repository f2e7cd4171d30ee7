//! Names of files, with or without the path before them: the type of file is shown.

use tamis_plugin_sdk::bytes::find;
use tamis_plugin_sdk::file_name::extension;

use crate::{HIDDEN, Ranges};

pub(crate) fn ranges(value: &str, ranges: &mut Ranges) -> bool {
    // Behind an address of the web there may be a query or a fragment, which is no part of the name.
    let end = if is_web(value) { value.find(['?', '#']).unwrap_or(value.len()) } else { value.len() };
    let path = &value[..end];
    let separator = path.bytes().rposition(|byte| matches!(byte, b'/' | b'\\' | b':'));
    let name = separator.map_or(0, |separator| separator + 1);
    let Some((dot, _)) = extension(&path[name..]) else { return false };
    // `https://example.com`: what stands behind the slashes is a host.
    if path[..name].ends_with("://") {
        return false;
    }
    ranges.push((0..name + dot, HIDDEN));
    if end < value.len() {
        ranges.push((end..value.len(), ""));
    }
    true
}

fn is_web(value: &str) -> bool {
    // Without a colon, as most names are, there is no need to search for more than one byte.
    find(value.as_bytes(), 0, b':') < value.len() && value.contains("://")
}
