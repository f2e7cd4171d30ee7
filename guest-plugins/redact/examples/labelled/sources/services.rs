//! Tickets, customers, products, messages.

use super::Fits::{Block, Mail, Named, Phone, Secret, Url};
use super::{Template, template as t};

#[rustfmt::skip]
pub(super) const TEMPLATES: &[Template] = &[
    // Zendesk
    t(("zendesk", "ticket", "de"), Named, ("comment body", "Guten Tag,\nmeine Daten haben sich geändert. {say}.\nMit freundlichen Grüßen\n{user}")),
    t(("zendesk", "ticket", "en"), Named, ("comment body", "Hello, I cannot sign in. {say}. Please help, it is urgent. Regards, {user}")),
    t(("zendesk", "ticket", "fr"), Named, ("comment body", "Bonjour, je vous transmets mes informations : {say}. Merci d'avance, cordialement, {user}")),
    t(("zendesk", "ticket", "es"), Named, ("comment body", "Buenas tardes: les adjunto los datos. {say}. Un saludo, {user}")),
    t(("zendesk", "ticket", "it"), Named, ("comment body", "Buongiorno, come richiesto {say}. Cordiali saluti, {user}")),
    t(("zendesk", "form", "en"), Named, ("comment body", "Name: {user}\nDepartment: Sales\n{say}\nFloor: {n}\nSent from the web form")),
    t(("zendesk", "form", "de"), Named, ("comment body", "Name: {user}\nAbteilung: Einkauf\n{say}\nRaum: {n}")),
    t(("zendesk", "table", "en"), Named, ("comment body", "name;{key};room\n{user};{v};{n}\n")),
    t(("zendesk", "table", "de"), Named, ("comment body", "| Name | {key} |\n|---|---|\n| {user} | {v} |\n")),
    t(("zendesk", "quoted", "en"), Named, ("comment html_body", "<p>Hi,</p><blockquote>&gt; {say}</blockquote><p>Done.</p>")),
    t(("zendesk", "custom-field", "en"), Named, ("custom_fields {key} value", "{v}")),
    t(("zendesk", "callback", "de"), Phone, ("comment body", "Bitte rufen Sie mich zurück: {v}, am besten vormittags.")),
    t(("zendesk", "callback", "it"), Phone, ("comment body", "Potete chiamarmi al {v} dopo le 18?")),
    t(("zendesk", "callback", "es"), Phone, ("comment body", "Llámenme al {v} por la tarde, por favor.")),
    t(("zendesk", "copy", "fr"), Mail, ("comment body", "Merci de répondre aussi à {v}, je suis absent.")),
    // Salesforce
    t(("salesforce", "query", "en"), Named, ("QUERY", "SELECT Id FROM Contact WHERE {key} = '{v}'")),
    t(("salesforce", "description", "fr"), Named, ("Description", "Client rappelé le matin, {say}, à vérifier avant la fin du mois")),
    t(("salesforce", "description", "it"), Named, ("Description", "Il cliente comunica {say}; aggiornare l'anagrafica")),
    t(("salesforce", "description", "es"), Named, ("Description", "El cliente facilita {say}; pendiente de validar")),
    t(("salesforce", "field", "en"), Named, ("NewValue {key}", "{v}")),
    t(("salesforce", "uri", "en"), Named, ("URI", "/apex/ContactSearch?{query}&retURL=%2Fhome")),
    t(("salesforce", "url", "en"), Url, ("Description", "import from {v} failed at 03:10")),
    // Segment
    t(("segment", "trait", "en"), Named, ("traits {key}", "{v}")),
    t(("segment", "page", "en"), Named, ("context page url", "https://shop.example.com/checkout?step=2&{query}#pay")),
    t(("segment", "search", "de"), Named, ("properties query", "{say}")),
    t(("segment", "search", "es"), Named, ("properties query", "buscar {say}")),
    t(("segment", "properties", "en"), Named, ("properties payload", "{{json},\"plan\":\"basic\",\"count\":{n}}")),
    // Mail and chat elsewhere
    t(("generic", "chat", "it"), Named, ("message", "allora: {say}, il resto domani")),
    t(("generic", "chat", "fr"), Named, ("message", "voilà : {say} (reçu de {mail})")),
    t(("generic", "note", "de"), Named, ("note", "Kunde gibt an: {say}. Rückmeldung bis Freitag.")),
    t(("generic", "csv", "en"), Named, ("row", "{n},{user},{set},ok")),
    t(("generic", "yaml", "en"), Secret, ("config", "service:\n  {key}: {v}\n  retries: 3\n")),
    t(("generic", "dotenv", "en"), Secret, ("config", "{key}=\"{v}\"\nDEBUG=0")),
    t(("generic", "pem", "en"), Block, ("upload", "{v}")),
    t(("generic", "json-key", "en"), Block, ("body", "{\"type\":\"service\",\"key\":\"{v}\"}")),
];
