//! The fixed phrases of reports. Texts of policies stay as they are written.

use crate::policy::Standing;

/// A language of reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// German.
    De,
    /// Spanish; notices only.
    Es,
    /// French; notices only.
    Fr,
    /// Italian; notices only.
    It,
}

impl Lang {
    /// Every language.
    pub const ALL: [Lang; 5] = [Lang::En, Lang::De, Lang::Es, Lang::Fr, Lang::It];

    /// ISO 639-1.
    pub fn code(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::De => "de",
            Lang::Es => "es",
            Lang::Fr => "fr",
            Lang::It => "it",
        }
    }
}

macro_rules! phrases {
    ($($name:ident: $en:literal, $de:literal $(, $es:literal, $fr:literal, $it:literal)?;)+) => {
        /// A fixed phrase; `{}` stands for what [`Phrase::with`] is given.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs)]
        pub enum Phrase { $($name),+ }

        impl Phrase {
            /// Every phrase.
            pub const ALL: &'static [Phrase] = &[$(Phrase::$name),+];

            /// The phrase in English, German, and where notices use it in Spanish, French and Italian.
            fn texts(self) -> &'static [&'static str] {
                match self { $(Phrase::$name => &[$en, $de $(, $es, $fr, $it)?],)+ }
            }
        }
    };
}

/// Who stands behind an entry of evidence.
pub fn standing(standing: &Standing, lang: Lang) -> String {
    match standing {
        Standing::Signed(officers) => Phrase::SignedBy.with(lang, &[&officers.join(", ")]),
        Standing::Stated(Some(who)) => Phrase::StatedBy.with(lang, &[who]),
        Standing::Stated(None) => Phrase::StatedByNobody.text(lang).to_owned(),
    }
}

phrases! {
    SignedBy: "signed by {}", "unterschrieben von {}", "firmado por {}", "signé par {}", "firmato da {}";
    StatedBy: "stated by {}", "angegeben von {}", "declarado por {}", "indiqué par {}", "indicato da {}";
    StatedByNobody: "stated, nobody says by whom", "angegeben, niemand sagt von wem", "declarado, nadie dice por quién", "indiqué, nul ne dit par qui", "indicato, nessuno dice da chi";
    Evidence: "evidence", "Nachweise";
    Title: "What Tamis does and why", "Was Tamis tut, und warum";
    Policy: "policy", "Regelwerk";
    Revision: "revision", "Revision";
    Purpose: "purpose", "Zweck";
    OnDay: "on", "Stichtag";
    RulesDigest: "digest of the rules", "Prüfsumme der Regeln";
    Defaults: "Engineering defaults, not legal advice.", "Technische Voreinstellungen, keine Rechtsberatung.", "Valores técnicos por defecto, no asesoramiento jurídico.", "Valeurs techniques par défaut, pas un avis juridique.", "Impostazioni tecniche predefinite, non consulenza legale.";
    Event: "event", "Ereignis";
    Field: "field", "Feld";
    WhatItIs: "what it is", "was es ist";
    Outcome: "what became of it", "was daraus wurde";
    Why: "why", "warum";
    By: "by", "durch";
    Law: "law", "Recht";
    When: "when", "wenn", "cuando", "quand", "quando";
    Category: "category", "Kategorie";
    Layer: "layer", "Ebene";
    Rule: "rule", "Regel";
    Together: "together", "zusammen";
    Plugin: "plugin", "Plugin";
    Before: "before", "vorher";
    After: "after", "nachher";
    Retention: "how long the store is asked to keep it", "wie lange der Speicher es behalten soll";
    AtMost: "at most {}", "höchstens {}", "como máximo {}", "au plus {}", "al massimo {}";
    AtLeast: "at least {}", "mindestens {}", "al menos {}", "au moins {}", "almeno {}";
    AtHand: "at hand for {}", "griffbereit für {}", "a mano durante {}", "à portée de main pendant {}", "a portata di mano per {}";
    NoLimit: "no limit is asked for", "keine Frist verlangt";
    Passed: "the event leaves", "das Ereignis geht weiter";
    Suppressed: "the event is withheld and counted", "das Ereignis wird zurückgehalten und gezählt";
    Quarantined: "the event is quarantined: {}", "das Ereignis kommt in Quarantäne: {}";
    Stopped: "the route stops at the event", "die Strecke hält bei diesem Ereignis an";
    Kept: "leaves as it came", "geht weiter, wie es kam";
    Changed: "leaves changed: {}", "geht verändert weiter: {}";
    Gone: "does not leave", "geht nicht weiter";
    MoreAtTimes: "{}; where a condition below holds, more is done", "{}; wo eine Bedingung unten zutrifft, geschieht mehr";
    LessAtTimes: "{}; where a condition below holds, it stays visible or reversible", "{}; wo eine Bedingung unten zutrifft, bleibt es sichtbar oder auflösbar";
    Forbidden: "must not be collected: does not leave, and is counted", "darf nicht erhoben werden: geht nicht weiter, wird gezählt";
    Unclassified: "nobody classifies it", "niemand ordnet es ein";
    Undecided: "no base decides this category: its values do not leave", "keine Grundlage entscheidet über diese Kategorie: ihre Werte gehen nicht weiter";
    NotRecognised: "no schema map recognises the event", "keine Schemakarte erkennt das Ereignis";
    ByEvent: "the whole event does not leave", "das ganze Ereignis geht nicht weiter";
    ByKey: "its key, or what is around it, does not leave", "sein Schlüssel, oder was es umgibt, geht nicht weiter";
    ByGuard: "the guard stopped it, or a word of a sealed list stood in it", "die Wache hielt es an, oder ein Wort einer versiegelten Liste stand darin";
    ByFailure: "a step could not treat it: the failure rule holds ({})", "ein Schritt konnte es nicht behandeln: die Ausfallregel gilt ({})";
    NothingToTreat: "nothing in it was to be treated", "nichts darin war zu behandeln";
    Code: "a code", "ein Code";
    EscrowCode: "a code that named persons can reverse together", "ein Code, den benannte Personen gemeinsam auflösen können";
    RandomCode: "a random code", "ein zufälliger Code";
    Coarser: "coarser: {}", "vergröbert: {}";
    Hidden: "hidden whole", "ganz verdeckt";
    HiddenInside: "what is found inside is hidden ({})", "was darin gefunden wird, ist verdeckt ({})";
    Masked: "partly hidden", "teilweise verdeckt";
    Cut: "cut to {} characters", "auf {} Zeichen gekürzt";
    Constant: "a constant in its place", "eine feste Angabe an seiner Stelle";
    Rewritten: "rewritten by a plugin", "durch ein Plugin umgeschrieben";
    AnswerHidden: "what a vendor's plugin finds is hidden", "was das Plugin eines Anbieters findet, ist verdeckt";
    Key: "key", "Schlüssel";
    Text: "text that is looked inside", "Text, in den hineingesehen wird";
    PartOf: "part of the text", "Teil des Textes";
    RoleActor: "of whoever acts", "dessen, der handelt", "de quien actúa", "de qui agit", "di chi agisce";
    RoleOwner: "of the owner", "des Inhabers", "del titular", "du titulaire", "del titolare";
    RoleTarget: "of whom it is about", "dessen, um den es geht", "de a quien se refiere", "de qui est concerné", "di chi è interessato";
    Always: "always", "immer";
    WhenFact: "the answer to `{}` makes it hold", "die Antwort auf „{}“ lässt es gelten", "la respuesta a «{}» hace que se aplique", "la réponse à « {} » fait qu'il s'applique", "la risposta a «{}» lo fa valere";
    WhenKind: "the event is: {}", "das Ereignis ist: {}", "el evento es: {}", "l'événement est : {}", "l'evento è: {}";
    WhenSystem: "the system is or has the tag: {}", "das System ist oder trägt die Marke: {}", "el sistema es o lleva la etiqueta: {}", "le système est ou porte l'étiquette : {}", "il sistema è o porta l'etichetta: {}";
    WhenPurpose: "the purpose is: {}", "der Zweck ist: {}", "el fin es: {}", "la finalité est : {}", "la finalità è: {}";
    WhenRole: "the value is {}", "der Wert ist {}", "el valor es {}", "la valeur est {}", "il valore è {}";
    WhenAttributable: "events of the system must stay attributable", "Ereignisse des Systems müssen zuzuordnen bleiben", "los eventos del sistema deben seguir siendo atribuibles", "les événements du système doivent rester attribuables", "gli eventi del sistema devono restare attribuibili";
    WhenNotAttributable: "events of the system need not stay attributable", "Ereignisse des Systems müssen nicht zuzuordnen bleiben", "los eventos del sistema no tienen que ser atribuibles", "les événements du système n'ont pas à rester attribuables", "gli eventi del sistema non devono restare attribuibili";
    WhenOutside: "it happened outside working hours", "es geschah außerhalb der Arbeitszeit", "ocurrió fuera del horario de trabajo", "cela s'est passé hors des heures de travail", "è successo fuori dall'orario di lavoro";
    WhenInside: "it happened in working hours", "es geschah in der Arbeitszeit", "ocurrió en el horario de trabajo", "cela s'est passé pendant les heures de travail", "è successo nell'orario di lavoro";
    WhenListed: "a word of the list stands in it: {}", "ein Wort der Liste steht darin: {}", "contiene una palabra de la lista: {}", "un mot de la liste s'y trouve : {}", "vi si trova una parola dell'elenco: {}";
    WhenEquals: "{} is one of: {}", "{} ist eines von: {}", "{} es uno de: {}", "{} est l'un de : {}", "{} è uno tra: {}";
    WhenMatches: "{} fits one of: {}", "{} passt auf eines von: {}", "{} coincide con uno de: {}", "{} correspond à l'un de : {}", "{} corrisponde a uno tra: {}";
    Or: " or ", " oder ", " o ", " ou ", " o ";
    And: " and ", " und ", " y ", " et ", " e ";
    Sure: "sure: {}", "Sicherheit: {}", "seguridad: {}", "certitude : {}", "sicurezza: {}";
    Seen: "seen: {}", "gesehen: {}", "visto: {}", "vu : {}", "visto: {}";
    NotBefore: "holds from {}", "gilt ab {}";
    Withholds: "withholds the event", "hält das Ereignis zurück";
    Shows: "has to stay visible or reversible", "muss sichtbar oder auflösbar bleiben";
    JoinsPlugin: "a vendor's plugin joins", "ein Plugin eines Anbieters kommt hinzu";
    WhatAlwaysHappens: "whatever the event is", "bei jedem Ereignis", "sea cual sea el evento", "quel que soit l'événement", "qualunque sia l'evento";
    Closed: "closed: nothing flows for this purpose", "geschlossen: für diesen Zweck fließt nichts";
    ClosedGate: "closed: {}", "geschlossen: {}";
    ToOpen: "to open it: {}", "um zu öffnen: {}";
    NotAllowed: "the purpose is not allowed", "der Zweck ist nicht erlaubt";
    Withheld: "events that are withheld", "Ereignisse, die zurückgehalten werden";
    Detector: "found by", "gefunden durch";
    Host: "Tamis itself", "Tamis selbst";
    Masks: "values are masked; `--show-values` shows them", "Werte sind verdeckt; `--show-values` zeigt sie";
    Identity: "points to a person: {}", "verweist auf eine Person: {}";
    Alone: "alone", "allein";
    WithOthers: "together with others", "zusammen mit anderen";
    No: "no", "nein";
    Changes: "What it changes against what it inherits", "Was es an dem ändert, was es übernimmt";
    ComparisonTitle: "What is wider, narrower or otherwise different", "Was weiter, enger oder anders ist";
    Wider: "WIDER", "WEITER";
    Unclear: "PERHAPS WIDER", "VIELLEICHT WEITER";
    Narrower: "narrower", "enger";
    Otherwise: "otherwise", "anders";
    SomeWider: "something is wider, or may be", "etwas ist weiter, oder kann es sein";
    NothingWider: "nothing is wider", "nichts ist weiter";
    Same: "{} categories are treated as before", "{} Kategorien werden behandelt wie zuvor";
    NothingAsStrict: "nothing as strict", "nichts ebenso Strenges";
    NoFloor: "nothing has to stay visible", "nichts muss sichtbar bleiben";
    Nothing: "nothing", "nichts";
    Allowed: "the purpose is allowed", "der Zweck ist erlaubt";
    Open: "open", "offen";
    On: "on", "an";
    Off: "off", "aus";
    Words: "{} words", "{} Wörter";
    WordsChanged: "{} words: {} more, {} gone", "{} Wörter: {} neue, {} entfallen";
    PluginOtherwise: "{}; of the plugin {} is otherwise: {}", "{}; am Plugin {} ist anders: {}";
    FindsOtherwise: "found otherwise", "anders gefunden";
    CodesAgree: "equal values get equal codes", "gleiche Werte bekommen gleiche Codes";
    CodesDiffer: "equal values get different codes", "gleiche Werte bekommen verschiedene Codes";
    MapOtherwise: "it says otherwise what an event is, or what stands inside a value: see a sample", "sie sagt anders, was ein Ereignis ist, oder was in einem Wert steht: siehe Stichprobe";
    Gate: "gate", "Tor";
    Fact: "question", "Frage";
    RetentionOf: "retention", "Aufbewahrung";
    FailureOf: "what could not be treated:", "was nicht zu behandeln war:";
    Guard: "the guard", "die Wache";
    List: "list", "Liste";
    OwnEntity: "an officer's detector", "eigener Erkenner";
    Codes: "codes", "Codes";
    SchemaMap: "schema map", "Schemakarte";
    Recipient: "who is responsible or gets events:", "wer verantwortlich ist oder Ereignisse bekommt:";
    Notice: "notice", "Unterrichtung";
    System: "system", "System";
    Sample: "sample", "Stichprobe";
    SampleDiffers: "{} of {} events differ", "{} von {} Ereignissen unterscheiden sich";
    Revived: "{} events leave that did not", "{} Ereignisse gehen weiter, die es nicht taten";
    NowWithheld: "{} events do not leave any more", "{} Ereignisse gehen nicht mehr weiter";
    Revealed: "more is shown in {} events", "in {} Ereignissen wird mehr gezeigt";
    Lost: "less is shown in {} events", "in {} Ereignissen wird weniger gezeigt";
    ChangedOtherwise: "changed otherwise in {} events", "in {} Ereignissen anders verändert";
    Old: "old", "alt";
    New: "new", "neu";
    Agreed: "agreed", "vereinbart";
    IsAgreed: "is what was agreed", "ist, was vereinbart wurde";
    HasItsNumber: "has the number that was agreed; no digest says that its rules are the same", "hat die vereinbarte Nummer; keine Prüfsumme sagt, dass die Regeln dieselben sind";
    IsNotAgreed: "is NOT what was agreed", "ist NICHT, was vereinbart wurde";
    NotSaid: "the evidence does not say what was agreed", "der Nachweis sagt nicht, was vereinbart wurde";
    Protected: "specially protected: {}", "besonders geschützt: {}";
}

impl Phrase {
    /// The phrase in a language; what notices do not use is English where it is not translated.
    pub fn text(self, lang: Lang) -> &'static str {
        let texts = self.texts();
        texts.get(lang as usize).or(texts.first()).copied().unwrap_or_default()
    }

    /// The phrase with what it is about, in turn.
    pub fn with(self, lang: Lang, what: &[&str]) -> String {
        filled(self.text(lang), what)
    }
}

/// A phrase in which each `{}` is filled in turn. What is put in is not looked into.
pub(super) fn filled(phrase: &str, what: &[&str]) -> String {
    let (mut text, mut rest) = (String::new(), phrase);
    for part in what {
        let Some((before, behind)) = rest.split_once("{}") else { break };
        text.push_str(before);
        text.push_str(part);
        rest = behind;
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_leaves_room_for_the_same() {
        for phrase in Phrase::ALL {
            for lang in Lang::ALL {
                let holes = |lang| phrase.text(lang).matches("{}").count();
                assert_eq!(holes(Lang::En), holes(lang), "{phrase:?}");
                assert!(!phrase.text(lang).is_empty());
            }
        }
    }

    #[test]
    fn conditions_are_told_in_every_language() {
        let is_used = |phrase: &&Phrase| {
            let name = format!("{phrase:?}");
            ["When", "Role"].iter().any(|part| name.starts_with(part)) || matches!(phrase, Phrase::Or | Phrase::And)
        };
        let used: Vec<_> = Phrase::ALL.iter().filter(is_used).collect();
        assert!(used.len() > 15, "{used:?}");
        used.iter().for_each(|phrase| assert_eq!(phrase.texts().len(), Lang::ALL.len(), "{phrase:?}"));
    }

    #[test]
    fn what_is_put_in_is_not_looked_into() {
        assert_eq!(Phrase::WhenEquals.with(Lang::En, &["{}", "b"]), "{} is one of: b");
    }
}
