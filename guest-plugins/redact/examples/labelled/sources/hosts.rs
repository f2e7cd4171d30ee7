//! Operating systems, servers, browsers.

use super::Fits::{Address, Block, Hardware, Mail, Named, Secret, Url};
use super::{Template, template as t};

#[rustfmt::skip]
pub(super) const TEMPLATES: &[Template] = &[
    // Windows
    t(("windows-security-sentinel", "command", "en"), Named, ("CommandLine", "powershell.exe -NoProfile -File C:\\tools\\sync.ps1 {arg} -Verbose")),
    t(("windows-security-sentinel", "command", "de"), Named, ("CommandLine", "\"C:\\Program Files\\Personal\\abgleich.exe\" /q {set} /lang:de")),
    t(("windows-event", "data", "en"), Named, ("EventData {key}", "{v}")),
    t(("windows-event", "message", "en"), Named, ("Message", "The process could not validate the record.\r\n\r\n\t{say}\r\n\tProcess ID:\t0x{n}")),
    t(("windows-event", "message", "de"), Named, ("Message", "Der Datensatz wurde abgelehnt.\r\n\t{say}\r\n\tProzess-ID:\t0x{n}")),
    t(("windows-timeline", "title", "es"), Named, ("DisplayText", "Ficha {user} - {say} - Excel")),
    t(("windows-security-sentinel", "address", "en"), Address, ("IpAddress", "{v}")),
    t(("windows-security-sentinel", "net-use", "en"), Secret, ("CommandLine", "cmd /c tool.exe --{key}={v} --host {host}")),
    t(("defender", "url", "en"), Named, ("RemoteUrl", "https://files.example.net/get?{query}&v=2")),
    t(("defender", "network", "en"), Hardware, ("AdditionalFields MacAddress", "{v}")),
    // Linux audit, syslog
    t(("auditd", "execve", "en"), Named, ("message", "type=EXECVE msg=audit(1793691672.986:{n}): argc=4 a0=\"curl\" a1=\"-d\" a2=\"{set}\" a3=\"https://api.example.com/\"")),
    t(("auditd", "proctitle", "en"), Named, ("message", "type=PROCTITLE msg=audit(1793691672.986:{n}): proctitle=import {arg} /srv/in")),
    t(("auditd", "login", "en"), Address, ("message", "type=USER_LOGIN msg=audit(1793691672.986:{n}): pid=17 uid=0 auid=1001 msg='op=login exe=\"/usr/sbin/sshd\" addr={v} terminal=ssh res=success'")),
    t(("syslog", "sshd", "en"), Address, ("message", "Nov  3 07:41:12 {host} sshd[4711]: Failed password for invalid user {user} from {v} port 50443 ssh2")),
    t(("syslog", "sshd-closed", "en"), Address, ("message", "Nov  3 07:41:12 {host} sshd[{n}]: Connection closed by {v} port 41022 [preauth]")),
    t(("syslog", "sudo", "en"), Named, ("message", "Nov  3 07:41:12 {host} sudo: {user} : TTY=pts/0 ; PWD=/srv ; USER=root ; COMMAND=/usr/bin/grep {set} /var/log/shop.log")),
    t(("syslog", "app", "en"), Named, ("message", "<86>1 2026-11-03T07:41:12.003Z {host} shop 4711 - - validation failed: {set} user={user}")),
    t(("syslog", "app", "fr"), Named, ("message", "Nov  3 07:41:12 {host} paie[{n}]: saisie refusée, {say}")),
    t(("syslog", "app", "it"), Named, ("message", "Nov  3 07:41:12 {host} anagrafe[{n}]: dato non valido, {say}")),
    t(("syslog", "app", "de"), Named, ("message", "Nov  3 07:41:12 {host} personal[{n}]: abgewiesen, {say}")),
    t(("syslog", "dhcp", "en"), Hardware, ("message", "Nov  3 07:41:12 {host} dhcpd[812]: DHCPACK on {ip} to {v} via eth0")),
    t(("syslog", "wlan", "en"), Hardware, ("message", "Nov  3 07:41:12 {host} hostapd: wlan0: STA {v} IEEE 802.11: associated (aid 1)")),
    t(("syslog", "postfix", "en"), Mail, ("message", "Nov  3 07:41:12 {host} postfix/smtp[{n}]: 4Cz1x: to=<{v}>, relay=mx.example.com[{ip}]:25, delay=0.4, dsn=2.0.0, status=sent")),
    t(("syslog", "backup", "en"), Url, ("message", "Nov  3 07:41:12 {host} cron[{n}]: (root) CMD (pg_dump {v} > /srv/dump.sql)")),
    t(("syslog", "cat", "en"), Block, ("message", "{host} root: tee /etc/ssl/key.pem <<EOF\n{v}\nEOF")),
    // Web
    t(("access-log", "query", "en"), Named, ("message", "{ip} - - [03/Nov/2026:07:41:12 +0100] \"GET /form/save?step=3&{query} HTTP/1.1\" 200 5120 \"-\" \"Mozilla/5.0 (Windows NT 10.0) Firefox/133.0\"")),
    t(("access-log", "referer", "en"), Named, ("message", "{ip} - - [03/Nov/2026:07:41:12 +0100] \"POST /api/v2/records HTTP/2.0\" 422 311 \"https://www.example.com/edit?{query}\" \"curl/8.5.0\"")),
    t(("access-log", "path", "en"), Named, ("message", "{ip} - {user} [03/Nov/2026:07:41:12 +0100] \"GET /api/{key}/{path}/summary HTTP/1.1\" 404 153")),
    t(("access-log", "client", "en"), Address, ("message", "{v} - - [03/Nov/2026:07:41:12 +0100] \"GET /shop/cart HTTP/1.1\" 200 {n}")),
    t(("access-log", "forwarded", "en"), Address, ("message", "upstream timed out, client: {v}, server: www.example.com, request: \"GET / HTTP/1.1\"")),
    t(("chrome-history", "url", "en"), Named, ("url", "https://www.example.com/search?q=test&{query}&hl=en")),
    t(("chrome-history", "title", "fr"), Named, ("title", "Mon compte - {say}")),
    t(("chrome-history", "title", "it"), Named, ("title", "Area riservata | {say}")),
    t(("chrome-history", "title", "es"), Named, ("title", "Sede electrónica: {say}")),
    // Agents and telemetry
    t(("osquery", "cmdline", "en"), Named, ("columns cmdline", "python3 export.py {arg} --out /tmp/{n}.csv")),
    t(("osquery", "process-env", "en"), Secret, ("columns value", "{key}={v}")),
    t(("osquery", "interface", "en"), Hardware, ("columns mac", "{v}")),
    t(("osquery", "shell", "en"), Url, ("columns command", "git clone {v} /srv/app")),
    t(("osquery", "socket", "en"), Address, ("columns remote_address", "{v}")),
    t(("otlp", "body", "en"), Named, ("body stringValue", "rejected record {hex}: {json}")),
    t(("otlp", "body", "es"), Named, ("body stringValue", "registro rechazado, {say}, traza {hex}")),
    t(("otlp", "attribute", "en"), Named, ("attributes {key} value stringValue", "{v}")),
    t(("otlp", "exception", "en"), Named, ("attributes exception.message value stringValue", "IllegalArgumentException: {say} is not valid at line {n}")),
    t(("otlp", "statement", "en"), Named, ("attributes db.query.text value stringValue", "UPDATE person SET {key} = '{v}' WHERE id = {n}")),
    t(("otlp", "header", "en"), Secret, ("attributes http.request.header.authorization value stringValue", "Bearer {v}")),
    t(("otlp", "peer", "en"), Address, ("attributes client.address value stringValue", "{v}")),
    t(("android-usage", "notification", "de"), Named, ("text", "Neue Nachricht von {user}: {say}")),
    t(("ios-privacy", "pasteboard", "en"), Named, ("payload", "pasteboard {json}")),
];
