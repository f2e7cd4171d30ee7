//! Findings in events that nobody has labelled, and false alarms among them.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use tamis_redact::Redact;

use crate::common::{lines, scan};

/// Values by the path they stand at.
pub(crate) type Leaves = BTreeMap<String, Vec<String>>;

/// Classes of entities and how many false alarms they may have in 1,000 events.
const CLASSES: [(&str, &[&str], f64); 4] = [
    ("national and financial", &["national.", "payment.", "health."], 1.0),
    ("phone", &["person.phone"], 1.0),
    ("secrets", &["secret."], 2.0),
    ("names", &["person.name", "person.user-path"], 5.0),
];

/// What was read by eye and is right: all that an entity finds in members of these names, in small letters. What stands nowhere
/// here is a false alarm until somebody has read it.
const READ: [(&str, &[&str]); 7] = [
    ("national.de.postcode", &["postalcode", "postcode"]),
    ("national.uk.postcode", &["streetaddress"]),
    (
        "person.phone",
        &["phone", "phone4", "phonenumber", "phone_number", "from_phone_number", "mobilenumber", "reason", "email"],
    ),
    (
        "person.name",
        &[
            "userdisplayname",
            "accountdisplayname",
            "displayname",
            "from_header_displayname",
            "firstname",
            "lastname",
            "first_name",
            "last_name",
            "first name",
            "last name",
            "name",
            "username",
            "user_name",
            "actor_user_name",
            "actor_name",
        ],
    ),
    (
        "person.user-path",
        &[
            "image",
            "imageloaded",
            "targetimage",
            "processname",
            "newprocessname",
            "message",
            "appid",
            "history_file",
            "directory",
            "full_path",
            "description",
            "syslogmessage",
            "commandline",
            "targetfilename",
        ],
    ),
    ("secret.aws", &["accesskeyid", "sessiontoken", "principalid", "assumedroleid"]),
    ("secret.google", &["oauthclientid"]),
];

/// Adds the strings and numbers of a value.
fn leaves(value: &Value, path: &mut String, into: &mut Leaves) {
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
        Value::String(text) => into.entry(path.clone()).or_default().push(text.clone()),
        Value::Number(number) => into.entry(path.clone()).or_default().push(number.to_string()),
        _ => {}
    }
}

/// The values of a file and how many events it has.
pub(crate) fn values(file: &Path) -> (usize, Leaves) {
    let rows = lines(file);
    let mut values = Leaves::new();
    rows.iter().for_each(|row| leaves(row, &mut String::new(), &mut values));
    (rows.len(), values)
}

/// The same of all files of a folder, in the order of their names.
pub(crate) fn corpus(folder: &Path) -> Vec<(usize, Leaves)> {
    let mut files: Vec<_> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "ndjson"));
    files.sort();
    files.iter().map(|file| values(file)).collect()
}

/// The words of a path in lower case, as the host gives them to plugins.
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
    words.retain(|word| word.len() > 1);
    words.dedup();
    words
}

/// Prints findings, and false alarms by class. `--show ENTITY` prints what it finds, `--show CLASS` the false alarms of a class.
pub(crate) fn corpora(folder: &Path, show: Option<&str>) {
    let names: Vec<_> = Redact::describe().entities.iter().map(|entity| entity.name).collect();
    let mut totals: BTreeMap<&str, u32> = BTreeMap::new();
    let mut alarms = [0; CLASSES.len()];
    let mut events = 0;
    for (rows, leaves) in corpus(folder) {
        events += rows;
        for (path, values) in &leaves {
            let settings = serde_json::json!({"fields": [{"find": names, "hints": words(path)}]}).to_string();
            let mut redact = Redact::configure(&settings, &[]).unwrap();
            for value in values {
                for finding in scan(&mut redact, value) {
                    let name = names[finding.entity as usize];
                    *totals.entry(name).or_default() += 1;
                    let alarm = alarm(name, path);
                    alarm.into_iter().for_each(|class| alarms[class] += 1);
                    if show == Some(name) || alarm.is_some_and(|class| show == Some(CLASSES[class].0)) {
                        let around =
                            value.get(finding.start.saturating_sub(30) as usize..finding.start as usize).unwrap_or("");
                        println!("{name} {path} …{around}⟦{}⟧", &value[finding.start as usize..finding.end as usize]);
                    }
                }
            }
        }
    }
    let per_thousand = |count: u32| f64::from(count) * 1000.0 / events as f64;
    println!("\n{}: findings in {events} events", folder.display());
    for (name, count) in totals {
        println!("{name:24} {count:6}   {:.1} per 1,000 events", per_thousand(count));
    }
    println!("\n{}: false alarms per 1,000 events", folder.display());
    for ((class, _, goal), count) in CLASSES.iter().zip(alarms) {
        println!("{class:24} {count:6}   {:.2} (goal {goal})", per_thousand(count));
    }
}

/// The class of an entity of which a finding there is a false alarm.
fn alarm(entity: &str, path: &str) -> Option<usize> {
    let key = path.rsplit('.').next().unwrap_or("").to_lowercase();
    let is_read = READ.iter().any(|(of, keys)| entity.starts_with(of) && keys.contains(&key.as_str()));
    let class = CLASSES.iter().position(|(_, of, _)| of.iter().any(|of| entity.starts_with(of)));
    class.filter(|_| !is_read)
}
