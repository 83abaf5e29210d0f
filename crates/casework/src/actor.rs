//! Who acts: a name as asserted by the caller, and the second person where an act needs two.
//!
//! Never proves who somebody is: signing in is the caller's. Never reads a role: `permit` does.

use crate::error::ActError;

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// A person's id, or a part of the program such as `candor:portal`.
    pub id: String,
    /// The second person, where an act needs two.
    pub approved_by: Option<String>,
}

/// What the ids of the program's own parts begin with. No person's id has a colon.
const PART: &str = "candor:";

impl Actor {
    /// A person who acts alone.
    #[must_use]
    pub fn person(id: impl Into<String>) -> Actor {
        Actor {
            id: id.into(),
            approved_by: None,
        }
    }

    /// The same, with a second person.
    #[must_use]
    pub fn approved_by(self, second: impl Into<String>) -> Actor {
        Actor {
            approved_by: Some(second.into()),
            ..self
        }
    }

    /// A part of the program that acts by itself: `portal`, `mail`, `room`. It may take reports in and read them, and act for the
    /// reporter in a room; nothing else.
    #[must_use]
    pub fn part(name: &str) -> Actor {
        Actor::person(format!("{PART}{name}"))
    }

    /// Whether it is a part of the program.
    #[must_use]
    pub fn is_part(&self) -> bool {
        self.id.starts_with(PART)
    }

    pub(crate) fn store_id(&self) -> Result<store::ActorId, ActError> {
        store::ActorId::new(self.id.as_str())
            .map_err(|error| ActError::invalid(format!("`{}`: {error}", shown(&self.id))))
    }
}

/// A word of the caller's as it may be shown: short, one line.
pub(crate) fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}
