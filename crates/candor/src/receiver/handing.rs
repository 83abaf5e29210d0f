//! A message on its way from whoever reads it off a wire to whoever seals it, a piece at a time: neither has it as a whole.
//!
//! Owns the difference between a message that ended and one that broke off. What breaks off was never there.

use mail::Identity;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// Pieces that may wait: they bound what a slow disk keeps in memory.
const MAX_PIECES: usize = 4;

enum Piece {
    Bytes(Arc<Vec<u8>>),
    End,
}

/// Gives a message, piece by piece.
pub(crate) struct Giver {
    pieces: mpsc::Sender<Piece>,
}

/// Takes it. Reading blocks.
pub(crate) struct Taker {
    pieces: mpsc::Receiver<Piece>,
    piece: Arc<Vec<u8>>,
    read: usize,
    ended: bool,
    identity: Arc<Mutex<Identity>>,
}

/// What makes the message the same one; to be asked after its end.
pub(crate) struct Seen(Arc<Mutex<Identity>>);

/// Both ends, and what was seen in between.
pub(crate) fn handing() -> (Giver, Taker, Seen) {
    let (sender, receiver) = mpsc::channel(MAX_PIECES);
    let identity = Arc::<Mutex<Identity>>::default();
    let taker = Taker {
        pieces: receiver,
        piece: Arc::default(),
        read: 0,
        ended: false,
        identity: Arc::clone(&identity),
    };
    (Giver { pieces: sender }, taker, Seen(identity))
}

impl Giver {
    /// Gives a piece; false if nobody takes it any more.
    pub(crate) async fn give(&self, bytes: impl Into<Arc<Vec<u8>>>) -> bool {
        let bytes = bytes.into();
        bytes.is_empty() || self.pieces.send(Piece::Bytes(bytes)).await.is_ok()
    }

    /// Says that this was all. A giver that is merely dropped broke off.
    pub(crate) async fn end(self) {
        let _ = self.pieces.send(Piece::End).await;
    }
}

impl Read for Taker {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.read == self.piece.len() && !self.ended {
            match self.pieces.blocking_recv() {
                Some(Piece::Bytes(bytes)) => {
                    let mut identity = self.identity.lock().unwrap_or_else(PoisonError::into_inner);
                    identity.update(&bytes);
                    (self.piece, self.read) = (bytes, 0);
                }
                Some(Piece::End) => self.ended = true,
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
        let rest = self.piece.get(self.read..).unwrap_or_default();
        let count = rest.len().min(into.len());
        for (to, from) in into.iter_mut().zip(rest) {
            *to = *from;
        }
        self.read += count;
        Ok(count)
    }
}

impl Seen {
    /// The digest of what was taken.
    pub(crate) fn identity(self) -> [u8; 32] {
        let identity = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        identity.clone().finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(pieces: &[&[u8]], ended: bool) -> io::Result<Vec<u8>> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (giver, mut taker, _) = handing();
        let reading = std::thread::spawn(move || {
            let mut all = Vec::new();
            taker.read_to_end(&mut all).map(|_| all)
        });
        runtime.block_on(async {
            for piece in pieces {
                assert!(giver.give(piece.to_vec()).await);
            }
            match ended {
                true => giver.end().await,
                false => drop(giver),
            }
        });
        reading.join().unwrap()
    }

    #[test]
    fn what_breaks_off_is_no_message() {
        assert_eq!(taken(&[b"one", b"", b"two"], true).unwrap(), b"onetwo");
        assert_eq!(taken(&[], true).unwrap(), b"");
        let broken = taken(&[b"one"], false).unwrap_err();
        assert_eq!(broken.kind(), io::ErrorKind::UnexpectedEof);
    }
}
