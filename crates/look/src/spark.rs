//! Twelve small bars that show how a clause was kept, month by month. It never decides what was kept.

use std::fmt;

/// A month of a promise: how often it was kept and how often it was late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Month {
    /// Promises that ended in time.
    pub kept: u32,
    /// Promises that ended late or not at all.
    pub late: u32,
}

impl Month {
    fn sum(self) -> u64 {
        u64::from(self.kept) + u64::from(self.late)
    }
}

/// The bars, oldest month first. It prints itself as inline SVG with a label in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spark(pub Vec<Month>);

/// A bar's width and its distance to the next one, and the height of the tallest, in units of the drawing.
const BAR: u64 = 7;
const PITCH: u64 = 10;
const HEIGHT: u64 = 20;

impl fmt::Display for Spark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept: u64 = self.0.iter().map(|month| u64::from(month.kept)).sum();
        let sum: u64 = self.0.iter().map(|month| month.sum()).sum();
        let tallest = self.0.iter().map(|month| month.sum()).max().unwrap_or(0);
        let width = (self.0.len() as u64 * PITCH).max(1);
        write!(
            f,
            r#"<svg class="spark" viewBox="0 0 {width} {HEIGHT}" role="img" aria-label="{kept} of {sum} kept, by month">"#
        )?;
        for (x, month) in (0..).step_by(PITCH as usize).zip(&self.0) {
            bar(f, x, *month, tallest)?;
        }
        f.write_str("</svg>")
    }
}

/// One month: the late part stands on top of the kept one; a month without promises is a flat line.
fn bar(f: &mut fmt::Formatter<'_>, x: u64, month: Month, tallest: u64) -> fmt::Result {
    let mut rect = |class: &str, y: u64, height: u64| {
        write!(
            f,
            r#"<rect class="{class}" x="{x}" y="{y}" width="{BAR}" height="{height}" rx="1"/>"#
        )
    };
    if month.sum() == 0 || tallest == 0 {
        return rect("nil", HEIGHT - 2, 2);
    }
    // At least 2 units each, so that one late promise among hundreds is still seen.
    let scaled = |count: u32| {
        if count == 0 {
            0
        } else {
            (u64::from(count) * HEIGHT / tallest).max(2)
        }
    };
    let late = scaled(month.late);
    let kept = scaled(month.kept).min(HEIGHT - late);
    if kept > 0 {
        rect("ok", HEIGHT - kept, kept)?;
    }
    if late > 0 {
        rect("late", HEIGHT - kept - late, late)?;
    }
    Ok(())
}

/// The bars print numbers and constant markup and nothing else.
impl askama::filters::HtmlSafe for Spark {}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_spark(months: &[(u32, u32)], expect: &str) {
        let months = months.iter().map(|&(kept, late)| Month { kept, late }).collect();
        assert_eq!(Spark(months).to_string(), expect);
    }

    #[test]
    fn bars_are_scaled_to_the_tallest_month() {
        check_spark(
            &[(4, 0), (1, 1), (0, 0)],
            concat!(
                r#"<svg class="spark" viewBox="0 0 30 20" role="img" aria-label="5 of 6 kept, by month">"#,
                r#"<rect class="ok" x="0" y="0" width="7" height="20" rx="1"/>"#,
                r#"<rect class="ok" x="10" y="15" width="7" height="5" rx="1"/>"#,
                r#"<rect class="late" x="10" y="10" width="7" height="5" rx="1"/>"#,
                r#"<rect class="nil" x="20" y="18" width="7" height="2" rx="1"/></svg>"#
            ),
        );
    }

    #[test]
    fn one_late_among_many_is_still_seen() {
        let drawn = Spark(vec![Month { kept: 999, late: 1 }]).to_string();
        assert!(
            drawn.contains(r#"<rect class="late" x="0" y="0" width="7" height="2" rx="1"/>"#),
            "{drawn}"
        );
    }

    #[test]
    fn the_greatest_numbers_do_not_overflow() {
        let drawn = Spark(vec![
            Month {
                kept: u32::MAX,
                late: u32::MAX
            };
            2
        ])
        .to_string();
        assert!(drawn.contains("of 17179869180 kept"), "{drawn}");
    }

    #[test]
    fn no_months_draw_nothing() {
        check_spark(
            &[],
            r#"<svg class="spark" viewBox="0 0 1 20" role="img" aria-label="0 of 0 kept, by month"></svg>"#,
        );
    }
}
