//! The requirements 1 to 20 of CSAF 2.0 §7.1 and the roles of §7.2 that follow from them. Requirements 21 to 23 are those of listers and
//! aggregators, which Candor is not.

use std::fmt;

/// A requirement of CSAF 2.0 §7.1; the numbers are those of the standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Requirement {
    /// 1: schema and mandatory tests.
    Valid = 1,
    /// 2: named by its tracking id.
    FileName,
    /// 3: everything over TLS.
    Tls,
    /// 4: TLP:WHITE for everybody.
    White,
    /// 5: TLP:AMBER and TLP:RED for nobody else.
    Protected,
    /// 6: no redirects.
    Redirects,
    /// 7: provider-metadata.json.
    Metadata,
    /// 8: security.txt names it.
    SecurityTxt,
    /// 9: it is at the well-known address.
    WellKnown,
    /// 10: it is what the DNS path serves.
    DnsPath,
    /// 11: one folder for each year.
    Years,
    /// 12: index.txt.
    Index,
    /// 13: changes.csv.
    Changes,
    /// 14: folders can be listed.
    Listings,
    /// 15: ROLIE feeds.
    Feeds,
    /// 16: ROLIE service documents.
    Services,
    /// 17: ROLIE category documents.
    Categories,
    /// 18: hashes.
    Hashes,
    /// 19: signatures.
    Signatures,
    /// 20: public keys.
    Keys,
}

use Requirement::{
    Categories, Changes, DnsPath, Feeds, FileName, Hashes, Index, Keys, Listings, Metadata, Protected, Redirects,
    SecurityTxt, Services, Signatures, Tls, Valid, WellKnown, White, Years,
};

impl Requirement {
    /// What only a server shows, and no folder.
    pub(super) const OF_SERVERS: [Requirement; 2] = [Tls, Redirects];
    /// What only documents show.
    pub(super) const OF_DOCUMENTS: [Requirement; 6] = [Valid, FileName, White, Protected, Hashes, Signatures];

    /// All twenty, in the order of the standard.
    pub const ALL: [Requirement; 20] = [
        Valid,
        FileName,
        Tls,
        White,
        Protected,
        Redirects,
        Metadata,
        SecurityTxt,
        WellKnown,
        DnsPath,
        Years,
        Index,
        Changes,
        Listings,
        Feeds,
        Services,
        Categories,
        Hashes,
        Signatures,
        Keys,
    ];
    /// What a distribution by directories is made of.
    pub(crate) const DIRECTORY: [Requirement; 4] = [Years, Index, Changes, Listings];
    /// What a distribution by ROLIE is made of.
    pub(crate) const ROLIE: [Requirement; 3] = [Feeds, Services, Categories];
    /// The ways that lead to the metadata.
    pub(crate) const WAYS: [Requirement; 3] = [SecurityTxt, WellKnown, DnsPath];

    /// Its number in CSAF 2.0 §7.1.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8
    }

    /// What it asks for.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Valid => "valid CSAF documents",
            FileName => "file names that follow from tracking ids",
            Tls => "TLS everywhere",
            White => "TLP:WHITE freely accessible",
            Protected => "TLP:AMBER and TLP:RED access protected",
            Redirects => "no redirects",
            Metadata => "provider-metadata.json",
            SecurityTxt => "security.txt",
            WellKnown => "well-known address of the metadata",
            DnsPath => "DNS path",
            Years => "one folder per year",
            Index => "index.txt",
            Changes => "changes.csv",
            Listings => "directory listings",
            Feeds => "ROLIE feeds",
            Services => "ROLIE service document",
            Categories => "ROLIE category document",
            Hashes => "hashes",
            Signatures => "signatures",
            Keys => "public OpenPGP keys",
        }
    }
}

/// A role of CSAF 2.0 §7.2; each includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Requirements 1 to 4.
    Publisher,
    /// Those, 5 to 7, a way to the metadata, and a distribution.
    Provider,
    /// Those, and 18 to 20.
    TrustedProvider,
}

impl Role {
    /// The role as metadata names it.
    pub(crate) fn read(text: &str) -> Option<Role> {
        [Role::Publisher, Role::Provider, Role::TrustedProvider]
            .into_iter()
            .find(|role| role.id() == text)
    }

    /// As metadata names it.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Role::Publisher => "csaf_publisher",
            Role::Provider => "csaf_provider",
            Role::TrustedProvider => "csaf_trusted_provider",
        }
    }

    /// The highest role of whoever holds these requirements. Of two distributions both must hold where both are offered: `failed` says
    /// that one is offered and wrong.
    pub(crate) fn reached(holds: impl Fn(Requirement) -> bool, failed: impl Fn(Requirement) -> bool) -> Option<Role> {
        let all = |some: &[Requirement]| some.iter().all(|one| holds(*one));
        let none_failed = |some: &[Requirement]| !some.iter().any(|one| failed(*one));
        if !all(&[Valid, FileName, Tls, White]) {
            return None;
        }
        let (directory, rolie) = (&Requirement::DIRECTORY, &Requirement::ROLIE);
        let distributed = (all(directory) || all(rolie)) && none_failed(directory) && none_failed(rolie);
        let found = Requirement::WAYS.into_iter().any(&holds);
        if !(all(&[Protected, Redirects, Metadata]) && found && distributed) {
            return Some(Role::Publisher);
        }
        if all(&[Hashes, Signatures, Keys]) {
            Some(Role::TrustedProvider)
        } else {
            Some(Role::Provider)
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Role::Publisher => "publisher",
            Role::Provider => "provider",
            Role::TrustedProvider => "trusted provider",
        })
    }
}
