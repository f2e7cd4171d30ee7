//! LAW (signed evidence): an entry that an officer signed is told as signed, every other one as stated; whatever of a signed entry is changed,
//! nothing opens by it any more.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const ON: &str = "2026-12-01";
const COUNCIL: &str = "works council";

/// A small folder of policies whose tenant names an officer, and the officer's key.
struct Firm {
    folder: TempDir,
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &target),
            false => drop(fs::copy(&path, target).unwrap()),
        }
    }
}

impl Firm {
    fn new(more: &str) -> Self {
        let firm = Self { folder: tempfile::tempdir().unwrap() };
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/broken/common"), firm.folder.path());
        let public = said(&firm.tamis(&["policy", "key", "new", "council.key"]));
        firm.append("tenants/muster.toml", &format!("[officers]\n\"{COUNCIL}\" = \"{}\"\n{more}", public.trim()));
        firm
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn append(&self, name: &str, text: &str) {
        let before = fs::read_to_string(self.path(name)).unwrap();
        fs::write(self.path(name), format!("{before}\n{text}")).unwrap();
    }

    fn replace(&self, name: &str, from: &str, to: &str) {
        let before = fs::read_to_string(self.path(name)).unwrap();
        assert!(before.contains(from), "there is no {from} in\n{before}");
        fs::write(self.path(name), before.replacen(from, to, 1)).unwrap();
    }

    fn tamis(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tamis"));
        command.current_dir(self.folder.path()).args(arguments).output().unwrap()
    }

    fn sign(&self, entry: &str) -> Output {
        let name = ["--key", "file:council.key", "--name", COUNCIL];
        self.tamis(&[&["policy", "sign", "tenants/muster.evidence.toml", "--entry", entry][..], &name].concat())
    }

    fn filter(&self) -> Output {
        fs::write(self.path("event.ndjson"), "{\"op\":\"buy\",\"at\":\"2026-11-03T07:41:12Z\"}\n").unwrap();
        let policy = ["--policy", "tenants/muster.toml", "--purpose", "product", "--on", ON];
        self.tamis(&[&["filter"][..], &policy, &["event.ndjson"]].concat())
    }

    /// Codes of what `check` tells.
    fn check(&self) -> Vec<String> {
        let report: Value =
            serde_json::from_slice(&self.tamis(&["check", ".", "--on", ON, "--format", "json"]).stdout).unwrap();
        let problems = report["problems"].as_array().unwrap();
        problems.iter().map(|problem| problem["code"].as_str().unwrap().to_owned()).collect()
    }
}

fn said(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(output.stdout.is_empty());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn reports_say_who_signed_and_who_only_states() {
    let firm = Firm::new("");
    firm.replace("tenants/muster.evidence.toml", "answer = \"yes\"", "answer = \"yes\"\nby = \"the boss\"");
    said(&firm.sign("evidence.assessment"));
    let policy = ["--policy", "tenants/muster.toml", "--on", ON];
    let explained = said(&firm.tamis(&[&["explain", "--category", "net.ip"][..], &policy].concat()));
    assert!(explained.contains("assessment (signed by works council)"), "{explained}");
    assert!(explained.contains("private-use (stated by the boss)"), "{explained}");
    let page = said(&firm.tamis(&[&["explain", "--page", "--format", "markdown"][..], &policy].concat()));
    assert!(page.contains("| evidence.assessment | signed by works council |"), "{page}");
    assert!(page.contains("| evidence.private-use | stated by the boss |"), "{page}");
    let told = said(&firm.tamis(&[&["notice", "--dpia", "--format", "markdown"][..], &policy].concat()));
    assert!(told.contains("signed by works council") && told.contains("stated by the boss"), "{told}");
    let told = said(&firm.tamis(&[&["notice", "--lang", "de", "--format", "markdown"][..], &policy].concat()));
    assert!(told.contains("unterschrieben von works council"), "{told}");
    assert_eq!(firm.check(), ["P0410", "P0410"]);
    said(&firm.sign("evidence.private-use"));
    said(&firm.sign("system.shop"));
    assert_eq!(firm.check(), [""; 0]);
}

/// LAW: no key, value, name or tenant of a signed entry can be another one; how it is written may.
#[test]
fn whatever_of_a_signed_entry_changes_closes_what_it_opens() {
    let evidence = "tenants/muster.evidence.toml";
    for (from, to) in [
        ("\"A-1\"", "\"A-2\""),
        ("2027-11-01", "2028-11-01"),
        ("2027-11-01", "\"2027-11-01\""),
        ("review-by  ", "ends-on"),
        ("reference       = \"A-1\"", "reference       = [\"A-1\"]"),
        ("reference       = \"A-1\"", "reference       = \"A-1\"\ncovers = [\"product\"]"),
        ("reference       = \"A-1\"\n", ""),
        ("evidence.assessment", "evidence.assessment-2"),
        ("= \"muster\"", "= \"other\""),
        ("signature.\"works council\" = \"", "signature.\"works council\" = \"A"),
    ] {
        let firm = Firm::new("");
        said(&firm.sign("evidence.assessment"));
        firm.replace(evidence, from, to);
        assert!(refused(&firm.filter()).contains("P0409"), "{from} → {to}");
        assert!(firm.check().contains(&"P0409".to_owned()), "{from} → {to}");
    }
    // Only signatures of the entry itself are left out.
    let firm = Firm::new("");
    firm.replace(evidence, "\"A-1\"", "[{ signature = \"A\" }]");
    said(&firm.sign("evidence.assessment"));
    firm.replace(evidence, "signature = \"A\"", "signature = \"B\"");
    assert!(refused(&firm.filter()).contains("P0409"));
    let firm = Firm::new("");
    said(&firm.sign("evidence.assessment"));
    firm.replace(evidence, "reference       = \"A-1\"\n", "# looked at\n");
    firm.replace(evidence, "[evidence.private-use]", "reference = 'A-1'\n[evidence.private-use]");
    said(&firm.filter());
}

#[test]
fn whoever_may_not_read_evidence_may_not_once_it_is_signed() {
    use std::os::unix::fs::PermissionsExt as _;
    let firm = Firm::new("");
    let evidence = firm.path("tenants/muster.evidence.toml");
    fs::set_permissions(&evidence, fs::Permissions::from_mode(0o600)).unwrap();
    said(&firm.sign("evidence.assessment"));
    assert_eq!(fs::metadata(evidence).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_signature_counts_only_under_the_name_and_key_that_the_policy_has() {
    let firm = Firm::new("");
    said(&firm.sign("evidence.assessment"));
    firm.replace("tenants/muster.evidence.toml", "signature.\"works council\"", "signature.\"works counsel\"");
    assert!(refused(&firm.filter()).contains("did you mean `works council`"));
    let firm = Firm::new("");
    said(&firm.sign("evidence.assessment"));
    let other = said(&firm.tamis(&["policy", "key", "new", "other.key"]));
    let own = fs::read_to_string(firm.path("council.key.pub")).unwrap();
    firm.replace("tenants/muster.toml", own.trim(), other.trim());
    assert!(refused(&firm.filter()).contains("P0409"));
    let help = refused(&firm.sign("evidence.private-use"));
    assert!(help.contains(own.trim()) && help.contains("[officers]"), "{help}");
    // The signature of the key that counts now takes the place of the other.
    let name = ["--key", "file:other.key", "--name", COUNCIL, "--entry", "evidence.assessment"];
    said(&firm.tamis(&[&["policy", "sign", "tenants/muster.evidence.toml"][..], &name].concat()));
    said(&firm.filter());
    assert_eq!(fs::read_to_string(firm.path("tenants/muster.evidence.toml")).unwrap().matches("signature.").count(), 1);
}

#[test]
fn a_gate_that_asks_for_a_signature_is_closed_without() {
    let gate = "[gate.assessment]\nask = [\"signature\"]\nbecause = \"A test.\"\ncite = \"paper\"\n";
    let firm = Firm::new(gate);
    let closed = firm.filter();
    assert_eq!(closed.status.code(), Some(3));
    let help = String::from_utf8_lossy(&closed.stderr).into_owned();
    assert!(help.contains("the evidence lacks signature") && help.contains("tamis policy sign"), "{help}");
    said(&firm.sign("evidence.assessment"));
    said(&firm.filter());
}

#[test]
fn a_release_says_who_signed_what_its_evidence_says() {
    let firm = Firm::new("");
    firm.append("tenants/muster.evidence.toml", "by = \"the boss\"\n");
    said(&firm.sign("evidence.assessment"));
    let release = said(&firm.tamis(&["policy", "release", "tenants/muster.toml", "--on", ON]));
    assert!(release.contains("evidence.assessment (signed by works council)"), "{release}");
    assert!(release.contains("evidence.private-use (stated, nobody says by whom)"), "{release}");
    assert!(release.contains("system.shop (stated by the boss)"), "{release}");
    // The evidence of a bundle is held against the keys in it.
    firm.replace("tenants/muster.evidence.toml", "\"A-1\"", "\"A-2\"");
    firm.replace("tenants/muster.evidence.toml", "revision = 1", "revision = 2");
    assert!(refused(&firm.tamis(&["policy", "bundle", "tenants/muster.toml", "--on", ON])).contains("P0409"));
}

/// LAW: who leaves has signed what was signed until then, and nothing later; a key that is taken out has signed nothing.
#[test]
fn a_key_ends_on_a_day_and_one_that_is_gone_never_was() {
    let firm = Firm::new("");
    let policy = "tenants/muster.toml";
    said(&firm.sign("evidence.assessment"));
    let text = fs::read_to_string(firm.path("tenants/muster.evidence.toml")).unwrap();
    let signature = text.split("signature.").nth(1).unwrap();
    let today = signature.split('"').nth(3).unwrap().split(' ').next().unwrap();
    let digits = said(&firm.tamis(&["policy", "key", "public", "--key", "file:council.key"]));
    let plain = format!("\"{}\"", digits.trim());
    let until = |day: &str| format!("{{ key = {plain}, until = {day} }}");
    firm.replace(policy, &plain, &until(today));
    said(&firm.filter());
    assert_eq!(firm.check(), ["P0410", "P0410"]);
    // Another key of the same officer takes nothing from it.
    firm.replace(policy, &until(today), &format!("[{}, \"{}\"]", until(today), "3d".repeat(32)));
    said(&firm.filter());
    firm.replace(policy, today, "2026-01-31");
    let told = refused(&firm.filter());
    assert!(told.contains("P0411") && told.contains("the key ended on 2026-01-31"), "{told}");
    let told = refused(&firm.sign("system.shop"));
    assert!(told.contains("the key of `works council` ended on 2026-01-31"), "{told}");
    // The day is signed, too.
    firm.replace("tenants/muster.evidence.toml", &format!("\"{today} "), "\"2026-01-30 ");
    assert!(refused(&firm.filter()).contains("P0409"));
    firm.replace(policy, &format!("[{}, ", until("2026-01-31")), "[");
    assert!(refused(&firm.filter()).contains("P0409"));
}

#[test]
fn who_signs_under_another_name_is_told_which_is_meant() {
    let firm = Firm::new(
        "\"data protection officer\" = \"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c\"\n",
    );
    firm.tamis(&["policy", "key", "new", "other.key"]);
    let sign = |key: &str, name: &str| {
        let file = ["policy", "sign", "tenants/muster.evidence.toml", "--entry", "system.shop"];
        refused(&firm.tamis(&[&file[..], &["--key", key, "--name", name]].concat()))
    };
    let told = sign("file:council.key", "works");
    assert!(told.contains("it names it for `works council`: --name \"works council\""), "{told}");
    let told = sign("file:other.key", "data protection oficer");
    assert!(told.contains("did you mean `data protection officer`?"), "{told}");
    assert!(sign("file:other.key", "union").contains("under [officers] of tenants/muster.toml"));
}
