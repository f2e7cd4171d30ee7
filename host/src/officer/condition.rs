//! Conditions in words.

use crate::policy::Library;
use crate::policy::document::{Role, Text, When};
use crate::policy::family_has;

use super::phrase::{Lang, Phrase};

/// Each part of a condition as a clause; all have to hold. Empty: it always holds.
pub fn clauses(when: &When, fact: Option<&str>, library: &Library, lang: Lang) -> Vec<String> {
    let mut clauses = Vec::new();
    let names = |texts: &[Text]| texts.iter().map(|t| t.value.clone()).collect::<Vec<_>>().join(", ");
    clauses.extend(fact.map(|fact| Phrase::WhenFact.with(lang, &[fact])));
    if !when.kind.is_empty() {
        let kinds: Vec<_> = when.kind.iter().map(|kind| kind_in_words(kind, library, lang)).collect();
        clauses.push(Phrase::WhenKind.with(lang, &[&kinds.join(Phrase::Or.text(lang))]));
    }
    for (texts, phrase) in
        [(&when.system, Phrase::WhenSystem), (&when.purpose, Phrase::WhenPurpose), (&when.listed, Phrase::WhenListed)]
    {
        clauses.extend((!texts.is_empty()).then(|| phrase.with(lang, &[&names(texts)])));
    }
    if !when.role.is_empty() {
        let roles: Vec<_> = when.role.iter().filter_map(|role| self::role(role.value, lang)).collect();
        clauses.push(Phrase::WhenRole.with(lang, &[&roles.join(Phrase::Or.text(lang))]));
    }
    let yes_or_no = [
        (when.attributable.as_ref(), Phrase::WhenAttributable, Phrase::WhenNotAttributable),
        (when.outside_hours.as_ref(), Phrase::WhenOutside, Phrase::WhenInside),
    ];
    for (said, yes, no) in yes_or_no {
        clauses.extend(said.map(|said| if said.value { yes } else { no }.text(lang).to_owned()));
    }
    for (tests, phrase) in [(&when.equals, Phrase::WhenEquals), (&when.matches, Phrase::WhenMatches)] {
        let clause = |(category, values): &(Text, Vec<String>)| phrase.with(lang, &[category, &values.join(", ")]);
        clauses.extend(tests.iter().map(clause));
    }
    clauses
}

/// Whose a value is; `None`: nobody's in particular.
pub fn role(role: Role, lang: Lang) -> Option<&'static str> {
    Some(match role {
        Role::None => return None,
        Role::Actor => Phrase::RoleActor.text(lang),
        Role::Owner => Phrase::RoleOwner.text(lang),
        Role::Target => Phrase::RoleTarget.text(lang),
    })
}

/// `mail.*` with the title of its kinds' only member, or as it is written.
fn kind_in_words(kind: &str, library: &Library, lang: Lang) -> String {
    let mut titles = library.categories.kinds.iter().filter(|(name, _)| family_has(kind, name));
    match (titles.next(), titles.next()) {
        (Some((name, title)), None) => {
            format!("{} ({kind})", library.categories.title_in(lang.code(), name).unwrap_or(&title.value))
        }
        _ => kind.to_owned(),
    }
}
