//! Files that come with a form, each sealed while it arrives. One that cannot be kept takes nothing from the others.
//!
//! Owns how many there may be, and the words for what became of each.

use super::desk::Desk;
use super::multipart::Parts;
use casework::{Room, Taken, told};

/// Most files of one form.
const MAX_FILES: usize = 20;

/// What became of a file.
pub(super) struct SentFile {
    pub(super) name: String,
    /// How large it is; empty if it was not kept.
    pub(super) size: String,
    /// Why it was not kept; empty if it was.
    pub(super) lost: String,
}

/// What files go with.
#[derive(Clone, Copy)]
pub(super) enum Owner<'a> {
    /// A report that was just sent by the form.
    Form(&'a Taken),
    /// A report whose room somebody is in.
    Room(&'a Room),
}

/// Seals each file, from the one on whose name was read. A field for files in which none was chosen is none.
pub(super) async fn seal(desk: &Desk, parts: &mut Parts, first: String, owner: Owner<'_>) -> Vec<SentFile> {
    let (casework, max_bytes) = (&desk.casework, desk.max_file_bytes);
    let mut files = Vec::new();
    let mut next = Some(first);
    while let Some(name) = next.take() {
        let lost = |why: String| SentFile {
            name: name.clone(),
            size: String::new(),
            lost: why,
        };
        if files.len() >= MAX_FILES {
            files.push(lost(
                "There were too many files at once. Send it again from your room.".to_owned(),
            ));
        } else if !name.is_empty() {
            let kept = parts
                .read_by(async |pipe| match owner {
                    Owner::Form(taken) => casework.attach_to_form(taken, &name, max_bytes, pipe).await,
                    Owner::Room(room) => casework.attach_in_room(room, &name, max_bytes, pipe).await,
                })
                .await;
            files.push(match kept {
                Ok(kept) => SentFile {
                    size: crate::words::bytes(kept.bytes),
                    name: kept.name,
                    lost: String::new(),
                },
                Err(error) => lost(crate::words::capital(&told(&error))),
            });
        }
        match parts.next().await {
            Ok(Some(head)) => next = Some(head.file.unwrap_or_default()),
            Ok(None) => break,
            Err(fault) => {
                files.push(SentFile {
                    name: "What came after it".to_owned(),
                    ..lost(format!("It could not be read: {fault}. Send it again from your room."))
                });
                break;
            }
        }
    }
    files
}
