//! Notices in Spanish.

use super::Word;
use crate::policy::document::Slot;

pub(super) fn word(word: Word) -> &'static str {
    match word {
        Word::Title => "Aviso: qué se registra cuando se usan nuestros sistemas y qué se hace con ello",
        Word::Gap => "SIN INDICAR: {}",
        Word::Untranslated => "en inglés",
        Word::Responsible => "Quién es responsable",
        Word::Address => "dirección",
        Word::Contact => "contacto",
        Word::People => "De quién y de qué se trata",
        Word::Group => "grupo de personas",
        Word::LawOfGroup => "derecho que se aplica",
        Word::AllLaws => {
            "Ningún evento dice dónde trabaja una persona: las leyes de todos los grupos valen para todos."
        }
        Word::Hours => "horario de trabajo ({})",
        Word::Holidays => "los festivos de {} no son laborables",
        Word::AllHours => "a todas horas",
        Word::Systems => "sistemas",
        Word::AnySystem => "todo sistema cuyos eventos pasan por Tamis",
        Word::Attributable => "sus eventos deben decir quién actuó",
        Word::MonitoredText => "El uso de estos sistemas se registra. Eso es vigilancia y tiene lugar.",
        Word::InterceptionText => {
            "Las comunicaciones por estos sistemas pueden ser interceptadas; lo que queda de ellas está en la tabla."
        }
        Word::MeansText => {
            "Los sistemas escriben eventos sobre lo que se hace en ellos. Antes de que nadie vea un evento, Tamis trata cada valor como dice la tabla."
        }
        Word::CircumstancesText => "Siempre que surge un evento así.",
        Word::RhythmText => "de forma continua",
        Word::EndText => "sin fin fijado",
        Word::KindsText => "clases de evento",
        Word::Table => "Qué se registra y qué se hace con ello",
        Word::Item => "qué",
        Word::What => "qué se hace con ello",
        Word::SeenBy => "quién lo recibe",
        Word::HowLong => "cuánto tiempo se solicita",
        Word::Whole => "se conserva entero",
        Word::Shortened => "acortado",
        Word::ByCode => "sustituido por un código",
        Word::Hidden => "oculto",
        Word::PartlyHidden => "oculto en parte",
        Word::ByConstant => "sustituido por un texto fijo",
        Word::NeverPassed => "nunca se transmite",
        Word::NeverCollected => "nunca se conserva: se destruye",
        Word::Times => "si {} → {}",
        Word::TimesNotStricter => "si {}, queda visible o reversible, porque el registro debe nombrarlo: {}",
        Word::Raised => "queda visible o reversible, porque el registro debe nombrarlo",
        Word::ByVendor => "un complemento de un proveedor quita más",
        Word::NotYet => "{} (aún no: cerrado)",
        Word::OfSystem => "{}, de {}",
        Word::Nobody => "nadie está nombrado",
        Word::ByKind => "{}; según la clase de evento: {}",
        Word::NoLimit => "no se solicita ningún plazo",
        Word::Guard => {
            "Lo que sale entero se mira otra vez: lo que resulta ser un correo, una cuenta o un secreto se detiene."
        }
        Word::Several => {
            "Lo que es varias de estas cosas a la vez recibe todos sus tratamientos juntos; si no encajan entre sí, nunca se transmite."
        }
        Word::NeverHeading => "Qué no se transmite nunca, donde se sabe que un campo lo contiene",
        Word::Unclassified => {
            "Cualquier otra cosa que haya en un evento y de la que nadie haya dicho qué es no se transmite nunca."
        }
        Word::SensitiveHeading => "Lo que la ley protege especialmente",
        Word::WithheldHeading => "Eventos que se retienen",
        Word::WithheldText => "Estos eventos se retienen por entero y solo se cuentan. Su única huella es que faltan.",
        Word::ListHeld => "lista «{}»: sus palabras son secretas, en manos de {}",
        Word::ListOpen => "lista «{}»: sus palabras son {}",
        Word::NotSaid => "no se dice quién",
        Word::ReversalHeading => "Quién puede revertir un código",
        Word::ReversalBy => "{} de estos tienen que estar de acuerdo: {}.",
        Word::ReversalOnly => "Solo para: {}.",
        Word::ReversalTold => "Se informa a la persona {} después de cerrado el asunto.",
        Word::ReversalNone => "Ningún código que sale puede revertirse.",
        Word::CodesChange => "Los códigos cambian cada {}.",
        Word::CodeIsPersonal => {
            "Un código sigue representando a una persona: quien tiene la clave puede comprobar a quién."
        }
        Word::PurposesHeading => "Para qué y con qué base",
        Word::WhatFor => "para qué",
        Word::PurposeSecurity => "seguridad de los sistemas",
        Word::PurposeCompliance => "registros que piden las normas y las auditorías",
        Word::PurposeInvestigation => "un caso documentado",
        Word::PurposeProductivity => "rendimiento laboral",
        Word::PurposeProduct => "cómo se usa el producto",
        Word::ClosedHeading => "Qué se registraría, pero todavía no",
        Word::ClosedText => "Para este fin no fluye nada hasta que esté todo lo siguiente.",
        Word::NewPurposeText => "Antes de usar algo para otro fin se le informa.",
        Word::PeriodHeading => "Cuánto tiempo",
        Word::RequestedText => {
            "Estos plazos se solicitan: Tamis los escribe en cada evento y el almacén que lo recibe debe borrarlo."
        }
        Word::KindOfEvent => "clase de evento",
        Word::AllOthers => "todos los demás",
        Word::Held => "No se borra mientras el asunto esté abierto (retención legal)",
        Word::RecipientsHeading => "Quién lo recibe y en qué países",
        Word::Country => "país",
        Word::Contract => "contrato",
        Word::Safeguard => "garantía",
        Word::OthersHeading => "De dónde viene, y decisiones de programas",
        Word::SourceText => "de los eventos que los propios sistemas escriben mientras se usan",
        Word::RightsHeading => "Sus derechos",
        Word::RightsText => {
            "En la medida en que las leyes de abajo se los dan: ver lo que hay sobre usted, hacerlo corregir o borrar, limitar su uso y llevarse una copia. Pregunte a: {}"
        }
        Word::WithdrawalText => "Donde algo se basa en su consentimiento, puede retirarlo en cualquier momento.",
        Word::ObjectionHeading => "Puede oponerse",
        Word::ObjectionText => {
            "Por motivos de su situación particular puede oponerse en cualquier momento. Escriba a: {}"
        }
        Word::ComplaintText => "Puede presentar una queja ante: {}",
        Word::ComplaintOwn => "y ante nosotros: {}",
        Word::ConsultedHeading => "A quién se consultó y qué se acordó",
        Word::ConsultedStated => "según el archivo de pruebas del empleador; Tamis no lo comprueba",
        Word::LawsHeading => "Qué piden las leyes a este aviso",
        Word::LawLine => "ley",
        Word::FormLine => "forma y momento",
        Word::LeadLine => "sabido antes de ampliar nada",
        Word::SlotLine => "lo que no debe omitir",
        Word::Stated => "indicado",
        Word::MissingHere => "SIN INDICAR",
        Word::LawSentence => "La ley pide esta frase, palabra por palabra",
        Word::LawSentenceBeside => {
            "Por sí sola dice más de lo que ocurre. Lo que ocurre de verdad está en la tabla de arriba; de lo que la gente escribe, ve y busca:"
        }
        Word::VersionHeading => "Sobre este aviso",
        Word::PolicyLine => "reglas y revisión",
        Word::DigestLine => "resumen criptográfico de las reglas",
        Word::InForceLine => "en vigor desde",
        Word::PreparedLine => "preparado para el",
        Word::ReviewedLine => "revisado por",
        Word::NotReviewed => "nadie todavía; derecho a fecha de {}",
        Word::AckHeading => "Acuse de recibo",
        Word::AckText => "He recibido este aviso.",
        Word::AckLine => "Nombre, fecha, firma: ____________________",
        Word::SinceTitle => "Qué cambia este aviso respecto del anterior",
        Word::Before => "antes",
        Word::After => "ahora",
        Word::NotBefore => "no estaba",
        Word::NotNow => "ya no está",
        Word::SameTable => "La tabla dice lo que decía.",
        Word::Widened => {
            "Algo es más amplio, o puede serlo. Se informa de nuevo a quienes se nombran abajo, y nada más amplio empieza antes."
        }
        Word::NotWidened => "Nada es más amplio: puede aplicarse enseguida. El aviso recibe una nueva versión.",
        Word::TellWhom => "a quién hay que informar",
        Word::TellBy => "informado antes de, si empieza el {}",
        Word::EarliestIf => "puede empezar, si se informa el {}",
        Word::RecordTitle => "Registro de actividades de tratamiento (RGPD art. 30)",
        Word::DataHeading => "Categorías de datos",
        Word::MeasuresHeading => "Medidas (art. 32.1)",
        Word::MeasureDefault => "Lo que nadie clasifica y ninguna regla conserva se descarta.",
        Word::MeasureCodes => "{} categorías salen como códigos.",
        Word::MeasureSealed => "Las palabras de listas selladas no salen en claro en ningún lugar.",
        Word::DpiaTitle => "Hechos para una evaluación de impacto (RGPD art. 35)",
        Word::DpiaNote => "Hechos que se siguen de las reglas. Si son necesarios y proporcionados lo juzgan personas.",
        Word::CountsHeading => "Cuánto apunta a personas",
        Word::AloneClear => "apunta por sí solo a una persona y sale entero o en parte",
        Word::AloneCode => "apunta por sí solo a una persona y sale como código",
        Word::TogetherClear => "apunta a una persona junto con otros y sale entero o en parte",
        Word::ProtectedLeaves => "especialmente protegido y sale de alguna forma",
        Word::ReasonHeading => "Por qué hace falta cada uno, según las reglas",
        Word::GatesHeading => "Condiciones antes de que fluya nada",
        Word::GateOpen => "abierto",
        Word::GateClosed => "cerrado",
        Word::AnswersHeading => "Qué se respondió",
        Word::OwedHeading => "Qué se pide a otros y nunca se afirma",
        Word::Because => "porque",
        Word::MatrixTitle => "Categoría por fin",
        Word::MatrixNote => "otro tratamiento bajo condiciones: véase el aviso",
        Word::None => "ninguno",
        Word::Day1 => "día",
        Word::Days => "días",
        Word::Week1 => "semana",
        Word::Weeks => "semanas",
        Word::Month1 => "mes",
        Word::Months => "meses",
        Word::Year1 => "año",
        Word::Years => "años",
        Word::Monday => "lun",
        Word::Tuesday => "mar",
        Word::Wednesday => "mié",
        Word::Thursday => "jue",
        Word::Friday => "vie",
        Word::Saturday => "sáb",
        Word::Sunday => "dom",
    }
}

pub(super) fn slot(slot: Slot) -> &'static str {
    match slot {
        Slot::Controller => "responsable del tratamiento",
        Slot::Representative => "representante",
        Slot::Officer => "delegado de protección de datos",
        Slot::Scope => "personas, dispositivos y horas",
        Slot::Purposes => "fines",
        Slot::Basis => "base jurídica",
        Slot::Interest => "interés legítimo",
        Slot::Categories => "categorías de datos",
        Slot::Sensitive => "datos especialmente protegidos",
        Slot::Source => "origen",
        Slot::MustProvide => "si hay que facilitar datos",
        Slot::Monitored => "que hay vigilancia",
        Slot::Interception => "que las comunicaciones pueden ser interceptadas",
        Slot::Kinds => "cada clase de vigilancia",
        Slot::Means => "cómo se hace",
        Slot::Circumstances => "en qué circunstancias",
        Slot::Activation => "cómo se activa",
        Slot::Start => "inicio",
        Slot::Rhythm => "continuo o intermitente",
        Slot::End => "fin",
        Slot::Recipients => "destinatarios",
        Slot::Sale => "si se vende o comparte",
        Slot::Transfers => "países y garantías",
        Slot::Period => "cuánto tiempo",
        Slot::Never => "lo que nunca se transmite",
        Slot::Reversal => "quién puede revertir un código",
        Slot::AutomatedDecisions => "decisiones que no toma ninguna persona",
        Slot::Rights => "derechos",
        Slot::Objection => "derecho de oposición",
        Slot::Withdrawal => "retirada del consentimiento",
        Slot::Complaint => "dónde quejarse",
        Slot::NewPurpose => "que un nuevo fin se comunica antes",
        Slot::Consulted => "a quién se consultó",
        Slot::Version => "reglas y resumen",
        Slot::Prepared => "día de preparación",
        Slot::Changed => "días de cambio",
        Slot::Acknowledgement => "línea para firmar",
    }
}
