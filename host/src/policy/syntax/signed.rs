//! What of an entry of evidence is signed, and by whom.

use sha2::{Digest as _, Sha256};
use toml::Spanned;
use toml::de::{DeString, DeValue};

use super::evidence::said;
use super::problems::Problems;
use super::reader::Reader;
use super::value::owned;
use crate::policy::document::{Entry, Evidence};

/// The key of an entry under which its signatures stand.
const SIGNATURE: &str = "signature";

/// Keys under which an entry says who stands behind it.
pub(in crate::policy) const BY: [&str; 4] = ["by", "approved-by", "signed-by", "stated-by"];

/// Takes the signatures of an entry, `signature."OFFICER" = "DAY BASE64"`, and digests what they are of.
pub(super) fn entry(kind: &str, table: &mut Reader<'_>, evidence: &mut Evidence, p: &mut Problems<'_>) {
    let name = format!("{kind}.{}", table.name().value);
    let mut content = Vec::new();
    text(evidence.tenant.as_ref().map_or("", |tenant| tenant.value.as_str()), &mut content);
    text(&name, &mut content);
    let all = table.table_itself();
    keys(all.iter().filter(|(key, _)| key.get_ref() != SIGNATURE), &mut content);
    let all = table.table(SIGNATURE, p).map_or_else(Vec::new, |signatures| signatures.rest(p));
    let signatures = all.iter().filter_map(|item| Some((owned(&item.key), item.filled(p)?))).collect();
    let by = BY.iter().find_map(|key| said(table.table_itself().get(*key)?.get_ref()));
    let entry = Entry { at: table.name().span, digest: Sha256::digest(&content).into(), by, signatures };
    evidence.entries.insert(name, entry);
}

/// What a table says, in one way whatever the order of its keys, blanks and comments.
fn keys<'t, 'i: 't>(
    table: impl Iterator<Item = (&'t Spanned<DeString<'i>>, &'t Spanned<DeValue<'i>>)>,
    out: &mut Vec<u8>,
) {
    let mut keys: Vec<_> = table.map(|(key, value)| (key.get_ref().as_ref(), value.get_ref())).collect();
    keys.sort_unstable_by_key(|(key, _)| *key);
    part(b't', &(keys.len() as u64).to_le_bytes(), out);
    for (key, value) in keys {
        text(key, out);
        content(value, out);
    }
}

fn content(value: &DeValue<'_>, out: &mut Vec<u8>) {
    match value {
        DeValue::String(own) => text(own, out),
        DeValue::Integer(number) => part(b'i', number.to_string().as_bytes(), out),
        DeValue::Float(number) => part(b'f', number.to_string().as_bytes(), out),
        DeValue::Boolean(yes) => part(b'b', &[u8::from(*yes)], out),
        DeValue::Datetime(day) => part(b'd', day.to_string().as_bytes(), out),
        DeValue::Array(parts) => {
            part(b'a', &(parts.len() as u64).to_le_bytes(), out);
            parts.iter().for_each(|own| content(own.get_ref(), out));
        }
        DeValue::Table(table) => keys(table.iter(), out),
    }
}

fn text(text: &str, out: &mut Vec<u8>) {
    part(b's', text.as_bytes(), out);
}

/// A part, with what it is and how long.
fn part(kind: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(kind);
    out.extend((bytes.len() as u64).to_le_bytes());
    out.extend(bytes);
}
