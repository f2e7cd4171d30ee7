//! What is answered, by code.

use serde::Deserialize;

/// What is answered to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// It is safe; with an `ackId`: it came.
    Success,
    /// There is no token.
    NoToken,
    /// It is another.
    BadToken,
    /// There is nothing in the body.
    NoData,
    /// The body is no series of objects.
    BadFormat,
    /// Not now: send it again.
    Busy,
    /// Acknowledgements need a channel.
    NoChannel,
    /// There are no acknowledgements.
    NoAcks,
    /// All is well.
    Healthy,
    /// Nothing is taken now.
    Full,
    /// There is nothing of this name.
    NotFound,
    /// Another method is asked for.
    BadMethod,
    /// The body is longer than it may be.
    TooLarge,
    /// The body is compressed in a way that is not known.
    BadCoding,
}

impl Code {
    /// The status of HTTP, the protocol's own number (0 where it has none) and text.
    pub fn said(self) -> (u16, u16, &'static str) {
        match self {
            Self::Success => (200, 0, "Success"),
            Self::NoToken => (401, 2, "Token is required"),
            Self::BadToken => (403, 4, "Invalid token"),
            Self::NoData => (400, 5, "No data"),
            Self::BadFormat => (400, 6, "Invalid data format"),
            Self::Busy => (503, 9, "Server is busy"),
            Self::NoChannel => (400, 10, "Data channel is missing"),
            Self::NoAcks => (400, 14, "ACK is disabled"),
            Self::Healthy => (200, 17, "HEC is healthy"),
            Self::Full => (503, 18, "HEC is unhealthy, queues are full"),
            Self::NotFound => (404, 404, "The requested URL was not found on this server."),
            Self::BadMethod => (405, 405, "The requested method is not allowed."),
            Self::TooLarge => (413, 413, "Content-Length is too large"),
            Self::BadCoding => (415, 415, "gzip, zstd or nothing"),
        }
    }

    /// The body of an answer. `ack`: by which it is asked whether what was sent is safe.
    pub fn body(self, ack: Option<u64>) -> String {
        let (_, code, text) = self.said();
        let ack = ack.map_or_else(String::new, |ack| format!(",\"ackId\":{ack}"));
        format!("{{\"text\":\"{text}\",\"code\":{code}{ack}}}")
    }
}

/// Memory that a question and its answer take, for each byte of the question.
pub const ASKED: usize = 16;
/// Longest question, in bytes: as many numbers as a channel has open, many times over.
const LONGEST: usize = 1 << 20;

/// The numbers that a client asks for: `{"acks":[1,3,4]}`. `None`: it asks otherwise, or for too many.
pub fn asked(body: &[u8]) -> Option<Vec<u64>> {
    #[derive(Deserialize)]
    struct Asked {
        acks: Vec<u64>,
    }
    if body.len() > LONGEST {
        return None;
    }
    serde_json::from_slice::<Asked>(body).ok().map(|asked| asked.acks)
}

/// The answer to that: `{"acks":{"1":true,"3":false}}`.
pub fn acks(told: impl Iterator<Item = (u64, bool)>) -> String {
    use std::fmt::Write as _;
    let mut text = "{\"acks\":{".to_owned();
    for (number, (id, is_safe)) in told.enumerate() {
        // Into memory: it does not fail.
        let _ = write!(text, "{}\"{id}\":{is_safe}", if number > 0 { "," } else { "" });
    }
    text + "}}"
}

/// The code with which a server refuses an index. Only there `invalid-event-number` counts from 1.
const WRONG_INDEX: u64 = 7;

/// What a server says to a request, as far as it is read: the rest may quote events.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub struct Said {
    /// By which it is asked whether what was sent is safe.
    #[serde(rename = "ackId")]
    pub ack: Option<u64>,
    /// Why it refused it.
    code: Option<u64>,
    #[serde(rename = "invalid-event-number")]
    invalid: Option<usize>,
}

impl Said {
    /// Reads an answer. What is none says nothing.
    pub fn read(answer: &[u8]) -> Self {
        serde_json::from_slice(answer).unwrap_or_default()
    }

    /// The first event that it refused, counted from 0, and from which number on the server counts. Those before it were taken, those
    /// behind it not looked at.
    pub fn invalid(&self) -> Option<(usize, usize)> {
        let first = usize::from(self.code == Some(WRONG_INDEX));
        self.invalid.map(|number| (number.saturating_sub(first), first))
    }
}

/// Whether a server says that what has this number is safe.
pub fn is_safe(answer: &[u8], ack: u64) -> bool {
    #[derive(Deserialize)]
    struct Told {
        acks: std::collections::HashMap<String, bool>,
    }
    serde_json::from_slice::<Told>(answer).is_ok_and(|told| told.acks.get(&ack.to_string()) == Some(&true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_as_splunk_writes_them() {
        assert_eq!(Code::Success.body(None), r#"{"text":"Success","code":0}"#);
        assert_eq!(Code::Success.body(Some(7)), r#"{"text":"Success","code":0,"ackId":7}"#);
        let taken = Said::read(Code::Success.body(Some(7)).as_bytes());
        assert_eq!((taken.ack, taken.invalid()), (Some(7), None));
        let refused = |code| format!("{{\"text\":\"x\",\"code\":{code},\"invalid-event-number\":2}}");
        assert_eq!(Said::read(refused(6).as_bytes()).invalid(), Some((2, 0)));
        assert_eq!(Said::read(refused(7).as_bytes()).invalid(), Some((1, 1)));
        assert_eq!(Said::read(b"<html>"), Said::default());
    }

    #[test]
    fn acknowledgements_are_asked_for_and_told() {
        assert_eq!(asked(br#"{"acks":[1,3]}"#), Some(vec![1, 3]));
        assert!(asked(b"").is_none() && asked(br#"{"acks":["x"]}"#).is_none());
        let told = acks([(1, true), (3, false)].into_iter());
        assert_eq!(told, r#"{"acks":{"1":true,"3":false}}"#);
        assert!(is_safe(told.as_bytes(), 1) && !is_safe(told.as_bytes(), 3) && !is_safe(told.as_bytes(), 4));
        assert!(!is_safe(b"", 1));
        assert_eq!(acks(std::iter::empty()), r#"{"acks":{}}"#);
    }

    /// LAW (bounded): a question is no way to take memory that nobody accounts for.
    #[test]
    fn a_question_takes_no_more_memory_than_is_said() {
        let question = |numbers: usize| format!("{{\"acks\":[{}1]}}", "1,".repeat(numbers)).into_bytes();
        let most = question(LONGEST / 2 - 10);
        let numbers = asked(&most).unwrap();
        let taken = numbers.capacity() * size_of::<u64>();
        let told = acks(numbers.into_iter().map(|id| (id, false)));
        assert!(taken + told.capacity() <= ASKED * most.len(), "{taken} {}", told.capacity());
        assert_eq!(asked(&question(LONGEST / 2)), None);
    }
}
