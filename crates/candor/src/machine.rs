//! How the machine stands, as the desk's status page shows it: found out when somebody asks.
//!
//! Owns the finding out. Never hands on a path, a name of a host that is not ours, or a word of mail.

use crate::config::{Door, Tls};
use crate::pulse::{Beats, Way};
use crate::reader::{self, Landlock, Seen};
use crate::session::House;
use jiff::Timestamp;
use std::fs;
use std::path::Path;
use store::Location;
use web::TlsFiles;
use web::machine::{self, Checkpoint, Confinement, Database, Machine, Rules};

/// As it stands now. It waits for the journal and for a child.
pub(crate) fn look(house: &House, tls: Option<&TlsFiles>, began: Timestamp) -> Machine {
    Machine {
        began,
        reader: reader::look().map(|seen| confinement(&seen)),
        doors: doors(house),
        sends: house.config.mail.out.is_some(),
        database: database(house),
        disk: disk(&house.root),
        entries: house.wait(house.store.head()).ok().map(|head| head.size),
        checkpoint: checkpoint(&house.root),
        certificate: tls.map(|tls| not_after(&tls.leaf())),
        unnamed: tls.map_or_else(Vec::new, |tls| tls.unnamed(hosts(house))),
    }
}

/// Every host under which something of ours is served: each brand's portal, its metadata by DNS, its directory of keys, and its
/// rooms, where they are and where they were.
pub(crate) fn hosts(house: &House) -> Vec<String> {
    let board = house.casework.board();
    let mut hosts: Vec<String> = board.house.former_rooms.keys().cloned().collect();
    for brand in board.house.publishing() {
        hosts.extend([brand.domain.clone(), documents::place::dns_path(brand)]);
        hosts.extend(brand.rooms.clone());
        let mail_domain = brand.contact.rsplit_once('@').map(|(_, domain)| domain);
        hosts.extend(mail_domain.map(documents::place::key_directory));
    }
    hosts.sort();
    hosts.dedup();
    hosts
}

fn confinement(seen: &Seen) -> Confinement {
    Confinement {
        landlock: match seen.cage.landlock {
            Landlock::Enforced => Rules::Whole,
            Landlock::Partly => Rules::Part,
            Landlock::Absent => Rules::None,
        },
        landlock_abi: seen.cage.landlock_abi,
        no_files: seen.cage.no_files,
        no_network: seen.cage.no_network,
        seccomp: seen.status("Seccomp:"),
        no_new_privileges: seen.status("NoNewPrivs:"),
        memory_bytes: seen.limit("Max address space"),
        processor_s: seen.limit("Max cpu time"),
        file_bytes: seen.limit("Max file size"),
    }
}

fn doors(house: &House) -> Vec<machine::Door> {
    let mail = &house.config.mail;
    let beats: Beats = house.pulse.beats();
    let has_tls = house.config.listen.tls().is_some();
    let door = |way, name, door: &Option<Door>| machine::Door {
        name,
        open: door.as_ref().map(|door| match door {
            Door::Unix(_) => "Open, for programs on this machine",
            Door::Tcp(address) if address.ip().is_loopback() => "Open, for this machine",
            Door::Tcp(_) if has_tls => "Open to the network, with STARTTLS for whoever begins it",
            Door::Tcp(_) => "Open to the network, in clear",
        }),
        message: beats.message(way),
        looked: None,
        trouble: None,
    };
    vec![
        door(Way::Lmtp, "LMTP", &mail.lmtp),
        door(Way::Smtp, "SMTP", &mail.smtp),
        machine::Door {
            name: "IMAP",
            open: mail.imap.as_ref().map(|imap| match imap.tls() {
                Tls::Off => "Looked into without TLS, on this machine",
                _ => "Looked into over TLS",
            }),
            message: beats.message(Way::Imap),
            looked: beats.looked,
            trouble: beats.trouble,
        },
    ]
}

fn database(house: &House) -> Database {
    let Ok(plan) = house.config.store(&house.root) else {
        return Database::Sqlite(None);
    };
    match plan.journal {
        Location::Postgres(_) => Database::Postgres,
        Location::Sqlite(path) => {
            let size = |path: &Path| fs::metadata(path).ok().map(|found| found.len());
            // What is not in the file itself yet stands beside it.
            let mut log = path.clone().into_os_string();
            log.push("-wal");
            Database::Sqlite(size(&path).map(|file| file + size(Path::new(&log)).unwrap_or(0)))
        }
    }
}

/// Free bytes, as they are for us, and all there are.
fn disk(root: &Path) -> Option<(u64, u64)> {
    let found = rustix::fs::statvfs(root).ok()?;
    Some((
        found.f_bavail.checked_mul(found.f_frsize)?,
        found.f_blocks.checked_mul(found.f_frsize)?,
    ))
}

/// The one that covers most. A file that is named otherwise is none of ours.
fn checkpoint(root: &Path) -> Option<Checkpoint> {
    let notes = fs::read_dir(root.join("checkpoints")).ok()?;
    let one = |item: fs::DirEntry| {
        let path = item.path();
        let is_note = path.extension().is_some_and(|ending| ending == "note");
        let entries = path.file_stem()?.to_str()?.parse().ok().filter(|_| is_note)?;
        let at = item.metadata().ok().and_then(|found| found.modified().ok());
        Some(Checkpoint {
            entries,
            at: at.and_then(|at| Timestamp::try_from(at).ok()),
        })
    };
    notes.filter_map(|item| one(item.ok()?)).max_by_key(|note| note.entries)
}

/// The end of a certificate (RFC 5280 §4.1): the second time of its validity, which follows the version, the serial number, the algorithm and the
/// issuer. None where it cannot be read; TLS itself reads it anyway.
fn not_after(certificate: &[u8]) -> Option<Timestamp> {
    const SEQUENCE: u8 = 0x30;
    const VERSION: u8 = 0xa0;
    let (_, whole, _) = element(certificate)?;
    let (_, signed, _) = element(whole)?;
    let mut rest = signed;
    if rest.first() == Some(&VERSION) {
        rest = element(rest)?.2;
    }
    for _ in ["serial number", "algorithm", "issuer"] {
        rest = element(rest)?.2;
    }
    let (tag, validity, _) = element(rest)?;
    let (_, _, after) = element(validity)?;
    let (kind, end, _) = element(after)?;
    let text = std::str::from_utf8(end)
        .ok()
        .filter(|text| tag == SEQUENCE && text.is_ascii())?;
    moment(kind, text)
}

/// A time in DER: UTCTime has two digits of its year.
fn moment(kind: u8, text: &str) -> Option<Timestamp> {
    const UTC_TIME: u8 = 0x17;
    const GENERALIZED_TIME: u8 = 0x18;
    let text = match kind {
        UTC_TIME if text.get(..2)? < "50" => format!("20{text}"),
        UTC_TIME => format!("19{text}"),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let time = jiff::civil::DateTime::strptime("%Y%m%d%H%M%SZ", &text).ok()?;
    time.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|time| time.timestamp())
}

/// The first element of DER: its tag, its content, and what follows.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match usize::from(*first) {
        short @ 0..0x80 => (short, rest),
        long => {
            let count = (long & 0x7f).min(4);
            let length = rest.get(..count)?;
            let length = length.iter().fold(0, |all, byte| all << 8 | usize::from(*byte));
            (length, rest.get(count..)?)
        }
    };
    Some((*tag, rest.get(..length)?, rest.get(length..)?))
}

#[cfg(test)]
mod tests {
    use super::not_after;
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;

    #[test]
    fn the_end_of_a_certificate_is_read() {
        let pem = include_bytes!("../../fetch/src/fixtures/server.pem");
        let der = CertificateDer::from_pem_slice(pem).unwrap();
        let end = not_after(&der).unwrap();
        assert_eq!(end.to_string(), "2126-10-29T21:08:02Z");
        for cut in 0..der.len() {
            assert!(not_after(&der[..cut]).is_none(), "{cut} bytes are no certificate");
        }
    }
}
