//! A large file, or a part of it, read as it is sent: never more than a piece of it in memory. Knows no header.

use axum::body::{Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use std::io::{self, Seek as _, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::fs::File;
use tokio::io::{AsyncRead, ReadBuf};

pub(super) const CHUNK_BYTES: usize = 256 * 1024;

/// A file, read as it is sent.
pub(super) struct FileBody {
    file: File,
    /// Bytes that were promised and are not sent yet.
    left: u64,
}

impl FileBody {
    /// So many bytes of a file, from one on.
    pub(super) fn new(mut file: std::fs::File, first: u64, count: u64) -> io::Result<FileBody> {
        file.seek(SeekFrom::Start(first))?;
        let mut file = File::from_std(file);
        file.set_max_buf_size(CHUNK_BYTES);
        Ok(FileBody { file, left: count })
    }
}

impl HttpBody for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let size = usize::try_from(self.left).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
        let mut chunk = vec![0; size];
        let mut buffer = ReadBuf::new(&mut chunk);
        match Pin::new(&mut self.file).poll_read(cx, &mut buffer) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(error)) => Poll::Ready(Some(Err(error))),
            Poll::Ready(Ok(())) if buffer.filled().is_empty() => {
                Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::UnexpectedEof))))
            }
            Poll::Ready(Ok(())) => {
                let read = buffer.filled().len();
                chunk.truncate(read);
                self.left = self.left.saturating_sub(u64::try_from(read).unwrap_or(u64::MAX));
                Poll::Ready(Some(Ok(Frame::data(Bytes::from(chunk)))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
