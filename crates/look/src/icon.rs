//! The icons: drawn on a grid of 16, in strokes of the text's colour. They never stand without a word beside them,
//! so they are hidden from assistive technology.

use std::fmt;

/// A drawing of one line thickness that prints itself as inline SVG.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// A clock face: promises.
    Clock,
    /// A tray: what came in.
    Tray,
    /// A letter: mail.
    Letter,
    /// A folder: cases.
    Folder,
    /// A page with lines: advisories.
    Page,
    /// A parcel: products.
    Parcel,
    /// Scales: the policy.
    Scales,
    /// Two people.
    People,
    /// A line that beats: how the machine stands.
    Pulse,
    /// One person: the team.
    Person,
    /// A closed lock: sealed, locked, under embargo.
    Lock,
    /// An arrow to the left: from outside, before.
    FromOutside,
    /// An arrow to the right: to the outside, next.
    ToOutside,
    /// A check mark: done, met, fixed.
    Check,
    /// A ring: not yet.
    Circle,
    /// A cross: not so, take away.
    Cross,
    /// A dash: does not apply.
    Dash,
    /// A small arrow up: sorted, smallest first.
    Up,
    /// A small arrow down: sorted, greatest first.
    Down,
}

impl Icon {
    /// Every icon, for the gallery and the tests.
    pub const ALL: [Self; 19] = [
        Self::Clock,
        Self::Tray,
        Self::Letter,
        Self::Folder,
        Self::Page,
        Self::Parcel,
        Self::Scales,
        Self::People,
        Self::Pulse,
        Self::Person,
        Self::Lock,
        Self::FromOutside,
        Self::ToOutside,
        Self::Check,
        Self::Circle,
        Self::Cross,
        Self::Dash,
        Self::Up,
        Self::Down,
    ];

    /// What is drawn, as the content of an SVG element.
    const fn drawing(self) -> &'static str {
        match self {
            Self::Clock => r#"<circle cx="8" cy="8" r="6"/><path d="M8 4.5V8l2.2 1.5"/>"#,
            Self::Tray => r#"<path d="M2 9h3l1 2h4l1-2h3M2 9l2-6h8l2 6v4H2z"/>"#,
            Self::Letter => r#"<path d="M2 4h12v9H2zM2 4.5l6 5 6-5"/>"#,
            Self::Folder => r#"<path d="M2 4h4l1.5 1.5H14V13H2z"/>"#,
            Self::Page => r#"<path d="M4 2h6l3 3v9H4zM6.5 8h4M6.5 11h4"/>"#,
            Self::Parcel => r#"<path d="M8 2l6 3v6l-6 3-6-3V5zM2 5l6 3 6-3M8 8v6"/>"#,
            Self::Scales => r#"<path d="M8 2v12M4 14h8M3 4.5h10M3 4.5L1.5 9h3zM13 4.5L11.5 9h3z"/>"#,
            Self::People => {
                r#"<circle cx="6" cy="5.5" r="2.5"/><path d="M1.5 13.5c0-5 9-5 9 0M11 3.3a2.5 2.5 0 010 4.5M12.5 9.8c1.3.7 2 2 2 3.7"/>"#
            }
            Self::Pulse => r#"<path d="M1.5 8.5h3l2-5 3 9 2-4h3"/>"#,
            Self::Person => r#"<circle cx="8" cy="5" r="2.5"/><path d="M3 14c0-6 10-6 10 0"/>"#,
            Self::Lock => r#"<rect x="3" y="7" width="10" height="7" rx="1"/><path d="M5.5 7V5a2.5 2.5 0 015 0v2"/>"#,
            Self::FromOutside => r#"<path d="M14 8H3M7 4L3 8l4 4"/>"#,
            Self::ToOutside => r#"<path d="M2 8h11M9 4l4 4-4 4"/>"#,
            Self::Check => r#"<path d="M3 8.5l3.5 3.5L13 4.5"/>"#,
            Self::Circle => r#"<circle cx="8" cy="8" r="5.5"/>"#,
            Self::Cross => r#"<path d="M4 4l8 8M12 4l-8 8"/>"#,
            Self::Dash => r#"<path d="M3 8h10"/>"#,
            Self::Up => r#"<path d="M8 13V4M4.5 7.5L8 4l3.5 3.5"/>"#,
            Self::Down => r#"<path d="M8 3v9M4.5 8.5L8 12l3.5-3.5"/>"#,
        }
    }
}

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            r#"<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">{}</svg>"#,
            self.drawing()
        )
    }
}

/// An icon prints constant markup and nothing else.
impl askama::filters::HtmlSafe for Icon {}
