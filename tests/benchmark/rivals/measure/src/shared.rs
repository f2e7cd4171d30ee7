//! Entities that Tamis and others know, and what others call them.

/// An entity, and its names elsewhere; empty where it is not known.
pub struct Shared {
    pub entity: &'static str,
    pub datafog: &'static str,
    /// Any of these.
    pub redact_core: &'static [&'static str],
}

const fn shared(entity: &'static str, datafog: &'static str, redact_core: &'static [&'static str]) -> Shared {
    Shared { entity, datafog, redact_core }
}

/// `presidio.py` has its own names. What stands here without a name elsewhere is known to that, or to the rules of `sds.rs`.
pub const SHARED: &[Shared] = &[
    shared("person.email", "EMAIL", &["EMAIL_ADDRESS"]),
    shared("person.phone", "PHONE", &["PHONE_NUMBER", "UK_PHONE_NUMBER", "UK_MOBILE_NUMBER"]),
    shared("payment.card", "CREDIT_CARD", &["CREDIT_CARD"]),
    shared("payment.iban", "DE_IBAN", &["IBAN", "IBAN_CODE"]),
    shared("payment.ethereum", "", &["ETH_ADDRESS"]),
    shared("network.ipv4", "IP_ADDRESS", &["IP_ADDRESS"]),
    shared("network.ipv6", "IP_ADDRESS", &["IP_ADDRESS"]),
    shared("network.mac", "", &["MAC_ADDRESS"]),
    shared("national.us.ssn", "SSN", &["US_SSN"]),
    shared("national.us.itin", "", &[]),
    shared("national.us.npi", "NPI", &[]),
    shared("national.uk.nhs-number", "", &["UK_NHS"]),
    shared("national.uk.nino", "", &["UK_NINO"]),
    shared("national.de.tax-id", "DE_TAX_ID", &[]),
    shared("national.de.vat", "DE_VAT_ID", &[]),
    shared("national.de.social-security", "DE_SOCIAL_SECURITY_NUMBER", &[]),
    shared("secret.jwt", "JWT", &["JWT_TOKEN"]),
    shared("secret.private-key", "PRIVATE_KEY", &["PRIVATE_KEY"]),
    shared("secret.aws.access-key-id", "", &["AWS_ACCESS_KEY"]),
    shared("secret.github.pat", "", &["GITHUB_TOKEN"]),
    shared("secret.gitlab.pat", "", &["GITLAB_TOKEN"]),
    shared("secret.slack.bot", "", &["SLACK_TOKEN"]),
    shared("secret.slack.webhook", "", &["SLACK_WEBHOOK"]),
    shared("secret.stripe.secret", "", &["STRIPE_API_KEY"]),
    shared("secret.google.api-key", "", &["GOOGLE_API_KEY"]),
    shared("secret.anthropic.api-key", "", &["ANTHROPIC_API_KEY"]),
    shared("secret.npm", "", &["NPM_TOKEN"]),
    shared("secret.pypi", "", &["PYPI_TOKEN"]),
    shared("secret.sendgrid", "", &["SENDGRID_API_KEY"]),
    shared("secret.twilio.api-key", "", &["TWILIO_API_KEY"]),
    shared("secret.telegram", "", &["TELEGRAM_BOT_TOKEN"]),
    shared("secret.huggingface", "", &["HUGGINGFACE_TOKEN"]),
    shared("secret.digitalocean.pat", "", &["DIGITALOCEAN_TOKEN"]),
];

/// Our name of a finding of another. Addresses have one name of two kinds elsewhere.
pub fn ours(is: impl Fn(&Shared) -> bool, value: &str) -> Option<&'static str> {
    let mut known = SHARED.iter().filter(|shared| is(shared)).map(|shared| shared.entity);
    match known.next()? {
        "network.ipv4" if value.contains(':') => Some("network.ipv6"),
        entity => Some(entity),
    }
}

/// The shared entities for which something holds.
pub fn known(is: impl Fn(&Shared) -> bool) -> Vec<String> {
    SHARED.iter().filter(|shared| is(shared)).map(|shared| shared.entity.to_owned()).collect()
}
