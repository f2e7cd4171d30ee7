//! Words that tell a name, words that are none, and accounts that are nobody's: English, German, French, Spanish, Italian, Polish,
//! Dutch, Portuguese and the languages of the north; greetings and titles of some more. All in lower case and sorted by bytes.

/// What a word says of the capitalised ones behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tells {
    /// A greeting, or `ich heiße`.
    Greeting,
    /// One that is an ordinary word too: `Beste Lösung`.
    Soft,
    /// A title or a form of address.
    Title,
    /// `is`: where a word for a name stands before it.
    Copula,
    /// `name`: where `full`, `first` … stands before it.
    Name,
    /// Somebody by their part: `employee`.
    Person,
    /// `to` and `by`: where somebody's doing stands before it.
    Doing,
    /// The end of a letter.
    Closing,
    /// One that is an ordinary word too.
    Thanks,
}

use Tells::{Closing, Copula, Doing, Greeting, Name, Person, Soft, Thanks, Title};

/// Words right before a name.
#[rustfmt::skip]
pub(super) static TELLING: [(&str, Tells); 292] = [
    ("abend", Soft), ("abracos", Thanks), ("abrazo", Thanks), ("abraços", Thanks), ("afternoon", Soft),
    ("ahoj", Greeting), ("amicalement", Thanks), ("ansprechpartner", Person), ("ansprechpartnerin", Person),
    ("anstalld", Person), ("anställd", Person), ("appelle", Greeting), ("applicant", Person),
    ("atenciosamente", Closing), ("atentamente", Closing), ("avv", Title), ("bayan", Title), ("bearbeiter", Person),
    ("bearbeiterin", Person), ("bedankt", Thanks), ("beste", Soft), ("bises", Thanks), ("bonjour", Greeting),
    ("bonsoir", Greeting), ("buna", Greeting), ("bună", Greeting), ("buonasera", Greeting), ("buongiorno", Greeting),
    ("by", Doing), ("candidate", Person), ("cara", Soft), ("caro", Soft), ("cheers", Thanks), ("cher", Soft),
    ("chere", Greeting), ("chiamo", Greeting), ("chère", Greeting), ("ciao", Greeting), ("colega", Person),
    ("colleague", Person), ("collega", Person), ("collegue", Person), ("collègue", Person), ("companera", Person),
    ("companero", Person), ("compañera", Person), ("compañero", Person), ("cordialement", Closing),
    ("cordially", Thanks), ("coworker", Person), ("cumprimentos", Closing), ("czesc", Greeting), ("cześć", Greeting),
    ("dag", Soft), ("danke", Thanks), ("dear", Greeting), ("dhr", Title), ("dias", Soft), ("dipendente", Person),
    ("dipl", Title), ("doamna", Title), ("domnul", Title), ("don", Title), ("dona", Title), ("dott", Title),
    ("dottoressa", Title), ("doña", Title), ("dr", Title), ("dra", Title), ("droga", Soft), ("drogi", Soft),
    ("drs", Title), ("dzieki", Thanks), ("dzięki", Thanks), ("días", Soft), ("egregia", Greeting),
    ("egregio", Greeting), ("empleada", Person), ("empleado", Person), ("employe", Person), ("employee", Person),
    ("employé", Person), ("employée", Person), ("es", Copula), ("est", Copula), ("estimada", Greeting),
    ("estimado", Greeting), ("estimados", Greeting), ("evening", Soft), ("faithfully", Closing), ("frau", Title),
    ("frk", Title), ("fru", Title), ("funcionaria", Person), ("funcionario", Person), ("funcionária", Person),
    ("funcionário", Person), ("geachte", Greeting), ("geehrte", Greeting), ("geehrter", Greeting),
    ("geehrtes", Greeting), ("gentile", Greeting), ("goedemorgen", Soft), ("gracias", Thanks), ("grazie", Thanks),
    ("groet", Closing), ("groeten", Closing), ("gruesse", Closing), ("gruessen", Closing), ("gruezi", Greeting),
    ("gruss", Closing), ("grusse", Closing), ("grussen", Closing), ("gruß", Closing), ("grüezi", Greeting),
    ("grüsse", Closing), ("grüssen", Closing), ("grüße", Closing), ("grüßen", Closing), ("hallo", Greeting),
    ("hallochen", Greeting), ("hallöchen", Greeting), ("halsning", Closing), ("halsningar", Closing), ("hei", Soft),
    ("heisse", Greeting), ("heiße", Greeting), ("hej", Greeting), ("hejsan", Greeting), ("hello", Greeting),
    ("herr", Title), ("herra", Title), ("herrn", Title), ("hey", Greeting), ("hi", Greeting), ("hilsen", Closing),
    ("hola", Greeting), ("hr", Title), ("hyva", Greeting), ("hyvä", Greeting), ("hälsning", Closing),
    ("hälsningar", Closing), ("imie", Name), ("imię", Name), ("is", Copula), ("ist", Copula), ("kaere", Greeting),
    ("kara", Greeting), ("kare", Greeting), ("kedves", Greeting), ("kiitos", Thanks), ("kjaere", Greeting),
    ("kjære", Greeting), ("kollege", Person), ("kollegin", Person), ("kära", Greeting), ("käre", Greeting),
    ("kære", Greeting), ("lautet", Copula), ("lg", Thanks), ("liebe", Soft), ("lieber", Soft), ("liebes", Soft),
    ("llamo", Greeting), ("m", Title), ("madam", Title), ("madame", Title), ("mademoiselle", Title),
    ("medarbejder", Person), ("medewerker", Person), ("meneer", Title), ("merci", Thanks), ("merhaba", Greeting),
    ("mevr", Title), ("mevrouw", Title), ("mfg", Closing), ("miss", Title), ("mitarbeiter", Person),
    ("mitarbeiterin", Person), ("mlle", Title), ("mme", Title), ("moi", Soft), ("moin", Greeting), ("monsieur", Title),
    ("morgen", Soft), ("morning", Soft), ("mr", Title), ("mrs", Title), ("ms", Title), ("mvh", Thanks), ("mx", Title),
    ("name", Name), ("nom", Name), ("nombre", Name), ("nome", Name), ("obrigada", Thanks), ("obrigado", Thanks),
    ("ola", Greeting), ("olá", Greeting), ("paciente", Person), ("pan", Title), ("pani", Title), ("panie", Title),
    ("paní", Title), ("patient", Person), ("patiente", Person), ("patientin", Person), ("paziente", Person),
    ("pozdravem", Closing), ("pozdrawiam", Closing), ("pozdrowieniami", Closing), ("pracownik", Person),
    ("prezada", Greeting), ("prezado", Greeting), ("prof", Title), ("professor", Title), ("pán", Title),
    ("querida", Greeting), ("querido", Greeting), ("ra", Title), ("regards", Closing), ("rouva", Title),
    ("sachbearbeiter", Person), ("sachbearbeiterin", Person), ("salarie", Person), ("salariee", Person),
    ("salarié", Person), ("salariée", Person), ("saludo", Closing), ("saludos", Closing), ("salut", Greeting),
    ("salutations", Closing), ("saluti", Closing), ("salve", Soft), ("saygilarimla", Closing),
    ("saygılarımla", Closing), ("sayin", Greeting), ("sayın", Greeting), ("senhor", Title), ("senhora", Title),
    ("senor", Title), ("senora", Title), ("sentiments", Closing), ("servus", Greeting), ("señor", Title),
    ("señora", Title), ("sig", Title), ("signor", Title), ("signora", Title), ("signore", Title),
    ("sincerely", Closing), ("sir", Title), ("sr", Title), ("sra", Title), ("srta", Title), ("ssa", Title),
    ("stimata", Greeting), ("stimate", Greeting), ("stimată", Greeting), ("supervisor", Person), ("szanowna", Greeting),
    ("szanowni", Greeting), ("szanowny", Greeting), ("szia", Greeting), ("tack", Thanks), ("tag", Soft),
    ("takk", Thanks), ("tardes", Soft), ("terveisin", Closing), ("thanks", Thanks), ("to", Doing), ("truly", Closing),
    ("udvozlettel", Closing), ("vg", Thanks), ("vh", Thanks), ("vorgesetzter", Person), ("wishes", Thanks),
    ("you", Thanks), ("yours", Thanks), ("è", Copula), ("üdvözlettel", Closing), ("αγαπητέ", Greeting),
    ("αγαπητή", Greeting), ("κυρία", Title), ("κύριε", Title), ("господин", Title), ("госпожа", Title),
    ("здравствуйте", Greeting), ("привет", Greeting), ("уважаемая", Greeting), ("уважаемый", Greeting),
    ("уважением", Closing),
];

/// What stands before `name`, `nombre` … where it is a person's.
#[rustfmt::skip]
pub(super) static NAMERS: [&str; 35] = [
    "author", "caller", "complet", "completa", "completo", "contact", "customer", "display", "employee", "familie",
    "famille", "family", "first", "full", "given", "her", "his", "holder", "last", "legal", "maiden", "manager",
    "mein", "middle", "my", "owner", "patient", "preferred", "real", "sender", "their", "user", "volledige", "voller",
    "vollständiger",
];

/// What somebody has done by a name's owner, or to them.
#[rustfmt::skip]
pub(super) static DOINGS: [&str; 13] = [
    "approved", "assigned", "delegated", "escalated", "forwarded", "handled", "reassigned", "rejected", "reported",
    "requested", "reviewed", "submitted", "transferred",
];

/// Groups, parts that many have, things, days, and what sentences begin with.
#[rustfmt::skip]
pub(super) static NOT_NAMES: [&str; 822] = [
    "a", "ab", "abend", "abril", "abteilung", "access", "account", "accounting", "accounts", "active", "add", "added",
    "address", "admin", "administrador", "administrateur", "administration", "administrator", "administrators",
    "admins", "adobe", "afternoon", "ag", "agent", "agosto", "alert", "alerts", "all", "alla", "alle", "allemaal",
    "allerseits", "alpha", "also", "am", "amazon", "american", "ami", "amici", "amie", "amiga", "amigo", "amigos",
    "amis", "amministratore", "an", "and", "android", "anfrage", "angebote", "anhang", "anmeldung", "anonymous",
    "antwort", "användare", "any", "août", "api", "app", "apple", "applicant", "application", "applications", "apps",
    "april", "aps", "are", "as", "asiakas", "ask", "at", "attention", "attn", "auch", "audit", "auf", "august", "aus",
    "avec", "avril", "aw", "aws", "azure", "backup", "bank", "bcc", "be", "been", "bei", "benutzer", "benutzerin",
    "benutzername", "best", "bestellung", "beta", "betreff", "bewerber", "bewerberin", "bis", "bitte", "board",
    "bonjour", "bot", "bruger", "bruker", "buchhaltung", "bv", "by", "calendar", "call", "can", "candidate", "cc",
    "center", "centre", "change", "changed", "chrome", "city", "click", "client", "cliente", "clientes", "clienti",
    "clients", "cloud", "cluster", "colleague", "colleagues", "collega", "collega's", "colleghi", "collègue",
    "collègues", "community", "company", "compañeros", "compliance", "con", "conditional", "conference", "console",
    "contact", "contacts", "cordialement", "corp", "corporation", "corps", "could", "country", "create", "created",
    "customer", "customers", "damen", "dames", "dank", "danke", "dans", "das", "dashboard", "dashboardadmin", "data",
    "database", "date", "datei", "day", "dear", "december", "default", "delete", "deleted", "dem", "demo", "den",
    "department", "der", "des", "desk", "dev", "developer", "developers", "development", "devops", "dezember",
    "diciembre", "die", "dienst", "dienstag", "dimanche", "director", "directory", "division", "docker", "document",
    "documents", "dolly", "domain", "domenica", "domingo", "donnerstag", "dort", "download", "du", "dummy", "durch",
    "décembre", "e-mail", "each", "edge", "ein", "eine", "einem", "einen", "einkauf", "el", "eltern", "email",
    "employee", "employees", "end", "enero", "engineer", "engineering", "engineers", "equipe", "equipo", "er",
    "ergebnis", "ergebnisse", "error", "errors", "es", "et", "evening", "event", "events", "every", "everybody",
    "everyone", "example", "exchange", "external", "failed", "failure", "febrero", "februar", "february", "fehler",
    "file", "files", "finance", "firefox", "firma", "first", "folder", "folks", "for", "foundation", "frage", "frau",
    "freitag", "freund", "freunde", "freundin", "freundliche", "freundlichen", "friday", "friend", "friends", "from",
    "fw", "fwd", "février", "für", "gcp", "gebruiker", "geehrte", "geehrter", "gegen", "gentlemen",
    "geschäftsführung", "geschäftspartner", "gestern", "giovedì", "github", "gli", "global", "gmbh", "good", "google",
    "gracias", "grazie", "greetings", "group", "groups", "gruß", "grüsse", "grüssen", "grüße", "grüßen", "guest",
    "guests", "guten", "guys", "had", "has", "have", "he", "hello", "help", "helpdesk", "here", "heren", "herr",
    "herren", "herrn", "herzliche", "heute", "hey", "hi", "hier", "holdings", "home", "host", "hr", "hub", "i", "ich",
    "identity", "iedereen", "if", "ihr", "il", "im", "in", "inc", "industries", "info", "information", "institute",
    "insurance", "interessenten", "interessierte", "internal", "into", "invoice", "invoices", "is", "it", "januar",
    "january", "janvier", "jetzt", "jeudi", "jueves", "juillet", "juin", "juli", "julio", "july", "june", "juni",
    "junio", "just", "kaikki", "kennwort", "kg", "kind", "kitty", "klant", "klanten", "kliencie", "kollege",
    "kollegen", "kollegin", "kolleginnen", "konto", "kubernetes", "kund", "kunde", "kunden", "kundendienst",
    "kundenservice", "kunder", "kundin", "kundinnen", "la", "labs", "ladies", "las", "last", "le", "legal", "les",
    "leser", "leserinnen", "let", "leute", "licence", "license", "liebe", "lieber", "link", "links", "linux", "llc",
    "lo", "local", "localhost", "log", "login", "logon", "logout", "logs", "los", "ltd", "lundi", "lunedì", "lunes",
    "lösung", "lösungen", "maailma", "madam", "madame", "mai", "mail", "main", "management", "manager", "managers",
    "march", "mardi", "marketing", "mars", "martedì", "martes", "marzo", "may", "mayo", "me", "meeting", "meetings",
    "member", "members", "mensen", "merci", "mercoledì", "mercredi", "mesdames", "message", "messages", "messieurs",
    "microsoft", "might", "mine", "mit", "mitarbeiter", "mitarbeiterin", "mitarbeiterinnen", "mitglied", "mitglieder",
    "mittwoch", "miércoles", "monday", "monde", "mondo", "monsieur", "montag", "more", "morgen", "morning", "most",
    "mozilla", "mundo", "must", "my", "märz", "nach", "nachname", "name", "names", "network", "new", "newsletter",
    "next", "nicht", "no", "no-reply", "nobody", "noch", "node", "none", "noreply", "not", "note", "notification",
    "notifications", "nous", "november", "novembre", "noviembre", "now", "null", "number", "nur", "nutzer",
    "nutzerin", "nv", "o", "october", "octobre", "octubre", "oder", "of", "off", "office", "office365", "ohg", "ohne",
    "ok", "okay", "okta", "oktober", "old", "on", "onedrive", "online", "only", "open", "operations", "ops", "or",
    "oracle", "order", "orders", "ordner", "ou", "our", "outlook", "over", "owner", "owners", "oy", "page", "pages",
    "para", "parent", "parents", "partner", "partnerin", "partners", "password", "passwords", "passwort", "payment",
    "payments", "państwo", "per", "personal", "personalabteilung", "phone", "plc", "please", "policies", "policy",
    "portal", "pour", "praxis", "preise", "previous", "primary", "private", "problem", "prod", "production",
    "project", "projects", "protection", "provider", "public", "qualität", "query", "re", "reader", "readers",
    "rechnung", "recipient", "recipients", "recruiter", "regards", "region", "remove", "removed", "reply", "report",
    "reports", "request", "requests", "reset", "response", "result", "results", "role", "roles", "room", "root",
    "rule", "rules", "sa", "safari", "sales", "salesforce", "samedi", "sample", "samstag", "sans", "sarl", "sas",
    "saturday", "schon", "schöne", "schüler", "se", "search", "secondary", "security", "see", "sehr", "seit", "send",
    "sender", "senhor", "senhora", "senhores", "sent", "september", "septembre", "septiembre", "server", "servers",
    "service", "services", "set", "señor", "señora", "señoras", "señores", "señorita", "sharepoint", "she", "should",
    "sie", "sign", "signed", "signing", "signore", "signori", "sin", "sincerely", "sir", "sirs", "site", "sites",
    "slack", "some", "sonntag", "spa", "squadra", "srl", "staff", "staging", "start", "state", "status", "stop",
    "street", "student", "students", "studierende", "studio", "subject", "subscriber", "success", "successful",
    "suite", "sunday", "supplier", "support", "sur", "system", "systems", "sábado", "table", "tag", "task", "tasks",
    "teacher", "team", "teams", "termin", "test", "tester", "testing", "tests", "thank", "thanks", "that", "the",
    "them", "then", "there", "these", "they", "this", "those", "thursday", "ticket", "tickets", "time", "title", "to",
    "todas", "today", "todos", "tomorrow", "tous", "tout", "toutes", "tr", "tuesday", "tutte", "tutti", "ug", "un",
    "una", "und", "undefined", "under", "une", "university", "unknown", "unos", "unter", "unterlagen", "update",
    "updated", "upload", "us", "user", "username", "users", "usted", "ustedes", "usuaria", "usuario", "usuário",
    "utente", "utilisateur", "utilisatrice", "vendor", "vendredi", "venerdì", "ventures", "verden", "vertrieb",
    "verwaltung", "viele", "vielen", "viernes", "view", "visitor", "von", "vor", "vorgang", "vorname", "vous",
    "världen", "wann", "warning", "warum", "was", "we", "web", "website", "wednesday", "wegen", "welt", "wer", "were",
    "wereld", "wg", "when", "wie", "will", "windows", "wir", "with", "without", "wo", "world", "would", "write",
    "wszyscy", "wszystkim", "während", "y", "yes", "yesterday", "you", "your", "yours", "zeit", "zendesk", "zoom",
    "zu", "zum", "zur", "zusammen", "équipe", "über", "świecie",
];

/// Small words inside of names.
#[rustfmt::skip]
pub(super) static PARTICLES: [&str; 41] = [
    "'t", "af", "al", "av", "ben", "bin", "bint", "da", "das", "de", "degli", "dei", "del", "della", "delle", "den",
    "der", "des", "di", "do", "dos", "du", "e", "el", "i", "ibn", "la", "las", "le", "los", "op", "te", "ten", "ter",
    "van", "vom", "von", "y", "zu", "zum", "zur",
];

/// Fields of a part of a name, without signs.
#[rustfmt::skip]
pub(super) static ONE: [&str; 33] = [
    "achternaam", "apellido", "apellidos", "cognome", "efternamn", "efternavn", "etternavn", "etunimi",
    "familienname", "familyname", "firstname", "forename", "fornavn", "förnamn", "geburtsname", "givenname", "imie",
    "imię", "lastname", "maidenname", "middlename", "nachname", "nazwisko", "nomdefamille", "prenom",
    "primerapellido", "prénom", "segundoapellido", "sobrenome", "sukunimi", "surname", "voornaam", "vorname",
];

/// Fields of whole names, without signs.
#[rustfmt::skip]
pub(super) static WHOLE: [&str; 62] = [
    "accountholder", "actorname", "ansprechpartner", "ansprechpartnerin", "anzeigename", "approver", "approvername",
    "assignee", "assigneename", "author", "authorname", "bearbeiter", "beneficiaryname", "benutzername", "byname",
    "cardholder", "cardholdername", "commonname", "contactname", "contactperson", "creatorname", "customername",
    "displayname", "employeename", "fullname", "guestname", "individualname", "insuredname", "intestatario",
    "karteninhaber", "kontoinhaber", "legalname", "managername", "membername", "mitarbeiter", "naam", "nombre",
    "nombrecompleto", "nomcomplet", "nomecompleto", "nomeecognome", "nomprénom", "ownername", "patientname",
    "personname", "preferredname", "realname", "recipientname", "reporter", "reportername", "requester",
    "requestername", "sendername", "subscribername", "supervisorname", "titulaire", "titular", "traitsname",
    "username", "volledigenaam", "vollername", "vollständigername",
];

/// What, before the name of a field, says that it names a thing: `appDisplayName`.
#[rustfmt::skip]
pub(super) static THINGS: [&str; 79] = [
    "api", "app", "application", "bucket", "category", "certificate", "channel", "city", "class", "client", "cluster",
    "column", "company", "container", "country", "dashboard", "database", "department", "device", "document",
    "domain", "event", "feature", "field", "file", "folder", "function", "group", "host", "image", "job", "key",
    "label", "licence", "license", "list", "location", "method", "module", "namespace", "operation", "org",
    "organisation", "organization", "package", "page", "plan", "plugin", "policy", "process", "product", "program",
    "project", "provider", "queue", "region", "repo", "report", "repository", "resource", "role", "rule", "schema",
    "server", "service", "site", "sku", "status", "subscription", "table", "tag", "task", "team", "template",
    "tenant", "topic", "type", "vendor", "workflow",
];

/// Folders of accounts that are nobody's, placeholders, and what else stands where accounts do.
#[rustfmt::skip]
pub(super) static ACCOUNTS: [&str; 240] = [
    ".net", "about", "account", "accounts", "adm", "admin", "administrator", "admins", "agent", "airflow", "all",
    "almalinux", "ansible", "apache", "apache2", "api", "app", "application", "apps", "assets", "azureuser",
    "azurevm", "backup", "bin", "bind", "blog", "build", "buildagent", "builder", "cache", "centos", "chef", "ci",
    "circleci", "classic", "coder", "codespace", "common", "core", "coreos", "create", "css", "cyrus", "daemon",
    "dashboard", "data", "de", "debian", "default", "defaultaccount", "defaultapppool", "defaultuser", "defaultuser0",
    "demo", "deploy", "deployer", "desktop", "desktop.ini", "dev", "dnsmasq", "docker", "documents", "dovecot",
    "downloads", "ec2-user", "ec2user", "edit", "elastic", "elasticsearch", "en", "es", "etc", "fedora", "feed", "fr",
    "ftp", "games", "gast", "git", "github", "gitlab", "gitlab-runner", "gitpod", "gnats", "grafana", "group",
    "groups", "guest", "hadoop", "hdfs", "helpdesk", "hg", "hive", "home", "homebrew", "httpd", "iis_iusrs", "images",
    "img", "index", "invitado", "invité", "irc", "it", "iusr", "jboss", "jenkins", "jovyan", "js", "kafka", "kibana",
    "krbtgt", "lang", "lib", "lib64", "linuxbrew", "list", "local", "localservice", "login", "logout", "logstash",
    "lost+found", "lp", "mail", "man", "media", "mongodb", "msdtsserver", "msdtssrv", "mssql", "mssqlfdlauncher",
    "mssqlserver", "music", "mysql", "myuser", "nagios", "name", "named", "network", "networkservice", "new", "news",
    "nfs", "nfsnobody", "nginx", "nobody", "node", "none", "ntp", "null", "opc", "operator", "operators", "opt",
    "oracle", "pi", "pictures", "postfix", "postgres", "postgresql", "profile", "project", "projects", "prometheus",
    "proxy", "public", "puppet", "redis", "reportserver", "rocky", "root", "rpc", "rss", "runner", "runner1",
    "runneradmin", "samba", "search", "service", "services", "settings", "sftp", "share", "share$", "shared", "smb",
    "someuser", "spark", "splunk", "sqltelemetry", "src", "sshd", "static", "support", "svc", "svn", "sync",
    "sysadmin", "system", "systemprofile", "team", "teams", "temp", "terraform", "test", "tester", "testuser", "tmp",
    "tomcat", "travis", "ubuntu", "undefined", "user", "user_name", "username", "users", "uucp", "v1", "v2",
    "vagrant", "var", "videos", "vscode", "vsts", "vsts_azpcontainer", "wdagutilityaccount", "web", "webadmin",
    "wildfly", "work", "workspace", "wsiaccount", "www", "www-data", "your-name", "yourname", "yourusername",
    "zabbix", "zookeeper",
];

/// Whether a sorted table has a word.
pub(super) fn holds(table: &[&str], word: &str) -> bool {
    table.binary_search(&word).is_ok()
}

/// What a word in lower case tells.
pub(super) fn tells(word: &str) -> Option<Tells> {
    let place = TELLING.binary_search_by_key(&word, |(word, _)| word).ok()?;
    TELLING.get(place).map(|(_, tells)| *tells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_and_in_lower_case() {
        let telling: Vec<&str> = TELLING.iter().map(|(word, _)| *word).collect();
        let all: [&[&str]; 9] = [&telling, &NAMERS, &DOINGS, &NOT_NAMES, &PARTICLES, &ONE, &WHOLE, &THINGS, &ACCOUNTS];
        for table in all {
            assert!(table.is_sorted_by(|one, other| one < other), "{table:?}");
            assert!(table.iter().all(|word| word.to_lowercase() == **word), "{table:?}");
        }
    }
}
