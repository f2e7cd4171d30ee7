//! Standard input, in every form that `tamis filter` reads. It cannot give again what was not delivered, so nothing more is read
//! while a branch has no room.

use tokio_util::sync::CancellationToken;

use super::Running;
use crate::delivery::Verdict;
use crate::edge::input::Frames;
use crate::event::frame::FrameLimits;

/// Runs until the input ends.
pub(super) async fn run(running: Running) -> Result<(), String> {
    let Running { intake, stop, ready, .. } = running;
    let limits = FrameLimits { event_bytes: intake.limits.event, ..FrameLimits::default() };
    let mut frames = match Frames::open(&[], limits) {
        Ok(frames) => frames,
        Err(error) => return Err(error.to_string()),
    };
    let _ = ready.send(Ok(None));
    let stopper = frames.stopper();
    let ended = CancellationToken::new();
    let ringing = tokio::spawn({
        let (stop, ended) = (stop.clone(), ended.clone());
        async move {
            tokio::select! {
                () = stop.cancelled() => stopper.stop(),
                () = ended.cancelled() => {}
            }
        }
    });
    let mut verdicts = tokio::task::JoinSet::new();
    let mut trouble = None;
    loop {
        let read = tokio::task::spawn_blocking(move || {
            let next = frames.next();
            (frames, next)
        });
        let Ok((back, next)) = read.await else { break };
        frames = back;
        let batch = match next {
            Ok(Some(batch)) => batch,
            Ok(None) => break,
            Err(error) => {
                trouble = Some(error.to_string());
                continue;
            }
        };
        // What was read cannot be given back: a stop waits for it too.
        let Some(held) = intake.wait(batch.bytes().len(), &CancellationToken::new()).await else { break };
        let events = batch.len() as u64;
        let (tell, told) = tokio::sync::oneshot::channel();
        intake
            .deliver(0, vec![batch], held, move |verdict| {
                let _ = tell.send(verdict);
            })
            .await;
        verdicts.spawn(async move { (events, told.await.ok()) });
    }
    let mut lost = 0u64;
    while let Some(told) = verdicts.join_next().await {
        let (events, verdict) = told.unwrap_or((1, None));
        lost += if verdict == Some(Verdict::Ack) { 0 } else { events };
    }
    if lost > 0 {
        intake.count.lost(lost);
        trouble.get_or_insert_with(|| {
            format!("{lost} events could not be delivered, and standard input cannot give them again")
        });
    }
    ended.cancel();
    let _ = ringing.await;
    trouble.map_or(Ok(()), Err)
}
