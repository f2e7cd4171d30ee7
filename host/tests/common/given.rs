//! What the tests of shipped policies are given: laws about every map and pack run over it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use tamis::policy::document::{Evidence, SecretLists};
use tamis::policy::syntax::{self, Bundle};
use tamis::policy::test_file::Subject;
use tamis::policy::{Library, Plan, Request, compile};

use super::repository;

/// Every leaf by its path. JSON in a string stands for itself, and its leaves are told as well.
fn flat(value: &Value, path: &str, into: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (key, value) in members {
                flat(value, &if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, into);
            }
        }
        Value::Array(elements) if !elements.is_empty() => {
            elements.iter().enumerate().for_each(|(at, value)| flat(value, &format!("{path}[{at}]"), into));
        }
        leaf => {
            into.insert(path.to_owned(), leaf.clone());
            if let Value::String(text) = leaf
                && let Ok(inner @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(text)
            {
                flat(&inner, path, into);
            }
        }
    }
}

pub(crate) fn leaves(text: &str) -> BTreeMap<String, Value> {
    let mut leaves = BTreeMap::new();
    flat(&serde_json::from_str(text).unwrap(), "", &mut leaves);
    leaves
}

/// A test of a policy: its plan, its event, and words that may leave in no form.
pub(crate) struct Given {
    pub(crate) name: String,
    pub(crate) plan: Arc<Plan>,
    pub(crate) map: Option<usize>,
    pub(crate) event: String,
    pub(crate) nowhere: Vec<String>,
}

fn tests_below(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests_below(&path, into);
        } else if path.to_string_lossy().ends_with(".test.toml") {
            into.push(path);
        }
    }
}

/// Everything that the tests of shipped policies are given and that leads to a plan.
pub(crate) fn given() -> Vec<Given> {
    let library = shipped();
    let mut files = Vec::new();
    tests_below(&repository().join("policies"), &mut files);
    files.sort();
    let mut all = Vec::new();
    for path in files {
        let mut bundle = Bundle::new();
        let file = bundle.add(path.display().to_string(), std::fs::read_to_string(&path).unwrap());
        let tests = syntax::test_file(&bundle, file, &mut Vec::new()).unwrap();
        for test in &tests.tests {
            let (given, Subject::Event(event)) = (tests.given(test), &test.subject) else { continue };
            let evidence = given.evidence_file.as_ref().map(|name| evidence(&path.with_file_name(&name.value)));
            let evidence = tests.evidence(test, evidence);
            let lists = SecretLists { lists: given.lists.clone() };
            let ids: Vec<_> = given.policy.iter().map(|text| text.value.as_str()).collect();
            let request = Request {
                policy: ids[0],
                with: &ids[1..],
                purpose: given.purpose.as_ref().map_or("security", |purpose| &purpose.value),
                on: given.on.as_ref().map_or(super::DAY, |on| on.value),
                system: given.system.as_ref().map(|system| system.name.value.as_str()),
                evidence: &evidence,
                lists: &lists,
                exact: None,
                lenient: true,
            };
            let Ok((plan, _)) = compile(&library, &request) else { continue };
            all.push(Given {
                name: format!("{}: {}", path.display(), test.name.value),
                plan: Arc::new(plan),
                map: given.schema.as_ref().map(|id| library.maps.find(id).unwrap()),
                event: event.value.clone(),
                nowhere: test.nowhere.iter().map(|text| text.value.to_lowercase()).collect(),
            });
        }
    }
    all
}

/// Holds a law against every event of a folder of real ones, which `TAMIS_CORPORA` names, under plans of two tenants that ship. What is
/// wrong is told by file and path, once; how many events were looked at is printed.
#[allow(dead_code, reason = "not every test looks at real events")]
#[allow(clippy::print_stdout, reason = "a measurement is printed")]
pub(crate) fn every_real_event(mut holds: impl FnMut(&Arc<Plan>, &str) -> Result<(), String>) {
    let folder = std::env::var("TAMIS_CORPORA").expect("TAMIS_CORPORA names a folder of *.ndjson");
    let plans: BTreeMap<String, Arc<Plan>> = given()
        .into_iter()
        .filter(|given| ["example-de", "example-us-hospital"].contains(&given.plan.scope.policy.as_str()))
        .filter(|given| given.plan.scope.purpose == "security")
        .map(|given| (given.plan.scope.policy.clone(), given.plan))
        .collect();
    assert_eq!(plans.len(), 2);
    let (mut events, mut no_json, mut wrong) = (0, 0, BTreeMap::<String, usize>::new());
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.ends_with(".ndjson") {
            continue;
        }
        for line in std::fs::read_to_string(&path).unwrap().lines() {
            if serde_json::from_str::<Value>(line).is_err() {
                no_json += 1;
                continue;
            }
            for (tenant, plan) in &plans {
                events += 1;
                if let Err(why) = holds(plan, line) {
                    *wrong.entry(format!("{name} under {tenant}: {why}")).or_default() += 1;
                }
            }
        }
    }
    println!("{events} events under a plan each, {no_json} lines that are no JSON");
    assert!(events > 0 && wrong.is_empty(), "{wrong:#?}");
}

fn evidence(path: &Path) -> Evidence {
    let mut bundle = Bundle::new();
    let file = bundle.add(path.display().to_string(), std::fs::read_to_string(path).unwrap());
    syntax::evidence(&bundle, file, &mut Vec::new()).unwrap()
}

pub(crate) fn shipped() -> Arc<Library> {
    let folder = tamis::edge::policies::folder(&repository().join("policies/tenants/example-de.toml")).unwrap();
    Arc::new(Library::parse(folder.bundle).unwrap_or_else(|_| panic!("shipped policies are right")).0)
}
