//! LAWS of bundles: equal content is equal bytes, what was written is read back, and whatever was changed on the way is refused.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::key::{Key, KeyError, Public};
use super::*;

fn manifest() -> Manifest {
    Manifest {
        tenant: "firm".into(),
        revision: 2,
        evidence: 1,
        digest: "sha256:00".into(),
        previous: None,
        made: "2026-11-27".into(),
        widens: false,
        earlier: Vec::new(),
        lists: Vec::new(),
        files: Vec::new(),
    }
}

fn files() -> BTreeMap<String, Vec<u8>> {
    let all =
        [("categories.toml", "one"), ("earlier/1/categories.toml", "one"), ("tenants/firm.toml", "three"), ("x", "")];
    all.into_iter().map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec())).collect()
}

fn key(number: u8) -> Key {
    Key::parse(&format!("{number:02x}").repeat(32)).unwrap()
}

fn signed(widens: bool, keys: &[u8]) -> Vec<u8> {
    let manifest = Manifest { widens, ..manifest() };
    let bundle = read(&write(manifest, &files(), &[]).unwrap()).unwrap();
    let signatures: Vec<_> = keys.iter().map(|number| bundle.sign(&key(*number), "An Officer")).collect();
    write(bundle.manifest, &bundle.files, &signatures).unwrap()
}

#[test]
fn what_is_written_is_read_back_and_equal_content_is_equal_bytes() {
    let bytes = signed(false, &[1, 2]);
    assert_eq!(bytes, signed(false, &[1, 2]));
    let bundle = read(&bytes).unwrap();
    assert_eq!((&bundle.files, bundle.manifest.name().as_str()), (&files(), "firm@2"));
    assert_eq!(bundle.bytes(), bytes);
    assert_eq!(bytes.windows(3).filter(|part| part == b"one").count(), 1, "what two files share stands once");
}

/// LAW: no byte can be another one, be it of the head, the manifest, a file or a signature.
#[test]
fn every_flipped_byte_is_refused() {
    let bytes = signed(false, &[1, 2]);
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            assert!(read(&changed).is_err(), "bit {bit} of byte {at}");
        }
    }
    for end in 0..bytes.len() {
        // Signatures may be missing as a whole: whether there are enough is asked apart.
        let is_whole = bytes[..end].ends_with(b"}\n") && read(&bytes[..end]).is_ok_and(|cut| cut.signatures.len() < 2);
        let is_unsigned = read(&bytes[..end]).is_ok_and(|cut| cut.signatures.is_empty() && cut.files == files());
        assert!(read(&bytes[..end]).is_err() || is_whole || is_unsigned, "cut at {end}");
    }
}

#[test]
fn one_officer_signs_what_is_not_wider_and_two_what_is() {
    let trusted = [key(1).public(), key(2).public()];
    let by = |widens, keys: &[u8], needs_two| {
        let bundle = read(&signed(widens, keys)).unwrap();
        bundle.signed_by(&trusted, needs_two).map(|all| all.len()).map_err(|error| error.to_string())
    };
    assert_eq!(by(false, &[1], false), Ok(1));
    assert_eq!(by(false, &[1, 2], true), Ok(2));
    assert_eq!(by(true, &[2, 1], false), Ok(2));
    for (widens, keys, needs_two) in [
        (true, &[1][..], false),
        (false, &[1], true),
        (true, &[1, 3], false),
        (false, &[3], false),
        (false, &[], false),
    ] {
        assert!(by(widens, keys, needs_two).is_err(), "{widens} {keys:?} {needs_two}");
    }
}

#[test]
fn a_signature_is_of_one_bundle_one_name_and_one_key() {
    let (one, other) = (read(&signed(false, &[1])).unwrap(), read(&signed(true, &[])).unwrap());
    assert_eq!(write(other.manifest, &other.files, &one.signatures), Err(BadBundle::Signature));
    let twice = [one.signatures.clone(), one.signatures.clone()].concat();
    assert_eq!(write(one.manifest.clone(), &one.files, &twice), Err(BadBundle::Signature), "nobody is two officers");
}

/// LAW: nothing in a bundle leads out of it.
#[test]
fn paths_that_could_lead_elsewhere_are_refused() {
    for path in [
        "/etc/passwd",
        "../x",
        "a/../b",
        "a//b",
        "a/",
        "",
        ".",
        "a/./b",
        "a\\b",
        "c:x",
        "a\nb",
        "a\0b",
        &"x".repeat(600),
    ] {
        let files = BTreeMap::from([(path.to_owned(), Vec::new())]);
        assert_eq!(write(manifest(), &files, &[]), Err(BadBundle::Path), "{path:?}");
    }
}

/// A bundle as somebody else might write it.
fn raw(manifest: &str, rest: &str) -> Vec<u8> {
    format!("tamis-bundle 1\n{manifest}\n{rest}").into_bytes()
}

#[test]
fn manifests_that_are_written_otherwise_are_refused() {
    let good = String::from_utf8(write(manifest(), &files(), &[]).unwrap()).unwrap();
    let mut lines = good.splitn(3, '\n').skip(1);
    let (line, rest) = (lines.next().unwrap(), lines.next().unwrap());
    assert!(read(&raw(line, rest)).is_ok());
    let file = r#"{"path":"x","size":0,"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}"#;
    for (from, to) in [
        ("\"revision\":2", "\"revision\": 2"),
        ("\"revision\":2", "\"revision\":2,\"revision\":2"),
        ("\"revision\":2", "\"revision\":2,\"more\":1"),
        ("\"tenant\"", "\"t\\u0065nant\""),
        (file, &format!("{file},{file}")),
        ("\"size\":5", "\"size\":4294967295"),
        ("\"size\":3", "\"size\":2"),
    ] {
        assert!(line.contains(from), "{from}");
        assert!(read(&raw(&line.replacen(from, to, 1), rest)).is_err(), "{from} → {to}");
    }
    // Few bytes that would be many in memory.
    let many: Vec<_> = (0..8000).map(|n| format!(r#"{{"path":"{n:05}","size":50000,"sha256":"SUM"}}"#)).collect();
    let content = "x".repeat(50_000);
    let sum: String = {
        use sha2::Digest as _;
        sha2::Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let (start, _) = line.split_once("\"files\":").unwrap();
    let bomb = format!("{start}\"files\":[{}]}}", many.join(",").replace("SUM", &sum));
    assert!(matches!(read(&raw(&bomb, &content)), Err(BadBundle::File(_))));
}

#[test]
fn keys_are_digits() {
    assert_eq!(key(7).public(), Public::parse(&format!("# whose\n{}\n", key(7).public().as_str())).unwrap());
    for bad in ["", "12", &"AB".repeat(32), &"zz".repeat(32), &format!("{0}\n{0}", "ab".repeat(32))] {
        assert_eq!(Public::parse(bad), Err(KeyError::Digits), "{bad}");
    }
    assert_eq!(format!("{:?}", key(1)), "Key");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// LAW: no bytes make the reader fail otherwise than by an error, and what it takes is what is written of it.
    #[test]
    fn hostile_bytes_are_read_or_refused(
        at in 0usize..4000, cut in 0usize..4000, put in prop::collection::vec(any::<u8>(), 0..20), keys in 0usize..3
    ) {
        let mut bytes = signed(false, &[1, 2][..keys.min(2)]);
        let at = at % bytes.len();
        let end = (at + cut % 64).min(bytes.len());
        bytes.splice(at..end, put);
        if let Ok(bundle) = read(&bytes) {
            prop_assert_eq!(bundle.bytes(), bytes);
        }
    }

    #[test]
    fn any_files_come_back(all in prop::collection::btree_map("[a-zé]{1,3}(/[a-z.]{1,4}x)?", prop::collection::vec(any::<u8>(), 0..40), 0..12)) {
        let read = read(&write(manifest(), &all, &[]).unwrap()).unwrap();
        prop_assert_eq!(read.files, all);
    }
}
