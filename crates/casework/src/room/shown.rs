//! What the form showed to a reporter, in the words that stood there.
//!
//! Owns the look into the policy's version of then. Never shows a version that came later: nobody was shown that.

use psirt::board::Board;
use psirt::house::Terms;

/// The texts that a form showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownTexts {
    /// The version of the policy.
    pub version: String,
    /// The texts, in the order of the policy.
    pub texts: Vec<ShownText>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownText {
    /// The clause that it stands under, without its sign.
    pub clause: String,
    /// The version of the text.
    pub version: String,
    /// Its words; none where nobody has that version of the policy any more.
    pub text: Option<String>,
    /// Whether the reporter said that it holds for them; none if it asks nothing, or they did not answer.
    pub holds: Option<bool>,
}

pub(super) fn shown(board: &Board, terms: &Terms) -> Option<ShownTexts> {
    let mut policies = board.house.policies.iter();
    let policy = policies.find(|policy| policy.front.id == terms.policy && policy.front.version == terms.version);
    let texts = terms.notices.iter().map(|notice| {
        let mut known = policy
            .map(|policy| policy.notices.as_slice())
            .unwrap_or_default()
            .iter();
        let text = known.find(|known| known.id == notice.id && known.version == notice.version);
        ShownText {
            clause: notice.clause.clone(),
            version: notice.version.clone(),
            text: text.map(|known| known.text.trim().to_owned()),
            holds: notice.holds,
        }
    });
    let texts: Vec<ShownText> = texts.collect();
    (!texts.is_empty()).then(|| ShownTexts {
        version: terms.version.clone(),
        texts,
    })
}
