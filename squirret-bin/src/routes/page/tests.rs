use super::*;
use std::{collections::BTreeSet, io::Read, path::Path};

fn html() -> impl Iterator<Item = &'static File> {
    FILES.iter().filter(|file| file.content_type == HTML)
}

fn given(name: HeaderName, value: &str) -> HeaderMap {
    HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
}

/// The path of `part` as it is named in the file at `from`.
fn resolve(from: &str, part: &str) -> String {
    if part.starts_with('/') {
        return part.to_owned();
    }
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut steps: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in part.split('/') {
        match step {
            "." => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    format!("/{}", steps.join("/"))
}

#[test]
fn what_a_page_or_module_loads_is_embedded() {
    for asset in FILES
        .iter()
        .filter(|file| [HTML, JS].contains(&file.content_type))
    {
        // Comments name types by their file; nothing loads it.
        let is_loaded = |part: &&str| {
            (part.ends_with(".js") || part.ends_with(".css"))
                && !part.contains(' ')
                && !part.ends_with("/types.js")
        };
        for part in text(asset.path).split(['"', '\'']).filter(is_loaded) {
            let path = resolve(asset.path, part);
            assert!(super::asset(&path).is_some(), "{} loads {path}", asset.path);
        }
    }
}

#[test]
fn every_file_of_the_pages_is_embedded() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    let mut left = BTreeSet::new();
    let mut folders = vec![root.join("page")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("types.d.ts") {
                let body = std::fs::read(&path).unwrap();
                if body != STYLE.as_bytes() && !FILES.iter().any(|file| file.body == body) {
                    left.insert(path);
                }
            }
        }
    }
    assert!(left.is_empty(), "not embedded: {left:?}");
}

fn text(path: &str) -> &'static str {
    let file = FILES.iter().find(|file| file.path == path).unwrap();
    str::from_utf8(file.body).unwrap()
}

/// Names that stand before a text.
fn keys(path: &str) -> BTreeSet<&'static str> {
    let body = text(path);
    let name_before = |(end, _): (usize, &str)| {
        let before = &body[..end];
        let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
        &before[before.trim_end_matches(is_name).len()..]
    };
    body.match_indices(": \"").map(name_before).collect()
}

#[test]
fn the_page_speaks_both_languages() {
    let (ko, en) = (keys("/text/ko.js"), keys("/text/en.js"));
    assert!(ko.len() > 80, "{ko:?}");
    assert_eq!(ko, en);
    for rule in squirret::Rule::ALL {
        let name = serde_json::to_value(rule).unwrap();
        let key = format!("rule_{}", name.as_str().unwrap());
        assert!(ko.contains(key.as_str()), "{key}");
    }
}

#[test]
fn the_soles_have_the_sensors_where_the_layout_has_them() {
    let body = text("/sole-shape.js");
    for place in squirret::fsr::SensorLayout::default().places {
        let (across, from_toes) = (place.across / 100.0, 1.0 - place.along / 100.0);
        let written = format!("[{across:.2}, {from_toes:.2}]");
        assert!(body.contains(&written), "{written}");
    }
}

#[test]
fn nothing_is_inline_and_nothing_comes_from_elsewhere() {
    for asset in html() {
        for inline in [" style=", " onclick=", " onload=", "javascript:"] {
            assert!(
                !text(asset.path).contains(inline),
                "{} has {inline}",
                asset.path
            );
        }
        for elsewhere in ["src=\"http", "href=\"http", "src=\"//", "href=\"//"] {
            assert!(!text(asset.path).contains(elsewhere), "{}", asset.path);
        }
    }
}

#[test]
fn a_page_holds_its_first_style_sheet_and_the_policy_knows_it() {
    let policy = policy(None, "");
    for asset in ASSETS.iter().filter(|asset| asset.is_page()) {
        let whole = str::from_utf8(&asset.packed.plain).unwrap();
        let (_, style) = whole.split_once("<style>").unwrap();
        let (style, rest) = style.split_once("</style>").unwrap();
        assert!(style.contains(":root"), "{}", asset.path);
        assert!(!rest.contains("<style"));
        let source = http::hash_source(style);
        assert!(policy.to_str().unwrap().contains(&source));
    }
}

#[test]
fn what_a_page_waits_for_stands_below_its_first_picture() {
    for page in html() {
        let (first, rest) = text(page.path).split_once("</header>").unwrap();
        assert!(!first.contains("rel=\"stylesheet\""), "{}", page.path);
        assert!(rest.contains("<link rel=\"stylesheet\""), "{}", page.path);
        for script in first.split("<script").skip(1) {
            assert!(script.starts_with(" type=\"module\""), "{}", page.path);
        }
    }
}

#[test]
fn the_window_is_cut_from_a_site_that_may_have_opened_it() {
    let fetched = |site: &str| {
        let mut response = Response::default();
        let given = given(FETCH_SITE, site);
        protect(&mut response, policy(None, ""), is_begun_elsewhere(&given));
        response.headers().contains_key(OPENER_POLICY)
    };
    assert!(fetched("cross-site") && fetched("same-site") && fetched("anything"));
    assert!(!fetched("none") && !fetched("same-origin"));
    assert!(is_begun_elsewhere(&HeaderMap::new()));
}

#[test]
fn the_cookie_chooses_the_theme() {
    let page = asset("/").unwrap();
    let root = |cookie: &str| {
        let response = answer(page, &given(COOKIE, cookie));
        let tag = &response.headers()[ETAG];
        let packed = page
            .themed
            .iter()
            .map(|(_, packed)| packed)
            .chain([&page.packed]);
        let packed = packed.into_iter().find(|packed| packed.tag == tag).unwrap();
        let text = str::from_utf8(&packed.plain).unwrap();
        text.lines()
            .find(|line| line.starts_with("<html"))
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        root("a=b; squirret.theme=dark"),
        "<html data-theme=\"dark\" lang=\"ko\">"
    );
    assert_eq!(
        root("squirret.theme=light; a"),
        "<html data-theme=\"light\" lang=\"ko\">"
    );
    for other in [
        "squirret.theme=auto",
        "squirret.theme=\"><script>",
        "theme=dark",
        "",
    ] {
        assert_eq!(root(other), "<html lang=\"ko\">");
    }
}

#[test]
fn all_that_the_live_page_loads_is_below_60_kilobytes() {
    let sent = |asset: &&Asset| !asset.path.starts_with("/docs") && asset.content_type != JSON;
    let bytes = |asset: &Asset| match asset.packed.gzip.len() {
        0 => asset.packed.plain.len(),
        packed => packed,
    };
    let packed: usize = ASSETS.iter().filter(sent).map(bytes).sum();
    assert!((10_000..60_000).contains(&packed), "{packed} bytes");
}

#[test]
fn the_worker_keeps_the_whole_page_and_nothing_else() {
    let worker = asset(WORKER).unwrap();
    let worker = str::from_utf8(&worker.packed.plain).unwrap();
    for file in FILES {
        let path = format!("\"{}\"", file.path);
        let kept = worker.lines().next().unwrap().contains(&path);
        let is_page = !file.path.starts_with("/docs") && file.content_type != JSON;
        assert_eq!(kept, is_page && file.path != WORKER, "{path}");
    }
    let name = worker.split("SHELL = \"squirret-").nth(1).unwrap();
    assert_eq!(name.split('"').next().unwrap().len(), 16);
}

#[test]
fn a_fault_has_one_name_on_the_page_and_in_the_report() {
    for (path, language) in [
        ("/text/ko.js", squirret::Language::Ko),
        ("/text/en.js", squirret::Language::En),
    ] {
        for rule in squirret::Rule::ALL {
            let key = serde_json::to_value(rule).unwrap();
            let name = squirret::report::rule_name(rule, language);
            let line = format!("rule_{}: \"{name}\"", key.as_str().unwrap());
            assert!(text(path).contains(&line), "{line}");
        }
    }
}

#[test]
fn a_browser_that_takes_gzip_gets_it_and_another_the_same_text() {
    let page = asset("/").unwrap();
    let packed = answer(page, &given(ACCEPT_ENCODING, "br, gzip;q=0.8"));
    assert_eq!(packed.headers()[CONTENT_ENCODING], "gzip");
    let mut text = String::new();
    flate2::read::GzDecoder::new(&page.packed.gzip[..])
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text.as_bytes(), page.packed.plain);
    for plain in ["", "br", "gzip;q=0"] {
        let plain = answer(page, &given(ACCEPT_ENCODING, plain));
        assert!(!plain.headers().contains_key(CONTENT_ENCODING));
        assert_ne!(plain.headers()[ETAG], packed.headers()[ETAG]);
    }
}

#[test]
fn a_browser_that_has_it_gets_304() {
    let page = asset("/").unwrap();
    let first = answer(page, &HeaderMap::new());
    let tag = first.headers()[ETAG].to_str().unwrap();
    for known in [tag.to_owned(), format!("W/{tag}"), format!("\"x\", {tag}")] {
        let again = answer(page, &given(IF_NONE_MATCH, &known));
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{known}");
    }
    let other = answer(page, &given(IF_NONE_MATCH, "\"x\""));
    assert_eq!(other.status(), StatusCode::OK);
}

#[test]
fn the_policy_names_this_host_and_the_inference_plane_only() {
    let policy = policy(Some("squirret.example:8080"), "ws://squirret.example:8000");
    let policy = policy.to_str().unwrap();
    assert!(policy.contains(
        "connect-src 'self' ws://squirret.example:8080 wss://squirret.example:8080 ws://squirret.example:8000;"
    ));
    assert!(!policy.contains('*') && !policy.contains("unsafe"));
}

#[test]
fn the_contract_names_the_servers_as_their_caller_reaches_them() {
    let asset = asset(MESSAGES).unwrap();
    let response = messages(asset, "squirret.example", true, "wss://frames.example:8443");
    let text = format!("{:?}", response.body());
    assert!(!text.contains("localhost:80"), "{text}");
    for part in ["squirret.example", "frames.example:8443", "wss"] {
        assert!(text.contains(part), "{part}");
    }
}

#[test]
fn a_strangers_host_cannot_widen_the_policy() {
    for host in ["a; script-src *", "a b", "a'", ""] {
        assert!(!is_host(host), "{host}");
    }
    assert!(is_host("[::1]:8080") && is_host("192.168.0.7:8080"));
    let narrow = policy(None, "ws://x; script-src *");
    assert!(!narrow.to_str().unwrap().contains("script-src *"));
}
