//! Exact decimal numbers of any length, for the oracle alone: slow and simple.

use std::cmp::Ordering;
use std::ops::{Add, Mul, Sub};

/// ± magnitude × 10^(−scale); the magnitude in base 10⁹, least digit first, without leading zeros.
#[derive(Clone, Debug)]
pub(crate) struct Decimal {
    negative: bool,
    magnitude: Vec<u64>,
    scale: usize,
}

const BASE: u64 = 1_000_000_000;

/// The number written as `text`: digits, perhaps with a sign and a point.
pub(crate) fn decimal(text: &str) -> Decimal {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let scale = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let value: u64 = digits.replace('.', "").parse().unwrap();
    Decimal::new(
        negative,
        vec![value % BASE, value / BASE % BASE, value / BASE / BASE],
        scale,
    )
}

/// So many tenths.
pub(crate) fn tenths(tenths: i64) -> Decimal {
    let value = tenths.unsigned_abs();
    Decimal::new(tenths < 0, vec![value], 1)
}

impl Decimal {
    fn new(negative: bool, mut magnitude: Vec<u64>, scale: usize) -> Self {
        while magnitude.last() == Some(&0) {
            magnitude.pop();
        }
        let negative = negative && !magnitude.is_empty();
        Self {
            negative,
            magnitude,
            scale,
        }
    }

    pub(crate) fn is_positive(&self) -> bool {
        !self.negative && !self.magnitude.is_empty()
    }

    pub(crate) fn power(&self, n: u32) -> Self {
        (0..n).fold(decimal("1"), |power, _| power * self.clone())
    }

    pub(crate) fn min(self, other: Self) -> Self {
        if self <= other { self } else { other }
    }

    /// The magnitude at a greater scale.
    fn at_scale(&self, scale: usize) -> Vec<u64> {
        let mut magnitude = self.magnitude.clone();
        let mut missing = scale - self.scale;
        while missing > 0 {
            let step = missing.min(9);
            magnitude = product(&magnitude, &[10_u64.pow(step as u32)]);
            missing -= step;
        }
        magnitude
    }

    /// The integer number of tenths n with n − 0.5 ≤ self × 10 < n + 0.5: rounding half up.
    pub(crate) fn rounded(&self) -> i64 {
        let half = decimal("0.05");
        first(-100, 200, |n| *self < tenths(n) + half.clone())
    }
}

/// The first number from `low` to `high` that fits, where all behind it fit, too.
pub(crate) fn first(mut low: i64, mut high: i64, fits: impl Fn(i64) -> bool) -> i64 {
    assert!(fits(high));
    while low < high {
        let middle = (low + high).div_euclid(2);
        if fits(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

fn product(a: &[u64], b: &[u64]) -> Vec<u64> {
    let mut product = vec![0; a.len() + b.len() + 1];
    for (i, x) in a.iter().enumerate() {
        let mut carry = 0;
        for (j, y) in b.iter().chain(&[0]).enumerate() {
            let sum = product[i + j] + x * y + carry;
            product[i + j] = sum % BASE;
            carry = sum / BASE;
        }
    }
    product
}

fn compare(a: &[u64], b: &[u64]) -> Ordering {
    let trim = |digits: &[u64]| digits.iter().rposition(|digit| *digit != 0).map_or(0, |last| last + 1);
    let (a, b) = (&a[..trim(a)], &b[..trim(b)]);
    a.len().cmp(&b.len()).then_with(|| a.iter().rev().cmp(b.iter().rev()))
}

fn sum(a: &[u64], b: &[u64]) -> Vec<u64> {
    let digit = |digits: &[u64], i: usize| digits.get(i).copied().unwrap_or(0);
    let mut carry = 0;
    let add = |i| {
        let sum = digit(a, i) + digit(b, i) + carry;
        carry = sum / BASE;
        sum % BASE
    };
    (0..=a.len().max(b.len())).map(add).collect()
}

/// a − b, where a is not less.
fn difference(a: &[u64], b: &[u64]) -> Vec<u64> {
    let mut borrow = 0;
    let subtract = |(i, digit): (usize, &u64)| {
        let take = b.get(i).copied().unwrap_or(0) + borrow;
        borrow = u64::from(*digit < take);
        digit + borrow * BASE - take
    };
    a.iter().enumerate().map(subtract).collect()
}

impl Add for Decimal {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let scale = self.scale.max(other.scale);
        let (a, b) = (self.at_scale(scale), other.at_scale(scale));
        if self.negative == other.negative {
            Self::new(self.negative, sum(&a, &b), scale)
        } else if compare(&a, &b) == Ordering::Less {
            Self::new(other.negative, difference(&b, &a), scale)
        } else {
            Self::new(self.negative, difference(&a, &b), scale)
        }
    }
}

impl Sub for Decimal {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        let negated = Self::new(!other.negative, other.magnitude, other.scale);
        self + negated
    }
}

impl Mul for Decimal {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let magnitude = product(&self.magnitude, &other.magnitude);
        Self::new(self.negative != other.negative, magnitude, self.scale + other.scale)
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let scale = self.scale.max(other.scale);
        let magnitudes = compare(&self.at_scale(scale), &other.at_scale(scale));
        Some(match (self.negative, other.negative) {
            (false, false) => magnitudes,
            (true, true) => magnitudes.reverse(),
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
        })
    }
}

#[test]
fn decimals_add_multiply_and_compare_exactly() {
    let check = |left: Decimal, right: &str| assert_eq!(left, decimal(right));
    check(decimal("0.1") + decimal("0.2"), "0.3");
    check(decimal("1") - decimal("1.000000000000000001"), "-0.000000000000000001");
    check(decimal("-2.5") * decimal("4"), "-10");
    check(decimal("1.1").power(10), "2.5937424601");
    check(decimal("999999999.999999999") + decimal("0.000000001"), "1000000000");
    check(decimal("0") - decimal("0"), "0");
    assert!(decimal("0.2").power(15) > decimal("0.000000000032767"));
    assert!(decimal("-0.2") < decimal("0.1"));
    assert!(!(decimal("1") - decimal("1")).is_positive());
    assert_eq!(decimal("4.15").rounded(), 42);
    assert_eq!(decimal("4.1499999").rounded(), 41);
    assert_eq!(decimal("-0.2").rounded(), -2);
}
