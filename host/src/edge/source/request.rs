//! What sources that answer HTTP requests have in common.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap, HeaderValue, TRANSFER_ENCODING};
use hyper::{Request, StatusCode};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::Intake;
use super::body::{Coding, NotInflated};
use crate::delivery::Reservation;
use crate::edge::input::block_after;
use crate::event::frame::{Batch, End, FrameError, FrameLimits, Framer};

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

/// Memory that [`frame`] takes beside the bytes of lines: where each of them lies.
pub(in crate::edge) fn index_of(lines: &[u8]) -> usize {
    // A vector that grows has room for twice as many at most.
    2 * size_of::<std::ops::Range<u32>>() * (memchr::memchr_iter(b'\n', lines).count() + 1)
}

/// Cuts lines into batches, whatever they hold.
pub(in crate::edge) fn frame(lines: &[u8], longest: usize) -> Vec<Batch> {
    let mut framer = Framer::lines(FrameLimits { event_bytes: longest, ..FrameLimits::default() });
    let mut batches = Vec::new();
    // Lines are framed whatever they hold.
    let _ = pieces(&mut framer, lines, |batch| {
        batches.push(batch);
        Ok::<_, std::convert::Infallible>(())
    });
    batches
}

/// Gives all that is in memory to a framer, a block at a time, so that a batch is no larger than where it is read: what is known of its
/// events while it is filtered takes memory, too. Where it cannot be framed that is the answer.
pub(in crate::edge) fn pieces<E>(
    framer: &mut Framer,
    all: &[u8],
    mut take: impl FnMut(Batch) -> Result<(), E>,
) -> Result<Result<(), FrameError>, E> {
    let most = FrameLimits::default().batch_bytes;
    let (mut rest, mut block) = (all, most);
    loop {
        let (now, later) = rest.split_at(rest.len().min(block));
        framer.push(now);
        rest = later;
        if rest.is_empty() {
            framer.end(End::Complete);
        }
        loop {
            match framer.next() {
                Ok(None) => break,
                Ok(Some(batch)) => {
                    block = block_after(&batch, most);
                    take(batch)?;
                }
                Err(error) => return Ok(Err(error)),
            }
        }
        if rest.is_empty() {
            return Ok(Ok(()));
        }
    }
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

/// Whether a body is compressed at most once, and as its header says.
fn plain(headers: &HeaderMap) -> Result<(), Refused> {
    if headers.get_all(CONTENT_ENCODING).iter().nth(1).is_some() {
        return Err(Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Content-Encoding is said twice"));
    }
    // What comes in chunks is put together before it is seen here. Nothing else is undone.
    let mut transfer = headers.get_all(TRANSFER_ENCODING).iter();
    match (transfer.next(), transfer.next()) {
        (None, _) => Ok(()),
        (Some(said), None) if said.as_bytes().eq_ignore_ascii_case(b"chunked") => Ok(()),
        _ => Err(Refused(StatusCode::BAD_REQUEST, "Transfer-Encoding is chunked, or nothing")),
    }
}

/// The body of a request with these headers. Memory is taken as it comes.
pub(in crate::edge) async fn body(
    headers: &HeaderMap,
    mut body: Incoming,
    intake: &Intake,
) -> Result<(Vec<u8>, Reservation), Refused> {
    plain(headers)?;
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

/// Holds so many bytes at least. What can never be held is too large.
pub(in crate::edge) fn grow(held: &mut Reservation, bytes: usize) -> Result<(), Refused> {
    match super::body::grow(held, bytes) {
        true => Ok(()),
        false if bytes > held.most() => Err(TOO_LARGE),
        false => Err(BUSY),
    }
}

/// Holds so many bytes more.
pub(in crate::edge) fn add(held: &mut Reservation, bytes: usize) -> Result<(), Refused> {
    let all = held.bytes().saturating_add(bytes);
    grow(held, all)
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

    #[test]
    fn a_body_that_is_compressed_twice_or_by_its_transfer_is_refused() {
        let told = |all: &[(hyper::header::HeaderName, &'static str)]| {
            let all = all.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
            let mut headers = HeaderMap::new();
            all.for_each(|(name, value)| {
                headers.append(name, value);
            });
            plain(&headers).map_err(|Refused(status, _)| status.as_u16()).err()
        };
        assert_eq!(told(&[]), None);
        assert_eq!(told(&[(TRANSFER_ENCODING, "Chunked"), (CONTENT_ENCODING, "gzip")]), None);
        assert_eq!(told(&[(TRANSFER_ENCODING, "gzip, chunked")]), Some(400));
        assert_eq!(told(&[(TRANSFER_ENCODING, "gzip"), (TRANSFER_ENCODING, "chunked")]), Some(400));
        assert_eq!(told(&[(CONTENT_ENCODING, "identity"), (CONTENT_ENCODING, "gzip")]), Some(415));
        assert_eq!(told(&[(CONTENT_ENCODING, "gzip"), (CONTENT_ENCODING, "gzip")]), Some(415));
    }

    /// LAW (bounded): what can never be held is told to be too large: who is told to send it again would do so for ever.
    #[test]
    fn what_never_fits_is_too_large_and_what_does_not_now_is_not() {
        let budget = crate::delivery::Budget::new(100);
        let (other, mut held) = (budget.reserve(30).unwrap(), budget.reserve(0).unwrap());
        let told = |held: &mut Reservation, bytes| grow(held, bytes).err().map(|Refused(status, _)| status.as_u16());
        assert_eq!((told(&mut held, 101), told(&mut held, 71), told(&mut held, 70)), (Some(413), Some(503), None));
        drop(other);
        assert_eq!(add(&mut held, 31).err().map(|Refused(status, _)| status.as_u16()), Some(413));
    }

    /// LAW (bounded): a body of however many events becomes batches of few, in its order, and the memory of where they lie is foreseen.
    #[test]
    fn a_body_of_many_small_events_becomes_many_batches() {
        for line in ["{}\n", "x\n", "{\"a\":1,\"b\":\"some more\"}\n"] {
            let body = line.repeat(100_000);
            let batches = frame(body.as_bytes(), 1 << 20);
            let most = FrameLimits::default();
            assert!(batches.iter().all(|batch| batch.len() <= most.batch_pieces + 1), "{line}");
            assert!(batches.iter().all(|batch| batch.bytes().len() <= most.batch_bytes + 100), "{line}");
            let numbers: Vec<_> = batches.iter().map(|batch| batch.first_number).collect();
            assert_eq!(batches.iter().map(Batch::len).sum::<usize>(), 100_000);
            assert!(numbers.is_sorted() && batches.iter().all(|batch| batch.event(0) == line.trim_end().as_bytes()));
            let index: usize = batches.iter().map(Batch::index_bytes).sum();
            assert!(index <= index_of(body.as_bytes()), "{index}");
        }
    }
}
