//! Lists, their pages, and the files of the catalogue.

use super::sample::{advisory, brand, line};
use crate::card::{Card, newest_first};
use crate::catalog::{self, Face, Month, MonthFile};
use crate::page::{Facet, IndexPage, Kind, PAGE_ENTRIES, PRODUCTS_SHOWN, Setting, lists};
use crate::place;
use psirt::advisory::{Advisory, LineState, Validity};

/// An advisory of a day, of a product.
fn of(number: usize, year: i16, product: &str) -> Advisory {
    let mut advisory = advisory();
    advisory.number = format!("EXN-{number:05}");
    advisory.revisions[0].at = format!("{year}-03-01T00:00:00Z").parse::<jiff::Timestamp>().unwrap()
        + jiff::SignedDuration::from_mins(i64::try_from(number).unwrap());
    advisory.vulnerabilities[0].lines = vec![line(product, LineState::Fixed, "before 2", Some("2"))];
    advisory
}

fn pages(advisories: &[Advisory]) -> Vec<IndexPage> {
    let cards: Vec<Card> = advisories.iter().map(|one| Card::of(one, &Setting::of(None))).collect();
    let mut cards: Vec<&Card> = cards.iter().collect();
    newest_first(&mut cards);
    let sheets = lists(&cards).into_iter();
    sheets.map(|sheet| sheet.complete(&cards)).collect()
}

fn page<'p>(pages: &'p [IndexPage], path: &str) -> &'p IndexPage {
    let found = pages.iter().find(|page| page.path == path);
    found.unwrap_or_else(|| {
        panic!(
            "no {path}; there are {:?}",
            pages.iter().map(|page| &page.path).collect::<Vec<_>>()
        )
    })
}

fn numbers(page: &IndexPage) -> Vec<&str> {
    let listed = page.years.iter().flat_map(|year| &year.advisories);
    listed.map(|one| one.number.as_str()).collect()
}

#[test]
fn there_is_a_list_for_each_product_severity_and_year() {
    let mut low = of(3, 2027, "Lattice Sensor 25");
    let band = low.vulnerabilities[0].band.as_mut().unwrap();
    (band.id, band.label) = ("low".to_owned(), "Low".to_owned());
    let pages = pages(&[of(1, 2026, "Quillon"), of(2, 2027, "Quillon"), low]);
    assert_eq!(
        numbers(page(&pages, "list/product/quillon/index.html")),
        ["EXN-00002", "EXN-00001"]
    );
    assert_eq!(
        numbers(page(&pages, "list/product/lattice-sensor-25/index.html")),
        ["EXN-00003"]
    );
    assert_eq!(numbers(page(&pages, "list/severity/low/index.html")), ["EXN-00003"]);
    assert_eq!(numbers(page(&pages, "list/year/2026/index.html")), ["EXN-00001"]);
    let index = page(&pages, "index.html");
    let told: Vec<String> = index
        .facets
        .iter()
        .map(|facets| {
            let links: Vec<String> = facets
                .links
                .iter()
                .map(|link| format!("{} {}", link.label, link.count))
                .collect();
            format!("{}: {}", facets.title, links.join(", "))
        })
        .collect();
    assert_eq!(
        told,
        [
            "Severity: All 3, Critical 2, Low 1",
            "Product: Lattice Sensor 25 1, Quillon 2",
            "Year: 2027 2, 2026 1"
        ]
    );
    let year = page(&pages, "list/year/2026/index.html");
    assert_eq!((year.all.as_str(), year.facets.len()), ("../../../index.html", 0));
}

#[test]
fn what_no_longer_holds_is_listed_and_counted_apart() {
    let mut withdrawn = of(3, 2027, "Quillon");
    withdrawn.validity = Validity::Withdrawn { why: "No.".to_owned() };
    let mut superseded = of(4, 2024, "Quillon");
    superseded.validity = Validity::Superseded {
        by: "EXN-00001".to_owned(),
    };
    let pages = pages(&[of(1, 2026, "Quillon"), of(2, 2027, "Quillon"), withdrawn, superseded]);
    let index = page(&pages, "index.html");
    let told = |title: &str| -> Vec<String> {
        let facets = index.facets.iter().find(|facets| facets.title == title).unwrap();
        let links = facets.links.iter();
        links.map(|link| format!("{} {}", link.label, link.count)).collect()
    };
    assert_eq!(told("Severity"), ["All 2", "Critical 2", "No longer valid 2"]);
    assert_eq!(told("Product"), ["Quillon 2"]);
    assert_eq!(
        told("Year"),
        ["2027 1", "2026 1"],
        "a year of which nothing holds is no way to go"
    );
    // Each stays where people look for it, and says what it is.
    assert_eq!(numbers(index).len(), 4);
    assert_eq!(numbers(page(&pages, "list/year/2024/index.html")), ["EXN-00004"]);
    let ended = page(&pages, "list/ended/index.html");
    assert_eq!(numbers(ended), ["EXN-00003", "EXN-00004"]);
    let words = ended.years.iter().flat_map(|year| &year.advisories);
    let words: Vec<&str> = words.map(|one| one.severity.word.as_str()).collect();
    assert_eq!(words, ["Withdrawn", "Superseded"]);
}

#[test]
fn a_page_is_another_one_when_a_folded_product_is() {
    let around = |products: u32| {
        let all = (0..products).map(|product| of(product as usize, 2026, &format!("P{product:02}")));
        let cards: Vec<Card> = all.map(|one| Card::of(&one, &Setting::of(None))).collect();
        let mut cards: Vec<&Card> = cards.iter().collect();
        newest_first(&mut cards);
        let sheets = lists(&cards);
        let index = sheets.iter().find(|sheet| sheet.path() == place::INDEX_PAGE);
        let around = index.unwrap().around();
        around.lines().filter(|line| line.contains("list/product/")).count()
    };
    assert_eq!(around(12), 12);
}

#[test]
fn the_first_page_shows_the_ten_products_with_the_most_advisories_and_folds_the_others() {
    // Of the product P00 there is one advisory, of P01 there are two, and so on.
    let named = (0..14).flat_map(|product| (0..=product).map(move |_| format!("P{product:02}")));
    let advisories: Vec<Advisory> = named
        .enumerate()
        .map(|(number, product)| of(number, 2026, &product))
        .collect();
    let pages = pages(&advisories);
    let products = page(&pages, "index.html")
        .facets
        .iter()
        .find(|facets| facets.title == "Product");
    let names = |facets: &[Facet]| facets.iter().map(|one| one.label.clone()).collect::<Vec<_>>().join(" ");
    let products = products.unwrap();
    assert_eq!(products.links.len(), PRODUCTS_SHOWN);
    assert_eq!(names(&products.links), "P04 P05 P06 P07 P08 P09 P10 P11 P12 P13");
    assert_eq!(names(&products.more), "P00 P01 P02 P03");
    // Where none has more than another, names decide.
    let advisories: Vec<Advisory> = (0..12)
        .map(|number| of(number, 2026, &format!("P{number:02}")))
        .collect();
    let pages = self::pages(&advisories);
    let [_, products, _] = page(&pages, "index.html").facets.as_slice() else {
        panic!()
    };
    assert_eq!(names(&products.more), "P10 P11");
}

#[test]
fn products_of_one_path_share_a_list_that_names_both() {
    let pages = pages(&[of(1, 2026, "Sensor 25"), of(2, 2026, "SENSOR (25)")]);
    let both = page(&pages, "list/product/sensor-25/index.html");
    assert_eq!(both.about, "SENSOR (25) and Sensor 25");
    assert_eq!(numbers(both).len(), 2);
}

#[test]
fn one_more_advisory_leaves_full_pages_alone() {
    let all: Vec<Advisory> = (0..3 * PAGE_ENTRIES + 50)
        .map(|number| of(number, 2026, "Quillon"))
        .collect();
    let (before, after) = (pages(&all[..3 * PAGE_ENTRIES + 49]), pages(&all));
    let paths: Vec<&str> = after
        .iter()
        .filter(|page| page.kind == Kind::All)
        .map(|page| page.path.as_str())
        .collect();
    assert_eq!(paths, ["index.html", "list/all/2.html", "list/all/1.html"]);
    for path in ["list/all/1.html", "list/all/2.html"] {
        assert_eq!(page(&before, path), page(&after, path), "{path}");
        assert_eq!(numbers(page(&after, path)).len(), PAGE_ENTRIES);
    }
    assert_eq!(
        page(&after, "list/all/1.html").years[0]
            .advisories
            .last()
            .unwrap()
            .number,
        "EXN-00000"
    );
    let newest = page(&after, "index.html");
    assert_eq!(
        (newest.range.as_str(), newest.newer.as_str(), newest.older.as_str()),
        ("The newest 150 of 350", "", "list/all/2.html")
    );
    let middle = page(&after, "list/all/2.html");
    assert_eq!(middle.range, "101 to 200, counted from the oldest");
    assert_eq!(
        (middle.newer.as_str(), middle.older.as_str()),
        ("../../index.html", "../../list/all/1.html")
    );
    // Everything is on exactly one page.
    let mut listed: Vec<&str> = after
        .iter()
        .filter(|page| page.kind == Kind::All)
        .flat_map(numbers)
        .collect();
    listed.sort_unstable();
    listed.dedup();
    assert_eq!(listed.len(), all.len());
}

#[test]
fn what_is_not_affected_has_its_reason_in_words() {
    let pages = pages(&[advisory(), of(1, 2026, "Quillon")]);
    let vex = page(&pages, place::VEX_PAGE);
    let listed = &vex.years[0].advisories;
    assert_eq!(listed.len(), 1);
    assert_eq!(
        listed[0].excluded,
        [(
            "Fathom Cloud".to_owned(),
            "It contains the component, but not the vulnerable part of it.".to_owned()
        )]
    );
    assert_eq!(listed[0].href, "../advisories/exn-sa-2027_014.html");
}

#[test]
fn the_catalogue_reads_back_as_it_was_written() {
    let entries = catalog::entries(&[of(1, 2026, "Quillon"), advisory()], &Setting::of(None));
    let face = Face {
        brand: brand().name,
        ..Face::default()
    };
    let files = catalog::files(&face, &entries);
    let paths: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, [place::CATALOG, "catalog/2026-03.json", "catalog/2027-05.json"]);
    let read: Face = serde_json::from_slice(&files[0].1).unwrap();
    assert_eq!(
        (
            read.brand.as_str(),
            read.months.iter().map(Month::to_string).collect::<Vec<_>>()
        ),
        ("Example Networks", vec!["2027-05".to_owned(), "2026-03".to_owned()])
    );
    let month: MonthFile = serde_json::from_slice(&files[2].1).unwrap();
    assert_eq!(month.advisories, entries[..1]);
}
