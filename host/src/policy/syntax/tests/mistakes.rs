//! Mistakes that people make, with what they are told: code, message, what is underlined.

use super::{KINDS, read};
use crate::policy::diagnostic::{Diagnostic, Severity};
use crate::policy::document::Span;
use crate::policy::syntax::{Bundle, FileKind, codes, render};

use FileKind::{Categories, Evidence, Layer, Lists, Schema, Test, Treatments};

const HEAD: &str = "[policy]\nid = 'de'\ntitle = 'Germany'\nlayer = 'jurisdiction'\nrevision = 1\n";
const MAP: &str = "[schema]\nid = 'x'\ntitle = 'X'\nrevision = 1\nrecognise = ['a']\n";
const GIVEN: &str = "[given]\npolicy = 'de'\n";
const WORDS: &str = "revision = 1\n[category.people]\ntitle = 'Who'\nidentifies = 'alone'\n\"id.name\" = 'Name'\n";

/// What a file is told: (code, underlined text, message).
fn told(kind: FileKind, text: &str) -> Vec<(String, String, String)> {
    let (mut bundle, mut out) = (Bundle::new(), Vec::new());
    let file = bundle.add("file.toml", text);
    read(&bundle, file, kind, &mut out);
    out.iter().map(|d| (d.code.to_owned(), bundle.slice(d.labels[0].0).to_owned(), d.message.clone())).collect()
}

/// Asserts that a file, behind the head that its kind needs, has exactly one mistake.
#[track_caller]
fn one(kind: FileKind, text: &str, code: &str, underlined: &str, message: &str) {
    let head = match kind {
        Categories => WORDS,
        Treatments => "revision = 1\n[treatment]\n",
        Schema => MAP,
        Layer => HEAD,
        Evidence => "[evidence]\nfor = 'x'\nrevision = 1\n",
        Lists => "",
        Test => GIVEN,
    };
    let found = told(kind, &format!("{head}{text}\n"));
    let expected = [(code.to_owned(), underlined.to_owned(), message.to_owned())];
    assert_eq!(found, expected, "\n{text}");
}

const WHY: &str = "because = 'x'\ncite = 'our-default'\n";

fn rule(text: &str) -> String {
    format!("[rule.a]\n{WHY}{text}")
}

#[test]
fn slips_in_the_text_itself() {
    one(Layer, "owner = me@example.com", "P0001", "me@example.com", "this is no value");
    one(Layer, "title = 'again'", "P0001", "title", "`title` stands here a second time");
    one(Layer, "in-force = 2026-13-01", "P0001", "2026-13-01", "this is no day");
    one(Layer, "in-force = 2026-02-30", "P0001", "2026-02-30", "this is no day");
    one(Layer, "owner = 'x", "P0001", "x", "this is no TOML: invalid literal string, expected `'`");
}

#[test]
fn slips_in_keys() {
    one(Layer, "in_force = 2026-11-01", "P0003", "in_force", "unknown key `in_force`");
    one(Layer, "[reviews]\nby = ''", "P0003", "reviews", "unknown key `reviews`");
    one(Layer, &rule("becuase = 'y'\n'id.*' = 'drop'"), "P0003", "becuase", "unknown key `becuase`");
    one(Layer, &rule("when.kinds = 'auth.*'\n'id.*' = 'drop'"), "P0003", "kinds", "unknown key `kinds`");
    one(Layer, "[rule.a]\nbecause = 'x'\n'id.*' = 'drop'", "P0004", "[rule.a]", "`a` has no `cite`");
    one(
        Layer,
        "[law]\na = { cite = 'A', seen = 'text' }",
        "P0004",
        "{ cite = 'A', seen = 'text' }",
        "`a` has no `sure`",
    );
    one(
        Layer,
        "[rule.Night_Shift]\nbecause = 'x'\ncite = 'y'\n'id.*' = 'drop'",
        "P0011",
        "Night_Shift",
        "`Night_Shift` is no name of a rule",
    );
    one(Layer, &rule("id.email = 'drop'"), "P0012", "id.email", "`id.email` needs quotes");
    one(Layer, &rule("when.equals.net.ip = ['x']\n'id.*' = 'drop'"), "P0012", "net.ip", "`net.ip` needs quotes");
    one(Schema, "[fields]\nItem.Subject = 'content.text'", "P0012", "Item.Subject", "`Item.Subject` needs quotes");
    one(Schema, "[events]\nauth.login = { a = 'x' }", "P0012", "auth.login", "`auth.login` needs quotes");
    one(Categories, "id.email = 'E-mail'", "P0012", "id.email", "`id.email` needs quotes");
    one(
        Test,
        "[test.a]\ntitle = 'x'\nevent = '{}'\nbecomes.Item.Subject = 'x'",
        "P0012",
        "Item.Subject",
        "`Item.Subject` needs quotes",
    );
}

#[test]
fn slips_in_values() {
    one(Layer, "guard = 'true'", "P0005", "'true'", "`guard` must be true or false, without quotes");
    one(Layer, &rule("'id.*' = 3"), "P0005", "3", "`id.*` must be a treatment or a list of treatments");
    one(Layer, "[law]\na = { cite = 'A', sure = 'hihg', seen = 'text' }", "P0006", "'hihg'", "`sure` cannot be `hihg`");
    one(Layer, &rule("event = 'drop'"), "P0006", "'drop'", "`event` cannot be `drop`");
    let failure = |text: &str| format!("[failure]\n{WHY}{text}");
    one(Layer, &failure("otherwise = 'dorp'"), "P0006", "'dorp'", "`otherwise` cannot be `dorp`");
    one(Layer, &failure("'id.*' = 'pass'"), "P0006", "'pass'", "`id.*` cannot be `pass`");
    one(Layer, &failure("'id.*' = { with = 'x', replace = 'y' }"), "P0003", "with", "unknown key `with`");
    one(Layer, &failure("'id.*' = {}"), "P0004", "{}", "`id.*` has no `replace`");
    one(Layer, &failure("othrwise = 'drop'"), "P0003", "othrwise", "unknown key `othrwise`");
    one(Layer, &failure("id.email = 'drop'"), "P0012", "id.email", "`id.email` needs quotes");
    one(Layer, &failure(""), "P0159", "failure", "this rule does nothing");
    one(Layer, "[failure]\ncite = 'x'\notherwise = 'drop'", "P0004", "[failure]", "`failure` has no `because`");
    one(Layer, &format!("[retention.a]\n{WHY}at-most = '90d'"), "P0007", "'90d'", "`at-most` must be a length of time");
    one(Layer, &format!("[retention.a]\n{WHY}at-most = 90"), "P0007", "90", "`at-most` must be a length of time");
    one(Layer, "in-force = '2026-11-01'", "P0008", "'2026-11-01'", "`in-force` must be a day");
    one(Layer, "in-force = 2026-11-01T00:00:00", "P0008", "2026-11-01T00:00:00", "`in-force` must be a day");
    one(Layer, "[hours]\nzone = 'Europe/Berlin'\nMon = '6-18'", "P0009", "'6-18'", "`6-18` is no stretch of a day");
    one(
        Layer,
        "[hours]\nzone = 'Europe/Berlin'\nMon = '06:00-18:00'\nMo-Do = '06:00-18:00'",
        "P0003",
        "Mo-Do",
        "`Mo-Do` is no day of the week",
    );
    let shift = |key: &str| format!("[hours]\nzone = 'Europe/Berlin'\n[hours.late]\nMon = '06:00-18:00'\n{key} = 'DE'");
    one(Layer, &shift("holidays"), "P0003", "holidays", "a shift has no `holidays` of its own");
    one(Layer, &shift("holiday"), "P0003", "holiday", "`holiday` is no day of the week");
    one(Layer, "[hours]\nzone = 'Berlin'\nMon = '06:00-18:00'", "P0010", "'Berlin'", "`Berlin` is no time zone");
    one(Layer, &rule("'id.email' = []"), "P0014", "[]", "`id.email` has no treatment");
    one(Layer, "[rule.a]\nbecause = ''\ncite = 'x'\n'id.*' = 'drop'", "P0014", "''", "`because` is empty");
    one(Layer, &rule("'id.*' = ['drop', 'drop']"), "P0015", "'drop'", "`drop` stands twice in this list");
}

#[test]
fn slips_in_what_is_owed() {
    let notice = |text: &str| format!("[notice.a]\ncite = 'x'\nlead = '0 days'\n{text}");
    one(Layer, &notice("slots = ['purpose']"), "P0006", "'purpose'", "`slots` cannot be `purpose`");
    one(Layer, &notice("slots = true"), "P0005", "true", "`slots` must be a slot or a list of slots");
    one(Layer, &notice("from = 'on hire'"), "P0003", "from", "unknown key `from`");
    one(Layer, &notice("says = ''"), "P0014", "''", "`says` is empty");
    one(Layer, "[notice.a]\ncite = 'x'\nlead = 'soon'", "P0007", "'soon'", "`lead` must be a length of time");
    one(Layer, "[notice.a]\nlead = '0 days'", "P0004", "[notice.a]", "`a` has no `cite`");
    one(Layer, "[notice.A_b]\ncite = 'x'\nlead = '0 days'", "P0011", "A_b", "`A_b` is no name of a notice");
    let obligation = |text: &str| format!("[obligation.a]\ncite = 'x'\n{text}");
    one(Layer, &obligation("who = 'store'"), "P0004", "[obligation.a]", "`a` has no `does`");
    one(Layer, &obligation("does = 'x'"), "P0004", "[obligation.a]", "`a` has no `who`");
    one(Layer, &obligation("who = 'x'\ndose = 'y'\ndoes = 'z'"), "P0003", "dose", "unknown key `dose`");
    one(Layer, "[obligation.a]\nwho = 'x'\ndoes = 'y'", "P0004", "[obligation.a]", "`a` has no `cite`");
    one(Layer, "[obligation.a]\ncite = []\nwho = 'x'\ndoes = 'y'", "P0014", "[]", "`cite` is empty");
    let gate = |text: &str| format!("[gate.a]\n{WHY}ask = 'reference'\n{text}");
    one(Layer, &gate("or = ['B C']"), "P0011", "'B C'", "`B C` is no name of a fact or gate");
    one(Layer, &gate("if = ''"), "P0014", "''", "`if` is empty");
}

#[test]
fn slips_in_rules_and_words() {
    one(Layer, &rule("'id' = 'drop'"), "P0151", "'id'", "`id` is no name of a category");
    one(Layer, &rule("'id.e_mail' = 'drop'"), "P0151", "'id.e_mail'", "`id.e_mail` is no name of a category");
    one(Layer, &rule("when.kind = 'auth'\n'id.*' = 'drop'"), "P0151", "'auth'", "`auth` is no name of a kind");
    one(
        Categories,
        "[category.b]\ntitle='B'\nidentifies='no'\n'id.name' = 'N'",
        "P0152",
        "'id.name'",
        "`id.name` is declared in two groups",
    );
    one(Categories, "[title.xx]\n'id.name' = 'x'", "P0003", "xx", "`xx` is no language that titles are translated to");
    one(Categories, "[title.de]\n'id.nmae' = 'x'", "P0153", "'id.nmae'", "`id.nmae` is not declared in this file");
    one(Categories, "[type]\n'id.nmae' = 'text'", "P0153", "'id.nmae'", "`id.nmae` is not declared in this file");
    one(Categories, "[domain]\na = ['id.name']\nb = ['id.name']", "P0154", "'id.name'", "`id.name` is in two domains");
    one(Layer, &rule(""), "P0159", "a", "this rule does nothing");
    one(
        Layer,
        "[escrow]\nofficers = ['a']\napprovals = 2\nbecause = 'x'\ncite = 'y'",
        "P0161",
        "2",
        "2 have to agree, 1 are named",
    );
    one(Layer, &format!("[retention.a]\n{WHY}"), "P0351", "a", "this limits nothing");
    one(
        Layer,
        &format!("[retention.a]\n{WHY}at-most='1 day'\nat-least='1 week'"),
        "P0352",
        "'1 week'",
        "kept at least longer than at most",
    );
    one(Layer, "[list.a]\nwords = ['x']", "P0551", "a", "this list looks nowhere");
    let two = "[[entity]]\nname = 'a.b'\npattern = 'x'\nlist = 'c'";
    one(Layer, two, "P0553", "list", "an entity is known by a pattern or by a list");
    one(Layer, "[list.a]\nabout = ['owner']", "P0552", "a", "this list has no words");
    one(
        Layer,
        "[list.a]\nabout = ['boss']\nwords = ['x']\nlook-in = 'a.*'",
        "P0006",
        "'boss'",
        "`about` cannot be `boss`",
    );
}

#[test]
fn slips_in_plugins() {
    let zeros = "0".repeat(64);
    let plugin = |text: &str| {
        let head = format!("[plugin.a]\n{WHY}component = 'a.wasm'\ndigest = 'sha256:{zeros}'\n");
        head + text
    };
    one(Layer, &plugin(""), "P0163", "a", "a plugin either looks in values or rewrites them");
    one(
        Layer,
        &plugin("look-in = 'a.*'\nrewrite = 'a.*'"),
        "P0163",
        "rewrite",
        "a plugin either looks in values or rewrites them",
    );
    one(Layer, &plugin("rewrite = 'a.*'\nlabel = 'x'"), "P0163", "label", "`label` belongs to `look-in`");
    one(Layer, &plugin("look-in = []"), "P0014", "[]", "`look-in` is empty");
    one(Layer, &plugin("look-in = 'a.*'\nthreshold = 'sure'"), "P0006", "'sure'", "`threshold` cannot be `sure`");
    one(Layer, &plugin("look-in = 'a.*'\nsettings = 3"), "P0005", "3", "`settings` must be a table");
    let settings = "look-in = 'a.*'\nsettings = { a = [inf] }";
    one(Layer, &plugin(settings), "P0013", "settings", "these settings hold a number that JSON cannot write");
    let other = |component: &str, digest: &str| {
        format!("[plugin.a]\n{WHY}component = '{component}'\ndigest = '{digest}'\nlook-in = 'a.*'")
    };
    let digest = format!("sha256:{zeros}");
    for outside in ["../a.wasm", "/a.wasm", "x/./a.wasm", "a//b.wasm", "c:a.wasm", "a\\b.wasm"] {
        let message = format!("`{outside}` does not stand beside this file");
        one(Layer, &other(outside, &digest), "P0164", &format!("'{outside}'"), &message);
    }
    assert!(told(Layer, &format!("{HEAD}{}", other("plugins/a.wasm", &digest))).is_empty());
    for wrong in ["", "sha256:00", "sha256:+", &format!("sha256:+{}", "0".repeat(63)), &"0".repeat(71)] {
        let code = told(Layer, &format!("{HEAD}{}", other("a.wasm", wrong)))[0].0.clone();
        assert_eq!(code, if wrong.is_empty() { "P0014" } else { "P0452" }, "{wrong}");
    }
}

#[test]
fn slips_in_treatments() {
    one(Treatments, "anonymise = {}", "P0155", "anonymise", "`anonymise` begins with no verb that is known");
    one(
        Treatments,
        "generalize-x = { time = 'day' }",
        "P0155",
        "generalize-x",
        "`generalize-x` begins with no verb that is known",
    );
    one(
        Treatments,
        "mask-x = { find = ['personal'], show = 'domain' }",
        "P0156",
        "find",
        "`mask` has no parameter `find`",
    );
    one(Treatments, "keep = { say = 'x' }", "P0156", "say", "unknown parameter `say`");
    one(
        Treatments,
        "truncate-ip = { ipv4 = 24 }",
        "P0157",
        "truncate-ip",
        "`truncate` needs `ipv4` and `ipv6` together, or `text`",
    );
    one(Treatments, "truncate-ip = { ipv4 = 33, ipv6 = 48 }", "P0013", "33", "`ipv4` is out of bounds");
    one(
        Treatments,
        "generalise-x = { time = 'day', number = 10 }",
        "P0157",
        "generalise-x",
        "`generalise` goes up one ladder",
    );
    one(
        Treatments,
        "generalise-x = { url = 'host', zone = 'Europe/Berlin' }",
        "P0157",
        "zone",
        "`zone` belongs to `time`, not to `url`",
    );
    one(Treatments, "generalise-x = { time = 'day', zone = 'CEST' }", "P0010", "'CEST'", "`CEST` is no time zone");
    one(Treatments, "generalise-x = { number = 0 }", "P0013", "0", "the width of a bucket is above zero");
    one(
        Treatments,
        "redact-x = { threshold = 'likely' }",
        "P0157",
        "threshold",
        "`threshold` means nothing without `find`",
    );
    one(
        Treatments,
        "redact-x = { keep = { 'person.email' = 'domain' } }",
        "P0157",
        "keep",
        "`keep` means nothing without `find`",
    );
    one(
        Treatments,
        "redact-x = { find = ['personal'], except-examples = 'yes' }",
        "P0005",
        "'yes'",
        "`except-examples` must be true or false, without quotes",
    );
    one(
        Treatments,
        "redact-x = { find = ['personal'], except-example = true }",
        "P0156",
        "except-example",
        "unknown parameter `except-example`",
    );
    one(
        Treatments,
        "redact-x = { find = ['personal'], keep = { 'person.emial' = 'domain' } }",
        "P0165",
        "'person.emial'",
        "of `person.emial` no part can be kept",
    );
    one(
        Treatments,
        "redact-x = { find = ['personal'], keep = { person.email = 'domain' } }",
        "P0012",
        "person.email",
        "`person.email` needs quotes",
    );
    one(
        Treatments,
        "redact-x = { find = ['personal'], keep = { 'person.email' = 'domian' } }",
        "P0165",
        "'domian'",
        "`domian` is no part of `person.email`",
    );
    one(
        Treatments,
        "redact-x = { find = ['payment'], keep = { 'payment.card' = 'domain' } }",
        "P0165",
        "'domain'",
        "`domain` is no part of `payment.card`",
    );
    one(
        Treatments,
        "redact-x = { label = 'x', fixed = 8 }",
        "P0157",
        "redact-x",
        "`label` and `fixed` exclude each other",
    );
    one(
        Treatments,
        "mask-x = { show = 'last four' }",
        "P0158",
        "'last four'",
        "`last four` does not say what stays visible",
    );
    one(Treatments, "mask-x = { show = 'first 0' }", "P0158", "'first 0'", "`first 0` does not say what stays visible");
    one(Treatments, "tokenise = { random = false }", "P0157", "false", "a token is always random");
    one(Treatments, "replace-x = { with = inf }", "P0013", "inf", "`with` is no number that JSON can write");
}

#[test]
fn slips_in_schema_maps() {
    one(Schema, "[fields]\n'a' = 'id.*'", "P0151", "'id.*'", "`id.*` is no name of a category");
    one(
        Schema,
        "[fields]\n'a' = 'actor: id.email'",
        "P0256",
        "'actor: id.email'",
        "roles stand before categories in `where` only",
    );
    one(Schema, "[fields]\n'a' = { b = 1 }", "P0005", "{ b = 1 }", "`a` must be a text or a list of texts");
    one(
        Schema,
        "[fields]\n'@envelop.topic' = 'event.source'",
        "P0252",
        "'@envelop.topic'",
        "`@envelop` is no part of a delivery",
    );
    one(
        Schema,
        "[fields]\n'a' = 'x.y'\n[inside]\n'a' = 'json'",
        "P0259",
        "'a'",
        "`a` is looked inside and classified as a whole",
    );
    one(
        Schema,
        "[fields]\n'A' = 'x.y'\n[inside]\n'a' = 'json'",
        "P0259",
        "'A'",
        "`A` is looked inside and classified as a whole",
    );
    let message = "`A` is looked inside: its value is not tested";
    one(Schema, "[events]\n'x.y' = { A = 'b' }\n[inside]\n'a' = 'lines'", "P0261", "A", message);
    one(Schema, "[inside]\n'a' = 'json'\n[variant.v]\nwhen = { A = 'b' }\n'c' = 'x.y'", "P0261", "A", message);
    one(Schema, "[inside]\n'a' = { as = 'yaml' }", "P0006", "'yaml'", "`as` cannot be `yaml`");
    one(Schema, "[inside]\n'a' = { if = 'json', as = 'json' }", "P0003", "if", "unknown key `if`");
    one(Schema, "[variant.v]\n'a' = 'id.name'", "P0004", "[variant.v]", "`v` has no `when`");
    one(Schema, "[variant.v]\nwhen = { a = 1 }", "P0258", "v", "this variant names no field");
    let line = |text: &str| format!("[inside]\n'm' = 'lines'\n[line.a]\nin = 'm'\n{text}");
    one(
        Schema,
        &line("like = '{u} x'\nwhere.u = 'id.name'\nwhere.v = 'id.name'"),
        "P0254",
        "v",
        "the template has no hole `v`",
    );
    one(Schema, &line("like = '{u} x'"), "P0255", "'{u} x'", "nobody says what the hole `u` is: it is dropped");
    one(Schema, &line("like = '{u:text} x'\nwhere.u = ''"), "P0253", "{u:text}", "this is no template");
    one(Schema, &line("like = 'a {u'"), "P0253", "{u", "this is no template");
    one(Schema, &line("like = '{u} x'\nwhere.u = 'boss: id.name'"), "P0006", "boss", "`boss` is no role");
    one(Schema, "[fields]\n'a..b' = 'id.name'", "P0260", ".", "`a..b` is no path");
    one(Schema, "[fields]\n'a[x].b' = 'id.name'", "P0260", "[x", "`a[x].b` is no path");
    one(Schema, "[line.a]\nin = 'm'\nlike = 'x'", "P0257", "'m'", "`m` is not looked inside for lines");
    let map = MAP.replace("['a']", "['a = ']");
    assert_eq!(told(Schema, &map)[0], ("P0251".into(), "'a = '".into(), "one of the values is empty".into()));
    let map = MAP.replace("['a']", "[['a'], '!b = c']");
    assert_eq!(told(Schema, &map)[0].2, "`recognise` mixes texts and lists");
}

#[test]
fn slips_in_evidence_and_tests() {
    one(Evidence, "[evidence.a]\nagreed-revision = 'de 4'", "P0451", "'de 4'", "`de 4` names no revision of a layer");
    one(Evidence, "[evidence.a]\nagreed-digest = 'x'", "P0452", "'x'", "this is no digest");
    one(Evidence, "[evidence.a]\nanswer = 'maybe'", "P0006", "'maybe'", "`answer` cannot be `maybe`");
    one(Evidence, "[evidence.a]\nreveiw-by = 2027-01-01", "P0003", "reveiw-by", "unknown key `reveiw-by`");
    one(Evidence, "[evidence.a]\nreview-by = 'next year'", "P0008", "'next year'", "`review-by` must be a day");
    one(
        Evidence,
        "[decision.d]\nbetween = ['a.b', 'c.d']\nwins = 'e.f'\nwhy = 'x'\nby = 'y'",
        "P0453",
        "'e.f'",
        "`e.f` is none of the two",
    );
    one(
        Evidence,
        "[decision.d]\nbetween = ['a.b', 'c.d']\nwins = 'b'\nwhy = 'x'\nby = 'y'",
        "P0011",
        "'b'",
        "`b` does not say which layer is meant",
    );
    one(Test, "[test.a]\ntitle = 'x'\nkept = ['a']", "P0601", "a", "a test is about one event, or about values");
    one(Test, "[test.a]\ntitle = 'x'\nevent = '{}'", "P0602", "a", "this test promises nothing");
    one(
        Test,
        "[test.a]\ntitle = 'x'\nevent = '{}'\nkept = 'a'\nwithout = 'dpia'",
        "P0603",
        "'dpia'",
        "`dpia` cannot be taken away",
    );
    one(Test, "[test.a]\ntitle = 'x'\nevent = '{}'\nkept = 'a'\ngone = 'a'", "P0604", "'a'", "`a` has two fates");
    one(
        Test,
        "[test.a]\ntitle = 'x'\nevent = '{}'\noutcome = 'withheld'",
        "P0006",
        "'withheld'",
        "`outcome` cannot be `withheld`",
    );
}

#[test]
fn near_words_are_suggested() {
    let (mut bundle, mut out) = (Bundle::new(), Vec::new());
    let file = bundle.add("file.toml", format!("{HEAD}in_force = 2026-01-01\n"));
    read(&bundle, file, Layer, &mut out);
    let help = out[0].help.as_deref().unwrap_or_default();
    assert!(help.starts_with("did you mean `in-force`? Allowed: `guard`, "), "{help}");
    for (keep, wanted) in [
        ("'person.email' = 'domian'", "did you mean `domain`? Allowed: `domain`"),
        ("'payment.iban' = 'lsat 4'", "did you mean `last 4`? Allowed: `country` or `last 4`"),
        ("'payment.crad' = 'bin'", "did you mean `payment.card`? Allowed: `payment.card`, "),
    ] {
        let (mut bundle, mut out) = (Bundle::new(), Vec::new());
        let text = format!("revision = 1\n[treatment]\nredact-x = {{ find = ['personal'], keep = {{ {keep} }} }}\n");
        let file = bundle.add("treatments.toml", text);
        read(&bundle, file, Treatments, &mut out);
        let help = out[0].help.as_deref().unwrap_or_default();
        assert!(help.starts_with(wanted), "{help}");
    }
}

#[test]
fn everything_wrong_in_one_file_is_told_at_once() {
    let text = "[policy]\nid = de\ntitel = 'Germany'\nlayer = 'land'\nrevision = 0\n\n[rule.a]\nid.email = 'drop'\n\
                id.name = 'drop'\n'net.ip' = 5\nwhen.kind = 'Auth'\n\n[retention.b]\nat-most = 'long'\ncite = []\n\n[purpose]\nx = 1\n";
    let found = told(Layer, text);
    let codes: Vec<_> = found.iter().map(|(code, place, _)| (code.as_str(), place.as_str())).collect();
    assert_eq!(
        codes,
        [
            ("P0004", "[policy]"),
            ("P0001", "de"),
            ("P0003", "titel"),
            ("P0006", "'land'"),
            ("P0013", "0"),
            ("P0004", "[rule.a]"),
            ("P0004", "[rule.a]"),
            ("P0012", "id.email"),
            ("P0012", "id.name"),
            ("P0005", "5"),
            ("P0151", "'Auth'"),
            ("P0004", "[retention.b]"),
            ("P0007", "'long'"),
            ("P0014", "[]"),
            ("P0003", "purpose"),
        ]
    );
}

#[test]
fn a_mistake_that_hides_the_rest_is_told_alone() {
    let found = told(Layer, "[policy]\nid = 'a\"\ntitle = [1, 2\nlayer = 'x'\n");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, "P0001");
}

#[test]
fn every_example_shows_its_mistake() {
    for known in codes::all().filter(|c| super::shipped::is_shape(c.code) && c.code != "P0002") {
        let shown = KINDS.iter().any(|&kind| told(kind, known.example).iter().any(|(code, ..)| code == known.code));
        assert!(shown, "{}: {}", known.code, known.example);
    }
}

/// Some kind of file tells the mistake of what is shown as wrong more often than of what is shown as right.
#[test]
fn every_mended_example_is_without_its_mistake() {
    let is_unmended = |known: &&codes::Code| {
        // A part of a file lacks other keys as well.
        let times = |kind, text: &str| told(kind, text).iter().filter(|(code, ..)| *code == known.code).count();
        !KINDS.iter().any(|&kind| times(kind, known.mended) < times(kind, known.example))
    };
    let shape = codes::all().filter(|c| super::shipped::is_shape(c.code) && c.code != "P0002");
    let unmended: Vec<_> = shape.filter(is_unmended).map(|known| (known.code, known.mended)).collect();
    assert!(unmended.is_empty(), "{unmended:#?}");
}

#[test]
fn files_that_are_too_long_are_not_read() {
    let text = "#".repeat(crate::policy::syntax::MAX_FILE_BYTES + 1);
    assert_eq!(told(Layer, &text)[0].0, "P0002");
    let (bundle, mut out) = (Bundle::new(), Vec::new());
    assert!(!read(&bundle, crate::policy::document::FileId(7), Layer, &mut out));
    assert_eq!(out[0].code, "P0002");
}

#[test]
fn a_report_shows_file_line_place_and_help() {
    let (mut bundle, mut out) = (Bundle::new(), Vec::new());
    let file = bundle.add("jurisdictions/de.toml", format!("{HEAD}[rule.a]\n{WHY}id.email = 'drop'\n"));
    read(&bundle, file, Layer, &mut out);
    let expected = "\
error[P0012]: `id.email` needs quotes
 --> jurisdictions/de.toml:9:1
  |
9 | id.email = 'drop'
  | ^^^^^^^^
  |
  = help: write `\"id.email\"` = …: without quotes TOML reads a table in a table

";
    assert_eq!(render(&bundle, &out, false), expected);
    let coloured = render(&bundle, &out, true);
    assert!(coloured.contains("\u{1b}[") && coloured.contains("id.email"));
}

#[test]
fn a_report_may_speak_of_two_files() {
    let mut bundle = Bundle::new();
    let eu = bundle.add("jurisdictions/eu.toml", "\"net.ip\" = \"truncate-ip\"\n");
    let tenant = bundle.add("tenants/x.toml", "\n\"net.ip\" = \"keep\"\n");
    let problem = Diagnostic::error(
        "P0118",
        "`keep` is not true here",
        Span { file: tenant, start: 12, end: 18 },
        "more than eu",
    )
    .and(Span { file: eu, start: 11, end: 24 }, "here")
    .help("leave the row out");
    let expected = "\
error[P0118]: `keep` is not true here
 --> tenants/x.toml:2:12
  |
2 | \"net.ip\" = \"keep\"
  |            ^^^^^^ more than eu
  |
 ::: jurisdictions/eu.toml:1:12
  |
1 | \"net.ip\" = \"truncate-ip\"
  |            ------------- here
  |
  = help: leave the row out

";
    assert_eq!(render(&bundle, &[problem], false), expected);
}

#[test]
fn nothing_of_a_sealed_file_is_shown() {
    let (mut bundle, mut out) = (Bundle::new(), Vec::new());
    let text = "[list.a]\nwords = ['hidden', 'hidden', 3, '']\nhidden = 1\nhidden-word = hidden\n";
    let file = bundle.add_sealed("tenants/x.lists.toml", text);
    read(&bundle, file, Lists, &mut out);
    assert!(out.len() >= 4, "{out:?}");
    for colour in [false, true] {
        let report = render(&bundle, &out, colour);
        assert!(!report.contains("hidden"), "{report}");
    }
    let report = render(&bundle, &out, false);
    assert!(report.contains("tenants/x.lists.toml:2:20"), "{report}");
    assert!(out.iter().any(|d| d.severity == Severity::Warning));
}
