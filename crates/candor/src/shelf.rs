//! The versions of a brand that are out, for a publication: named all, read one by one, from the public tree or as they were kept.
//!
//! Never fixes bytes and never changes anything.

use crate::face::whole;
use crate::session::House;
use casework::OutVersion;
use documents::place;
use psirt::advisory::Released;
use publish::{Archive, FixedRelease, Name, Release};
use std::path::{Path, PathBuf};
use tokio::runtime::Handle;

/// Where they are read.
pub(crate) struct Shelf<'h> {
    house: &'h House,
    /// The brand's folder of the public tree.
    root: PathBuf,
    versions: &'h [OutVersion],
    runtime: Handle,
}

impl<'h> Shelf<'h> {
    /// To be made and asked on a thread that may wait, within the program's runtime.
    pub(crate) fn new(house: &'h House, root: PathBuf, versions: &'h [OutVersion]) -> Shelf<'h> {
        Shelf {
            house,
            root,
            versions,
            runtime: Handle::current(),
        }
    }

    /// Each by its name.
    pub(crate) fn releases(&self) -> impl Iterator<Item = Release<'_>> {
        self.versions.iter().enumerate().map(|(place, version)| {
            let name = Name {
                number: &version.number,
                revision: version.version.revision,
                sha256: &version.version.sha256,
                signature: &version.version.signature,
            };
            Release::kept(name, place, self)
        })
    }

    fn version(&self, place: usize) -> Result<&'h OutVersion, String> {
        self.versions
            .get(place)
            .ok_or_else(|| "there is no such version".to_owned())
    }
}

impl Archive for Shelf<'_> {
    fn released(&self, place: usize) -> Result<Released, String> {
        let OutVersion { id, version, .. } = self.version(place)?;
        let released = self.house.casework.out_version(id, version.revision);
        released.ok_or_else(|| "its text is not in the journal any more: publish again".to_owned())
    }

    fn fixed(&self, place: usize) -> Result<FixedRelease, String> {
        let out = self.version(place)?;
        let (number, version) = (&out.number, &out.version);
        // A public copy saves the unsealing, if it is the same to the byte.
        let released = self.released(place)?;
        let advisory = released.advisory();
        for path in [place::document(advisory), place::earlier_document(advisory)] {
            let copy = std::fs::read(self.root.join(path)).ok().map(|json| FixedRelease {
                json,
                signature: version.signature.clone(),
            });
            if let Some(copy) = copy.filter(|copy| copy.sha256() == version.sha256) {
                return Ok(copy);
            }
        }
        let kept = self.runtime.block_on(self.house.casework.kept_bytes(version));
        match kept.map_err(|error| error.to_string())? {
            Some(kept) => whole(kept, &version.sha256, number).map_err(|failure| failure.to_string()),
            None if out.is_replaced => Err("the bytes of an earlier version were destroyed".to_owned()),
            None => Err("its bytes were destroyed".to_owned()),
        }
    }
}

/// What makes the pages of this program others than those of another one: its version and its file, by what nobody chooses. Empty where the
/// system does not tell; then nothing is remembered from one publication to the next.
pub(crate) fn engine() -> String {
    let known = Path::new("/proc/self/exe");
    let file = if known.exists() {
        std::fs::metadata(known)
    } else {
        std::env::current_exe().and_then(std::fs::metadata)
    };
    let told = file.and_then(|data| Ok((data.len(), data.modified()?)));
    match told {
        Ok((bytes, modified)) => {
            let since = modified.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            format!("{} {bytes} {}", env!("CARGO_PKG_VERSION"), since.as_nanos())
        }
        Err(_) => String::new(),
    }
}
