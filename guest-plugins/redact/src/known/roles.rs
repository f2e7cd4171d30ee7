//! Words in user names that name no person.

/// What accounts and mailboxes (RFC 2142) are for, and what stands where nobody is named, in the languages of administrators. Folded
/// (`guest` without its `e`), and sorted.
#[rustfmt::skip]
const ROLES: &[&str] = &[
    "abuse", "account", "accounting", "actions", "ad", "admin", "administrador", "administrateur", "administrator",
    "administratr", "agent", "alert", "alerts", "all", "alle", "amazon", "amministratore", "anonimo", "anonym", "anonyme",
    "anonymous", "anonymus", "ansible", "anvandare", "anwender", "apache", "api", "app", "applicable", "application", "apps",
    "author", "authority", "available", "aws", "azure", "backup", "batch", "beheerder", "benutzer", "billing", "bot", "bounce",
    "bruger", "bruker", "buchhaltung", "build", "buro", "calendar", "career", "careers", "center", "centr", "client", "cliente",
    "cloud", "code", "compte", "computer", "contact", "contacto", "cron", "cunta", "customer", "damon", "data", "datenschutz",
    "db", "default", "deleted", "demo", "deploy", "desconocido", "desk", "dev", "device", "devops", "dienst", "do", "docker",
    "domain", "donotreply", "dummy", "email", "employe", "employee", "empty", "everyone", "example", "exchange", "extern",
    "external", "false", "finance", "gast", "gebruiker", "github", "gitlab", "google", "group", "groupe", "groups", "grupo",
    "gruppe", "gruppo", "gust", "hello", "help", "helpdesk", "hidden", "hilfe", "host", "hostmaster", "hr", "id", "identity",
    "inconnu", "info", "installer", "internal", "invitado", "invite", "invoice", "invoices", "it", "jeder", "jenkins", "job",
    "jobs", "kayttaja", "kontakt", "konto", "kube", "kubernetes", "kullanici", "kunde", "legal", "list", "local", "log", "login",
    "logon", "logs", "machine", "mail", "mailbox", "mailer", "managed", "manager", "marketing", "member", "members", "microsoft",
    "mysql", "name", "nan", "network", "news", "newsletter", "nginx", "nil", "no", "nobody", "node", "none", "noreply", "not",
    "notification", "notifications", "notify", "null", "nutzer", "office", "onbekend", "online", "operator", "ops", "oracle",
    "order", "orders", "ospite", "other", "owner", "pc", "person", "personal", "postfach", "postgres", "postmaster", "press",
    "principal", "privacy", "private", "prod", "production", "public", "qa", "raum", "rechnung", "recipient", "redacted",
    "removed", "reply", "robot", "room", "root", "runner", "sales", "sample", "scheduler", "sconosciuto", "security", "self",
    "sender", "server", "service", "servicedesk", "services", "servicio", "servizio", "shared", "sharepoint", "shop", "sistema",
    "sql", "srv", "ssh", "sshd", "staff", "stage", "staging", "standard", "superadmin", "superuser", "support", "svc", "sync",
    "sys", "sysadmin", "sysop", "system", "systemd", "systeme", "task", "team", "teams", "temp", "terraform", "test", "tester",
    "testing", "tests", "testuser", "tmp", "tru", "trusted", "trustedinstaller", "unbekannt", "undefined", "unknown",
    "unspecified", "user", "username", "users", "usr", "usuari", "usuario", "utente", "utilisateur", "uzytkownik", "vertrieb",
    "visitor", "vm", "web", "webmaster", "window", "windows", "www",
];

/// What stands with a name and is no part of it, folded.
const TITLES: &[&str] = &[
    "dr", "prof", "mr", "mrs", "ms", "miss", "herr", "frau", "hern", "mme", "mlle", "sr", "sra", "sig", "dipl", "ing",
    "mag", "phd", "jr",
];

/// Whether a folded word names no person.
pub(super) fn is_role(word: &[u8]) -> bool {
    ROLES.binary_search_by_key(&word, |role| role.as_bytes()).is_ok()
}

/// Whether a folded word only stands with a name.
pub(super) fn is_title(word: &[u8]) -> bool {
    TITLES.iter().any(|title| title.as_bytes() == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A word that is not folded would match nothing.
    #[test]
    fn all_words_are_folded_and_sorted() {
        assert!(ROLES.is_sorted());
        for word in ROLES.iter().chain(TITLES) {
            let mut folded = Vec::new();
            super::super::fold::fold(word, &mut folded);
            assert_eq!(folded, word.as_bytes(), "{word}");
        }
    }
}
