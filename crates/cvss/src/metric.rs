//! What a metric is: one table per version, from which parsing, printing and explaining are all driven.
//! The tables themselves are in `v2/metrics.rs`, `v3/metrics.rs` and `v4/metrics.rs`. No weights here.

/// The group that a metric belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Qualities of the vulnerability itself. Every base metric is mandatory.
    Base,
    /// Qualities that change over time (2.0, 3.0, 3.1).
    Temporal,
    /// The same idea in 4.0, reduced to the maturity of exploits.
    Threat,
    /// Qualities of one user's environment.
    Environmental,
    /// Further remarks of 4.0 that no score depends on.
    Supplemental,
}

impl Group {
    /// The group's name as the specifications print it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Base => "Base",
            Self::Temporal => "Temporal",
            Self::Threat => "Threat",
            Self::Environmental => "Environmental",
            Self::Supplemental => "Supplemental",
        }
    }
}

/// One metric of one version.
#[derive(Debug, PartialEq, Eq)]
pub struct Metric {
    /// The abbreviation in a vector: `AV`.
    pub code: &'static str,
    /// The full name: `Attack Vector`.
    pub name: &'static str,
    /// The property in the JSON schemas of FIRST: `attackVector`.
    pub json: &'static str,
    /// The group.
    pub group: Group,
    /// What the metric asks.
    pub question: &'static str,
    /// The values that it can take. In an optional metric the first one is "not defined".
    pub values: &'static [Value],
}

/// One value of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value {
    /// The abbreviation in a vector: `N`.
    pub code: &'static str,
    /// The full name: `Network`.
    pub name: &'static str,
    /// The value in the JSON schemas of FIRST: `NETWORK`.
    pub json: &'static str,
    /// What choosing this value states.
    pub meaning: &'static str,
}

impl Metric {
    /// Whether every vector must carry this metric.
    pub const fn is_mandatory(&self) -> bool {
        matches!(self.group, Group::Base)
    }
}

/// A metric; the arguments in the order of the table's columns.
pub(crate) const fn metric(
    group: Group,
    code: &'static str,
    name: &'static str,
    json: &'static str,
    question: &'static str,
    values: &'static [Value],
) -> Metric {
    Metric {
        code,
        name,
        json,
        group,
        question,
        values,
    }
}

/// A value; the arguments in the order of the table's columns.
pub(crate) const fn value(code: &'static str, name: &'static str, json: &'static str, meaning: &'static str) -> Value {
    Value {
        code,
        name,
        json,
        meaning,
    }
}

/// The value list of an optional metric: `not_defined`, then `values`.
pub(crate) const fn optional<const N: usize, const M: usize>(not_defined: Value, values: [Value; N]) -> [Value; M] {
    assert!(M == N + 1);
    let mut all = [not_defined; M];
    let mut i = 0;
    while i < N {
        all[i + 1] = values[i];
        i += 1;
    }
    all
}

/// Most metrics in one version (4.0 has 32).
pub(crate) const MAX_METRICS: usize = 32;
/// Most values of one metric: three bits hold one.
pub(crate) const MAX_VALUES: usize = 8;

/// A table of metrics prepared for recognition: each abbreviation packed into one integer.
pub(crate) struct Index {
    /// Packed abbreviations of the metrics, in the table's order.
    pub(crate) metrics: [u64; MAX_METRICS],
    /// Packed abbreviations of the values of each metric.
    pub(crate) values: [[u64; MAX_VALUES]; MAX_METRICS],
    /// One bit for each mandatory metric.
    pub(crate) mandatory: u32,
    /// The bits, in a vector, of the temporal (2.0, 3.x) or threat (4.0) metrics.
    pub(crate) temporal: u128,
    /// The bits, in a vector, of the environmental metrics.
    pub(crate) environmental: u128,
}

/// Stands in unused places of an [`Index`]; no text of up to seven bytes packs to it.
const NOTHING: u64 = u64::MAX;

impl Index {
    /// Prepares `table`. Runs at compile time.
    pub(crate) const fn new(table: &[Metric]) -> Self {
        assert!(table.len() <= MAX_METRICS);
        let mut index = Self {
            metrics: [NOTHING; MAX_METRICS],
            values: [[NOTHING; MAX_VALUES]; MAX_METRICS],
            mandatory: 0,
            temporal: 0,
            environmental: 0,
        };
        let mut m = 0;
        while m < table.len() {
            let metric = &table[m];
            index.metrics[m] = packed(metric.code);
            let bits = 0b111 << (3 * m);
            match metric.group {
                Group::Base => index.mandatory |= 1 << m,
                Group::Temporal | Group::Threat => index.temporal |= bits,
                Group::Environmental => index.environmental |= bits,
                Group::Supplemental => {}
            }
            assert!(metric.values.len() <= MAX_VALUES);
            let mut v = 0;
            while v < metric.values.len() {
                index.values[m][v] = packed(metric.values[v].code);
                v += 1;
            }
            m += 1;
        }
        index
    }
}

/// The longest abbreviation that [`pack`] takes.
pub(crate) const MAX_CODE: usize = 7;

/// No text packed. The one in front keeps a leading zero byte from vanishing.
pub(crate) const UNPACKED: u64 = 1;

/// Adds one byte to a packed abbreviation.
pub(crate) const fn pack(packed: u64, byte: u8) -> u64 {
    packed << 8 | byte as u64
}

const fn packed(code: &str) -> u64 {
    let code = code.as_bytes();
    assert!(!code.is_empty() && code.len() <= MAX_CODE);
    let mut key = UNPACKED;
    let mut i = 0;
    while i < code.len() {
        key = pack(key, code[i]);
        i += 1;
    }
    key
}

/// The place of the metric `code` in `table`; a missing one does not compile.
pub(crate) const fn place(table: &[Metric], code: &str) -> usize {
    let code = packed(code);
    let mut i = 0;
    while packed(table[i].code) != code {
        i += 1;
    }
    i
}

/// The weights of a metric by the place of its value. The codes are repeated so that a weight beside the wrong value does
/// not compile.
pub(crate) const fn weights(values: &[Value], pairs: &[(&str, i64)]) -> [i64; MAX_VALUES] {
    assert!(values.len() == pairs.len());
    let mut weights = [0; MAX_VALUES];
    let mut i = 0;
    while i < pairs.len() {
        assert!(packed(values[i].code) == packed(pairs[i].0));
        weights[i] = pairs[i].1;
        i += 1;
    }
    weights
}
