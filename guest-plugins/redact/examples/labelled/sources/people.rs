//! Letters, headers and fields that name people.

use super::Fits::{Name, Titled};
use super::{Template, template as t};

#[rustfmt::skip]
pub(super) const TEMPLATES: &[Template] = &[
    // Headers
    t(("m365", "from", "en"), Name, ("Folders FolderItems Subject", "From: {v} <{mail}>; To: helpdesk")),
    t(("m365", "recipient", "en"), Name, ("Parameters Value", "\"{v}\" <{mail}>")),
    t(("google-workspace", "header", "en"), Name, ("message_info source", "{v} <{mail}>")),
    t(("slack", "quoted", "en"), Name, ("text", "On Tuesday {v} <{mail}> wrote:\n> the form is broken")),
    t(("zendesk", "outlook", "de"), Name, ("comment body", "Von: {v} [mailto:{mail}]\nBetreff: Rückfrage")),
    // Letters
    t(("zendesk", "letter", "en"), Name, ("comment body", "Dear {v},\nyour ticket {n} is closed.")),
    t(("zendesk", "hello", "en"), Name, ("comment body", "Hi {v}, could you look at build {n} once more?")),
    t(("zendesk", "regards", "en"), Name, ("comment body", "The printer is back. Best regards,\n{v}")),
    t(("zendesk", "letter", "de"), Name, ("comment body", "Hallo {v},\ndie Freigabe ist erteilt.")),
    t(("zendesk", "regards", "de"), Name, ("comment body", "Das Konto ist entsperrt.\n\nMit freundlichen Grüßen\n{v}")),
    t(("zendesk", "letter", "fr"), Name, ("comment body", "Bonjour {v},\nvotre demande est traitée.")),
    t(("zendesk", "regards", "fr"), Name, ("comment body", "C'est réglé. Cordialement,\n{v}")),
    t(("zendesk", "letter", "es"), Name, ("comment body", "Hola {v}:\nya está resuelto.")),
    t(("zendesk", "regards", "es"), Name, ("comment body", "Queda cerrado. Un saludo,\n{v}")),
    t(("zendesk", "letter", "it"), Name, ("comment body", "Ciao {v}, il problema è risolto.")),
    t(("zendesk", "regards", "it"), Name, ("comment body", "Tutto risolto.\nCordiali saluti\n{v}")),
    t(("slack", "teams", "en"), Name, ("text", "my name is {v} and I cannot sign in")),
    t(("github", "assigned", "en"), Name, ("body", "This was assigned to {v} on build {n}.")),
    // Titles
    t(("zendesk", "titled", "en"), Titled, ("comment body", "Mr. {v} called about ticket {n}.")),
    t(("zendesk", "titled", "de"), Titled, ("comment body", "Sehr geehrte Frau {v},\nanbei das Protokoll.")),
    t(("zendesk", "titled", "fr"), Titled, ("comment body", "Mme {v} a rappelé ce matin.")),
    t(("zendesk", "titled", "es"), Titled, ("comment body", "Estimada Sra. {v}, gracias.")),
    t(("zendesk", "titled", "it"), Titled, ("comment body", "La Sig.ra {v} chiede conferma.")),
    // Fields
    t(("okta", "actor", "en"), Name, ("actor displayName", "{v}")),
    t(("entra-signin", "user", "en"), Name, ("UserDisplayName", "{v}")),
    t(("entra-audit", "modified", "en"), Name, ("TargetResources modifiedProperties newValue", "{\"displayName\":\"{v}\",\"id\":\"{guid}\"}")),
    t(("github", "author", "en"), Name, ("message", "commit {hex} author={v}, files={n}")),
    t(("otlp", "person", "en"), Name, ("body stringValue", "record rejected: {\\\"fullName\\\":\\\"{v}\\\",\\\"floor\\\":{n}}")),
    t(("zendesk", "form", "en"), Name, ("comment body", "Full name: {v}\nFloor: {n}")),
    t(("zendesk", "form", "de"), Name, ("comment body", "Ansprechpartner: {v}\nRaum: {n}")),
];
