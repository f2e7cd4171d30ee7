//! Every file under `policies/` is of the language.

use std::fs;
use std::path::{Path, PathBuf};

use super::read;
use crate::policy::document::{InsideForm, Level, Role, Slot, Verb};
use crate::policy::syntax::{Bundle, FileKind, categories, codes, layer, render, schema, test_file, treatments};
use crate::policy::test_file::{Outcome, Subject, Without};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies")
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder of policies can be read") {
        let path = entry.expect("its entries can be read").path();
        if path.is_dir() {
            walk(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// Shipped files as (path below `policies/`, text, kind), in the order of their paths.
pub(super) fn files() -> Vec<(String, String, FileKind)> {
    let (root, mut paths) = (root(), Vec::new());
    walk(&root, &mut paths);
    paths.sort();
    let named = paths.iter().filter_map(|path| {
        let name = path.strip_prefix(&root).ok()?.to_str()?.replace('\\', "/");
        let kind = FileKind::of(&name)?;
        Some((name, fs::read_to_string(path).expect("a policy is text"), kind))
    });
    named.collect()
}

fn shipped(name: &str) -> String {
    fs::read_to_string(root().join(name)).expect("the file is shipped")
}

#[test]
fn every_shipped_file_reads_without_a_diagnostic() {
    let (mut bundle, mut out, mut parsed) = (Bundle::new(), Vec::new(), 0);
    for (name, text, kind) in files() {
        let file = bundle.add(name.clone(), text);
        assert!(read(&bundle, file, kind, &mut out) || !out.is_empty(), "{name}");
        parsed += 1;
    }
    assert!(out.is_empty(), "\n{}", render(&bundle, &out, false));
    assert!(parsed >= 10, "only {parsed} files found");
}

#[test]
fn words_are_read_with_their_groups() {
    let (mut bundle, mut out) = (Bundle::new(), Vec::new());
    let file = bundle.add("categories.toml", shipped("categories.toml"));
    let words = categories(&bundle, file, &mut out).expect("readable");
    let email = &words.categories["id.email"];
    assert_eq!(email.group, "people");
    assert_eq!(bundle.slice(email.title.span), "\"id.email\"");
    assert!(words.kinds.contains_key("auth.login") && words.kind_groups.contains_key("access"));
    assert!(words.groups["special"].protected.is_some());
    let file = bundle.add("treatments.toml", shipped("treatments.toml"));
    let treatments = treatments(&bundle, file, &mut out).expect("readable");
    let ip = treatments.iter().find(|t| t.name.value == "truncate-ip").expect("shipped");
    assert_eq!(ip.verb, Verb::TruncateIp { ipv4: 24, ipv6: 48 });
    assert!(!ip.says.is_empty());
}

#[test]
fn a_schema_map_is_read_whole() {
    let (mut bundle, mut out) = (Bundle::new(), Vec::new());
    let text = r#"
[schema]
id = "x"
title = "X"
revision = 2
recognise = [["a", "kind = Event | Audit*", "!b"], ["c[Name=x].d = 1"]]
ignore-case = true
priority = 50
[fields]
"b" = "event.action"
"a" = ["id.email", "id.username"]
[owner]
"o" = "id.account"
[keys]
"m.*" = "net.ip"
[events]
"auth.login" = { Operation = "UserLoggedIn", "X.Id" = [4624, true] }
"auth.change" = [{ A = "x*" }, { B = 1.5 }]
[variant.files]
when = { Workload = ["OneDrive"] }
"ObjectId" = "url.full"
[variant.files.actor]
"Who" = "id.name"
[inside]
"log" = "json"
"msg" = { as = "lines", else = "content.text" }
[line.second]
in = "msg"
like = "{user:word} from {ip?} at {url} {rest:rest}"
where.user = "actor: id.username"
where.ip = ["actor: net.ip"]
where.rest = ""
inside.url = "url"
kind = "auth.login"
[line.first]
in = "msg"
like = "x"
"#;
    let file = bundle.add("schemas/x.toml", text);
    let (head, map) = schema(&bundle, file, &mut out).expect("readable");
    assert!(out.is_empty(), "\n{}", render(&bundle, &out, false));
    assert_eq!((head.revision, head.priority, head.ignore_case, head.opt_in), (2, 50, true, false));
    assert_eq!(head.recognise.len(), 2);
    assert_eq!(head.recognise[0][1].globs, ["Event", "Audit*"]);
    assert!(head.recognise[0][2].absent && head.recognise[0][2].path == "b");
    assert_eq!(
        (head.recognise[1][0].path.as_str(), head.recognise[1][0].globs.as_slice()),
        ("c[Name=x].d", &["1".to_owned()][..])
    );
    let paths: Vec<_> = map.fields.iter().map(|f| (f.path.as_str(), f.role, f.categories.len())).collect();
    assert_eq!(paths, [("b", Role::None, 1), ("a", Role::None, 2), ("o", Role::Owner, 1)]);
    assert_eq!(map.events[0].any[0][1].1, ["4624", "true"]);
    assert_eq!(map.events[1].any.len(), 2);
    let roles: Vec<_> = map.variants[0].fields.iter().map(|f| (f.path.as_str(), f.role)).collect();
    assert_eq!(roles, [("ObjectId", Role::None), ("Who", Role::Actor)]);
    assert_eq!((map.inside[0].form, map.inside[1].form), (InsideForm::Json, InsideForm::Lines));
    assert_eq!(map.lines.iter().map(|l| l.name.as_str()).collect::<Vec<_>>(), ["second", "first"]);
    let (hole, role, categories) = &map.lines[0].holes[0];
    assert_eq!((hole.as_str(), *role, bundle.slice(categories[0].span)), ("user", Role::Actor, "id.username"));
    assert!(map.lines[0].holes[2].2.is_empty());
}

#[test]
fn a_tenant_is_read_whole() {
    let (mut bundle, mut out) = (Bundle::new(), Vec::new());
    let file = bundle.add("tenants/example-de.toml", shipped("tenants/example-de.toml"));
    let tenant = layer(&bundle, file, &mut out).expect("readable");
    assert_eq!(tenant.level, Level::Tenant);
    let hours = tenant.hours.expect("given");
    assert_eq!(hours.shifts[0], [(0, 360, 1110), (1, 360, 1110), (2, 360, 1110), (3, 360, 1110), (4, 360, 900)]);
    assert_eq!(hours.shifts.len(), 2);
    assert_eq!(tenant.about["recipient.siem.purposes"], "security, compliance");
    assert_eq!(tenant.codes.expect("given").change_every.expect("given").days, 90);
    assert!(tenant.rules.iter().any(|r| r.when.outside_hours.as_ref().is_some_and(|o| o.value)));
}

#[test]
fn what_is_owed_is_read_whole() {
    let (mut bundle, mut out) = (Bundle::new(), Vec::new());
    let text = r#"
[policy]
id = "x"
title = "X"
layer = "jurisdiction"
revision = 1
[notice.on-hire]
if = "employs-there"
lead = "2 weeks"
form = "on hire, acknowledged"
says = "any and all telephone conversations"
slots = ["purposes", "objection"]
cite = "a"
[obligation.delete]
if = "employs-there"
who = "store"
does = "Deletes what is past its limit."
because = "We only ask."
cite = ["a", "b"]
[obligation.short]
who = "employer"
does = "Keeps the policy."
cite = "a"
[gate.union]
if = "employs-there"
ask = ["reference"]
or = ["inspectorate", "no-union"]
because = "x"
cite = "a"
[retention.a]
if = "employs-there"
at-least = "12 months"
because = "x"
cite = "a"
[attributable.a]
if = "employs-there"
show = ["id.email"]
because = "x"
cite = "a"
"#;
    let file = bundle.add("jurisdictions/x.toml", text);
    let x = layer(&bundle, file, &mut out).expect("readable");
    assert!(out.is_empty(), "\n{}", render(&bundle, &out, false));
    let notice = &x.notices[0];
    assert_eq!((notice.lead.days, notice.form.as_deref()), (14, Some("on hire, acknowledged")));
    assert_eq!(notice.says.as_ref().map(|s| s.value.as_str()), Some("any and all telephone conversations"));
    let slots: Vec<_> = notice.slots.iter().map(|s| (s.value, bundle.slice(s.span))).collect();
    assert_eq!(slots, [(Slot::Purposes, "\"purposes\""), (Slot::Objection, "\"objection\"")]);
    let said: Vec<_> = x.obligations.iter().map(|o| (o.who.value.as_str(), o.does.value.as_str())).collect();
    assert_eq!(said, [("store", "Deletes what is past its limit."), ("employer", "Keeps the policy.")]);
    assert_eq!((x.obligations[0].reason.because.as_str(), x.obligations[0].reason.cite.len()), ("We only ask.", 2));
    assert_eq!(bundle.slice(x.obligations[0].does.span), "\"Deletes what is past its limit.\"");
    let or: Vec<_> = x.gates[0].or.iter().map(|or| or.value.as_str()).collect();
    assert_eq!(or, ["inspectorate", "no-union"]);
    let facts = [&notice.fact, &x.obligations[0].fact, &x.gates[0].fact, &x.retention[0].fact, &x.attributable[0].fact];
    assert!(facts.iter().all(|fact| fact.as_ref().is_some_and(|fact| fact.value == "employs-there")));
    assert!(x.obligations[1].fact.is_none());
}

#[test]
fn hours_over_midnight_end_on_the_next_day() {
    let (mut bundle, mut out) = (Bundle::new(), Vec::new());
    let text = "[policy]\nid='t'\ntitle='T'\nlayer='tenant'\nrevision=1\n[hours]\nzone='Asia/Seoul'\n\
                [hours.night]\nSun='22:00-06:00'\nMon=['22:00-24:00','01:00-02:00']\n";
    let file = bundle.add("t", text);
    let hours = layer(&bundle, file, &mut out).and_then(|l| l.hours).expect("readable");
    assert!(out.is_empty(), "\n{}", render(&bundle, &out, false));
    assert_eq!(hours.shifts, [vec![(6, 1320, 1440), (0, 0, 360), (0, 1320, 1440), (0, 60, 120)]]);
}

#[test]
fn tests_inherit_what_is_given() {
    let (mut bundle, mut out) = (Bundle::new(), Vec::new());
    let text = r#"
[given]
policy = "de"
purpose = "security"
on = 2026-12-01
evidence.dpia = { reference = "T", empty = "" }
evidence.private-use = { answer = "no" }
lists.a = ["x"]
[test.one]
title = "One"
event = '{}'
given.purpose = "product"
given.system = { tags = ["card"], attributable = true }
given.evidence.dpia = { reference = "U", covers = ["product"] }
without = ["evidence.private-use", "lists.a"]
outcome = "closed"
becomes."a.b" = 10
[test.two]
title = "Two"
values."content.text" = "x"
gone = ["content.text"]
"#;
    let file = bundle.add("t", text);
    let tests = test_file(&bundle, file, &mut out).expect("readable");
    assert!(out.is_empty(), "\n{}", render(&bundle, &out, false));
    let [one, two] = tests.tests.as_slice() else { panic!("two tests") };
    let given = tests.given(one);
    assert_eq!(given.purpose.expect("given").value, "product");
    assert!(given.lists.is_empty() && !given.answers.contains_key("private-use"));
    assert_eq!(one.outcome.as_ref().map(|o| o.value), Some(Outcome::Closed));
    assert_eq!(one.without[1].value, Without::List("a".into()));
    let evidence = tests.evidence(one, None);
    assert!(evidence.systems["system-of-this-test"].attributable);
    assert!(evidence.answers["dpia"].covers.is_some());
    let given = tests.given(two);
    assert_eq!(given.purpose.expect("given").value, "security");
    assert_eq!(given.answers["dpia"].given, ["reference"]);
    assert!(matches!(&two.subject, Subject::Values(v) if v.len() == 1));
}

/// Whether a code is about the shape of one file: topic 00, or from 50 on within its topic, or topic 06 but for what is found by running tests.
pub(super) fn is_shape(code: &str) -> bool {
    code.starts_with("P00") || code.as_bytes()[3] >= b'5' || (code.starts_with("P06") && code != "P0605")
}

#[test]
fn every_code_in_the_program_is_explained() {
    fn collect(folder: &Path, used: &mut Vec<(String, String)>) {
        let mut paths = Vec::new();
        walk(folder, &mut paths);
        let source = |p: &&PathBuf| {
            p.extension().is_some_and(|e| e == "rs") && !p.components().any(|c| c.as_os_str() == "tests")
        };
        for path in paths.iter().filter(source) {
            let text = fs::read_to_string(path).expect("a source is text");
            for part in text.split('"').filter(|s| s.len() == 5 && s.starts_with('P')) {
                if part[1..].bytes().all(|b| b.is_ascii_digit()) && part != "P9999" {
                    used.push((part.to_owned(), path.display().to_string()));
                }
            }
        }
    }
    let mut used = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut used);
    let (explained, reported): (Vec<_>, Vec<_>) = used.into_iter().partition(|(_, place)| place.contains("codes"));
    for (code, place) in &reported {
        assert!(codes::find(code).is_some(), "{code} of {place} is not explained");
    }
    for known in codes::all() {
        assert!(reported.iter().any(|(code, _)| code == known.code), "{} is explained and never reported", known.code);
        let entries = explained.iter().filter(|(code, place)| code == known.code && !place.ends_with("codes.rs"));
        assert_eq!(entries.count(), 1, "{} is explained twice", known.code);
        assert!(!known.title.is_empty() && known.explanation.ends_with('.'));
    }
}
