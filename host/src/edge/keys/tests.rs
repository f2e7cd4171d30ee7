use super::*;
use crate::pipeline::codes::{Coder, Derivation};
use crate::policy::form::Code;
use std::os::unix::fs::PermissionsExt as _;

const EPOCH: Epoch = Epoch { number: 229, days: 90 };

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        new_root(&folder.path().join("root")).unwrap();
        Self { folder }
    }

    fn said(&self) -> KeysAt {
        let root = Secret::File(self.folder.path().join("root"));
        KeysAt { root, folder: Some(self.folder.path().join("keys")) }
    }

    fn ring(&self) -> Ring {
        Ring::new(Some(&self.said())).unwrap()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("keys").join(name)
    }
}

fn code(secret: &Root) -> [u8; 16] {
    let what = Derivation { tenant: "t", domain: "d", purpose: "p", epoch: 229, code: Code::Escrow };
    Coder::new(secret, &what).bits(b"ann").unwrap()
}

/// LAW: one secret for a tenant and epoch, over restarts, threads and processes that share the folder.
#[test]
fn whoever_asks_first_everybody_has_one_secret() {
    let place = Place::new();
    let rings: Vec<_> = (0..8).map(|_| place.ring()).collect();
    let codes: Vec<_> = std::thread::scope(|scope| {
        let asked: Vec<_> = rings.iter().map(|ring| scope.spawn(|| code(&ring.epoch("t", EPOCH).unwrap()))).collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(codes.iter().all(|one| *one == codes[0]));
    assert_eq!(code(&place.ring().look("t", EPOCH).unwrap().unwrap()), codes[0], "after a restart");
    let others = [("t", Epoch { number: 230, ..EPOCH }), ("t", Epoch { days: 30, ..EPOCH }), ("u", EPOCH)];
    for (tenant, epoch) in others {
        assert_ne!(code(&place.ring().epoch(tenant, epoch).unwrap()), codes[0]);
    }
    let left = std::fs::read_dir(place.file("t")).unwrap().count();
    assert_eq!(left, 3, "nothing is left beside the keys");
}

/// LAW (neighbours): who has a secret does not wait while another's is read from a slow disk.
#[test]
fn a_secret_that_is_there_waits_for_no_other() {
    let place = Place::new();
    let ring = std::sync::Arc::new(place.ring());
    ring.epoch("t", EPOCH).unwrap();
    // Whoever reads a pipe waits for somebody who writes it.
    std::fs::create_dir(place.file("slow")).unwrap();
    let pipe = place.file("slow/229.90.key");
    assert!(std::process::Command::new("mkfifo").args(["-m", "600"]).arg(&pipe).status().unwrap().success());
    let (own, (tell, told)) = (ring.clone(), std::sync::mpsc::channel());
    let slow = std::thread::spawn(move || own.epoch("slow", EPOCH).is_err());
    // It opens once the other reads.
    let end = std::fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    std::thread::spawn(move || tell.send(ring.epoch("t", EPOCH).is_ok()).unwrap());
    assert_eq!(told.recv_timeout(std::time::Duration::from_secs(20)), Ok(true));
    drop(end);
    assert!(slow.join().unwrap(), "an empty file is no key");
}

/// LAW: a retired epoch has no secret, for nobody, and does not get one again; others stay.
#[test]
fn what_was_retired_is_not_made_anew() {
    let place = Place::new();
    let ring = place.ring();
    let (before, next) = (code(&ring.epoch("t", EPOCH).unwrap()), Epoch { number: 230, days: 90 });
    ring.epoch("t", next).unwrap();
    let wrapped = std::fs::read_to_string(place.file("t/229.90.key")).unwrap();
    std::fs::write(place.file("t/.229.90.key.00"), &wrapped).unwrap();
    ring.retire("t", EPOCH).unwrap();
    ring.retire("t", EPOCH).unwrap();
    for ring in [ring, place.ring()] {
        assert!(ring.epoch("t", EPOCH).unwrap_err().0.contains("destroyed"));
        assert!(ring.look("t", EPOCH).is_err() && ring.is_retired("t", EPOCH));
        assert!(!ring.is_retired("t", next) && ring.look("t", next).unwrap().is_some());
        assert!(ring.retire("t", Epoch { number: 1, days: 90 }).is_err(), "there is no such key");
    }
    let states: Vec<_> = place.ring().kept("t").unwrap().into_iter().map(|kept| kept.state).collect();
    assert!(matches!(states[..], [State::Retired(_), State::Live]));
    let secret = serde_json::from_str::<serde_json::Value>(&wrapped).unwrap()["wrapped"].as_str().unwrap().to_owned();
    for entry in std::fs::read_dir(place.file("t")).unwrap().flatten() {
        assert!(!std::fs::read_to_string(entry.path()).unwrap().contains(&secret), "{:?}", entry.path());
    }
    // The root is there as before, and does not bring it back.
    assert_ne!(code(&place.ring().root("t").unwrap()), before);
}

#[test]
fn a_retirement_that_was_cut_short_leaves_no_key_and_can_be_ended() {
    let place = Place::new();
    place.ring().epoch("t", EPOCH).unwrap();
    let path = place.file("t/229.90.key");
    std::fs::write(&path, vec![b'0'; 100]).unwrap();
    assert!(place.ring().epoch("t", EPOCH).is_err(), "what is damaged is not made anew");
    place.ring().retire("t", EPOCH).unwrap();
    assert!(place.ring().is_retired("t", EPOCH));
}

#[test]
fn keys_that_others_read_or_that_are_of_another_root_are_refused() {
    let place = Place::new();
    place.ring().epoch("t", EPOCH).unwrap();
    let path = place.file("t/229.90.key");
    let mode = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    mode(&path, 0o640);
    assert!(place.ring().epoch("t", EPOCH).unwrap_err().0.contains("chmod 600"));
    mode(&path, 0o600);
    let root = place.folder.path().join("root");
    mode(&root, 0o644);
    assert!(Ring::new(Some(&place.said())).unwrap_err().0.contains("chmod 600"));
    std::fs::remove_file(&root).unwrap();
    new_root(&root).unwrap();
    assert!(new_root(&root).is_err(), "a root that is there stays");
    assert!(place.ring().epoch("t", EPOCH).unwrap_err().0.contains("another root"));
    // A file of another tenant is not taken for this one's.
    std::fs::create_dir(place.file("u")).unwrap();
    std::fs::copy(&path, place.file("u/229.90.key")).unwrap();
    assert!(place.ring().epoch("u", EPOCH).is_err());
}

#[test]
fn roots_by_tenant() {
    let place = Place::new();
    for tenant in ["a", "b"] {
        new_root(&place.folder.path().join(format!("root-{tenant}"))).unwrap();
    }
    let root = Secret::File(place.folder.path().join("root-{tenant}"));
    let ring = Ring::new(Some(&KeysAt { root, folder: None })).unwrap();
    assert_ne!(code(&ring.epoch("a", EPOCH).unwrap()), code(&ring.epoch("b", EPOCH).unwrap()));
    assert!(ring.epoch("c", EPOCH).is_err());
    assert!(ring.retire("a", EPOCH).unwrap_err().0.contains("[keys] folder"));
}

/// LAW: what is damaged is mended by what was there, never by being taken away; nobody asks a program again and again.
#[test]
fn a_damaged_key_that_is_gone_is_not_mended() {
    let place = Place::new();
    let file = place.file("t/229.90.key");
    place.ring().epoch("t", EPOCH).unwrap();
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, "damaged").unwrap();
    let ring = place.ring();
    let lack = ring.lack("t", EPOCH).unwrap();
    assert!(!ring.is_mended(&lack));
    std::fs::rename(&file, file.with_extension("away")).unwrap();
    assert!(!ring.is_mended(&lack), "another one would be made in its place");
    std::fs::rename(file.with_extension("away"), &file).unwrap();
    std::fs::write(&file, whole).unwrap();
    assert!(ring.is_mended(&lack));
    // A root that was not there has made nothing yet.
    let root = Secret::File(place.folder.path().join("root-{tenant}"));
    let ring = Ring::new(Some(&KeysAt { root, folder: Some(place.folder.path().join("others")) })).unwrap();
    let lack = ring.lack("c", EPOCH).unwrap();
    assert!(!ring.is_mended(&lack));
    new_root(&place.folder.path().join("root-c")).unwrap();
    assert!(ring.is_mended(&lack));
    let root = Secret::Exec(vec!["false".into(), "{tenant}".into()]);
    assert_eq!(Ring::new(Some(&KeysAt { root, folder: None })).unwrap().lack("c", EPOCH), None);
}

/// LAW: what is there again asks for one reload, not for one at each look; what is lacked still goes on being looked for.
#[test]
fn what_is_mended_is_told_once() {
    let place = Place::new();
    let damage = |tenant: &str| {
        place.ring().epoch(tenant, EPOCH).unwrap();
        let file = place.file(&format!("{tenant}/229.90.key"));
        let whole = std::fs::read(&file).unwrap();
        std::fs::write(&file, "damaged").unwrap();
        (file, whole)
    };
    let (one, other) = (damage("t"), damage("u"));
    let (ring, lacks) = (place.ring(), Lacks::default());
    lacks.add("staff", ring.lack("t", EPOCH));
    lacks.add("guests", ring.lack("u", EPOCH));
    lacks.add("guests", None);
    let looks = || [lacks.is_mended(&ring), lacks.is_mended(&ring)];
    assert_eq!(looks(), [false, false]);
    std::fs::write(&one.0, one.1).unwrap();
    assert_eq!(looks(), [true, false]);
    std::fs::write(&other.0, &other.1).unwrap();
    assert_eq!(looks(), [true, false]);
    // As it is loaded anew.
    lacks.add("guests", ring.lack("u", EPOCH));
    lacks.forget("guests");
    assert_eq!(looks(), [false, false]);
}
