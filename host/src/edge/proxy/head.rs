//! Who asks. Credentials are taken out of the head of a request and go to the server behind, and nowhere else: they are never printed.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::config::Proxy;
use crate::edge::common_name::CommonName;
use crate::edge::source::request::{self, Refused};

const ORG: HeaderName = HeaderName::from_static("x-scope-orgid");
const DIGEST: HeaderName = HeaderName::from_static("digest");
const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");

/// What a client showed. It can neither be printed nor copied, and is overwritten once the request upstream is gone.
pub(super) struct Credentials(HeaderMap);

impl Credentials {
    /// Puts them beside other headers.
    pub(super) fn give(self, headers: &mut HeaderMap) {
        headers.extend(self.0);
    }
}

/// A value that is not printed, and whose bytes are overwritten when the last request that shares them is gone. `None`: it is none of
/// a header.
fn secret(bytes: Zeroizing<Vec<u8>>) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(bytes)).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// What is asked of clients, and added for the server.
pub(super) struct Gate {
    token: Option<Zeroizing<Vec<u8>>>,
    /// Common names that are let in; none: all.
    clients: Vec<String>,
    org: Option<HeaderValue>,
    credentials: Vec<HeaderName>,
    own: HeaderMap,
}

impl Gate {
    pub(super) fn new(said: &Proxy) -> Result<Self, String> {
        let token = said.token.as_ref().map(|token| token.read()).transpose()?;
        let token = token.map(|token| Zeroizing::new(token.into_bytes()));
        if token.as_ref().is_some_and(|token| token.is_empty()) {
            return Err("the token is empty".to_owned());
        }
        let none = |name: &str| format!("the value of `{name}` is none of a header");
        let org = said.org_id.as_ref().map(|org| HeaderValue::from_str(&org.value).map_err(|_| none("org-id")));
        let org = org.transpose()?;
        let name = |name: &str| name.parse::<HeaderName>().map_err(|_| format!("`{name}` is no name of a header"));
        let credentials: Result<Vec<_>, _> = said.credentials.iter().map(|said| name(&said.value)).collect();
        let mut own = HeaderMap::new();
        for (said, of) in &said.headers {
            let value = secret(Zeroizing::new(of.read()?.into_bytes())).ok_or_else(|| none(&said.value))?;
            own.insert(name(&said.value)?, value);
        }
        let clients = said.clients.iter().map(|client| client.value.clone()).collect();
        Ok(Self { token, clients, org, credentials: credentials?, own })
    }

    /// Lets a request in, and takes its credentials out of its head.
    pub(super) fn admit(&self, head: &mut Parts) -> Result<Credentials, Refused> {
        let name = head.extensions.get::<CommonName>();
        if !self.clients.is_empty() && !name.is_some_and(|name| self.clients.iter().any(|client| **client == *name.0)) {
            return Err(Refused(StatusCode::FORBIDDEN, "the certificate is of nobody who is let in here"));
        }
        let headers = &mut head.headers;
        request::admit(self.token.as_ref().map(|token| token.as_slice()), headers)?;
        if headers.get_all(ORG).iter().any(|org| self.org.as_ref() != Some(org)) {
            return Err(Refused(StatusCode::FORBIDDEN, "X-Scope-OrgID is not the one that is configured here"));
        }
        if is_signed(headers) {
            return Err(Refused(
                StatusCode::BAD_REQUEST,
                "a signed body cannot be filtered: send it without a signature",
            ));
        }
        let mut taken = HeaderMap::new();
        let own_token = self.token.is_some();
        let usual = [AUTHORIZATION, COOKIE];
        for name in usual.iter().filter(|name| !(own_token && **name == AUTHORIZATION)).chain(&self.credentials) {
            for value in headers.get_all(name) {
                let value = secret(Zeroizing::new(value.as_bytes().to_vec()));
                value.map(|value| taken.append(name.clone(), value));
            }
        }
        usual.iter().chain(&self.credentials).for_each(|name| drop(headers.remove(name)));
        for (name, value) in &self.own {
            taken.insert(name.clone(), value.clone());
        }
        if let Some(org) = &self.org {
            taken.insert(ORG, org.clone());
        }
        Ok(Credentials(taken))
    }
}

/// Whether the head vouches for the body that came: another one would be refused, or would look as if it had been vouched for.
fn is_signed(headers: &HeaderMap) -> bool {
    let named = ["signature", "signature-input", "x-amz-content-sha256"].iter().any(|name| headers.contains_key(*name));
    let schemes: [&[u8]; 4] = [b"AWS4-", b"Signature ", b"HMAC-", b"SharedKey"];
    named
        || headers.get_all(AUTHORIZATION).iter().any(|value| {
            schemes.iter().any(|scheme| {
                value.as_bytes().get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme))
            })
        })
}

/// Makes digests anew for the body that is sent. Of those that came only their presence counts.
pub(super) fn digests(came: &HeaderMap, body: &[u8], headers: &mut HeaderMap) {
    let (digest, content) = (came.contains_key(DIGEST), came.contains_key(CONTENT_DIGEST));
    if !digest && !content {
        return;
    }
    let hash = BASE64_STANDARD.encode(Sha256::digest(body));
    let mut put = |name: HeaderName, text: String| {
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(name, value);
        }
    };
    if digest {
        put(DIGEST, format!("SHA-256={hash}"));
    }
    if content {
        put(CONTENT_DIGEST, format!("sha-256=:{hash}:"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often these bytes stand in the memory of this process, but for where they are looked for.
    fn in_memory(sought: &[u8]) -> usize {
        use std::os::unix::fs::FileExt as _;
        let (mut block, memory) = (vec![0_u8; 1 << 20], std::fs::File::open("/proc/self/mem").unwrap());
        let own = [sought.as_ptr_range(), block.as_ptr_range()].map(|own| own.start as usize..own.end as usize);
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let mut found = 0;
        for line in maps.lines().filter(|line| line.contains(" rw")) {
            let (from, to) = line.split(' ').next().unwrap().split_once('-').unwrap();
            let (mut at, to) = (usize::from_str_radix(from, 16).unwrap(), usize::from_str_radix(to, 16).unwrap());
            while at < to {
                let Ok(bytes @ 1..) = memory.read_at(&mut block[..(to - at).min(1 << 20)], at as u64) else { break };
                let hits = memchr::memmem::find_iter(&block[..bytes], sought).map(|hit| at + hit);
                found += hits.filter(|hit| !own.iter().any(|own| own.contains(hit))).count();
                at += if bytes == 1 << 20 { bytes - sought.len() } else { bytes };
            }
        }
        found
    }

    /// LAW (wiped): of a credential nothing stands in memory that is ours, once its request is gone.
    #[test]
    fn credentials_are_overwritten_when_their_request_is_gone() {
        // Nowhere else in the program as it is.
        let shown: Vec<u8> = b"Cfbsfs!dbobsz.xjqfe.5g2b.dbobsz.xjqfe.5g2b".iter().map(|byte| byte - 1).collect();
        let gate = Gate { token: None, clients: Vec::new(), org: None, credentials: Vec::new(), own: HeaderMap::new() };
        let mut head = hyper::Request::new(()).into_parts().0;
        let came = secret(Zeroizing::new(shown.clone())).unwrap();
        head.headers.insert(AUTHORIZATION, came);
        let mut upstream = HeaderMap::new();
        gate.admit(&mut head).unwrap_or_else(|why| panic!("{why:?}")).give(&mut upstream);
        assert!(head.headers.is_empty() && upstream[AUTHORIZATION].as_bytes() == shown);
        let sent = upstream.clone();
        assert_eq!(in_memory(&shown), 1, "it is copied once, however many share it");
        drop((upstream, sent));
        assert_eq!(in_memory(&shown), 0);
    }
}
