//! Notices in Italian.

use super::Word;
use crate::policy::document::Slot;

pub(super) fn word(word: Word) -> &'static str {
    match word {
        Word::Title => "Informativa: che cosa si registra quando si usano i nostri sistemi, e che cosa ne è fatto",
        Word::Gap => "NON INDICATO: {}",
        Word::Untranslated => "in inglese",
        Word::Responsible => "Chi è responsabile",
        Word::Address => "indirizzo",
        Word::Contact => "contatto",
        Word::People => "Di chi e di che cosa si tratta",
        Word::Group => "gruppo di persone",
        Word::LawOfGroup => "diritto applicato",
        Word::AllLaws => "Nessun evento dice dove una persona lavora: le leggi di tutti i gruppi valgono per tutti.",
        Word::Hours => "orario di lavoro ({})",
        Word::Holidays => "i giorni festivi di {} non sono lavorativi",
        Word::AllHours => "a tutte le ore",
        Word::Systems => "sistemi",
        Word::AnySystem => "ogni sistema i cui eventi passano per Tamis",
        Word::Attributable => "i suoi eventi devono dire chi ha agito",
        Word::MonitoredText => "L'uso di questi sistemi è registrato. È un monitoraggio, e avviene.",
        Word::InterceptionText => {
            "Le comunicazioni su questi sistemi possono essere intercettate; ciò che ne resta è nella tabella."
        }
        Word::MeansText => {
            "I sistemi scrivono eventi su ciò che vi si fa. Prima che qualcuno veda un evento, Tamis tratta ogni valore come dice la tabella."
        }
        Word::CircumstancesText => "Ogni volta che sorge un tale evento.",
        Word::RhythmText => "in modo continuo",
        Word::EndText => "senza un termine fissato",
        Word::KindsText => "tipi di evento",
        Word::Table => "Che cosa si registra, e che cosa ne è fatto",
        Word::Item => "che cosa",
        Word::What => "che cosa se ne fa",
        Word::SeenBy => "chi lo riceve",
        Word::HowLong => "per quanto tempo è richiesto",
        Word::Whole => "conservato intero",
        Word::Shortened => "abbreviato",
        Word::ByCode => "sostituito da un codice",
        Word::Hidden => "nascosto",
        Word::PartlyHidden => "nascosto in parte",
        Word::ByConstant => "sostituito da un testo fisso",
        Word::NeverPassed => "mai trasmesso",
        Word::NeverCollected => "mai conservato: distrutto",
        Word::Times => "se {} → {}",
        Word::TimesNotStricter => "se {}, resta visibile o reversibile, perché la traccia deve nominarlo: {}",
        Word::Raised => "resta visibile o reversibile, perché la traccia deve nominarlo",
        Word::ByVendor => "un componente di un fornitore toglie altro",
        Word::NotYet => "{} (non ancora: chiuso)",
        Word::OfSystem => "{}, da {}",
        Word::Nobody => "nessuno è nominato",
        Word::ByKind => "{}; secondo il tipo di evento: {}",
        Word::NoLimit => "nessun termine è richiesto",
        Word::Guard => {
            "Ciò che esce intero è guardato ancora una volta: ciò che si rivela un indirizzo e-mail, un conto o un segreto è fermato."
        }
        Word::Several => {
            "Ciò che è più di queste cose insieme riceve tutti i loro trattamenti; se non si accordano, non è mai trasmesso."
        }
        Word::NeverHeading => "Che cosa non è mai trasmesso, dove si sa che un campo lo contiene",
        Word::Unclassified => {
            "Qualunque altra cosa si trovi in un evento, e di cui nessuno ha detto che cosa sia, non è mai trasmessa."
        }
        Word::SensitiveHeading => "Che cosa la legge protegge in modo particolare",
        Word::WithheldHeading => "Eventi trattenuti",
        Word::WithheldText => {
            "Questi eventi sono trattenuti per intero e solo contati. La loro unica traccia è che mancano."
        }
        Word::ListHeld => "elenco «{}»: le sue parole sono segrete, tenuto da {}",
        Word::ListOpen => "elenco «{}»: le sue parole sono {}",
        Word::NotSaid => "non detto",
        Word::ReversalHeading => "Chi può sciogliere un codice",
        Word::ReversalBy => "{} di questi devono essere d'accordo: {}.",
        Word::ReversalOnly => "Solo per: {}.",
        Word::ReversalTold => "La persona è informata {} dopo la chiusura del caso.",
        Word::ReversalNone => "Nessun codice che esce può essere sciolto.",
        Word::CodesChange => "I codici cambiano ogni {}.",
        Word::CodeIsPersonal => "Un codice sta ancora per una persona: chi ha la chiave può verificare per chi.",
        Word::PurposesHeading => "A che scopo, e su quale base",
        Word::WhatFor => "a che scopo",
        Word::PurposeSecurity => "sicurezza dei sistemi",
        Word::PurposeCompliance => "registrazioni richieste da regole e verifiche",
        Word::PurposeInvestigation => "un caso documentato",
        Word::PurposeProductivity => "rendimento lavorativo",
        Word::PurposeProduct => "come si usa il prodotto",
        Word::ClosedHeading => "Che cosa si registrerebbe, ma non ancora",
        Word::ClosedText => "Per questa finalità nulla fluisce finché non c'è tutto ciò che segue.",
        Word::NewPurposeText => "Prima che qualcosa sia usato per un'altra finalità, Lei ne è informato.",
        Word::PeriodHeading => "Per quanto tempo",
        Word::RequestedText => {
            "Questi termini sono richiesti: Tamis li scrive su ogni evento, e l'archivio che lo riceve deve cancellarlo."
        }
        Word::KindOfEvent => "tipo di evento",
        Word::AllOthers => "tutti gli altri",
        Word::Held => "Non è cancellato finché il caso è aperto (conservazione legale)",
        Word::RecipientsHeading => "Chi lo riceve, e in quali paesi",
        Word::Country => "paese",
        Word::Contract => "contratto",
        Word::Safeguard => "garanzia",
        Word::OthersHeading => "Da dove viene, e decisioni di programmi",
        Word::SourceText => "dagli eventi che i sistemi stessi scrivono mentre sono usati",
        Word::RightsHeading => "I Suoi diritti",
        Word::RightsText => {
            "Nella misura in cui le leggi sotto glieli danno: vedere che cosa c'è su di Lei, farlo correggere o cancellare, farne limitare l'uso e portarne via una copia. Chieda a: {}"
        }
        Word::WithdrawalText => "Dove qualcosa si basa sul Suo consenso, può revocarlo in ogni momento.",
        Word::ObjectionHeading => "Lei può opporsi",
        Word::ObjectionText => {
            "Per motivi legati alla Sua situazione particolare può opporsi in ogni momento. Scriva a: {}"
        }
        Word::ComplaintText => "Può presentare reclamo a: {}",
        Word::ComplaintOwn => "e a noi: {}",
        Word::ConsultedHeading => "Chi è stato consultato, e che cosa è stato concordato",
        Word::ConsultedStated => "secondo il file delle prove del datore di lavoro; non verificato da Tamis",
        Word::LawsHeading => "Che cosa le leggi chiedono a questa informativa",
        Word::LawLine => "legge",
        Word::FormLine => "forma e tempo",
        Word::LeadLine => "noto prima di ogni ampliamento",
        Word::SlotLine => "che cosa non deve omettere",
        Word::Stated => "indicato",
        Word::MissingHere => "NON INDICATO",
        Word::LawSentence => "La legge chiede questa frase, parola per parola",
        Word::LawSentenceBeside => {
            "Da sola dice più di ciò che avviene. Ciò che avviene davvero è nella tabella sopra; di ciò che le persone scrivono, vedono e cercano:"
        }
        Word::VersionHeading => "Su questa informativa",
        Word::PolicyLine => "regole e revisione",
        Word::DigestLine => "impronta delle regole",
        Word::InForceLine => "in vigore dal",
        Word::PreparedLine => "preparata per il",
        Word::ReviewedLine => "rivisto da",
        Word::NotReviewed => "ancora nessuno; diritto al {}",
        Word::AckHeading => "Ricevuta",
        Word::AckText => "Ho ricevuto questa informativa.",
        Word::AckLine => "Nome, data, firma: ____________________",
        Word::SinceTitle => "Che cosa cambia questa informativa rispetto alla precedente",
        Word::Before => "prima",
        Word::After => "ora",
        Word::NotBefore => "non c'era",
        Word::NotNow => "non c'è più",
        Word::SameTable => "La tabella dice ciò che diceva.",
        Word::Widened => {
            "Qualcosa è più ampio, o può esserlo. Chi è nominato sotto è informato di nuovo, e nulla di più ampio comincia prima."
        }
        Word::NotWidened => "Nulla è più ampio: può valere subito. L'informativa riceve una nuova versione.",
        Word::TellWhom => "chi deve essere informato",
        Word::TellBy => "informato entro, se comincia il {}",
        Word::EarliestIf => "può cominciare, se informato il {}",
        Word::RecordTitle => "Registro delle attività di trattamento (RGPD art. 30)",
        Word::DataHeading => "Categorie di dati",
        Word::MeasuresHeading => "Misure (art. 32, par. 1)",
        Word::MeasureDefault => "Ciò che nessuno classifica e nessuna regola conserva è scartato.",
        Word::MeasureCodes => "{} categorie escono come codici.",
        Word::MeasureSealed => "Le parole di elenchi sigillati non escono in chiaro da nessuna parte.",
        Word::DpiaTitle => "Fatti per una valutazione d'impatto (RGPD art. 35)",
        Word::DpiaNote => "Fatti che seguono dalle regole. Se siano necessari e proporzionati lo giudicano le persone.",
        Word::CountsHeading => "Quanto indica persone",
        Word::AloneClear => "indica da solo una persona, ed esce intero o in parte",
        Word::AloneCode => "indica da solo una persona, ed esce come codice",
        Word::TogetherClear => "indica una persona con altri, ed esce intero o in parte",
        Word::ProtectedLeaves => "particolarmente protetto, ed esce in qualche forma",
        Word::ReasonHeading => "Perché ciascuno serve, secondo le regole",
        Word::GatesHeading => "Condizioni prima che qualcosa fluisca",
        Word::GateOpen => "aperto",
        Word::GateClosed => "chiuso",
        Word::AnswersHeading => "Che cosa è stato risposto",
        Word::OwedHeading => "Che cosa si chiede ad altri, e non si afferma mai",
        Word::Because => "perché",
        Word::MatrixTitle => "Categoria per finalità",
        Word::MatrixNote => "altro trattamento a certe condizioni: vedi l'informativa",
        Word::None => "nessuno",
        Word::Day1 => "giorno",
        Word::Days => "giorni",
        Word::Week1 => "settimana",
        Word::Weeks => "settimane",
        Word::Month1 => "mese",
        Word::Months => "mesi",
        Word::Year1 => "anno",
        Word::Years => "anni",
        Word::Monday => "lun",
        Word::Tuesday => "mar",
        Word::Wednesday => "mer",
        Word::Thursday => "gio",
        Word::Friday => "ven",
        Word::Saturday => "sab",
        Word::Sunday => "dom",
    }
}

pub(super) fn slot(slot: Slot) -> &'static str {
    match slot {
        Slot::Controller => "titolare del trattamento",
        Slot::Representative => "rappresentante",
        Slot::Officer => "responsabile della protezione dei dati",
        Slot::Scope => "persone, dispositivi e orari",
        Slot::Purposes => "finalità",
        Slot::Basis => "base giuridica",
        Slot::Interest => "interesse legittimo",
        Slot::Categories => "categorie di dati",
        Slot::Sensitive => "dati particolarmente protetti",
        Slot::Source => "fonte",
        Slot::MustProvide => "se i dati devono essere forniti",
        Slot::Monitored => "che vi è monitoraggio",
        Slot::Interception => "che le comunicazioni possono essere intercettate",
        Slot::Kinds => "ogni tipo di monitoraggio",
        Slot::Means => "come si fa",
        Slot::Circumstances => "in quali circostanze",
        Slot::Activation => "come si attiva",
        Slot::Start => "inizio",
        Slot::Rhythm => "continuo o intermittente",
        Slot::End => "fine",
        Slot::Recipients => "destinatari",
        Slot::Sale => "se è venduto o condiviso",
        Slot::Transfers => "paesi e garanzie",
        Slot::Period => "per quanto tempo",
        Slot::Never => "che cosa non è mai trasmesso",
        Slot::Reversal => "chi può sciogliere un codice",
        Slot::AutomatedDecisions => "decisioni che nessuna persona prende",
        Slot::Rights => "diritti",
        Slot::Objection => "diritto di opposizione",
        Slot::Withdrawal => "revoca del consenso",
        Slot::Complaint => "dove reclamare",
        Slot::NewPurpose => "che una nuova finalità è comunicata prima",
        Slot::Consulted => "chi è stato consultato",
        Slot::Version => "regole e impronta",
        Slot::Prepared => "giorno di preparazione",
        Slot::Changed => "giorni di modifica",
        Slot::Acknowledgement => "riga da firmare",
    }
}
