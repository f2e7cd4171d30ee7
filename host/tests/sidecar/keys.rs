//! Keys and escrow of a running sidecar: what it codes, officers together can reverse; what was retired nobody can.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tamis::config::{KeysAt, Secret};
use tamis::edge::escrow::{Vault, folder as escrow_of, officers as officers_of};
use tamis::edge::keys::{Ring, new_root};
use tamis::pipeline::codes::{Coder, Derivation};
use tamis::pipeline::keys::{Entry, Epoch, Escrow as _, Keys as _};
use tamis::policy::document::{Escrow, Reason};
use tamis::policy::form::Code;

use super::process::{self, CANARY, Process, configured, get, post};
use super::receiver::Receiver;
use super::{HTTP_TO_HTTP, no_canary_below, policies};

/// A folder with policies, keys, officers, and a configuration.
struct Place {
    folder: tempfile::TempDir,
    receiver: Receiver,
}

/// What a command said.
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Place {
    /// `opens`: the evidence covers investigations, and no hold stands.
    fn new(opens: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        process::copy(Path::new(policies()), &folder.path().join("policies"));
        let place = Self { folder, receiver: Receiver::start(Vec::new()) };
        new_root(&place.at("root")).unwrap();
        new_root(&place.at("ledger")).unwrap();
        if opens {
            let evidence = place.at("policies/tenants/example-de.evidence.toml");
            let text = std::fs::read_to_string(&evidence).unwrap();
            let text =
                text.replace("[\"security\", \"compliance\"] ", "[\"security\", \"compliance\", \"investigation\"] ");
            let (before, hold) = text.split_once("[hold.case-2026-014]").unwrap();
            let (_, after) = hold.split_once("[decision.").unwrap();
            std::fs::write(&evidence, format!("{before}{CASE}[decision.{after}")).unwrap();
        }
        place
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn config(&self) -> String {
        let keys = "[keys]\nroot = \"file:HERE/root\"\nfolder = \"HERE/keys\"\n[ledger]\nkey = \"file:HERE/ledger\"\n[metrics]\nlisten = \"127.0.0.1:0\"\n";
        format!("{keys}{}", HTTP_TO_HTTP.replace("URL", &self.receiver.url()))
    }

    fn start(&self) -> Process {
        Process::start(self.folder.path(), &self.config(), self.at("policies").to_str().unwrap())
    }

    fn tamis(&self, arguments: &[&str], input: &str) -> Said {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tamis"))
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let ran = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said { code: ran.status.code(), out: text(ran.stdout), err: text(ran.stderr) }
    }

    /// A command about `example-de`.
    fn of(&self, command: &[&str], more: &[&str]) -> Said {
        self.tamis(&[command, &["--policy", "tenants/example-de.toml"], more].concat(), "")
    }

    /// Releases the policy as it is, signed by two, and puts it into the folder `live`: what `[policy]` needs beside.
    fn sign(&self) -> String {
        let said = |arguments: &[&str]| {
            let said = self.tamis(arguments, "");
            assert_eq!(said.code, Some(0), "{arguments:?}: {}", said.err);
        };
        said(&["policy", "release", "policies/tenants/example-de.toml"]);
        let bundle = "example-de@6.7.bundle";
        std::fs::create_dir(self.at("live")).unwrap();
        std::fs::rename(self.at("policies/releases").join(bundle), self.at("live").join(bundle)).unwrap();
        let lists = "example-de.lists.toml";
        std::fs::copy(self.at("policies/tenants").join(lists), self.at("live").join(lists)).unwrap();
        for officer in ["ann", "ben"] {
            said(&["policy", "key", "new", officer]);
            let key = format!("file:{officer}");
            said(&["policy", "sign", &format!("live/{bundle}"), "--key", &key, "--name", officer]);
        }
        "signed-by = [\"file:HERE/ann.pub\", \"file:HERE/ben.pub\"]\n".to_owned()
    }

    fn ring(&self) -> Ring {
        let root = Secret::File(self.at("root"));
        Ring::new(Some(&KeysAt { root, folder: Some(self.at("keys")) })).unwrap()
    }

    fn ledger(&self) -> String {
        std::fs::read_to_string(self.at("state/ledger.ndjson")).unwrap()
    }

    /// Asks for a code; the request is in `request.json` then.
    fn request(&self, purpose: &str, code: &str) -> Said {
        use age::secrecy::ExposeSecret as _;
        let me = age::x25519::Identity::generate();
        std::fs::write(self.at("me"), me.to_string().expose_secret()).unwrap();
        let key = me.to_public().to_string();
        let asked =
            ["--purpose", purpose, "--reason", "stolen account", "--case", "2026-17", "--by", "SOC", "--key", &key];
        let said = self.of(&["reveal", "request"], &[&asked[..], &[code]].concat());
        std::fs::write(self.at("request.json"), &said.out).unwrap();
        said
    }

    /// An officer agrees.
    fn approve(&self, officer: &str) -> Said {
        let identity = format!("private/example-de/{officer}");
        let said = self.tamis(&["reveal", "approve", "--identity", &identity, "--request", "request.json"], "");
        std::fs::write(self.at(officer), &said.out).unwrap();
        said
    }

    fn open(&self, approvals: &[&str]) -> Said {
        let of = ["--identity", "me", "--request", "request.json"];
        self.of(&["reveal", "open"], &[&of[..], approvals].concat())
    }

    /// Codes with escrow that arrived.
    fn codes(&self) -> BTreeSet<String> {
        let text = self.receiver.text();
        let quoted = text.split('"').filter(|text| tamis::pipeline::codes::read(text).is_some());
        quoted.filter(|code| code.starts_with('e')).map(str::to_owned).collect()
    }

    /// Codes that have an entry on disk.
    fn entries(&self) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        for file in std::fs::read_dir(self.at("state/escrow/example-de")).into_iter().flatten().flatten() {
            for line in std::fs::read_to_string(file.path()).unwrap().lines() {
                // A torn line counts for nothing.
                let Ok(group) = serde_json::from_str::<serde_json::Value>(line) else { continue };
                all.extend(
                    group["entries"].as_array().unwrap().iter().map(|entry| entry["code"].as_str().unwrap().to_owned()),
                );
            }
        }
        all
    }
}

fn sign_in(user: &str, number: u32) -> String {
    format!(
        r#"{{"CreationTime":"2026-11-03T06:00:00","Id":"x{number}","Operation":"UserLoggedIn","OrganizationId":"o","RecordType":15,"ResultStatus":"Succeeded","UserKey":"k","UserType":0,"Version":{number},"Workload":"AzureActiveDirectory","UserId":"{user}","ClientIP":"192.0.2.10"}}"#
    ) + "\n"
}

/// Evidence without which nobody is looked at.
const CASE: &str = r#"[evidence.investigation-case]
case            = "2026-17"
suspicion       = "a stolen account"
facts           = "sign-ins from two countries within an hour"
approved-by     = "data protection officer"
second-approver = "works council"
ends-on         = 2099-01-01
"#;

/// Of nobody.
const PUBLIC: &str = "age125v6y3pys8m7493j8ug55354xq7atyry36gm2hw769vg2adetshqzjlrkl";

const BOTH: [&str; 2] = ["data-protection-officer", "works-council"];

#[test]
fn two_officers_reverse_a_code_together_and_the_ledger_says_so() {
    let place = Place::new(true);
    let process = place.start();
    assert_eq!(post(&process.listening("apps"), &sign_in(CANARY, 1), &[]), 200);
    let event: serde_json::Value = serde_json::from_str(place.receiver.text().trim()).unwrap();
    let code = event["UserId"].as_str().unwrap().to_owned();
    assert!(code.starts_with('e'), "{event}");
    let refused = place.request("security", &code);
    assert!(refused.code == Some(2) && refused.err.contains("only for: investigation"), "{}", refused.err);
    let unknown = place.request("investigation", "e229-00000000000000000000000000");
    assert!(unknown.code == Some(2) && unknown.err.contains("no entry"), "{}", unknown.err);
    assert_eq!(place.request("investigation", "dora@example.de").code, Some(2), "no code");
    let ledger = place.ledger();
    let refusals: Vec<_> = ledger.lines().filter(|line| line.contains("\"reveal-refused\"")).collect();
    for (line, why) in
        refusals.iter().zip(["only for: investigation", "no entry of this code", "no entry of this code"])
    {
        assert!(line.contains(why) && line.contains("2026-17"), "{why} in {line}");
    }
    assert!(refusals.len() == 3 && refusals[1].contains("e229-0000") && !ledger.contains("dora"), "{ledger}");
    let asked = place.request("investigation", &code);
    assert_eq!(asked.code, Some(0), "{}", asked.err);
    for officer in BOTH {
        let said = place.approve(officer);
        assert_eq!(said.code, Some(0), "{}", said.err);
        let public = std::fs::read_to_string(place.at("officers/example-de").join(format!("{officer}.age"))).unwrap();
        let approved = format!("with the key {}: `{code}`, in the case 2026-17, for investigation", public.trim());
        assert!(said.err.contains(&approved), "{approved}: {}", said.err);
        assert!(
            said.err.contains("stolen account") && said.err.contains("30 days after the case closes"),
            "{}",
            said.err
        );
    }
    let alone = place.open(&BOTH[..1]);
    assert!(
        alone.code == Some(2) && alone.out.is_empty() && alone.err.contains("2 officers have to agree"),
        "{}",
        alone.err
    );
    let opened = place.open(&BOTH);
    assert_eq!((opened.code, opened.out.trim()), (Some(0), CANARY), "{}", opened.err);
    // The sidecar goes on writing the same ledger.
    assert_eq!(post(&process.listening("apps"), &sign_in("b@example.de", 2), &[]), 200);
    assert_eq!(process.stop(), Some(0));
    let ledger = place.ledger();
    let line = ledger.lines().find(|line| line.contains("\"kind\":\"revealed\"")).unwrap();
    for said in [&code, "2026-17", "stolen account", "SOC", "data protection officer", "works council"] {
        assert!(line.contains(said), "{said} in {line}");
    }
    for kind in ["reveal-requested", "reveal-refused", "stopped"] {
        assert!(ledger.contains(&format!("\"kind\":\"{kind}\"")), "{kind} in {ledger}");
    }
    let public = place.tamis(&["ledger", "public-key", "--key", "file:ledger"], "").out;
    let whole = place.tamis(&["ledger", "verify", "state/ledger.ndjson", "--public-key", public.trim()], "");
    assert_eq!(whole.code, Some(0), "{}", whole.err);
    for folder in ["state", "keys"] {
        no_canary_below(&place.at(folder));
    }
    for file in ["request.json", BOTH[0], BOTH[1]] {
        assert!(!std::fs::read_to_string(place.at(file)).unwrap().contains("canary"));
    }
}

/// LAW: where only signed bundles are in force, what may be reversed is as officers signed it. A file beside them that opens more opens nothing.
#[test]
fn where_policies_are_signed_codes_are_reversed_as_officers_signed() {
    for opens in [false, true] {
        let place = Place::new(opens);
        let more = place.sign();
        let process = Process::start(
            place.folder.path(),
            &format!("{more}{}", place.config()),
            place.at("live").to_str().unwrap(),
        );
        assert_eq!(post(&process.listening("apps"), &sign_in(CANARY, 1), &[]), 200);
        let event: serde_json::Value = serde_json::from_str(place.receiver.text().trim()).unwrap();
        let code = event["UserId"].as_str().unwrap().to_owned();
        let evidence = place.at("policies/tenants/example-de.evidence.toml");
        if opens {
            assert_eq!(place.request("investigation", &code).code, Some(0));
            BOTH.iter().for_each(|officer| assert_eq!(place.approve(officer).code, Some(0)));
            assert_eq!(place.open(&BOTH).out.trim(), CANARY);
            assert_eq!(place.of(&["keys", "new"], &[]).code, Some(0));
            std::fs::remove_file(&evidence).unwrap();
        } else {
            let text = std::fs::read_to_string(&evidence).unwrap();
            let text = text.replace("\"compliance\"] ", "\"compliance\", \"investigation\"] ");
            std::fs::write(&evidence, format!("{text}{CASE}")).unwrap();
        }
        // Whoever can write files beside the sidecar names one of them.
        let unsigned = place.at("policies/tenants/example-de.toml");
        let asked = ["--purpose", "investigation", "--reason", "r", "--case", "c", "--by", "b", "--key", PUBLIC, &code];
        let of = ["reveal", "request", "--policy", unsigned.to_str().unwrap()];
        let said = place.tamis(&[&of[..], &asked].concat(), "");
        assert_eq!(said.code, Some(if opens { 0 } else { 3 }), "{}", said.err);
        assert_eq!(process.stop(), Some(0));
    }
}

#[test]
fn nothing_is_revealed_for_a_purpose_that_is_closed() {
    let place = Place::new(false);
    let process = place.start();
    assert_eq!(post(&process.listening("apps"), &sign_in(CANARY, 1), &[]), 200);
    let code = place.codes().into_iter().next().unwrap();
    let said = place.request("investigation", &code);
    assert!(said.code == Some(3) && said.out.is_empty(), "{}", said.err);
    let ledger = place.ledger();
    assert!(ledger.contains("closed: nothing is revealed for the purpose `investigation`"), "{ledger}");
    assert_eq!(process.stop(), Some(0));
}

#[test]
fn the_codes_of_a_person_are_listed_and_the_ledger_does_not_say_whose() {
    let place = Place::new(true);
    let process = place.start();
    assert_eq!(post(&process.listening("apps"), &sign_in(CANARY, 1), &[]), 200);
    let event: serde_json::Value = serde_json::from_str(place.receiver.text().trim()).unwrap();
    let listing = ["subject", "--policy", "tenants/example-de.toml", "--case", "2026-18", "--by", "DPO"];
    let said = place.tamis(&listing, &format!(" {}\n", CANARY.to_uppercase()));
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(said.out.contains(event["UserId"].as_str().unwrap()), "{}", said.out);
    assert_eq!(place.tamis(&listing, "").code, Some(2));
    assert_eq!(process.stop(), Some(0));
    let ledger = place.ledger();
    assert!(
        ledger.contains("\"kind\":\"subject\"")
            && ledger.contains("2026-18")
            && !ledger.to_lowercase().contains("canary")
    );
}

/// LAW: codes that were made under an earlier release are a person's codes still, whatever domains the latest has.
#[test]
fn codes_of_an_earlier_release_are_listed() {
    let place = Place::new(true);
    let policy = place.at("policies/tenants/example-de.toml");
    let text = std::fs::read_to_string(&policy).unwrap();
    let joined = text.replace("[\"id.email\", \"id.username\"] ", "[\"id.email\", \"device.id\"] ");
    assert_ne!(text, joined);
    std::fs::write(&policy, joined).unwrap();
    let config = format!("{}{}", place.sign(), place.config());
    let process = Process::start(place.folder.path(), &config, place.at("live").to_str().unwrap());
    assert_eq!(post(&process.listening("apps"), &sign_in(CANARY, 1), &[]), 200);
    let event: serde_json::Value = serde_json::from_str(place.receiver.text().trim()).unwrap();
    assert_eq!(process.stop(), Some(0));
    std::fs::write(&policy, text).unwrap();
    let release = ["policy", "release", "policies/tenants/example-de.toml", "--number", "--releases", "live"];
    assert_eq!(place.tamis(&release, "").code, Some(0));
    for officer in ["ann", "ben"] {
        let key = format!("file:{officer}");
        let sign = ["policy", "sign", "live/example-de@7.7.bundle", "--key", &key, "--name", officer];
        assert_eq!(place.tamis(&sign, "").code, Some(0));
    }
    let listing = ["subject", "--policy", "tenants/example-de.toml", "--case", "2026-18", "--by", "DPO"];
    let said = place.tamis(&listing, CANARY);
    assert!(said.out.contains(event["UserId"].as_str().unwrap()), "{} {}", said.out, said.err);
    assert!(said.out.contains("\tperson\t"), "{}", said.out);
}

/// LAW: one epoch has one key, over kills and restarts; an epoch that is over and past its floor can be destroyed, and then nothing of it is left.
#[test]
fn a_retired_epoch_reverses_nothing() {
    let place = Place::new(true);
    let ids = |text: &str| -> BTreeSet<String> {
        text.lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["UserId"].to_string())
            .collect()
    };
    for number in 0..2 {
        let process = place.start();
        assert_eq!(post(&process.listening("apps"), &sign_in(CANARY, number), &[]), 200);
        process.kill();
    }
    assert_eq!(ids(&place.receiver.text()).len(), 1, "{}", place.receiver.text());
    let list = place.tamis(&["keys", "list"], "");
    let now: u32 = list.out.lines().nth(1).unwrap().split('\t').nth(1).unwrap().parse().unwrap();
    let retire = |epoch: u32, more: &[&str]| {
        place.of(&["keys", "retire"], &[&["--by", "SOC", "--epoch", &epoch.to_string()], more].concat())
    };
    let early = retire(now, &["--yes"]);
    assert!(early.code == Some(2) && early.err.contains("not before"), "{}", early.err);
    // Two epochs that are over: of the first all floors are, of the second none.
    let (over, recent) = (Epoch { number: now - 20, days: 90 }, Epoch { number: now - 1, days: 90 });
    place.ring().epoch("example-de", recent).unwrap();
    let early = retire(recent.number, &["--yes"]);
    assert!(early.code == Some(2) && early.err.contains("attributable for 360 days"), "{}", early.err);
    let code = old_entry(&place, over);
    assert_eq!(place.request("investigation", &code).code, Some(0));
    BOTH.iter().for_each(|officer| assert_eq!(place.approve(officer).code, Some(0)));
    assert_eq!(place.open(&BOTH).out.trim(), "old@example.de");
    let key = std::fs::read_to_string(place.at(&format!("keys/example-de/{}.90.key", over.number))).unwrap();
    let said = retire(over.number, &[]);
    assert!(
        said.code == Some(0) && said.err.contains("would destroy") && place.open(&BOTH).code == Some(0),
        "{}",
        said.err
    );
    let done = retire(over.number, &["--yes"]);
    assert!(done.code == Some(0) && done.err.contains("1 entries of escrow in 1 files"), "{}", done.err);
    assert_eq!(place.request("investigation", &code).code, Some(2));
    let gone = place.open(&BOTH);
    assert!(gone.code == Some(2) && gone.out.is_empty(), "{}", gone.err);
    assert!(place.ring().epoch("example-de", over).is_err(), "no code of it can be made");
    let listed = place
        .tamis(&["subject", "--policy", "tenants/example-de.toml", "--case", "1", "--by", "DPO"], "old@example.de");
    assert!(listed.code == Some(0) && !listed.out.contains(&code), "{}", listed.out);
    let wrapped = serde_json::from_str::<serde_json::Value>(&key).unwrap()["wrapped"].as_str().unwrap().to_owned();
    for file in std::fs::read_dir(place.at("keys/example-de")).unwrap().flatten() {
        assert!(!std::fs::read_to_string(file.path()).unwrap().contains(&wrapped));
    }
    for kind in ["retiring", "retired"] {
        assert!(place.ledger().contains(&format!("\"kind\":\"{kind}\"")));
    }
    let process = place.start();
    assert_eq!(post(&process.listening("apps"), &sign_in(CANARY, 3), &[]), 200, "others go on");
    assert_eq!(process.stop(), Some(0));
}

/// Makes the key of an epoch, and an entry in its escrow; gives the code.
fn old_entry(place: &Place, epoch: Epoch) -> String {
    let secret = place.ring().epoch("example-de", epoch).unwrap();
    let what =
        Derivation { tenant: "example-de", domain: "d", purpose: "security", epoch: epoch.number, code: Code::Escrow };
    let mut coder = Coder::new(&secret, &what);
    let (mut code, bits) = (Vec::new(), coder.bits(b"old@example.de").unwrap());
    coder.write(bits, &mut code);
    let code = String::from_utf8(code).unwrap();
    let said = Escrow {
        officers: vec!["data protection officer".into(), "works council".into()],
        approvals: 2,
        only_for: Vec::new(),
        tell_person: None,
        reason: Reason::default(),
    };
    let officers = officers_of(Some(&place.at("officers")), "example-de", &said).unwrap();
    let escrow = Vault::new(&escrow_of(&place.at("state")), None).in_force(vec![("example-de".into(), officers)]);
    let identity = b"old@example.de".to_vec();
    escrow.keep(vec![Entry { tenant: "example-de".into(), epoch, code: code.clone(), identity }]).unwrap();
    code
}

#[test]
fn a_hold_keeps_every_epoch() {
    let place = Place::new(false);
    configured(place.folder.path(), &place.config(), place.at("policies").to_str().unwrap());
    let epoch = Epoch { number: 200, days: 90 };
    old_entry(&place, epoch);
    let said = place.of(&["keys", "retire"], &["--by", "SOC", "--epoch", "200", "--yes"]);
    assert!(said.code == Some(2) && said.err.contains("case-2026-014"), "{}", said.err);
    assert!(place.ring().look("example-de", epoch).unwrap().is_some());
    let made = place.of(&["keys", "new"], &["--ahead", "2"]);
    assert!(made.code == Some(0) && made.err.matches("made").count() == 3, "{}", made.err);
    assert_eq!(place.ring().kept("example-de").unwrap().len(), 4);
}

#[test]
fn a_policy_with_escrow_does_not_run_without_the_keys_of_its_officers() {
    let place = Place::new(true);
    let config = configured(place.folder.path(), &place.config(), place.at("policies").to_str().unwrap());
    let missing = place.at("officers/example-de/works-council.age");
    std::fs::remove_file(&missing).unwrap();
    for arguments in [&["run", "--check"][..], &["run"]] {
        let said = place.tamis(arguments, "");
        assert!(said.code == Some(2) && said.err.contains("works-council.age"), "{:?} {}", said.code, said.err);
    }
    let text = std::fs::read_to_string(&config).unwrap();
    let (before, after) = text.split_once("[escrow]\n").unwrap();
    std::fs::write(&config, format!("{before}{}", after.split_once('\n').unwrap().1)).unwrap();
    let said = place.tamis(&["run", "--check"], "");
    assert!(said.code == Some(2) && said.err.contains("[escrow] officers"), "{}", said.err);
}

#[test]
fn what_cannot_be_escrowed_is_not_acknowledged() {
    let place = Place::new(true);
    let process = place.start();
    std::fs::write(place.at("state/escrow"), "in the way").unwrap();
    let at = process.listening("apps");
    assert_ne!(post(&at, &sign_in(CANARY, 1), &[]), 200);
    assert_eq!(place.receiver.text(), "", "and does not leave");
    std::fs::remove_file(place.at("state/escrow")).unwrap();
    assert_eq!(post(&at, &sign_in(CANARY, 1), &[]), 200);
    assert_eq!(place.codes().difference(&place.entries()).count(), 0);
    let metrics = get(&format!("{}/metrics", process.listening("metrics")));
    let bytes = metrics.lines().find_map(|line| line.strip_prefix("tamis_escrow_bytes "));
    assert!(bytes.is_some_and(|bytes| bytes.parse::<u64>().unwrap() > 100), "{metrics}");
    assert!(metrics.contains("tamis_escrow_limit_bytes 0"), "{metrics}");
    assert_eq!(process.stop(), Some(0));
}

/// LAW (no code without entry): whenever the process is killed, each code that left has an entry on disk.
#[test]
fn a_kill_leaves_no_code_without_entry() {
    let place = Place::new(true);
    let mut round = 0_u64;
    // On a busy machine less leaves in a round: later ones are longer.
    while round < 12 || place.codes().len() <= 20 {
        assert!(round < 60, "{} codes", place.codes().len());
        let process = place.start();
        let at = process.listening("apps");
        let sender = std::thread::spawn(move || {
            for number in 0..400 {
                let batch: String =
                    (0..5).map(|user| sign_in(&format!("u{round}-{number}-{user}@example.de"), number)).collect();
                // The process goes away under it.
                if std::panic::catch_unwind(|| post(&at, &batch, &[])).is_err() {
                    break;
                }
            }
        });
        std::thread::sleep(std::time::Duration::from_millis(40 + 37 * round));
        process.kill();
        let _ = sender.join();
        let (left, kept) = (place.codes(), place.entries());
        let lost: Vec<_> = left.difference(&kept).collect();
        assert!(lost.is_empty(), "round {round}: {lost:?}");
        round += 1;
    }
}
