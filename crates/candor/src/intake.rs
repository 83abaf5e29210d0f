//! Mail that waits is read: each message by a child that is shut in, with the keys of its brand, and what it says goes to `casework`.
//!
//! Owns the rounds and what a reading hands on. Never looks into a message in this process, and never logs what one says.

use crate::failure::Failure;
use crate::reader::{self, Task};
use crate::session::House;
use casework::{MailBounce, MailFile, MailReading, ToRead};
use data_encoding::BASE64;
use mail::reader::{Reading, Signature, Trouble};
use psirt::house::key::KeyUse;
use psirt::house::mail::SenderKey;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use zeroize::Zeroizing;

/// Most messages that are read at a time: each may take half a gibibyte.
const READERS: usize = 2;
/// Between two looks at what waits, where nobody says that something came.
const PAUSE: Duration = Duration::from_secs(5);
/// After a failure of the store.
const AFTER_FAILURE: Duration = Duration::from_secs(30);

/// Reads mail until `stop` says so; then what is being read is read to its end, because its claim would keep others from it for minutes.
pub(crate) async fn go_on(house: House, mut stop: watch::Receiver<bool>) {
    loop {
        let pause = match read_until(&house, &stop).await {
            Ok(0) => PAUSE,
            Ok(read) => {
                tracing::info!(read, "mail read");
                PAUSE
            }
            Err(error) => {
                tracing::error!(error = %error, "mail waits to be read; it is tried again");
                AFTER_FAILURE
            }
        };
        let told = async { stop.wait_for(|stop| *stop).await.map(drop) };
        tokio::select! {
            // Whoever could tell us is gone: that is the end, too.
            _ = told => return,
            () = tokio::time::sleep(pause) => {}
            () = house.traffic.came() => {}
        }
    }
}

/// Reads everything that waits now, and says how many messages that were.
pub(crate) async fn read_waiting(house: &House) -> Result<usize, Failure> {
    let (_go, stop) = watch::channel(false);
    read_until(house, &stop).await
}

async fn read_until(house: &House, stop: &watch::Receiver<bool>) -> Result<usize, Failure> {
    let mut hands = tokio::task::JoinSet::new();
    for _ in 0..READERS {
        let (house, stop) = (house.clone(), stop.clone());
        hands.spawn(async move { read_one_by_one(&house, &stop).await });
    }
    let (mut read, mut failed) = (0, None);
    while let Some(hand) = hands.join_next().await {
        match hand {
            Ok(Ok(count)) => read += count,
            Ok(Err(failure)) => failed = Some(failure),
            Err(_) => failed = Some(Failure::machine("the reading of mail was interrupted")),
        }
    }
    failed.map_or(Ok(read), Err)
}

async fn read_one_by_one(house: &House, stop: &watch::Receiver<bool>) -> Result<usize, Failure> {
    let mut read = 0;
    loop {
        if *stop.borrow() {
            return Ok(read);
        }
        house.traffic.quiet().await;
        let Some(mut waiting) = house.casework.next_mail().await? else {
            return Ok(read);
        };
        let message = Arc::new(std::mem::take(&mut waiting.message));
        match understood(house, &waiting, message).await? {
            Some(reading) if !is_read(&reading) => house.casework.mail_unread(&waiting).await?,
            Some(reading) => {
                let reading = handed_on(reading);
                if let Err(error) = house.casework.understand_mail(&waiting, reading).await {
                    house.casework.mail_later(&waiting).await?;
                    return Err(error.into());
                }
                read += 1;
            }
            None => house.casework.mail_later(&waiting).await?,
        }
    }
}

/// What a message says; nothing where no child could be started. It is read without anybody's key first, and by the keys of others only for
/// what their owners signed: so no key that a stranger sent can keep a message from being read.
async fn understood(house: &House, waiting: &ToRead, message: Arc<Vec<u8>>) -> Result<Option<Reading>, Failure> {
    let Some(reading) = child(task(house, waiting, Vec::new())?, &message).await else {
        return Ok(None);
    };
    let known = house.casework.known_keys(&reading.understood.unknown_signers);
    if known.is_empty() {
        return Ok(Some(reading));
    }
    let again = child(task(house, waiting, known)?, &message).await;
    Ok(again.filter(is_read).or(Some(reading)))
}

/// One reading by a child, which is waited for on a thread that may block.
async fn child(task: Task, message: &Arc<Vec<u8>>) -> Option<Reading> {
    let message = Arc::clone(message);
    let outcome = tokio::task::spawn_blocking(move || reader::read(task, message)).await;
    outcome.ok()?.ok().map(|outcome| outcome.reading)
}

fn is_read(reading: &Reading) -> bool {
    reading.understood.error != Some(Trouble::CouldNotBeRead)
}

/// With what a message is read: every intake key of its brand that is here, old ones too, and keys of others.
fn task(house: &House, waiting: &ToRead, known: Vec<String>) -> Result<Task, Failure> {
    let board = house.casework.board();
    let keys = board.house.keys_of(&waiting.brand).iter();
    let keys = keys.filter(|key| key.purpose == KeyUse::Intake && !key.secret.is_empty());
    let secret = |text: &str| -> Result<Zeroizing<Vec<u8>>, Failure> {
        let bytes = BASE64.decode(text.as_bytes());
        bytes
            .map(Zeroizing::new)
            .map_err(|_| Failure::machine("a stored intake key does not read back"))
    };
    let secret_keys = keys.rev().map(|key| secret(&key.secret)).collect::<Result<_, _>>()?;
    drop(board);
    let known = known.into_iter();
    Ok(Task {
        secret_keys,
        known_keys: known.map(|key| Zeroizing::new(key.into_bytes())).collect(),
        addresses: house.casework.mail_addresses(),
        recipients: waiting.recipients.clone(),
        lists: house.config.mail.lists.clone(),
        hosts: house.config.mail.trusted_hosts.clone(),
        now: house.now().as_second(),
    })
}

fn handed_on(reading: Reading) -> MailReading {
    let Reading { understood, contents } = reading;
    let word = |warning| {
        let value = serde_json::to_value(warning).unwrap_or_default();
        value.as_str().unwrap_or_default().to_owned()
    };
    let files = understood.attachments.into_iter().zip(contents);
    let origin = |fingerprint: &String| match understood.autocrypt_key.as_ref() == Some(fingerprint) {
        true => "autocrypt",
        false => "attached",
    };
    let keys = understood.keys.iter().map(|key| SenderKey {
        fingerprint: key.fingerprint.clone(),
        public: key.public.clone(),
        origin: origin(&key.fingerprint).to_owned(),
        signers: key.signers.clone(),
    });
    MailReading {
        keys: keys.collect(),
        title: understood.subject,
        // A letter in HTML alone is read as the text that it is.
        text: match understood.text.trim().is_empty() {
            true => understood.html.unwrap_or_default(),
            false => understood.text,
        },
        unprotected_text: understood.unprotected_text,
        from: understood.from,
        to: understood.to,
        message_id: understood.message_id,
        references: understood.references,
        opened: understood.decrypts,
        trouble: understood.error.map(|trouble| trouble.words().to_owned()),
        key_ids: understood.key_ids,
        signature: match understood.signature {
            Signature::None => "none",
            Signature::Good => "good",
            Signature::Partly => "partly",
            Signature::Bad => "bad",
            Signature::Unknown => "unknown",
        }
        .to_owned(),
        signer: understood.signer,
        signer_is_known: understood.signer_is_known,
        signer_matches_from: understood.signer_matches_from,
        proven: understood.proven,
        warnings: understood.warnings.iter().map(word).collect(),
        opens_case: understood.opens_case,
        must_not_answer: understood.must_not_answer,
        bounce: understood.bounce.map(|bounce| MailBounce {
            recipient: bounce.recipient,
            status: bounce.status,
            hard: bounce.hard,
        }),
        list_request: understood.list.map(|list| list.action),
        is_spam: understood.is_spam,
        results: understood.results,
        files: files.map(|(file, bytes)| MailFile { name: file.name, bytes }).collect(),
    }
}
