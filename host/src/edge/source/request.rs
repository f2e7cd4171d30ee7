//! What sources that answer HTTP requests have in common.

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_LENGTH, HeaderMap, HeaderValue};
use hyper::{Request, StatusCode};
use subtle::ConstantTimeEq as _;

use super::Intake;
use super::body::{self, Coding, NotInflated};
use crate::delivery::Reservation;

/// Why a request is refused.
#[derive(Debug)]
pub(super) struct Refused(pub(super) StatusCode, pub(super) &'static str);

/// To be given again.
pub(super) const BUSY: Refused = Refused(StatusCode::SERVICE_UNAVAILABLE, "not now: send it again later");
/// Longer than a body may be.
pub(super) const TOO_LARGE: Refused = Refused(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large");

/// Whether a request shows the token that is asked for.
pub(super) fn admit(token: Option<&[u8]>, headers: &HeaderMap) -> Result<(), Refused> {
    let shown = headers.get(AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    let is_known = token.is_none_or(|token| shown.is_some_and(|shown| shown.ct_eq(token).into()));
    if is_known { Ok(()) } else { Err(Refused(StatusCode::UNAUTHORIZED, "no token, or another")) }
}

/// Room that is made for an announced body before it comes, in bytes.
const AHEAD: usize = 64 << 10;

/// The body as it came. Memory is taken as it comes.
pub(super) async fn read(request: Request<Incoming>, intake: &Intake) -> Result<(Vec<u8>, Reservation), Refused> {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > intake.limits.body) {
        return Err(TOO_LARGE);
    }
    // Memory is taken as bytes come: a length that is only announced would take it from others.
    let mut held = intake.reserve(0).map_err(|_| BUSY)?;
    let mut bytes = Vec::with_capacity(length.unwrap_or(0).min(AHEAD));
    let mut body = request.into_body();
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
pub(super) fn grow(held: &mut Reservation, bytes: usize) -> Result<(), Refused> {
    if body::grow(held, bytes) { Ok(()) } else { Err(BUSY) }
}

/// How a body is compressed, by the header that says so.
pub(super) fn coding(header: Option<&HeaderValue>) -> Result<Coding, Refused> {
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
