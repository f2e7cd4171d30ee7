//! Audit logs of cloud services.

use super::Fits::{Address, Block, Mail, Named, Phone, Secret, Url};
use super::{Template, template as t};

#[rustfmt::skip]
pub(super) const TEMPLATES: &[Template] = &[
    // Microsoft 365
    t(("m365", "subject", "de"), Named, ("Parameters Subject", "AW: Unterlagen für {user}, {say}")),
    t(("m365", "subject", "en"), Named, ("Parameters Subject", "RE: onboarding, {say}")),
    t(("m365", "subject", "fr"), Named, ("Parameters Subject", "TR : dossier du salarié, {say}")),
    t(("m365", "rule", "en"), Named, ("Parameters Name", "Move mails with {say} to folder {n}")),
    t(("m365", "search", "en"), Named, ("Query", "subject:\"payroll\" AND body:\"{say}\" AND size>{n}")),
    t(("m365", "teams", "de"), Named, ("MessageText", "Hallo {user}, kannst du das eintragen? {say}. Danke!")),
    t(("m365", "teams", "it"), Named, ("MessageText", "Ciao {user}, puoi inserire {say}? Grazie")),
    t(("m365", "teams", "es"), Named, ("MessageText", "Hola {user}, ¿puedes registrar {say}? Gracias")),
    t(("m365", "file", "en"), Named, ("SourceFileName", "scan {say}.pdf")),
    t(("m365", "field", "en"), Named, ("ExtendedProperties {key}", "{v}")),
    t(("m365", "forward", "en"), Mail, ("Parameters ForwardTo", "smtp:{v}")),
    t(("m365", "client", "en"), Address, ("ClientIP", "{v}")),
    // Entra ID
    t(("entra-signin", "failure", "en"), Named, ("Status additionalDetails", "Request {guid} denied: claim {set} not accepted")),
    t(("entra-signin", "failure", "de"), Named, ("Status additionalDetails", "Anmeldung abgelehnt, {say}, Vorgang {guid}")),
    t(("entra-signin", "method", "en"), Phone, ("AuthenticationDetails authenticationMethodDetail", "{v}")),
    t(("entra-signin", "address", "en"), Address, ("IPAddress", "{v}")),
    t(("entra-audit", "modified", "en"), Named, ("TargetResources modifiedProperties newValue", "[{\"{key}\":\"{v}\"}]")),
    t(("entra-audit", "attribute", "en"), Named, ("AdditionalDetails {key} value", "{v}")),
    // Okta
    t(("okta", "profile", "en"), Named, ("debugContext debugData changedAttributes", "{set},department=Sales,costCenter={n}")),
    t(("okta", "uri", "en"), Named, ("debugContext debugData requestUri", "/api/v1/users?search={query}&limit=25")),
    t(("okta", "message", "fr"), Named, ("displayMessage", "Mise à jour du profil : {say}")),
    t(("okta", "ip", "en"), Address, ("client ipAddress", "{v}")),
    t(("okta", "sms", "en"), Phone, ("debugContext debugData phoneNumber", "{v}")),
    // Google Workspace
    t(("google-workspace", "doc", "it"), Named, ("parameters doc_title", "Modulo assunzione - {say}")),
    t(("google-workspace", "doc", "fr"), Named, ("parameters doc_title", "Contrat {user} ({say})")),
    t(("google-workspace", "doc", "en"), Named, ("parameters doc_title", "Form for {user}; {say}")),
    t(("google-workspace", "query", "en"), Named, ("parameters SEARCH_QUERY", "in:anywhere {set} older_than:{n}d")),
    t(("google-workspace", "user", "en"), Mail, ("parameters target_user", "{v}")),
    // Slack
    t(("slack", "message", "en"), Named, ("text", "hey, <@U0{n}> could you update this in the system? {say}, thx")),
    t(("slack", "message", "es"), Named, ("text", "Buenos días, el cliente envía {say}. ¿Lo cambias tú?")),
    t(("slack", "message", "de"), Named, ("text", "bitte einmal prüfen: {say} (kam von {mail})")),
    t(("slack", "slash", "en"), Named, ("command text", "/lookup {set} verbose")),
    t(("slack", "code", "en"), Secret, ("text", "it fails with ```curl -H 'Authorization: Bearer {v}' https://api.example.com/v1```")),
    t(("slack", "pasted", "en"), Secret, ("text", "here you go: {v}")),
    // GitHub
    t(("github", "issue", "en"), Named, ("issue body", "Steps: open the form, enter {say}, press save. Build {hex} crashes.")),
    t(("github", "commit", "en"), Named, ("head_commit message", "fixtures: drop {set} (#{n})")),
    t(("github", "diff", "en"), Named, ("comment body", "```diff\n-  {json},\n+  \"id\": null,\n```")),
    t(("github", "env", "en"), Secret, ("comment body", "+export {key}={v}")),
    t(("github", "remote", "en"), Url, ("comment body", "fatal: unable to access '{v}': The requested URL returned error: 403")),
    t(("github", "key", "en"), Block, ("comment body", "the deploy key is\n{v}\nplease rotate")),
    // CloudTrail
    t(("cloudtrail", "parameters", "en"), Named, ("requestParameters tags value", "{set}")),
    t(("cloudtrail", "error", "en"), Named, ("errorMessage", "User: arn:aws:iam::111122223333:user/{user} sent an invalid item: {json}")),
    t(("cloudtrail", "agent", "en"), Named, ("userAgent", "aws-cli/2.15 md/command#s3.cp app/{key}/{path}")),
    t(("cloudtrail", "source", "en"), Address, ("sourceIPAddress", "{v}")),
    t(("cloudtrail", "lambda", "en"), Secret, ("requestParameters environment variables {key}", "{v}")),
    // Kubernetes
    t(("kubernetes", "uri", "en"), Named, ("requestURI", "/api/v1/namespaces/shop/pods?labelSelector={query}&limit=500")),
    t(("kubernetes", "exec", "en"), Named, ("requestURI", "/api/v1/namespaces/shop/pods/web-{n}/exec?command=sh&command=-c&{query}")),
    t(("kubernetes", "forbidden", "en"), Named, ("responseStatus message", "admission webhook denied the request: annotation {set} is not allowed")),
    t(("kubernetes", "annotation", "en"), Named, ("requestObject metadata annotations {key}", "{v}")),
    t(("kubernetes", "sources", "en"), Address, ("sourceIPs", "{v}")),
    t(("kubernetes", "secret", "en"), Block, ("requestObject stringData tls.key", "{v}")),
    // Google Cloud, Azure, Box, Zoom
    t(("gcp-audit", "query", "en"), Named, ("protoPayload request query", "SELECT id FROM people WHERE {key} = '{v}' LIMIT 10")),
    t(("gcp-audit", "caller", "en"), Address, ("protoPayload requestMetadata callerIp", "{v}")),
    t(("azure-activity", "body", "en"), Named, ("properties requestbody", "{\"location\":\"westeurope\",\"tags\":{{json}}}")),
    t(("azure-activity", "connection", "en"), Url, ("properties requestbody", "{\"connection\":\"{v}\"}")),
    t(("box", "name", "de"), Named, ("source name", "Bewerbung {user} {say}.docx")),
    t(("zoom", "topic", "fr"), Named, ("object topic", "Entretien {user} - {say}")),
];
