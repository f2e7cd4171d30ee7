//! From a core module to a component.

use super::BuildError;
use wit_component::ComponentEncoder;

/// Makes a component of a module, without anything about who built it.
pub(super) fn encode(core: &[u8]) -> Result<Vec<u8>, BuildError> {
    let bare = strip(core).ok_or_else(|| BuildError::Encode { why: "it is not a WebAssembly module".to_owned() })?;
    let encoded = ComponentEncoder::default().validate(true).module(&bare).and_then(|mut encoder| encoder.encode());
    encoded.map_err(|error| BuildError::Encode { why: format!("{error:#}") })
}

/// A module without its custom sections, except those that say which world it is for.
fn strip(module: &[u8]) -> Option<Vec<u8>> {
    let (header, mut rest) = module.split_at_checked(8)?;
    let mut bare = header.to_vec();
    while let Some((&id, body)) = rest.split_first() {
        let (len, body) = leb(body)?;
        let (content, after) = body.split_at_checked(len)?;
        let section = &rest[..rest.len() - after.len()];
        let keep = id != 0 || {
            let (len, name) = leb(content)?;
            name.get(..len)?.starts_with(b"component-type")
        };
        if keep {
            bare.extend_from_slice(section);
        }
        rest = after;
    }
    Some(bare)
}

/// A length of 32 bits in LEB128, and what follows it.
fn leb(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0u64;
    for (index, &byte) in bytes.iter().enumerate().take(5) {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((usize::try_from(value).ok()?, &bytes[index + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_says_the_world_stays_of_custom_sections() {
        let text = r#"(module (func (export "f"))
            (@custom "producers" "x") (@custom "name" "y") (@custom "component-type:w" "z"))"#;
        let module = wat::parse_str(text).unwrap();
        let bare = strip(&module).unwrap();
        let expected = wat::parse_str(r#"(module (func (export "f")) (@custom "component-type:w" "z"))"#).unwrap();
        assert_eq!(bare, expected);
        for cut in 9..module.len() {
            // Never a panic, whatever the bytes.
            let _ = strip(&module[..cut]);
        }
        assert_eq!(strip(b"\0asm\x01\0\0\0\x00\xff\xff\xff\xff\xff\xff"), None);
    }
}
