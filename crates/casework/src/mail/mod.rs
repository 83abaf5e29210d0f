//! Mail comes in: kept as it arrived, read by somebody else, and then sorted to where it belongs.
//!
//! Owns the order: a message is sealed, numbered and durable before anybody looks into it (`arrival`); a job asks for its reading
//! (`reading`), which happens in a process apart; what it says decides where it goes (`sorting`), and only marks that we made ourselves lead
//! into a case that is there already (`marks`). Signatures are judged by keys that came before (`known`). Never parses a byte of a message, and never loses one.

mod arrival;
mod held;
mod known;
mod marks;
mod reading;
mod sorting;
mod writing;

pub use arrival::{KeptMail, MAX_MESSAGE_BYTES, MailFailure, Message};
pub use held::MailRow;
pub use marks::MailThread;
pub use reading::{MailBounce, MailFile, MailReading, ToRead};

pub(crate) use reading::retry_jobs;
