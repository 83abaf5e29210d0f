//! Names: the only text that the store writes in clear. Chosen by us, never taken from outside.
//!
//! The character set has no `@`, no space and no quote, so an address or a subject cannot become a name by mistake, and
//! PostgreSQL never meets a character that it refuses.

use std::fmt;

use crate::StoreError;

/// The longest name, in bytes.
pub const NAME_MAX_BYTES: usize = 120;

fn check(kind: &'static str, text: &str) -> Result<(), StoreError> {
    let fault = if text.is_empty() {
        "it is empty"
    } else if text.len() > NAME_MAX_BYTES {
        "it is longer than 120 characters"
    } else if !text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"._:/-".contains(&byte))
    {
        "it may have letters, digits and . _ : / - only"
    } else {
        return Ok(());
    };
    Err(StoreError::BadName { kind, fault })
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Takes a name of 1 to [`NAME_MAX_BYTES`] ASCII letters, digits and `. _ : / -`.
            ///
            /// # Errors
            /// [`StoreError::BadName`].
            pub fn new(text: impl Into<String>) -> Result<Self, StoreError> {
                let text = text.into();
                check($kind, &text).map(|()| Self(text))
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// A stream of the journal, such as `case:2b…`.
    StreamId,
    "stream"
);
name!(
    /// A data key: one per stream, per person, per arrival.
    KeyId,
    "key"
);
name!(
    /// Who acted: the id of a person, or of a part of the program.
    ActorId,
    "actor"
);
name!(
    /// A command that must not run twice.
    CommandId,
    "command"
);
name!(
    /// A tracking number.
    Number,
    "number"
);
name!(
    /// What kind of effect a job has, such as `mail`.
    Effect,
    "effect"
);
name!(
    /// A job's own name: enqueued twice, it is done once.
    JobKey,
    "job"
);
name!(
    /// What a lease is about, such as `publisher`.
    LeaseName,
    "lease"
);
name!(
    /// Who holds a lease: one process.
    Holder,
    "holder"
);

impl From<&StreamId> for KeyId {
    /// The key that carries the name of its stream.
    fn from(stream: &StreamId) -> Self {
        Self(stream.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_name(text: &str, expect: Result<(), &str>) {
        let found = StreamId::new(text).map(|_| ()).map_err(|error| error.to_string());
        match expect {
            Ok(()) => assert_eq!(found, Ok(()), "{text}"),
            Err(part) => assert!(found.unwrap_err().contains(part), "{text}"),
        }
    }

    #[test]
    fn names_are_short_plain_ascii() {
        check_name("case:2b0k", Ok(()));
        check_name("brand/nozomi-networks_2.1", Ok(()));
        check_name(&"a".repeat(120), Ok(()));
        check_name(&"a".repeat(121), Err("longer than 120"));
        check_name("", Err("empty"));
        for text in ["a b", "a\0", "a@b.example", "é", "a'b", "a\nb", "a%", "\u{202e}"] {
            check_name(text, Err("letters, digits"));
        }
    }
}
