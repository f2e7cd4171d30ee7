//! LAW (a test can fail): each kind of promise that a policy does not keep is told, with where the test stands; and what CI is given
//! says the same and holds no event.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::{Command, Output};

use tamis::edge::policies;

const GOOD: &str = r#"event = '''{ "op": "buy", "at": "2026-11-03T07:41:12Z", "ip": "192.0.2.17", "user": "anna@example.de", "note": "Hello" }'''"#;

/// What a test says besides its title, and what is told of it.
const BROKEN: &[(&str, &str)] = &[
    ("kept = ['user']", "`user` was not kept"),
    ("kept = ['nothing']", "`nothing` is not in the event, so it cannot be kept"),
    ("coded = ['op']", "`op` is no code"),
    ("gone = ['op']", "`op` is still there"),
    ("gone = ['nothing']", "`nothing` is not in the event, so it cannot be gone"),
    ("becomes.ip = '192.0.2.17'", "`ip` did not become \"192.0.2.17\""),
    ("nowhere = ['BUY']", "`BUY` is somewhere in the output"),
    ("outcome = 'suppressed'", "the outcome is Passed, not Suppressed"),
    ("outcome = 'closed'", "the outcome is Passed, not Closed"),
    ("kept = ['op']\nwithout = ['evidence.assessment']", "the outcome is Closed (land.assessment), not Passed"),
    (
        "outcome = 'closed'\ngates = ['land.council']\nwithout = ['evidence.assessment']",
        "closed: land.assessment; the test says land.council",
    ),
    ("gates = ['land.assessment']", "nothing is closed; the test says land.assessment"),
    ("rules = ['land.council']", "the rule `land.council` took no part"),
    ("at-most = '30 days'", "at-most is 365 days, not 30 days"),
    ("at-least = '1 year'", "at-least is not said, not 1 year"),
    ("kept = ['op']\ngiven.schema = 'other'", "there is no schema map `other`"),
];

/// The same of values by category.
const BROKEN_VALUES: &[(&str, &str)] = &[
    ("kept = ['net.ip']", "`net.ip` is not kept"),
    ("coded = ['net.ip']", "`net.ip` is not coded"),
    ("gone = ['net.ip']", "`net.ip` is not gone"),
    ("gone = ['id.name']", "the test has no value of `id.name`"),
    ("nowhere = ['192.0.2.17']", "something of `net.ip` may leave"),
    ("outcome = 'closed'", "the outcome is Passed, not Closed"),
    ("rules = ['base.people']", "the rule `base.people` took no part"),
];

fn copy(from: &Path, to: &Path) {
    let whole = policies::whole(from).unwrap();
    for (id, name) in whole.bundle.files() {
        let path = to.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, whole.bundle.text(id)).unwrap();
    }
}

/// Runs tests in place of those of the common folder of broken policies.
fn run(tests: &str, arguments: &[&str]) -> (Output, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/broken/common"), folder.path());
    let given = "[given]\npolicy = 'muster'\npurpose = 'product'\non = 2026-12-01\nevidence = 'muster.evidence.toml'\nlists.council = ['*council*']\n";
    std::fs::write(folder.path().join("tenants/muster.test.toml"), format!("{given}{tests}")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tamis"));
    let output = command.current_dir(folder.path()).args(["test", "."]).args(arguments).output().unwrap();
    (output, folder)
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn every_promise_that_is_not_kept_is_told() {
    let test = |subject: &str, number: usize, claim: &str| {
        let claim = claim.replace('\'', "\"");
        format!("[test.t{number}]\ntitle = \"Promise {number}\"\n{subject}\n{claim}\n")
    };
    let value = "values.\"net.ip\" = \"192.0.2.17\"";
    let all: Vec<_> =
        BROKEN.iter().map(|broken| (GOOD, broken)).chain(BROKEN_VALUES.iter().map(|b| (value, b))).collect();
    let text: String =
        all.iter().enumerate().map(|(number, (subject, (claim, _)))| test(subject, number, claim)).collect();
    let (output, _folder) = run(&text, &[]);
    let said = said(&output);
    for (number, (_, (claim, wanted))) in all.iter().enumerate() {
        let of = said.split("failed: ").find(|of| of.contains(&format!(" t{number}: Promise {number}\n")));
        let of = of.unwrap_or_else(|| panic!("not told: {claim}\n{said}"));
        assert!(of.contains(&format!("    {wanted}\n")), "{claim}: {of}");
    }
    assert!(said.ends_with(&format!("0 passed, {} failed\n", all.len())), "{said}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_difference_is_shown_if_asked_for_and_ci_gets_no_event() {
    let text = format!(
        "[test.one]\ntitle = \"Names < codes\"\n{GOOD}\nkept = [\"user\"]\n[test.two]\ntitle = \"Acts\"\n{GOOD}\nkept = [\"op\"]\n"
    );
    let (output, folder) = run(&text, &["--junit", "out.xml"]);
    assert!(!said(&output).contains("anna@example.de") && said(&output).contains("--diff"), "{}", said(&output));
    let xml = std::fs::read_to_string(folder.path().join("out.xml")).unwrap();
    assert!(xml.contains("tests=\"2\" failures=\"1\"") && xml.contains("Names &lt; codes"), "{xml}");
    assert!(xml.contains("`user` was not kept") && !xml.contains("anna"), "{xml}");
    let (output, _folder) = run(&text, &["--diff"]);
    assert!(said(&output).contains("-  \"user\": \"anna@example.de\",\n"), "{}", said(&output));
    assert!(said(&output).contains("-  \"ip\": \"192.0.2.17\",\n"), "{}", said(&output));
    let (output, _folder) = run(&text, &["--junit", "missing/out.xml"]);
    assert_eq!(output.status.code(), Some(1));
}
