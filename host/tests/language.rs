//! LAW (nothing passed over): what a policy says and cannot mean is told, with its place and every other mistake in one run.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;

use common::random::words;
use tamis::pipeline::Options;
use tamis::policy::diagnostic::Diagnostic;
use tamis::policy::document::{Answer as EvidenceAnswer, Evidence, Hold, SecretLists, Span, Spanned, System};
use tamis::policy::syntax::Bundle;
use tamis::policy::{Closed, Library, Plan, Request, compile};

/// A file of rules: its head, a law, and what the test writes.
fn layer(id: &str, level: &str, text: &str) -> (String, String) {
    let folder = if level == "base" { "base".to_owned() } else { format!("{level}s") };
    let law = if level == "base" { "[law]\nown = { cite = \"none\", sure = \"high\", seen = \"text\" }\n" } else { "" };
    let text =
        format!("[policy]\nid = \"{id}\"\ntitle = \"A layer\"\nlayer = \"{level}\"\nrevision = 1\n{law}{text}\n");
    (format!("{folder}/{id}.toml"), text)
}

/// A rule of that name.
fn rule(name: &str, text: &str) -> String {
    format!("[rule.{name}]\nbecause = \"It is a test.\"\ncite = \"own\"\n{text}\n")
}

const MAP: &str = r#"
    [schema]
    id = "small"
    title = "Small"
    revision = 1
    recognise = ["op"]
    [fields]
    "op" = "event.action"
    "note" = "content.text"
    [actor]
    "who" = "id.email"
    [owner]
    "box" = "id.name"
    [inside]
    "raw" = "json"
    [events]
    "auth.login" = { op = ["Login*"] }
    "file.read" = { op = ["Read"] }
"#;

/// What is asked of the policies of a test.
#[derive(Default)]
struct Asked {
    evidence: Evidence,
    lists: SecretLists,
    system: Option<&'static str>,
}

impl Asked {
    /// A system whose events must stay attributable.
    fn attributable() -> Self {
        let mut asked = Self { system: Some("vault"), ..Self::default() };
        let system = System { span: Default::default(), tags: Vec::new(), attributable: true };
        asked.evidence.systems.insert("vault".into(), system);
        asked
    }
}

struct Answer {
    library: Arc<Library>,
    plan: Option<Arc<Plan>>,
    problems: Vec<Diagnostic>,
    closed: Vec<Closed>,
}

impl Answer {
    /// Codes, with what is underlined.
    fn told(&self) -> Vec<String> {
        let slice = |p: &Diagnostic| self.library.bundle.slice(p.labels[0].0).to_owned();
        self.problems.iter().map(|p| format!("{} {}", p.code, slice(p))).collect()
    }

    fn lines(&self, code: &str) -> Vec<String> {
        let problem = self.problems.iter().find(|p| p.code == code).unwrap();
        problem.labels.iter().map(|(span, _)| self.library.bundle.slice(*span).to_owned()).collect()
    }
}

/// Reads files beside the small words and map, and compiles the policy `firm`.
fn ask(layers: &[(String, String)], asked: &Asked) -> Answer {
    let mut bundle = Bundle::new();
    let mut files = words();
    files.push(("schemas/small.toml".into(), MAP.into()));
    for (name, text) in files.iter().chain(layers) {
        bundle.add(name, text);
    }
    let (library, mut problems) = Library::read(bundle);
    let library = Arc::new(library);
    let request = Request {
        policy: "firm",
        with: &[],
        purpose: "security",
        on: common::DAY,
        system: asked.system,
        evidence: &asked.evidence,
        lists: &asked.lists,
        exact: None,
        lenient: false,
    };
    let (plan, closed) = match compile(&library, &request) {
        Ok((plan, warnings)) => {
            problems.extend(warnings);
            (Some(Arc::new(plan)), Vec::new())
        }
        Err(refusal) => {
            problems.extend(refusal.problems);
            (None, refusal.closed)
        }
    };
    Answer { library, plan, problems, closed }
}

fn keeping(text: &str) -> (String, String) {
    let all = rule(
        "all",
        "\"event.action\" = \"keep\"\n\"content.text\" = \"keep\"\n\"id.*\" = \"keep\"\n\"time.event\" = \"keep\"",
    );
    layer("base", "base", &format!("{text}\n{all}"))
}

fn firm(text: &str) -> (String, String) {
    layer("firm", "tenant", text)
}

#[track_caller]
fn told(base: &str, tenant: &str, expected: &[&str]) -> Answer {
    let answer = ask(&[keeping(base), firm(tenant)], &Asked::default());
    assert_eq!(answer.told(), expected);
    assert_eq!(
        answer.plan.is_none(),
        answer.problems.iter().any(|p| p.severity == tamis::policy::diagnostic::Severity::Error)
            || !answer.closed.is_empty()
    );
    answer
}

#[test]
fn rungs_without_a_join_are_told_with_both_lines() {
    let zone = |zone: &str| format!("generalise-day-x = {{ time = \"day\", zone = \"{zone}\" }}");
    let base =
        format!("[treatment]\n{}\n{}", zone("Europe/Berlin"), rule("day", "\"time.event\" = \"generalise-day-x\""));
    let tenant = "[treatment]\ngeneralise-day-y = { time = \"day\", zone = \"Asia/Seoul\" }\n".to_owned()
        + &rule("mine", "when.kind = \"auth.login\"\n\"time.event\" = \"generalise-day-y\"");
    let answer = told(&base, &tenant, &["P0110 \"time.event\""]);
    assert_eq!(answer.lines("P0110").len(), 2);
    assert!(answer.problems[0].message.contains("the day in Europe/Berlin and the day in Asia/Seoul"));
    // Never both: no event is of both kinds.
    let by_kind = |kind: &str, name: &str, width: u8| {
        format!("[treatment]\ngeneralise-{name} = {{ number = {width} }}\n")
            + &rule(name, &format!("when.kind = \"{kind}\"\n\"content.text\" = \"generalise-{name}\""))
    };
    told(&by_kind("auth.login", "three", 3), &by_kind("file.read", "four", 4), &[]);
    told(&by_kind("auth.login", "three", 3), &by_kind("auth.login", "four", 4), &["P0110 \"content.text\""]);
    told(&by_kind("auth.login", "three", 3), &by_kind("auth.login", "six", 6), &[]);
}

#[test]
fn a_layer_gives_no_treatment_another_meaning() {
    let loose = "[treatment]\ntruncate-ip = { ipv4 = 32, ipv6 = 128 }";
    let answer = told("", loose, &["P0123 truncate-ip"]);
    assert_eq!(answer.lines("P0123").len(), 2);
    told("", "[treatment]\ntruncate-ip = { ipv4 = 24, ipv6 = 48, says = \"the same\" }", &[]);
}

#[test]
fn what_no_base_decides_is_neither_kept_nor_read() {
    told("", &rule("mine", "\"url.full\" = \"keep\""), &["P0118 \"keep\""]);
    let reads = "when.equals = { \"url.full\" = [\"x\"] }\n\"id.name\" = \"drop\"";
    told("", &rule("mine", reads), &["P0120 \"url.full\""]);
    told("", &rule("mine", "\"id.name\" = [\"keep\", \"redact\"]"), &["P0118 \"keep\""]);
}

#[test]
fn limits_and_floors_read_no_more_than_rules_do() {
    let limit = |text: &str| format!("[retention.mine]\nbecause = \"x\"\ncite = \"own\"\nat-most = \"9 days\"\n{text}");
    let hidden = rule("coded", "\"id.name\" = \"pseudonymise\"");
    told(&hidden, &limit("when.equals = { \"id.name\" = [\"x\"] }"), &["P0120 \"id.name\""]);
    let list = "[list.words]\nlook-in = \"content.text\"\nwords = [\"private\"]\n";
    told("", &(list.to_owned() + &limit("when.listed = \"words\"")), &["P0112 \"words\""]);
    told("", &limit("when.role = \"owner\""), &["P0121 \"owner\""]);
    told("", &rule("mine", "when.role = \"owner\"\nevent = \"suppress\""), &["P0121 \"owner\""]);
    let floor = "[attributable.mine]\nbecause = \"x\"\ncite = \"own\"\nshow = \"id.email\"\nwhen.listed = \"words\"";
    told(&(list.to_owned() + floor), "", &["P0112 \"words\""]);
}

#[test]
fn a_floor_opens_nothing_that_is_closed() {
    let floor = |shown: &str| format!("[attributable.trail]\nbecause = \"x\"\ncite = \"own\"\nshow = {shown}\n");
    let sector = |text: &str| layer("records", "sector", text);
    let firm = |text: &str| {
        let group = "[workforce.all]\njurisdictions = [\"home\"]\nsectors = [\"records\"]\n";
        [layer("home", "jurisdiction", ""), layer("firm", "tenant", &format!("{group}{text}"))]
    };
    let event = [r#"{"op":"Read","note":"diagnosis","who":"ann@example.com"}"#];
    let run = |base: &str, text: &str, own: &str, codes: &[&str]| {
        let base = format!("{}{base}", rule("all", "\"event.action\" = \"keep\"\n\"id.*\" = \"keep\""));
        let [home, firm] = firm(own);
        let answer = ask(&[layer("base", "base", &base), home, sector(text), firm], &Asked::default());
        assert_eq!(answer.told(), codes);
        let plan = answer.plan?;
        let ran = common::filter(&plan, &common::ndjson(event), Options::default());
        Some(ran.lines().iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect::<String>())
    };
    let dropped = rule("texts", "\"content.text\" = \"drop\"");
    let forbidden = rule("texts", "\"content.text\" = \"forbid\"");
    let kept = rule("texts", "\"content.text\" = \"keep\"");
    let sometimes = rule("sometimes", "when.kind = \"file.read\"\n\"content.text\" = \"drop\"");
    let texts = floor("[\"id.email\", \"content.text\"]");
    // What the base itself closes, or does not know.
    for base in [&dropped, &forbidden, ""] {
        assert_eq!(run(base, &texts, "", &["P0136 \"content.text\""]), None, "{base}");
    }
    // What the base closes at times, or anybody says must not be collected: then. A tenant's row closes no pack.
    let without = Some(r#"{"op":"Read","who":"ann@example.com"}"#.to_owned());
    let at_times = sometimes.replace("drop", "forbid");
    assert_eq!(run(&(kept.clone() + &sometimes), &texts, "", &[]), without);
    assert_eq!(run(&kept, &(texts.clone() + &at_times), "", &[]), without);
    let alone = floor("\"content.text\"");
    assert_eq!(run(&kept, &texts, &forbidden, &["P0136 \"content.text\""]), without);
    assert_eq!(run(&kept, &(alone + &forbidden), "", &["P0136 \"content.text\""]), without);
    // Of a family, what the base lets out.
    let all = floor("[\"content.*\", \"id.*\"]");
    assert_eq!(run(&dropped, &(all + &rule("names", "\"id.email\" = \"drop\"")), "", &["P0136 \"content.*\""]), None);
    // A sector's drop is given back, by a sector.
    let whole = Some(event[0].to_owned());
    assert_eq!(run(&kept, &(texts.clone() + &sometimes), "", &[]), whole);
    assert_eq!(run(&kept, &texts, &dropped, &[]), whole);
    // A tenant's floor would loosen the laws above it.
    assert_eq!(run(&kept, &sometimes, &texts, &["P0137 trail"]), None);
}

/// An answer that gives a reference.
fn reference() -> EvidenceAnswer {
    EvidenceAnswer {
        said: Vec::new(),
        parts: Vec::new(),
        span: Span::default(),
        given: vec!["reference".into()],
        answer: None,
        covers: None,
        agreed_revision: None,
        agreed_digest: None,
        digest_is_open: false,
        review_by: None,
        ends_on: None,
    }
}

/// Nobody says of one person which of the tenant's laws hold: the laws of all groups hold for every event.
#[test]
fn whoever_works_under_several_laws_gets_all_of_them() {
    let home = "[retention.all]\nat-most = \"90 days\"\nbecause = \"x\"\ncite = \"own\"\n".to_owned()
        + "[gate.council]\nask = \"reference\"\nbecause = \"x\"\ncite = \"own\"\n"
        + &rule("who", "\"id.*\" = \"redact\"");
    let abroad = "[purposes]\nallow = [\"security\"]\nbecause = \"x\"\ncite = \"own\"\n".to_owned()
        + "[retention.all]\nat-most = \"60 days\"\nbecause = \"x\"\ncite = \"own\"\n"
        + "[gate.banner]\nask = \"reference\"\nbecause = \"x\"\ncite = \"own\"\n"
        + &rule("what", "\"id.*\" = \"keep\"\n\"content.text\" = \"drop\"");
    let both = [
        "[workforce.a]\njurisdictions = \"home\"\n[workforce.b]\njurisdictions = \"abroad\"\n",
        "[workforce.all]\njurisdictions = [\"abroad\", \"home\"]\n",
    ];
    for groups in both {
        let files =
            [keeping(""), layer("home", "jurisdiction", &home), layer("abroad", "jurisdiction", &abroad), firm(groups)];
        let closed = ask(&files, &Asked::default());
        assert_eq!(closed.told(), <[&str; 0]>::default());
        let mut gates: Vec<_> = closed.closed.iter().map(|gate| gate.name.as_str()).collect();
        gates.sort_unstable();
        assert_eq!(gates, ["abroad.banner", "home.council"]);
        let mut asked = Asked::default();
        for gate in ["council", "banner"] {
            asked.evidence.answers.insert(gate.into(), reference());
        }
        let answer = ask(&files, &asked);
        let plan = answer.plan.unwrap_or_else(|| panic!("{:?} {:?}", answer.problems, answer.closed));
        let event = [r#"{"op":"Read","note":"x","who":"kim@example.com"}"#];
        let options = Options { stamp: true, ..Options::default() };
        let out = String::from_utf8(common::filter(&plan, &common::ndjson(event), options).bytes).unwrap();
        assert!(out.starts_with(r#"{"op":"Read","who":"[redacted]""#), "{out}");
        assert!(out.contains(r#""at-most":"60 days""#), "{out}");
    }
}

/// What a country leaves whole another may treat: they stand beside each other. What it inherits, and a tenant's laws, stand above.
#[test]
fn keep_is_judged_by_what_a_layer_stands_on() {
    let keeps = rule("who", "\"id.email\" = \"keep\"");
    let strict = layer("strict", "jurisdiction", &rule("who", "\"id.*\" = \"drop\""));
    let run = |head: &str, tenant: &str| {
        let mine = layer("mine", "jurisdiction", &keeps);
        let mine = (mine.0, mine.1.replacen("revision = 1", &format!("revision = 1\n{head}"), 1));
        let groups = "[workforce.all]\njurisdictions = [\"mine\", \"strict\"]\n";
        ask(&[keeping(""), strict.clone(), mine, firm(&format!("{groups}{tenant}"))], &Asked::default())
    };
    assert_eq!(run("", "").told(), <[&str; 0]>::default());
    let inherits = run("inherits = \"strict\"", "");
    assert_eq!(inherits.told(), ["P0118 \"keep\""]);
    assert_eq!(inherits.lines("P0118")[1], "\"id.*\"");
    assert_eq!(run("", &keeps).told(), ["P0118 \"keep\""]);
}

#[test]
fn every_name_is_looked_up() {
    let allow = "[purposes]\nallow = [\"security\", \"product\"]\nbecause = \"x\"\ncite = \"own\"";
    let answer = told(allow, &rule("mine", "\"id.name\" = { securty = \"drop\" }"), &["P0122 securty"]);
    assert_eq!(answer.problems[0].help.as_deref(), Some("did you mean `security`?"));
    let gate = "[gate.mine]\nask = \"reference\"\nor = \"no-body\"\nfor = \"prodct\"\nbecause = \"x\"\ncite = \"owm\"";
    told(allow, gate, &["P0107 \"no-body\"", "P0122 \"prodct\"", "P0108 \"owm\""]);
    let limit = "[retention.mine]\nbecause = \"x\"\ncite = \"owm\"\nat-most = \"9 days\"";
    told("", limit, &["P0108 \"owm\""]);
    let codes = "[codes]\nsame-person = [\"id.emial\"]\nbecause = \"x\"\ncite = \"own\"";
    told("", codes, &["P0202 \"id.emial\""]);
}

#[test]
fn purposes_of_recipients_are_looked_up() {
    let allow = "[purposes]\nallow = [\"security\", \"product\"]\nbecause = \"x\"\ncite = \"own\"";
    let siem = "[recipient.siem]\ntitle = \"Store\"\npurposes = [\"product\", \"securty\"]";
    let answer = told(allow, siem, &["P0122 \"securty\""]);
    assert_eq!(answer.problems[0].help.as_deref(), Some("did you mean `security`?"));
    told("", siem, &[]);
}

/// A tenant knows its systems: they stand in its evidence. A law says what holds for systems that a tenant may have.
#[test]
fn systems_of_a_tenant_are_looked_up() {
    let asked = |tags: &[&str]| {
        let mut asked = Asked::attributable();
        let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        asked.evidence.systems.insert("gateway".into(), System { span: Default::default(), tags, attributable: false });
        asked
    };
    let mine = rule("mine", "when.system = [\"vault\", \"card\", \"gatway\"]\n\"id.name\" = \"drop\"");
    let answer = ask(&[keeping(""), firm(&mine)], &asked(&["card"]));
    assert_eq!(answer.told(), ["P0404 \"gatway\""]);
    assert_eq!(answer.problems[0].help.as_deref(), Some("did you mean `gateway`?"));
    let answer = ask(&[keeping(""), firm(&mine)], &asked(&[]));
    assert_eq!(answer.told(), ["P0404 \"card\"", "P0404 \"gatway\""]);
    assert_eq!(answer.problems[0].help.as_deref(), Some("the evidence names: gateway, vault"));
    let limit = "[retention.mine]\nbecause = \"x\"\ncite = \"own\"\nat-most = \"9 days\"\nwhen.system = \"walt\"";
    assert_eq!(ask(&[keeping(""), firm(limit)], &asked(&[])).told(), ["P0404 \"walt\""]);
    let floor = "[attributable.mine]\nbecause = \"x\"\ncite = \"own\"\nshow = \"id.email\"\nwhen.system = \"walt\"";
    assert_eq!(ask(&[keeping(""), firm(floor)], &asked(&[])).told(), ["P0137 mine", "P0404 \"walt\""]);
    let mut held = asked(&[]);
    let text = |name: &str| Spanned { value: name.to_owned(), span: Default::default() };
    let systems = vec![text("gateway"), text("gatway")];
    held.evidence.holds = vec![Hold { name: text("case"), systems, from: None, review_by: None }];
    let answer = ask(&[keeping(""), firm("")], &held);
    assert_eq!(answer.problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), ["P0404"]);
    // The rule of a law waits for a system that somebody may have; and where no system is named none is known.
    assert_eq!(ask(&[keeping(&mine), firm("")], &asked(&[])).told(), [""; 0]);
    assert_eq!(ask(&[keeping(""), firm(&mine)], &Asked::default()).told(), [""; 0]);
}

#[test]
fn a_purpose_that_is_not_allowed_may_be_misspelt() {
    let allow = "[purposes]\nallow = [\"securities\", \"security-review\"]\nbecause = \"x\"\ncite = \"own\"";
    let closed = told(allow, "", &[]).closed;
    assert_eq!(closed[0].help, "did you mean `securities`? Allowed: securities, security-review");
    let allow = allow.replace("securities", "product").replace("security-review", "hr");
    assert_eq!(told(&allow, "", &[]).closed[0].help, "choose one of: product, hr");
}

#[test]
fn answers_to_nobody_are_warned_about() {
    let mut asked = Asked::default();
    let words = vec![Spanned { value: "x".to_owned(), span: Default::default() }];
    asked.lists = SecretLists { lists: BTreeMap::from([("unheard-of".to_owned(), words)]) };
    let answer = ask(&[keeping(""), firm("")], &asked);
    assert!(answer.plan.is_some());
    assert_eq!(answer.problems.iter().map(|p| p.code).collect::<Vec<_>>(), ["P0501"]);
    let mut asked = Asked::default();
    asked.evidence.tenant = Some(Spanned { value: "other".to_owned(), span: Default::default() });
    let answer = ask(&[keeping(""), firm("")], &asked);
    assert!(answer.plan.is_none() && answer.problems.iter().any(|p| p.code == "P0403"));
}

/// An agreement is about rules to the letter where it says their digest: with one letter changed its gate is closed.
#[test]
fn an_agreed_digest_is_held_against_the_rules() {
    let gate = |more: &str| format!("[gate.agreement]\nask = [\"reference\"{more}]\nbecause = \"x\"\ncite = \"own\"\n");
    let run = |tenant: &str, digest: &str| {
        let mut bundle = Bundle::new();
        let text = format!(
            "[evidence]\nfor = \"firm\"\nrevision = 1\n[evidence.agreement]\nreference = \"x\"\nagreed-digest = \"{digest}\"\n"
        );
        let file = bundle.add("tenants/firm.evidence.toml", &text);
        let evidence = tamis::policy::syntax::evidence(&bundle, file, &mut Vec::new()).unwrap();
        let answer = ask(&[keeping(""), firm(tenant)], &Asked { evidence, ..Asked::default() });
        assert_eq!(answer.told(), [""; 0]);
        answer
    };
    let zeros = format!("sha256:{}", "0".repeat(64));
    let open = run(&gate(""), &zeros);
    let digest = open.plan.expect("zeros hold the place of a digest").rules_digest();
    for spelled in [digest.clone(), digest.replace("sha256:", "").to_uppercase()] {
        let spelled = format!("sha256:{}", spelled.trim_start_matches("sha256:"));
        assert!(run(&gate(""), &spelled).plan.is_some());
    }
    let other = run(&format!("{} ", gate("")), &digest);
    let [closed] = &other.closed[..] else { panic!("{:?}", other.closed) };
    assert_eq!(closed.name, "firm.agreement");
    assert!(closed.missing.contains(&digest), "{closed:?}");
    // Whoever reads the message can go on from there.
    let new = closed.help.split('"').nth(1).unwrap();
    assert!(new != digest && run(&format!("{} ", gate("")), new).plan.is_some(), "{closed:?}");
    // A gate may ask for the digest: zeros are none.
    let asking = run(&gate(", \"agreed-digest\""), &zeros);
    assert_eq!(asking.closed[0].missing, "the evidence lacks agreed-digest");
    let new = asking.closed[0].help.split('"').nth(1).unwrap().to_owned();
    assert!(run(&gate(", \"agreed-digest\""), &new).plan.is_some());
}

#[test]
fn nobody_switches_an_attributable_event_off() {
    let listed = |about: &str| {
        format!("[list.words]\nlook-in = \"content.text\"\nwords = [\"private\"]\n{about}\n")
            + &rule("mine", "when.listed = \"words\"\nevent = \"suppress\"\n\"content.text\" = \"drop\"")
    };
    let events = [
        r#"{"op":"Read","note":"private","box":"x"}"#,
        r#"{"op":"Read","note":"x","box":"private"}"#,
        r#"{"op":"Read","note":"x","box":"y"}"#,
    ];
    let run = |about: &str, asked: &Asked| {
        let answer = ask(&[keeping(""), firm(&listed(about))], asked);
        let plan = answer.plan.unwrap_or_else(|| panic!("{:?}", answer.problems));
        let ran = common::filter(&plan, &common::ndjson(events), Options::default());
        ran.by_event()
            .iter()
            .map(|line| line.map(|line| String::from_utf8_lossy(line).into_owned()))
            .collect::<Vec<_>>()
    };
    let whole = Some(events[2].to_owned());
    assert_eq!(run("about = \"owner\"", &Asked::default()), [None, None, whole.clone()]);
    // The text of a message is in the hand of who wrote it: its content goes, the event stays.
    let without = Some(r#"{"op":"Read","box":"x"}"#.to_owned());
    assert_eq!(run("about = \"owner\"", &Asked::attributable()), [without, None, whole]);
    let answer = ask(&[keeping(""), firm(&listed(""))], &Asked::attributable());
    assert_eq!(answer.told(), ["P0114 \"words\""]);
    // A floor makes its events attributable, whatever the evidence says of the system.
    let floor = "[attributable.trail]\nbecause = \"x\"\ncite = \"own\"\nshow = \"id.email\"";
    told(floor, &listed(""), &["P0114 \"words\""]);
}

#[test]
fn equal_means_equal() {
    let tenant = rule("mine", "when.equals = { \"event.action\" = [\"a*\"] }\n\"content.text\" = \"drop\"");
    let answer = told("", &tenant, &[]);
    let events = [r#"{"op":"a*","note":"x"}"#, r#"{"op":"ab","note":"x"}"#];
    let ran = common::filter(&answer.plan.unwrap(), &common::ndjson(events), Options::default());
    assert_eq!(ran.lines(), [&br#"{"op":"a*"}"#[..], events[1].as_bytes()]);
}

/// LAW: conditions compare values in one spelling, as codes and lists do.
#[test]
fn spellings_of_one_value_are_equal() {
    for (way, said) in [
        ("equals", "José"),
        ("equals", "Jose\u{301}"),
        ("equals", "STRASSE"),
        ("matches", "J*é"),
        ("matches", "straß*"),
    ] {
        let tenant =
            rule("mine", &format!("when.{way} = {{ \"event.action\" = [\"{said}\"] }}\n\"content.text\" = \"drop\""));
        let answer = told("", &tenant, &[]);
        let ops = if said.starts_with('J') {
            ["Jos\u{e9}", "Jose\u{301}", "JOSE\u{301}", "Jo\u{ad}sé"]
        } else {
            ["Straße", "STRASSE", "straẞe", "ＳＴＲＡＳＳＥ"]
        };
        let events = ops.map(|op| format!(r#"{{"op":"{op}","note":"x"}}"#));
        let ran = common::filter(&answer.plan.unwrap(), &common::ndjson(events), Options::default());
        for line in ran.lines() {
            assert!(!String::from_utf8_lossy(line).contains("note"), "{way} {said}: {}", String::from_utf8_lossy(line));
        }
        assert_eq!(ran.lines().len(), 4);
    }
}

const BADGE: &str = r#"
    [treatment]
    redact-badges = { find = ["example.badge"] }
    [[entity]]
    name = "example.badge"
    title = "Badge number"
    sets = ["personal"]
    pattern = "B-[0-9]{6}"
    examples = ["B-123456"]
    counter-examples = ["B-12", "AB-123456"]
"#;

#[test]
fn an_officers_own_entity_is_found() {
    let tenant = BADGE.to_owned() + &rule("mine", "\"content.text\" = \"redact-badges\"");
    let answer = told("", &tenant, &[]);
    let events = [r#"{"op":"Read","note":"B-123456 and B-1234567 of B-654321"}"#];
    let ran = common::filter(&answer.plan.unwrap(), &common::ndjson(events), Options::default());
    assert_eq!(ran.lines(), [&br#"{"op":"Read","note":"[badge] and B-1234567 of [badge]"}"#[..]]);
}

#[test]
fn no_pattern_asks_what_others_hide() {
    let nosy = BADGE.replace("B-[0-9]{6}", "ann@example[.]com of x").replace("B-123456", "ann@example.com of x");
    let base = rule("hides", "\"content.text\" = \"redact-personal\"");
    let answer = told(&base, &(nosy + &rule("mine", "\"content.text\" = \"redact-badges\"")), &[]);
    let events = [r#"{"op":"Read","note":"ann@example.com of x"}"#, r#"{"op":"Read","note":"bob@example.com of x"}"#];
    let ran = common::filter(&answer.plan.unwrap(), &common::ndjson(events), Options::default());
    assert_eq!(ran.lines()[0], br#"{"op":"Read","note":"[email] of x"}"#);
    assert_eq!(ran.lines()[0], ran.lines()[1]);
    assert_eq!(ran.counts.entities.get("example.badge"), None);
}

#[test]
fn an_entity_is_tried_on_its_examples() {
    told("", &BADGE.replace("B-[0-9]{6}", "B-[0-9"), &["P0502 \"B-[0-9\""]);
    told("", &BADGE.replace("\"B-123456\"", "\"B-123\""), &["P0503 \"B-123\""]);
    told("", &BADGE.replace("{6}", "+"), &["P0504 \"B-12\""]);
    told("", &BADGE.replace("\"personal\"", "\"persnal\""), &["P0506 \"persnal\""]);
    told(
        &BADGE.replace("[treatment]", "").replace("redact-badges = { find = [\"example.badge\"] }", ""),
        BADGE,
        &["P0505 \"example.badge\""],
    );
}

#[test]
fn a_classification_names_maps_and_categories_that_exist() {
    let says = |map: &str, text: &str| format!("[classify.{map}]\nbecause = \"Our gateway adds it.\"\n{text}");
    told("", &says("smal", "\"x\" = \"id.name\""), &["P0119 smal"]);
    let answer = told("", &says("small", "\"x\" = \"id.nam\""), &["P0202 \"id.nam\""]);
    assert_eq!(answer.problems[0].help.as_deref(), Some("did you mean `id.name`?"));
    told("", &says("small", "\"raw\" = \"id.name\""), &["P0204 \"raw\""]);
    told("", &says("small", "\"raw.x\" = \"id.name\""), &["P0204 \"raw.x\""]);
    told("", &says("small", "\"Raw\" = \"id.name\""), &["P0204 \"Raw\""]);
    told("", &says("small", "\"'RAW'.x\" = \"id.name\""), &["P0204 \"'RAW'.x\""]);
    told("", "[classify.small]\n\"x\" = \"id.name\"", &["P0004 [classify.small]"]);
    told("", &says("small", ""), &["P0014 small"]);
    told(&says("small", "\"x\" = \"id.name\""), "", &["P0162 small"]);
}

#[test]
fn a_tenant_lets_a_new_field_through_by_classifying_it() {
    let tenant = "[classify.small]\nbecause = \"x\"\n\"new\" = \"event.action\"\n\"note\" = \"id.name\"\n\
                  [classify.small.actor]\n\"by\" = \"id.email\"\n"
        .to_owned()
        + &rule("mine", "\"id.name\" = \"redact\"\n")
        + &rule("theirs", "when.role = \"actor\"\n\"id.email\" = \"drop\"");
    let events = [r#"{"op":"Read","new":"y","note":"z","by":"w","other":"v"}"#];
    let filtered = |tenant: &str| {
        let plan = told("", tenant, &[]).plan.unwrap();
        String::from_utf8(common::filter(&plan, &common::ndjson(events), Options::default()).bytes).unwrap()
    };
    assert_eq!(filtered(""), "{\"op\":\"Read\",\"note\":\"z\"}\n");
    // What the map classifies is treated as both.
    assert_eq!(filtered(&tenant), "{\"op\":\"Read\",\"new\":\"y\",\"note\":\"[redacted]\"}\n");
}

#[test]
fn tenants_that_say_the_same_share_a_map() {
    let tenant = |id: &str, path: &str| {
        layer(id, "tenant", &format!("[classify.small]\nbecause = \"{id}\"\n\"{path}\" = \"event.action\""))
    };
    let files = [keeping(""), tenant("firm", "x"), tenant("other", "x"), tenant("third", "y")];
    let library = ask(&files, &Asked::default()).library;
    let map = |policy: &str| common::plan(&library, policy, &[], "security").map(0).unwrap();
    assert!(Arc::ptr_eq(&map("firm"), &map("other")));
    assert!(!Arc::ptr_eq(&map("firm"), &map("third")));
    assert!(!Arc::ptr_eq(&map("firm"), &map("base")));
}

#[test]
fn one_category_has_one_transformer() {
    let plugin = |name: &str, does: &str| {
        let digest = "0".repeat(64);
        format!(
            "[plugin.{name}]\nbecause = \"x\"\ncite = \"own\"\ncomponent = \"a.wasm\"\ndigest = \"sha256:{digest}\"\n{does}\n"
        )
    };
    let base = plugin("one", "rewrite = \"content.text\"");
    let answer = told(&base, &plugin("two", "rewrite = \"content.*\""), &["P0124 \"content.*\""]);
    assert_eq!(answer.lines("P0124"), ["\"content.*\"", "one"]);
    told(&base, &plugin("two", "look-in = \"content.*\""), &[]);
    told("", &plugin("two", "look-in = [\"net.ip\", \"id.nmae\"]"), &["P0113 \"net.ip\"", "P0202 \"id.nmae\""]);
}

#[test]
fn every_mistake_is_told_in_one_run() {
    let tenant = "owner = 7\n[classify.small]\n\"x\" = \"id.nam\"\n[treatment]\nredact-x = { fixed = 0 }\n".to_owned()
        + &rule(
            "mine",
            "when.kinds = \"auth.login\"\n\"id.nmae\" = \"drop\"\n\"id.name\" = \"pseudonymize\"\nid.email = \"drop\"",
        )
        + &rule(
            "theirs",
            "when.kind = \"auth.logon\"\nwhen.listed = \"wrods\"\n\"content.text\" = [\"truncate-ip\", \"redact-x\"]\nif = \"fcat\"",
        );
    let answer = ask(&[keeping(""), firm(&tenant)], &Asked::default());
    assert!(answer.plan.is_none());
    let mut told: Vec<_> = answer.problems.iter().map(|p| (p.labels[0].0, p.code)).collect();
    told.sort();
    let told: Vec<_> =
        told.iter().map(|(span, code)| format!("{code} {}", answer.library.bundle.slice(*span))).collect();
    assert_eq!(
        told,
        [
            "P0005 7",
            "P0004 [classify.small]",
            "P0202 \"id.nam\"",
            "P0013 0",
            "P0003 kinds",
            "P0202 \"id.nmae\"",
            "P0109 \"pseudonymize\"",
            "P0012 id.email",
            "P0203 \"auth.logon\"",
            "P0115 \"wrods\"",
            "P0112 \"truncate-ip\"",
            "P0113 \"truncate-ip\"",
            "P0112 \"redact-x\"",
            "P0107 \"fcat\"",
        ]
    );
}
