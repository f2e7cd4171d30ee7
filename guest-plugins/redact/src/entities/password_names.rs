//! Names of passwords and tokens.

use crate::check::byte;

/// What a name promises.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Whatever stands there is a secret.
    Password,
    /// A secret if it looks like one.
    Token,
    /// Only as a parameter of a query.
    Parameter,
    /// A header: a scheme may come before the secret.
    Header,
}

/// Names, without `_`, `-` and `.`, in lower case; whether a name may end so (`db_password`), and what it promises.
pub(super) const NAMES: [(&[u8], bool, Kind); 60] = [
    (b"password", true, Kind::Password),
    (b"passwd", true, Kind::Password),
    (b"passwort", true, Kind::Password),
    (b"kennwort", true, Kind::Password),
    (b"wachtwoord", true, Kind::Password),
    (b"motdepasse", true, Kind::Password),
    (b"contrasena", true, Kind::Password),
    (b"passphrase", true, Kind::Password),
    (b"passcode", true, Kind::Password),
    (b"pswd", true, Kind::Password),
    (b"psswd", true, Kind::Password),
    (b"pswrd", true, Kind::Password),
    (b"psword", true, Kind::Password),
    (b"psswrd", true, Kind::Password),
    (b"pssword", true, Kind::Password),
    (b"paswd", true, Kind::Password),
    (b"paswrd", true, Kind::Password),
    (b"pasword", true, Kind::Password),
    (b"passwords", true, Kind::Password),
    (b"dbpass", true, Kind::Password),
    (b"userpass", true, Kind::Password),
    (b"sqlpass", true, Kind::Password),
    (b"userpwd", true, Kind::Password),
    (b"pass", false, Kind::Password),
    (b"pwd", true, Kind::Password),
    (b"pw", false, Kind::Password),
    (b"mdp", false, Kind::Password),
    (b"senha", false, Kind::Password),
    (b"secret", true, Kind::Token),
    (b"secretkey", true, Kind::Token),
    (b"secretaccesskey", true, Kind::Token),
    (b"sharedaccesskey", true, Kind::Token),
    (b"accountkey", true, Kind::Token),
    (b"accesskey", true, Kind::Token),
    (b"privatekey", true, Kind::Token),
    (b"encryptionkey", true, Kind::Token),
    (b"apikey", true, Kind::Token),
    (b"apitoken", true, Kind::Token),
    (b"token", true, Kind::Token),
    (b"credential", true, Kind::Token),
    (b"sessionid", true, Kind::Token),
    (b"sessionkey", true, Kind::Token),
    (b"connectionpassword", true, Kind::Password),
    (b"authkey", true, Kind::Token),
    (b"clientassertion", true, Kind::Token),
    (b"samlresponse", false, Kind::Token),
    (b"authorization", true, Kind::Header),
    (b"xauthkey", true, Kind::Header),
    (b"sig", false, Kind::Parameter),
    (b"signature", true, Kind::Parameter),
    (b"code", false, Kind::Parameter),
    (b"key", false, Kind::Parameter),
    (b"auth", false, Kind::Parameter),
    (b"sid", false, Kind::Parameter),
    (b"otp", false, Kind::Parameter),
    (b"ticket", false, Kind::Parameter),
    (b"assertion", false, Kind::Parameter),
    (b"jwt", false, Kind::Token),
    (b"bearer", false, Kind::Token),
    (b"cred", false, Kind::Parameter),
];

/// Names that end like one of a token and name none.
pub(super) const OTHERS: [&[u8]; 9] = [
    b"nextpagetoken",
    b"pagetoken",
    b"nexttoken",
    b"continuationtoken",
    b"synctoken",
    b"deltatoken",
    b"paginationtoken",
    b"skiptoken",
    b"primarytoken",
];

/// Where a name begins that ends at `end` and is of several words, or of more than ASCII.
pub(super) fn spelt(text: &[u8], end: usize) -> Option<usize> {
    let begin = |name: &&'static str| {
        let start = end.checked_sub(name.len())?;
        text.get(start..end)?.eq_ignore_ascii_case(name.as_bytes()).then_some(start)
    };
    SPELT.iter().find_map(begin)
}

/// Such names.
const SPELT: [&str; 2] = ["contraseña", "mot de passe"];

/// Whether some name ends with the three bytes before `end`: most names do not, and this is cheap to see.
pub(super) fn may_end_so(text: &[u8], end: usize) -> bool {
    let tail = [3, 2, 1].map(|back| end.checked_sub(back).map_or(b' ', |at| byte(text, at).to_ascii_lowercase()));
    matches!(tail, [_, b'p', b'w'] | [0xc3, 0xb1, b'a'])
        || matches!(
            &tail,
            b"ord"
                | b"swd"
                | b"rds"
                | b"wrd"
                | b"ort"
                | b"ase"
                | b"sse"
                | b"ena"
                | b"ode"
                | b"ass"
                | b"pwd"
                | b"mdp"
                | b"nha"
                | b"ret"
                | b"key"
                | b"ken"
                | b"ial"
                | b"nid"
                | b"ion"
                | b"nse"
                | b"sig"
                | b"ure"
                | b"uth"
                | b"sid"
                | b"otp"
                | b"ket"
                | b"jwt"
                | b"rer"
                | b"red"
        )
}

#[cfg(test)]
mod tests {
    use super::{NAMES, SPELT, may_end_so, spelt};

    #[test]
    fn no_name_is_overlooked() {
        for (name, ..) in NAMES {
            assert!(may_end_so(name, name.len()), "{name:?}");
        }
        for name in SPELT {
            assert!(may_end_so(name.as_bytes(), name.len()) && spelt(name.as_bytes(), name.len()) == Some(0), "{name}");
        }
    }
}
