//! Values that documents use as examples: reserved names and networks, test cards. `entities/examples.toml` lists them.

use crate::glob::fits;
use crate::tables::EXAMPLES;

/// Longest value that may be one, in bytes.
const MOST: usize = 128;

/// Examples of one entity.
#[derive(Debug)]
pub(crate) struct Example {
    pub(crate) entity: u32,
    /// Patterns of values as they are written: `*` is any text, `#` a digit. Letters are small.
    pub(crate) written: &'static [&'static str],
    /// Patterns of their letters and digits.
    pub(crate) plain: &'static [&'static str],
    #[cfg(test)]
    pub(crate) told: Told,
}

/// What tests hold examples to. A plugin carries none of it.
#[cfg(test)]
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) source: &'static str,
    /// Texts in which an example is found, and nothing is where examples are left out.
    pub(crate) texts: &'static [&'static str],
    /// Texts in which a value is found that is none.
    pub(crate) others: &'static [&'static str],
}

/// Whether a value of an entity is one that documents use.
pub(crate) fn is_example(entity: u32, value: &[u8]) -> bool {
    // Guests and bounces have the address of somebody else in front of the `@`: `ann_firm.de#EXT#@example.com`.
    let at = value.iter().position(|b| *b == b'@');
    let names_another =
        at.is_some_and(|at| value.iter().take(at).any(|b| matches!(b, b'=' | b'#' | b'%' | b'!' | b'+')));
    if value.len() > MOST || names_another {
        return false;
    }
    let written = value.to_ascii_lowercase();
    let plain: Vec<u8> = written.iter().copied().filter(u8::is_ascii_alphanumeric).collect();
    let of = |pattern: &&str, text: &[u8]| fits(pattern.as_bytes(), text, b'*', same);
    EXAMPLES.iter().filter(|example| example.entity == entity).any(|example| {
        example.written.iter().any(|pattern| of(pattern, &written))
            || written.is_ascii() && example.plain.iter().any(|pattern| of(pattern, &plain))
    })
}

fn same(sign: u8, byte: u8) -> bool {
    sign == byte || sign == b'#' && byte.is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::LISTED;
    use crate::tests::found;
    use crate::{ColumnView, Finding, Redact};

    fn all(find: &str, text: &str) -> Vec<Finding> {
        found(find, "possible", &[], text)
    }

    /// What is found where examples are left out.
    fn without(find: &str, text: &str) -> Vec<Finding> {
        let settings = serde_json::json!({"fields": [{"find": [find], "threshold": "possible", "examples": false}]});
        let mut redact = Redact::configure(&settings.to_string(), &[]).unwrap();
        let column = ColumnView { field: 0, bytes: text.as_bytes(), offsets: &[0, text.len() as u32], event: &[0] };
        let mut found = Vec::new();
        redact.scan(&[column], &mut found).unwrap();
        found
    }

    #[test]
    fn examples_are_found_unless_they_are_left_out_and_others_always_are() {
        let mut wrong = Vec::new();
        for example in EXAMPLES {
            let name = LISTED[example.entity as usize].name;
            for text in example.told.texts {
                let (with, without) = (all(name, text), without(name, text));
                if with.is_empty() || !without.is_empty() {
                    wrong.push(format!("{name} in {text:?}: {} found, {} without", with.len(), without.len()));
                }
            }
            for text in example.told.others {
                let (with, without) = (all(name, text), without(name, text));
                if with.is_empty() || with != without {
                    wrong.push(format!("{name} in {text:?}: {} found, {} without", with.len(), without.len()));
                }
            }
            assert!(!example.told.texts.is_empty() && !example.told.others.is_empty(), "{name}");
            assert!(!example.told.source.is_empty(), "{name}");
        }
        assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    }

    /// Each pattern leaves out a value that its file names.
    #[test]
    fn no_pattern_is_idle() {
        for example in EXAMPLES {
            let name = LISTED[example.entity as usize].name;
            let values = example.told.texts.iter().flat_map(|text| {
                let value = move |found: &Finding| text[found.start as usize..found.end as usize].to_lowercase();
                all(name, text).iter().map(value).collect::<Vec<_>>()
            });
            let values: Vec<String> = values.collect();
            let plain = |value: &str| value.replace(|c: char| !c.is_ascii_alphanumeric(), "");
            let fits_any = |pattern: &&str, of: &dyn Fn(&str) -> String| {
                values.iter().any(|value| fits(pattern.as_bytes(), of(value).as_bytes(), b'*', same))
            };
            let idle = example.written.iter().filter(|pattern| !fits_any(pattern, &str::to_owned));
            let idle: Vec<_> = idle.chain(example.plain.iter().filter(|pattern| !fits_any(pattern, &plain))).collect();
            assert!(idle.is_empty(), "{name}: {idle:?} of {values:?}");
        }
    }
}
