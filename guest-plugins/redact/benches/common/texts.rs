/// Free text of 100 to 150 bytes; one value in eight holds something.
const PLAIN: [&str; 7] = [
    "The quarterly report was shared with the finance group after the review meeting, and two comments were left on page seven.",
    "User opened the document library and renamed the folder that holds the drafts of the new onboarding handbook for the team",
    "Reminder: the maintenance window starts at 22:00 and ends before midnight; please save your work and close all sessions.",
    "Ticket was moved from waiting to in progress by the second line because the printer on floor 3 still shows error code 49",
    "Meeting notes: we agreed to keep the old layout until the survey is closed, then decide whether the change is worth it.",
    "The synchronisation finished with 1204 files, 3 conflicts and no errors after 18 minutes on the laptop of the project lead",
    "Changed the title of the presentation and replaced the chart on slide 12 with the table that the controlling group sent",
];
const HITS: [&str; 2] = [
    "Please forward the signed contract to anna.smith@example.com before Friday, otherwise the order can not be placed this week.",
    "Customer called and said that the payment with 4111 1111 1111 1111 was refused twice although the limit had been raised.",
];
/// Lines of a log: many digits, colons and dots.
const LOGS: [&str; 3] = [
    "Nov 21 22:12:28 host1 sshd[2314]: Failed password for invalid user admin from 192.0.2.17 port 52341 ssh2",
    "198.51.100.7 - - [21/Nov/2025:10:20:30 +0000] \"GET /images/a1b2.png HTTP/1.1\" 200 3638 \"-\" \"Mozilla/5.0 (X11)\"",
    "{\"id\":\"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\",\"ts\":1700000000123,\"op\":\"FileAccessed\",\"size\":48213,\"ok\":true}",
];

/// What most detectors know.
const TEN: [&str; 10] = [
    "person.email",
    "person.phone",
    "payment.card",
    "payment.iban",
    "network.ipv4",
    "network.mac",
    "national.us.ssn",
    "secret.jwt",
    "secret.private-key",
    "secret.password",
];

/// What all entities of people, payment, secrets and networks are in.
const EVERYTHING: [&str; 4] = ["personal", "secret", "payment", "network"];
