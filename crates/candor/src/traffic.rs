//! Mail on its way in goes before mail that is read: whoever hands a message over waits for its `250`, and a reading can wait a moment.
//!
//! Owns how many messages come in at this moment, and the word that one came. Never holds a reading up for long: a sender who never ends
//! must not keep the mail of others unread, and one of whom nothing comes holds up nobody.

use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

/// Longest that a reading waits for messages on their way.
const PATIENCE: Duration = Duration::from_millis(500);

/// What comes in. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traffic {
    coming: Arc<watch::Sender<usize>>,
    came: Arc<Notify>,
}

/// A message on its way; it has come, or broken off, when this is dropped.
#[derive(Debug)]
pub(crate) struct Coming {
    traffic: Traffic,
    is_still: bool,
}

impl Traffic {
    /// A message begins to come in.
    pub(crate) fn begin(&self) -> Coming {
        self.coming.send_modify(|count| *count += 1);
        Coming {
            traffic: self.clone(),
            is_still: false,
        }
    }

    /// A message has come since this was asked last.
    pub(crate) async fn came(&self) {
        self.came.notified().await;
    }

    /// No message is on its way, or that has lasted long enough.
    pub(crate) async fn quiet(&self) {
        let mut coming = self.coming.subscribe();
        let _ = timeout(PATIENCE, coming.wait_for(|count| *count == 0)).await;
    }
}

impl Coming {
    /// Nothing more of it comes for now.
    pub(crate) fn stand_still(&mut self) {
        if !std::mem::replace(&mut self.is_still, true) {
            self.traffic.coming.send_modify(|count| *count -= 1);
        }
    }

    /// More of it has come.
    pub(crate) fn go_on(&mut self) {
        if std::mem::replace(&mut self.is_still, false) {
            self.traffic.coming.send_modify(|count| *count += 1);
        }
    }
}

impl Drop for Coming {
    fn drop(&mut self) {
        self.stand_still();
        self.traffic.came.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a reading would wait now.
    async fn waits(traffic: &Traffic) -> bool {
        tokio::select! {
            biased;
            () = traffic.quiet() => false,
            () = tokio::task::yield_now() => true,
        }
    }

    #[test]
    fn a_reading_waits_for_what_is_on_its_way_and_not_for_what_never_ends() {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_time().build().unwrap().block_on(async {
            let traffic = Traffic::default();
            assert!(!waits(&traffic).await, "nothing is on its way");
            let (one, other) = (traffic.begin(), traffic.begin());
            assert!(waits(&traffic).await);
            drop(one);
            assert!(waits(&traffic).await);
            drop(other);
            assert!(!waits(&traffic).await);
            traffic.came().await;
            let mut endless = traffic.begin();
            traffic.quiet().await;
            endless.stand_still();
            assert!(!waits(&traffic).await, "nothing of it comes");
            endless.go_on();
            assert!(waits(&traffic).await);
            endless.stand_still();
            drop(endless);
            assert!(!waits(&traffic).await);
            let _next = traffic.begin();
            assert!(waits(&traffic).await);
        });
    }
}
