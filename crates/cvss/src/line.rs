//! One line in, one line out: the form of `candor cvss` on standard input. It never fails; a bad vector is a line, too.

use crate::parse::visible;
use crate::vector::Vector;
use crate::version::Version;

/// Scores one line. A trailing line end is removed.
///
/// - 2.0, 3.0, 3.1: `vector TAB base TAB temporal TAB environmental`. In 2.0 `-` stands for a group without a defined metric.
///   In 3.x every equation is printed, as other calculators do; [`Vector::scores`] says which of them the vector states.
/// - 4.0: `vector TAB B TAB BT TAB BE TAB BTE`.
/// - else: `vector TAB ERR reason`.
///
/// The first column repeats the input. Characters that could break the line are escaped, which no valid vector contains.
pub fn line(input: &str) -> String {
    let input = input.strip_suffix('\n').unwrap_or(input);
    let input = input.strip_suffix('\r').unwrap_or(input);
    let vector = match Vector::parse(input) {
        Ok(vector) => vector,
        Err(error) => {
            let echo: String = input.chars().flat_map(visible).collect();
            return format!("{echo}\tERR {error}");
        }
    };
    let all = vector.equations();
    let (base, temporal, environmental) = (all.base, all.temporal, all.environmental);
    match vector.version() {
        Version::V2_0 => {
            let scores = vector.scores();
            let column =
                |score: Option<_>| score.map_or_else(|| "-".to_owned(), |score: crate::Score| score.to_string());
            let (temporal, environmental) = (column(scores.temporal), column(scores.environmental));
            format!("{input}\t{base}\t{temporal}\t{environmental}")
        }
        Version::V3_0 | Version::V3_1 => format!("{input}\t{base}\t{temporal}\t{environmental}"),
        Version::V4_0 => format!("{input}\t{base}\t{temporal}\t{environmental}\t{}", all.all),
    }
}
