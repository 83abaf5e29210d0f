//! Whether a theme can be read: colours as CSS writes them, and their contrast by WCAG 2.2 (1.4.3, 1.4.11) in both schemes, against every
//! ground that they stand on. It knows the forms that a theme may use and refuses the others. It never judges taste.

use crate::STYLESHEET;
use std::fmt;

/// Tokens that are colours.
pub(crate) const COLOURS: [&str; 20] = [
    "paper",
    "sheet",
    "well",
    "line",
    "line-firm",
    "ink",
    "ink-2",
    "ink-3",
    "accent",
    "accent-deep",
    "accent-wash",
    "on-accent",
    "focus",
    "critical",
    "high",
    "medium",
    "low",
    "soon",
    "broken",
    "kept",
];

/// In hundredths.
const TEXT: u32 = 450;
const EDGE: u32 = 300;
const GROUNDS: &[&str] = &["paper", "sheet", "well"];

/// What stands on what, and the least ratio.
const PAIRS: &[(&[&str], &[&str], u32)] = &[
    (
        &[
            "ink",
            "ink-2",
            "ink-3",
            "accent",
            "accent-deep",
            "critical",
            "high",
            "medium",
            "low",
            "soon",
            "broken",
            "kept",
        ],
        GROUNDS,
        TEXT,
    ),
    (&["on-accent"], &["accent", "accent-deep"], TEXT),
    (&["ink", "accent-deep"], &["accent-wash"], TEXT),
    (&["line-firm"], &["paper", "sheet"], EDGE),
    (&["focus"], GROUNDS, EDGE),
];

/// Two colours that are too near to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooFaint {
    /// The token of what is to be seen.
    pub on: &'static str,
    /// The token of the ground.
    pub ground: &'static str,
    /// Whether in the dark scheme.
    pub dark: bool,
    /// Their ratio, in hundredths, cut and not rounded: 4.497 is not 4.50.
    pub ratio_hundredths: u32,
    /// The least that it must be, in hundredths.
    pub least_hundredths: u32,
}

impl fmt::Display for TooFaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.dark { "dark" } else { "light" };
        let (ratio, least) = (self.ratio_hundredths, self.least_hundredths);
        write!(
            f,
            "`{}` on `{}` has a contrast of {}.{:02}:1 in the {scheme} scheme; at least {}.{}:1 is needed",
            self.on,
            self.ground,
            ratio / 100,
            ratio % 100,
            least / 100,
            least % 100 / 10
        )
    }
}

/// A colour in linear light.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Colour([f64; 3]);

/// A colour for the light scheme and one for the dark.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pair {
    light: Colour,
    dark: Colour,
}

impl Pair {
    /// Reads `#rgb`, `#rrggbb`, `rgb()`, `oklch()`, `white`, `black`, or `light-dark()` of two of them. Nothing that lets another colour through.
    pub(crate) fn read(value: &str) -> Option<Pair> {
        let value = value.trim();
        if let Some((light, dark)) = arguments(value, "light-dark(").and_then(|inner| split(inner)) {
            return Some(Pair {
                light: Colour::read(light)?,
                dark: Colour::read(dark)?,
            });
        }
        let both = Colour::read(value)?;
        Some(Pair {
            light: both,
            dark: both,
        })
    }
}

/// What stands inside the brackets of a function.
fn arguments<'v>(value: &'v str, function: &str) -> Option<&'v str> {
    value.strip_prefix(function)?.strip_suffix(')')
}

/// Two arguments, at the comma that stands in no brackets.
fn split(inner: &str) -> Option<(&str, &str)> {
    let mut depth = 0_u32;
    let comma = inner.find(|c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })?;
    let (one, other) = inner.split_at(comma);
    Some((one.trim(), other.strip_prefix(',')?.trim()))
}

impl Colour {
    fn read(value: &str) -> Option<Colour> {
        match value {
            "white" => return Some(Colour([1.0; 3])),
            "black" => return Some(Colour([0.0; 3])),
            _ => {}
        }
        if let Some(digits) = value.strip_prefix('#') {
            return Colour::hex(digits);
        }
        if let Some(inner) = arguments(value, "rgb(") {
            let [r, g, b] = three(inner)?;
            let part = |text: &str| number(text, 255.0).map(|part| linear(part / 255.0));
            return Some(Colour([part(r)?, part(g)?, part(b)?]));
        }
        let [lightness, chroma, hue] = three(arguments(value, "oklch(")?)?;
        let (lightness, chroma) = (number(lightness, 1.0)?, number(chroma, 0.4)?);
        let hue: f64 = hue.strip_suffix("deg").unwrap_or(hue).parse().ok()?;
        let valid = (0.0..=1.0).contains(&lightness) && (0.0..=0.5).contains(&chroma) && hue.is_finite();
        valid.then(|| Colour::oklch(lightness, chroma, hue.to_radians()))
    }

    fn hex(digits: &str) -> Option<Colour> {
        let wide = match digits.len() {
            3 => digits.chars().flat_map(|c| [c, c]).collect(),
            6 => digits.to_owned(),
            _ => return None,
        };
        let part = |at: usize| {
            let value = u8::from_str_radix(wide.get(at..at + 2)?, 16).ok()?;
            Some(linear(f64::from(value) / 255.0))
        };
        Some(Colour([part(0)?, part(2)?, part(4)?]))
    }

    /// CSS Color 4, §9: by way of the cone responses. What a screen cannot show is cut off.
    fn oklch(lightness: f64, chroma: f64, hue: f64) -> Colour {
        let (a, b) = (chroma * hue.cos(), chroma * hue.sin());
        let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
        let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
        let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
        let parts = [
            4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
            -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
            -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s,
        ];
        Colour(parts.map(|part| part.clamp(0.0, 1.0)))
    }

    fn luminance(self) -> f64 {
        let [r, g, b] = self.0;
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    fn contrast(self, other: Colour) -> f64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }
}

/// Three arguments, parted by commas or spaces; no fourth, which would let the ground through.
fn three(inner: &str) -> Option<[&str; 3]> {
    let parts: Vec<&str> = inner.split([',', ' ']).filter(|part| !part.is_empty()).collect();
    parts.try_into().ok()
}

/// A number, or a share of `whole`.
fn number(text: &str, whole: f64) -> Option<f64> {
    let value = match text.strip_suffix('%') {
        Some(share) => share.parse::<f64>().ok()? / 100.0 * whole,
        None => text.parse().ok()?,
    };
    (value.is_finite() && (0.0..=whole.max(1.0)).contains(&value)).then_some(value)
}

fn linear(part: f64) -> f64 {
    if part <= 0.040_45 {
        part / 12.92
    } else {
        ((part + 0.055) / 1.055).powf(2.4)
    }
}

/// The value that the stylesheet gives a token.
fn default_of(token: &str) -> Option<&'static str> {
    let block = STYLESHEET.split_once(":root {")?.1.split_once('}')?.0;
    let values = block
        .lines()
        .filter_map(|line| line.trim().strip_prefix("--")?.split_once(':'));
    let (_, value) = values.into_iter().find(|(name, _)| *name == token)?;
    Some(value.trim().trim_end_matches(';'))
}

/// Every pair of colours that is too faint, where a theme sets these values and the stylesheet the others.
pub(crate) fn too_faint(values: &[(String, String)]) -> Vec<TooFaint> {
    let colour = |token: &str| {
        let set = values.iter().rev().find(|(name, _)| name == token);
        set.map(|(_, value)| value.as_str())
            .or_else(|| default_of(token))
            .and_then(Pair::read)
    };
    let mut found = Vec::new();
    for (marks, grounds, least) in PAIRS {
        for (on, ground) in marks
            .iter()
            .flat_map(|on| grounds.iter().map(move |ground| (on, ground)))
        {
            let (Some(mark), Some(below)) = (colour(on), colour(ground)) else {
                continue;
            };
            for (dark, ratio) in [
                (false, mark.light.contrast(below.light)),
                (true, mark.dark.contrast(below.dark)),
            ] {
                let ratio_hundredths = hundredths(ratio);
                if ratio_hundredths < *least {
                    found.push(TooFaint {
                        on,
                        ground,
                        dark,
                        ratio_hundredths,
                        least_hundredths: *least,
                    });
                }
            }
        }
    }
    found
}

/// A ratio is at most 21.
fn hundredths(ratio: f64) -> u32 {
    (1..=2_100)
        .take_while(|hundredths| f64::from(*hundredths) <= ratio * 100.0)
        .last()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_contrast(one: &str, other: &str, expect: f64) {
        let (one, other) = (Colour::read(one).unwrap(), Colour::read(other).unwrap());
        let ratio = one.contrast(other);
        assert!((ratio - expect).abs() < 0.02, "{ratio}");
    }

    #[test]
    fn ratios_are_those_of_wcag() {
        check_contrast("white", "black", 21.0);
        check_contrast("#777777", "white", 4.48);
        check_contrast("#767676", "#fff", 4.54);
        check_contrast("rgb(118, 118, 118)", "rgb(100% 100% 100%)", 4.54);
        // The red of CSS, and the same in oklch.
        check_contrast("#ff0000", "white", 4.0);
        check_contrast("oklch(0.6279 0.2577 29.23)", "white", 4.0);
    }

    #[test]
    fn our_own_colours_can_be_read() {
        for token in COLOURS {
            assert!(default_of(token).and_then(Pair::read).is_some(), "{token}");
        }
        assert_eq!(too_faint(&[]), []);
    }

    #[test]
    fn a_pair_that_is_too_faint_is_named_with_its_ratio() {
        let told = |name: &str, value: &str| -> Vec<String> {
            let values = [(name.to_owned(), value.to_owned())];
            too_faint(&values).iter().map(ToString::to_string).collect()
        };
        let faint = told("accent", "light-dark(#9ab, oklch(0.790 0.095 195))");
        assert!(
            faint
                .iter()
                .any(|line| line.starts_with("`accent` on `paper` has a contrast of 2.")
                    && line.ends_with("in the light scheme; at least 4.5:1 is needed")),
            "{faint:?}"
        );
        assert!(faint.iter().all(|line| !line.contains("dark scheme")), "{faint:?}");
        // One colour for both schemes is too dark for one of them.
        assert!(
            told("accent", "#00656b")
                .iter()
                .any(|line| line.contains("in the dark scheme"))
        );
        assert!(told("accent", "light-dark(#00656b, #6fd0d6)").is_empty());
        assert!(
            told("line-firm", "#dddddd")
                .iter()
                .any(|line| line.contains("at least 3.0:1"))
        );
    }

    #[test]
    fn what_cannot_be_judged_is_no_colour() {
        for value in [
            "red",
            "currentColor",
            "transparent",
            "#12345",
            "#1234567",
            "#00656b80",
            "rgb(0 0 0 / 50%)",
            "rgb(300 0 0)",
            "oklch(0.5 0.1)",
            "oklch(1.5 0.1 20)",
            "oklch(NaN 0.1 20)",
            "light-dark(#000)",
            "light-dark(#000, #fff, #000)",
            "light-dark(light-dark(#000, #fff), #fff)",
            "var(--ink)",
            "",
        ] {
            assert_eq!(Pair::read(value), None, "{value}");
        }
    }
}
