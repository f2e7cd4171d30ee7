//! The admin address: who may do what there, by token and by certificate.

use std::path::Path;
use std::process::Command;

use super::process::{Process, configured, get};
use super::receiver::Receiver;
use super::{HTTP_TO_HTTP, no_canary_below, policies};

const CNF: &str = "[ca]\ndefault_ca=own\n[own]\ndatabase=issued\nrand_serial=yes\nnew_certs_dir=.\ndefault_md=sha256\n\
    policy=names\nunique_subject=no\n[names]\ncommonName=supplied\n";

/// Certificates made by openssl in one folder.
pub(super) struct Authority<'a>(&'a Path);

impl<'a> Authority<'a> {
    /// `None`: nothing here makes certificates, or asks by them.
    pub(super) fn new(folder: &'a Path) -> Option<Self> {
        let is_there = |program: &str| Command::new(program).arg("--version").output().is_ok();
        if !is_there("openssl") || !is_there("curl") {
            println!("SKIPPED: openssl and curl are not both there");
            return None;
        }
        let own = Self(folder);
        std::fs::write(folder.join("ca.cnf"), CNF).unwrap();
        std::fs::write(folder.join("issued"), "").unwrap();
        own.openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.crt");
        Some(own)
    }

    fn openssl(&self, line: &str) {
        let ran = Command::new("openssl").args(line.split(' ')).current_dir(self.0).output().unwrap();
        assert!(ran.status.success(), "{line}: {}", String::from_utf8_lossy(&ran.stderr));
    }

    /// `NAME.crt` and `NAME.key`, for 127.0.0.1 and as a client called so; `span`: options of openssl that say when it ends.
    pub(super) fn issue(&self, name: &str, span: &str) {
        std::fs::write(self.0.join("ext"), "subjectAltName=IP:127.0.0.1\n").unwrap();
        self.openssl(&format!(
            "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN={name} -keyout {name}.key -out csr"
        ));
        self.openssl(&format!(
            "ca -batch -config ca.cnf -in csr -cert ca.crt -keyfile ca.key -extfile ext {span} -notext -out {name}.crt"
        ));
    }

    /// Asks with a certificate. Status 0: no connection was made.
    fn ask(&self, name: Option<&str>, method: &str, url: &str, more: &[&str]) -> (u16, String) {
        let mut curl = Command::new("curl");
        curl.current_dir(self.0)
            .args(["-s", "-w", "\n%{http_code}", "--cacert", "ca.crt", "-X", method, url])
            .args(more);
        if let Some(name) = name {
            curl.args(["--cert", &format!("{name}.crt"), "--key", &format!("{name}.key")]);
        }
        let text = String::from_utf8(curl.output().unwrap().stdout).unwrap();
        let (body, status) = text.rsplit_once('\n').unwrap();
        (status.parse().unwrap(), body.to_owned())
    }
}

/// What stands before the routes: an admin address with three roles, a ledger and metrics.
pub(super) const ROLES: &str = "[ledger]\nkey = \"file:HERE/ledger.key\"\n[metrics]\nlisten = \"127.0.0.1:0\"\n\
    [admin]\nlisten = \"127.0.0.1:0\"\ntls = \"edge\"\ntoken = \"env:TAMIS_TEST_TOKEN\"\n\
    viewer = [\"CN=watch\"]\nofficer = [\"CN=dpo\"]\noperator = [\"CN=ops\"]\n\
    [tls.edge]\ncert = \"file:HERE/server.crt\"\nkey = \"file:HERE/server.key\"\nclient-ca = \"file:HERE/ca.crt\"\n";

/// LAW (roles): each request is answered to who may ask it and to nobody else; who is turned away, and who did something, stands in
/// the ledger.
#[test]
fn each_role_may_do_what_it_may_and_the_ledger_says_who_tried() {
    let (receiver, folder) = (Receiver::start(Vec::new()), tempfile::tempdir().unwrap());
    let Some(authority) = Authority::new(folder.path()) else { return };
    for name in ["server", "watch", "dpo", "ops", "nobody"] {
        authority.issue(name, "-days 2");
    }
    std::fs::write(folder.path().join("ledger.key"), "0123456789abcdef".repeat(4)).unwrap();
    let config = format!("{ROLES}{}", HTTP_TO_HTTP.replace("URL", &receiver.url()));
    let process = Process::start(folder.path(), &config, policies());
    let at = process.listening("admin").replace("http://", "https://");
    let ask = |name, method, path: &str| authority.ask(name, method, &format!("{at}{path}"), &[]);
    for (method, path, statuses) in [
        ("GET", "/healthz", [403, 200, 200, 200]),
        ("GET", "/metrics", [403, 200, 200, 200]),
        ("GET", "/in-force", [403, 200, 200, 200]),
        ("GET", "/ledger", [403, 403, 200, 200]),
        ("POST", "/reload", [403, 403, 403, 200]),
        ("GET", "/reload", [404, 404, 404, 404]),
    ] {
        for (name, status) in ["nobody", "watch", "dpo", "ops"].into_iter().zip(statuses) {
            assert_eq!(ask(Some(name), method, path).0, status, "{name}: {method} {path}");
        }
    }
    assert_eq!(ask(None, "GET", "/healthz").0, 0, "who shows no certificate gets no connection");
    // Beside a certificate the token decides: a wrong one is none.
    let reload = format!("{at}/reload");
    let with = |token| authority.ask(Some("watch"), "POST", &reload, &["-H", token]).0;
    assert_eq!(with("Authorization: Bearer operator"), 200);
    assert_eq!(with("Authorization: Bearer operator2"), 401);
    assert!(ask(Some("watch"), "GET", "/in-force").1.contains("example-de@"));
    // The same again is not written again.
    (0..5).for_each(|_| assert_eq!(ask(Some("dpo"), "POST", "/reload").0, 403));
    let report = ask(Some("dpo"), "GET", "/ledger").1;
    let told = |text: &str| report.matches(text).count();
    assert_eq!(told("| denied | by: CN=dpo; role: officer; what: reload |"), 1, "{report}");
    assert_eq!(told("| denied | by: CN=nobody; role: none; what: watch |"), 1, "{report}");
    assert_eq!(told("| denied |"), 7, "{report}");
    assert_eq!(told("| asked | by: CN=ops; role: operator; what: reload |"), 1, "{report}");
    assert_eq!(told("| asked | by: CN=watch; role: operator; what: reload |"), 1, "{report}");
    assert_eq!(process.stop(), Some(0));
    no_canary_below(&folder.path().join("state"));
}

/// LAW (certificates): when the one that clients see ends is a metric, also once it was renewed; `run --check` refuses one that has
/// ended and warns of one that soon will.
#[test]
fn the_end_of_a_certificate_is_seen_before_it_comes() {
    let (receiver, folder) = (Receiver::start(Vec::new()), tempfile::tempdir().unwrap());
    let Some(authority) = Authority::new(folder.path()) else { return };
    authority.issue("ops", "-days 2");
    std::fs::write(folder.path().join("ledger.key"), "0123456789abcdef".repeat(4)).unwrap();
    let config = format!("{ROLES}{}", HTTP_TO_HTTP.replace("URL", &receiver.url()));
    let file = configured(folder.path(), &config, policies());
    for (span, is_good, said) in [
        (
            "-startdate 20200101000000Z -enddate 20200201000000Z",
            false,
            "error: [tls.edge]: the certificate ended at 2020-02-01T00:00:00Z",
        ),
        (
            "-startdate 20900101000000Z -enddate 20910101000000Z",
            false,
            "error: [tls.edge]: the certificate begins at 2090-01-01T00:00:00Z",
        ),
        ("-days 5", true, "warning: [tls.edge]: the certificate ends at "),
        ("-days 30", true, ""),
    ] {
        authority.issue("server", span);
        let ran = Command::new(env!("CARGO_BIN_EXE_tamis"))
            .args(["run", "--check", "-c"])
            .arg(&file)
            .env("TAMIS_TEST_TOKEN", "operator")
            .output()
            .unwrap();
        let text = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.success(), is_good, "{span}: {text}");
        assert!(text.contains(said) && text.contains("the certificate") != said.is_empty(), "{span}: {text}");
    }
    let process = Process::start(folder.path(), &config, policies());
    let end = || {
        let page = get(&format!("{}/metrics", process.listening("metrics")));
        let line =
            page.lines().find(|line| line.starts_with("tamis_certificate_expires_timestamp_seconds{tls=\"edge\"} "));
        line.unwrap_or_else(|| panic!("{page}")).rsplit_once(' ').unwrap().1.parse::<f64>().unwrap()
    };
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
    let days = |end: f64| (end - now) / 86_400.0;
    assert!((29.9..30.1).contains(&days(end())), "{}", days(end()));
    authority.issue("server", "-days 90");
    let reload = process.listening("admin").replace("http://", "https://") + "/reload";
    assert_eq!(authority.ask(Some("ops"), "POST", &reload, &[]).0, 200);
    assert!((89.9..90.1).contains(&days(end())), "{}", days(end()));
    assert_eq!(process.stop(), Some(0));
}
