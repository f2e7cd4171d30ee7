//! Names of files, with or without the path before them: the type of file is shown.

use tamis_plugin_sdk::bytes::find;
use tamis_plugin_sdk::file_name::extension;

use crate::{HIDDEN, Ranges};

pub(crate) fn ranges(value: &str, ranges: &mut Ranges) -> bool {
    // Behind an address of the web there may be a query or a fragment, which is no part of the name.
    let web = is_web(value);
    let end = if web { value.find(['?', '#']).unwrap_or(value.len()) } else { value.len() };
    let path = &value[..end];
    // Types hold no separators: the dot is one of the name. A name that begins with its only dot has no type.
    let Some((dot, _)) = extension(path) else { return false };
    let separator = |byte: &u8| matches!(byte, b'/' | b'\\' | b':');
    let before = &path.as_bytes()[..dot];
    if before.last().is_none_or(separator) {
        return false;
    }
    // `https://example.com`: what stands behind the slashes is a host.
    let name = || before.iter().rposition(separator).map_or(0, |separator| separator + 1);
    if web && before[..name()].ends_with(b"://") {
        return false;
    }
    ranges.push((0..dot, HIDDEN));
    if end < value.len() {
        ranges.push((end..value.len(), ""));
    }
    true
}

fn is_web(value: &str) -> bool {
    // Without a colon, as most names are, there is no need to search for more than one byte.
    find(value.as_bytes(), 0, b':') < value.len() && value.contains("://")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same said slowly: the name first, then its type.
    fn slow(value: &str) -> Option<Ranges> {
        let end = if value.contains("://") { value.find(['?', '#']).unwrap_or(value.len()) } else { value.len() };
        let path = &value[..end];
        let name = path.rfind(['/', '\\', ':']).map_or(0, |separator| separator + 1);
        let (dot, _) = extension(&path[name..]).filter(|_| !path[..name].ends_with("://"))?;
        let rest = (end < value.len()).then_some((end..value.len(), ""));
        Some([(0..name + dot, HIDDEN)].into_iter().chain(rest).collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn the_short_way_agrees_with_the_slow_one(value in r"(https?:|)[/\\:]{0,3}([a-cé.:/\\?#]{0,6}[.](pdf|docx|gz|x|dockerfile)){0,2}[?#/.]{0,2}[a-z.]{0,14}") {
            let mut found = Ranges::new();
            prop_assert_eq!(ranges(&value, &mut found).then_some(found), slow(&value), "{}", value);
        }
    }
}
