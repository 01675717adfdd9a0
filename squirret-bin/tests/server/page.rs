//! The page in a real browser, on a real server: Playwright drives Debian's Chromium.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

use crate::{
    clients::tools,
    store::{report, squat},
    support::{Server, claims, token},
};

/// No visit takes longer, unless it is broken.
const PATIENCE: Duration = Duration::from_secs(150);

/// Where browsers are, the first that is there.
const BROWSERS: [&str; 3] = [
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
];

/// Node with a script of `tests/page`; `None`, and a word about it, when a tool is missing.
fn node(script: &str, arguments: &[&str]) -> Option<Command> {
    let browser = std::env::var_os("SQUIRRET_CHROMIUM").map_or_else(
        || {
            BROWSERS
                .iter()
                .map(PathBuf::from)
                .find(|path| path.exists())
        },
        |path| Some(path.into()),
    );
    let driver = tools().join("node_modules/axe-core/package.json");
    let Some(browser) = browser.filter(|_| driver.exists()) else {
        println!(
            "skipped: a Chromium or {} is missing, run .ci/tools",
            driver.display()
        );
        return None;
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/page");
    let mut command = Command::new("node");
    command
        .arg(folder.join(script))
        .args(arguments)
        .env("SQUIRRET_TEST_TOOLS", tools())
        .env("SQUIRRET_CHROMIUM", browser)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    Some(command)
}

/// Waits for a visit's end, which must be a good one.
async fn succeed(visit: Child) {
    let output = timeout(PATIENCE, visit.wait_with_output())
        .await
        .expect("the visit ends")
        .unwrap();
    let (seen, problems) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{seen}\n{problems}");
}

fn url(server: &Server) -> String {
    format!("http://{}", server.control)
}

#[tokio::test]
async fn everything_moves_in_a_demonstration_and_every_switch_works() {
    let server = Server::with(&[("SQUIRRET_SERVER_DEMO", "on")]).await;
    let Some(mut visit) = node("demo.mjs", &[&url(&server)]) else {
        return;
    };
    succeed(visit.spawn().unwrap()).await;
}

#[tokio::test]
async fn the_link_of_a_simulation_shows_its_session() {
    let server = Server::start().await;
    let mut simulation = Command::new(env!("CARGO_BIN_EXE_squirret"))
        .args([
            "simulate",
            "--url",
            &url(&server),
            "--dead-sensor",
            "left:3",
            // A person without a fault may hear nothing for a while.
            "--fault",
            "heel-lift",
        ])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(simulation.stdout.take().unwrap()).lines();
    let link = lines.next_line().await.unwrap().unwrap();
    let link = link.split_whitespace().last().unwrap().to_owned();
    // Its output is read on, so that it never waits for us.
    let reader = tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    let Some(mut visit) = node("simulate.mjs", &[&link]) else {
        return;
    };
    succeed(visit.spawn().unwrap()).await;
    reader.abort();
}

#[tokio::test]
async fn the_report_that_the_page_opens_says_what_its_json_says() {
    let server = Server::start().await;
    let (session, token) = server.guest().await;
    squat(&server, &session).await;
    let reps = report(&server, &session, &token).await.body["totals"]["reps"].to_string();
    let link = format!("{}/#session={session}&token={token}", url(&server));
    let Some(mut visit) = node("report.mjs", &[&link, &reps]) else {
        return;
    };
    succeed(visit.spawn().unwrap()).await;
}

/// A server with a pose model, and a film of a squat in this form; `None`, and a word about it, when something is missing.
async fn filmed(name: &str, codec: &[&str]) -> Option<(Server, tempfile::TempDir, String)> {
    let Some(data) = std::env::var_os("SQUIRRET_TEST_DATA").map(PathBuf::from) else {
        println!("skipped: SQUIRRET_TEST_DATA is not set");
        return None;
    };
    let models = data.join("models").display().to_string();
    let server = Server::with(&[("SQUIRRET_MODEL_DIR", models.as_str())]).await;
    let folder = tempfile::tempdir().unwrap();
    let film = folder.path().join(name);
    if !make_film(&data.join("data/squat-video/olympic_good"), &film, codec).await {
        println!("skipped: ffmpeg is missing");
        return None;
    }
    let film = film.display().to_string();
    Some((server, folder, film))
}

/// What Chromium's fake camera reads.
const CAMERA: (&str, &[&str]) = ("squat.y4m", &["-pix_fmt", "yuv420p"]);

#[tokio::test]
async fn a_camera_shows_the_body_and_how_it_squats() {
    let Some((server, _folder, film)) = filmed(CAMERA.0, CAMERA.1).await else {
        return;
    };
    let Some(mut visit) = node("camera.mjs", &[&url(&server), &film]) else {
        return;
    };
    succeed(visit.spawn().unwrap()).await;
}

#[tokio::test]
async fn one_tap_leads_to_the_first_counted_squat_in_every_form() {
    let Some((server, _folder, film)) = filmed(CAMERA.0, CAMERA.1).await else {
        return;
    };
    let Some(mut visit) = node("workout.mjs", &[&url(&server), &film]) else {
        return;
    };
    succeed(visit.spawn().unwrap()).await;
}

#[tokio::test]
async fn a_video_file_plays_once_and_ends_in_its_report() {
    let codec = ["-c:v", "libvpx", "-pix_fmt", "yuv420p"];
    let Some((server, _folder, film)) = filmed("squat.webm", &codec).await else {
        return;
    };
    let Some(mut visit) = node("film.mjs", &[&url(&server), &film]) else {
        return;
    };
    succeed(visit.spawn().unwrap()).await;
}

#[tokio::test]
async fn the_page_has_one_height_at_every_width() {
    let server = Server::with(&[("SQUIRRET_SERVER_DEMO", "on")]).await;
    let Some(mut visit) = node("widths.mjs", &[&url(&server)]) else {
        return;
    };
    succeed(visit.spawn().unwrap()).await;
}

#[tokio::test]
async fn the_installed_page_opens_without_a_network() {
    let server = Server::start().await;
    let Some(mut visit) = node("offline.mjs", &[&url(&server)]) else {
        return;
    };
    succeed(visit.spawn().unwrap()).await;
}

/// A film for Chromium's fake camera of the pictures in a folder, at half their speed: a network that was not built for
/// speed sees a few a second. `false` without ffmpeg.
async fn make_film(pictures: &Path, film: &Path, codec: &[&str]) -> bool {
    let mut command = Command::new("ffmpeg");
    command
        .args(["-v", "error", "-framerate", "6", "-i"])
        .arg(pictures.join("%04d.jpg"))
        // I420 takes even sizes only.
        .args(["-vf", "crop=240:426", "-r", "12"])
        .args(codec)
        .arg(film);
    match command.status().await {
        Ok(status) => {
            assert!(status.success(), "ffmpeg makes the film");
            true
        }
        Err(_) => false,
    }
}

/// How long the server is away in a workout.
const AWAY: Duration = Duration::from_secs(15);

/// How soon after it is back the page coaches again, ms.
const BACK_WITHIN: u64 = 5_000;

#[tokio::test]
async fn a_workout_loses_nothing_while_its_server_is_away() {
    let mut server = Server::start().await;
    let (session, token) = server.guest().await;
    squat(&server, &session).await;
    let reps = report(&server, &session, &token).await.body["totals"]["reps"].to_string();
    let link = format!("{}/#session={session}&token={token}", url(&server));
    let Some(mut visit) = node("restart.mjs", &[&link, &reps]) else {
        return;
    };
    let mut visit = visit.spawn().unwrap();
    let mut lines = BufReader::new(visit.stdout.take().unwrap()).lines();
    let mut line = async || {
        let line = timeout(PATIENCE, lines.next_line()).await.expect("a line");
        line.unwrap().unwrap_or_default()
    };
    assert_eq!(line().await, "live");
    server.crash();
    assert_eq!(line().await, "lost");
    // The page's pauses grow with the time that the server is away, so this one is really waited for.
    tokio::time::sleep(AWAY).await;
    server.start_again().await;
    let back = visit.stdin.as_mut().unwrap();
    back.write_all(b"\n").await.unwrap();
    let milliseconds: u64 = line().await.parse().expect("the page is live again");
    assert!(milliseconds <= BACK_WITHIN, "{milliseconds} ms");
    squat(&server, &session).await;
    succeed(visit).await;
}

#[tokio::test]
async fn the_documents_show_the_whole_contract_and_try_its_calls() {
    let server = Server::start().await;
    let Some(mut visit) = node("docs.mjs", &[&url(&server)]) else {
        return;
    };
    succeed(visit.spawn().unwrap()).await;
}

#[tokio::test]
async fn a_page_proves_its_session_and_renews_its_token_in_time() {
    let server = Server::with(&[("SQUIRRET_AUTH_MODE", "bearer")]).await;
    let (session, _) = server.guest().await;
    let short = token(&claims(&session, "stomp-ws", 30));
    let link = format!("{}/#session={session}&token={short}", url(&server));
    let Some(mut visit) = node("bearer.mjs", &[&link]) else {
        return;
    };
    succeed(visit.spawn().unwrap()).await;
}

#[tokio::test]
async fn the_pages_code_keeps_its_types() {
    let compiler = tools().join("node_modules/typescript/bin/tsc");
    if !compiler.exists() {
        println!("skipped: {} is missing, run .ci/tools", compiler.display());
        return;
    }
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/tsconfig.json");
    let mut check = Command::new("node");
    check.arg(compiler).arg("-p").arg(project);
    let output = check.output().await.unwrap();
    let problems = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{problems}");
}

#[tokio::test]
async fn the_client_is_what_the_contracts_say() {
    if !tools().join("node_modules/typescript").exists() {
        println!("skipped: TypeScript is missing, run .ci/tools");
        return;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.ci/client.mjs");
    let mut check = Command::new("node");
    check
        .arg(script)
        .arg("--check")
        .env("SQUIRRET_TEST_TOOLS", tools());
    let output = check.output().await.unwrap();
    let problems = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{problems}");
}
