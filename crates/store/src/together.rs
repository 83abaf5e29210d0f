//! Rows that several want written at the same moment are written together: whoever has the turn writes for all who wait.
//!
//! Owns who waits. Knows neither rows nor databases. Never knows what a row says.

use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

use crate::StoreError;

/// Where those wait who want something of one kind written.
pub(crate) struct Together<T> {
    waiting: Mutex<Vec<(T, Answer)>>,
    turn: tokio::sync::Mutex<()>,
}

type Answer = oneshot::Sender<Result<(), StoreError>>;

impl<T> Default for Together<T> {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }
}

impl<T: Clone> Together<T> {
    /// Writes what is wanted, together with what others want by then; `write` must bear being repeated, because whoever writes for all may go
    /// away in the middle.
    pub(crate) async fn write(
        &self,
        wanted: T,
        write: impl AsyncFnOnce(Vec<T>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        loop {
            let (answer, mut answered) = oneshot::channel();
            self.lock().push((wanted.clone(), answer));
            let _turn = self.turn.lock().await;
            match answered.try_recv() {
                // Somebody else had the turn meanwhile, and wrote ours with theirs.
                Ok(result) => return result,
                Err(TryRecvError::Closed) => continue,
                Err(TryRecvError::Empty) => {}
            }
            let (all, answers): (Vec<T>, Vec<Answer>) = std::mem::take(&mut *self.lock()).into_iter().unzip();
            let result = write(all).await;
            for answer in answers {
                // One of them is our own, and another one may have gone.
                answer.send(result.clone()).ok();
            }
            return result;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(T, Answer)>> {
        // Whatever a panicking holder left behind is a valid list.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use tokio::sync::Semaphore;

    fn run(story: impl Future<Output = ()>) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.build().unwrap().block_on(story);
    }

    type Written = Arc<Mutex<Vec<Vec<u32>>>>;

    /// Wants a number written, by a disk that goes on once it is let.
    fn want(
        together: &Arc<Together<u32>>,
        (written, disk): (&Written, &Arc<Semaphore>),
        number: u32,
    ) -> tokio::task::JoinHandle<Result<(), StoreError>> {
        let (together, written, disk) = (Arc::clone(together), Arc::clone(written), Arc::clone(disk));
        tokio::spawn(async move {
            let write = async |all: Vec<u32>| {
                disk.acquire().await.unwrap().forget();
                let is_whole = !all.contains(&13);
                written.lock().unwrap().push(all);
                let full = || StoreError::Full {
                    place: "the disk".to_owned(),
                };
                is_whole.then_some(()).ok_or_else(full)
            };
            together.write(number, write).await
        })
    }

    async fn settle() {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }

    #[test]
    fn who_waits_is_written_for_at_once_and_hears_what_came_of_it() {
        run(async {
            let (together, written, disk) = (Arc::default(), Written::default(), Arc::new(Semaphore::new(0)));
            let want = |number| want(&together, (&written, &disk), number);
            let first = want(1);
            settle().await;
            let others: Vec<_> = (2..=5).map(want).collect();
            settle().await;
            disk.add_permits(2);
            assert!(first.await.unwrap().is_ok());
            for other in others {
                assert!(other.await.unwrap().is_ok());
            }
            assert_eq!(*written.lock().unwrap(), [vec![1], vec![2, 3, 4, 5]]);
            // What fails, fails for all of them, and for nobody else.
            let first = want(6);
            settle().await;
            let others: Vec<_> = [7, 13].map(want).into();
            settle().await;
            disk.add_permits(2);
            assert!(first.await.unwrap().is_ok());
            for other in others {
                assert!(matches!(other.await.unwrap(), Err(StoreError::Full { .. })));
            }
        });
    }

    #[test]
    fn nobody_is_forgotten_when_whoever_writes_goes_away() {
        run(async {
            let (together, written, disk) = (Arc::default(), Written::default(), Arc::new(Semaphore::new(0)));
            let want = |number| want(&together, (&written, &disk), number);
            let first = want(1);
            settle().await;
            let (second, third) = (want(2), want(3));
            settle().await;
            disk.add_permits(1);
            first.await.unwrap().unwrap();
            settle().await;
            // The second writes for the third, and is gone before it is done.
            second.abort();
            settle().await;
            disk.add_permits(1);
            assert!(third.await.unwrap().is_ok());
            assert_eq!(*written.lock().unwrap(), [vec![1], vec![3]]);
        });
    }
}
