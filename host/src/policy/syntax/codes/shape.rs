//! What can be wrong with the shape of one file.

use super::{Code, code};

/// In ascending order.
pub(super) const SHAPE: &[Code] = &[
    code(
        "P0001",
        "this is no TOML",
        "The text does not follow the grammar of TOML, so that nothing behind it can be trusted. Texts, names, times \
         of day and durations stand in quotes; lists stand in square brackets with commas between; a day is written \
         2026-11-01 without quotes; a key stands once in its table. Mistakes that end with their line are reported \
         together with everything else; after any other one, the rest of the file is read in the next run.",
        "[policy]\nid = de\n",
        "[policy]\nid = \"de\"\n",
    ),
    code(
        "P0002",
        "the file cannot be read",
        "A file of the policy language has at most 4 MiB, a key at most 1000 dots, and a policy at most 65535 files. \
         That is far above what is written by hand: such a file is usually data that went into the wrong folder.",
        "policies/tenants/export.toml     # 5 MiB\n",
        "# policies/ holds only files of rules, words, maps, evidence and tests\n",
    ),
    code(
        "P0003",
        "a key that is not known here",
        "Unknown keys are errors everywhere: a misspelt key that is passed over would be a rule that nobody follows. \
         The help names the keys that this table may have.",
        "[policy]\nid = \"de\"\nin_force = 2026-11-01\n",
        "[policy]\nid = \"de\"\nin-force = 2026-11-01\n",
    ),
    code(
        "P0004",
        "a key is missing",
        "The table lacks a key that it must have; the message names it. What decides something, such as a rule or a \
         gate, always says why (`because`) and by which law (`cite`; `our-default` where no law says it): every \
         decision can be explained. Other tables have keys of their own: a test its `title`, an entity its `sets`.",
        "[rule.people]\n\"id.*\" = \"drop\"\n",
        "[rule.people]\nbecause = \"The reader must not see who it was.\"\ncite    = \"our-default\"\n\
         \"id.*\"  = \"drop\"\n",
    ),
    code(
        "P0005",
        "a value of the wrong type",
        "The key takes another type of value: a text in quotes, a number without, true or false without quotes, a \
         list in square brackets, a table in braces or under a header.",
        "[policy]\nid = \"de\"\nguard = \"true\"\n",
        "[policy]\nid = \"de\"\nguard = true\n",
    ),
    code(
        "P0006",
        "a word that this key does not know",
        "The key takes one of a few words. The help lists them.",
        "[policy]\nid = \"de\"\nlayer = \"country\"\n",
        "[policy]\nid = \"de\"\nlayer = \"jurisdiction\"\n",
    ),
    code(
        "P0007",
        "no length of time",
        "Lengths of time are words: a whole number, one blank, and `days`, `weeks`, `months` or `years`. They are \
         compared by days: a month counts 30, a year 365.",
        "[retention.all]\nat-most = \"90d\"\n",
        "[retention.all]\nat-most = \"90 days\"\n",
    ),
    code(
        "P0008",
        "no day",
        "A day is written 2026-11-01: without quotes and without a time of day.",
        "[policy]\nin-force = \"2026-11-01\"\n",
        "[policy]\nin-force = 2026-11-01\n",
    ),
    code(
        "P0009",
        "no stretch of a day",
        "Working hours are two times of 24 hours with a hyphen between, in quotes. One that ends before it begins goes \
         over midnight: the early part counts for the next day.",
        "[hours]\nzone = \"Europe/Berlin\"\nMon-Fri = \"6-18\"\n",
        "[hours]\nzone = \"Europe/Berlin\"\nMon-Fri = \"06:00-18:00\"\n",
    ),
    code(
        "P0010",
        "no time zone",
        "Zones have IANA names, for example \"Europe/Berlin\" or \"Asia/Seoul\". Abbreviations such as CET change their \
         meaning with the place and the season. The list is the one inside the program, so that the same policy means \
         the same everywhere.",
        "[hours]\nzone = \"Europe/Musterstadt\"\nMon = \"06:00-18:00\"\n",
        "[hours]\nzone = \"Europe/Berlin\"\nMon = \"06:00-18:00\"\n",
    ),
    code(
        "P0011",
        "no name",
        "Names have small letters, digits and hyphens. Where another layer's rule is meant, its layer stands before \
         it with a dot: `eu.time`.",
        "[rule.Keep_Time]\n",
        "[rule.keep-time]\n",
    ),
    code(
        "P0012",
        "a dotted name without quotes",
        "TOML reads `id.email = \"drop\"` as a table `id` with a key `email`, so that a category could be cut in two \
         without anybody noticing. Names of categories and kinds and paths with dots are always quoted.",
        "[rule.people]\nid.email = \"drop\"\n",
        "[rule.people]\n\"id.email\" = \"drop\"\n",
    ),
    code(
        "P0013",
        "a number out of bounds",
        "The number is smaller or larger than what makes sense here; the label says from where to where.",
        "[treatment]\ntruncate-ip = { ipv4 = 33, ipv6 = 48 }\n",
        "[treatment]\ntruncate-ip = { ipv4 = 24, ipv6 = 48 }\n",
    ),
    code(
        "P0014",
        "nothing where something must stand",
        "An empty text, list or table would mean nothing, or everything. Leave the key out, or fill it.",
        "[rule.people]\n\"id.email\" = []\n",
        "[rule.people]\n\"id.email\" = \"drop\"\n",
    ),
    code(
        "P0015",
        "the same value twice",
        "A list names the same value a second time. It means nothing; probably another value was meant.",
        "[purposes]\nallow = [\"security\", \"security\"]\n",
        "[purposes]\nallow = [\"security\", \"compliance\"]\n",
    ),
    code(
        "P0016",
        "a day of the week in two rows",
        "An event lies in working hours if it lies in those of either row, so a second row for a day never makes it shorter. Write \
         each day in one row, with all its stretches.",
        "[hours]\nzone = \"Europe/Berlin\"\nMon-Fri = \"08:00-17:00\"\nWed = \"08:00-12:00\"\n",
        "[hours]\nzone = \"Europe/Berlin\"\nMon-Tue = \"08:00-17:00\"\nWed = \"08:00-12:00\"\nThu-Fri = \"08:00-17:00\"\n",
    ),
    code(
        "P0151",
        "no name of a category or kind",
        "Categories and kinds are written \"group.name\" with small letters, digits and hyphens. A whole family ends in \
         a dot and a star, \"id.*\", and may stand where rules and lists say what they are about; a schema map and the \
         shared words name single ones.",
        "[rule.people]\n\"id*\" = \"drop\"\n",
        "[rule.people]\n\"id.*\" = \"drop\"\n",
    ),
    code(
        "P0152",
        "declared twice",
        "A category or kind stands in two groups. It has one title and one group.",
        "[category.a]\n\"id.name\" = \"Name\"\n[category.b]\n\"id.name\" = \"Name\"\n",
        "[category.a]\n\"id.name\" = \"Name\"\n[category.b]\n\"id.email\" = \"E-mail address\"\n",
    ),
    code(
        "P0153",
        "not declared",
        "[type], [domain] and [title.LANGUAGE] speak of what `categories.toml` declares itself.",
        "[type]\n\"net.ip\" = \"ip\"\n",
        "[category.machines]\n\"net.ip\" = \"IP address\"\n[type]\n\"net.ip\" = \"ip\"\n",
    ),
    code(
        "P0154",
        "in two domains",
        "A domain joins categories whose values name one subject, so that their codes agree. A value has one code, \
         therefore its category is in one domain at most.",
        "[category.a]\n\"id.name\" = \"Name\"\n[domain]\na = [\"id.name\"]\nb = [\"id.name\"]\n",
        "[category.a]\n\"id.name\" = \"Name\"\n[domain]\na = [\"id.name\"]\n",
    ),
    code(
        "P0155",
        "a treatment without a verb",
        "The name of a treatment begins with what it does, so that a rule can be read without looking it up: keep, drop, \
         forbid, suppress, redact, mask, truncate, generalise, pseudonymise, tokenise or replace.",
        "[treatment]\nanonymise = {}\n",
        "[treatment]\npseudonymise-short = {}\n",
    ),
    code(
        "P0156",
        "a parameter that the verb does not have",
        "Every verb has its own parameters; the help lists them.",
        "[treatment]\nmask-name = { find = [\"personal\"] }\n",
        "[treatment]\nredact-name = { find = [\"personal\"] }\n",
    ),
    code(
        "P0157",
        "parameters that do not go together",
        "Some parameters need each other (`ipv4` and `ipv6`), some exclude each other (`label` and `fixed`), and \
         `generalise` goes up exactly one ladder.",
        "[treatment]\ntruncate-ip = { ipv4 = 24 }\n",
        "[treatment]\ntruncate-ip = { ipv4 = 24, ipv6 = 48 }\n",
    ),
    code(
        "P0158",
        "`show` does not say what stays visible",
        "A mask shows \"bin, last 4\" (of a card number), \"domain\", \"extension\", \"first N\", \"last N\" or \
         \"first N, last M\". Everything else is hidden.",
        "[treatment]\nmask-card = { show = \"last four\" }\n",
        "[treatment]\nmask-card = { show = \"bin, last 4\" }\n",
    ),
    code(
        "P0159",
        "a rule that does nothing",
        "A rule has rows (\"category\" = treatment) or withholds the event (event = \"suppress\").",
        "[rule.people]\nbecause = \"…\"\ncite = \"our-default\"\n",
        "[rule.people]\nbecause = \"…\"\ncite = \"our-default\"\n\"id.*\" = \"drop\"\n",
    ),
    code(
        "P0160",
        "the base inherits",
        "The base stands below everything and inherits from nobody.",
        "[policy]\nid = \"base\"\nlayer = \"base\"\ninherits = \"eu\"\n",
        "[policy]\nid = \"base\"\nlayer = \"base\"\n",
    ),
    code(
        "P0161",
        "more approvals than officers",
        "More officers would have to agree than are named, so that a code could never be reversed.",
        "[escrow]\nofficers = [\"works council\"]\napprovals = 2\n",
        "[escrow]\nofficers = [\"works council\", \"data protection officer\"]\napprovals = 2\n",
    ),
    code(
        "P0162",
        "a classification outside a tenant",
        "What a field is says the engineer, once for everybody, in its schema map. Only a tenant adds what its own systems send \
         besides, under [classify.MAP], with a reason.",
        "[policy]\nid = \"eu\"\ntitle = \"European Union\"\nlayer = \"jurisdiction\"\nrevision = 1\n[classify.m365]\n\
         because = \"…\"\n\"CostCentre\" = \"org.tenant\"\n",
        "[policy]\nid = \"acme\"\ntitle = \"Acme\"\nlayer = \"tenant\"\nrevision = 1\n[classify.m365]\nbecause = \"…\"\n\
         \"CostCentre\" = \"org.tenant\"\n",
    ),
    code(
        "P0163",
        "a plugin that does nothing, or two things",
        "A detector says in which categories it looks (`look-in`), and may say what it finds, how sure it has to be and what stands \
         in its place. A transformer says which categories it rewrites (`rewrite`).",
        "[plugin.badges]\nbecause = \"…\"\ncite = \"our-default\"\ncomponent = \"badges.wasm\"\n",
        "[plugin.badges]\nbecause = \"…\"\ncite = \"our-default\"\ncomponent = \"badges.wasm\"\ndigest = \"sha256:…\"\n\
         look-in = [\"content.text\"]\n",
    ),
    code(
        "P0164",
        "a component that is elsewhere",
        "A component stands beside the file that names it or in a folder below, so that a folder of policies is whole.",
        "[plugin.badges]\nbecause = \"…\"\ncite = \"our-default\"\ncomponent = \"../badges.wasm\"\n",
        "[plugin.badges]\nbecause = \"…\"\ncite = \"our-default\"\ncomponent = \"plugins/badges.wasm\"\n",
    ),
    code(
        "P0165",
        "a part that is none",
        "`keep` names entities whose values have parts, and one of their parts: the \"domain\" of an e-mail address \
         (person.email), \"bin\" or \"last 4\" of a card (payment.card), \"country\" or \"last 4\" of an account \
         (payment.iban) or a telephone number (person.phone). Everything else of what is found is hidden.",
        "[treatment]\nredact-cards = { find = [\"payment.card\"], keep = { \"payment.card\" = \"domain\" } }\n",
        "[treatment]\nredact-cards = { find = [\"payment.card\"], keep = { \"payment.card\" = \"last 4\" } }\n",
    ),
    code(
        "P0251",
        "`recognise` cannot be read",
        "A list of tests that must all hold, or a list of such lists of which one must hold. A test is \"path\" (it is \
         there), \"!path\" (it is not) or \"path = glob | glob\" (it has one of these values).",
        "[schema]\nrecognise = [\"kind = \"]\n",
        "[schema]\nrecognise = [\"kind = Event\"]\n",
    ),
    code(
        "P0252",
        "no part of a delivery",
        "Parts of the envelope (headers, topics, keys, tags) stand below `@envelope`. Keys of an event may begin with @ \
         as well; one that looks so much like `@envelope` is quoted.",
        "[fields]\n\"@envelop.topic\" = \"event.source\"\n",
        "[fields]\n\"@envelope.topic\" = \"event.source\"\n",
    ),
    code(
        "P0253",
        "a template that cannot be read",
        "Holes of a template are written {name}, {name:type} or {name?} (may be empty), each with a name of its own. \
         Types are word, int, ip, rest, syslog-time and quoted. Some text stands between two holes, nothing stands behind \
         one that takes the rest, and braces of the text itself are doubled.",
        "[line.a]\nin = \"message\"\nlike = \"{user:text} left\"\n",
        "[line.a]\nin = \"message\"\nlike = \"{user:word} left\"\n",
    ),
    code(
        "P0254",
        "no such hole",
        "`where` and `inside` of a line speak of holes of its template.",
        "[line.a]\nin = \"message\"\nlike = \"{user} left\"\nwhere.usr = \"id.username\"\n",
        "[line.a]\nin = \"message\"\nlike = \"{user} left\"\nwhere.user = \"id.username\"\n",
    ),
    code(
        "P0255",
        "a hole that nobody classified",
        "Nothing unclassified leaves: a hole without a category is dropped, and a hyphen stands in its place. Say so \
         with an empty text, or name its category.",
        "[line.a]\nin = \"message\"\nlike = \"{user} left\"\n",
        "[line.a]\nin = \"message\"\nlike = \"{user} left\"\nwhere.user = \"id.username\"     # or \"\": dropped\n",
    ),
    code(
        "P0256",
        "a role where none can stand",
        "A role stands before a category in `where` only. Fields of persons are listed below [actor], [owner] or \
         [target], and one hole is about one person.",
        "[fields]\n\"UserId\" = \"actor: id.email\"\n",
        "[actor]\n\"UserId\" = \"id.email\"\n",
    ),
    code(
        "P0257",
        "lines in a value that holds none",
        "A template is tried on values that [inside] declares to hold lines.",
        "[line.a]\nin = \"message\"\nlike = \"{user} left\"\nwhere.user = \"id.username\"\n",
        "[inside]\n\"message\" = { as = \"lines\", else = \"content.text\" }\n[line.a]\nin = \"message\"\n\
         like = \"{user} left\"\nwhere.user = \"id.username\"\n",
    ),
    code(
        "P0258",
        "a variant without fields",
        "A variant says what further fields are when its condition holds. This one names none.",
        "[variant.files]\nwhen = { Workload = [\"OneDrive\"] }\n",
        "[variant.files]\nwhen = { Workload = [\"OneDrive\"] }\n\"ObjectId\" = \"url.full\"\n",
    ),
    code(
        "P0259",
        "looked inside and classified as a whole",
        "A value that is looked inside is taken apart; its parts have categories. A category of the whole would decide \
         twice. What becomes of a value that does not parse is said by `else`.",
        "[fields]\n\"log\" = \"content.text\"\n[inside]\n\"log\" = \"json\"\n",
        "[inside]\n\"log\" = { as = \"json\", else = \"content.text\" }\n",
    ),
    code(
        "P0260",
        "no path",
        "Keys are joined by dots. `*` is any one key, `**` any depth, `[*]` any element of an array, `[Name=x]` the \
         element whose `Name` is x. A key that holds a dot, a bracket, a star or a quote stands in single quotes inside \
         the path: \"claims.'http://x/y'\".",
        "[fields]\n\"a..b\" = \"id.name\"\n",
        "[fields]\n\"a.b\" = \"id.name\"\n",
    ),
    code(
        "P0261",
        "a test of a value that is looked inside",
        "A value that is looked inside is taken apart, and tests see its parts. One of the whole text never holds: say which \
         `kind` a line is, or test a field inside.",
        "[inside]\n\"log\" = \"lines\"\n[events]\n\"auth.login\" = { log = [\"*logged in\"] }\n",
        "[inside]\n\"log\" = \"lines\"\n[line.login]\nin = \"log\"\nlike = \"{user} logged in\"\n\
         where.user = \"id.username\"\nkind = \"auth.login\"\n",
    ),
    code(
        "P0351",
        "a limit that limits nothing",
        "[retention.NAME] says at least one of at-most, at-least and at-hand.",
        "[retention.all]\nbecause = \"…\"\n",
        "[retention.all]\nat-most = \"90 days\"\nbecause = \"…\"\n",
    ),
    code(
        "P0352",
        "at least longer than at most",
        "One and the same limit asks to keep events longer than it allows.",
        "[retention.all]\nat-most = \"30 days\"\nat-least = \"1 year\"\n",
        "[retention.all]\nat-most = \"1 year\"\nat-least = \"30 days\"\n",
    ),
    code(
        "P0451",
        "no revision of a layer",
        "An agreement names what was agreed: the layer, @, its revision.",
        "[evidence.works-agreement]\nagreed-revision = \"example-de 4\"\n",
        "[evidence.works-agreement]\nagreed-revision = \"example-de@4\"\n",
    ),
    code(
        "P0452",
        "no digest",
        "A digest is written \"sha256:\" and 64 hexadecimal digits.",
        "[evidence.works-agreement]\nagreed-digest = \"4711\"\n",
        "[evidence.works-agreement]\nagreed-digest = \"sha256:3f1c9a023f1c9a023f1c9a023f1c9a023f1c9a023f1c9a023f1c9a023f1c9a02\"\n",
    ),
    code(
        "P0453",
        "a decision between what is not two",
        "A decision names two limits and which of them wins.",
        "[decision.a]\nbetween = [\"pci.audit-trail\", \"eu.security\"]\nwins = \"eu.other\"\n",
        "[decision.a]\nbetween = [\"pci.audit-trail\", \"eu.security\"]\nwins = \"pci.audit-trail\"\n",
    ),
    code(
        "P0454",
        "no public key",
        "A public key of an officer is the 64 hexadecimal digits, in small letters, that `tamis policy key new` prints and writes into \
         the file that ends in .pub.",
        "[officers]\n\"works council\" = \"file:council.pub\"\n",
        "[officers]\n\"works council\" = \"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a\"\n",
    ),
    code(
        "P0551",
        "a list that looks nowhere",
        "A list says in which categories its words are looked for (`look-in`), or about whom (`about`), or both.",
        "[list.a]\nwords = [\"x\"]\n",
        "[list.a]\nlook-in = [\"channel.name\"]\nwords = [\"x\"]\n",
    ),
    code(
        "P0552",
        "words of a list in the wrong place",
        "A list has its words here, or it is secret and has them in NAME.lists.toml, sealed and held by a named body.",
        "[list.a]\nlook-in = [\"file.*\"]\nsecret = true\nheld-by = \"works council\"\nwords = [\"x\"]\n",
        "[list.a]\nlook-in = [\"file.*\"]\nsecret = true\nheld-by = \"works council\"\n",
    ),
    code(
        "P0553",
        "an entity that is known in two ways",
        "An entity is known by a pattern, or by an exact list whose sealed values stand beside the tenant. For both make two \
         entities, in one set.",
        "[[entity]]\nname = \"example.customer\"\npattern = \"C-[0-9]{6}\"\nlist = \"customers\"\n",
        "[[entity]]\nname = \"example.customer\"\nlist = \"customers\"\n[[entity]]\nname = \"example.customer-number\"\n\
         pattern = \"C-[0-9]{6}\"\n",
    ),
    code(
        "P0601",
        "a test about nothing, or about two things",
        "A test shows one event, or values by category where no source sends such a thing yet.",
        "[test.a]\ntitle = \"…\"\nkept = [\"a\"]\n",
        "[test.a]\ntitle = \"…\"\nevent = '{\"a\": 1}'\nkept = [\"a\"]\n",
    ),
    code(
        "P0602",
        "a test that promises nothing",
        "A test without a promise can never fail.",
        "[test.a]\ntitle = \"…\"\nevent = \"{}\"\n",
        "[test.a]\ntitle = \"…\"\nevent = '{\"a\": 1}'\ngone = [\"a\"]\n",
    ),
    code(
        "P0603",
        "nothing that can be taken away",
        "`without` takes away what [given] gave: \"evidence.NAME\" or \"lists.NAME\".",
        "[test.a]\nevent = \"{}\"\nwithout = [\"works-agreement\"]\n",
        "[test.a]\nevent = \"{}\"\nwithout = [\"evidence.works-agreement\"]\n",
    ),
    code(
        "P0604",
        "one value, two fates",
        "A value is kept, coded, gone or becomes something else: one of these.",
        "[test.a]\nevent = \"{}\"\nkept = [\"UserId\"]\ncoded = [\"UserId\"]\n",
        "[test.a]\nevent = \"{}\"\ncoded = [\"UserId\"]\n",
    ),
    code(
        "P0606",
        "a promise that only an event can keep",
        "Values by category show what the plan says of the category. What a value becomes, whether an event is withheld and how long it \
         is kept is shown on an event: of values it would never be looked at, and the test could not fail.",
        "[test.a]\ntitle = \"…\"\nvalues.\"net.ip\" = \"192.0.2.17\"\nbecomes.\"net.ip\" = \"192.0.2.0\"\n",
        "[test.a]\ntitle = \"…\"\nevent = '{\"ip\": \"192.0.2.17\"}'\nbecomes.\"ip\" = \"192.0.2.0\"\n",
    ),
];
