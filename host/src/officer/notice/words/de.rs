//! Notices in German.

use super::Word;
use crate::policy::document::Slot;

pub(super) fn word(word: Word) -> &'static str {
    match word {
        Word::Title => "Unterrichtung: was aufgezeichnet wird, wenn unsere Systeme benutzt werden, und was daraus wird",
        Word::Gap => "NICHT ANGEGEBEN: {}",
        Word::Untranslated => "auf Englisch",
        Word::Responsible => "Wer verantwortlich ist",
        Word::Address => "Anschrift",
        Word::Contact => "Kontakt",
        Word::People => "Um wen und was es geht",
        Word::Group => "Personengruppe",
        Word::LawOfGroup => "angewandtes Recht",
        Word::AllLaws => "Kein Ereignis sagt, wo jemand arbeitet: das Recht aller Gruppen gilt für alle.",
        Word::Hours => "Arbeitszeit ({})",
        Word::Holidays => "Feiertage von {} sind keine Arbeitstage",
        Word::AllHours => "zu jeder Zeit",
        Word::Systems => "Systeme",
        Word::AnySystem => "jedes System, dessen Ereignisse durch Tamis gehen",
        Word::Attributable => "seine Ereignisse müssen nennen, wer handelte",
        Word::MonitoredText => {
            "Die Benutzung dieser Systeme wird aufgezeichnet. Das ist Überwachung, und sie findet statt."
        }
        Word::InterceptionText => {
            "Kommunikation über diese Systeme kann abgefangen werden; was davon bleibt, steht in der Tabelle."
        }
        Word::MeansText => {
            "Systeme schreiben Ereignisse über das, was in ihnen getan wird. Bevor jemand ein Ereignis sieht, behandelt Tamis jeden Wert darin, wie die Tabelle sagt."
        }
        Word::CircumstancesText => "Immer, wenn ein solches Ereignis entsteht.",
        Word::RhythmText => "fortlaufend",
        Word::EndText => "ohne festes Ende",
        Word::KindsText => "Arten von Ereignissen",
        Word::Table => "Was aufgezeichnet wird, und was daraus wird",
        Word::Item => "was",
        Word::What => "was damit geschieht",
        Word::SeenBy => "wer es bekommt",
        Word::HowLong => "wie lange verlangt wird",
        Word::Whole => "ganz behalten",
        Word::Shortened => "gekürzt",
        Word::ByCode => "durch einen Code ersetzt",
        Word::Hidden => "verdeckt",
        Word::PartlyHidden => "teilweise verdeckt",
        Word::ByConstant => "durch einen festen Text ersetzt",
        Word::NeverPassed => "nie weitergegeben",
        Word::NeverCollected => "nie aufbewahrt: vernichtet",
        Word::Times => "falls gilt: {} → {}",
        Word::TimesNotStricter => {
            "falls gilt: {}, bleibt es sichtbar oder auflösbar, weil das Protokoll es nennen muss: {}"
        }
        Word::Raised => "bleibt sichtbar oder auflösbar, weil das Protokoll es nennen muss",
        Word::ByVendor => "ein Plugin eines Anbieters nimmt noch mehr weg",
        Word::NotYet => "{} (noch nicht: geschlossen)",
        Word::OfSystem => "{}, aus {}",
        Word::Nobody => "niemand ist genannt",
        Word::ByKind => "{}; je nach Art des Ereignisses: {}",
        Word::NoLimit => "keine Frist wird verlangt",
        Word::Guard => {
            "Was ganz weitergeht, wird noch einmal angesehen: was sich als E-Mail-Adresse, Konto oder Geheimnis erweist, wird angehalten."
        }
        Word::Several => {
            "Was mehreres davon zugleich ist, wird nach allen zusammen behandelt; passen sie nicht zueinander, wird es nie weitergegeben."
        }
        Word::NeverHeading => "Was nie weitergegeben wird, wo bekannt ist, dass ein Feld es enthält",
        Word::Unclassified => {
            "Was sonst in einem Ereignis steht und wovon niemand gesagt hat, was es ist, wird nie weitergegeben."
        }
        Word::SensitiveHeading => "Was das Recht besonders schützt",
        Word::WithheldHeading => "Ereignisse, die zurückgehalten werden",
        Word::WithheldText => {
            "Diese Ereignisse werden ganz zurückgehalten und nur gezählt. Ihre einzige Spur ist, dass sie fehlen."
        }
        Word::ListHeld => "Liste „{}“: ihre Wörter sind geheim, geführt von {}",
        Word::ListOpen => "Liste „{}“: ihre Wörter sind {}",
        Word::NotSaid => "nicht gesagt",
        Word::ReversalHeading => "Wer einen Code auflösen kann",
        Word::ReversalBy => "{} von diesen müssen zustimmen: {}.",
        Word::ReversalOnly => "Nur für: {}.",
        Word::ReversalTold => "Die Person wird {} nach Abschluss des Falls unterrichtet.",
        Word::ReversalNone => "Kein Code, der weitergeht, kann aufgelöst werden.",
        Word::CodesChange => "Codes wechseln alle {}.",
        Word::CodeIsPersonal => "Ein Code steht weiter für eine Person: wer den Schlüssel hat, kann prüfen, für wen.",
        Word::PurposesHeading => "Wozu, und auf welcher Grundlage",
        Word::WhatFor => "wozu",
        Word::PurposeSecurity => "Sicherheit der Systeme",
        Word::PurposeCompliance => "Nachweise, die Regeln und Prüfungen verlangen",
        Word::PurposeInvestigation => "ein dokumentierter Fall",
        Word::PurposeProductivity => "Arbeitsleistung",
        Word::PurposeProduct => "wie das Produkt genutzt wird",
        Word::ClosedHeading => "Was aufgezeichnet würde, aber noch nicht wird",
        Word::ClosedText => "Für diesen Zweck fließt nichts, bis alles Folgende da ist.",
        Word::NewPurposeText => "Bevor etwas für einen anderen Zweck benutzt wird, werden Sie unterrichtet.",
        Word::PeriodHeading => "Wie lange",
        Word::RequestedText => {
            "Diese Fristen werden verlangt: Tamis schreibt sie an jedes Ereignis, und der Speicher, der es bekommt, muss es löschen."
        }
        Word::KindOfEvent => "Art des Ereignisses",
        Word::AllOthers => "alle übrigen",
        Word::Held => "Wird nicht gelöscht, solange diese Sache offen ist (Löschsperre)",
        Word::RecipientsHeading => "Wer es bekommt, und in welchen Ländern",
        Word::Country => "Land",
        Word::Contract => "Vertrag",
        Word::Safeguard => "Garantie",
        Word::OthersHeading => "Woher es kommt, und Entscheidungen durch Programme",
        Word::SourceText => "aus den Ereignissen, die die Systeme selbst schreiben, während sie benutzt werden",
        Word::RightsHeading => "Ihre Rechte",
        Word::RightsText => {
            "Soweit das unten genannte Recht sie Ihnen gibt: zu sehen, was es über Sie gibt, es berichtigen oder löschen zu lassen, seine Verwendung einschränken zu lassen und eine Kopie mitzunehmen. Fragen Sie: {}"
        }
        Word::WithdrawalText => "Wo etwas auf Ihrer Einwilligung beruht, können Sie sie jederzeit zurücknehmen.",
        Word::ObjectionHeading => "Sie können widersprechen",
        Word::ObjectionText => {
            "Aus Gründen, die sich aus Ihrer besonderen Situation ergeben, können Sie jederzeit widersprechen. Schreiben Sie an: {}"
        }
        Word::ComplaintText => "Beschweren können Sie sich bei: {}",
        Word::ComplaintOwn => "und bei uns: {}",
        Word::ConsultedHeading => "Wer beteiligt wurde, und was vereinbart ist",
        Word::ConsultedStated => "so steht es in der Nachweisdatei des Arbeitgebers; von Tamis nicht geprüft",
        Word::LawsHeading => "Was das Recht von dieser Unterrichtung verlangt",
        Word::LawLine => "Recht",
        Word::FormLine => "Form und Zeit",
        Word::LeadLine => "bekannt, bevor etwas erweitert wird",
        Word::SlotLine => "was sie nicht auslassen darf",
        Word::Stated => "angegeben",
        Word::MissingHere => "NICHT ANGEGEBEN",
        Word::LawSentence => "Das Recht verlangt diesen Satz, Wort für Wort",
        Word::LawSentenceBeside => {
            "Allein sagt er mehr, als geschieht. Was wirklich geschieht, steht in der Tabelle oben; von dem, was Menschen schreiben, sehen und suchen:"
        }
        Word::VersionHeading => "Zu dieser Unterrichtung",
        Word::PolicyLine => "Regelwerk und Revision",
        Word::DigestLine => "Prüfsumme der Regeln",
        Word::InForceLine => "in Kraft seit",
        Word::PreparedLine => "erstellt für den",
        Word::ReviewedLine => "geprüft von",
        Word::NotReviewed => "noch niemand; Rechtsstand {}",
        Word::AckHeading => "Empfangsbestätigung",
        Word::AckText => "Ich habe diese Unterrichtung erhalten.",
        Word::AckLine => "Name, Datum, Unterschrift: ____________________",
        Word::SinceTitle => "Was diese Unterrichtung gegenüber der vorigen ändert",
        Word::Before => "vorher",
        Word::After => "jetzt",
        Word::NotBefore => "gab es nicht",
        Word::NotNow => "gibt es nicht mehr",
        Word::SameTable => "Die Tabelle sagt, was sie sagte.",
        Word::Widened => {
            "Etwas ist weiter, oder kann es sein. Wer unten genannt ist, wird neu unterrichtet, und nichts Weiteres beginnt vorher."
        }
        Word::NotWidened => "Nichts ist weiter: es darf sofort gelten. Die Unterrichtung bekommt eine neue Fassung.",
        Word::TellWhom => "wer zu unterrichten ist",
        Word::TellBy => "unterrichtet bis, wenn es am {} beginnt",
        Word::EarliestIf => "darf beginnen, wenn am {} unterrichtet",
        Word::RecordTitle => "Verzeichnis von Verarbeitungstätigkeiten (DSGVO Art. 30)",
        Word::DataHeading => "Kategorien von Daten",
        Word::MeasuresHeading => "Maßnahmen (Art. 32 Abs. 1)",
        Word::MeasureDefault => "Was niemand einordnet und was keine Regel behält, wird verworfen.",
        Word::MeasureCodes => "{} Kategorien gehen als Codes weiter.",
        Word::MeasureSealed => "Wörter versiegelter Listen gehen nirgends im Klartext weiter.",
        Word::DpiaTitle => "Tatsachen für eine Datenschutz-Folgenabschätzung (DSGVO Art. 35)",
        Word::DpiaNote => {
            "Tatsachen, die aus den Regeln folgen. Ob sie notwendig und verhältnismäßig sind, beurteilen Menschen."
        }
        Word::CountsHeading => "Wie viel auf Personen verweist",
        Word::AloneClear => "verweist allein auf eine Person und geht ganz oder teilweise weiter",
        Word::AloneCode => "verweist allein auf eine Person und geht als Code weiter",
        Word::TogetherClear => "verweist mit anderem auf eine Person und geht ganz oder teilweise weiter",
        Word::ProtectedLeaves => "besonders geschützt und geht in irgendeiner Form weiter",
        Word::ReasonHeading => "Warum jedes gebraucht wird, wie die Regeln sagen",
        Word::GatesHeading => "Bedingungen, bevor etwas fließt",
        Word::GateOpen => "offen",
        Word::GateClosed => "geschlossen",
        Word::AnswersHeading => "Was geantwortet wurde",
        Word::OwedHeading => "Was von anderen verlangt und nie behauptet wird",
        Word::Because => "weil",
        Word::MatrixTitle => "Kategorie nach Zweck",
        Word::MatrixNote => "unter Bedingungen anders behandelt: siehe Unterrichtung",
        Word::None => "keine",
        Word::Day1 => "Tag",
        Word::Days => "Tage",
        Word::Week1 => "Woche",
        Word::Weeks => "Wochen",
        Word::Month1 => "Monat",
        Word::Months => "Monate",
        Word::Year1 => "Jahr",
        Word::Years => "Jahre",
        Word::Monday => "Mo",
        Word::Tuesday => "Di",
        Word::Wednesday => "Mi",
        Word::Thursday => "Do",
        Word::Friday => "Fr",
        Word::Saturday => "Sa",
        Word::Sunday => "So",
    }
}

pub(super) fn slot(slot: Slot) -> &'static str {
    match slot {
        Slot::Controller => "Verantwortlicher",
        Slot::Representative => "Vertreter",
        Slot::Officer => "Datenschutzbeauftragter",
        Slot::Scope => "Personen, Geräte und Zeiten",
        Slot::Purposes => "Zwecke",
        Slot::Basis => "Rechtsgrundlage",
        Slot::Interest => "berechtigtes Interesse",
        Slot::Categories => "Kategorien von Daten",
        Slot::Sensitive => "besonders geschützte Daten",
        Slot::Source => "Herkunft",
        Slot::MustProvide => "ob Daten bereitzustellen sind",
        Slot::Monitored => "dass überwacht wird",
        Slot::Interception => "dass Kommunikation abgefangen werden kann",
        Slot::Kinds => "jede Art der Überwachung",
        Slot::Means => "wie es geschieht",
        Slot::Circumstances => "unter welchen Umständen",
        Slot::Activation => "wie es eingeschaltet wird",
        Slot::Start => "Beginn",
        Slot::Rhythm => "fortlaufend oder zeitweise",
        Slot::End => "Ende",
        Slot::Recipients => "Empfänger",
        Slot::Sale => "ob es verkauft oder geteilt wird",
        Slot::Transfers => "Länder und Garantien",
        Slot::Period => "wie lange",
        Slot::Never => "was nie weitergegeben wird",
        Slot::Reversal => "wer einen Code auflösen kann",
        Slot::AutomatedDecisions => "Entscheidungen, die kein Mensch trifft",
        Slot::Rights => "Rechte",
        Slot::Objection => "Widerspruchsrecht",
        Slot::Withdrawal => "Rücknahme der Einwilligung",
        Slot::Complaint => "wo man sich beschweren kann",
        Slot::NewPurpose => "dass ein neuer Zweck vorher mitgeteilt wird",
        Slot::Consulted => "wer beteiligt wurde",
        Slot::Version => "Regelwerk und Prüfsumme",
        Slot::Prepared => "Tag der Erstellung",
        Slot::Changed => "Tage der Änderung",
        Slot::Acknowledgement => "Zeile zum Unterschreiben",
    }
}
