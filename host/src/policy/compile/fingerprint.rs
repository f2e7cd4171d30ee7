//! What a plan is made of, as one digest: where it is the same, so is the plan, and nothing has to be compiled.

use sha2::{Digest, Sha256};

use super::Request;
use crate::policy::chain::chain;
use crate::policy::library::Library;

/// SHA-256 of everything that a plan is made of: the request, evidence and words of lists in it, the layers that hold, words and maps.
///
/// INVARIANT (nothing old in force): whatever [`compile`](super::compile()) reads is in it, places in files too, since messages name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// `None`: something is wrong, and only compiling tells what.
    pub fn of(library: &Library, request: &Request) -> Option<Self> {
        let mut problems = Vec::new();
        let layers = chain(library, request.policy, request.with, request.on, &mut problems);
        if library.damage.is_some() || !problems.is_empty() {
            return None;
        }
        let Request { policy, with, purpose, on, system, evidence, lists, exact, lenient } = request;
        let mut hash = Sha256::new();
        let mut part = |part: &[u8]| {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        };
        part(format!("{policy:?} {with:?} {purpose:?} {on} {system:?} {lenient}").as_bytes());
        part(format!("{evidence:?}").as_bytes());
        part(format!("{lists:?}").as_bytes());
        for (name, list) in exact.iter().flat_map(|exact| exact.iter()) {
            part(name.as_bytes());
            match list {
                Ok(list) => part(list.code()),
                Err(error) => part(format!("{error:?}").as_bytes()),
            }
        }
        part(if exact.is_some() { b"with exact lists" } else { b"" });
        for file in layers.iter().map(|layer| layer.id.span.file).chain(library.bundle.words()) {
            part(&file.0.to_le_bytes());
            part(library.bundle.name(file).as_bytes());
            part(&library.bundle.digest(file));
        }
        Some(Self(hash.finalize().into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::document::{Date, Decision, Evidence, FileId, Hold, Span, Spanned, Text, Told};
    use crate::policy::exact::{ExactError, ExactList, ExactLists, KEY_BYTES, Key, seal};
    use crate::policy::syntax::{self, Bundle};

    const FILES: [(&str, &str); 6] = [
        ("categories.toml", include_str!("../../../../policies/categories.toml")),
        ("treatments.toml", include_str!("../../../../policies/treatments.toml")),
        ("base/base.toml", "[policy]\nid = \"base\"\ntitle = \"T\"\nlayer = \"base\"\nrevision = 1\n"),
        ("tenants/t.toml", "[policy]\nid = \"t\"\ntitle = \"T\"\nlayer = \"tenant\"\nrevision = 1\n"),
        ("tenants/u.toml", "[policy]\nid = \"u\"\ntitle = \"T\"\nlayer = \"tenant\"\nrevision = 1\n"),
        ("t.evidence.toml", "[evidence]\nfor = \"t\"\nrevision = 1\n[system.mail]\n"),
    ];

    /// Of the tenant `t`, with something behind a file, on a day, for a system, with words and an exact list.
    fn of(behind: &str, on: Date, system: Option<&str>, words: &str, exact: Option<ExactError>) -> Fingerprint {
        let exact = exact.map(|error| [("list".to_owned(), Err(error))].into());
        with(behind, on, system, words, exact, |_| ())
    }

    /// The same, with evidence that was changed after it was read, so that nothing else of it says so.
    fn with(
        behind: &str,
        on: Date,
        system: Option<&str>,
        words: &str,
        exact: Option<ExactLists>,
        change: impl FnOnce(&mut Evidence),
    ) -> Fingerprint {
        let (mut bundle, mut last) = (Bundle::new(), FileId(0));
        for (name, text) in FILES {
            let more = if name == "t.evidence.toml" { "[system.more]\n" } else { "# more\n" };
            last = bundle.add(name, format!("{text}{}", if name == behind { more } else { "" }));
        }
        let lists = bundle.add_sealed("t.lists.toml", format!("[list.works]\nwords = [\"{words}\"]\n"));
        let (library, mut problems) = Library::read(bundle);
        assert!(library.damage.is_none(), "{problems:?}");
        let mut evidence = syntax::evidence(&library.bundle, last, &mut problems).unwrap_or_default();
        change(&mut evidence);
        let lists = syntax::lists(&library.bundle, lists, &mut problems).unwrap_or_default();
        let (evidence, lists, exact) = (&evidence, &lists, exact.as_ref());
        let request =
            Request { policy: "t", with: &[], purpose: "security", on, system, evidence, lists, exact, lenient: false };
        Fingerprint::of(&library, &request).expect("nothing is wrong")
    }

    /// LAW: it changes with everything that a plan is made of, and with nothing else.
    #[test]
    fn it_changes_with_what_a_plan_is_made_of_and_with_nothing_else() {
        let day = Date::constant(2026, 11, 21);
        let plain = of("", day, None, "council", None);
        assert_eq!(plain, of("", day, None, "council", None));
        assert_eq!(plain, of("tenants/u.toml", day, None, "council", None), "another tenant's file");
        let others = [
            of("categories.toml", day, None, "council", None),
            of("treatments.toml", day, None, "council", None),
            of("base/base.toml", day, None, "council", None),
            of("tenants/t.toml", day, None, "council", None),
            of("t.evidence.toml", day, None, "council", None),
            of("", Date::constant(2026, 11, 22), None, "council", None),
            of("", day, Some("mail"), "council", None),
            of("", day, None, "union", None),
            of("", day, None, "council", Some(ExactError::NoKey)),
            of("", day, None, "council", Some(ExactError::OtherKey)),
        ];
        for (number, other) in others.iter().enumerate() {
            assert!(*other != plain && others.iter().filter(|one| *one == other).count() == 1, "{number}");
        }
    }

    /// LAW: so it does with each part of the evidence alone: decisions, what people were told of, who signed, holds.
    #[test]
    fn it_changes_with_each_part_of_the_evidence_alone() {
        let day = Date::constant(2026, 11, 21);
        let text = |value: &str| -> Text {
            Spanned { value: value.to_owned(), span: Span { file: FileId(5), start: 0, end: 0 } }
        };
        let of = |change: &dyn Fn(&mut Evidence)| with("", day, None, "council", None, change);
        let decision = |wins: &str| Decision { name: text("d"), between: Vec::new(), wins: text(wins), until: None };
        let told = |on: Date| Told { name: text("n"), revision: text("t@2"), on, notices: None };
        let signed = |by: &str| Some([("evidence.gate".to_owned(), vec![by.to_owned()])].into());
        let hold = || Hold { name: text("h"), systems: Vec::new(), from: None, review_by: None };
        let all = [
            of(&|_| ()),
            of(&|evidence| evidence.decisions.push(decision("a.b"))),
            of(&|evidence| evidence.decisions.push(decision("c.d"))),
            of(&|evidence| evidence.told.push(told(day))),
            of(&|evidence| evidence.told.push(told(Date::constant(2026, 11, 22)))),
            of(&|evidence| evidence.signed = Some(Default::default())),
            of(&|evidence| evidence.signed = signed("works council")),
            of(&|evidence| evidence.signed = signed("somebody else")),
            of(&|evidence| evidence.holds.push(hold())),
        ];
        for (number, one) in all.iter().enumerate() {
            assert!(all.iter().filter(|other| *other == one).count() == 1, "{number}");
        }
    }

    /// LAW: and with what an exact list holds, whoever sealed it and whatever it is called.
    #[test]
    fn it_changes_with_what_an_exact_list_holds() {
        let of = |name: &str, values: &str, key: u8| {
            let key = Key::new(&[key; KEY_BYTES]);
            let list = ExactList::open(&seal(values.lines(), &key).file, key).expect("it was sealed just now");
            let exact = [(name.to_owned(), Ok(std::sync::Arc::new(list)))].into();
            with("", Date::constant(2026, 11, 21), None, "council", Some(exact), |_| ())
        };
        let plain = of("list", "Erika Mustermann", 1);
        assert_eq!(plain, of("list", "Erika Mustermann", 1));
        for other in [
            of("list", "Erika Musterfrau", 1),
            of("list", "Erika Mustermann\nHans Beispiel", 1),
            of("other", "Erika Mustermann", 1),
            of("list", "Erika Mustermann", 2),
        ] {
            assert_ne!(plain, other);
        }
    }
}
