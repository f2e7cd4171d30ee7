//! Standard output. What nobody reads any more is not delivered.

use std::io::Write as _;
use std::pin::Pin;

use super::{Events, Sink};
use crate::delivery::branch::Answer;

/// Standard output.
pub(super) struct Stdout;

impl Sink for Stdout {
    fn send(&self, events: Vec<Events>) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(async move {
            let wrote = tokio::task::spawn_blocking(move || {
                let mut lines = Vec::new();
                events.iter().for_each(|events| events.lines(&mut lines));
                let mut out = std::io::stdout().lock();
                out.write_all(&lines).and_then(|()| out.flush())
            });
            match wrote.await {
                Ok(Ok(())) => Answer::Delivered,
                _ => Answer::Retry { after: None },
            }
        })
    }

    fn is_ordered(&self) -> bool {
        true
    }
}
