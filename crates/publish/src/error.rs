//! Why nothing was released or published. Each message says where and what to do.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why the bytes of a release were not fixed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FixError {
    /// The advisory cannot be written as a document.
    #[error("the advisory cannot be published yet: {}", listed(.0))]
    Problems(Vec<documents::Problem>),
    /// The document is not valid CSAF 2.0.
    #[error("the CSAF document was refused: {}", listed(&.0.iter().map(Line).collect::<Vec<_>>()))]
    Refused(Vec<gate::Finding>),
    /// A mandatory test gave no verdict.
    #[error("the CSAF document could not be judged: {}", listed(&.0.iter().map(|test| format!("test {}: {}", test.test, test.why)).collect::<Vec<_>>()))]
    NotJudged(Vec<gate::NotRun>),
    /// Optional tests failed, and nobody said why that is accepted.
    #[error("an optional test of CSAF failed; mend it, or record why it stays: {}", listed(&.0.iter().map(Line).collect::<Vec<_>>()))]
    NeedsReason(Vec<gate::Finding>),
    /// It could not be signed.
    #[error(transparent)]
    Sign(#[from] openpgp::SignError),
    /// This audience is not served by this brand's key or tree.
    #[error("the advisory is of the brand `{advisory}`, not of `{brand}`")]
    OtherBrand {
        /// The brand that the advisory names.
        advisory: String,
        /// The brand that was given.
        brand: String,
    },
}

struct Line<'a>(&'a gate::Finding);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gate::Finding {
            test, path, message, ..
        } = self.0;
        write!(
            f,
            "{} (test {test}): {message}",
            if path.is_empty() { "/" } else { path }
        )
    }
}

/// The first few of a list, parted by semicolons.
fn listed<T: fmt::Display>(items: &[T]) -> String {
    const SHOWN: usize = 10;
    let mut text: Vec<String> = items.iter().take(SHOWN).map(T::to_string).collect();
    if items.len() > SHOWN {
        text.push(format!("and {} more", items.len() - SHOWN));
    }
    text.join("; ")
}

/// Why the tree was not published. What was public before still is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TreeError {
    /// A file operation failed.
    #[error("could not {what} {}: {source}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The disk is full, or a quota or a limit is reached.
    #[error(
        "there is no room to {what} {}: make room on its disk, then publish again; the tree that was public still is, as it was",
        path.display()
    )]
    Full {
        /// What was tried.
        what: &'static str,
        /// On which file.
        path: PathBuf,
    },
    /// Another process publishes into this directory.
    #[error("another process is publishing into {}: wait until it has ended", .0.display())]
    Taken(PathBuf),
    /// `public` is not the link that we make.
    #[error("{} is not a link to tree/a or tree/b: move it away, then publish again", .0.display())]
    NotOurs(PathBuf),
    /// Two things want the same file.
    #[error("two files of the published tree would have the name {0}: give one of the advisories another number")]
    Collision(String),
    /// A brand or a release does not fit.
    #[error("{place}: {why}")]
    Misfit {
        /// The brand's or advisory's name.
        place: String,
        /// What does not fit.
        why: String,
    },
    /// What was written did not read back.
    #[error(
        "{0} does not read back as it was written: check the disk, then publish again; the old tree is still public"
    )]
    Changed(String),
    /// A signature does not verify.
    #[error("the signature {path} does not verify: {source}")]
    Signature {
        /// The signature's file.
        path: String,
        /// Why.
        source: openpgp::VerifyError,
    },
    /// A page could not be rendered. Not expected.
    #[error("the page {0} could not be rendered")]
    Render(String),
    /// The part of one brand cannot be made. That of another one may.
    #[error("{source}")]
    Brand {
        /// The brand.
        brand: String,
        /// Why.
        source: Box<TreeError>,
    },
    /// No brand's part can be made: brands by id, with the reason.
    #[error("{}", .0.values().map(String::as_str).collect::<Vec<_>>().join("; "))]
    Brands(BTreeMap<String, String>),
}

impl TreeError {
    pub(crate) fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> TreeError {
        let path = path.to_owned();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                TreeError::Full { what, path }
            }
            _ => TreeError::Io { what, path, source },
        }
    }

    /// Says whose part failed, where it is the part and not the disk.
    pub(crate) fn of(self, brand: &str) -> TreeError {
        match self {
            TreeError::Collision(_) | TreeError::Misfit { .. } | TreeError::Signature { .. } | TreeError::Render(_) => {
                TreeError::Brand {
                    brand: brand.to_owned(),
                    source: Box::new(self),
                }
            }
            error => error,
        }
    }

    pub(crate) fn misfit(place: &str, why: impl fmt::Display) -> TreeError {
        TreeError::Misfit {
            place: place.to_owned(),
            why: why.to_string(),
        }
    }
}
