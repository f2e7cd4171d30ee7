//! LAW (neighbours): what one branch, sink or configuration cannot do takes nothing from the others, and nothing that was acknowledged.

use std::time::Duration;

use crate::process::{self, Process, eventually, post};
use crate::receiver::Receiver;
use crate::{HTTP_TO_HTTP, event, events, numbers, policies, trapping};

/// A required sink, and one that is not.
fn two(good: &Receiver, bad: &Receiver, more: &str) -> String {
    format!(
        r#"
[source.apps]
type   = "http"
listen = "127.0.0.1:0"
answer = "10 s"
[sink.good]
type  = "http"
url   = "{}"
batch = {{ events = 50, age = "5 ms" }}
[sink.bad]
type  = "http"
url   = "{}"
batch = {{ events = 50, age = "5 ms" }}
retry = {{ first = "10 ms", most = "20 ms" }}
{more}
[route.staff]
from   = "apps"
policy = "tenants/example-de.toml"
[[route.staff.to]]
sink    = "good"
purpose = "security"
closed  = "hold"
[[route.staff.to]]
sink     = "bad"
purpose  = "security"
closed   = "skip"
required = false
"#,
        good.url(),
        bad.url()
    )
}

#[test]
fn a_branch_that_is_not_required_holds_nobody() {
    for more in ["", "buffer = { size = \"16 MiB\" }"] {
        let (good, bad) = (Receiver::start(Vec::new()), Receiver::start(vec![503; 100_000]));
        let folder = tempfile::tempdir().unwrap();
        let process = Process::start(folder.path(), &two(&good, &bad, more), policies());
        for part in 0..20 {
            assert_eq!(post(&process.listening("apps"), &events(part * 10..part * 10 + 10), &[]), 200, "{more}");
        }
        assert_eq!(numbers(&good.text()), (0..200).map(|number| (number, 1)).collect());
        process.stop();
    }
}

#[test]
fn an_expired_token_loses_nothing() {
    let receiver = Receiver::start(vec![401, 403, 404]);
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), &HTTP_TO_HTTP.replace("URL", &receiver.url()), policies());
    assert_eq!(post(&process.listening("apps"), &events(0..30), &[]), 200);
    assert_eq!(numbers(&receiver.text()).len(), 30);
    assert_eq!(process.stop(), Some(0));
}

#[test]
fn a_buffer_whose_branch_is_gone_is_not_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let dead = Receiver::start(vec![503; 10_000]);
    let config =
        HTTP_TO_HTTP.replace("retry = ", "buffer = { size = \"16 MiB\" }\nretry = ").replace("URL", &dead.url());
    let process = Process::start(folder.path(), &config, policies());
    assert_eq!(post(&process.listening("apps"), &events(0..5), &[]), 200);
    process.kill();
    let file = folder.path().join("tamis.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("siem", "other")).unwrap();
    let ran = std::process::Command::new(env!("CARGO_BIN_EXE_tamis")).args(["run", "-c"]).arg(&file).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(ran.status.code() == Some(2) && said.contains("staff.siem.security"), "{said}");
}

/// What waits for a branch whose gate closes does not go; once it is open again, it does.
#[test]
fn nothing_of_what_waits_goes_while_a_gate_is_closed() {
    let receiver = Receiver::start(vec![503; 40]);
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("policies");
    process::copy(std::path::Path::new(policies()), &own);
    let token = "[admin]\nlisten = \"127.0.0.1:0\"\ntoken = \"env:TAMIS_TEST_TOKEN\"\n";
    let config =
        HTTP_TO_HTTP.replace("retry = ", "buffer = { size = \"16 MiB\" }\nretry = ").replace("URL", &receiver.url());
    let process = Process::start(folder.path(), &format!("{token}{config}"), own.to_str().unwrap());
    let reload = format!("{}/reload", process.listening("admin"));
    assert_eq!(post(&process.listening("apps"), &events(0..5), &[]), 200);
    let evidence = own.join("tenants/example-de.evidence.toml");
    let away = own.join("evidence.away");
    std::fs::rename(&evidence, &away).unwrap();
    assert_eq!(post(&reload, "", &["Authorization: Bearer operator"]), 200);
    let before = receiver.text();
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(receiver.text(), before, "nothing goes while it is closed");
    assert_eq!(post(&process.listening("apps"), &event(9), &[]), 503);
    std::fs::rename(&away, &evidence).unwrap();
    assert_eq!(post(&reload, "", &["Authorization: Bearer operator"]), 200);
    eventually("all are there", || numbers(&receiver.text()).len() == 5);
    process.stop();
}

#[test]
fn who_only_connects_takes_no_place_for_ever() {
    let receiver = Receiver::start(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    let limits = "[limits]\nconnections = 2\n";
    let config = format!("{limits}{}", HTTP_TO_HTTP.replace("URL", &receiver.url()));
    let process = Process::start(folder.path(), &config, policies());
    let at = process.listening("apps");
    let silent: Vec<_> =
        (0..2).map(|_| std::net::TcpStream::connect(at.strip_prefix("http://").unwrap()).unwrap()).collect();
    assert_eq!(post(&at, &event(1), &[]), 200, "after ten seconds at the latest");
    drop(silent);
    assert_eq!(process.stop(), Some(0));
}

/// Two tenants in one stream, one of them closed.
fn shared(receiver: &Receiver, closed: &str) -> (tempfile::TempDir, Process) {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("policies");
    process::copy(std::path::Path::new(policies()), &own);
    std::fs::remove_file(own.join("tenants/example-us-hospital.evidence.toml")).unwrap();
    let route = format!("policy = \"tenants\"\ntenant-by = \"whose\"\n[[route.staff.to]]\nclosed = \"{closed}\"");
    let config = HTTP_TO_HTTP.replace("URL", &receiver.url());
    let config = config.replace("policy = \"tenants/example-de.toml\"\n[[route.staff.to]]", &route);
    let metrics = "[metrics]\nlisten = \"127.0.0.1:0\"\n";
    let process = Process::start(folder.path(), &format!("{metrics}{config}"), own.to_str().unwrap());
    (folder, process)
}

fn of(tenant: &str, number: u32) -> String {
    event(number).replacen('{', &format!("{{\"whose\":\"{tenant}\","), 1)
}

#[test]
fn a_closed_tenant_among_others_is_withheld_or_holds_as_was_said() {
    for (closed, status) in [("skip", 200), ("hold", 503)] {
        let receiver = Receiver::start(Vec::new());
        let (folder, process) = shared(&receiver, closed);
        let both = format!("{}\n{}", of("example-de", 1), of("example-us-hospital", 2));
        assert_eq!(post(&process.listening("apps"), &both, &[]), status, "{closed}");
        assert_eq!(post(&process.listening("apps"), &of("example-de", 3), &[]), 200, "{closed}");
        let passed = if closed == "skip" { vec![1, 3] } else { vec![3] };
        assert_eq!(numbers(&receiver.text()).into_keys().collect::<Vec<_>>(), passed, "{closed}");
        let page = process::get(&format!("{}/metrics", process.listening("metrics")));
        let outcome = if closed == "skip" { "withheld" } else { "refused" };
        let counted = format!("purpose=\"security\",outcome=\"{outcome}\"}}");
        assert!(page.lines().any(|line| line.contains(&counted) && !line.ends_with(" 0")), "{closed}: {page}");
        let gauge = "tamis_closed_tenants{route=\"staff\",purpose=\"security\"} 1";
        assert!(page.lines().any(|line| line == gauge), "{closed}: {page}");
        process.stop();
        let kept = std::fs::read_to_string(folder.path().join("state/quarantine.ndjson")).unwrap_or_default();
        assert!(!kept.contains("closed"), "{closed}: {kept}");
    }
}

/// Tenants under policies of the benchmark, which are small; `a` has a sealed list.
pub(super) fn fleet(receiver: &Receiver, more: &str) -> (tempfile::TempDir, Process) {
    fleet_of(receiver, more, |_, config| config)
}

/// The same, of which policies below a folder, and the configuration, are changed before the start.
pub(super) fn fleet_of(
    receiver: &Receiver,
    more: &str,
    change: impl Fn(&std::path::Path, String) -> String,
) -> (tempfile::TempDir, Process) {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("policies");
    let from = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/benchmark/policies");
    process::copy(&from, &own);
    for other in ["b", "b-clear"] {
        std::fs::remove_file(own.join(format!("tenants/{other}.toml"))).unwrap();
    }
    let a = std::fs::read_to_string(own.join("tenants/a.toml")).unwrap();
    for tenant in ["c", "d", "e"] {
        let text = a.replace("\"a\"", &format!("\"{tenant}\"")).replace("none-a", &format!("none-{tenant}"));
        let text = text.replace("[rule.a]", &format!("[rule.{tenant}]"));
        std::fs::write(own.join(format!("tenants/{tenant}.toml")), text).unwrap();
    }
    let list = "\n[list.works]\nsecret = true\nlook-in = [\"event.action\"]\nheld-by = \"works council\"\nif-empty = \"closed\"\n\
        [rule.works]\nwhen.listed = \"works\"\nevent = \"suppress\"\nbecause = \"for this test\"\ncite = \"none-a\"\n";
    std::fs::write(own.join("tenants/a.toml"), a + list).unwrap();
    std::fs::write(own.join("tenants/a.lists.toml"), "[list.works]\nwords = [\"*council*\"]\n").unwrap();
    let route = "policy = \"tenants\"\ntenant-by = \"Tenant\"\n[[route.staff.to]]\nclosed = \"skip\"";
    let config = HTTP_TO_HTTP.replace("URL", &receiver.url());
    let config = config.replace("policy = \"tenants/example-de.toml\"\n[[route.staff.to]]", route);
    let token = "[admin]\nlisten = \"127.0.0.1:0\"\ntoken = \"env:TAMIS_TEST_TOKEN\"\n";
    let config = change(&own, format!("{token}{more}{config}"));
    let process = Process::start(folder.path(), &config, own.to_str().unwrap());
    (folder, process)
}

/// LAW: a change compiles the plans of those whom it is about and of nobody else, and what leaves is what a start would let leave.
#[test]
fn a_change_compiles_nobody_else() {
    let receiver = Receiver::start(Vec::new());
    let (folder, process) = fleet(&receiver, "");
    let tenants = folder.path().join("policies/tenants");
    let reload = || {
        let url = format!("{}/reload", process.listening("admin"));
        let (status, text) = process::posted(&url, "", &["Authorization: Bearer operator"]);
        assert_eq!(status, 200, "{text}");
        text
    };
    let compiled = |text: &str| text.split(" compiled").next().and_then(|head| head.rsplit(' ').next()?.parse().ok());
    let event = |tenant: &str| {
        format!(
            "{{\"Tenant\":\"{tenant}\",\"eventTime\":\"2026-11-03T06:12:34.000Z\",\"eventType\":\"user.session.start\",\"outcome\":\"SUCCESS\"}}\n"
        )
    };
    let of_all = || {
        let seen = receiver.text().len();
        ["a", "c", "d", "e"].iter().for_each(|one| assert_eq!(post(&process.listening("apps"), &event(one), &[]), 200));
        receiver.text()[seen..].lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let append = |file: &str, text: &str| {
        let path = tenants.join(file);
        std::fs::write(&path, std::fs::read_to_string(&path).unwrap() + text).unwrap();
    };
    let before = of_all();
    assert_eq!(before.len(), 4);
    assert!(reload().contains("as it was"));
    append(
        "c.toml",
        "\n[rule.less]\nbecause = \"for this test\"\ncite = \"none-c\"\n\"time.event\" = \"generalise-hour\"\n",
    );
    assert_eq!(compiled(&reload()), Some(1), "one tenant's rules");
    let after = of_all();
    assert!(after[1].contains("T06:00") && before[1].contains("T06:12"), "{after:?}");
    assert_eq!([&after[0], &after[2], &after[3]], [&before[0], &before[2], &before[3]]);
    std::fs::write(tenants.join("a.lists.toml"), "[list.works]\nwords = [\"*session*\"]\n").unwrap();
    assert_eq!(compiled(&reload()), Some(1), "one tenant's list");
    assert_eq!(of_all().len(), 3, "it withholds what is listed by now");
    std::fs::remove_file(tenants.join("a.lists.toml")).unwrap();
    assert_eq!(compiled(&reload()), Some(1), "a list that is gone closes one tenant");
    append(
        "../base/base.toml",
        "\n[rule.all]\nbecause = \"for this test\"\ncite = \"none\"\n\"time.event\" = \"drop\"\n",
    );
    assert_eq!(compiled(&reload()), Some(4), "everybody's layer");
    assert!(of_all().iter().all(|line| !line.contains("T06")), "{:?}", of_all());
    append("../treatments.toml", "\n# everybody's words\n");
    assert_eq!(compiled(&reload()), Some(4), "everybody's words");
    std::fs::remove_file(tenants.join("d.toml")).unwrap();
    let text = reload();
    assert!(text.contains("2 tenants"), "{text}");
    assert_eq!(compiled(&text), Some(0), "nothing changes for those who stay");
    assert_eq!(of_all().len(), 2, "whose policy is gone has none");
    let more = std::fs::read_to_string(tenants.join("e.toml")).unwrap();
    let more = more.replace("\"e\"", "\"b\"").replace("none-e", "none-b").replace("[rule.e]", "[rule.b]");
    std::fs::write(tenants.join("b.toml"), more).unwrap();
    assert_eq!(compiled(&reload()), Some(1), "a tenant more");
    assert_eq!(post(&process.listening("apps"), &event("b"), &[]), 200);
    assert_eq!(of_all().len(), 2);
    assert!(receiver.text().contains("\"Tenant\":\"b\""));
    assert_eq!(process.stop(), Some(0));
}

/// LAW (nothing old in force): tenants that are closed withhold their events, also one that comes closed, and also where no other is
/// open any more.
#[test]
fn tenants_that_come_closed_or_close_last_withhold_their_events() {
    let receiver = Receiver::start(Vec::new());
    let (folder, process) = fleet(&receiver, "");
    let tenants = folder.path().join("policies/tenants");
    let event = |tenant: &str| {
        let line = "\"eventTime\":\"2026-11-03T06:12:34.000Z\",\"eventType\":\"x\",\"outcome\":\"y\"";
        post(&process.listening("apps"), &format!("{{\"Tenant\":\"{tenant}\",{line}}}\n"), &[])
    };
    let reload = || {
        let url = format!("{}/reload", process.listening("admin"));
        process::posted(&url, "", &["Authorization: Bearer operator"])
    };
    let a = std::fs::read_to_string(tenants.join("a.toml")).unwrap();
    std::fs::remove_file(tenants.join("a.toml")).unwrap();
    std::fs::remove_file(tenants.join("a.lists.toml")).unwrap();
    assert_eq!(reload().0, 200);
    std::fs::write(tenants.join("a.toml"), a).unwrap();
    assert_eq!(reload().0, 200, "without its list it is closed");
    assert_eq!((event("a"), event("c")), (200, 200));
    let kept = std::fs::read_to_string(folder.path().join("state/quarantine.ndjson")).unwrap_or_default();
    assert!(!kept.contains("tenant"), "whose tenant is closed waits in no quarantine: {kept}");
    for other in ["c", "d", "e"] {
        std::fs::remove_file(tenants.join(format!("{other}.toml"))).unwrap();
    }
    let (status, text) = reload();
    assert_eq!(status, 200, "{text}");
    assert_eq!((event("a"), event("c")), (200, 200));
    assert_eq!(process.stop(), Some(0));
    let text = receiver.text();
    assert_eq!((text.matches("\"Tenant\":\"c\"").count(), text.lines().count()), (1, 1), "{text}");
}

/// LAW (keys): whose key is missing or damaged stays where it was, or is closed if it never was anywhere; nobody else waits for it, and
/// it is told of whom and why.
#[test]
fn a_key_that_is_not_there_is_its_own_tenants_matter() {
    use std::os::unix::fs::PermissionsExt as _;
    let receiver = Receiver::start(Vec::new());
    let write = |path: &std::path::Path, text: &str| {
        std::fs::write(path, text).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    };
    let more = "[keys]\nroot = \"file:HERE/roots/{tenant}\"\nfolder = \"HERE/keys\"\n[ledger]\nkey = \"file:HERE/roots/ledger\"\n\
        [metrics]\nlisten = \"127.0.0.1:0\"\n";
    let (folder, process) = fleet_of(&receiver, more, |own, config| {
        let roots = own.with_file_name("roots");
        std::fs::create_dir(&roots).unwrap();
        // `c` has none.
        ["a", "d", "e", "ledger"].iter().for_each(|one| write(&roots.join(one), &"07".repeat(32)));
        config
    });
    let tenants = folder.path().join("policies/tenants");
    let event = |tenant: &str| {
        let line = "\"eventTime\":\"2026-11-03T06:12:34.000Z\",\"eventType\":\"x\",\"outcome\":\"y\",\"user\":\"ann\"";
        let line = format!("{{\"Tenant\":\"{tenant}\",{line}}}\n");
        let before = receiver.text().len();
        assert_eq!(post(&process.listening("apps"), &line, &[]), 200);
        receiver.text()[before..].to_owned()
    };
    assert!(event("c").is_empty(), "it is closed");
    // A look ahead says so too, which key is missing, and how it comes there; one that looks at no secret does not.
    let config = folder.path().join("tamis.toml");
    let check = |more: &[&str]| {
        let mut tamis = std::process::Command::new(env!("CARGO_BIN_EXE_tamis"));
        let tamis =
            tamis.args(["run", "--check"]).args(more).arg("-c").arg(&config).env("TAMIS_TEST_TOKEN", "operator");
        let ran = tamis.output().unwrap();
        (ran.status.code(), String::from_utf8(ran.stderr).unwrap())
    };
    let (code, said) = check(&["--offline"]);
    assert!(code == Some(0) && !said.contains("[keys] root"), "{code:?} {said}");
    let (code, said) = check(&[]);
    let root = folder.path().join("roots/c");
    let named = format!("[keys] root of `c`: cannot read {}", root.display());
    let help = format!("`tamis keys new --root {}`", root.display());
    assert!(code == Some(0) && said.contains("warning: [route."), "{code:?} {said}");
    assert!(said.contains(&named) && said.contains(&help), "{said}");
    for open in ["a", "d", "e"] {
        assert!(event(open).contains(&format!("\"{open}\"")), "{open}");
    }
    let reload = || {
        let url = format!("{}/reload", process.listening("admin"));
        process::posted(&url, "", &["Authorization: Bearer operator"])
    };
    let drops = |tenant: &str, category: &str| {
        let path = tenants.join(format!("{tenant}.toml"));
        let rule = format!(
            "\n[rule.less]\nbecause = \"for this test\"\ncite = \"none-{tenant}\"\n\"{category}\" = \"drop\"\n"
        );
        std::fs::write(&path, std::fs::read_to_string(&path).unwrap() + &rule).unwrap();
    };
    // The key of `d` is damaged, and everybody drops the time by now.
    let key = std::fs::read_dir(folder.path().join("keys/d")).unwrap().flatten().next().unwrap().path();
    write(&key, "damaged");
    ["a", "c", "d", "e"].iter().for_each(|one| drops(one, "time.event"));
    let (status, text) = reload();
    assert!(status != 200 && text.contains("`d` is refused: d@1 stays"), "{status} {text}");
    assert!(text.contains("`c` is refused: it is closed") && text.contains("3 tenants"), "{text}");
    assert!(event("d").contains("T06:12"), "it stays where it was");
    for other in ["a", "e"] {
        let left = event(other);
        assert!(left.contains(&format!("\"{other}\"")) && !left.contains("T06:12"), "{left}");
    }
    // Once they are there, all is as the files say.
    std::fs::remove_file(&key).unwrap();
    write(&folder.path().join("roots/c"), &"07".repeat(32));
    assert_eq!(reload().0, 200);
    for open in ["a", "c", "d", "e"] {
        let left = event(open);
        assert!(left.contains(&format!("\"{open}\"")) && !left.contains("T06:12"), "{left}");
    }
    let page = process::get(&format!("{}/metrics", process.listening("metrics")));
    assert!(page.contains("tamis_reloads_total{route=\"staff\",result=\"refused\"}"), "{page}");
    assert_eq!(process.stop(), Some(0));
    let ledger = std::fs::read_to_string(folder.path().join("state/ledger.ndjson")).unwrap();
    for tenant in ["c", "d"] {
        let told = ledger.lines().filter(|line| line.contains("refused") && line.contains(&format!("\"{tenant}\"")));
        assert!(told.count() >= 1, "{tenant}: {ledger}");
    }
}

/// LAW (keys): a key that is damaged while its plan runs closes its own tenant, as the branch says, until it is there again.
#[test]
fn a_key_that_is_damaged_meanwhile_is_its_own_tenants_matter() {
    use std::os::unix::fs::PermissionsExt as _;
    for closed in ["skip", "hold"] {
        let receiver = Receiver::start(Vec::new());
        let config = std::cell::RefCell::new(String::new());
        let more = "[keys]\nroot = \"file:HERE/root\"\nfolder = \"HERE/keys\"\n";
        let (folder, process) = fleet_of(&receiver, more, |own, text| {
            let root = own.with_file_name("root");
            std::fs::write(&root, "07".repeat(32)).unwrap();
            std::fs::set_permissions(&root, std::fs::Permissions::from_mode(0o600)).unwrap();
            *config.borrow_mut() = text.replace("\"skip\"", &format!("{closed:?}"));
            config.borrow().clone()
        });
        let line = "\"eventTime\":\"2026-11-03T06:12:34.000Z\",\"eventType\":\"x\",\"outcome\":\"y\",\"user\":\"ann\"";
        let events = |tenants: &[&str]| -> String {
            tenants.iter().map(|tenant| format!("{{\"Tenant\":\"{tenant}\",{line}}}\n")).collect()
        };
        assert_eq!(post(&process.listening("apps"), &events(&["a", "d"]), &[]), 200);
        assert_eq!(process.stop(), Some(0));
        let policies = folder.path().join("policies");
        let process = Process::start(folder.path(), &config.borrow(), policies.to_str().unwrap());
        // Nobody has read it since.
        let key = std::fs::read_dir(folder.path().join("keys/d")).unwrap().flatten().next().unwrap().path();
        let good = std::fs::read(&key).unwrap();
        std::fs::write(&key, "damaged").unwrap();
        let answers = |tenants: &[&str]| {
            let before = receiver.text().len();
            let status = post(&process.listening("apps"), &events(tenants), &[]);
            let text = receiver.text()[before..].to_owned();
            let left: Vec<_> =
                tenants.iter().map(|tenant| text.contains(&format!("\"Tenant\":\"{tenant}\""))).collect();
            (status, left)
        };
        let whole = if closed == "skip" { (200, vec![true, false, true]) } else { (503, vec![false; 3]) };
        for _ in 0..2 {
            assert_eq!(answers(&["a", "d", "e"]), whole, "{closed}: {}", process.log());
            assert_eq!(answers(&["a", "e"]), (200, vec![true, true]), "{closed}: {}", process.log());
        }
        let told = process.said("tenant-closed");
        assert!(told.contains("\"d\"") && told.contains("damaged"), "{closed}: {}", process.log());
        std::fs::write(&key, good).unwrap();
        assert_eq!(answers(&["a", "d", "e"]), (200, vec![true; 3]), "{closed}: {}", process.log());
        assert_eq!(process.stop(), Some(0));
    }
}

/// Tenants of [`fleet_of`] with a folder of keys.
fn keyed(receiver: &Receiver, change: impl Fn(&std::path::Path, String) -> String) -> (tempfile::TempDir, Process) {
    use std::os::unix::fs::PermissionsExt as _;
    let keys = "[keys]\nroot = \"file:HERE/root\"\nfolder = \"HERE/keys\"\n[metrics]\nlisten = \"127.0.0.1:0\"\n";
    fleet_of(receiver, keys, |own, config| {
        let root = own.with_file_name("root");
        std::fs::write(&root, "07".repeat(32)).unwrap();
        std::fs::set_permissions(&root, std::fs::Permissions::from_mode(0o600)).unwrap();
        change(own, config)
    })
}

/// An event of each tenant, by whom.
fn by(user: &str, tenants: &[&str]) -> String {
    let line = "\"eventTime\":\"2026-11-03T06:12:34.000Z\",\"eventType\":\"x\",\"outcome\":\"y\"";
    tenants.iter().map(|tenant| format!("{{\"Tenant\":\"{tenant}\",{line},\"user\":\"{user}\"}}\n")).collect()
}

/// The value of a series of a page of metrics; none where it is not there.
fn series(process: &Process, name: &str) -> Option<u64> {
    let page = process::get(&format!("{}/metrics", process.listening("metrics")));
    page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

/// The first key of a tenant, and what it holds.
fn key_of(folder: &std::path::Path, tenant: &str) -> (std::path::PathBuf, Vec<u8>) {
    let path = std::fs::read_dir(folder.join("keys").join(tenant)).unwrap().flatten().next().unwrap().path();
    let good = std::fs::read(&path).unwrap();
    (path, good)
}

/// LAW (keys): whose key is damaged for a branch that holds holds every purpose, at once: no other branch has a part of it twice. It is told
/// once, and counted while it lasts.
#[test]
fn a_damaged_key_holds_every_purpose_and_is_told_once() {
    let receiver = Receiver::start(Vec::new());
    let text = std::cell::RefCell::new(String::new());
    let (folder, process) = keyed(&receiver, |own, config| {
        let base = own.join("base/base.toml");
        let said = std::fs::read_to_string(&base).unwrap();
        std::fs::write(&base, said.replace("[\"security\"]", "[\"security\", \"product\"]")).unwrap();
        let second = "[[route.staff.to]]\nsink = \"siem\"\npurpose = \"product\"\nclosed = \"hold\"\n";
        *text.borrow_mut() = format!("{config}{second}");
        text.borrow().clone()
    });
    assert_eq!(post(&process.listening("apps"), &by("ann", &["a", "d"]), &[]), 200, "{}", process.log());
    assert_eq!(process.stop(), Some(0));
    let policies = folder.path().join("policies");
    let process = Process::start(folder.path(), &text.borrow(), policies.to_str().unwrap());
    let (key, good) = key_of(folder.path(), "d");
    std::fs::write(&key, "damaged").unwrap();
    let before = receiver.text().len();
    let gauge =
        |purpose: &str| series(&process, &format!("tamis_closed_tenants{{route=\"staff\",purpose=\"{purpose}\"}}"));
    let treated = || {
        let of = |purpose: &str| {
            let name = format!("tamis_treatments_total{{route=\"staff\",purpose=\"{purpose}\",name=\"keep\"}}");
            series(&process, &name).unwrap_or_default()
        };
        (of("security"), of("product"))
    };
    assert_eq!(gauge("product"), Some(0));
    // Workers take turns: each has engines of its own.
    for _ in 0..6 {
        assert_eq!(post(&process.listening("apps"), &by("ann", &["a", "d", "e"]), &[]), 503, "{}", process.log());
    }
    assert_eq!(&receiver.text()[before..], "", "what was given back was not delivered");
    assert_eq!((gauge("security"), gauge("product")), (Some(1), Some(1)), "{}", process.log());
    assert_eq!(process.said("tenant-closed").lines().count(), 1, "{}", process.said(""));
    assert_eq!(treated(), (0, 0), "nothing left");
    std::fs::write(&key, good).unwrap();
    assert_eq!(post(&process.listening("apps"), &by("ann", &["a", "d", "e"]), &[]), 200, "{}", process.log());
    assert_eq!((gauge("security"), gauge("product")), (Some(0), Some(0)), "{}", process.log());
    for tenant in ["a", "d", "e"] {
        let left = receiver.text()[before..].matches(&format!("\"Tenant\":\"{tenant}\"")).count();
        assert_eq!(left, 2, "once for each purpose: {tenant}");
    }
    process::eventually("what left is counted", || treated().0 > 0);
    assert!(treated().0.is_multiple_of(3), "once: {:?}", treated());
    assert_eq!(process.stop(), Some(0));
}

/// LAW (neighbours): what a failure rule stops for one purpose leaves for no other: its source gives it again, and then each would have it
/// twice.
#[test]
fn what_one_purpose_stops_leaves_for_none() {
    let (receiver, folder) = (Receiver::start(Vec::new()), tempfile::tempdir().unwrap());
    let own = folder.path().join("policies");
    trapping::policies(&own, "stop");
    let base = own.join("base/base.toml");
    let said = std::fs::read_to_string(&base).unwrap();
    // The plugin is asked for the first purpose alone.
    let one = "\"content.text\" = { security = \"keep\", otherwise = \"drop\" }";
    assert!(said.contains("\"content.text\" = \"keep\""), "{said}");
    std::fs::write(&base, said.replace("\"content.text\" = \"keep\"", one)).unwrap();
    let second = "[[route.staff.to]]\nsink = \"siem\"\npurpose = \"product\"\nclosed = \"skip\"\n";
    let config = HTTP_TO_HTTP.replace("URL", &receiver.url()).replace("tenants/example-de", "tenants/firm");
    let config = config.replace("guarantee =", "closed = \"skip\"\nguarantee =");
    let process = Process::start(folder.path(), &format!("{config}{second}"), own.to_str().unwrap());
    let both = |number: u32, note: &str| post(&process.listening("apps"), &trapping::event(number, note), &[]);
    assert_eq!(both(1, "good"), 200, "{}", process.log());
    assert_eq!(receiver.text().matches("\"Version\":1").count(), 2, "{}", receiver.text());
    let before = receiver.text().len();
    assert_eq!(both(2, "T"), 503, "{}", process.log());
    assert_eq!(&receiver.text()[before..], "", "its source gives it again");
    assert_eq!(process.stop(), Some(0));
}

/// LAW (neighbours): where each event of a batch is done alone, since the engine panicked on it, and one of them has to come again, none of
/// the others left before.
#[test]
fn after_a_panic_too_a_batch_that_comes_again_left_for_nobody() {
    use std::os::unix::fs::PermissionsExt as _;
    let receiver = Receiver::start(Vec::new());
    let text = std::cell::RefCell::new(String::new());
    let (folder, process) = keyed(&receiver, |_, config| {
        *text.borrow_mut() = config.replace("\"skip\"", "\"hold\"");
        text.borrow().clone()
    });
    assert_eq!(post(&process.listening("apps"), &by("ann", &["a"]), &[]), 200, "{}", process.log());
    assert_eq!(process.stop(), Some(0));
    let policies = folder.path().join("policies");
    let armed = [("TAMIS_PANIC", "worker.engine#1")];
    let process = Process::start_with(folder.path(), &text.borrow(), policies.to_str().unwrap(), &[], &armed);
    let keys = folder.path().join("keys");
    let mode = |mode| std::fs::set_permissions(&keys, std::fs::Permissions::from_mode(mode)).unwrap();
    let before = receiver.text().len();
    // Whose keys everybody could read is made none.
    mode(0o755);
    assert_eq!(post(&process.listening("apps"), &by("bob", &["a", "c"]), &[]), 503, "{}", process.log());
    assert_eq!(series(&process, "tamis_panics_total"), Some(1), "{}", process.log());
    assert_eq!(&receiver.text()[before..], "");
    mode(0o700);
    assert_eq!(post(&process.listening("apps"), &by("bob", &["a", "c"]), &[]), 200, "{}", process.log());
    for tenant in ["a", "c"] {
        assert_eq!(receiver.text()[before..].matches(&format!("\"Tenant\":\"{tenant}\"")).count(), 1, "{tenant}");
    }
    assert_eq!(process.stop(), Some(0));
}

/// LAW (keys): a key that cannot be made closes its own tenant, in the same batch, and what leaves is counted once.
#[test]
fn a_key_that_cannot_be_made_is_its_own_tenants_matter() {
    use std::os::unix::fs::PermissionsExt as _;
    let receiver = Receiver::start(Vec::new());
    let (folder, process) = keyed(&receiver, |_, config| config);
    let keys = folder.path().join("keys");
    let mode = |mode| std::fs::set_permissions(&keys, std::fs::Permissions::from_mode(mode)).unwrap();
    let send = |user: &str, tenants: &[&str]| {
        let before = receiver.text().len();
        assert_eq!(post(&process.listening("apps"), &by(user, tenants), &[]), 200, "{}", process.log());
        let text = receiver.text()[before..].to_owned();
        tenants.iter().map(|tenant| text.contains(&format!("\"Tenant\":\"{tenant}\""))).collect::<Vec<_>>()
    };
    let done = |name: &str| {
        let name = format!("tamis_treatments_total{{route=\"staff\",purpose=\"security\",name=\"{name}\"}}");
        series(&process, &name).unwrap_or_default()
    };
    assert_eq!(send("ann", &["a", "e"]), [true, true]);
    // Counts are told behind the answer.
    process::eventually("what left is counted", || done("pseudonymise") == 2);
    let kept = done("keep");
    // Whose keys everybody could read is made none.
    mode(0o755);
    for round in 1..4 {
        assert_eq!(send("bob", &["a", "c", "d", "e"]), [true, false, false, true], "{}", process.log());
        process::eventually("what left is counted", || done("pseudonymise") >= 2 + round * 2);
        assert_eq!((done("keep"), done("pseudonymise")), (kept + round * kept, 2 + round * 2), "once");
    }
    assert_eq!(process.said("tenant-closed").lines().count(), 2, "{}", process.said(""));
    let gauge = "tamis_closed_tenants{route=\"staff\",purpose=\"security\"}";
    assert_eq!((series(&process, gauge), process.said("step-failed")), (Some(2), String::new()));
    mode(0o700);
    assert_eq!(send("bob", &["a", "c", "d", "e"]), [true; 4], "{}", process.log());
    assert_eq!(series(&process, gauge), Some(0));
    assert_eq!(process.stop(), Some(0));
}

/// LAW (keys): where files are watched, a tenant that a damaged key closed at a reload opens when the key is mended, without another.
#[test]
fn a_key_that_was_damaged_at_a_reload_opens_its_tenant_when_it_is_mended() {
    let receiver = Receiver::start(Vec::new());
    let text = std::cell::RefCell::new(String::new());
    let (folder, process) = keyed(&receiver, |_, config| {
        *text.borrow_mut() = format!("watch = \"100 ms\"\n{config}");
        text.borrow().clone()
    });
    let event = |process: &Process, tenant: &str| {
        let before = receiver.text().len();
        assert_eq!(post(&process.listening("apps"), &by("ann", &[tenant]), &[]), 200, "{}", process.log());
        !receiver.text()[before..].is_empty()
    };
    assert!(event(&process, "d"));
    assert_eq!(process.stop(), Some(0));
    let (key, good) = key_of(folder.path(), "d");
    std::fs::write(&key, "damaged").unwrap();
    let policies = folder.path().join("policies");
    let process = Process::start(folder.path(), &text.borrow(), policies.to_str().unwrap());
    let gauge = || series(&process, "tamis_closed_tenants{route=\"staff\",purpose=\"security\"}");
    assert!(!event(&process, "d") && event(&process, "a") && gauge() == Some(1), "{}", process.log());
    std::thread::sleep(std::time::Duration::from_millis(500));
    let told = process.said("reload-refused").lines().count();
    assert!(!event(&process, "d") && told <= 1, "what did not change is not read anew: {}", process.log());
    std::fs::write(&key, good).unwrap();
    process::eventually("it is open again", || event(&process, "d"));
    assert_eq!(gauge(), Some(0));
    assert_eq!(process.stop(), Some(0));
}

/// LAW: where evidence and lists have a folder of their own, those of each tenant of a route are read there.
#[test]
fn evidence_of_each_tenant_is_read_where_it_stands() {
    let receiver = Receiver::start(Vec::new());
    let (folder, process) = fleet(&receiver, "");
    assert_eq!(process.stop(), Some(0));
    let (own, apart) = (folder.path().join("policies"), folder.path().join("evidence"));
    std::fs::create_dir(&apart).unwrap();
    std::fs::rename(own.join("tenants/a.lists.toml"), apart.join("a.lists.toml")).unwrap();
    let file = folder.path().join("tamis.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let at = format!("[policy]\nevidence = \"{}\"\n", apart.display());
    std::fs::write(&file, text.replacen("[policy]\n", &at, 1)).unwrap();
    let check = || {
        let run = ["run", "--check", "--offline", "-c"];
        let ran = std::process::Command::new(env!("CARGO_BIN_EXE_tamis")).args(run).arg(&file).output().unwrap();
        format!("{:?} {}", ran.status.code(), String::from_utf8_lossy(&ran.stderr))
    };
    assert!(check().contains("4 tenants"), "{}", check());
    std::fs::remove_file(apart.join("a.lists.toml")).unwrap();
    assert!(check().contains("3 tenants"), "{}", check());
    // Where all are closed it would start, and wait.
    for other in ["c", "d", "e"] {
        std::fs::remove_file(own.join(format!("tenants/{other}.toml"))).unwrap();
    }
    assert!(check().starts_with("Some(0)"), "its events are withheld: {}", check());
    std::fs::write(&file, std::fs::read_to_string(&file).unwrap().replace("\"skip\"", "\"hold\"")).unwrap();
    assert!(check().starts_with("Some(3)"), "{}", check());
}

/// LAW: where a closed tenant holds the others, what comes with it waits whole: no other branch has a part of it again with every repetition.
#[test]
fn a_tenant_that_is_closed_for_one_purpose_repeats_nothing_for_another() {
    let receiver = Receiver::start(Vec::new());
    let (folder, process) = fleet_of(&receiver, "", |own, config| {
        let base = own.join("base/base.toml");
        let text = std::fs::read_to_string(&base).unwrap();
        std::fs::write(&base, text.replace("[\"security\"]", "[\"security\", \"product\"]")).unwrap();
        let tenant = own.join("tenants/c.toml");
        let gate =
            "\n[gate.told]\nfor = \"product\"\nask = [\"reference\"]\nbecause = \"for this test\"\ncite = \"none-c\"\n";
        std::fs::write(&tenant, std::fs::read_to_string(&tenant).unwrap() + gate).unwrap();
        let second = "[[route.staff.to]]\nsink = \"siem\"\npurpose = \"product\"\nclosed = \"hold\"\n";
        format!("{}{second}", config.replace("closed = \"skip\"", "closed = \"hold\""))
    });
    let at = process.listening("apps");
    let event = |tenant: &str| {
        format!(
            "{{\"Tenant\":\"{tenant}\",\"eventTime\":\"2026-11-03T06:12:34.000Z\",\"eventType\":\"x\",\"outcome\":\"y\"}}\n"
        )
    };
    for _ in 0..3 {
        assert_eq!(post(&at, &format!("{}{}", event("d"), event("c")), &[]), 503, "{}", process.said(""));
    }
    assert_eq!(receiver.text(), "", "what was given back was not delivered");
    assert_eq!(post(&at, &event("d"), &[]), 200);
    assert_eq!(receiver.text().matches("\"Tenant\":\"d\"").count(), 2, "once for each purpose");
    let evidence = "[evidence]\nfor = \"c\"\nrevision = 1\n[evidence.told]\nreference = \"intranet\"\n";
    std::fs::write(folder.path().join("policies/tenants/c.evidence.toml"), evidence).unwrap();
    let reload = format!("{}/reload", process.listening("admin"));
    assert_eq!(post(&reload, "", &["Authorization: Bearer operator"]), 200);
    assert_eq!(post(&at, &format!("{}{}", event("d"), event("c")), &[]), 200, "{}", process.said(""));
    assert_eq!(process.stop(), Some(0));
    assert_eq!(receiver.text().matches("\"Tenant\":\"c\"").count(), 2, "{}", receiver.text());
}

/// LAW (keys): a program that gives roots is asked at a start and a reload only. One that hangs afterwards holds nobody, and a change of what
/// is watched is seen.
#[test]
fn a_program_that_gives_keys_is_not_asked_at_each_look() {
    use std::os::unix::fs::PermissionsExt as _;
    let receiver = Receiver::start(Vec::new());
    let keys = "[keys]\nroot = \"exec:HERE/give {tenant}\"\n[metrics]\nlisten = \"127.0.0.1:0\"\n";
    let (folder, process) = fleet_of(&receiver, keys, |own, config| {
        let here = own.parent().unwrap().to_str().unwrap().to_owned();
        let program = own.with_file_name("give");
        let text = format!(
            "#!/bin/sh\necho $1 >> {here}/asked\nif [ -e {here}/hangs ]; then sleep 600; fi\n[ $1 = d ] && exit 1\necho {}\n",
            "07".repeat(32)
        );
        std::fs::write(&program, text).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
        format!("watch = \"100 ms\"\n{config}")
    });
    let left = |tenant: &str| {
        let before = receiver.text().len();
        assert_eq!(post(&process.listening("apps"), &by("ann", &[tenant]), &[]), 200, "{}", process.log());
        !receiver.text()[before..].is_empty()
    };
    assert!(left("a") && !left("d") && left("e"), "{}", process.log());
    let asked = || std::fs::read_to_string(folder.path().join("asked")).unwrap();
    let before = asked();
    assert!(before.contains('d'), "{before}");
    std::fs::write(folder.path().join("hangs"), "").unwrap();
    std::thread::sleep(Duration::from_secs(1));
    assert!(left("a") && !left("d") && left("e"), "{}", process.log());
    assert_eq!((asked(), process.said("watch-slow")), (before, String::new()), "{}", process.log());
    assert_eq!(process.stop(), Some(0));
}
