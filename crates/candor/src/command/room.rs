//! `candor room`: the rooms of reporters.
//!
//! Owns what is said of a link that is shown once. Never writes it anywhere but to whoever asked.

use crate::cli::Global;
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::{Session, actor};
use clap::Subcommand;
use serde_json::json;

#[derive(Debug, Subcommand)]
pub(crate) enum Room {
    /// Opens a room for a report that was entered by hand, and shows its link once: whoever has it is the reporter
    Open {
        /// The tracking number of the report
        number: String,
    },
}

impl Room {
    pub(crate) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let house = session.house(global)?;
        let Room::Open { number } = self;
        if !house.config.publish.dynamic {
            return Err(Failure::refused(
                "`publish.dynamic` in candor.toml is false, so that nobody would serve the room. Nothing was recorded.",
            ));
        }
        let opened = house.wait(house.casework.open_room(&actor(global)?, &number))?;
        let link = format!(
            "https://{}/room/{}",
            opened.brand.room_host(),
            opened.key.reveal().as_str()
        );
        let text = format!(
            "{link}\nThis is the room of whoever sent {number}. The link is shown this once and is stored nowhere: give it to them alone, on a way that nobody else reads. What the team says to them from now on stands there."
        );
        Shown::new(json!({ "number": number, "link": link }), text)
    }
}
