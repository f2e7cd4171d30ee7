use super::*;
use crate::edge::quarantine::Identity;
use crate::pipeline::codes::{Coder, Derivation, Root};
use crate::pipeline::keys::{Entry, Escrow as _};
use crate::policy::form::Code;
use proptest::prelude::*;

const EPOCH: Epoch = Epoch { number: 229, days: 90 };
const NAMES: [&str; 3] = ["works council", "data protection officer", "judge"];

fn entry(value: &str) -> Entry {
    let what = Derivation { tenant: "t", domain: "d", purpose: "p", epoch: 229, code: Code::Escrow };
    let mut coder = Coder::new(&Root::new([7; 32]), &what);
    let mut code = Vec::new();
    let bits = coder.bits(value.as_bytes()).unwrap();
    coder.write(bits, &mut code);
    Entry { tenant: "t".into(), epoch: EPOCH, code: String::from_utf8(code).unwrap(), identity: value.into() }
}

/// Officers with their private keys.
fn people(count: usize, approvals: u8) -> (Officers, Vec<Identity>) {
    let keys: Vec<_> = (0..count).map(|_| Identity::generate()).collect();
    let officer = |(number, key): (usize, &Identity)| Officer {
        name: NAMES.get(number).map_or_else(|| format!("officer {number}"), |name| (*name).to_owned()),
        key: key.to_public().to_string(),
    };
    (Officers { all: keys.iter().enumerate().map(officer).collect(), approvals }, keys)
}

fn request(folder: &Path, code: &str, by: &Identity) -> Request {
    let found = find(folder, "t", code, |_| true).unwrap().unwrap();
    let text = |text: &str| text.to_owned();
    let (purpose, reason, case, by_name) =
        (text("investigation"), text("stolen account"), text("2026-17"), text("SOC"));
    let asked = Asked { purpose, reason, case, by: by_name, tell_person: None, key: by.to_public() };
    Request::new(&found, asked).unwrap()
}

/// LAW: what an officer is shown is what the request asks for: no text of it can look like another line.
#[test]
fn a_request_shows_what_it_asks_for() {
    let place = Place::new(3, 2);
    let sealed = entry("ann@example.de");
    place.escrow().keep(vec![sealed.clone()]).unwrap();
    let whole = request(place.folder.path(), &sealed.code, &Identity::generate());
    let text = serde_json::to_string(&whole).unwrap();
    assert!(Request::read(text.as_bytes()).is_ok());
    for sign in [
        "\\n",
        "\\r",
        "\\u001b[8m",
        "\\u0085",
        "\\u2028",
        "\\u202e",
        "\\u2066",
        "\\u200b",
        "  ",
        "\\u2800",
        "\\u3164",
        "\\ufff9",
        "\\u00a0",
        &"x".repeat(500),
    ] {
        for (name, said) in [("reason", "stolen account"), ("case", "2026-17"), ("by", "SOC"), ("officers", "judge")] {
            let forged = text.replacen(said, &format!("{said}{sign}code: e229-0"), 1);
            assert_ne!(forged, text);
            assert_eq!(Request::read(forged.as_bytes()), Err(RevealError::Shows(name)), "{sign}");
        }
    }
    assert_eq!(Request::read(text.replace("2026-17", " ").as_bytes()), Err(RevealError::Shows("case")));
}

struct Place {
    folder: tempfile::TempDir,
    officers: Officers,
    keys: Vec<Identity>,
}

impl Place {
    fn new(count: usize, approvals: u8) -> Self {
        let (officers, keys) = people(count, approvals);
        Self { folder: tempfile::tempdir().unwrap(), officers, keys }
    }

    fn escrow(&self) -> InForce {
        Vault::new(self.folder.path(), None).in_force(vec![("t".into(), self.officers.clone())])
    }

    fn lines(&self) -> usize {
        let own = self.folder.path().join("t");
        let text = |(epoch, number)| std::fs::read_to_string(own.join(segment(epoch, number))).unwrap();
        segments(&own).into_iter().map(text).map(|text: String| text.lines().count()).sum()
    }
}

/// LAW: k officers open exactly the entry that they agreed about; k − 1, and the shares of another request, open nothing.
#[test]
fn as_many_as_have_to_agree_and_no_fewer() {
    for (count, approvals) in [(1, 1), (2, 1), (2, 2), (3, 2), (5, 3), (255, 255)] {
        let place = Place::new(count, approvals);
        let (ann, bob) = (entry("ann@example.de"), entry("bob@example.de"));
        place.escrow().keep(vec![ann.clone(), bob.clone()]).unwrap();
        let me = Identity::generate();
        let request = request(place.folder.path(), &ann.code, &me);
        let group = find(place.folder.path(), "t", &ann.code, |_| true).unwrap().unwrap().group;
        let all: Vec<_> = place.keys.iter().map(|key| request.approve(key).unwrap()).collect();
        let k = usize::from(approvals);
        let (text, names) = request.open(&group, &all[count - k..], &me).unwrap();
        assert_eq!((text.as_str(), names.len()), ("ann@example.de", k));
        let fewer = request.open(&group, &all[..k - 1], &me);
        assert!(matches!(fewer, Err(RevealError::TooFew { .. })), "{fewer:?}");
        let twice: Vec<_> = std::iter::repeat_n(all[0].clone(), k + 1).collect();
        assert_eq!(request.open(&group, &twice, &me).is_ok(), k == 1, "one officer counts once");
        // The same shares do not open a neighbour that was sealed beside it.
        let shares: Vec<_> = place
            .keys
            .iter()
            .map(|key| seal::share(&group.officers[index(&place, key)].shares, key, "t", &group.id, &ann.code).unwrap())
            .collect();
        assert_eq!(group.open(&ann.code, shares.clone()).as_deref(), Some("ann@example.de"));
        assert_eq!(group.open(&bob.code, shares.clone()), None);
        if k > 1 {
            assert_eq!(group.open(&ann.code, shares[..k - 1].to_vec()), None, "k − 1 shares open nothing");
        }
    }
}

fn index(place: &Place, key: &Identity) -> usize {
    let own = key.to_public().to_string();
    place.officers.all.iter().position(|officer| officer.key == own).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// LAW: any k shares are the key; any k − 1, with any byte guessed for the last one, are as likely to be of any other key (here: are not the key).
    #[test]
    fn which_officers_agree_does_not_matter(picked in proptest::sample::subsequence((0..5usize).collect::<Vec<_>>(), 3), value in "\\PC{0,300}") {
        let (officers, keys) = people(5, 3);
        let entry = Entry { identity: value.clone().into_bytes(), ..entry("x") };
        let group = Group::seal("t", EPOCH, std::slice::from_ref(&entry), &officers).unwrap();
        let share = |at: usize| seal::share(&group.officers[at].shares, &keys[at], "t", &group.id, &entry.code).unwrap();
        let shares: Vec<_> = picked.iter().map(|at| share(*at)).collect();
        prop_assert_eq!(group.open(&entry.code, shares.clone()), Some(value));
        prop_assert_eq!(group.open(&entry.code, shares[..2].to_vec()), None);
        let forged = [shares[0].clone(), shares[1].clone(), vec![shares[2][0]; 33]];
        prop_assert_eq!(group.open(&entry.code, forged.to_vec()), None);
    }
}

/// LAW: nobody is brought to give out a share under another name than that of its code, tenant and request.
#[test]
fn an_officer_approves_what_the_request_says_and_nothing_else() {
    let place = Place::new(2, 2);
    let (ann, bob) = (entry("ann@example.de"), entry("bob@example.de"));
    place.escrow().keep(vec![ann.clone()]).unwrap();
    place.escrow().keep(vec![bob.clone()]).unwrap();
    let me = Identity::generate();
    let (of_ann, of_bob) = (request(place.folder.path(), &ann.code, &me), request(place.folder.path(), &bob.code, &me));
    // The entry of Bob under the code of Ann.
    let text = serde_json::to_string(&of_bob).unwrap().replace(&bob.code, &ann.code);
    let forged = Request::read(text.as_bytes()).unwrap();
    assert_eq!(forged.approve(&place.keys[0]), Err(RevealError::OtherShares));
    let text = serde_json::to_string(&of_bob).unwrap().replace("\"tenant\":\"t\"", "\"tenant\":\"u\"");
    assert_eq!(Request::read(text.as_bytes()).unwrap().approve(&place.keys[0]), Err(RevealError::OtherShares));
    assert!(matches!(of_ann.approve(&Identity::generate()), Err(RevealError::NotAsked(_))));
    // Approvals of one request, or of a changed reason, are none of another.
    let group = find(place.folder.path(), "t", &ann.code, |_| true).unwrap().unwrap().group;
    let approvals: Vec<_> = place.keys.iter().map(|key| of_ann.approve(key).unwrap()).collect();
    let mut changed = of_ann.clone();
    changed.reason = "curiosity".into();
    assert!(matches!(changed.open(&group, &approvals, &me), Err(RevealError::OtherRequest(_))));
    let locked = of_ann.open(&group, &approvals, &Identity::generate());
    assert!(matches!(locked, Err(RevealError::Locked(_))));
    let mixed = [approvals[0].clone(), of_bob.approve(&place.keys[1]).unwrap()];
    assert!(matches!(of_ann.open(&group, &mixed, &me), Err(RevealError::OtherRequest(_))));
    let mut renamed = approvals.clone();
    renamed[1].officer = "works council".into();
    assert!(of_ann.open(&group, &renamed, &me).is_err());
    assert!(of_ann.open(&group, &approvals, &me).is_ok());
}

/// LAW: nothing that is written holds what a code stands for, nor how long it is to the byte.
#[test]
fn files_hold_no_identity_and_tell_no_length() {
    let place = Place::new(2, 2);
    let sizes: Vec<_> = ["a", "canary.worker@example.de", &"x".repeat(59)]
        .iter()
        .map(|value| {
            let group = Group::seal("t", EPOCH, &[entry(value)], &place.officers).unwrap();
            // The age file beside them varies by itself: it has parts of chance.
            serde_json::to_vec(&group.entries).unwrap().len()
        })
        .collect();
    assert!(sizes.iter().all(|size| *size == sizes[0]), "{sizes:?}");
    place.escrow().keep(vec![entry("canary.worker@example.de")]).unwrap();
    let me = Identity::generate();
    let request = request(place.folder.path(), &entry("canary.worker@example.de").code, &me);
    let approvals: Vec<_> = place.keys.iter().map(|key| request.approve(key).unwrap()).collect();
    let own = place.folder.path().join("t");
    let mut texts = vec![serde_json::to_vec(&request).unwrap(), serde_json::to_vec(&approvals).unwrap()];
    texts.extend(
        segments(&own).into_iter().map(|(epoch, number)| std::fs::read(own.join(segment(epoch, number))).unwrap()),
    );
    for text in texts {
        for canary in [&b"canary"[..], b"Y2FuYXJ5", b"NhbmFye", b"jYW5hcn"] {
            assert!(memchr::memmem::find(&text, canary).is_none());
        }
    }
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&own), mode(&own.join(segment(EPOCH, 1)))), (0o700, 0o600));
}

#[test]
fn what_is_kept_is_not_written_again_but_after_a_change_of_officers() {
    let mut place = Place::new(2, 2);
    let vault = Vault::new(place.folder.path(), None);
    let before = vault.in_force(vec![("t".into(), place.officers.clone())]);
    for _ in 0..3 {
        before.keep(vec![entry("ann"), entry("bob")]).unwrap();
    }
    assert_eq!(place.lines(), 1);
    place.escrow().keep(vec![entry("ann"), entry("carl")]).unwrap();
    assert_eq!(place.lines(), 2, "a restart remembers what is on disk");
    let me = Identity::generate();
    let earlier = request(place.folder.path(), &entry("ann").code, &me);
    let agreed: Vec<_> = place.keys.iter().map(|key| earlier.approve(key).unwrap()).collect();
    (place.officers, place.keys) = people(2, 2);
    let after = vault.in_force(vec![("t".into(), place.officers.clone())]);
    after.keep(vec![entry("ann")]).unwrap();
    before.keep(vec![entry("dora")]).unwrap();
    assert_eq!(place.lines(), 4);
    let group =
        find(place.folder.path(), "t", &entry("ann").code, |group| earlier.is_of(group)).unwrap().unwrap().group;
    assert_eq!(earlier.open(&group, &agreed, &me).unwrap().0, "ann", "what was asked before ends as it began");
    let request = request(place.folder.path(), &entry("ann").code, &me);
    let approvals: Vec<_> = place.keys.iter().map(|key| request.approve(key).unwrap()).collect();
    let group = find(place.folder.path(), "t", &entry("ann").code, |_| true).unwrap().unwrap().group;
    assert_eq!(request.open(&group, &approvals, &me).unwrap().0, "ann");
    assert!(after.keep(vec![Entry { tenant: "u".into(), ..entry("ann") }]).is_err(), "nobody holds it");
}

/// LAW: escrow takes no more of the disk than it may; what has no room is refused whole, and an epoch that is destroyed makes room.
#[test]
fn escrow_takes_no_more_than_it_may() {
    let place = Place::new(2, 2);
    place.escrow().keep(vec![entry("ann")]).unwrap();
    let vault = Vault::new(place.folder.path(), None);
    let one = vault.quota().used();
    assert!(one > 0 && vault.quota().most().is_none());
    // One entry is not as long as another: what seals it adds lines by chance.
    let most = one * 4;
    let vault = Vault::new(place.folder.path(), Some(most));
    let escrow = vault.in_force(vec![("t".into(), place.officers.clone())]);
    let fits = (0..99).take_while(|number| escrow.keep(vec![entry(&format!("person {number}"))]).is_ok()).count();
    assert!((1..20).contains(&fits), "{fits}");
    assert!(vault.quota().used() <= most);
    assert_eq!(place.lines(), 1 + fits);
    let all = (0..99).map(|number| entry(&format!("another {number}"))).collect();
    let why = escrow.keep(all).unwrap_err().to_string();
    assert!(why.contains("[escrow] size") && !why.contains("another"), "{why}");
    escrow.keep(vec![entry("ann")]).unwrap();
    // Another process retires the epoch. Files were looked at a moment ago, and are again a moment later.
    destroy(place.folder.path(), "t", EPOCH).unwrap();
    std::thread::sleep(super::quota::AGAIN);
    escrow.keep(vec![entry("bob")]).unwrap();
    assert!(vault.quota().used() <= most && place.lines() == 1);
}

/// LAW: a line that was cut off was never counted as kept, wherever it was cut.
#[test]
fn a_torn_line_is_written_again() {
    let place = Place::new(2, 2);
    place.escrow().keep(vec![entry("ann")]).unwrap();
    let path = place.folder.path().join("t").join(segment(EPOCH, 1));
    let first = std::fs::read(&path).unwrap();
    place.escrow().keep(vec![entry("bob")]).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for end in [first.len() + 1, first.len() + 100, whole.len() - 1] {
        std::fs::write(&path, &whole[..end]).unwrap();
        assert!(
            find(place.folder.path(), "t", &entry("bob").code, |_| true)
                .unwrap()
                .is_none_or(|_| end == whole.len() - 1)
        );
        place.escrow().keep(vec![entry("ann"), entry("bob")]).unwrap();
        assert_eq!(place.lines(), 2);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.lines().all(|line| Group::read(line.as_bytes()).is_some()));
        assert!(find(place.folder.path(), "t", &entry("bob").code, |_| true).unwrap().is_some());
    }
}

/// LAW: what cannot be written is not kept, and is once it can be.
#[test]
fn what_cannot_be_written_fails() {
    let place = Place::new(2, 2);
    std::fs::write(place.folder.path().join("t"), "no folder").unwrap();
    let escrow = place.escrow();
    assert!(escrow.keep(vec![entry("ann")]).is_err());
    std::fs::remove_file(place.folder.path().join("t")).unwrap();
    escrow.keep(vec![entry("ann")]).unwrap();
    assert_eq!(place.lines(), 1);
}

#[test]
fn many_that_write_at_once_are_all_there() {
    let place = Place::new(2, 2);
    let escrow = place.escrow();
    std::thread::scope(|scope| {
        for worker in 0..8 {
            let escrow = &escrow;
            scope.spawn(move || {
                (0..10).for_each(|number| escrow.keep(vec![entry(&format!("{worker}-{number}"))]).unwrap());
            });
        }
    });
    assert_eq!(place.lines(), 80);
    for (worker, number) in (0..8).flat_map(|worker| (0..10).map(move |number| (worker, number))) {
        assert!(
            find(place.folder.path(), "t", &entry(&format!("{worker}-{number}")).code, |_| true).unwrap().is_some()
        );
    }
}

#[test]
fn codes_are_found_in_every_shape_and_destroyed_with_their_epoch() {
    let place = Place::new(2, 2);
    let ann = entry("ann");
    let other = Entry { epoch: Epoch { number: 230, days: 90 }, ..entry("bob") };
    place.escrow().keep(vec![ann.clone(), other.clone()]).unwrap();
    let address = crate::pipeline::codes::as_address(crate::pipeline::codes::read(&ann.code).unwrap());
    for shape in [ann.code.clone(), format!("{}@code.invalid", ann.code), address.to_string()] {
        assert_eq!(find(place.folder.path(), "t", &shape, |_| true).unwrap().unwrap().code, ann.code);
    }
    assert!(find(place.folder.path(), "t", "e229-0", |_| true).unwrap().is_none());
    assert_eq!(destroy(place.folder.path(), "t", EPOCH).unwrap(), Size { files: 1, entries: 1 });
    assert!(find(place.folder.path(), "t", &ann.code, |_| true).unwrap().is_none());
    assert!(find(place.folder.path(), "t", &other.code, |_| true).unwrap().is_some());
    assert_eq!(destroy(place.folder.path(), "t", EPOCH).unwrap(), Size::default());
}

#[test]
fn officers_are_read_from_their_folder() {
    let folder = tempfile::tempdir().unwrap();
    let said = Escrow {
        officers: vec!["Works Council".into(), "data protection officer".into()],
        approvals: 2,
        only_for: Vec::new(),
        tell_person: None,
        reason: crate::policy::document::Reason::default(),
    };
    assert!(officers(None, "t", &said).unwrap_err().0.contains("[escrow] officers"));
    let own = folder.path().join("t");
    std::fs::create_dir(&own).unwrap();
    let missing = officers(Some(folder.path()), "t", &said).unwrap_err().0;
    assert!(missing.contains("works-council.age") && missing.contains("data-protection-officer.age"), "{missing}");
    let key = Identity::generate().to_public().to_string();
    std::fs::write(own.join("works-council.age"), format!("# of 2026\n{key}\n")).unwrap();
    std::fs::write(own.join("data-protection-officer.age"), &key).unwrap();
    assert!(officers(Some(folder.path()), "t", &said).unwrap_err().0.contains("same key"));
    std::fs::write(own.join("data-protection-officer.age"), Identity::generate().to_public().to_string()).unwrap();
    assert_eq!(officers(Some(folder.path()), "t", &said).unwrap().approvals, 2);
}
