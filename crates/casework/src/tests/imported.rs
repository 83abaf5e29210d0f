//! Revising what was published before this house: what is public in it needs no case and no second yes, and nothing more is taken.

use super::world::{Desk, HIGH, NOZOMI, by, check_refused, two};
use crate::{AdvisoryFile, Extent};
use psirt::advisory::{Advisory, Stage};

const HOLD_IS_OVER: &str = "2027-03-01T08:00:00Z";
const NAME: &str = "vulnerabilities[0].credits[0]";

/// What another house of the same vendor published: with a score and a reporter who is thanked.
async fn published_elsewhere() -> (AdvisoryFile, Advisory) {
    let desk = Desk::open().await;
    let case = desk.fixed().await;
    let id = desk.approved_advisory(&case).await;
    desk.wait_until(HOLD_IS_OVER);
    let ordered = desk.casework.order_release(&by("leo"), &id, "").await.unwrap();
    let advisory = ordered.released.advisory().clone();
    let brand = desk.casework.board().house.brands[NOZOMI].clone();
    let document = documents::csaf::document(&advisory, &brand, "1.0.0").unwrap();
    let file = AdvisoryFile {
        name: documents::csaf::file_name(&advisory.number),
        json: documents::csaf::to_bytes(&document),
        sha256: "ab".repeat(32),
        signature: "a signature".to_owned(),
        key: None,
    };
    (file, advisory)
}

/// A house that has it, and where it is public; with its id.
async fn brought_along() -> (Desk, String, Advisory) {
    let (file, written) = published_elsewhere().await;
    let desk = Desk::open().await;
    desk.wait_until("2027-04-01T08:00:00Z");
    let imported = desk
        .casework
        .import_advisories(&two("lea", "ana"), NOZOMI, "archive", &[file], Extent::AllOrNothing)
        .await
        .unwrap();
    assert_eq!(imported.written, 1, "{imported:?}");
    let id = desk.casework.board().advisories.keys().next().unwrap().clone();
    desk.casework.mark_published(&id, 1, "digest").await.unwrap();
    (desk, id, written)
}

/// Writes a field by Ana, and has Lea approve the text.
async fn revised(desk: &Desk, id: &str, field: &str, text: &str) {
    desk.casework.edit_advisory(&by("ana"), id, field, text).await.unwrap();
    desk.casework.approve(&by("lea"), id).await.unwrap();
}

#[tokio::test]
async fn what_was_brought_along_is_revised_with_the_names_and_scores_that_are_public() {
    let (desk, id, written) = brought_along().await;
    let casework = &desk.casework;
    revised(&desk, &id, "summary", "A crafted packet runs code.").await;
    check_refused(
        &desk,
        casework.order_release(&by("leo"), &id, ""),
        "say in a line what changed",
    )
    .await;
    let ordered = casework
        .order_release(&by("leo"), &id, "The effect is told better.")
        .await
        .unwrap();
    let advisory = ordered.released.advisory();
    assert_eq!((&advisory.number, ordered.revision), (&written.number, 2));
    assert_eq!(advisory.revisions[0], written.revisions[0]);
    assert_eq!(advisory.revisions[1].summary, "The effect is told better.");
    let [before, after] = [&written, advisory].map(|text| &text.vulnerabilities[0]);
    assert_eq!((&after.scores, &after.credits), (&before.scores, &before.credits));
    assert_eq!(
        (after.credits[0].name.as_str(), after.scores[0].vector.as_str()),
        ("Ada of Example Labs", HIGH)
    );
    let brand = casework.board().house.brands[NOZOMI].clone();
    let document = documents::csaf::document(advisory, &brand, "1.0.0").unwrap();
    assert!(gate::judge(&documents::csaf::to_bytes(&document)).passes());
    assert_eq!(casework.board().advisories[&id].stage, Stage::Approved);
    casework.mark_published(&id, 2, "digest").await.unwrap();
}

#[tokio::test]
async fn a_name_that_was_taken_out_does_not_come_back_and_a_score_does_not_get_lost() {
    let (desk, id, _) = brought_along().await;
    let casework = &desk.casework;
    let edit = async |field: &str, text: &str| casework.edit_advisory(&by("ana"), &id, field, text).await;
    check_refused(
        &desk,
        edit("vulnerabilities[0].credits[1]", "Eve"),
        "recorded in a case",
    )
    .await;
    check_refused(
        &desk,
        casework.redraft_advisory(&by("ana"), &id, crate::Draft::default()),
        "brought along",
    )
    .await;
    edit("vulnerabilities[0].scores[0].vector", "").await.unwrap();
    let missing = casework.prospect(&by("ana"), &id).unwrap().missing;
    assert!(
        missing.iter().any(|one| one.contains("no score any more")),
        "{missing:#?}"
    );
    casework.approve(&by("lea"), &id).await.unwrap();
    check_refused(
        &desk,
        casework.order_release(&by("leo"), &id, "Less."),
        "no score any more",
    )
    .await;

    const HIGHER: &str = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
    edit("vulnerabilities[0].scores[0].vector", HIGHER).await.unwrap();
    revised(&desk, &id, NAME, "").await;
    let ordered = casework.order_release(&by("leo"), &id, "Scored anew.").await.unwrap();
    assert_eq!(ordered.released.advisory().vulnerabilities[0].scores[0].vector, HIGHER);
    casework.mark_published(&id, 2, "digest").await.unwrap();
    // It is not public in the present version, so that no text names it again.
    edit("summary", "Found by Ada of Example Labs.").await.unwrap();
    let state = casework.board().advisories[&id].clone();
    assert!(
        state.earlier[0].advisory.vulnerabilities[0].credits.len() == 1
            && state.draft.vulnerabilities[0].credits.is_empty()
    );
    check_refused(&desk, edit(NAME, "Ada of Example Labs"), "recorded in a case").await;
}
