//! The table of tracking numbers, compared with what the journal says: it stands beside the tree, so only this shows an edited row.
//!
//! Owns the sentences. Never repairs a row, and never looks a number up in the table: the board finds reports and cases.

use crate::Casework;
use crate::actor::shown;
use crate::error::ActError;
use std::collections::BTreeMap;

/// Rows that are named; there may be more.
const MAX_FINDINGS: usize = 100;

impl Casework {
    /// What does not fit between the table of tracking numbers and the journal, each as a sentence, at most a hundred. Folds nothing:
    /// the journal must be sound.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn check_numbers(&self) -> Result<Vec<String>, ActError> {
        let mut rows = BTreeMap::new();
        let mut after = String::new();
        loop {
            let page = self.store().numbers_after(&after).await?;
            let Some((last, _)) = page.last() else { break };
            after.clone_from(last);
            rows.extend(page);
        }
        // After the rows: a number and its entry are one commit, so each row that was read has its entry by now.
        self.refresh().await?;
        let board = self.board();
        let erased: BTreeMap<&str, &Vec<String>> = board
            .house
            .shredded
            .iter()
            .flat_map(|gone| gone.numbers.iter().map(|number| (number.as_str(), &gone.streams)))
            .collect();
        // An erasure names the numbers of its reports and cases, and of advisories the streams alone.
        let is_gone = |stream: &str| {
            board
                .house
                .shredded
                .iter()
                .any(|gone| gone.streams.iter().any(|own| own == stream))
        };
        let named: BTreeMap<&str, &str> = board.named_numbers().collect();
        let mut findings = Vec::new();
        for (number, stream) in &rows {
            let wrong = match (named.get(number.as_str()), erased.get(number.as_str())) {
                (Some(owner), _) if owner == stream => continue,
                (None, Some(gone)) if gone.contains(stream) => continue,
                (None, None) if is_gone(stream) => continue,
                (Some(owner), _) => format!(
                    "its row names {}, but it was given to {owner}: the row was edited",
                    shown(stream)
                ),
                (None, Some(_)) => format!(
                    "its row names {}, which was not shredded with it: the row was edited",
                    shown(stream)
                ),
                (None, None) => format!(
                    "its row names {}, and no entry there has this number: the row was added or edited",
                    shown(stream)
                ),
            };
            findings.push(format!("the tracking number {}: {wrong}", shown(number)));
        }
        let given = named.iter().filter(|(number, _)| !rows.contains_key(**number));
        findings.extend(given.map(|(number, stream)| {
            format!("the tracking number {number}: it was given to {stream}, and its row is missing: it was removed or edited")
        }));
        let gone = erased
            .keys()
            .filter(|number| !rows.contains_key(**number) && !named.contains_key(**number));
        findings.extend(gone.map(|number| {
            format!("the tracking number {number}: it was shredded, and its row is missing: it could be given again")
        }));
        findings.truncate(MAX_FINDINGS);
        Ok(findings)
    }
}
