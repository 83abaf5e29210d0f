//! How every page looks: the stylesheet, the icons, the favicon, the two page shells and the macros for the parts
//! that recur. It never knows a case, a policy, a person or HTTP: macros take plain strings and numbers, shells take
//! links and labels, and whoever renders a page decides what they say. Its one script computes what the server computes too;
//! every page works without it.
//!
//! # Use from another crate
//!
//! Templates are read when the using crate is compiled. Its `askama.toml`, beside its `Cargo.toml`, adds this folder
//! (a path is relative to that `Cargo.toml`; its own folder comes first):
//!
//! ```toml
//! [general]
//! dirs = ["templates", "../look/templates"]
//! ```
//!
//! Then a page extends a shell and imports the parts it needs. The struct behind it has a field `shell`, a [`Desk`] for
//! `desk.html` or a [`Portal`] for `portal.html`:
//!
//! ```html
//! {% extends "desk.html" %}
//! {% import "parts/sign.html" as sign %}
//! {% import "parts/time.html" as time %}
//! {% block title %}Cases{% endblock %}
//! {% block content %}
//!   {{ sign::severity(case.shape, case.band) }}
//!   <ol class="timeline">{% for m in moments %}
//!     {% call time::moment(m.when, m.iso, m.state) %}{{ m.text }} ({{ sign::clause(m.clause, m.href) }}){% endcall %}
//!   {% endfor %}</ol>
//! {% endblock %}
//! ```
//!
//! Each macro's parameters are described above it, in `templates/parts/`. A macro whose description speaks of a *body*
//! is called with `{% call %}…{% endcall %}`, every other one as an expression. Text is escaped where it is printed;
//! only the types [`Icon`] and [`Spark`], which write nothing but their own markup, are exempt.
//!
//! Serve or write out the three [`assets`] under the prefix that the shell's `assets` names. Their names carry a hash of
//! their content, so they may be cached for ever. A brand that has a theme adds [`theme_stylesheet`] beside them.

mod asset;
mod contrast;
mod icon;
mod logo;
mod shell;
mod spark;
mod theme;

pub use asset::{Asset, FAVICON, SCRIPT, STYLESHEET, assets, favicon_name, script_name, stylesheet_name};
pub use contrast::TooFaint;
pub use icon::Icon;
pub use logo::{Logo, LogoError};
pub use shell::{Desk, Group, Link, Portal};
pub use spark::{Month, Spark};
pub use theme::{ThemeError, read_theme, theme_name, theme_stylesheet, tokens};
