//! What sources that answer HTTP requests have in common.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_LENGTH, HeaderMap, HeaderValue};
use hyper::{Request, StatusCode};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::Intake;
use super::body::{Coding, NotInflated};
use crate::delivery::Reservation;
use crate::event::frame::{Batch, End, FrameLimits, Framer};

/// Why a request is refused.
#[derive(Debug)]
pub(in crate::edge) struct Refused(pub(in crate::edge) StatusCode, pub(in crate::edge) &'static str);

/// To be given again.
pub(in crate::edge) const BUSY: Refused = Refused(StatusCode::SERVICE_UNAVAILABLE, "not now: send it again later");
/// Longer than a body may be.
pub(in crate::edge) const TOO_LARGE: Refused = Refused(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large");

/// Whether a request shows the token that is asked for: as such, or as the password of anybody.
pub(in crate::edge) fn admit(token: Option<&[u8]>, headers: &HeaderMap) -> Result<(), Refused> {
    let Some(token) = token else { return Ok(()) };
    let is_token = |shown: &[u8]| bool::from(shown.ct_eq(token));
    let decoded = |shown: &[u8]| Zeroizing::new(STANDARD.decode(shown).unwrap_or_default());
    let shown = headers.get(AUTHORIZATION).map(HeaderValue::as_bytes).unwrap_or_default();
    let at = memchr::memchr(b' ', shown).unwrap_or(shown.len());
    let (scheme, rest) = (shown.get(..at).unwrap_or_default(), shown.get(at + 1..).unwrap_or_default());
    let is_known = match scheme.to_ascii_lowercase().as_slice() {
        b"bearer" | b"splunk" => is_token(rest),
        b"apikey" => is_token(rest) || is_token(&decoded(rest)),
        b"basic" => {
            let pair = decoded(rest);
            memchr::memchr(b':', &pair).is_some_and(|at| is_token(pair.get(at + 1..).unwrap_or_default()))
        }
        _ => false,
    };
    if is_known { Ok(()) } else { Err(Refused(StatusCode::UNAUTHORIZED, "no token, or another")) }
}

/// Cuts lines into batches, whatever they hold.
pub(in crate::edge) fn frame(lines: &[u8], longest: usize) -> Vec<Batch> {
    let mut framer = Framer::lines(FrameLimits { event_bytes: longest, ..FrameLimits::default() });
    framer.push(lines);
    framer.end(End::Complete);
    let mut batches = Vec::new();
    while let Ok(Some(batch)) = framer.next() {
        batches.push(batch);
    }
    batches
}

/// Room that is made for an announced body before it comes, in bytes.
const AHEAD: usize = 64 << 10;

/// The body as it came. Memory is taken as it comes.
pub(in crate::edge) async fn read(
    request: Request<Incoming>,
    intake: &Intake,
) -> Result<(Vec<u8>, Reservation), Refused> {
    let (head, incoming) = request.into_parts();
    body(&head.headers, incoming, intake).await
}

/// The body of a request with these headers. Memory is taken as it comes.
pub(in crate::edge) async fn body(
    headers: &HeaderMap,
    mut body: Incoming,
    intake: &Intake,
) -> Result<(Vec<u8>, Reservation), Refused> {
    let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > intake.limits.body) {
        return Err(TOO_LARGE);
    }
    // Memory is taken as bytes come: a length that is only announced would take it from others.
    let mut held = intake.reserve(0).map_err(|_| BUSY)?;
    let mut bytes = Vec::with_capacity(length.unwrap_or(0).min(AHEAD));
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refused(StatusCode::BAD_REQUEST, "the body was cut off"))?;
        let Ok(part) = frame.into_data() else { continue };
        if bytes.len() + part.len() > intake.limits.body {
            return Err(TOO_LARGE);
        }
        grow(&mut held, bytes.len() + part.len())?;
        bytes.extend_from_slice(&part);
    }
    Ok((bytes, held))
}

/// Holds so many bytes at least.
pub(in crate::edge) fn grow(held: &mut Reservation, bytes: usize) -> Result<(), Refused> {
    if super::body::grow(held, bytes) { Ok(()) } else { Err(BUSY) }
}

/// How a body is compressed, by the header that says so.
pub(in crate::edge) fn coding(header: Option<&HeaderValue>) -> Result<Coding, Refused> {
    match header.map(HeaderValue::as_bytes) {
        None | Some(b"identity") => Ok(Coding::None),
        Some(b"gzip") => Ok(Coding::Gzip),
        Some(b"zstd") => Ok(Coding::Zstd),
        Some(_) => Err(Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "gzip, zstd or nothing")),
    }
}

impl From<NotInflated> for Refused {
    fn from(why: NotInflated) -> Self {
        match why {
            NotInflated::Damaged => Self(StatusCode::BAD_REQUEST, "the body is damaged"),
            NotInflated::TooLarge => TOO_LARGE,
            NotInflated::Busy => BUSY,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_shown_in_every_way_that_clients_have() {
        let is_known = |shown: &str| {
            let headers = [(AUTHORIZATION, HeaderValue::from_str(shown).unwrap())].into_iter().collect();
            admit(Some(b"id:s3cret"), &headers).is_ok()
        };
        let encoded = STANDARD.encode("id:s3cret");
        let basic = STANDARD.encode("anybody:id:s3cret");
        for good in [
            "Bearer id:s3cret",
            "bearer id:s3cret",
            "Splunk id:s3cret",
            &format!("ApiKey {encoded}"),
            &format!("Basic {basic}"),
        ] {
            assert!(is_known(good), "{good}");
        }
        for wrong in [
            "",
            "id:s3cret",
            "Bearer",
            "Bearer ",
            "Bearer id:s3cre",
            &format!("Basic {encoded}"),
            &format!("Bearer {encoded}"),
            "Basic !",
            "Digest id:s3cret",
        ] {
            assert!(!is_known(wrong), "{wrong}");
        }
        assert!(admit(None, &HeaderMap::new()).is_ok() && admit(Some(b"x"), &HeaderMap::new()).is_err());
    }
}
