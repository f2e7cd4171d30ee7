//! What people are called, and the folders of their accounts.

use super::{Class, Kind, Wrong, marked};
use crate::near;
use crate::random::Random;

#[rustfmt::skip]
pub(super) const KINDS: &[Kind] = &[
    Kind {
        entity: "person.name",
        class: Class::Name,
        make: name,
        forms: &[""],
        wrong: Wrong::Else(near::like_name),
        labels: &[("*", "name")],
        keys: &["displayName"],
    },
    Kind {
        entity: "person.user-path",
        class: Class::Number,
        make: path,
        forms: &[""],
        wrong: Wrong::Else(near::like_user_path),
        labels: &[("en", "path"), ("en", "working directory"), ("de", "Pfad"), ("de", "Ordner"), ("fr", "chemin"), ("fr", "dossier"), ("es", "ruta"), ("es", "carpeta"), ("it", "percorso"), ("it", "cartella")],
        keys: &["path", "cwd", "file", "image", "target"],
    },
];

const FIRST: [&str; 14] = [
    "Anna", "Bernd", "Chloé", "Diego", "Elena", "Franco", "Greta", "Hugo", "Inès", "Łukasz", "Sinéad", "Jean-Luc",
    "Åsa", "Mary Ann",
];
const LAST: [&str; 14] = [
    "Meier",
    "Schulz",
    "Martin",
    "García",
    "Rossi",
    "Novák",
    "O'Neil",
    "Smith-Jones",
    "van der Berg",
    "López",
    "de la Cruz",
    "McDonald",
    "Öztürk",
    "MÜLLER",
];

fn name(random: &mut Random) -> String {
    let (first, last) = (random.pick(&FIRST), random.pick(&LAST));
    match random.below(8) {
        0 => first.to_string(),
        1 => format!("{first} {}. {last}", random.pick(&["A", "J", "M"])),
        2 => format!("{first} {} {last}", random.pick(&["Maria", "Paul", "Lee"])),
        _ => format!("{first} {last}"),
    }
}

/// The label covers the account alone.
fn path(random: &mut Random) -> String {
    let first = random.pick(&["anna", "bernd", "chloe", "diego", "elena", "franco"]);
    let last = random.pick(&["meier", "schulz", "martin", "garcia", "rossi", "oneil"]);
    let account = match random.below(5) {
        0 => format!("{first}.{last}"),
        1 => format!("{}{last}", &first[..1]),
        2 => format!("{first}_{last}{}", random.below(10)),
        3 => format!("{}{}", last.to_uppercase(), random.digits(2)),
        _ => first.to_string(),
    };
    let site = marked(&format!("{first}_{last}_contoso_{}", random.pick(&["com", "onmicrosoft_com"])));
    let account = marked(&account);
    let file = random.pick(&["notes.txt", "plan.docx", "export.csv"]);
    match random.below(9) {
        0 => format!("C:\\Users\\{account}\\Documents\\{file}"),
        1 => format!("D:\\Users\\{account}\\AppData\\Local\\Temp\\{file}"),
        2 => format!("/home/{account}/{file}"),
        3 => format!("/home/{account}"),
        4 => format!("/Users/{account}/Library/{file}"),
        5 => format!("C:\\Documents and Settings\\{account}\\Desktop\\{file}"),
        6 => format!("\\\\files01\\home$\\{account}\\{file}"),
        7 => format!("file:///C:/Users/{account}/{file}"),
        _ => format!("https://contoso-my.sharepoint.com/personal/{site}/Documents/{file}"),
    }
}
