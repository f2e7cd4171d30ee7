//! Findings in events that nobody has labelled.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use tamis_redact::Redact;

use crate::common::{lines, scan};

/// Values by the path they stand at; hints are the path's words.
pub(crate) fn leaves<'v>(
    value: &'v Value,
    path: &mut String,
    into: &mut BTreeMap<String, Vec<std::borrow::Cow<'v, str>>>,
) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                let length = path.len();
                path.push('.');
                path.push_str(key);
                leaves(member, path, into);
                path.truncate(length);
            }
        }
        Value::Array(elements) => elements.iter().for_each(|element| leaves(element, path, into)),
        Value::String(text) => into.entry(path.clone()).or_default().push(text.into()),
        Value::Number(number) => into.entry(path.clone()).or_default().push(number.to_string().into()),
        _ => {}
    }
}

/// The words of a path in lower case.
pub(crate) fn words(path: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut small = false;
    for c in path.chars() {
        if !c.is_alphanumeric() || c.is_uppercase() && small {
            words.push(String::new());
        }
        small = c.is_lowercase();
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

pub(crate) fn corpora(folder: &Path, show: Option<&str>) {
    let names: Vec<_> = Redact::describe().entities.iter().map(|entity| entity.name).collect();
    let mut files: Vec<_> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "ndjson"));
    files.sort();
    let mut totals: BTreeMap<&str, u32> = BTreeMap::new();
    let mut events = 0;
    for file in &files {
        let rows = lines(file);
        events += rows.len();
        let mut values = BTreeMap::new();
        rows.iter().for_each(|row| leaves(row, &mut String::new(), &mut values));
        for (path, values) in &values {
            let settings = serde_json::json!({"fields": [{"find": names, "hints": words(path)}]}).to_string();
            let mut redact = Redact::configure(&settings, &[]).unwrap();
            for value in values {
                for finding in scan(&mut redact, value) {
                    let name = names[finding.entity as usize];
                    *totals.entry(name).or_default() += 1;
                    if show == Some(name) {
                        let around =
                            value.get(finding.start.saturating_sub(30) as usize..finding.start as usize).unwrap_or("");
                        println!("{path} …{around}⟦{}⟧", &value[finding.start as usize..finding.end as usize]);
                    }
                }
            }
        }
    }
    println!("\n{}: findings in {events} events", folder.display());
    for (name, count) in totals {
        println!("{name:24} {count:6}   {:.1} per 1,000 events", f64::from(count) * 1000.0 / events as f64);
    }
}
