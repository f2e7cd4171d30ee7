//! `[admin]`: where operators speak to this process, and who may do what there.

use std::net::SocketAddr;

use super::proxy::common_names;
use super::value::{Secret, need_address};
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{Span, Text};
use crate::policy::syntax::{Problems, Reader};

/// What somebody may do: each all that those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// See what is in force, the metrics and the health.
    Viewer,
    /// See the report of the ledger, too.
    Officer,
    /// Have policies read anew, and see a sample of what leaves.
    Operator,
}

impl Role {
    /// The key under which who has it stands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Officer => "officer",
            Self::Operator => "operator",
        }
    }
}

/// `[admin]`.
#[derive(Clone, Debug)]
pub struct Admin {
    /// Address.
    pub listen: SocketAddr,
    /// Where it is said.
    pub span: Span,
    /// Certificate.
    pub tls: Option<Text>,
    /// Whoever holds it is an operator.
    pub token: Option<Secret>,
    /// Common names of clients' certificates, and what they may do. Each stands once.
    pub roles: Vec<(Text, Role)>,
}

/// Reads `[admin]`.
pub(super) fn admin(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<Admin> {
    let at = table.at();
    let listen = need_address(&mut table, "listen", p);
    let tls = table.text("tls", p);
    let token = table.text("token", p).and_then(|text| Secret::parse(&text, p));
    let mut roles: Vec<(Text, Role)> = Vec::new();
    for role in [Role::Viewer, Role::Officer, Role::Operator] {
        for name in common_names(table.texts(role.name(), p), p) {
            match roles.iter().find(|(other, _)| other.value == name.value) {
                Some((first, _)) => {
                    let problem = Diagnostic::error("C0034", "one name, one role", name.span, "again");
                    let help = "an operator may do what an officer may, and an officer what a viewer may";
                    p.push(problem.and(first.span, "before").help(help));
                }
                None => roles.push((name, role)),
            }
        }
    }
    table.finish(p);
    if token.is_none() && !roles.iter().any(|(_, role)| *role == Role::Operator) {
        let help = "token = \"file:/run/secrets/admin\", or operator = [\"CN=tamis-ops\"] with a certificate";
        p.push(Diagnostic::error("C0003", "nobody could be an operator", at, "").help(help));
    }
    Some(Admin { listen: listen?, span: at, tls, token, roles })
}
