//! Mail comes in: kept as it arrived, read by somebody else, and then sorted to where it belongs.
//!
//! Owns the order: a message is sealed, numbered and durable before anybody looks into it (`arrival`); a job asks for its reading
//! (`reading`), which happens in a process apart; what it says decides where it goes (`sorting`), and only marks that we made ourselves lead
//! into a case that is there already (`marks`). Never parses a byte of a message, and never loses one.

mod arrival;
mod dispatch;
mod held;
mod letter;
mod marks;
mod pace;
mod queue;
mod reading;
mod sorting;

pub use arrival::{KeptMail, MAX_MESSAGE_BYTES, MailFailure, Message};
pub use dispatch::{Handover, LetterToSend};
pub use held::MailRow;
pub use letter::{JudgesKey, LetterNews, LetterReport, OutgoingLetter, SealedPart};
pub use marks::MailThread;
pub use queue::QueuedLetter;
pub use reading::{MailBounce, MailFile, MailReading, ToRead};

pub(crate) use dispatch::{acknowledge_form, tell};
pub(crate) use letter::KEY_FILE;
pub(crate) use reading::retry_jobs;
