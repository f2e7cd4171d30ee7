//! Names of files, with or without the path before them: the type of file is shown.

use tamis_plugin_sdk::file_name::extension;

use crate::{HIDDEN, Ranges};

pub(crate) fn ranges(value: &str, ranges: &mut Ranges) -> bool {
    // Behind an address of the web there may be a query or a fragment, which is no part of the name.
    let end = if value.contains("://") { value.find(['?', '#']).unwrap_or(value.len()) } else { value.len() };
    let path = &value[..end];
    let name = path.rfind(['/', '\\', ':']).map_or(0, |separator| separator + 1);
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
