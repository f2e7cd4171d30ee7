//! Notices in French.

use super::Word;
use crate::policy::document::Slot;

pub(super) fn word(word: Word) -> &'static str {
    match word {
        Word::Title => {
            "Notice d'information : ce qui est enregistré quand nos systèmes sont utilisés, et ce qu'il en advient"
        }
        Word::Gap => "NON INDIQUÉ : {}",
        Word::Untranslated => "en anglais",
        Word::Responsible => "Qui est responsable",
        Word::Address => "adresse",
        Word::Contact => "contact",
        Word::People => "De qui et de quoi il s'agit",
        Word::Group => "groupe de personnes",
        Word::LawOfGroup => "droit appliqué",
        Word::AllLaws => {
            "Aucun événement ne dit où une personne travaille : le droit de tous les groupes vaut pour tous."
        }
        Word::Hours => "heures de travail ({})",
        Word::Holidays => "les jours fériés de {} ne sont pas travaillés",
        Word::AllHours => "à toute heure",
        Word::Systems => "systèmes",
        Word::AnySystem => "tout système dont les événements passent par Tamis",
        Word::Attributable => "ses événements doivent dire qui a agi",
        Word::MonitoredText => "L'usage de ces systèmes est enregistré. C'est une surveillance, et elle a lieu.",
        Word::InterceptionText => {
            "Les communications sur ces systèmes peuvent être interceptées ; ce qui en reste figure dans le tableau."
        }
        Word::MeansText => {
            "Les systèmes écrivent des événements sur ce qui s'y fait. Avant que quiconque voie un événement, Tamis traite chaque valeur comme le dit le tableau."
        }
        Word::CircumstancesText => "Chaque fois qu'un tel événement survient.",
        Word::RhythmText => "en continu",
        Word::EndText => "sans fin fixée",
        Word::KindsText => "types d'événement",
        Word::Table => "Ce qui est enregistré, et ce qu'il en advient",
        Word::Item => "quoi",
        Word::What => "ce qu'on en fait",
        Word::SeenBy => "qui le reçoit",
        Word::HowLong => "durée demandée",
        Word::Whole => "conservé en entier",
        Word::Shortened => "raccourci",
        Word::ByCode => "remplacé par un code",
        Word::Hidden => "masqué",
        Word::PartlyHidden => "masqué en partie",
        Word::ByConstant => "remplacé par un texte fixe",
        Word::NeverPassed => "jamais transmis",
        Word::NeverCollected => "jamais conservé : détruit",
        Word::Times => "si {} → {}",
        Word::TimesNotStricter => "si {}, cela reste visible ou réversible, car la trace doit le nommer : {}",
        Word::Raised => "reste visible ou réversible, car la trace doit le nommer",
        Word::ByVendor => "un module d'un fournisseur en retire davantage",
        Word::NotYet => "{} (pas encore : fermé)",
        Word::OfSystem => "{}, de {}",
        Word::Nobody => "personne n'est nommé",
        Word::ByKind => "{} ; selon le type d'événement : {}",
        Word::NoLimit => "aucune durée n'est demandée",
        Word::Guard => {
            "Ce qui sort en entier est regardé une fois de plus : ce qui s'avère être une adresse électronique, un compte ou un secret est arrêté."
        }
        Word::Several => {
            "Ce qui est plusieurs de ces choses à la fois reçoit tous leurs traitements ensemble ; s'ils ne s'accordent pas, ce n'est jamais transmis."
        }
        Word::NeverHeading => "Ce qui n'est jamais transmis, là où l'on sait qu'un champ le contient",
        Word::Unclassified => {
            "Tout ce qui figure d'autre dans un événement, et dont personne n'a dit ce que c'est, n'est jamais transmis."
        }
        Word::SensitiveHeading => "Ce que la loi protège spécialement",
        Word::WithheldHeading => "Événements retenus",
        Word::WithheldText => {
            "Ces événements sont retenus en entier et seulement comptés. Leur seule trace est leur absence."
        }
        Word::ListHeld => "liste « {} » : ses mots sont secrets, tenue par {}",
        Word::ListOpen => "liste « {} » : ses mots sont {}",
        Word::NotSaid => "non précisé",
        Word::ReversalHeading => "Qui peut lever un code",
        Word::ReversalBy => "{} de ceux-ci doivent être d'accord : {}.",
        Word::ReversalOnly => "Seulement pour : {}.",
        Word::ReversalTold => "La personne est informée {} après la clôture de l'affaire.",
        Word::ReversalNone => "Aucun code qui sort ne peut être levé.",
        Word::CodesChange => "Les codes changent tous les {}.",
        Word::CodeIsPersonal => "Un code représente toujours une personne : qui détient la clé peut vérifier laquelle.",
        Word::PurposesHeading => "À quelles fins, et sur quelle base",
        Word::WhatFor => "à quelle fin",
        Word::PurposeSecurity => "sécurité des systèmes",
        Word::PurposeCompliance => "les preuves que demandent les règles et les audits",
        Word::PurposeInvestigation => "une affaire documentée",
        Word::PurposeProductivity => "rendement au travail",
        Word::PurposeProduct => "usage du produit",
        Word::ClosedHeading => "Ce qui serait enregistré, mais ne l'est pas encore",
        Word::ClosedText => "Pour cette finalité rien ne circule tant que tout ce qui suit n'est pas réuni.",
        Word::NewPurposeText => "Avant toute utilisation à une autre fin, vous en êtes informé.",
        Word::PeriodHeading => "Combien de temps",
        Word::RequestedText => {
            "Ces durées sont demandées : Tamis les inscrit sur chaque événement, et le stockage qui le reçoit doit l'effacer."
        }
        Word::KindOfEvent => "type d'événement",
        Word::AllOthers => "tous les autres",
        Word::Held => "N'est pas effacé tant que l'affaire est ouverte (gel)",
        Word::RecipientsHeading => "Qui le reçoit, et dans quels pays",
        Word::Country => "pays",
        Word::Contract => "contrat",
        Word::Safeguard => "garantie",
        Word::OthersHeading => "D'où cela vient, et décisions de programmes",
        Word::SourceText => "des événements que les systèmes eux-mêmes écrivent pendant leur usage",
        Word::RightsHeading => "Vos droits",
        Word::RightsText => {
            "Dans la mesure où les lois ci-dessous vous les donnent : voir ce qu'il y a sur vous, le faire corriger ou effacer, en faire limiter l'usage et en emporter une copie. Demandez à : {}"
        }
        Word::WithdrawalText => {
            "Là où quelque chose repose sur votre consentement, vous pouvez le retirer à tout moment."
        }
        Word::ObjectionHeading => "Vous pouvez vous opposer",
        Word::ObjectionText => {
            "Pour des raisons tenant à votre situation particulière, vous pouvez vous opposer à tout moment. Écrivez à : {}"
        }
        Word::ComplaintText => "Vous pouvez vous plaindre auprès de : {}",
        Word::ComplaintOwn => "et auprès de nous : {}",
        Word::ConsultedHeading => "Qui a été consulté, et ce qui a été convenu",
        Word::ConsultedStated => "selon le dossier de preuves de l'employeur ; non vérifié par Tamis",
        Word::LawsHeading => "Ce que les lois demandent à cette notice",
        Word::LawLine => "loi",
        Word::FormLine => "forme et moment",
        Word::LeadLine => "connu avant tout élargissement",
        Word::SlotLine => "ce qu'elle ne doit pas omettre",
        Word::Stated => "indiqué",
        Word::MissingHere => "NON INDIQUÉ",
        Word::LawSentence => "La loi demande cette phrase, mot pour mot",
        Word::LawSentenceBeside => {
            "Seule, elle dit plus que ce qui se passe. Ce qui se passe vraiment figure dans le tableau ci-dessus ; de ce que les gens écrivent, voient et cherchent :"
        }
        Word::VersionHeading => "À propos de cette notice",
        Word::PolicyLine => "règles et révision",
        Word::DigestLine => "empreinte des règles",
        Word::InForceLine => "en vigueur depuis",
        Word::PreparedLine => "préparée pour le",
        Word::ReviewedLine => "revu par",
        Word::NotReviewed => "personne encore ; état du droit au {}",
        Word::AckHeading => "Accusé de réception",
        Word::AckText => "J'ai reçu cette notice.",
        Word::AckLine => "Nom, date, signature : ____________________",
        Word::SinceTitle => "Ce que cette notice change par rapport à la précédente",
        Word::Before => "avant",
        Word::After => "maintenant",
        Word::NotBefore => "n'existait pas",
        Word::NotNow => "n'existe plus",
        Word::SameTable => "Le tableau dit ce qu'il disait.",
        Word::Widened => {
            "Quelque chose est plus large, ou peut l'être. Ceux qui sont nommés ci-dessous sont informés de nouveau, et rien de plus large ne commence avant."
        }
        Word::NotWidened => {
            "Rien n'est plus large : cela peut s'appliquer aussitôt. La notice reçoit une nouvelle version."
        }
        Word::TellWhom => "qui doit être informé",
        Word::TellBy => "informé avant le, si cela commence le {}",
        Word::EarliestIf => "peut commencer, si informé le {}",
        Word::RecordTitle => "Registre des activités de traitement (RGPD art. 30)",
        Word::DataHeading => "Catégories de données",
        Word::MeasuresHeading => "Mesures (art. 32, par. 1)",
        Word::MeasureDefault => "Ce que personne ne classe et qu'aucune règle ne garde est écarté.",
        Word::MeasureCodes => "{} catégories sortent sous forme de codes.",
        Word::MeasureSealed => "Les mots de listes scellées ne sortent nulle part en clair.",
        Word::DpiaTitle => "Faits pour une analyse d'impact (RGPD art. 35)",
        Word::DpiaNote => {
            "Des faits qui découlent des règles. S'ils sont nécessaires et proportionnés, c'est aux humains d'en juger."
        }
        Word::CountsHeading => "Ce qui désigne des personnes",
        Word::AloneClear => "désigne seul une personne, et sort en entier ou en partie",
        Word::AloneCode => "désigne seul une personne, et sort sous forme de code",
        Word::TogetherClear => "désigne une personne avec d'autres, et sort en entier ou en partie",
        Word::ProtectedLeaves => "spécialement protégé, et sort sous une forme quelconque",
        Word::ReasonHeading => "Pourquoi chacun est nécessaire, selon les règles",
        Word::GatesHeading => "Conditions avant que quoi que ce soit circule",
        Word::GateOpen => "ouvert",
        Word::GateClosed => "fermé",
        Word::AnswersHeading => "Ce qui a été répondu",
        Word::OwedHeading => "Ce qui est demandé à d'autres, et jamais affirmé",
        Word::Because => "parce que",
        Word::MatrixTitle => "Catégorie par finalité",
        Word::MatrixNote => "autre traitement sous conditions : voir la notice",
        Word::None => "aucun",
        Word::Day1 => "jour",
        Word::Days => "jours",
        Word::Week1 => "semaine",
        Word::Weeks => "semaines",
        Word::Month1 => "mois",
        Word::Months => "mois",
        Word::Year1 => "an",
        Word::Years => "ans",
        Word::Monday => "lun",
        Word::Tuesday => "mar",
        Word::Wednesday => "mer",
        Word::Thursday => "jeu",
        Word::Friday => "ven",
        Word::Saturday => "sam",
        Word::Sunday => "dim",
    }
}

pub(super) fn slot(slot: Slot) -> &'static str {
    match slot {
        Slot::Controller => "responsable du traitement",
        Slot::Representative => "représentant",
        Slot::Officer => "délégué à la protection des données",
        Slot::Scope => "personnes, appareils et heures",
        Slot::Purposes => "finalités",
        Slot::Basis => "base juridique",
        Slot::Interest => "intérêt légitime",
        Slot::Categories => "catégories de données",
        Slot::Sensitive => "données spécialement protégées",
        Slot::Source => "source",
        Slot::MustProvide => "si des données doivent être fournies",
        Slot::Monitored => "qu'une surveillance a lieu",
        Slot::Interception => "que des communications peuvent être interceptées",
        Slot::Kinds => "chaque type de surveillance",
        Slot::Means => "comment c'est fait",
        Slot::Circumstances => "dans quelles circonstances",
        Slot::Activation => "comment on l'active",
        Slot::Start => "début",
        Slot::Rhythm => "continu ou intermittent",
        Slot::End => "fin",
        Slot::Recipients => "destinataires",
        Slot::Sale => "si c'est vendu ou partagé",
        Slot::Transfers => "pays et garanties",
        Slot::Period => "combien de temps",
        Slot::Never => "ce qui n'est jamais transmis",
        Slot::Reversal => "qui peut lever un code",
        Slot::AutomatedDecisions => "décisions que personne ne prend",
        Slot::Rights => "droits",
        Slot::Objection => "droit d'opposition",
        Slot::Withdrawal => "retrait du consentement",
        Slot::Complaint => "où se plaindre",
        Slot::NewPurpose => "qu'une nouvelle finalité est annoncée avant",
        Slot::Consulted => "qui a été consulté",
        Slot::Version => "règles et empreinte",
        Slot::Prepared => "jour de préparation",
        Slot::Changed => "jours de modification",
        Slot::Acknowledgement => "ligne à signer",
    }
}
