//! What can be wrong with the meaning of files that belong together: reported by `compile`.

use super::{Code, code};

/// In ascending order.
pub(super) const MEANING: &[Code] = &[
    code(
        "P0101",
        "a file that nobody reads",
        "A folder of policies has categories.toml and treatments.toml at its top, and everything else below schemas, \
         base, jurisdictions, sectors and tenants. Evidence and lists are called after the policy that they belong to. \
         What is elsewhere, or called otherwise, holds nothing and opens nothing.",
        "policies/jurisdiction/eu.toml\n",
        "policies/jurisdictions/eu.toml\n",
    ),
    code(
        "P0103",
        "two layers of one name",
        "Layers are named by `policy.id`: rules say `inherits = \"eu\"`, evidence and tests say `eu.time`. Two files with the \
         same id would make all of these ambiguous.",
        "[policy]\nid = \"eu\"     # in jurisdictions/eu.toml and in tenants/eu.toml\n",
        "[policy]\nid = \"eu\"     # in jurisdictions/eu.toml\n\n[policy]\nid = \"acme\"   # in tenants/acme.toml\n",
    ),
    code(
        "P0104",
        "a layer that is not in force yet",
        "A plan is compiled for a day. On that day this layer does not hold: its `in-force` lies later. Compile for a later \
         day, or use the revision of the file that was in force.",
        "[policy]\nid = \"de\"\nin-force = 2027-01-01\n",
        "[policy]\nid = \"de\"\nin-force = 2026-11-01\n",
    ),
    code(
        "P0105",
        "no such layer",
        "`inherits`, a workforce or the request names a layer that no file declares.",
        "[policy]\nid = \"de\"\ninherits = \"eruope\"\n",
        "[policy]\nid = \"de\"\ninherits = \"eu\"\n",
    ),
    code(
        "P0106",
        "too many conditions on values",
        "Lists, working hours and conditions on values are asked for every event, all at once; their number is bounded. Join \
         lists that have the same effect.",
        "[list.a]\n[list.b]\n[list.c]     # and so on, two dozen of them\n",
        "[list.private-words]\nwords = [\"private\", \"privat\", \"privado\"]\n",
    ),
    code(
        "P0107",
        "no such fact or gate",
        "`if` names a fact that no layer asks for, or `or` neither a fact nor a gate. Without [fact.NAME] nobody could answer it.",
        "[rule.private-use]\nif = \"privat-use\"\n",
        "[fact.private-use]\nask     = \"May staff use company mail privately?\"\nunknown = \"yes\"\n\
         cite    = \"our-default\"\n\n[rule.private-use]\nif = \"private-use\"\n",
    ),
    code(
        "P0108",
        "no such law",
        "`cite` names entries of [law] of this layer or of one that holds with it, or `our-default` where no law says it.",
        "[rule.people]\ncite = \"gdpr-99\"\n",
        "[law]\ngdpr-25 = { cite = \"GDPR Art. 25\", sure = \"high\", seen = \"text\" }\n\n[rule.people]\n\
         cite = \"gdpr-25\"\n",
    ),
    code(
        "P0109",
        "no such treatment",
        "A row names a treatment that neither treatments.toml nor a layer that holds here declares.",
        "[rule.people]\n\"id.name\" = \"hash\"\n",
        "[rule.people]\n\"id.name\" = \"pseudonymise\"\n",
    ),
    code(
        "P0110",
        "treatments that do not go together",
        "All treatments of a value join, whatever layers they come from, and these have no join: two ladders of different kinds, \
         buckets of which none is a multiple of the other, or times in two zones. Nothing could leave.",
        "[rule.a]\n\"url.full\" = [\"generalise-host\", \"generalise-path\"]\n",
        "[rule.a]\n\"url.full\" = \"generalise-host\"\n",
    ),
    code(
        "P0111",
        "`suppress` on a value",
        "`suppress` withholds whole events and stands behind `event =`. A value is dropped.",
        "[rule.a]\n\"id.name\" = \"suppress\"\n",
        "[rule.a]\nevent = \"suppress\"     # the whole event; or:\n\"id.name\" = \"drop\"\n",
    ),
    code(
        "P0112",
        "a list that does more than drop",
        "Rules with `when.listed` read what others hide. Their effect is therefore to drop values or to withhold the event, and \
         nothing that would show more of the value than its absence.",
        "[rule.a]\nwhen.listed = \"private-words\"\n\"content.text\" = \"redact\"\n",
        "[rule.a]\nwhen.listed = \"private-words\"\n\"content.text\" = \"drop\"\n",
    ),
    code(
        "P0113",
        "a treatment of the wrong type",
        "A treatment belongs to a type of value: only addresses are truncated to their network, only times are rounded to the \
         hour. The type of a category stands in [type] of categories.toml. A family has to fit as a whole.",
        "[rule.a]\n\"id.name\" = \"truncate-ip\"\n",
        "[rule.a]\n\"net.ip\" = \"truncate-ip\"\n",
    ),
    code(
        "P0114",
        "a switch for those who are watched",
        "A value that a user can choose would decide whether an event that must stay attributable leaves a trace. Such a \
         condition may drop values and never withhold the event.",
        "[rule.a]\nevent = \"suppress\"\nwhen.equals = { \"content.mail-subject\" = [\"private\"] }\n",
        "[rule.a]\nwhen.equals = { \"content.mail-subject\" = [\"private\"] }\n\"content.*\" = \"drop\"\n",
    ),
    code(
        "P0115",
        "no such list",
        "`when.listed` names a list that no layer declares with [list.NAME].",
        "[rule.a]\nwhen.listed = \"work-council\"\n",
        "[list.works-council]\nlook-in = [\"channel.name\"]\nwords   = [\"*works-council*\"]\n\n[rule.a]\n\
         when.listed = \"works-council\"\n",
    ),
    code(
        "P0116",
        "no working hours",
        "A rule asks whether it is outside working hours, and no layer says when they are. Add [hours] with a zone and days.",
        "[rule.a]\nwhen.outside-hours = true\n",
        "[hours]\nzone    = \"Europe/Berlin\"\nMon-Fri = \"06:00-18:30\"\n\n[rule.a]\nwhen.outside-hours = true\n",
    ),
    code(
        "P0117",
        "unknown holidays",
        "The calendar of holidays, or the zone, is not one that the program knows. The help lists the calendars.",
        "[hours]\nzone = \"Europe/Berlin\"\nholidays = \"Bayern\"\n",
        "[hours]\nzone = \"Europe/Berlin\"\nholidays = \"DE-BY\"\n",
    ),
    code(
        "P0118",
        "`keep` is not true here",
        "Layers only tighten: where a layer above treats the value, `keep` below does not undo that, and the file would promise \
         what does not happen. Nor does it mean anything beside another treatment, or for a category that no base decides. Leave \
         the row out, or tighten it.",
        "[rule.a]\n\"net.ip\" = \"keep\"     # and eu.toml truncates it\n",
        "[rule.a]\n\"net.ip\" = \"drop\"     # stricter than eu.toml; or no row at all\n",
    ),
    code(
        "P0119",
        "no such schema map",
        "[schemas] or [classify.MAP] names a map that no file declares.",
        "[schemas]\nuse = [\"generc\"]\n",
        "[schemas]\nuse = [\"generic\"]\n",
    ),
    code(
        "P0120",
        "a condition reads what is not whole",
        "Whether a condition on a value holds tells something of the value. So it may read only what every layer above leaves \
         whole. Hang the rule on a kind, a role or a list instead.",
        "[rule.a]\nwhen.equals = { \"id.email\" = [\"boss@example.com\"] }     # and base codes addresses\n",
        "[rule.a]\nwhen.kind = \"sec.admin\"\n",
    ),
    code(
        "P0121",
        "a role where only an event is meant",
        "A role says whose a value is. An event has no role, so none can decide whether it is withheld or how long it is kept.",
        "[rule.a]\nwhen.role = \"owner\"\nevent = \"suppress\"\n",
        "[rule.a]\nwhen.listed = \"protected-channels\"     # a list with about = [\"owner\"]\nevent = \"suppress\"\n",
    ),
    code(
        "P0122",
        "no such purpose",
        "A row, a condition or a gate names a purpose that no layer allows under [purposes]. It could never be meant, and is \
         most often a slip that leaves the purpose it meant to `otherwise`.",
        "[rule.a]\n\"time.event\" = { securty = \"keep\", otherwise = \"drop\" }\n",
        "[rule.a]\n\"time.event\" = { security = \"keep\", otherwise = \"drop\" }\n",
    ),
    code(
        "P0123",
        "a treatment of two meanings",
        "A layer may add treatments. It may not give a name that is known another meaning: every rule that uses the name would \
         change with it, and could become looser.",
        "[treatment]\ntruncate-ip = { ipv4 = 32, ipv6 = 128 }\n",
        "[treatment]\ntruncate-ip-long = { ipv4 = 28, ipv6 = 64 }\n",
    ),
    code(
        "P0124",
        "two transformers for one category",
        "Two transformers would rewrite the same value, and which comes first would change it. One category has one transformer \
         at most, in all layers together.",
        "[plugin.a]\nrewrite = [\"content.text\"]\n[plugin.b]\nrewrite = [\"content.*\"]\n",
        "[plugin.a]\nrewrite = [\"content.text\"]\n[plugin.b]\nrewrite = [\"content.chat\"]\n",
    ),
    code(
        "P0125",
        "a plugin that cannot be used",
        "The component of [plugin.NAME] is not there, is not the one of the digest, is not admitted, is of the other world, or does \
         not take these settings. Nothing of it ran on an event.",
        "[plugin.badges]\ncomponent = \"badges.wasm\"\n",
        "[plugin.badges]\ncomponent = \"plugins/badges.wasm\"\n\
         digest    = \"sha256:…\"     # as `tamis plugin inspect` prints it\n",
    ),
    code(
        "P0126",
        "no purpose in common",
        "Purposes intersect: what one layer does not allow is not allowed. These layers have no purpose in common, so \
         that nothing can flow.",
        "[purposes]\nallow = [\"marketing\"]     # and base allows security and compliance\n",
        "[purposes]\nallow = [\"security\"]\n",
    ),
    code(
        "P0127",
        "a pack that nobody has reviewed",
        "What a pack says of the law is an engineering default until somebody who knows the law has read it and put a \
         name and a day to it.",
        "[review]\nby = \"\"\non = \"\"\n",
        "[review]\nby = \"Dr. Muster, counsel\"\non = 2026-11-21\n",
    ),
    code(
        "P0128",
        "a law to be looked up",
        "The pack itself says that it is not sure of this law (`sure`), or that it was written down from memory (`seen`). \
         Reports show both marks. Who has read the text of the law raises them.",
        "[law]\ngdpr-25 = { cite = \"GDPR Art. 25\", sure = \"high\", seen = \"memory\" }\n",
        "[law]\ngdpr-25 = { cite = \"GDPR Art. 25\", sure = \"high\", seen = \"text\" }\n",
    ),
    code(
        "P0129",
        "a law that does not hold yet",
        "A law that starts later (`from`) is cited. What stands on laws that all start later does not hold before the first of them does; \
         with another law that holds, or `our-default`, it holds at once.",
        "[law]\nai-act = { cite = \"Reg. 2024/1689\", sure = \"high\", seen = \"text\", from = 2027-08-02 }\n[rule.a]\n\
         cite = \"ai-act\"\n",
        "[rule.a]\ncite = [\"ai-act\", \"our-default\"]     # until 2027-08-02 by our own default\n",
    ),
    code(
        "P0130",
        "a condition that never holds",
        "No schema map gives what the condition asks for: no event is of this kind, or no field of this category. The \
         rule would stand there and never be applied, where an officer believes that it is.",
        "[rule.a]\nwhen.kind = \"chat.message\"     # and no map says which events are chats\n",
        "[events]     # in the schema map\n\"chat.message\" = { type = [\"message\"] }\n",
    ),
    code(
        "P0131",
        "a category that no base decides",
        "What no base decides is dropped, and no layer below can keep it. That may be meant; then the base says so.",
        "[category.people]\n\"id.badge\" = \"Number of a badge\"     # and base.toml has no row for it\n",
        "[rule.people]     # in base.toml\n\"id.badge\" = \"pseudonymise\"\n",
    ),
    code(
        "P0132",
        "a category that no region decides",
        "The base lets through, by a rule that is called `left-to-…`, what laws treat differently. Every jurisdiction and \
         tenant has to decide each of these, itself or by what it inherits, also where it may stay.",
        "[rule.left-to-the-region]     # in base.toml\n\
         \"net.ip\" = \"keep\"             # and no row of net.ip in jurisdictions/xx.toml\n",
        "[rule.connection]     # in jurisdictions/xx.toml\n\"net.ip\" = \"truncate-ip\"\n",
    ),
    code(
        "P0133",
        "a code and a part of one value",
        "One value, or values of one domain, leave as a code here and in part, or whole, there, for the same purpose: the \
         same store gets both. Whoever compares them learns what a code stands for; of a masked card number few digits \
         are left to try.",
        "[rule.shop]\nwhen.kind = \"product.use\"\n\"pay.pan\" = \"pseudonymise\"\n[rule.elsewhere]\n\
         \"pay.pan\" = \"mask-card\"\n",
        "[rule.everywhere]\n\"pay.pan\" = \"mask-card\"\n",
    ),
    code(
        "P0134",
        "a person in combination",
        "None of these values points to a person alone; together they single most people out. The combinations stand in \
         policies/README.md. It is a note: some purposes need them, and the assessment says why.",
        "[rule.a]\n\"time.event\" = \"keep\"\n\"url.full\"   = \"generalise-page\"\n",
        "[rule.a]\n\"time.event\" = \"generalise-hour\"\n\"url.full\"   = \"generalise-page\"\n",
    ),
    code(
        "P0135",
        "a purpose that stays closed",
        "[purposes] allows a purpose that a layer above does not allow. Layers only tighten: it is closed whatever stands here, and \
         is most often a slip, which closes the purpose that was meant.",
        "[purposes]\nallow = [\"securty\"]     # and base allows \"security\"\n",
        "[purposes]\nallow = [\"security\"]\n",
    ),
    code(
        "P0136",
        "a floor over what is closed",
        "A floor ([attributable.…]) gives back what a region or a sector takes, so that a record still says who did what. What the \
         base itself does not let out, and what must not be collected (`forbid`), is not a floor's to give.",
        "[attributable.trail]     # in sectors/xx.toml\nshow = [\"id.email\", \"secret.credential\"]\n",
        "[attributable.trail]\nshow = [\"id.email\"]\n",
    ),
    code(
        "P0137",
        "a floor of a tenant",
        "A floor bounds what all layers ask for, so a tenant's would loosen the laws above it. A tenant says of a system that its \
         events must stay attributable; the law that asks for a name or an address to stay visible is a jurisdiction's or a sector's.",
        "[attributable.trail]     # in tenants/xx.toml\nshow = [\"id.email\"]\n",
        "[system.vault]     # in tenants/xx.evidence.toml\nattributable = true\nwhy = \"The audit trail of the vault.\"\n",
    ),
    code(
        "P0138",
        "a row that changes nothing",
        "A layer above treats this category as strictly or more strictly, whatever the event is, for every purpose and system of \
         which the row says something. Layers only tighten, so the row has no effect: whoever reads it may take it for what happens.",
        "[rule.ours]\n\"net.ip\" = \"truncate-ip\"     # and eu says \"drop\"\n",
        "[rule.ours]     # without it\n",
    ),
    code(
        "P0139",
        "working hours that never end",
        "Every minute of the week lies in working hours, and there are no holidays: what a rule does with `when.outside-hours` happens \
         to times that cannot be read alone.",
        "[hours]\nzone = \"Europe/Berlin\"\nMon-Sun = \"00:00-24:00\"\n",
        "[hours]\nzone = \"Europe/Berlin\"\nMon-Sun = \"06:00-22:00\"\n",
    ),
    code(
        "P0202",
        "no such category",
        "categories.toml declares every category, and a family has at least one. A field of an unknown category could never be \
         treated.",
        "[fields]\n\"UserId\" = \"id.mail\"\n",
        "[fields]\n\"UserId\" = \"id.email\"\n",
    ),
    code(
        "P0203",
        "no such kind",
        "categories.toml declares every kind of event below [kind.GROUP].",
        "[events]\n\"auth.logon\" = { Operation = [\"UserLoggedIn\"] }\n",
        "[events]\n\"auth.login\" = { Operation = [\"UserLoggedIn\"] }\n",
    ),
    code(
        "P0204",
        "a field that the map looks inside",
        "The map takes this value apart and classifies its parts. A category of the whole, or of a part by another name than the \
         map gives it, would never be used.",
        "[classify.m365]\nbecause = \"…\"\n\"AuditData\" = \"content.text\"     # and m365 says: JSON inside\n",
        "[classify.m365]\nbecause = \"…\"\n\"CostCentre\" = \"org.tenant\"     # a field inside, as the map names it\n",
    ),
    code(
        "P0205",
        "a classification that would lower a form",
        "A tenant may classify a field that a map names already; then both hold, and the stricter treatment counts. A \
         category that is treated less strictly changes nothing, though the file reads as if it did.",
        "[classify.m365]\nbecause = \"…\"\n\"UserId\" = \"event.type\"     # and m365 says: id.email\n",
        "[classify.m365]\nbecause = \"…\"\n\"CostCentre\" = \"org.tenant\"\n",
    ),
    code(
        "P0301",
        "kept at least longer than at most",
        "One layer asks to keep these events longer than another one allows. Nobody can follow both: split the stream, so that \
         each limit has its own events, or record in the evidence who decided between them, why, and until when.",
        "[retention.audit-trail]\nat-least = \"12 months\"     # and eu.toml says at-most = \"180 days\"\n",
        "[decision.audit-trail]     # in NAME.evidence.toml\nbetween = [\"pci.audit-trail\", \"eu.security\"]\n\
         wins    = \"pci.audit-trail\"\n",
    ),
    code(
        "P0401",
        "an answer that nobody asked for",
        "The evidence answers a gate or fact that no layer has here: a slip of the pen, which keeps something closed, or a law \
         that was switched off. Or a day, a yes or a no stands under a key that the gate does not ask for, as if it changed something.",
        "[evidence.dipa]\nreference = \"DSFA-2026-031\"\n",
        "[evidence.dpia]\nreference = \"DSFA-2026-031\"\n",
    ),
    code(
        "P0402",
        "a decision about no limit",
        "A decision names two limits as `layer.name`. One of them is none that holds here, so that nothing is decided.",
        "[decision.a]\nbetween = [\"pci.audit-trail\", \"eu.securty\"]\nwins = \"pci.audit-trail\"\n",
        "[decision.a]\nbetween = [\"pci.audit-trail\", \"eu.security\"]\nwins = \"pci.audit-trail\"\n",
    ),
    code(
        "P0403",
        "evidence of somebody else",
        "The evidence says which tenant it is for, and that is another one.",
        "[evidence]\nfor = \"example-us\"\n",
        "[evidence]\nfor = \"example-de\"     # the file is example-de.evidence.toml\n",
    ),
    code(
        "P0404",
        "a system that the evidence does not name",
        "A rule of a tenant hangs on a system, by its name or by a tag, and the tenant's evidence names none like that: the rule would \
         never hold. Correct the name, or add [system.NAME] to the evidence. Layers of jurisdictions and sectors may speak of \
         systems that a tenant does not have.",
        "[rule.gateway]\nwhen.system = \"paymnt-gateway\"     # and the evidence says [system.payment-gateway]\n",
        "[rule.gateway]\nwhen.system = \"payment-gateway\"\n",
    ),
    code(
        "P0405",
        "something is closed",
        "A gate without evidence that counts, or an empty secret list, keeps everything closed that stands behind it: \
         nothing is read. What has to be supplied is said with it. A gate that opens case by case, or that an agreement \
         leaves out, is only noted.",
        "[gate.dpia]     # in eu.toml, and NAME.evidence.toml has no [evidence.dpia]\n\
         ask = [\"reference\", \"date\", \"approved-by\"]\n",
        "[evidence.dpia]     # in NAME.evidence.toml\nreference   = \"DSFA-2026-031\"\ndate        = 2026-08-20\n\
         approved-by = \"data protection officer\"\n",
    ),
    code(
        "P0406",
        "a fact that nobody answered",
        "Rules hang on facts that only the tenant knows. Without an answer, or after its last day, the strictest holds.",
        "[fact.private-use]     # in de.toml, and NAME.evidence.toml has no [evidence.private-use]\n\
         ask = \"May staff use company mail privately?\"\nunknown = \"yes\"\n",
        "[evidence.private-use]     # in NAME.evidence.toml\nanswer = \"no\"\nby     = \"data protection officer\"\n\
         on     = 2026-08-20\n",
    ),
    code(
        "P0407",
        "an agreement on no digest",
        "The agreement holds only the place of a digest, so that no change of the rules closes the gate. The digest of the rules that \
         were agreed is `rules-digest` in the summary of `tamis filter`.",
        "[evidence.works-agreement]\nagreed-digest = \"sha256:0000…\"\n",
        "[evidence.works-agreement]\nagreed-digest = \"sha256:3f1c…\"     # as the summary says it\n",
    ),
    code(
        "P0408",
        "signed by somebody whose key nobody names",
        "A signature of an entry of evidence counts only if the policy names the public key of who signed, under [officers]. What \
         nobody can check opens nothing.",
        "[evidence.works-agreement]     # in NAME.evidence.toml, and the policy has no [officers]\n\
         signature.\"works council\" = \"…\"\n",
        "[officers]     # in NAME.toml\n\"works council\" = \"d75a98…\"     # `tamis policy key public --key file:council.key`\n\
         \"A. Meier\" = { key = \"c0ffee…\", until = 2026-06-30 }     # left on that day\n",
    ),
    code(
        "P0409",
        "a signature that is not of its entry",
        "The entry was changed after it was signed, its signature is of another entry or another tenant, or another key made it. \
         Nothing opens by it.",
        "[evidence.works-agreement]\nsignature.\"works council\" = \"…\"     # of covers = [\"security\"]\n\
         covers = [\"security\", \"product\"]\n",
        "[evidence.works-agreement]\nsignature.\"works council\" = \"…\"     # a new one, of `tamis policy sign`\n\
         covers = [\"security\", \"product\"]\n",
    ),
    code(
        "P0410",
        "evidence that nobody signed",
        "The policy names officers who sign, and this entry has no signature: reports tell it as stated.",
        "[evidence.dpia]\nreference = \"DSFA-2026-031\"\n",
        "[evidence.dpia]\nsignature.\"data protection officer\" = \"…\"     # of `tamis policy sign`\nreference = \"DSFA-2026-031\"\n",
    ),
    code(
        "P0411",
        "a signature that is later than its key",
        "The policy says until when the key of an officer signed, and the signature says a later day. Nothing opens by it.",
        "[officers]     # in NAME.toml\n\"A. Meier\" = { key = \"c0ffee…\", until = 2026-06-30 }\n\
         [evidence.dpia]     # in NAME.evidence.toml\nsignature.\"A. Meier\" = \"2026-07-14 …\"\n",
        "[evidence.dpia]\nsignature.\"B. Kaya\" = \"2026-07-15 …\"     # of `tamis policy sign`, by who is an officer now\n",
    ),
    code(
        "P0412",
        "two decisions about one pair",
        "The evidence decides twice which of two limits wins, and not the same. Which was meant nobody can tell, and how long events \
         are kept hangs on it.",
        "[decision.books]\nbetween = [\"a.books\", \"b.logs\"]\nwins = \"a.books\"\n[decision.logs]\nbetween = [\"a.books\", \"b.logs\"]\nwins = \"b.logs\"\n",
        "[decision.books]\nbetween = [\"a.books\", \"b.logs\"]\nwins = \"a.books\"\nuntil = 2026-12-31\n",
    ),
    code(
        "P0501",
        "words for a list that nobody has",
        "The lists hold words under a name that no layer declares, so that nothing is protected by them.",
        "[list.work-council]\nwords = [\"…\"]\n",
        "[list.works-council]\nwords = [\"…\"]\n",
    ),
    code(
        "P0502",
        "a pattern that cannot be used",
        "A pattern is a regular expression that runs in linear time: without look-around and back-references, and not larger than \
         a megabyte once it is compiled. Classes are ASCII. Word boundaries at both ends are implied.",
        "[[entity]]\nname = \"example.badge\"\npattern = \"B-[0-9\"\n",
        "[[entity]]\nname = \"example.badge\"\npattern = \"B-[0-9]{6}\"\n",
    ),
    code(
        "P0503",
        "an example that is not found",
        "Every example of an entity is tried at every load. A detector that misses its own example would miss values.",
        "[[entity]]\nname = \"example.badge\"\npattern = \"B-[0-9]{6}\"\nexamples = [\"B-12345\"]\n",
        "[[entity]]\nname = \"example.badge\"\npattern = \"B-[0-9]{6}\"\nexamples = [\"B-123456\"]\n",
    ),
    code(
        "P0504",
        "a counter-example that is found",
        "A counter-example says what must not be found. The pattern is wider than it is meant to be.",
        "[[entity]]\nname = \"example.badge\"\npattern = \"B-[0-9]+\"\ncounter-examples = [\"B-12\"]\n",
        "[[entity]]\nname = \"example.badge\"\npattern = \"B-[0-9]{6}\"\ncounter-examples = [\"B-12\"]\n",
    ),
    code(
        "P0505",
        "two entities of one name",
        "Findings and treatments name an entity, so a name is given once in all layers that hold together.",
        "[[entity]]\nname = \"example.badge\"\n[[entity]]\nname = \"example.badge\"\n",
        "[[entity]]\nname = \"example.badge\"\n[[entity]]\nname = \"example.key-card\"\n",
    ),
    code(
        "P0506",
        "nothing of that name is looked for",
        "`find` names an entity or a set that no detector knows, or an entity is in a set that no treatment looks for: nothing would \
         be found, where an officer believes it hidden.",
        "[treatment]\nredact-names = { find = [\"persnal\"] }\n",
        "[treatment]\nredact-names = { find = [\"personal\"] }\n",
    ),
    code(
        "P0605",
        "a piece that no test misses",
        "The rule, row, gate, limit or line of a map was taken out, and every test passed all the same: nobody would \
         notice if it were lost, or it promises what something else does already. Write a test that needs it: of a rule \
         one that names it under `rules`, of a map one with `classified = true`.",
        "[rule.windows]\n\"content.window-title\" = \"drop\"     # and no test shows a title\n",
        "[test.titles]\nvalues.\"content.window-title\" = \"Payroll\"\ngone  = [\"content.window-title\"]\n\
         rules = [\"acme.windows\"]\n",
    ),
];
