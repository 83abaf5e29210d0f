//! A room for a report that somebody entered by hand: whoever sent it called, or wrote a letter on paper.
//!
//! Owns that act. What comes by a form has its room at once, what comes by mail with its acknowledgement. The secret goes to whoever asked for
//! it, once, and is stored nowhere.

use super::push_opened;
use crate::Casework;
use crate::actions::OPEN_ROOM;
use crate::actor::Actor;
use crate::error::ActError;
use crate::mail::has_key;
use crate::permit::permit;
use crate::plan::Plan;
use crate::receive::find_report;
use crate::replica::Replica;
use jiff::Timestamp;
use psirt::board::{Board, Report, RoomLock};
use psirt::house::Brand;
use psirt::house::dispatch::Dispatch;
use vault::RoomKey;

/// The channel of what a person enters.
const BY_HAND: &str = "cli";

/// A room that was opened.
#[derive(Debug)]
pub struct OpenedRoom {
    /// The brand whose room it is.
    pub brand: Brand,
    /// What opens it.
    pub key: RoomKey,
}

/// Where the link to the room of a report that came by mail is: in an encrypted letter, and so with nobody whose key is not known.
fn by_mail(board: &Board, stream: &str, report: &Report) -> &'static str {
    let has_link = |letter: &Dispatch| letter.told && letter.taken().is_some();
    match report.letters.iter().any(has_link) {
        true => "what came by mail has its room: the link is in the encrypted letter that its reporter has",
        false if has_key(board, stream) => {
            "what came by mail has a room once its acknowledgement goes out, encrypted to the key that is known of its reporter: the link is in there"
        }
        false => {
            "no key of its reporter is known, so that no letter has the link to the room yet: it follows, encrypted, once they send a key, or once you give it (`candor mail key add`)"
        }
    }
}

impl Casework {
    /// Opens the room of a report that was entered by hand.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`]; [`ActError::Invalid`] for a report that came on another way, has a room, or is in no
    /// case; those of the store, as where its sender was erased.
    pub async fn open_room(&self, actor: &Actor, number: &str) -> Result<OpenedRoom, ActError> {
        let key = RoomKey::of(&self.draw_ticket()?, number.as_bytes());
        let lock = RoomLock {
            key: key.digest().to_hex(),
            address: key.address(),
            locked: None,
        };
        let record = |replica: &Replica, now: Timestamp| {
            let board = &replica.board;
            permit(&board.house, actor, &OPEN_ROOM)?;
            let stream = find_report(replica, number)?;
            let report = board.report(stream.as_str()).ok_or(ActError::NO_REPORT)?;
            let why_not = match report.channel.as_str() {
                "mail" => Some(by_mail(board, stream.as_str(), report)),
                channel if channel != BY_HAND => Some(
                    "a room is opened for what was entered by hand (`candor report`) alone: a form has its own, and machines and portals ask how theirs stands",
                ),
                _ if board.lock_of(stream.as_str()).is_some() => {
                    Some("it has a room already: its link was shown once, and is stored nowhere")
                }
                _ => None,
            };
            if let Some(why) = why_not {
                return Err(ActError::invalid(why));
            }
            let brand = board
                .house
                .brands
                .get(&report.brand)
                .ok_or(ActError::NO_REPORT)?
                .clone();
            let mut plan = Plan::by(actor);
            push_opened(&mut plan, &stream, now, &lock)?;
            Ok((plan, brand))
        };
        let (brand, _) = self.record(record).await?;
        Ok(OpenedRoom { brand, key })
    }
}
