//! Sealing of long byte streams in constant memory: 64 KiB chunks, each with its number and a flag on the last (STREAM).
//!
//! A file is `1 | prefix (19) | chunk …`, a chunk `ciphertext | tag (16)`. The nonce of a chunk is `prefix | number (4) | last (1)`,
//! the associated data are the format number, the prefix and the context. So chunks cannot be reordered, dropped, repeated or moved to another file, and
//! a file cut at a chunk's end is noticed. The prefix is random (152 bits); a number is used once per prefix, so no nonce repeats.

use std::io::{self, Read, Write};

use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};
use zeroize::{Zeroize as _, Zeroizing};

use crate::VaultError;
use crate::key::{DataKey, fill_random};
use crate::seal::{self, Context, TAG_BYTES};

/// Plain bytes per chunk; only the last chunk has fewer.
pub const CHUNK_BYTES: usize = 64 * 1024;
const SEALED_CHUNK_BYTES: usize = CHUNK_BYTES + TAG_BYTES;
const FORMAT: u8 = 1;
const PREFIX_BYTES: usize = 19;
const HEADER_BYTES: usize = 1 + PREFIX_BYTES;

/// What both directions share: the cipher, and which chunk comes next.
struct Chunks {
    cipher: XChaCha20Poly1305,
    associated_data: Vec<u8>,
    prefix: [u8; PREFIX_BYTES],
    /// The next chunk's number; `None` after the last possible one (2^32 chunks, 256 TiB).
    next: Option<u32>,
}

impl Chunks {
    fn new(key: &DataKey, context: &Context<'_>, prefix: [u8; PREFIX_BYTES]) -> Self {
        let mut associated_data = context.associated_data();
        associated_data.push(FORMAT);
        associated_data.extend_from_slice(&prefix);
        Self {
            cipher: seal::cipher(&key.0),
            associated_data,
            prefix,
            next: Some(0),
        }
    }

    fn nonce(&mut self, last: bool) -> Result<XNonce, VaultError> {
        let number = self.next.ok_or(VaultError::TooLong)?;
        self.next = number.checked_add(1);
        let mut nonce = XNonce::default();
        nonce[..PREFIX_BYTES].copy_from_slice(&self.prefix);
        nonce[PREFIX_BYTES..PREFIX_BYTES + 4].copy_from_slice(&number.to_be_bytes());
        nonce[PREFIX_BYTES + 4] = u8::from(last);
        Ok(nonce)
    }
}

/// Seals what is written to it into an inner writer. Ends with [`ChunkWriter::finish`]; without it the result does not open.
pub struct ChunkWriter<W: Write> {
    inner: W,
    chunks: Chunks,
    /// Plain bytes of the chunk being filled; a full one waits until it is known whether it is the last.
    plain: Zeroizing<Vec<u8>>,
}

impl<W: Write> ChunkWriter<W> {
    /// Writes the header and waits for bytes.
    ///
    /// # Errors
    /// Those of the inner writer; [`VaultError::NoRandomness`] inside an [`io::Error`].
    pub fn new(key: &DataKey, context: &Context<'_>, mut inner: W) -> io::Result<Self> {
        let mut prefix = [0; PREFIX_BYTES];
        fill_random(&mut prefix).map_err(io::Error::other)?;
        inner.write_all(&[FORMAT])?;
        inner.write_all(&prefix)?;
        // The capacity is final, so that no copy of plain bytes is left behind by a move.
        Ok(Self {
            inner,
            chunks: Chunks::new(key, context, prefix),
            plain: Zeroizing::new(Vec::with_capacity(SEALED_CHUNK_BYTES)),
        })
    }

    /// Seals the last chunk and gives the inner writer back. The caller makes it durable.
    ///
    /// # Errors
    /// Those of the inner writer.
    pub fn finish(mut self) -> io::Result<W> {
        self.put(true)?;
        Ok(self.inner)
    }

    fn put(&mut self, last: bool) -> io::Result<()> {
        let nonce = self.chunks.nonce(last).map_err(io::Error::other)?;
        let tag = seal::encrypt(
            &self.chunks.cipher,
            &nonce,
            &self.chunks.associated_data,
            &mut self.plain,
        )
        .map_err(io::Error::other)?;
        self.inner.write_all(&self.plain)?;
        self.inner.write_all(&tag)?;
        self.plain.clear();
        Ok(())
    }
}

impl<W: Write> Write for ChunkWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.plain.len() == CHUNK_BYTES && !bytes.is_empty() {
            self.put(false)?;
        }
        let taken = bytes.len().min(CHUNK_BYTES - self.plain.len());
        self.plain.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    /// Flushes the inner writer. A chunk that is not full stays back until [`ChunkWriter::finish`].
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Opens what a [`ChunkWriter`] made. Gives out only checked bytes; an end of file means that the whole is authentic.
///
/// A fault is an [`io::Error`] with a [`VaultError`] inside: `NotAuthentic` for bytes changed, moved or cut, `UnknownFormat` for
/// a header that is none.
pub struct ChunkReader<R: Read> {
    inner: R,
    chunks: Chunks,
    /// One sealed chunk and the first byte of the next, which tells whether this one is the last.
    sealed: Vec<u8>,
    plain: Zeroizing<Vec<u8>>,
    given: usize,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    More,
    Done,
    Failed,
}

impl<R: Read> ChunkReader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// Those of the inner reader; [`VaultError::UnknownFormat`].
    pub fn new(key: &DataKey, context: &Context<'_>, mut inner: R) -> io::Result<Self> {
        let mut header = [0; HEADER_BYTES];
        inner.read_exact(&mut header).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => io::Error::other(VaultError::UnknownFormat),
            _ => error,
        })?;
        let [FORMAT, prefix @ ..] = header else {
            return Err(io::Error::other(VaultError::UnknownFormat));
        };
        Ok(Self {
            inner,
            chunks: Chunks::new(key, context, prefix),
            sealed: Vec::with_capacity(SEALED_CHUNK_BYTES + 1),
            plain: Zeroizing::new(Vec::with_capacity(CHUNK_BYTES)),
            given: 0,
            state: State::More,
        })
    }

    /// Opens the next chunk; true for the last one.
    fn take_chunk(&mut self) -> io::Result<bool> {
        let wanted = SEALED_CHUNK_BYTES + 1 - self.sealed.len();
        self.inner.by_ref().take(wanted as u64).read_to_end(&mut self.sealed)?;
        let last = self.sealed.len() <= SEALED_CHUNK_BYTES;
        let chunk = &self.sealed[..self.sealed.len().min(SEALED_CHUNK_BYTES)];
        let (body, tag) = chunk
            .split_last_chunk::<TAG_BYTES>()
            .ok_or_else(|| io::Error::other(VaultError::NotAuthentic))?;
        let nonce = self.chunks.nonce(last).map_err(io::Error::other)?;
        self.plain.clear();
        self.plain.extend_from_slice(body);
        self.given = 0;
        let opened = seal::decrypt(
            &self.chunks.cipher,
            &nonce,
            &self.chunks.associated_data,
            &mut self.plain,
            &Tag::from(*tag),
        );
        if let Err(error) = opened {
            self.plain.zeroize();
            return Err(io::Error::other(error));
        }
        let next_byte = self.sealed.get(SEALED_CHUNK_BYTES).copied();
        self.sealed.clear();
        self.sealed.extend(next_byte);
        Ok(last)
    }
}

impl<R: Read> Read for ChunkReader<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        while self.given == self.plain.len() {
            match self.state {
                State::Done => return Ok(0),
                State::Failed => return Err(io::Error::other(VaultError::NotAuthentic)),
                // Until the chunk is checked the reader counts as failed, so that asking again after an error gives no bytes.
                // Until its chunk is checked the reader counts as failed, so that asking again after an error gives no bytes.
                State::More => {
                    self.state = State::Failed;
                    self.state = if self.take_chunk()? { State::Done } else { State::More };
                }
            }
        }
        let count = into.len().min(self.plain.len() - self.given);
        into[..count].copy_from_slice(&self.plain[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HERE: Context<'_> = Context::Blob {
        blob: "b1",
        key_id: "k1",
    };

    fn seal(key: &DataKey, plain: &[u8]) -> Vec<u8> {
        let mut writer = ChunkWriter::new(key, &HERE, Vec::new()).unwrap();
        writer.write_all(plain).unwrap();
        writer.finish().unwrap()
    }

    fn open(key: &DataKey, context: &Context<'_>, sealed: &[u8]) -> io::Result<Vec<u8>> {
        let mut plain = Vec::new();
        ChunkReader::new(key, context, sealed)?.read_to_end(&mut plain)?;
        Ok(plain)
    }

    fn fault(error: &io::Error) -> VaultError {
        error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<VaultError>())
            .unwrap()
            .clone()
    }

    fn check_refused(change: impl Fn(&mut Vec<u8>), expect: VaultError) {
        let key = DataKey::generate().unwrap();
        let plain: Vec<u8> = (0..3 * CHUNK_BYTES).map(|at| (at / 7) as u8).collect();
        let mut sealed = seal(&key, &plain);
        change(&mut sealed);
        assert_eq!(fault(&open(&key, &HERE, &sealed).unwrap_err()), expect);
    }

    fn chunk(number: usize) -> std::ops::Range<usize> {
        let start = HEADER_BYTES + number * SEALED_CHUNK_BYTES;
        start..start + SEALED_CHUNK_BYTES
    }

    #[test]
    fn every_length_around_a_chunk_comes_back() {
        let key = DataKey::generate().unwrap();
        for length in [
            0,
            1,
            CHUNK_BYTES - 1,
            CHUNK_BYTES,
            CHUNK_BYTES + 1,
            2 * CHUNK_BYTES,
            3 * CHUNK_BYTES + 5,
        ] {
            let plain: Vec<u8> = (0..length).map(|at| (at / 3) as u8).collect();
            let sealed = seal(&key, &plain);
            assert_eq!(
                sealed.len(),
                HEADER_BYTES + length + TAG_BYTES * length.div_ceil(CHUNK_BYTES).max(1)
            );
            assert_eq!(open(&key, &HERE, &sealed).unwrap(), plain, "{length} bytes");
        }
    }

    #[test]
    fn chunks_cannot_be_dropped_repeated_swapped_cut_or_added() {
        let cut = VaultError::NotAuthentic;
        check_refused(|sealed| drop(sealed.drain(chunk(0))), cut.clone());
        check_refused(|sealed| sealed.truncate(chunk(1).end), cut.clone());
        check_refused(|sealed| sealed.truncate(HEADER_BYTES), cut.clone());
        check_refused(|sealed| sealed.truncate(sealed.len() - 1), cut.clone());
        check_refused(|sealed| sealed.push(0), cut.clone());
        check_refused(|sealed| sealed.extend_from_within(chunk(2)), cut.clone());
        check_refused(
            |sealed| {
                let first = sealed[chunk(0)].to_vec();
                sealed.copy_within(chunk(1), chunk(0).start);
                sealed[chunk(1)].copy_from_slice(&first);
            },
            cut.clone(),
        );
        check_refused(|sealed| sealed[HEADER_BYTES - 1] ^= 1, cut);
        check_refused(|sealed| sealed[0] = 2, VaultError::UnknownFormat);
        check_refused(|sealed| sealed.truncate(HEADER_BYTES - 1), VaultError::UnknownFormat);
    }

    #[test]
    fn another_file_or_key_does_not_open() {
        let key = DataKey::generate().unwrap();
        let sealed = seal(&key, b"x");
        assert_eq!(
            fault(
                &open(
                    &key,
                    &Context::Blob {
                        blob: "b2",
                        key_id: "k1"
                    },
                    &sealed
                )
                .unwrap_err()
            ),
            VaultError::NotAuthentic
        );
        assert_eq!(
            fault(&open(&DataKey::generate().unwrap(), &HERE, &sealed).unwrap_err()),
            VaultError::NotAuthentic
        );
    }

    #[test]
    fn an_unfinished_file_does_not_open() {
        let key = DataKey::generate().unwrap();
        let mut file = Vec::new();
        let mut writer = ChunkWriter::new(&key, &HERE, &mut file).unwrap();
        writer.write_all(&[1; 2 * CHUNK_BYTES + 1]).unwrap();
        writer.flush().unwrap();
        drop(writer);
        assert!(file.len() > 2 * CHUNK_BYTES);
        assert_eq!(fault(&open(&key, &HERE, &file).unwrap_err()), VaultError::NotAuthentic);
    }

    #[test]
    fn after_a_fault_the_reader_gives_nothing_more() {
        let key = DataKey::generate().unwrap();
        let mut sealed = seal(&key, &[7; 3 * CHUNK_BYTES]);
        sealed[chunk(1).start] ^= 1;
        let mut reader = ChunkReader::new(&key, &HERE, sealed.as_slice()).unwrap();
        let mut plain = Vec::new();
        assert!(reader.read_to_end(&mut plain).is_err());
        assert_eq!(plain.len(), CHUNK_BYTES, "only the first chunk was authentic");
        assert!(reader.read(&mut [0; 10]).is_err());
    }

    /// A reader and a writer that count, so that gigabytes need no memory to be tested.
    struct Zeros(u64);
    impl Read for Zeros {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = into.len().min(usize::try_from(self.0).unwrap_or(usize::MAX));
            into[..count].fill(0);
            self.0 -= count as u64;
            Ok(count)
        }
    }

    #[test]
    fn memory_does_not_grow_with_the_file() {
        let key = DataKey::generate().unwrap();
        let mut writer = ChunkWriter::new(&key, &HERE, io::sink()).unwrap();
        io::copy(&mut Zeros(4 << 20), &mut writer).unwrap();
        assert_eq!(writer.plain.capacity(), SEALED_CHUNK_BYTES);
        let sealed = seal(&key, &[0; 1 << 20]);
        let mut reader = ChunkReader::new(&key, &HERE, sealed.as_slice()).unwrap();
        assert_eq!(io::copy(&mut reader, &mut io::sink()).unwrap(), 1 << 20);
        assert!(
            reader.sealed.capacity() <= 2 * SEALED_CHUNK_BYTES,
            "{}",
            reader.sealed.capacity()
        );
        assert_eq!(reader.plain.capacity(), CHUNK_BYTES);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn the_pieces_in_which_bytes_arrive_do_not_matter(pieces in proptest::collection::vec(0_usize..90_000, 0..5), step in 1_usize..70_000) {
            let key = DataKey::generate().unwrap();
            let plain: Vec<u8> = (0..pieces.iter().sum()).map(|at: usize| (at / 5) as u8).collect();
            let mut writer = ChunkWriter::new(&key, &HERE, Vec::new()).unwrap();
            let mut rest = plain.as_slice();
            for piece in pieces {
                let (now, later) = rest.split_at(piece);
                writer.write_all(now).unwrap();
                rest = later;
            }
            let sealed = writer.finish().unwrap();
            let mut reader = ChunkReader::new(&key, &HERE, sealed.as_slice()).unwrap();
            let mut back = Vec::new();
            let mut buffer = vec![0; step];
            loop {
                let count = reader.read(&mut buffer).unwrap();
                if count == 0 { break; }
                back.extend_from_slice(&buffer[..count]);
            }
            prop_assert_eq!(back, plain);
        }
    }
}
