//! What is wrong with a configuration is said, all of it, where it stands.

use super::*;
use crate::policy::syntax::render;

const GOOD: &str = r#"
version = 1
state   = "/var/lib/tamis"
memory  = "64 MiB"
workers = 2
drain   = "5 s"
[policy]
path  = "policies"
watch = "2 s"
on-narrow = "discard"
[keys]
root = "env:TAMIS_KEY"
[quarantine]
recipients = ["file:officers.age"]
[metrics]
listen = "127.0.0.1:9601"
[tls.edge]
cert = "file:tls.crt"
key  = "file:tls.key"
[source.apps]
type   = "http"
listen = "127.0.0.1:8080"
tls    = "edge"
[source.logs]
type  = "file"
paths = ["/var/log/*.ndjson"]
[sink.siem]
type  = "http"
url   = "https://siem.example/in"
batch = { events = 10, bytes = "64 KiB", age = "1 s" }
retry = { first = "100 ms", most = "5 s", for = "1 hour" }
[sink.copy]
type = "file"
path = "/srv/{date}.ndjson"
[route.staff]
from   = ["apps", "logs"]
policy = "tenants/example-de.toml"
[[route.staff.to]]
sink    = "siem"
purpose = "security"
closed  = "hold"
guarantee = "at-least-once"
[[route.staff.to]]
sink     = "copy"
purpose  = "compliance"
required = false
closed   = "skip"
"#;

fn parse(text: &str) -> (Option<Config>, Vec<Diagnostic>, String) {
    let mut bundle = Bundle::new();
    let file = bundle.add("tamis.toml", text);
    let mut problems = Vec::new();
    let config = read(&bundle, file, &mut problems);
    let said = render(&bundle, &problems, false);
    (config, problems, said)
}

#[test]
fn a_whole_configuration_is_read() {
    let (config, _, said) = parse(GOOD);
    assert_eq!(said, "");
    let config = config.unwrap();
    assert_eq!((config.memory, config.workers, config.drain), (64 << 20, 2, Duration::from_secs(5)));
    assert_eq!(config.sinks[0].retry.give_up, Some(Duration::from_secs(3600)));
    assert_eq!(config.routes[0].to[1].closed, Some(Closed::Skip));
}

/// Each change of the good configuration, what it is called and what stands below the mark.
#[test]
fn each_mistake_is_said_where_it_stands() {
    for (from, to, code, marked) in [
        ("version = 1", "version = 2", "C0001", "2"),
        ("memory  = \"64 MiB\"", "memory = \"64MiB\"", "C0011", "\"64MiB\""),
        ("memory  = \"64 MiB\"", "memory = \"1 KiB\"", "P0013", "\"1 KiB\""),
        ("drain   = \"5 s\"", "drain = \"5\"", "C0012", "\"5\""),
        ("listen = \"127.0.0.1:9601\"", "listen = \"9601\"", "C0013", "\"9601\""),
        ("version = 1", "version = 1\nlimits.tenant-rate = \"20 MiB\"", "C0006", "\"20 MiB\""),
        ("version = 1", "version = 1\nlimits.tenant-rate = \"20 B/s\"", "P0013", "\"20 B/s\""),
        ("https://siem.example/in", "siem.example", "C0014", "\"siem.example\""),
        ("https://siem.example/in", "https://u:p@siem.example/in", "C0014", "\"https://u:p@siem.example/in\""),
        ("\"env:TAMIS_KEY\"", "\"0123456789abcdef\"", "C0010", "\"0123456789abcdef\""),
        ("tls    = \"edge\"", "tls    = \"egde\"", "C0021", "\"egde\""),
        ("from   = [\"apps\", \"logs\"]", "from = [\"apps\", \"lgos\"]", "C0021", "\"lgos\""),
        ("sink     = \"copy\"", "sink = \"kopy\"", "C0021", "\"kopy\""),
        ("closed   = \"skip\"", "", "C0027", "\"copy\""),
        ("127.0.0.1:8080", "127.0.0.1:9601", "C0025", "[metrics]"),
        (
            "127.0.0.1:9601\"",
            "127.0.0.1:9601\"\n[admin]\nlisten = \"127.0.0.1:9601\"\ntoken = \"env:T\"",
            "C0025",
            "[admin]",
        ),
        ("/var/log/*.ndjson", "/var/log/[.ndjson", "C0041", "\"/var/log/[.ndjson\""),
        ("from   = [\"apps\", \"logs\"]", "from = \"apps\"\ntenant-by = \"t\"", "C0040", "\"discard\""),
        ("type   = \"http\"", "type   = \"htp\"", "P0006", "\"htp\""),
        ("drain   = \"5 s\"", "drian   = \"5 s\"", "P0003", "drian"),
        ("first = \"100 ms\"", "first = \"10 s\"", "C0015", "{ first = \"10 s\", most = \"5 s\", for = \"1 hour\" }"),
        ("type   = \"http\"\nlisten = \"127.0.0.1:8080\"\ntls    = \"edge\"", "type = \"stdin\"", "C0026", "\"apps\""),
        ("guarantee = \"at-least-once\"", "guarantee = \"exactly-once\"", "P0006", "\"exactly-once\""),
        ("guarantee = \"at-least-once\"", "guarantee = \"at-least-once\"\nrequired = false", "C0026", "\"siem\""),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let text = GOOD.replacen(from, to, 1);
        let (config, problems, said) = parse(&text);
        assert!(config.is_none(), "{to}: {said}");
        let problem = problems.iter().find(|problem| problem.code == code).unwrap_or_else(|| panic!("{to}: {said}"));
        let (span, _) = &problem.labels[0];
        assert_eq!(&text[span.start as usize..span.end as usize], marked, "{to}: {said}");
    }
}

/// All branches of which it is not said are named at once, and what is missing is not explained as in a policy.
#[test]
fn what_is_not_said_is_named_at_once_and_as_of_a_configuration() {
    let text = GOOD.replace("closed   = \"skip\"", "").replace("closed  = \"hold\"", "");
    assert_eq!(parse(&text).1.iter().filter(|problem| problem.code == "C0027").count(), 2);
    let said = parse(&GOOD.replace("version = 1\n", "")).2;
    assert!(said.contains("version = 1") && !said.contains("law"), "{said}");
}

#[test]
fn each_mistake_of_pushes_is_said_where_it_stands() {
    let good = concat!(
        include_str!("../../../deploy/examples/filebeat.toml"),
        "[source.hec]\ntype = \"hec\"\nlisten = \"0.0.0.0:1\"\n[sink.hec]\ntype = \"hec\"\nurl = \"http://h:1\"\ntoken = \"env:T\"\nacks = true\n",
        "[sink.loki]\ntype = \"loki\"\nurl = \"http://h:1\"\nlabels = { job = \"j\" }\nkeep-labels = [\"app\"]\norg-id = \"o\"\n",
        "[route.more]\nfrom = \"hec\"\npolicy = \"t.toml\"\n[[route.more.to]]\nsink = \"hec\"\npurpose = \"p\"\nclosed = \"hold\"\n",
        "guarantee = \"at-least-once\"\n[[route.more.to]]\nsink = \"loki\"\npurpose = \"p\"\nclosed = \"hold\"\n",
    );
    assert_eq!(parse(good).2, "");
    let auth = "{ api-key = \"file:/run/secrets/es\" }";
    for (from, to, code, marked) in [
        ("\"staff-{date}\"", "\"Staff\"", "C0016", "\"Staff\""),
        ("\"staff-{date}\"", "\"_staff\"", "C0016", "\"_staff\""),
        (auth, "{ user = \"u\" }", "P0004", "{ user = \"u\" }"),
        (auth, "{ api-key = \"secret\" }", "C0010", "\"secret\""),
        ("\"0.0.0.0:1\"", "\"0.0.0.0:9200\"", "C0025", "hec"),
        ("token = \"env:T\"\n", "", "P0004", "[sink.hec]"),
        ("acks = true", "acks = false", "C0026", "\"hec\""),
        ("labels = { job = \"j\" }", "", "P0004", "[sink.loki]"),
        ("{ job = \"j\" }", "{ \"a-b\" = \"j\" }", "C0016", "\"a-b\""),
        ("[\"app\"]", "[\"1app\"]", "C0016", "\"1app\""),
        ("org-id = \"o\"", "org-id = \"o ö\"", "C0016", "\"o ö\""),
    ] {
        assert!(good.contains(from), "{from}");
        let text = good.replacen(from, to, 1);
        let (_, problems, said) = parse(&text);
        let problem = problems.iter().find(|problem| problem.code == code).unwrap_or_else(|| panic!("{to}: {said}"));
        let (span, _) = &problem.labels[0];
        assert_eq!(&text[span.start as usize..span.end as usize], marked, "{to}: {said}");
    }
}

/// LAW: a tenant among many is held back only where that loses nothing of its neighbours.
#[test]
fn one_tenant_of_many_is_held_back_where_events_can_be_given_again() {
    let text = |source: &str, route: &str| {
        format!(
            "version = 1\nstate = \"s\"\n[policy]\npath = \"p\"\n[limits]\ntenant-rate = \"20 MiB/s\"\n[source.in]\n{source}\n\
             [sink.out]\ntype = \"stdout\"\n[route.all]\nfrom = \"in\"\npolicy = \"tenants\"\n{route}\n\
             [[route.all.to]]\nsink = \"out\"\npurpose = \"security\"\nclosed = \"skip\"\n"
        )
    };
    let (http, lines) = ("type = \"http\"\nlisten = \"127.0.0.1:1\"", "type = \"stdin\"");
    let of = |source, route| parse(&text(source, route)).1.iter().any(|problem| problem.code == "C0007");
    assert_eq!([of(http, "tenant-by = \"t\""), of(lines, "tenant-by = \"t\""), of(lines, "")], [false, true, false]);
    // A route that shares the source would have every batch again.
    let other = "[route.other]\nfrom = \"in\"\npolicy = \"q\"\n[[route.other.to]]\nsink = \"out\"\npurpose = \"product\"\nclosed = \"skip\"\n";
    let (_, problems, said) = parse(&(text(http, "tenant-by = \"t\"") + other));
    assert!(problems.iter().any(|problem| problem.code == "C0007"), "{said}");
    // So it is where a closed tenant holds the others, and not where its events are withheld.
    let without = |text: String| text.replace("tenant-rate = \"20 MiB/s\"\n", "");
    let holding = |source: &str, more: &str| {
        let text = without(text(source, "tenant-by = \"t\"")).replacen("\"skip\"", "\"hold\"", 1) + more;
        parse(&text).1.iter().any(|problem| problem.code == "C0007")
    };
    assert_eq!([holding(http, ""), holding(lines, ""), holding(http, other)], [false, true, true]);
    assert!(parse(&(without(text(http, "tenant-by = \"t\"")) + other)).0.is_some());
    let (config, _, said) = parse(&text(http, "tenant-by = \"t\""));
    assert_eq!(config.unwrap_or_else(|| panic!("{said}")).limits.tenant_rate, Some(20 << 20));
}

/// LAW: a collector that only received is best effort, and says so.
#[test]
fn what_is_received_only_is_no_guarantee() {
    let good = include_str!("../../../deploy/examples/splunk.toml");
    let guarantee = |text: &str| {
        let (config, _, said) = parse(text);
        let config = config.unwrap_or_else(|| panic!("{said}"));
        config.guarantee(&config.routes[0], &config.routes[0].to[0])
    };
    assert!(guarantee(good).starts_with("at least once"));
    let weak = good.replace("acks       = true\n", "").replace("guarantee = \"at-least-once\"\n", "");
    assert!(guarantee(&weak).contains("received, not what it indexed"));
}

/// The example of the documentation is one that is read.
#[test]
fn the_examples_of_adapters_are_whole() {
    let (config, _, said) = parse(include_str!("../../../docs/adapters/otlp.toml"));
    assert_eq!(said, "");
    let config = config.unwrap();
    let SourceKind::Otlp(source) = &config.sources[0].kind else { panic!("{:?}", config.sources) };
    assert_eq!(source.listen().count(), 2);
    let SinkKind::Otlp(sink) = &config.sinks[0].kind else { panic!("{:?}", config.sinks) };
    assert_eq!((sink.protocol, sink.gzip), (OtlpProtocol::Grpc, true));
}

#[test]
fn each_mistake_of_otlp_is_said_where_it_stands() {
    let good = include_str!("../../../docs/adapters/otlp.toml");
    let source = "grpc = \"127.0.0.1:4317\"\nhttp = \"127.0.0.1:4318\"";
    let ca = "ca   = \"file:/etc/tamis/ca.crt\"";
    for (from, to, code, marked) in [
        (source, "", "P0004", "[source.apps]"),
        (source, "grpc = \"4317\"", "C0013", "\"4317\""),
        ("127.0.0.1:4318", "127.0.0.1:4317", "C0025", "apps"),
        (ca, "headers = { \"a b\" = \"env:A\" }", "C0016", "\"a b\""),
        (ca, "headers = { a = \"hunter2\" }", "C0010", "\"hunter2\""),
        (ca, "protocol = \"udp\"", "P0006", "\"udp\""),
    ] {
        assert!(good.contains(from), "{from}");
        let text = good.replacen(from, to, 1);
        let (config, problems, said) = parse(&text);
        assert!(config.is_none(), "{to}: {said}");
        let problem = problems.iter().find(|problem| problem.code == code).unwrap_or_else(|| panic!("{to}: {said}"));
        let (span, _) = &problem.labels[0];
        assert!(text[span.start as usize..span.end as usize].starts_with(marked), "{to}: {said}");
    }
}

/// The example of the documentation is whole, and what is wrong with a proxy is said where it stands.
#[test]
fn each_mistake_of_a_proxy_is_said_where_it_stands() {
    let good = include_str!("../../../docs/adapters/proxy.toml");
    let (config, _, said) = parse(good);
    assert_eq!(said, "");
    let config = config.unwrap();
    assert_eq!((config.proxies.len(), config.routes.len()), (3, 3));
    let guarantee = config.guarantee(&config.routes[0], &config.routes[0].to[0]);
    assert!(guarantee.contains("the upstream's own"), "{guarantee}");
    let loki = "org-id   = \"example-de\"";
    for (from, to, code, marked) in [
        ("protocol = \"loki\"", "protocol = \"lokki\"", "P0006", "\"lokki\""),
        ("index    = \"staff\"", "", "P0004", "[proxy.elastic]"),
        ("https://loki:3100", "https://loki:3100/?a=b", "C0014", "\"https://loki:3100/?a=b\""),
        ("https://loki:3100", "https://u:p@loki:3100", "C0014", "\"https://u:p@loki:3100\""),
        ("\"CN=node-shippers\"", "\"node-shippers\"", "C0030", "\"node-shippers\""),
        ("[\"CN=node-shippers\"]", "[]", "P0014", "[]"),
        ("client-ca = \"file:/run/tls/ca.crt\"", "", "C0031", "\"CN=node-shippers\""),
        ("tls      = \"edge\"", "tls      = \"egde\"", "C0021", "\"egde\""),
        ("0.0.0.0:4317", "0.0.0.0:3100", "C0025", "apps"),
        ("[proxy.apps]", "[proxy.\"a b\"]", "C0028", "\"a b\""),
        (loki, "labels = { \"a-b\" = \"c\" }", "C0033", "\"a-b\""),
        (loki, "credentials = [\"content-type\"]", "C0016", "\"content-type\""),
        (loki, "credentials = [\"authorization\"]", "C0016", "\"authorization\""),
        (loki, "token = \"hunter2\"", "C0010", "\"hunter2\""),
        (loki, "buffer = { size = \"1 GiB\" }", "P0003", "buffer"),
    ] {
        assert!(good.contains(from), "{from}");
        let text = good.replacen(from, to, 1);
        let (config, problems, said) = parse(&text);
        assert!(config.is_none(), "{to}: {said}");
        let problem = problems.iter().find(|problem| problem.code == code).unwrap_or_else(|| panic!("{to}: {said}"));
        let (span, _) = &problem.labels[0];
        assert_eq!(&text[span.start as usize..span.end as usize], marked, "{to}: {said}");
    }
    let (config, problems, _) = parse(&GOOD.replace(
        "[route.staff]",
        "[proxy.siem]\nlisten = \"[::1]:1\"\nprotocol = \"http\"\n\
        upstream = \"https://x/in\"\npolicy = \"a.toml\"\npurpose = \"security\"\n[route.staff]",
    ));
    assert!(config.is_none() && problems.iter().any(|problem| problem.code == "C0032"));
}

#[test]
fn a_secret_in_clear_is_not_repeated() {
    for (from, to) in [
        ("env:TAMIS_KEY", "hunter2hunter2"),
        ("https://siem.example/in", "https://u:hunter2@siem.example/in"),
        ("type = \"file\"\npath = \"/srv/{date}.ndjson\"", "type = \"syslog\"\naddress = \"u:hunter2@siem:6514\""),
        ("[sink.copy]", "[sink.copy]\npasword = \"hunter2\""),
        ("tls    = \"edge\"", "auth = { user = \"u\", pasword = \"hunter2\" }"),
        // Of another type, or no TOML at all: also where nobody knows the key, or something else on its line is wrong.
        ("\"env:TAMIS_KEY\"", "[\"hunter2\"]"),
        ("\"env:TAMIS_KEY\"", "{ a = \"hunter2\" }"),
        ("\"env:TAMIS_KEY\"", "\"\"\"\nhunter2\n\"\"\" 7"),
        ("\"env:TAMIS_KEY\"", "hunter2"),
        ("\"env:TAMIS_KEY\"", "hunter2.hunter2"),
        ("\"env:TAMIS_KEY\"", "\"hunter2"),
        ("[sink.copy]", "[sink.copy]\npasword = hunter2"),
        ("tls    = \"edge\"", "auth = { api-key = \"hunter2\", tls = 3"),
        ("tls    = \"edge\"", "tls = egde\nheaders = { \"x\" = \"hunter2\" }"),
        ("[sink.copy]\ntype = \"file\"", "[sink]\ncopy = { type = \"fiel\", token = \"hunter2\" }"),
        ("[sink.copy]\ntype = \"file\"", "[sink]\ncopy = { pasword = \"hunter2\", type = \"fiel\" }"),
        (
            "[sink.copy]\ntype = \"file\"",
            "[sink]\ncopy = { type = \"fiel\", headers.Authorization = \"Bearer hunter2\" }",
        ),
        ("[sink.copy]\ntype = \"file\"", "[sink]\ncopy = { url = \"https://u:hunter2@h\" }"),
        ("[sink.copy]", "[sink.copy]\ntokens = [\n\"hunter2\" \"b\"\n]"),
        ("[sink.copy]", "[sink.copy]\npasword = \"\"\"\nhunter2 \\q\n\"\"\""),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let mut bundle = Bundle::new();
        let file = bundle.add("tamis.toml", GOOD.replace(from, to));
        let mut problems = Vec::new();
        assert!(read(&bundle, file, &mut problems).is_none());
        let said = render(&hidden(&bundle, file, &problems), &problems, false);
        assert!(!said.contains("hunter2") && said.contains('*'), "{to}: {said}");
    }
}

#[test]
fn mistakes_of_syslog_and_forward_are_said_where_they_stand() {
    let source = "[source.machines]\ntype = \"syslog\"\nudp = \"0.0.0.0:514\"\ntcp = \"0.0.0.0:6514\"\ntls = \"edge\"\nzone = \"Europe/Berlin\"\n";
    let source =
        format!("{source}[source.fluent]\ntype = \"forward\"\nlisten = \"0.0.0.0:24224\"\nshared-key = \"env:KEY\"\n");
    let sinks = "[sink.old]\ntype = \"syslog\"\naddress = \"siem:6514\"\ntransport = \"tls\"\nframing = \"lines\"\nformat = \"rfc5424\"\n\
                 [sink.next]\ntype = \"forward\"\naddress = \"[::1]:24224\"\ntls = true\nack = false\ntag = \"t\"\ncompress = \"gzip\"\n";
    let good = GOOD.replace("[sink.siem]", &format!("{source}{sinks}[sink.siem]"));
    let good = good.replace("[\"apps\", \"logs\"]", "[\"fluent\"]").replace(
        "[route.staff]",
        "[route.all]\nfrom = [\"apps\", \"logs\", \"machines\"]\npolicy = \"tenants/example-de.toml\"\n[[route.all.to]]\nsink = \"old\"\n\
         purpose = \"security\"\nclosed = \"hold\"\n[[route.all.to]]\nsink = \"next\"\npurpose = \"security\"\nclosed = \"hold\"\n[route.staff]",
    );
    let (config, _, said) = parse(&good);
    assert_eq!(said, "");
    let config = config.unwrap();
    let guarantees: Vec<_> = config.routes.iter().flat_map(|r| r.to.iter().map(|to| config.guarantee(r, to))).collect();
    assert!(guarantees[0].contains("`machines`") && guarantees[2] == "at least once", "{guarantees:?}");
    let without = good.replace(", \"machines\"]", "]").replace(&source[..source.find("[source.fluent]").unwrap()], "");
    let config = parse(&without).0.unwrap();
    let of = |to: usize| config.guarantee(&config.routes[0], &config.routes[0].to[to]);
    assert!(of(0).contains("`old`") && of(1).contains("`next`"));
    for (from, to, code, marked) in [
        ("\"Europe/Berlin\"", "\"Europe/Berlni\"", "C0016", "\"Europe/Berlni\""),
        ("udp = \"0.0.0.0:514\"\ntcp = \"0.0.0.0:6514\"\ntls = \"edge\"", "", "C0017", "[source.machines]"),
        ("tcp = \"0.0.0.0:6514\"", "", "C0017", "\"edge\""),
        ("\"0.0.0.0:514\"", "\"514\"", "C0013", "\"514\""),
        ("\"siem:6514\"", "\"siem\"", "C0018", "\"siem\""),
        ("\"siem:6514\"", "\"https://siem:6514\"", "C0018", "\"https://siem:6514\""),
        ("\"[::1]:24224\"", "\"::1:24224\"", "C0018", "\"::1:24224\""),
        ("\"rfc5424\"", "\"rfc3164\"", "P0006", "\"rfc3164\""),
        ("\"env:KEY\"", "\"secret\"", "C0010", "\"secret\""),
        ("\"0.0.0.0:24224\"", "\"0.0.0.0:6514\"", "C0025", "fluent"),
        ("sink    = \"siem\"", "sink = \"old\"", "C0026", "\"old\""),
    ] {
        assert!(good.contains(from), "{from}");
        let text = good.replacen(from, to, 1);
        let (config, problems, said) = parse(&text);
        assert!(config.is_none(), "{to}: {said}");
        let problem = problems.iter().find(|problem| problem.code == code).unwrap_or_else(|| panic!("{to}: {said}"));
        let (span, _) = &problem.labels[0];
        let found = &text[span.start as usize..span.end as usize];
        assert!(found == marked || found.trim_matches(['[', ']']) == marked, "{to}: {found}: {said}");
    }
}

#[test]
fn mistakes_of_kafka_are_said_where_they_stand() {
    let good = include_str!("../../../deploy/examples/kafka.toml");
    let (config, _, said) = parse(good);
    assert_eq!(said, "");
    let config = config.unwrap();
    let SourceKind::Kafka(source) = &config.sources[0].kind else { panic!("{:?}", config.sources) };
    assert_eq!((source.cluster.brokers.len(), source.session), (2, Duration::from_secs(10)));
    assert!(source.cluster.tls.as_ref().is_some_and(|tls| tls.ca.is_some() && tls.shown.is_none()));
    let SinkKind::Kafka(sink) = &config.sinks[0].kind else { panic!("{:?}", config.sinks) };
    assert_eq!((sink.key_from.as_deref(), sink.compress), (Some(&["UserId".to_owned()][..]), "zstd"));
    let is_safe = |more: &str| {
        let text = good.replacen("ca      = \"file:/etc/tamis/ca.crt\"\n", more, 1);
        let SourceKind::Kafka(source) = &parse(&text).0.unwrap().sources[0].kind else { panic!("{text}") };
        source.cluster.tls.is_some()
    };
    assert!(is_safe("") && !is_safe("tls = false\n"), "whoever has a password has TLS unless it is said that not");
    let ca = "ca      = \"file:/etc/tamis/ca.crt\"";
    for (from, to, code, marked) in [
        ("\"kafka-1:9093\"", "\"kafka-1\"", "C0018", "\"kafka-1\""),
        ("[\"m365\"]", "[\"^m365.*\"]", "C0016", "\"^m365.*\""),
        ("[\"m365\"]", "[]", "P0014", "[]"),
        ("\"m365-filtered\"", "\"m365 filtered\"", "C0016", "\"m365 filtered\""),
        ("SCRAM-SHA-512", "SCRAM-SHA-1", "P0006", "\"SCRAM-SHA-1\""),
        ("\"file:/run/secrets/kafka\"", "\"hunter2\"", "C0010", "\"hunter2\""),
        ("\"zstd\"", "\"zip\"", "P0006", "\"zip\""),
        (ca, "tls = false\nca = \"env:A\"", "C0017", "false"),
        (ca, "cert = \"env:A\"", "C0017", "[source.audit]"),
        ("user = \"tamis\", ", "", "P0004", "{ sasl"),
    ] {
        assert!(good.contains(from), "{from}");
        let text = good.replacen(from, to, 1);
        let (config, problems, said) = parse(&text);
        assert!(config.is_none(), "{to}: {said}");
        let problem = problems.iter().find(|problem| problem.code == code).unwrap_or_else(|| panic!("{to}: {said}"));
        let (span, _) = &problem.labels[0];
        let found = &text[span.start as usize..span.end as usize];
        assert!(
            found.starts_with(marked) || found.trim_matches(['[', ']']) == marked.trim_matches(['[', ']']),
            "{to}: {found}: {said}"
        );
    }
}

const NATS: &str = r#"
version = 1
state   = "/var/lib/tamis"
[policy]
path = "policies"
[source.audit]
type     = "nats"
servers  = ["nats1:4222", "nats2:4222"]
tls      = true
cert     = "file:tls.crt"
key      = "file:tls.key"
auth     = { user = "tamis", password = "file:password" }
stream   = "AUDIT"
consumer = "tamis"
filter   = "audit.>"
ack-wait = "30 s"
[sink.siem]
type    = "nats"
servers = ["nats1:4222"]
auth    = { creds = "file:tamis.creds" }
subject = "filtered.{subject}"
stream  = "FILTERED"
[route.staff]
from   = "audit"
policy = "tenants/example-de.toml"
[[route.staff.to]]
sink      = "siem"
purpose   = "security"
guarantee = "at-least-once"
"#;

#[test]
fn each_mistake_of_nats_is_said_where_it_stands() {
    let (config, _, said) = parse(NATS);
    assert_eq!(said, "");
    let config = config.unwrap();
    assert!(config.guarantee(&config.routes[0], &config.routes[0].to[0]).starts_with("at least once"));
    for (from, to, code, marked) in [
        ("\"nats2:4222\"", "\"nats://nats2:4222\"", "C0018", "\"nats://nats2:4222\""),
        ("[\"nats1:4222\", \"nats2:4222\"]", "[]", "P0014", "[]"),
        ("key      = \"file:tls.key\"\n", "", "C0036", "[source.audit]"),
        ("tls      = true\n", "tls      = false\n", "C0017", "[source.audit]"),
        ("password = \"file:password\" }", "password = \"hunter2\" }", "C0010", "\"hunter2\""),
        (", password = \"file:password\" }", " }", "C0037", "{ user = \"tamis\" }"),
        (
            "{ creds = \"file:tamis.creds\" }",
            "{ creds = \"file:a\", token = \"file:b\" }",
            "C0037",
            "{ creds = \"file:a\", token = \"file:b\" }",
        ),
        ("\"AUDIT\"", "\"AUDIT.x\"", "C0038", "\"AUDIT.x\""),
        ("\"tamis\"\nfilter", "\"a tamis\"\nfilter", "C0038", "\"a tamis\""),
        ("\"audit.>\"", "\"audit..x\"", "C0039", "\"audit..x\""),
        ("\"filtered.{subject}\"", "\"filtered.>\"", "C0039", "\"filtered.>\""),
        ("\"30 s\"", "\"10 ms\"", "C0012", "\"10 ms\""),
    ] {
        assert!(NATS.contains(from), "{from}");
        let text = NATS.replacen(from, to, 1);
        let (config, problems, said) = parse(&text);
        assert!(config.is_none(), "{to}: {said}");
        let problem = problems.iter().find(|problem| problem.code == code).unwrap_or_else(|| panic!("{to}: {said}"));
        let (span, _) = &problem.labels[0];
        assert_eq!(&text[span.start as usize..span.end as usize], marked, "{to}: {said}");
    }
}

const ADMIN: &str = r#"[admin]
listen   = "127.0.0.1:9600"
tls      = "edge"
viewer   = ["CN=watch"]
operator = ["CN=ops"]
[tls.edge]
client-ca = "file:ca.crt"
"#;

#[test]
fn each_mistake_of_roles_is_said_where_it_stands() {
    let good = GOOD.replacen("[tls.edge]\n", ADMIN, 1);
    let (config, _, said) = parse(&good);
    assert_eq!(said, "");
    let roles = config.unwrap().admin.unwrap().roles;
    let roles: Vec<_> = roles.iter().map(|(name, role)| (name.value.as_str(), *role)).collect();
    assert_eq!(roles, [("watch", Role::Viewer), ("ops", Role::Operator)]);
    for (from, to, code, marked) in [
        ("[\"CN=ops\"]", "[\"ops\"]", "C0030", "\"ops\""),
        ("[\"CN=ops\"]", "[\"CN=watch\"]", "C0034", "\"CN=watch\""),
        ("operator = ", "officer = ", "C0003", "[admin]"),
        ("[\"CN=ops\"]", "[]", "C0003", "[admin]"),
        ("client-ca = \"file:ca.crt\"\n", "", "C0031", "\"CN=watch\""),
        ("tls      = \"edge\"\nviewer", "viewer", "C0031", "\"CN=watch\""),
    ] {
        assert!(good.contains(from), "{from}");
        let text = good.replacen(from, to, 1);
        let (config, problems, said) = parse(&text);
        assert!(config.is_none(), "{to}: {said}");
        let problem = problems.iter().find(|problem| problem.code == code).unwrap_or_else(|| panic!("{to}: {said}"));
        let (span, _) = &problem.labels[0];
        assert_eq!(&text[span.start as usize..span.end as usize], marked, "{to}: {said}");
    }
}
