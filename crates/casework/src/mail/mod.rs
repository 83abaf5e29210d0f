//! Mail comes in: kept as it arrived, read by somebody else, and then sorted to where it belongs. And letters of ours go out.
//!
//! Owns the order: a message is sealed, numbered and durable before anybody looks into it (`arrival`); a job asks for its reading
//! (`reading`), which happens in a process apart; what it says decides where it goes (`sorting`), and only marks that we made ourselves lead
//! into a case that is there already (`marks`). Who wrote what somebody passed on, a person says (`forwarded`), as they may say which key is the reporter's (`book`). Signatures are judged by keys that came before (`known`). A letter is ordered in the commit
//! that causes it (`order`), may go to one reporter and say so much (`letter`), under the best key that is known of theirs (`keys`), so many of them go (`pace`), in this order (`turns`), and what came of each is recorded
//! (`dispatch`), also where it did not arrive (`lost`). What a reporter does not answer is asked again, and ended at last (`silence`), if they could read it (`reach`). Never parses a byte of a message, and never loses one.

mod arrival;
mod book;
mod dispatch;
mod forwarded;
mod held;
mod keys;
mod known;
mod letter;
mod lost;
mod marks;
mod order;
mod pace;
mod protected;
mod queue;
mod reach;
mod reading;
mod silence;
mod sorting;
mod turns;
mod writing;

pub use arrival::{KeptMail, MAX_MESSAGE_BYTES, MailFailure, Message};
pub use dispatch::{Handover, LetterToSend};
pub use held::{MailRow, mail_without_case};
pub use keys::{KeyOrigin, ReporterKey, reporter_keys};
pub use letter::{JudgesKey, LetterNews, LetterReport, OutgoingLetter, SealedPart, no_letter};
pub use lost::{LostLetter, case_of_job, lost_letters, open_jobs, why_given_up};
pub use marks::MailThread;
pub use protected::protection;
pub use queue::{QueuedLetter, late_letters, late_letters_to};
pub use reach::{Reach, Unreachable, Unreached, reach, unreached};
pub use reading::{MailBounce, MailFile, MailReading, ToRead};
pub use turns::{Turn, domain_of};

pub(crate) use keys::KEY_FILE;
pub(crate) use letter::{asks, mailable, may_go_back, title_for};
pub(crate) use lost::drop_letter;
pub(crate) use order::{acknowledge_form, tell};
pub(crate) use reach::{answer_by, has_key};
pub(crate) use reading::{INTAKE, retry_jobs};
