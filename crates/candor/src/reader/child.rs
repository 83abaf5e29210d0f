//! The child: shuts itself in, says how, then reads keys and a message from its input and answers on its output. It ends after one message.

use super::cage::Cage;
use super::wire::{self, Request};
use mail::reader::{Limits, Means};
use openpgp::{Certificate, KeyError, Limits as KeyLimits, SigningKey};
use std::io::{self, Read, Write};
use std::process::ExitCode;

/// How much a child gives way to the server, in steps of `nice(2)`.
const NICENESS: i32 = 10;

/// The whole life of the child. Called before anything else in the process, while it has one thread.
pub(crate) fn run() -> ExitCode {
    // What a panic says could quote a message.
    std::panic::set_hook(Box::new(|_| {}));
    // Whoever hands a message over, or looks at a page, waits; a reading does not.
    let _ = rustix::process::nice(NICENESS);
    let cage = Cage::shut();
    let mut output = io::stdout().lock();
    if wire::send_cage(&mut output, &cage).is_err() || !cage.holds() {
        return ExitCode::FAILURE;
    }
    match answer(&mut io::stdin().lock(), &mut output) {
        Some(()) => ExitCode::SUCCESS,
        None => ExitCode::FAILURE,
    }
}

fn answer(input: &mut impl Read, output: &mut impl Write) -> Option<()> {
    let request = wire::receive_request(input)?;
    match keys(&request, input)? {
        Ok(Keys {
            secret,
            known,
            left_out,
        }) => {
            let message = wire::receive(input)?;
            let means = Means {
                keys: &secret,
                known: &known,
                addresses: &request.addresses,
                recipients: &request.recipients,
                lists: &request.lists,
                hosts: &request.hosts,
                now: request.now,
            };
            let reading = mail::reader::read(&message, &means, &Limits::default());
            wire::send_reading(output, &reading, &left_out).ok()
        }
        Err(why) => wire::send_refusal(output, &why).ok(),
    }
}

struct Keys {
    secret: Vec<SigningKey>,
    known: Vec<Certificate>,
    /// Which known keys are none, and why: they come from others, and cost nothing but themselves.
    left_out: Vec<String>,
}

/// Every key of the request, or which of ours is none.
fn keys(request: &Request, input: &mut impl Read) -> Option<Result<Keys, String>> {
    let mut why = None;
    let mut secret = Vec::new();
    for number in 1..=request.secret_keys {
        let bytes = wire::receive(input)?;
        match SigningKey::import_for_opening(&bytes, None) {
            Ok(key) => secret.push(key),
            Err(KeyError::Locked) => {
                let locked = "it is protected by a passphrase, which nobody is asked for here: export it without one";
                _ = why.get_or_insert(format!("secret key {number}: {locked}"));
            }
            Err(error) => _ = why.get_or_insert(format!("secret key {number}: {error}")),
        }
    }
    let (mut known, mut left_out) = (Vec::new(), Vec::new());
    for number in 1..=request.known_keys {
        let bytes = wire::receive(input)?;
        match Certificate::parse_any(&bytes, KeyLimits::default()) {
            Ok(certificate) => known.push(certificate),
            Err(error) => left_out.push(format!("known key {number}: {error}")),
        }
    }
    Some(match why {
        Some(why) => Err(why),
        None => Ok(Keys {
            secret,
            known,
            left_out,
        }),
    })
}
