//! Signed bundles: what is in force is what officers signed, forwards only.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::process::{Process, copy, eventually, get, officers, post};
use super::receiver::Receiver;
use super::{HTTP_TO_HTTP, event, policies};

struct Desk {
    folder: tempfile::TempDir,
    receiver: Receiver,
}

const TENANT: &str = "policies/tenants/example-de.toml";

/// How bundles of a release are called.
fn name(revision: u32, evidence: u32) -> String {
    format!("example-de@{revision}.{evidence}.bundle")
}

impl Desk {
    fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap(), receiver: Receiver::start(Vec::new()) };
        copy(Path::new(policies()), &desk.path("policies"));
        std::fs::create_dir(desk.path("live")).unwrap();
        std::fs::copy(desk.path("policies/tenants/example-de.lists.toml"), desk.path("live/example-de.lists.toml"))
            .unwrap();
        std::fs::write(desk.path("ledger-key"), "0123456789abcdef".repeat(4)).unwrap();
        for officer in ["ann", "ben", "eve"] {
            desk.tamis(&["policy", "key", "new", officer]);
        }
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn tamis(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tamis"));
        let ran = command.args(arguments).current_dir(self.folder.path()).output().unwrap();
        let said = String::from_utf8(ran.stderr).unwrap();
        assert!(ran.status.success(), "{arguments:?}: {said}");
        said
    }

    /// Releases the policy as it is, signed by some.
    fn release(&self, officers: &[&str]) {
        self.release_of(TENANT, officers);
    }

    fn release_of(&self, tenant: &str, officers: &[&str]) {
        self.tamis(&["policy", "release", tenant, "--number"]);
        self.sign_latest(officers);
    }

    /// Puts the latest bundle where the sidecar looks.
    fn deliver_latest(&self) {
        let latest = self.latest();
        std::fs::copy(&latest, self.path("live").join(latest.file_name().unwrap())).unwrap();
    }

    fn latest(&self) -> PathBuf {
        let mut all: Vec<_> = std::fs::read_dir(self.path("policies/releases")).unwrap().flatten().collect();
        all.sort_by_key(|entry| entry.metadata().unwrap().modified().unwrap());
        all.last().unwrap().path()
    }

    /// Signs the latest release; what was said last.
    fn sign_latest(&self, officers: &[&str]) -> String {
        let latest = self.latest();
        let mut said = String::new();
        for officer in officers {
            let key = format!("file:{officer}");
            said = self.tamis(&["policy", "sign", latest.to_str().unwrap(), "--key", &key, "--name", officer]);
        }
        said
    }

    /// Puts a bundle where the sidecar looks.
    fn deliver(&self, bundle: &str) {
        std::fs::copy(self.path("policies/releases").join(bundle), self.path("live").join(bundle)).unwrap();
    }

    fn edit(&self, from: &str, to: &str) {
        self.edit_of(TENANT, from, to);
    }

    fn edit_of(&self, file: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.path(file)).unwrap();
        assert!(text.contains(from), "{from}");
        std::fs::write(self.path(file), text.replacen(from, to, 1)).unwrap();
    }

    fn config(&self) -> String {
        let more = "signed-by = [\"file:HERE/ann.pub\", \"file:HERE/ben.pub\"]\n[admin]\nlisten = \"127.0.0.1:0\"\n\
                    token = \"env:TAMIS_TEST_TOKEN\"\n[metrics]\nlisten = \"127.0.0.1:0\"\n[ledger]\nkey = \"file:HERE/ledger-key\"\n";
        let config = HTTP_TO_HTTP.replace("URL", &self.receiver.url());
        format!(
            "{more}{}",
            config
                .replace("purpose   = ", "closed = \"hold\"\npurpose   = ")
                .replace("from   = \"apps\"", "from   = \"apps\"\nstamp = true")
        )
    }

    fn start(&self) -> Process {
        self.start_with(&self.config())
    }

    fn start_with(&self, config: &str) -> Process {
        Process::start(self.folder.path(), config, self.path("live").to_str().unwrap())
    }

    /// `run --check` with the configuration of the last start: whether it would run, and what it says.
    fn check(&self) -> (bool, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tamis"));
        let ran =
            command.args(["run", "--check", "-c"]).arg(self.path("tamis.toml")).env("TAMIS_TEST_TOKEN", "x").output();
        let ran = ran.unwrap();
        (ran.status.success(), String::from_utf8(ran.stderr).unwrap())
    }
}

fn reload(process: &Process) -> u16 {
    post(&format!("{}/reload", process.listening("admin")), "", &["Authorization: Bearer operator"])
}

/// What leaves of an event.
fn passes(desk: &Desk, process: &Process, number: u32) -> serde_json::Value {
    passes_of(desk, process, &event(number))
}

fn passes_of(desk: &Desk, process: &Process, event: &str) -> serde_json::Value {
    let seen = desk.receiver.text().len();
    assert_eq!(post(&process.listening("apps"), event, &[]), 200);
    eventually("it arrives", || desk.receiver.text().len() > seen);
    serde_json::from_str(desk.receiver.text()[seen..].trim()).unwrap()
}

/// LAW: a bundle that is not signed by enough officers, is older, is of another tenant or was changed is refused: the old one stays,
/// and the reason is shown. What is narrower is in force at once, what is wider stays as it was.
#[test]
fn only_what_officers_signed_is_in_force_and_forwards_only() {
    let desk = Desk::new();
    desk.release(&["ann", "ben"]);
    desk.deliver(&name(6, 7));
    let process = desk.start();
    let first = passes(&desk, &process, 1);
    assert_eq!((&first["@tamis"]["revision"], &first["Operation"]), (&6.into(), &"UserLoggedIn".into()));

    // Narrower: one signature is enough, but not of somebody else, and not for somebody else.
    let rule = "\n[rule.less]\nbecause = \"for this test\"\ncite = \"our-default\"\n\"event.action\" = \"drop\"\n";
    desk.edit("[rule.", &format!("{rule}[rule."));
    desk.release(&["eve"]);
    desk.deliver(&name(7, 7));
    assert_eq!(reload(&process), 409);
    assert_eq!(passes(&desk, &process, 2)["@tamis"]["revision"], 6, "the old one stays");
    let said = desk.sign_latest(&["ann"]);
    assert!(said.contains("it has 2 signatures, and needs 1 signature"), "{said}");
    desk.deliver(&name(7, 7));
    assert_eq!(reload(&process), 200);
    let narrowed = passes(&desk, &process, 3);
    assert_eq!((&narrowed["@tamis"]["revision"], narrowed.get("Operation")), (&7.into(), None));
    assert_eq!(narrowed["@tamis"]["with"], serde_json::json!(["example-de@6"]), "only that was agreed so far");

    // Wider: two, and it stays as it was.
    desk.edit(rule, "");
    desk.release(&["ben"]);
    desk.deliver(&name(8, 7));
    assert_eq!(reload(&process), 409, "one signature does not widen");
    desk.sign_latest(&["ann"]);
    desk.deliver(&name(8, 7));
    assert_eq!(reload(&process), 200);
    let held = passes(&desk, &process, 4);
    assert_eq!((&held["@tamis"]["revision"], held.get("Operation")), (&8.into(), None), "people were not told: {held}");
    let (runs, said) = desk.check();
    assert!(
        runs && said.contains("example-de@7 holds until people were told") && said.contains("4 weeks before"),
        "{said}"
    );

    // Backwards: neither now nor after a restart.
    std::fs::remove_file(desk.path("live").join(name(8, 7))).unwrap();
    assert_eq!(reload(&process), 409);
    let metrics = get(&format!("{}/metrics", process.listening("metrics")));
    assert!(metrics.contains("result=\"refused\""), "{metrics}");
    assert_eq!(process.stop(), Some(0));
    let ledger = std::fs::read_to_string(desk.path("state/ledger.ndjson")).unwrap();
    for why in ["it is older", "two officers have to sign it", "example-de@8 with example-de@7"] {
        assert!(ledger.contains(why), "{why}: {ledger}");
    }
    let (runs, said) = desk.check();
    assert!(!runs && said.contains("it is older (revision 7, evidence 7)"), "{said}");
    desk.deliver(&name(8, 7));
    let mut bytes = std::fs::read(desk.path("live").join(name(8, 7))).unwrap();
    let at = bytes.len() / 3;
    bytes[at] ^= 4;
    std::fs::write(desk.path("live").join(name(8, 7)), bytes).unwrap();
    let (runs, said) = desk.check();
    assert!(!runs && said.contains("is not what the manifest says"), "{said}");
    desk.deliver(&name(8, 7));
    let process = desk.start();
    assert_eq!(passes(&desk, &process, 5).get("Operation"), None);
    // Of another tenant, under the name of this one.
    std::fs::remove_dir_all(desk.path("live")).unwrap();
    std::fs::create_dir(desk.path("live")).unwrap();
    desk.tamis(&["policy", "release", "policies/tenants/example-saas.toml"]);
    desk.sign_latest(&["ann", "ben"]);
    std::fs::copy(desk.latest(), desk.path("live").join(name(9, 7))).unwrap();
    assert_eq!(reload(&process), 409);
    let (_, said) = desk.check();
    assert!(said.contains("it is for `example-saas`, not for `example-de`"), "{said}");
    assert_eq!(process.stop(), Some(0));
}

const OTHER: &str = "policies/tenants/example-saas.toml";
const LESS: &str = "\n[rule.less]\nbecause = \"for this test\"\ncite = \"our-default\"\n\"event.action\" = \"drop\"\n";

/// The id of a policy.
fn id(tenant: &str) -> &str {
    Path::new(tenant).file_stem().unwrap().to_str().unwrap()
}

/// Two tenants with a bundle each, in one folder of a running sidecar.
struct Fleet {
    desk: Desk,
    config: String,
    process: Process,
    events: std::cell::Cell<u32>,
}

impl Fleet {
    fn start() -> Self {
        Self::of(Desk::new(), [TENANT, OTHER])
    }

    fn of(desk: Desk, tenants: [&str; 2]) -> Self {
        Self::of_with(desk, tenants, "")
    }

    /// With keys on disk.
    fn keyed() -> Self {
        let desk = Desk::new();
        desk.tamis(&["keys", "new", "--root", "root"]);
        Self::of_with(desk, [TENANT, OTHER], "[keys]\nroot = \"file:HERE/root\"\nfolder = \"HERE/keys\"\n")
    }

    fn of_with(desk: Desk, tenants: [&str; 2], more: &str) -> Self {
        for tenant in tenants {
            let lists = format!("{}.lists.toml", id(tenant));
            std::fs::copy(desk.path("policies/tenants").join(&lists), desk.path("live").join(&lists)).unwrap();
            desk.release_of(tenant, &["ann", "ben"]);
            desk.deliver_latest();
        }
        let config = desk.config().replace("closed = \"hold\"", "closed = \"skip\"");
        let config =
            config.replace("policy = \"tenants/example-de.toml\"", "policy = \".\"\ntenant-by = \"OrganizationId\"");
        let config = config + more;
        let process = desk.start_with(&config);
        Self { desk, config, process, events: std::cell::Cell::new(1) }
    }

    fn event(&self, tenant: &str) -> String {
        self.events.set(self.events.get() + 1);
        event(self.events.get()).replace("\"OrganizationId\":\"o\"", &format!("\"OrganizationId\":\"{tenant}\""))
    }

    /// Which revision of a tenant's policy is in force, and whether its events say what was done.
    fn in_force(&self, tenant: &str) -> (u64, bool) {
        let passed = passes_of(&self.desk, &self.process, &self.event(id(tenant)));
        assert_eq!(passed["@tamis"]["policy"], id(tenant));
        (passed["@tamis"]["revision"].as_u64().unwrap(), passed.get("Operation").is_some())
    }

    /// Has a tenant's next release drop what was done.
    fn narrow(&self, tenant: &str, officers: &[&str]) {
        self.desk.edit_of(tenant, "[rule.", &format!("{LESS}[rule."));
        self.desk.release_of(tenant, officers);
        self.desk.deliver_latest();
    }

    /// The key of a tenant's codes.
    fn key(&self, tenant: &str) -> PathBuf {
        let own = self.desk.path("keys").join(id(tenant));
        std::fs::read_dir(own).unwrap().flatten().next().unwrap().path()
    }

    /// Whether an event of a tenant is withheld.
    fn is_closed(&self, tenant: &str) -> bool {
        let passed = self.desk.receiver.text();
        assert_eq!(post(&self.process.listening("apps"), &self.event(id(tenant)), &[]), 200);
        self.desk.receiver.text() == passed
    }

    fn ledger(&self) -> String {
        std::fs::read_to_string(self.desk.path("state/ledger.ndjson")).unwrap()
    }

    fn restart(self) -> Self {
        let Self { desk, config, process, events } = self;
        assert_eq!(process.stop(), Some(0));
        let process = desk.start_with(&config);
        Self { desk, config, process, events }
    }

    /// Plans that the last change compiled.
    fn compiled(&self) -> u64 {
        let log = self.process.log();
        let last = log.rsplit(" compiled").nth(1).unwrap();
        last.rsplit(' ').next().unwrap().parse().unwrap()
    }
}

/// LAW: of a folder of bundles the latest of each tenant is in force for that tenant's events, and no more. Check and ledger say who
/// signed. A change of one compiles that one.
#[test]
fn many_tenants_have_a_folder_of_signed_bundles() {
    let fleet = Fleet::start();
    let (one, other) = (fleet.in_force(TENANT), fleet.in_force(OTHER));
    assert!(one.1 && other.1);
    assert_eq!(fleet.compiled(), 2);
    assert_eq!(post(&fleet.process.listening("apps"), &fleet.event("nobody"), &[]), 200);
    let (runs, said) = fleet.desk.check();
    assert!(runs && said.contains("2 tenants") && said.contains("signed by ann (") && said.contains("ben ("), "{said}");
    fleet.narrow(TENANT, &["ann"]);
    assert_eq!(reload(&fleet.process), 200);
    assert_eq!((fleet.in_force(TENANT), fleet.in_force(OTHER)), ((one.0 + 1, false), other));
    assert_eq!(fleet.compiled(), 1);
    assert!(!fleet.desk.receiver.text().contains("nobody"));
    assert_eq!(fleet.process.stop(), Some(0));
    let ledger = std::fs::read_to_string(fleet.desk.path("state/ledger.ndjson")).unwrap();
    assert!(ledger.contains("example-saas@") && ledger.contains("signed by ann ("), "{ledger}");
}

/// LAW: files that nobody signed may look on, wherever bundles lie, and change nothing of what leaves.
#[test]
fn unsigned_files_look_on_beside_a_folder_of_bundles() {
    let fleet = Fleet::start();
    let before = (fleet.in_force(TENANT), fleet.in_force(OTHER));
    let Fleet { desk, config, process, events } = fleet;
    assert_eq!(process.stop(), Some(0));
    let candidate = desk.path("policies");
    let more = ["--shadow", candidate.to_str().unwrap()];
    let process = Process::start_with(desk.folder.path(), &config, desk.path("live").to_str().unwrap(), &more, &[]);
    let fleet = Fleet { desk, config, process, events };
    assert_eq!(fleet.process.said("shadow-refused"), "");
    assert_eq!((fleet.in_force(TENANT), fleet.in_force(OTHER)), before);
    let looked = "tamis_shadow_events_total{route=\"staff\",purpose=\"security\",seen=\"all\"}";
    let metrics = || get(&format!("{}/metrics", fleet.process.listening("metrics")));
    eventually("it looks on", || metrics().contains(looked));
}

/// LAW: a bundle that may not be in force keeps its tenant where it was, also over a restart, and nobody else; log, ledger and metrics
/// say so. Of whom nothing was ever in force nothing is there.
#[test]
fn a_refused_bundle_keeps_its_own_tenant_and_nobody_else() {
    let fleet = Fleet::start();
    let (one, other) = (fleet.in_force(TENANT), fleet.in_force(OTHER));
    fleet.narrow(TENANT, &["eve"]);
    fleet.narrow(OTHER, &["ann"]);
    let stranger = fleet.desk.path("live/example-us-hospital@1.1.bundle");
    std::fs::write(&stranger, "no bundle").unwrap();
    assert_eq!(reload(&fleet.process), 409, "who asks is told");
    let narrowed = (other.0 + 1, false);
    assert_eq!((fleet.in_force(TENANT), fleet.in_force(OTHER)), (one, narrowed));
    let told = |text: &str| {
        let stays = format!("example-de@{} stays", one.0);
        assert!(text.contains("nobody signed it whose key is trusted here") && text.contains(&stays), "{text}");
        assert!(text.contains("nothing of it was ever in force"), "{text}");
    };
    told(&fleet.process.log());
    let metrics = get(&format!("{}/metrics", fleet.process.listening("metrics")));
    assert!(metrics.contains("tamis_reloads_total{route=\"staff\",result=\"refused\"} 2"), "{metrics}");
    let (runs, said) = fleet.desk.check();
    assert!(!runs, "{said}");
    told(&said);

    let fleet = fleet.restart();
    assert_eq!((fleet.in_force(TENANT), fleet.in_force(OTHER)), (one, narrowed), "after a restart");
    let passed = fleet.desk.receiver.text();
    assert_eq!(post(&fleet.process.listening("apps"), &fleet.event("example-us-hospital"), &[]), 200);
    assert_eq!(reload(&fleet.process), 409);
    fleet.desk.edit_of(TENANT, "title", "# another release\ntitle");
    fleet.desk.release_of(TENANT, &["ann", "ben"]);
    fleet.desk.deliver_latest();
    std::fs::remove_file(stranger).unwrap();
    assert_eq!(reload(&fleet.process), 200);
    assert_eq!(fleet.desk.receiver.text(), passed, "an event of a tenant without a policy has left");
    assert_eq!((fleet.in_force(TENANT), fleet.in_force(OTHER)), ((one.0 + 2, false), narrowed));
    assert_eq!(fleet.process.stop(), Some(0));
    told(&std::fs::read_to_string(fleet.desk.path("state/ledger.ndjson")).unwrap());
}

/// LAW: a tenant whose codes cannot be sealed, since an officer's public key is gone, is closed alone at a start, and open again with the key.
#[test]
fn an_officer_without_a_key_closes_no_other_tenant() {
    let mut fleet = Fleet::start();
    let (one, other) = (fleet.in_force(TENANT), fleet.in_force(OTHER));
    let key = std::fs::read_dir(fleet.desk.path("officers").join(id(TENANT))).unwrap().next().unwrap().unwrap().path();
    std::fs::rename(&key, key.with_extension("gone")).unwrap();
    fleet = fleet.restart();
    assert_eq!(fleet.in_force(OTHER), other);
    let passed = fleet.desk.receiver.text();
    assert_eq!(post(&fleet.process.listening("apps"), &fleet.event(id(TENANT)), &[]), 200);
    assert_eq!(reload(&fleet.process), 409);
    assert!(fleet.process.log().contains("cannot read the public key of"), "{}", fleet.process.log());
    assert_eq!(fleet.desk.receiver.text(), passed, "an event whose codes nobody could open has left");
    std::fs::rename(key.with_extension("gone"), &key).unwrap();
    assert_eq!(reload(&fleet.process), 200);
    assert_eq!((fleet.in_force(TENANT), fleet.in_force(OTHER)), (one, other));
    assert_eq!(fleet.process.stop(), Some(0));
}

/// LAW: whose signatures are trusted no more is closed, alone, though what it signed was in force: a stolen key opens nothing after a restart.
#[test]
fn a_tenant_whose_officer_is_trusted_no_more_is_closed_alone() {
    let mut fleet = Fleet::start();
    fleet.desk.sign_latest(&["eve"]);
    fleet.desk.deliver_latest();
    assert_eq!(reload(&fleet.process), 200);
    let other = fleet.in_force(OTHER);
    fleet.config = fleet.config.replace("ben.pub", "eve.pub");
    let fleet = fleet.restart();
    assert_eq!(fleet.in_force(OTHER), other);
    let passed = fleet.desk.receiver.text();
    assert_eq!(post(&fleet.process.listening("apps"), &fleet.event(id(TENANT)), &[]), 200);
    let log = fleet.process.log();
    assert!(log.contains("closed, since what was in force may be so no more"), "{log}");
    assert_eq!(fleet.process.stop(), Some(0));
    assert_eq!(fleet.desk.receiver.text(), passed, "an event of a closed tenant has left");
    let ledger = std::fs::read_to_string(fleet.desk.path("state/ledger.ndjson")).unwrap();
    assert!(ledger.contains("example-de closed"), "{ledger}");
}

/// Two tenants of one stream that have the same packs and words, and the second one's policy.
fn twins() -> (Fleet, &'static str) {
    const TWIN: &str = "policies/tenants/example-twin.toml";
    let desk = Desk::new();
    for ending in ["toml", "evidence.toml", "lists.toml"] {
        let file = desk.path(OTHER).with_extension(ending);
        let text = std::fs::read_to_string(file).unwrap().replace("example-saas", "example-twin");
        std::fs::write(desk.path(TWIN).with_extension(ending), text).unwrap();
    }
    officers(desk.folder.path());
    copy(&desk.path("officers/example-saas"), &desk.path("officers/example-twin"));
    (Fleet::of(desk, [OTHER, TWIN]), TWIN)
}

/// LAW: numbers of maps and words of one tenant mean nothing under the words of another: who brings other ones waits until all do.
#[test]
fn other_words_wait_until_every_tenant_of_the_route_has_them() {
    let (fleet, twin) = twins();
    let (one, other) = (fleet.in_force(OTHER), fleet.in_force(twin));
    fleet.desk.edit_of("policies/schemas/okta.toml", "revision", "# another map\nrevision");
    for (tenant, code, revisions) in [(OTHER, 409, (one.0, other.0)), (twin, 200, (one.0 + 1, other.0 + 1))] {
        fleet.desk.edit_of(tenant, "title", "# another release\ntitle");
        fleet.desk.release_of(tenant, &["ann", "ben"]);
        fleet.desk.deliver_latest();
        assert_eq!(reload(&fleet.process), code, "{}", fleet.process.log());
        assert_eq!((fleet.in_force(OTHER).0, fleet.in_force(twin).0), revisions);
    }
    assert!(fleet.process.log().contains("different words or maps"), "{}", fleet.process.log());
    assert_eq!(fleet.process.stop(), Some(0));
}

/// LAW: what is remembered of two tenants may not go together, as after a kill between the two: who does not go with the others is closed,
/// alone, until its bundle does.
#[test]
fn what_is_remembered_and_does_not_go_together_closes_one_tenant_alone() {
    let (mut fleet, twin) = twins();
    let (one, other) = (fleet.in_force(OTHER), fleet.in_force(twin));
    let remembered = fleet.desk.path("state/policies/staff/example-twin.bundle");
    let earlier = std::fs::read(&remembered).unwrap();
    fleet.desk.edit_of("policies/schemas/okta.toml", "revision", "# another map\nrevision");
    for tenant in [OTHER, twin] {
        fleet.desk.edit_of(tenant, "title", "# another release\ntitle");
        fleet.desk.release_of(tenant, &["ann", "ben"]);
        fleet.desk.deliver_latest();
    }
    let latest = fleet.desk.path("live").join(fleet.desk.latest().file_name().unwrap());
    assert_eq!(reload(&fleet.process), 200);
    let good = std::fs::read(&latest).unwrap();
    std::fs::write(&latest, "no bundle").unwrap();
    std::fs::write(&remembered, earlier).unwrap();
    fleet = fleet.restart();
    assert_eq!(fleet.in_force(OTHER), (one.0 + 1, one.1));
    let passed = fleet.desk.receiver.text();
    assert_eq!(post(&fleet.process.listening("apps"), &fleet.event("example-twin"), &[]), 200);
    let log = fleet.process.log();
    assert!(log.contains("no bundle") && log.contains("closed, since what was in force may be so no more"), "{log}");
    std::fs::write(&latest, good).unwrap();
    assert_eq!(reload(&fleet.process), 200, "{}", fleet.process.log());
    assert_eq!(fleet.desk.receiver.text(), passed, "an event of a closed tenant has left");
    assert_eq!((fleet.in_force(OTHER).0, fleet.in_force(twin).0), (one.0 + 1, other.0 + 1));
    assert_eq!(fleet.process.stop(), Some(0));
}

/// LAW: whose key is damaged stays where it was only while its bundle is signed by who is trusted: keys of officers may be exchanged on the same day.
#[test]
fn what_was_signed_by_who_is_trusted_no_more_stays_for_no_damaged_key() {
    let fleet = Fleet::keyed();
    fleet.desk.sign_latest(&["eve"]);
    fleet.desk.deliver_latest();
    assert_eq!(reload(&fleet.process), 200);
    let (one, other) = (fleet.in_force(TENANT), fleet.in_force(OTHER));
    std::fs::write(fleet.key(TENANT), "damaged").unwrap();
    fleet.narrow(TENANT, &["ann", "eve"]);
    assert_eq!(reload(&fleet.process), 409);
    assert_eq!(fleet.in_force(TENANT), one, "it stays while its officers are trusted");
    std::fs::copy(fleet.desk.path("eve.pub"), fleet.desk.path("ben.pub")).unwrap();
    assert_eq!(reload(&fleet.process), 409);
    assert!(fleet.is_closed(TENANT), "{}", fleet.process.log());
    assert_eq!(fleet.in_force(OTHER), other);
    std::fs::remove_file(fleet.key(TENANT)).unwrap();
    assert_eq!(reload(&fleet.process), 200);
    assert_eq!((fleet.in_force(TENANT), fleet.in_force(OTHER)), ((one.0 + 1, false), other));
    assert_eq!(fleet.process.stop(), Some(0));
}

/// LAW: where nothing of a route is signed by who is trusted, the route is closed; what was in force does not stay.
#[test]
fn a_route_whose_officers_are_trusted_no_more_is_closed() {
    let desk = Desk::new();
    desk.release(&["ann", "ben"]);
    desk.deliver(&name(6, 7));
    let process = desk.start();
    passes(&desk, &process, 1);
    let ben = std::fs::read(desk.path("ben.pub")).unwrap();
    std::fs::copy(desk.path("eve.pub"), desk.path("ben.pub")).unwrap();
    assert_eq!(reload(&process), 409, "{}", process.log());
    assert_eq!(post(&process.listening("apps"), &event(2), &[]), 503, "its branch holds");
    assert!(process.said("in-force").contains("trusted"), "{}", process.log());
    assert_eq!(reload(&process), 409, "nothing changed, and what is wrong is told");
    std::fs::write(desk.path("ben.pub"), ben).unwrap();
    assert_eq!(reload(&process), 200);
    assert_eq!(passes(&desk, &process, 3)["@tamis"]["revision"], 6);
    assert_eq!(process.stop(), Some(0));
}

/// LAW: what is told of a tenant, and remembered, is what is in force of it: not the bundle that had to wait for its key, nor that something
/// stays that is closed.
#[test]
fn a_bundle_whose_key_is_damaged_is_not_in_force() {
    let fleet = Fleet::keyed();
    let (one, other) = (fleet.in_force(TENANT), fleet.in_force(OTHER));
    let remembered = || std::fs::read(fleet.desk.path("state/policies/staff/example-de.bundle")).unwrap();
    let first = remembered();
    let (key, good) = (fleet.key(TENANT), std::fs::read_to_string(fleet.key(TENANT)).unwrap());
    std::fs::write(&key, "damaged").unwrap();
    fleet.narrow(TENANT, &["ann"]);
    assert_eq!(reload(&fleet.process), 409);
    assert_eq!(fleet.in_force(TENANT), one);
    let newer = format!("example-de@{} evidence", one.0 + 1);
    assert!(!fleet.ledger().contains(&newer), "{}", fleet.ledger());
    assert_eq!(remembered(), first, "what was never in force is not remembered");

    // Its key is destroyed, and its latest bundle refused as well.
    let mut stone: serde_json::Value = serde_json::from_str(&good).unwrap();
    stone.as_object_mut().unwrap().remove("wrapped");
    stone["retired"] = "2026-11-03T06:00:00Z".into();
    std::fs::write(&key, stone.to_string()).unwrap();
    let latest = fleet.desk.path("live").join(fleet.desk.latest().file_name().unwrap());
    let bundle = std::fs::read(&latest).unwrap();
    std::fs::write(&latest, "no bundle").unwrap();
    assert_eq!(reload(&fleet.process), 409);
    assert!(fleet.is_closed(TENANT));
    let ledger = fleet.ledger();
    let told = ledger.lines().rfind(|line| line.contains("refused")).unwrap();
    assert!(told.contains("it is closed") && !told.contains("stays"), "{told}");
    assert!(fleet.process.said("reload-refused").contains("was destroyed at"), "{}", fleet.process.log());

    std::fs::write(&latest, bundle).unwrap();
    std::fs::write(&key, good).unwrap();
    assert_eq!(reload(&fleet.process), 200);
    assert_eq!((fleet.in_force(TENANT), fleet.in_force(OTHER)), ((one.0 + 1, false), other));
    assert_ne!(remembered(), first);
    assert!(fleet.ledger().contains(&newer));
    assert_eq!(fleet.process.stop(), Some(0));
}

/// LAW: routes remember each for itself: tenants of one name in two folders take nothing from each other, also after a restart.
#[test]
fn a_tenant_of_the_same_name_in_another_route_is_another() {
    let desk = Desk::new();
    for (folder, revision) in [("a", 6), ("b", 7)] {
        if folder == "b" {
            desk.edit("[rule.", &format!("{LESS}[rule."));
        }
        desk.release(&["ann", "ben"]);
        std::fs::create_dir(desk.path("live").join(folder)).unwrap();
        let bundle = name(revision, 7);
        std::fs::copy(desk.path("policies/releases").join(&bundle), desk.path("live").join(folder).join(bundle))
            .unwrap();
    }
    let config = desk.config().replace("closed = \"hold\"", "closed = \"skip\"");
    let (head, route) = config.split_once("[route.staff]").unwrap();
    let route = |name: &str, from: &str| {
        let route = route.replace("route.staff", &format!("route.{name}")).replace("\"apps\"", &format!("{from:?}"));
        let policy = format!("policy = {name:?}\ntenant-by = \"OrganizationId\"");
        format!("[route.{name}]{}", route.replace("policy = \"tenants/example-de.toml\"", &policy))
    };
    let more = "[source.more]\ntype = \"http\"\nlisten = \"127.0.0.2:0\"\n";
    let config = format!("{head}{more}{}{}", route("a", "apps"), route("b", "more"));
    let event = event(1).replace("\"OrganizationId\":\"o\"", "\"OrganizationId\":\"example-de\"");
    for _ in 0..2 {
        let process = desk.start_with(&config);
        for (source, revision) in [("apps", 6), ("more", 7)] {
            let seen = desk.receiver.text().len();
            assert_eq!(post(&process.listening(source), &event, &[]), 200);
            eventually("it arrives", || desk.receiver.text().len() > seen);
            let left: serde_json::Value = serde_json::from_str(desk.receiver.text()[seen..].trim()).unwrap();
            assert_eq!(left["@tamis"]["revision"], revision, "{source}: {}", process.log());
        }
        assert_eq!(process.stop(), Some(0));
    }
}
