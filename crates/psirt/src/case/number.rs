//! Tracking numbers: `PREFIX-YYYY-XXXXX`, drawn at random so that they tell no volume (N18), with a check character.
//!
//! Never draws: the caller brings the random bits.

use std::fmt;

/// Crockford's alphabet: no I, L, O, U, so that a number survives a telephone.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const DRAWN: usize = 4;

/// A tracking number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(String);

impl Number {
    /// Makes a number from a brand's prefix, a year and random bits; 20 of them are used: a million numbers a year, the caller draws
    /// again where one is taken.
    #[must_use]
    pub fn new(prefix: &str, year: i16, random: u32) -> Number {
        let mut text = format!("{prefix}-{year}-");
        for place in 0..DRAWN {
            let index = (random >> (5 * place)) & 31;
            text.push(char::from(ALPHABET[index as usize]));
        }
        text.push(check_character(&text));
        Number(text)
    }

    /// Reads a number as a person typed it: any case, `O` for `0`, `I` and `L` for `1`.
    ///
    /// # Errors
    /// What is wrong: its form, or its check character, which catches a single wrong character and most swaps.
    pub fn parse(text: &str) -> Result<Number, String> {
        let form = || {
            format!(
                "`{}` is not a tracking number: it looks like NN-2026-7K3FX",
                shortened(text)
            )
        };
        if text.len() > 64 {
            return Err(form());
        }
        let upper = text.trim().to_ascii_uppercase();
        let (head, tail) = upper.rsplit_once('-').ok_or_else(form)?;
        let (prefix, year) = head.rsplit_once('-').ok_or_else(form)?;
        let word = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !word(prefix) || year.len() != 4 || !year.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(form());
        }
        let tail: String = tail
            .chars()
            .map(|c| match c {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            })
            .collect();
        if tail.len() != DRAWN + 1 || !tail.bytes().all(|byte| ALPHABET.contains(&byte)) {
            return Err(form());
        }
        let (drawn, check) = tail.split_at(DRAWN);
        let body = format!("{prefix}-{year}-{drawn}");
        if !check.starts_with(check_character(&body)) {
            return Err(format!(
                "`{}` has a wrong character: its last one does not fit the rest",
                shortened(text)
            ));
        }
        Ok(Number(format!("{body}{check}")))
    }

    /// The number as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(40).filter(|c| !c.is_control()).collect()
}

/// A weighted sum over 31, a prime: one wrong character or one swap of neighbours always changes it, but for the pair of the
/// alphabet that is congruent (0 and Z).
fn check_character(text: &str) -> char {
    let mut sum: u32 = 0;
    for (place, byte) in text.bytes().filter(u8::is_ascii_alphanumeric).enumerate() {
        let value = u32::try_from(
            ALPHABET
                .iter()
                .position(|c| *c == byte)
                .unwrap_or(usize::from(byte) % 31),
        )
        .unwrap_or(0);
        let weight = u32::try_from(place % 30).unwrap_or(0) + 1;
        sum = (sum + weight * (value + 1)) % 31;
    }
    char::from(ALPHABET[sum as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_reads_back_as_people_type_it() {
        for random in [0, 1, 0x1234_5678, u32::MAX] {
            let number = Number::new("NN", 2026, random);
            assert_eq!(number.as_str().len(), "NN-2026-XXXXX".len());
            assert_eq!(Number::parse(number.as_str()), Ok(number.clone()));
            assert_eq!(
                Number::parse(&format!(" {} ", number.as_str().to_lowercase())),
                Ok(number.clone())
            );
            assert_eq!(
                Number::parse(&number.as_str().replace('0', "O").replacen("2O26", "2026", 1)),
                Ok(number)
            );
        }
    }

    #[test]
    fn one_wrong_character_is_caught() {
        let number = Number::new("T", 2026, 0x000A_5C3F);
        let (head, tail) = number.as_str().split_at(7);
        let mut wrong = 0;
        for place in 0..DRAWN {
            for other in ALPHABET {
                let mut typed = tail.as_bytes().to_vec();
                if typed[place] == *other {
                    continue;
                }
                let congruent = matches!((typed[place], *other), (b'0', b'Z') | (b'Z', b'0'));
                typed[place] = *other;
                let typed = format!("{head}{}", String::from_utf8(typed).unwrap());
                assert_eq!(Number::parse(&typed).is_err(), !congruent, "{typed}");
                wrong += 1;
            }
        }
        assert_eq!(wrong, DRAWN * 31);
    }

    #[test]
    fn what_is_no_number_is_told_so() {
        for text in [
            "",
            "NN",
            "NN-2026",
            "NN-26-ABCDE",
            "-2026-ABCDE",
            "NN-2026-ABCDEF",
            "NN-2026-ABCD€",
            &"9".repeat(100),
        ] {
            assert!(
                Number::parse(text).unwrap_err().contains("is not a tracking number"),
                "{text}"
            );
        }
    }
}
