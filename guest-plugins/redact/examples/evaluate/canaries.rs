//! Known personal values in events: how many of their occurrences some finding covers.

use std::path::Path;

use tamis_redact::Redact;

use crate::common::{Counts, count, scan};
use crate::corpora::{values, words};

/// How files are called of which the publishers have exchanged the letters of names.
const SCRAMBLED: &str = "_msticnb";

/// Reads `FOLDER/canaries/NAME.tsv`: class, value, how often. `--show CLASS` prints occurrences that nothing covers.
pub(crate) fn canaries(folder: &Path, show: Option<&str>) {
    let names: Vec<_> = Redact::describe().entities.iter().map(|entity| entity.name).collect();
    let (mut by_class, mut by_file) = (Counts::new(), Counts::new());
    let files = std::fs::read_dir(folder.join("canaries")).into_iter().flatten().flatten().map(|entry| entry.path());
    for file in files.filter(|file| file.extension().is_some_and(|extension| extension == "tsv")) {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let table = std::fs::read_to_string(&file).unwrap();
        let known: Vec<(&str, &str)> = table
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once('\t').and_then(|(class, rest)| Some((class, rest.split('\t').next()?))))
            .filter(|(class, value)| {
                matches!(*class, "email" | "ip" | "sid" | "phone" | "path_user" | "name") && value.len() > 2
            })
            .collect();
        let (_, values) = values(&folder.join(&stem).with_extension("ndjson"));
        for (path, texts) in &values {
            let settings = serde_json::json!({"fields": [{"find": names, "hints": words(path)}]}).to_string();
            let mut redact = Redact::configure(&settings, &[]).unwrap();
            for text in texts {
                let mut found = None;
                for (class, value) in &known {
                    for at in occurrences(class, value, text) {
                        let found = found.get_or_insert_with(|| scan(&mut redact, text));
                        let covers = found.iter().any(|f| f.start as usize <= at && at + value.len() <= f.end as usize);
                        count(&mut by_class, class, covers);
                        if *class == "name" && !stem.ends_with(SCRAMBLED) {
                            count(&mut by_class, "name, not scrambled", covers);
                        }
                        count(&mut by_file, &format!("{class} in {stem}"), covers);
                        if !covers && show == Some(class) {
                            println!(
                                "{stem} {path} {class} ⟦{value}⟧ in {:?}",
                                text.chars().take(120).collect::<String>()
                            );
                        }
                    }
                }
            }
        }
    }
    println!("\n{}: occurrences of known values that are covered", folder.display());
    for (what, (right, all)) in by_class.iter().chain(&by_file) {
        println!("{what:44} {right:6} of {all:6}   {:.3}", f64::from(*right) / f64::from(*all));
    }
}

/// Where a value stands for itself; the user of a path, in the folder of all users.
fn occurrences<'t>(class: &'t str, value: &'t str, text: &'t str) -> impl Iterator<Item = usize> + 't {
    text.match_indices(value).map(|(at, _)| at).filter(move |at| {
        let (ahead, next) = (&text[..*at], text[at + value.len()..].chars().next());
        let apart = !ahead.ends_with(char::is_alphanumeric) && !next.is_some_and(char::is_alphanumeric);
        let folder = ahead.trim_end_matches(['/', '\\']);
        let home = ["users", "home", "settings"].iter().any(|home| folder.to_lowercase().ends_with(home));
        // Repositories and algorithms of SSH are written like addresses.
        let remote = value == "git@github.com" && next == Some(':') || value.ends_with("@lysator.liu.se");
        apart && !remote && (class != "path_user" || home && folder != ahead)
    })
}
