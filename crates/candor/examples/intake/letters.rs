//! Reports as they are sent: PGP/MIME, encrypted to the house, with a file inside that does not pack. What is encrypted is made a few times before
//! anything is measured; what tells the messages apart stands outside.

use crate::Failed;
use data_encoding::BASE64;
use openpgp::{Certificate, ENCRYPT_SEED_BYTES, encrypt};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// Senders who take turns.
const SENDERS: usize = 100;
/// What a message has beside its file.
const BESIDE_BYTES: usize = 1_500;

pub(crate) struct Letters {
    to: String,
    sealed: Vec<String>,
    /// The number of the first.
    first: usize,
}

impl Letters {
    /// Messages of about so many bytes.
    pub(crate) fn to(certificate: &Certificate, to: &str, bytes: usize, kinds: usize) -> Result<Letters, Failed> {
        let now = jiff::Timestamp::now().as_second();
        let sealed = (0..kinds).map(|kind| {
            let seed = Zeroizing::new(pick(kind, 1) as [u8; ENCRYPT_SEED_BYTES]);
            let content = content(kind, bytes);
            let armour = encrypt(&[certificate], content.as_bytes(), None, now, &seed)?;
            Ok::<_, Failed>(armour.replace('\n', "\r\n"))
        });
        Ok(Letters {
            to: to.to_owned(),
            sealed: sealed.collect::<Result<_, _>>()?,
            first: 0,
        })
    }

    /// The messages that come after so many.
    pub(crate) fn behind(self, first: usize) -> Letters {
        Letters { first, ..self }
    }

    pub(crate) fn recipient(&self) -> &str {
        &self.to
    }

    pub(crate) fn sender(&self, index: usize) -> String {
        format!("researcher-{}@researcher.example", (self.first + index) % SENDERS)
    }

    /// How large one is.
    pub(crate) fn bytes(&self) -> usize {
        self.head(0).len() + self.body(0).len() + TAIL.len()
    }

    pub(crate) fn head(&self, index: usize) -> String {
        let (number, from, to) = (self.first + index, self.sender(index), &self.to);
        format!(
            "From: Researcher <{from}>\r\nTo: {to}\r\nSubject: ...\r\nMessage-ID: <{number}@researcher.example>\r\n\
             Date: Mon, 23 Nov 2026 09:00:00 +0000\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=outer\r\n\r\n\
             --outer\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\
             --outer\r\nContent-Type: application/octet-stream; name=encrypted.asc\r\n\r\n"
        )
    }

    /// The encrypted part, which no message changes.
    pub(crate) fn body(&self, index: usize) -> &str {
        let kinds = self.sealed.len().max(1);
        self.sealed.get(index % kinds).map_or("", String::as_str)
    }
}

/// What ends a message.
pub(crate) const TAIL: &str = "\r\n--outer--\r\n";

/// What is inside: a text and a file, so large that the whole message has about so many bytes once it is encrypted and armoured.
pub(crate) fn content(kind: usize, bytes: usize) -> String {
    // Base64 twice, in lines of 76 and of 64 letters with their ends.
    let file_bytes = bytes.saturating_sub(BESIDE_BYTES) * 48 / 66 * 57 / 78;
    let mut file = Vec::with_capacity(file_bytes + 32);
    while file.len() < file_bytes {
        file.extend(pick(kind, 2 + file.len()));
    }
    file.truncate(file_bytes);
    let mut content = format!(
        "Content-Type: multipart/mixed; boundary=inner\r\nSubject: Crash in the parser of capture files ({kind})\r\n\r\n\
         --inner\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
         The parser of capture files reads behind the end of its buffer. Open the attached file to see it.\r\n\
         --inner\r\nContent-Type: application/octet-stream; name=crash.pcap\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=crash.pcap\r\n\r\n"
    );
    for line in file.chunks(57) {
        BASE64.encode_append(line, &mut content);
        content.push_str("\r\n");
    }
    content.push_str("--inner--\r\n");
    content
}

/// Bytes that follow from two numbers. Nothing here is secret.
pub(crate) fn pick(kind: usize, place: usize) -> [u8; 32] {
    Sha256::digest([kind.to_le_bytes(), place.to_le_bytes()].concat()).into()
}
