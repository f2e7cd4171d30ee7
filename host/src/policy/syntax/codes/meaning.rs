//! What can be wrong with the meaning of files that belong together: reported by `compile`.

use super::{Code, code};

/// In ascending order.
pub(super) const MEANING: &[Code] = &[
    code(
        "P0103",
        "two layers of one name",
        "Layers are named by `policy.id`: rules say `inherits = \"eu\"`, evidence and tests say `eu.time`. Two files with the \
         same id would make all of these ambiguous.",
        "[policy]\nid = \"eu\"     # in jurisdictions/eu.toml and in tenants/eu.toml\n",
    ),
    code(
        "P0104",
        "a layer that is not in force yet",
        "A plan is compiled for a day. On that day this layer does not hold: its `in-force` lies later. Compile for a later \
         day, or use the revision of the file that was in force.",
        "[policy]\nid = \"de\"\nin-force = 2027-01-01\n",
    ),
    code(
        "P0105",
        "no such layer",
        "`inherits`, a workforce or the request names a layer that no file declares.",
        "[policy]\nid = \"de\"\ninherits = \"eruope\"\n",
    ),
    code(
        "P0106",
        "too many conditions on values",
        "Lists, working hours and conditions on values are asked for every event, all at once; their number is bounded. Join \
         lists that have the same effect.",
        "",
    ),
    code(
        "P0107",
        "no such fact or gate",
        "`if` names a fact that no layer asks for, or `or` neither a fact nor a gate. Without [fact.NAME] nobody could answer it.",
        "[rule.private-use]\nif = \"privat-use\"\n",
    ),
    code(
        "P0108",
        "no such law",
        "`cite` names entries of [law] of this layer or of one that holds with it, or `our-default` where no law says it.",
        "[rule.people]\ncite = \"gdpr-99\"\n",
    ),
    code(
        "P0109",
        "no such treatment",
        "A row names a treatment that neither treatments.toml nor a layer that holds here declares.",
        "[rule.people]\n\"id.name\" = \"hash\"\n",
    ),
    code(
        "P0110",
        "treatments that do not go together",
        "All treatments of a value join, whatever layers they come from, and these have no join: two ladders of different kinds, \
         buckets of which none is a multiple of the other, or times in two zones. Nothing could leave.",
        "[rule.a]\n\"url.full\" = [\"generalise-host\", \"generalise-path\"]\n",
    ),
    code(
        "P0111",
        "`suppress` on a value",
        "`suppress` withholds whole events and stands behind `event =`. A value is dropped.",
        "[rule.a]\n\"id.name\" = \"suppress\"\n",
    ),
    code(
        "P0112",
        "a list that does more than drop",
        "Rules with `when.listed` read what others hide. Their effect is therefore to drop values or to withhold the event, and \
         nothing that would show more of the value than its absence.",
        "[rule.a]\nwhen.listed = \"private-words\"\n\"content.text\" = \"redact\"\n",
    ),
    code(
        "P0113",
        "a treatment of the wrong type",
        "A treatment belongs to a type of value: only addresses are truncated to their network, only times are rounded to the \
         hour. The type of a category stands in [type] of categories.toml. A family has to fit as a whole.",
        "[rule.a]\n\"id.name\" = \"truncate-ip\"\n",
    ),
    code(
        "P0114",
        "a switch for those who are watched",
        "A value that a user can choose would decide whether an event that must stay attributable leaves a trace. Such a \
         condition may drop values and never withhold the event.",
        "[rule.a]\nevent = \"suppress\"\nwhen.equals = { \"content.mail-subject\" = [\"private\"] }\n",
    ),
    code(
        "P0115",
        "no such list",
        "`when.listed` names a list that no layer declares with [list.NAME].",
        "[rule.a]\nwhen.listed = \"work-council\"\n",
    ),
    code(
        "P0116",
        "no working hours",
        "A rule asks whether it is outside working hours, and no layer says when they are. Add [hours] with a zone and days.",
        "[rule.a]\nwhen.outside-hours = true\n",
    ),
    code(
        "P0117",
        "unknown holidays",
        "The calendar of holidays, or the zone, is not one that the program knows. The help lists the calendars.",
        "[hours]\nzone = \"Europe/Berlin\"\nholidays = \"Bayern\"\n",
    ),
    code(
        "P0118",
        "`keep` is not true here",
        "Layers only tighten: where a layer above treats the value, `keep` below does not undo that, and the file would promise \
         what does not happen. Nor does it mean anything beside another treatment, or for a category that no base decides. Leave \
         the row out, or tighten it.",
        "[rule.a]\n\"net.ip\" = \"keep\"     # and eu.toml truncates it\n",
    ),
    code(
        "P0119",
        "no such schema map",
        "[schemas] or [classify.MAP] names a map that no file declares.",
        "[schemas]\nuse = [\"generc\"]\n",
    ),
    code(
        "P0120",
        "a condition reads what is not whole",
        "Whether a condition on a value holds tells something of the value. So it may read only what every layer above leaves \
         whole. Hang the rule on a kind, a role or a list instead.",
        "[rule.a]\nwhen.equals = { \"id.email\" = [\"boss@example.com\"] }     # and base codes addresses\n",
    ),
    code(
        "P0121",
        "a role where only an event is meant",
        "A role says whose a value is. An event has no role, so none can decide whether it is withheld or how long it is kept.",
        "[rule.a]\nwhen.role = \"owner\"\nevent = \"suppress\"\n",
    ),
    code(
        "P0122",
        "no such purpose",
        "A row, a condition or a gate names a purpose that no layer allows under [purposes]. It could never be meant, and is \
         most often a slip that leaves the purpose it meant to `otherwise`.",
        "[rule.a]\n\"time.event\" = { securty = \"keep\", otherwise = \"drop\" }\n",
    ),
    code(
        "P0123",
        "a treatment of two meanings",
        "A layer may add treatments. It may not give a name that is known another meaning: every rule that uses the name would \
         change with it, and could become looser.",
        "[treatment]\ntruncate-ip = { ipv4 = 32, ipv6 = 128 }\n",
    ),
    code(
        "P0124",
        "two transformers for one category",
        "Two transformers would rewrite the same value, and which comes first would change it. One category has one transformer \
         at most, in all layers together.",
        "[plugin.a]\nrewrite = [\"content.text\"]\n[plugin.b]\nrewrite = [\"content.*\"]\n",
    ),
    code(
        "P0125",
        "a plugin that cannot be used",
        "The component of [plugin.NAME] is not there, is not the one of the digest, is not admitted, is of the other world, or does \
         not take these settings. Nothing of it ran on an event.",
        "[plugin.badges]\ncomponent = \"badges.wasm\"\n",
    ),
    code(
        "P0202",
        "no such category",
        "categories.toml declares every category, and a family has at least one. A field of an unknown category could never be \
         treated.",
        "[fields]\n\"UserId\" = \"id.mail\"\n",
    ),
    code(
        "P0203",
        "no such kind",
        "categories.toml declares every kind of event below [kind.GROUP].",
        "[events]\n\"auth.logon\" = { Operation = [\"UserLoggedIn\"] }\n",
    ),
    code(
        "P0204",
        "a field that the map looks inside",
        "The map takes this value apart and classifies its parts. A category of the whole, or of a part by another name than the \
         map gives it, would never be used.",
        "[classify.m365]\nbecause = \"…\"\n\"AuditData\" = \"content.text\"     # and m365 says: JSON inside\n",
    ),
    code(
        "P0301",
        "kept at least longer than at most",
        "One layer asks to keep these events longer than another one allows. Nobody can follow both: split the stream, so that \
         each limit has its own events, or record in the evidence who decided between them, why, and until when.",
        "[retention.audit-trail]\nat-least = \"12 months\"     # and eu.toml says at-most = \"180 days\"\n",
    ),
    code(
        "P0401",
        "an answer that nobody asked for",
        "The evidence answers a gate or fact that no layer has here. That is a slip of the pen, which keeps something closed, \
         or a law that was switched off.",
        "[evidence.dipa]\nreference = \"DSFA-2026-031\"\n",
    ),
    code(
        "P0402",
        "a decision about no limit",
        "A decision names two limits as `layer.name`. One of them is none that holds here, so that nothing is decided.",
        "[decision.a]\nbetween = [\"pci.audit-trail\", \"eu.securty\"]\nwins = \"pci.audit-trail\"\n",
    ),
    code(
        "P0403",
        "evidence of somebody else",
        "The evidence says which tenant it is for, and that is another one.",
        "[evidence]\nfor = \"example-us\"\n",
    ),
    code(
        "P0404",
        "a system that the evidence does not name",
        "A rule of a tenant hangs on a system, by its name or by a tag, and the tenant's evidence names none like that: the rule would \
         never hold. Correct the name, or add [system.NAME] to the evidence. Layers of jurisdictions and sectors may speak of \
         systems that a tenant does not have.",
        "[rule.gateway]\nwhen.system = \"paymnt-gateway\"     # and the evidence says [system.payment-gateway]\n",
    ),
    code(
        "P0501",
        "words for a list that nobody has",
        "The lists hold words under a name that no layer declares, so that nothing is protected by them.",
        "[list.work-council]\nwords = [\"…\"]\n",
    ),
    code(
        "P0502",
        "a pattern that cannot be used",
        "A pattern is a regular expression that runs in linear time: without look-around and back-references, and not larger than \
         a megabyte once it is compiled. Classes are ASCII. Word boundaries at both ends are implied.",
        "[[entity]]\nname = \"example.badge\"\npattern = \"B-[0-9\"\n",
    ),
    code(
        "P0503",
        "an example that is not found",
        "Every example of an entity is tried at every load. A detector that misses its own example would miss values.",
        "[[entity]]\nname = \"example.badge\"\npattern = \"B-[0-9]{6}\"\nexamples = [\"B-12345\"]\n",
    ),
    code(
        "P0504",
        "a counter-example that is found",
        "A counter-example says what must not be found. The pattern is wider than it is meant to be.",
        "[[entity]]\nname = \"example.badge\"\npattern = \"B-[0-9]+\"\ncounter-examples = [\"B-12\"]\n",
    ),
    code(
        "P0505",
        "two entities of one name",
        "Findings and treatments name an entity, so a name is given once in all layers that hold together.",
        "[[entity]]\nname = \"example.badge\"\n[[entity]]\nname = \"example.badge\"\n",
    ),
    code(
        "P0506",
        "nothing of that name is looked for",
        "`find` names an entity or a set that no detector knows, or an entity is in a set that no treatment looks for: nothing would \
         be found, where an officer believes it hidden.",
        "[treatment]\nredact-names = { find = [\"persnal\"] }\n",
    ),
];
