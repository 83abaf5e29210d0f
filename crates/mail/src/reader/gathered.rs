//! What a walk has found, piece by piece, and what it comes to as a whole.

use data_encoding::HEXLOWER;
use openpgp::{Certificate, Encryption, OpenError, Signed};
use sha2::{Digest as _, Sha256};

use super::automatic::{self, Origin};
use super::header::{self, Headers, Mailbox};
use super::tree::Part;
use super::understood::{Attachment, Signature, Trouble, Understood, Warning};
use super::{Limits, Means, Reading, decode, keys, name};

/// Longest title, in characters.
const MOST_SUBJECT_CHARS: usize = 300;
/// Most messages that one answers.
const MOST_REFERENCES: usize = 100;
/// Most keys that are named as those of its signatures.
const MOST_SIGNERS: usize = 50;

/// On which side of the protection a part lies.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Side {
    /// Inside an encrypted or a signed part.
    pub(super) protected: bool,
    pub(super) encrypted: bool,
    pub(super) signed: bool,
    /// How many encrypted parts lie around it.
    pub(super) layers: usize,
    /// Another form of a text that was read already.
    pub(super) again: bool,
}

/// Everything so far.
pub(super) struct Gathered {
    understood: Understood,
    origin: Origin,
    /// The signatures on each signed part: one good one speaks for the part.
    signatures: Vec<Vec<Signed>>,
    /// The side of each file, in their order.
    sides: Vec<Side>,
    pieces: Vec<(String, Side)>,
    contents: Vec<Vec<u8>>,
    autocrypt: Option<Certificate>,
    attached: Vec<Certificate>,
    encrypted: usize,
    /// Whether something was decrypted that is not signed as a whole inside.
    is_unsigned_inside: bool,
    /// Bytes of text that may still be kept.
    room: usize,
}

impl Gathered {
    /// What the outside of a message says.
    pub(super) fn of(message: &Part<'_>, means: &Means<'_>, limits: &Limits) -> Self {
        let headers = &message.headers;
        let from = headers.mailboxes("From");
        let origin = automatic::judge(message, &from, means);
        let addresses = |mailboxes: Vec<Mailbox>| mailboxes.into_iter().map(|mailbox| mailbox.address).collect();
        let single = single_sender(headers, &from);
        let autocrypt = single
            .filter(|_| message.media_type() != "multipart/report")
            .and_then(|sender| keys::autocrypt(headers, &sender.address));
        let mut gathered = Self {
            understood: Understood {
                subject: subject(headers).unwrap_or_default(),
                to: addresses([headers.mailboxes("To"), headers.mailboxes("Cc")].concat()),
                date: headers.plain("Date").and_then(|date| header::date(&date)),
                message_id: headers.plain("Message-ID").and_then(|id| identifiers(&id).pop()),
                references: references(headers),
                from: addresses(from.clone()),
                ..Understood::default()
            },
            origin,
            signatures: Vec::new(),
            sides: Vec::new(),
            pieces: Vec::new(),
            contents: Vec::new(),
            autocrypt,
            attached: Vec::new(),
            encrypted: 0,
            is_unsigned_inside: false,
            room: limits.text_bytes,
        };
        gathered.doubts(headers, &from);
        gathered
    }

    /// What speaks against the sender and the title.
    fn doubts(&mut self, headers: &Headers<'_>, from: &[Mailbox]) {
        let name_is_address = |mailbox: &Mailbox| {
            let named = mailbox
                .name
                .as_deref()
                .unwrap_or_default()
                .split([' ', '"', '\'', '(', ')', '<', '>']);
            let mut addresses = named.filter_map(header::address);
            addresses.any(|address| address != mailbox.address)
        };
        for (doubt, warning) in [
            (from.is_empty(), Warning::NoFrom),
            (headers.count("From") > 1 || from.len() > 1, Warning::SeveralFrom),
            (from.iter().any(name_is_address), Warning::NameIsAddress),
            (headers.count("Subject") > 1, Warning::SeveralSubjects),
            (self.understood.date.is_none(), Warning::Date),
        ] {
            if doubt {
                self.warn(warning);
            }
        }
        for warning in std::mem::take(&mut self.origin.warnings) {
            self.warn(warning);
        }
    }

    pub(super) fn warn(&mut self, warning: Warning) {
        if !self.is_warned(warning) {
            self.understood.warnings.push(warning);
        }
    }

    pub(super) fn is_warned(&self, warning: Warning) -> bool {
        self.understood.warnings.contains(&warning)
    }

    /// The first trouble is the one to begin with.
    pub(super) fn trouble(&mut self, trouble: Trouble) {
        self.understood.error.get_or_insert(trouble);
    }

    /// An encrypted part that did not open.
    pub(super) fn failed(&mut self, trouble: Trouble) {
        self.encrypted += 1;
        self.understood.decrypts = Some(false);
        self.trouble(trouble);
    }

    pub(super) fn not_opened(&mut self, error: &OpenError, trouble: Trouble) {
        self.failed(trouble);
        if let OpenError::NoSecretKey { recipients } = error {
            let room = 50_usize.saturating_sub(self.understood.key_ids.len());
            self.understood.key_ids.extend(recipients.iter().take(room).cloned());
        }
    }

    /// An encrypted part that opened, and whether what was inside is signed as a whole.
    pub(super) fn opened(&mut self, encryption: &Encryption, is_signed: bool) {
        self.encrypted += 1;
        self.is_unsigned_inside |= !is_signed;
        self.understood.decrypts.get_or_insert(true);
        if encryption.retired.is_some() {
            self.warn(Warning::RetiredKey);
        }
    }

    /// Title and sender inside a protected part (RFC 9788, and the draft before it), where they say so.
    pub(super) fn protected_headers(&mut self, part: &Part<'_>, side: Side) {
        let says_so = part.content_type.get("protected-headers").is_some() || part.content_type.get("hp").is_some();
        // Alone, the fields that a part repeats are a header section without a type.
        let repeated = part.body.is_empty();
        if !(says_so || repeated) || self.understood.subject_is_protected {
            return;
        }
        if let Some(subject) = subject(&part.headers) {
            self.understood.subject = subject;
            self.understood.subject_is_protected = side.encrypted;
        }
        let inside: Vec<String> = part
            .headers
            .mailboxes("From")
            .into_iter()
            .map(|from| from.address)
            .collect();
        if !inside.is_empty() && inside != self.understood.from {
            self.warn(Warning::OtherFromInside);
        }
    }

    pub(super) fn say(&mut self, text: &str, side: Side) {
        let text = text.trim_end().trim_start_matches('\n');
        if text.is_empty() || side.again {
            return;
        }
        let begun = decode::beginning(text, self.room);
        if begun.len() < text.len() {
            self.warn(Warning::TooLarge);
        }
        self.room -= begun.len();
        self.pieces.push((begun.to_owned(), side));
    }

    /// A part that is signed, and how that was judged.
    pub(super) fn signed(&mut self, judged: Vec<Signed>) {
        if !judged.is_empty() {
            self.signatures.push(judged);
        }
    }

    pub(super) fn has_text(&self) -> bool {
        !self.pieces.is_empty()
    }

    pub(super) fn html(&mut self, text: &str) {
        let html = self.understood.html.get_or_insert_default();
        if !html.is_empty() {
            html.push('\n');
        }
        let text = decode::beginning(text, self.room.saturating_sub(html.len()));
        html.push_str(decode::beginning(text, self.room.saturating_sub(html.len())));
    }

    pub(super) fn file(&mut self, written: &str, kind: &str, bytes: Vec<u8>, side: Side) {
        let safe = name::safe(written);
        if safe != written {
            self.warn(Warning::Renamed);
        }
        self.understood.attachments.push(Attachment {
            name: safe,
            sha256: HEXLOWER.encode(&Sha256::digest(&bytes)),
            bytes: bytes.len(),
            media_type: header::one_line(kind),
            protected: side.protected,
        });
        self.contents.push(bytes);
        self.sides.push(side);
    }

    pub(super) fn keys(&mut self, found: Vec<Certificate>) {
        for certificate in found {
            let known = |other: &Certificate| other.fingerprint() == certificate.fingerprint();
            if self.attached.len() < keys::MOST_KEYS && !self.attached.iter().any(known) {
                self.attached.push(certificate);
            }
        }
    }

    /// Keys that the message itself brought.
    pub(super) fn brought(&self) -> Vec<Certificate> {
        self.autocrypt.iter().chain(&self.attached).cloned().collect()
    }

    pub(super) fn has_doubtful_signer(&self) -> bool {
        self.signatures.iter().any(|part| verdict(part).signer().is_none())
    }

    /// The whole. `from_message` says that signatures were judged by keys of the message, too.
    pub(super) fn into_reading(mut self, means: &Means<'_>, from_message: bool) -> Reading {
        self.judge_signatures(means, from_message);
        self.choose_keys(means.now);
        self.divide();
        let origin = self.origin;
        let understood = Understood {
            opens_case: origin.opens_case,
            auto: origin.auto,
            must_not_answer: origin.must_not_answer,
            is_spam: origin.is_spam,
            results: origin.results,
            bounce: origin.bounce,
            list: origin.list,
            ..self.understood
        };
        Reading {
            understood,
            contents: self.contents,
        }
    }

    /// What the signatures are worth together: a good one on one part says nothing of another, which somebody else may have put beside it.
    fn judge_signatures(&mut self, means: &Means<'_>, from_message: bool) {
        let verdicts: Vec<Verdict> = self.signatures.iter().map(|part| verdict(part)).collect();
        let mut signers: Vec<&String> = verdicts.iter().filter_map(Verdict::signer).collect();
        signers.dedup();
        let all_good = signers.len() == 1 && verdicts.iter().all(|verdict| verdict.signer().is_some());
        let mut sides = self.pieces.iter().map(|(_, side)| side).chain(&self.sides);
        let all_signed = !sides.any(|side| side.protected && !side.signed);
        let signature = match signers.as_slice() {
            _ if verdicts.contains(&Verdict::Bad) => Signature::Bad,
            [] if verdicts.is_empty() => Signature::None,
            [] => Signature::Unknown,
            _ if all_good && all_signed => Signature::Good,
            _ => Signature::Partly,
        };
        let signer = match signers.as_slice() {
            [signer] => Some((*signer).clone()),
            _ => None,
        };
        self.understood.signature = signature;
        match signature {
            Signature::Bad => self.warn(Warning::BadSignature),
            Signature::Partly => self.warn(Warning::PartlySigned),
            _ => {}
        }
        if let Some(signer) = signer.filter(|_| signature != Signature::Bad) {
            self.attribute(signer, means, from_message);
        }
    }

    /// Whose the signing key is, as far as it says itself.
    fn attribute(&mut self, signer: String, means: &Means<'_>, from_message: bool) {
        let is_signer = |certificate: &&Certificate| certificate.fingerprint() == signer;
        let known = means.known.iter().find(is_signer);
        let brought = self.brought();
        let certificate = known.or_else(|| brought.iter().find(is_signer));
        let matches = match self.understood.from.as_slice() {
            [from] => certificate.is_some_and(|certificate| certificate.has_address(from)),
            // Several senders match nobody.
            _ => false,
        };
        if !matches {
            self.warn(Warning::OtherSigner);
        }
        if from_message && known.is_none() {
            self.warn(Warning::BroughtSigner);
        }
        let is_whole = self.understood.decrypts == Some(true) && !self.is_unsigned_inside;
        self.understood.proven = matches && is_whole && self.understood.signature == Signature::Good;
        self.understood.signer_is_known = Some(known.is_some());
        self.understood.signer_matches_from = Some(matches);
        self.understood.signer = Some(signer);
    }

    /// Keys that signatures name, and that are not at hand.
    pub(super) fn unknown_signers(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for signed in self.signatures.iter().flatten() {
            if let Signed::Unknown { issuer: Some(name) } = signed
                && names.len() < MOST_SIGNERS
                && !names.contains(name)
            {
                names.push(name.clone());
            }
        }
        names
    }

    /// Those whose signatures could not be judged before the message's own keys were looked at.
    pub(super) fn note_unknown(&mut self, names: Vec<String>) {
        self.understood.unknown_signers = names;
    }

    /// Which key of the message an answer may be encrypted to: the one that carries the sender's address, if there is one.
    fn choose_keys(&mut self, now: i64) {
        if let Some(certificate) = self.autocrypt.take() {
            self.understood.autocrypt_key = self.keep(&certificate, now);
        }
        let sender = match self.understood.from.as_slice() {
            [sender] => sender.clone(),
            _ => return,
        };
        let mut senders = self
            .attached
            .iter()
            .filter(|certificate| certificate.has_address(&sender));
        match (senders.next(), senders.next()) {
            (Some(certificate), None) => {
                let certificate = certificate.clone();
                self.understood.attached_key = self.keep(&certificate, now);
            }
            (Some(_), Some(_)) => self.warn(Warning::SeveralKeys),
            (None, _) if !self.attached.is_empty() => self.warn(Warning::OtherKey),
            (None, _) => {}
        }
    }

    /// Keeps a key, and gives its fingerprint; none of one that says too much to be kept.
    fn keep(&mut self, certificate: &Certificate, now: i64) -> Option<String> {
        let Some(key) = keys::kept(certificate, now) else {
            self.warn(Warning::KeyNotKept);
            return None;
        };
        let fingerprint = key.fingerprint.clone();
        if self.understood.keys.iter().all(|kept| kept.fingerprint != fingerprint) {
            self.understood.keys.push(key);
        }
        Some(fingerprint)
    }

    /// What was inside on one side, what was not on the other; without any protection, all of it is the text.
    fn divide(&mut self) {
        let protection = self.encrypted > 0 || !self.signatures.is_empty();
        let join = |pieces: &[(String, Side)], inside: bool| {
            let chosen = pieces
                .iter()
                .filter(|(_, side)| !protection || side.protected == inside);
            chosen.map(|(text, _)| text.as_str()).collect::<Vec<_>>().join("\n")
        };
        self.understood.text = join(&self.pieces, true);
        if !protection {
            return;
        }
        let outside = join(&self.pieces, false);
        let file_outside = self
            .understood
            .attachments
            .iter()
            .any(|attachment| !attachment.protected);
        if !outside.is_empty() || file_outside {
            self.warn(Warning::Outside);
        }
        self.understood.unprotected_text = Some(outside).filter(|outside| !outside.is_empty());
    }
}

/// What the signatures on one part come to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    Good(String),
    Bad,
    Unknown,
}

impl Verdict {
    const fn signer(&self) -> Option<&String> {
        match self {
            Self::Good(signer) => Some(signer),
            Self::Bad | Self::Unknown => None,
        }
    }
}

/// One good signature is enough, as while a key is replaced by another.
fn verdict(signatures: &[Signed]) -> Verdict {
    let good = signatures.iter().find_map(|signed| match signed {
        Signed::Good { certificate, .. } => Some(certificate.clone()),
        _ => None,
    });
    let is_bad = |signed: &Signed| matches!(signed, Signed::Bad { .. });
    match good {
        Some(signer) => Verdict::Good(signer),
        None if signatures.iter().any(is_bad) => Verdict::Bad,
        None => Verdict::Unknown,
    }
}

fn single_sender<'f>(headers: &Headers<'_>, from: &'f [Mailbox]) -> Option<&'f Mailbox> {
    match from {
        [sender] if headers.count("From") == 1 => Some(sender),
        _ => None,
    }
}

fn subject(headers: &Headers<'_>) -> Option<String> {
    headers
        .text("Subject")
        .map(|subject| subject.chars().take(MOST_SUBJECT_CHARS).collect())
}

fn references(headers: &Headers<'_>) -> Vec<String> {
    let fields = headers.plains("References").chain(headers.plains("In-Reply-To"));
    let mut found: Vec<String> = Vec::new();
    for id in fields.flat_map(|field| identifiers(&field)) {
        found.retain(|other| *other != id);
        found.push(id);
    }
    let extra = found.len().saturating_sub(MOST_REFERENCES);
    found.split_off(extra)
}

/// What stands in angle brackets.
fn identifiers(field: &str) -> Vec<String> {
    let bracketed = field.split('<').skip(1).filter_map(|rest| rest.split('>').next());
    let ids = bracketed
        .map(header::one_line)
        .filter(|id| !id.is_empty() && id.len() <= 998);
    ids.collect()
}
