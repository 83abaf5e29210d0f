//! Rooms under a host of their own: links name it, and nothing else is served there.

use super::rooms::{Field, HOST, House, run};
use super::*;
use casework::Actor;

const ROOMS: &str = "rooms.psirt.example";

/// The house with that host for its rooms, and the room of a report by form: its whole address, and that of its door.
async fn opened(house: &House, form: &[Field<'_>]) -> (String, String) {
    let ticket = house.ticket().await;
    let all: Vec<Field<'_>> = [Field::Text("ticket", &ticket)]
        .into_iter()
        .chain(form.iter().copied())
        .collect();
    let answer = house.post("/report", &all).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let link = |from: &str| {
        let at = answer
            .body
            .find(from)
            .unwrap_or_else(|| panic!("{from}: {}", answer.body));
        let rest = &answer.body[at..];
        rest[..rest.find(['"', '<']).unwrap()].to_owned()
    };
    let room = link("https://");
    let door = link(&format!("{}/room/at/", room.split("/room/").next().unwrap()));
    (room, door)
}

async fn set_rooms(house: &House, rooms: Option<&str>) -> Result<(), casework::ActError> {
    let brand = house.casework.board().house.brands["house"].clone();
    let brand = psirt::house::Brand {
        rooms: rooms.map(str::to_owned),
        ..brand
    };
    house.casework.set_brand(&Actor::person("root"), brand).await
}

const REPORT: [Field<'static>; 3] = [
    Field::Text("title", "It crashes"),
    Field::Text("text", "It crashes quickly"),
    Field::Text("passphrase", "four words of my own"),
];

#[test]
fn links_name_the_host_of_rooms_and_nothing_else_is_there() {
    run(async {
        let house = House::open().await;
        let (before, _) = opened(&house, &REPORT).await;
        assert!(before.starts_with(&format!("https://{HOST}/room/")), "{before}");
        set_rooms(&house, Some(ROOMS)).await.unwrap();
        let (room, door) = opened(&house, &REPORT).await;
        assert!(room.starts_with(&format!("https://{ROOMS}/room/")), "{room}");
        assert!(door.starts_with(&format!("https://{ROOMS}/room/at/")), "{door}");
        let path = |address: &str| address.splitn(4, '/').nth(3).map(|path| format!("/{path}")).unwrap();
        for address in [&room, &door, &before] {
            let page = house.get_at(ROOMS, &path(address)).await;
            assert_eq!(page.status, StatusCode::OK, "{address}");
            // What is beside a room is the portal's, and no link leads from the secret's folder into it.
            assert!(
                page.body.contains(&format!("href=\"https://{HOST}/index.html\"")),
                "{}",
                page.body
            );
            assert!(
                !page.body.contains("href=\"../")
                    || page.body.contains("href=\"../assets/")
                    || page.body.contains("href=\"../../assets/")
            );
            assert!(page.header("set-cookie").is_empty());
            // Who has a link of before gets in where it leads, and is sent nowhere.
            assert_eq!(house.get(&path(address)).await.status, StatusCode::OK, "{address}");
        }
        assert!(house.get_at(ROOMS, &path(&room)).await.body.contains(&door));
        let nothing = house.get_at(HOST, "/none").await;
        for other in [
            "/",
            "/report",
            "/search",
            "/index.html",
            "/.well-known/security.txt",
            "/api/v1/reports/x",
            "/calculator",
        ] {
            let answer = house.get_at(ROOMS, other).await;
            let is_nothing = (answer.status, &answer.body) == (nothing.status, &nothing.body);
            assert!(
                is_nothing || answer.status == StatusCode::METHOD_NOT_ALLOWED,
                "{other}: {}",
                answer.body
            );
        }
        let asset = format!("/assets/{}", look::stylesheet_name());
        assert_eq!(house.get_at(ROOMS, &asset).await.status, StatusCode::OK);
        // Whoever was shown a link keeps it, wherever rooms move, and nothing else is served there.
        for moved in [Some("elsewhere.psirt.example"), None] {
            set_rooms(&house, moved).await.unwrap();
            assert_eq!(house.get_at(ROOMS, &path(&room)).await.status, StatusCode::OK);
            assert_eq!(house.get_at(ROOMS, "/report").await.body, nothing.body);
        }
        let (room, _) = opened(&house, &REPORT).await;
        assert!(room.starts_with(&format!("https://{HOST}/room/")), "{room}");
    });
}

#[test]
fn a_host_that_serves_something_already_is_none_for_rooms() {
    run(async {
        let house = House::open().await;
        for (rooms, words) in [
            (HOST, "serves something of a portal already"),
            (
                "csaf.data.security.psirt.example",
                "serves something of a portal already",
            ),
            ("openpgpkey.psirt.example", "serves something of a portal already"),
            ("rooms.psirt.example:8443", "no host for rooms"),
            ("Rooms.psirt.example", "no host for rooms"),
            ("rooms", "no host for rooms"),
            ("-a.example", "no host for rooms"),
            ("127.0.0.1", "no host for rooms"),
        ] {
            let refused = set_rooms(&house, Some(rooms)).await.unwrap_err().to_string();
            assert!(refused.contains(words), "{rooms}: {refused}");
        }
        set_rooms(&house, Some(ROOMS)).await.unwrap();
        let other = psirt::house::Brand {
            id: "other".to_owned(),
            domain: ROOMS.to_owned(),
            rooms: None,
            ..house.casework.board().house.brands["house"].clone()
        };
        // A host that was given up stays with those who have its links.
        for moved in [Some(ROOMS), None] {
            set_rooms(&house, moved).await.unwrap();
            let refused = house.casework.set_brand(&Actor::person("root"), other.clone()).await;
            let refused = refused.unwrap_err().to_string();
            assert!(
                refused.contains("the rooms of the brand `house` have that host, or had it"),
                "{refused}"
            );
        }
    });
}
