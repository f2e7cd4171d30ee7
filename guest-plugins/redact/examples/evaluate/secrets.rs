//! Secrets: by provider, and in lines of source code.

use std::path::Path;

use crate::common::{Counts, all, count, lines, plain, scan, share, table, truth};
use crate::names::{PROVIDERS, RULES_OF_NO_PROVIDER};

/// What the names of the entities of a rule begin with.
fn provider(rule: &str, names: &[&'static str]) -> Option<String> {
    let listed = PROVIDERS.iter().filter(|(prefix, _)| rule.starts_with(prefix)).max_by_key(|(prefix, _)| prefix.len());
    if let Some((_, name)) = listed {
        return Some(format!("secret.{name}"));
    }
    let first = |name: &&'static str| name.strip_prefix("secret.")?.split('.').next();
    let provider = names.iter().filter_map(first).filter(|provider| rule.starts_with(provider));
    provider.max_by_key(|provider| provider.len()).map(|provider| format!("secret.{provider}"))
}

/// Samples of rules, everything on.
pub(crate) fn rules(file: &Path, show: Option<&str>) {
    let (mut redact, names) = all();
    let mut counts = [Counts::new(), Counts::new(), Counts::new()];
    let mut foreign = Counts::new();
    for row in &lines(file) {
        let (rule, text) = (row["rule"].as_str().unwrap(), row["text"].as_str().unwrap());
        let positive = row["expected"].as_bool().unwrap();
        let provider = provider(rule, &names).filter(|_| !RULES_OF_NO_PROVIDER.contains(&rule));
        let Some(provider) = provider else {
            count(&mut foreign, rule, true);
            continue;
        };
        let belongs =
            |name: &str| name.strip_prefix(&*provider).is_some_and(|rest| matches!(rest.as_bytes(), [] | [b'.', ..]));
        let found = scan(&mut redact, text);
        let found: Vec<_> = found.iter().filter(|one| belongs(names[one.entity as usize])).collect();
        let at = |side: usize| row["regex_match_span"][side].as_u64().map(|at| crate::common::byte(text, at));
        let (start, end) = (at(0).unwrap_or(0), at(1).unwrap_or(u32::MAX));
        let hit = if positive { found.iter().any(|one| one.start < end && start < one.end) } else { !found.is_empty() };
        let kind = usize::from(row["origin"] == "generated");
        count(&mut counts[if positive { kind } else { 2 }], rule, hit == positive);
        if hit != positive && (show == Some(rule) || show == Some("all")) {
            println!("{rule} ({provider}) {} {text:?}", if hit { "wrong " } else { "missed" });
        }
    }
    let name = file.file_name().unwrap().to_string_lossy();
    table(&format!("{name}, literal"), &counts[0], 0.90);
    table(&format!("{name}, generated"), &counts[1], 0.97);
    table(&format!("{name}, negatives"), &counts[2], 0.90);
    println!("  rules of no provider: {foreign:?}");
}

/// Lines of source code: secrets found, clean lines with findings.
pub(crate) fn source_lines(file: &Path, show: Option<&str>) {
    let (_, names) = all();
    let mut redact = plain(&["secret"]);
    let mut counts = Counts::new();
    let (mut clean, mut alarms) = (0, 0);
    for row in &lines(file) {
        let text = row["text"].as_str().unwrap();
        let found = scan(&mut redact, text);
        if row["label"] == "clean" && text.trim().len() >= 8 {
            clean += 1;
            alarms += u32::from(!found.is_empty());
            for one in found.iter().filter(|_| matches!(show, Some("clean" | "all"))) {
                println!(
                    "clean: {} {:?} in {text:?}",
                    names[one.entity as usize],
                    &text[one.start as usize..one.end as usize]
                );
            }
        }
        if row["label"] != "secret" {
            continue;
        }
        for (span, (start, end)) in row["spans"].as_array().into_iter().flatten().zip(truth(row, "spans", text)) {
            let rule = span["rule"].as_str().unwrap();
            // A line out of a key's body is nothing a line alone can tell.
            if rule == "PEM Private Key" && !text.contains("BEGIN") {
                continue;
            }
            // The label is a value's text, the span its first place: `account:x password:x`.
            let value = &text[start as usize..end as usize];
            let meets = |start: u32, end: u32| found.iter().any(|one| one.start < end && start < one.end);
            let hit = text.match_indices(value).any(|(at, _)| meets(at as u32, (at + value.len()) as u32));
            count(&mut counts, rule, hit);
            if !hit && (show == Some(rule) || show == Some("all")) {
                println!("{rule} missed {value:?} in {text:?}");
            }
        }
    }
    table(&format!("{}, secrets", file.file_name().unwrap().to_string_lossy()), &counts, 0.80);
    println!("  clean lines with a finding: {alarms} of {clean}, {} (goal 0.03)", share(alarms, clean));
}
