//! Standard output. What nobody reads any more is not delivered.

use std::io::{ErrorKind, Write as _};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Events, Sink};
use crate::delivery::branch::Answer;

/// Standard output.
#[derive(Default)]
pub(super) struct Stdout {
    is_gone: Arc<AtomicBool>,
}

impl Sink for Stdout {
    fn send(&self, events: Vec<Events>) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        let is_gone = self.is_gone.clone();
        Box::pin(async move {
            let wrote = tokio::task::spawn_blocking(move || {
                let mut lines = Vec::new();
                events.iter().for_each(|events| events.lines(&mut lines));
                let mut out = std::io::stdout().lock();
                out.write_all(&lines).and_then(|()| out.flush())
            });
            match wrote.await {
                Ok(Ok(())) => Answer::Delivered,
                Ok(Err(error)) if error.kind() == ErrorKind::BrokenPipe => {
                    is_gone.store(true, Ordering::Relaxed);
                    Answer::Retry { after: None }
                }
                _ => Answer::Retry { after: None },
            }
        })
    }

    fn is_gone(&self) -> bool {
        self.is_gone.load(Ordering::Relaxed)
    }

    fn is_ordered(&self) -> bool {
        true
    }
}
