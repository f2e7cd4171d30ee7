//! General words of the trade: which words in the name of a field say what its values are.
//!
//! Phrases stand between commas; a word is singular. What one product calls its fields stands in its map, not here.

/// Category → words that say it, wherever they stand in a key. Above stands what is more sensitive; the first that fits counts.
pub(super) const STRICT: &[(&str, &str)] = &[
    (
        "secret.credential",
        "password, passwd, pwd, passphrase, secret, token, api key, access key, private key, write key, shared key, \
         license key, credential, cookie, authorization, bearer, otp, connection string, client key, ssh key, \
         passwort, kennwort, mot de passe",
    ),
    ("pay.sad", "cvv, cvc, track data, card pin, security code"),
    ("pay.pan", "card number, credit card, debit card, pan"),
    (
        "special.health",
        "diagnosis, disease, icd, medication, blood type, symptom, allergy, health condition, pregnant, disability",
    ),
    ("special.belief", "religion, political party, political opinion, confession"),
    ("special.origin", "ethnicity, ethnic, race, nationality"),
    ("special.union", "union member, works council, trade union"),
    ("special.sex-life", "sexual orientation, gender, sex"),
    ("special.biometric", "face template, voice print, iris, fingerprint template, biometric"),
    ("special.criminal", "criminal record, conviction, offence, offense"),
    ("minor.any", "child name, minor, guardian, pupil"),
    ("derived.emotion", "emotion, mood, sentiment"),
    ("derived.productivity", "productivity"),
    ("derived.idle", "idle, away time"),
    (
        "id.national",
        "ssn, social security, national id, tax id, passport, iban, driver license, identity card, personal number, \
         steuernummer, sozialversicherungsnummer",
    ),
    (
        "id.record",
        "mrn, patient, medical record, customer number, policy number, licence number, license number, license \
         plate, membership number, insurance number",
    ),
    (
        "time.person",
        "birth, birthday, birthdate, dob, hire date, hired, admission date, discharge date, death date, age, \
         geburtsdatum, geboren, naissance",
    ),
    ("id.phone", "phone, mobile, fax, telephone, tel, msisdn, cell, phonenumber, telefon, handy, téléphone, teléfono"),
    ("content.clipboard", "clipboard"),
    ("content.keystrokes", "keystroke"),
    ("content.screenshot", "screenshot, screen capture"),
    (
        "id.employee-no",
        "employee id, employee number, employee no, personnel number, staff id, badge number, badge id, personalnummer",
    ),
    (
        "id.email",
        "email, e mail, upn, user principal name, mail address, smtp address, reply to, cc, bcc, recipient, sender, \
         mailto, courriel, correo",
    ),
    ("device.agent", "user agent, useragent, ua, browser"),
    (
        "net.ip",
        "ip, ip address, ipaddress, ipaddr, ipv, cidr, forwarded for, client ip, clientip, callerip, remote addr, \
         remoteaddr, client address, remote address, source address, dest address, destination address",
    ),
    (
        "net.session",
        "session, request id, trace id, trace, span id, correlation, transaction id, conversation id, visit id, \
         logon guid, logon id",
    ),
    (
        "device.id",
        "device id, device name, device, hostname, host, computer, machine, workstation, serial, imei, mac, mac \
         address, fqdn, advertising id, idfa, gaid, udid, endpoint, node name",
    ),
    (
        "geo.precise",
        "latitude, longitude, lat, lon, lng, coordinate, geolocation, location, geo point, city, street, postal, \
         postcode, postalcode, zip, zipcode, home address, address, building, room, straße, strasse, plz, ort, \
         adresse, rue, ville",
    ),
    ("content.window-title", "window title, windowtitle"),
    ("content.mail-subject", "subject, topic, agenda, betreff, objet"),
    ("content.page-title", "title, headline, caption"),
    ("content.chat", "chat"),
    (
        "content.command",
        "command, cmd, cmdline, command line, commandline, script, sql, statement, argument, arg, argv, shell, \
         executed",
    ),
    ("search.query", "search, search term, query, keyword, search query"),
    ("content.mail-body", "body, html, content, snippet, preview"),
    ("url.full", "url, uri, href, link, referrer, referer, website, redirect, permalink"),
    ("file.name", "file name, filename, document, attachment, file, datei, dateiname, fichier"),
    ("file.path", "path, directory, folder, cwd, image path, dir, exe, executable"),
    ("channel.name", "channel, team, site, mailbox, room name, workspace"),
    (
        "content.text",
        "message, msg, text, description, detail, comment, note, reason, summary, remark, label text, feedback, \
         answer, question, body text, error, exception, log, remarks, bio, about, payload, nachricht, beschreibung, \
         kommentar, bemerkung, grund, commentaire, mensaje",
    ),
];

/// A person, by the part that is played.
pub(super) const PERSONS: &[(&str, &str)] = &[
    (
        "actor",
        "user, account, actor, principal, operator, author, member, employee, customer, contact, requester, \
         submitter, creator, caller, initiator, initiated, admin, administrator, subject user, identity, profile, \
         person, people, login, logon, participant, reviewer, approver, pusher, committer, invoker, created by, \
         updated by, modified by, performed by, patient, worker, student, visitor, staff, username, anonymous, \
         distinct, performer, responsible, nickname, alternate id, editor, viewer, sender, sign in, uid, sid, \
         issuer, trait, benutzer, nutzer, anwender, mitarbeiter, kunde, bearbeiter, benutzername, utilisateur, \
         usuario, utente",
    ),
    ("owner", "owner, owned by, mailbox owner, mailbox, assignee, manager, organizer, host user"),
    (
        "target",
        "target, recipient, destination user, affected, grantee, invitee, to user, delegate, delegated, follower",
    ),
];

/// Words for numbers and names that stand for somebody, where a person is spoken of.
pub(super) const NUMBERS: &str =
    "id, key, guid, uuid, uid, sid, number, no, ref, identifier, puid, arn, identity, object";

/// The same for names.
pub(super) const NAMES: &str = "name, first, last, given, family, surname, firstname, lastname, fullname, displayname, nickname, display, \
    full, middle, initial";

/// These are names of people where nothing else is spoken of.
pub(super) const PEOPLE: &str = "display name, displayname, first name, firstname, last name, lastname, full name, fullname, given \
    name, givenname, family name, surname, middle name, vorname, nachname, familienname, prénom, apellido, cognome, real name, \
    nickname, actor name";

/// Category → words that say it where they end a key. The values have to agree.
pub(super) const ENDS: &[(&str, &str)] = &[
    ("id.name", "name"),
    (
        "time.event",
        "time, timestamp, date, datetime, at, ts, created, updated, modified, changed, published, start, end, expire, \
         expiration, expiry, since, until, when, day, at utc, generated, on, last seen, first seen, collected, \
         received",
    ),
    (
        "event.amount",
        "count, size, byte, duration, length, elapsed, latency, total, ms, millisecond, second, num, number of, \
         quantity, amount, width, height, percent",
    ),
    (
        "event.outcome",
        "status, result, outcome, success, state, enabled, verified, allowed, denied, blocked, failed, active, \
         disabled, flag, code, error code, status code, managed, risk level, private, public, default",
    ),
    (
        "event.type",
        "type, kind, category, level, severity, priority, protocol, scheme, version, format, mode, class, facility, \
         port, method type, algorithm, encoding, revision, schema, platform, os",
    ),
    (
        "event.action",
        "action, operation, verb, activity, event, event name, operation name, method, http method, event action, \
         event type, method name, task",
    ),
    (
        "event.source",
        "source, service, product, module, component, provider, logger, dataset, vendor, log type, event source, \
         workload",
    ),
    ("event.id", "event id, record id, sequence, log id, event uuid, insert id, offset, event record id"),
    (
        "org.tenant",
        "tenant, tenant id, org, org id, organization, organization id, organisation, company, subscription id",
    ),
    ("geo.region", "country, region, timezone, time zone, locale, country code, language, province, continent"),
    ("object.id", "id, uuid, guid, key, arn, resource, identifier, hash, sha, md, digest, resource id, object id"),
    (
        "object.name",
        "app, application, app name, program, service name, role, group, label, bucket, repository, repo, \
         project, policy, tag, object, item, namespace, rule, package, rule name, policy name, group name, role name, \
         product name, class name, package name, project name, bucket name, function name, table name, database name, \
         cluster name, process name, thread name, queue name, bucket name",
    ),
];
