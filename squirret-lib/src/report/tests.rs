use uuid::Uuid;

use super::{Report, SCRIPT, STYLE, labels};
use crate::{
    Language, UnixMillis,
    archive::{WorkoutKey, WorkoutRecord, conformance::rep},
    coach::RepRecord,
    session::SessionId,
    verdict::{Assessment, Reason, Rule, Source, Unit, Verdict},
};

/// 2025-11-09T07:10:23Z.
const START: UnixMillis = UnixMillis(1_762_672_223_000);

fn workout(start: UnixMillis, reps: Vec<RepRecord>) -> WorkoutRecord {
    let session = SessionId(Uuid::from_u128(1));
    WorkoutRecord::new(WorkoutKey { session, start }, reps)
}

/// Eight repetitions in two sets, the last without a fault.
fn reps(start: UnixMillis, count: u32) -> Vec<RepRecord> {
    let one = |number: u32| {
        let rest = if number > count / 2 { 40_000 } else { 0 };
        let mut record = rep(number, start.plus(i64::from(number) * 4_000 + rest));
        let heel = Verdict::new(
            Rule::HeelLift,
            Assessment::Bad,
            Unit::Percent,
            Source::Insole,
        );
        if number.is_multiple_of(3) {
            let value = 20.0 - f64::from(number);
            record
                .rep
                .verdicts
                .push(heel.with_evidence(value, 25.0, 0.8));
        }
        if number == count {
            let good = Assessment::Good;
            let knees = Verdict::new(Rule::KneeSeparation, good, Unit::Ratio, Source::Camera);
            record.rep.verdicts[0] = knees.with_evidence(0.95, 0.8, 0.9);
        }
        record
    };
    (1..=count).map(one).collect()
}

fn report(language: Language) -> Report {
    let day = |days: i64| START.plus(-days * 86_400_000);
    let earlier = [2, 5].map(|days| workout(day(days), reps(day(days), 4)));
    Report::new(
        "session",
        &[workout(START, reps(START, 8))],
        &earlier,
        10_000,
        language,
    )
}

/// What a person reads of a page.
fn text(html: &str) -> String {
    let body = html.split_once("<body>").unwrap().1;
    let body = body.split_once("<script>").unwrap().0;
    let mut text = String::new();
    let mut inside = false;
    for letter in body.chars() {
        match letter {
            '<' => inside = true,
            '>' => {
                inside = false;
                text.push(' ');
            }
            _ if !inside => text.push(letter),
            _ => {}
        }
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    let names = ["시작", "What"];
    names
        .iter()
        .fold(text, |text, name| text.replace(name, &format!("\n{name}")))
}

#[test]
fn the_json_says_everything() {
    insta::assert_json_snapshot!(report(Language::En));
}

#[test]
fn the_table_has_a_line_a_repetition() {
    insta::assert_snapshot!(report(Language::En).csv());
}

#[test]
fn the_page_reads_well_in_english() {
    insta::assert_snapshot!(text(&report(Language::En).html(0)));
}

#[test]
fn the_page_reads_well_in_korean() {
    insta::assert_snapshot!(text(&report(Language::Ko).html(540)));
}

#[test]
fn no_text_of_a_stranger_becomes_markup() {
    let name = "<script>alert('\"&\")</script>";
    let report = Report::new(name, &[], &[], 10_000, Language::En);
    let html = report.html(0);
    assert_eq!(html.matches("<script").count(), 1, "{html}");
    assert!(html.contains("&lt;script&gt;alert(&#39;&quot;&amp;&quot;)&lt;/script&gt;"));
}

#[test]
fn a_page_has_one_known_script_no_style_attribute_and_nothing_from_elsewhere() {
    for language in [Language::Ko, Language::En] {
        let html = report(language).html(0);
        let script = format!("<script>{SCRIPT}</script>");
        assert!(html.contains(&script));
        let html = html.replace(&script, "");
        for forbidden in [
            "<script",
            "style=",
            "javascript:",
            "http:",
            "https:",
            "url(",
            "@import",
            "onload=",
        ] {
            assert!(!html.contains(forbidden), "{forbidden}");
        }
        assert!(html.contains(&format!("<style>{STYLE}</style>")));
    }
}

#[test]
fn nothing_is_said_of_what_was_not_assessed() {
    let empty = Report::new("nothing", &[], &[], 10_000, Language::En);
    assert!(empty.faults.is_empty() && empty.practise.is_empty() && empty.comparison.is_none());
    assert_eq!((empty.totals.reps, empty.totals.score), (0, None));
    let mut unseen = rep(1, START);
    unseen.rep.verdicts = [Rule::Depth, Rule::KneeSeparation]
        .map(|rule| {
            let reason = Assessment::NotAssessed(Reason::NotVisible);
            Verdict::new(rule, reason, Unit::Ratio, Source::Camera)
        })
        .to_vec();
    unseen.load = None;
    let report = Report::new(
        "unseen",
        &[workout(START, vec![unseen])],
        &[],
        10_000,
        Language::En,
    );
    assert!(report.faults.is_empty());
    assert_eq!(report.totals.clean_reps, 0, "nothing was assessed in it");
    let row = |rule| {
        report
            .not_assessed
            .iter()
            .find(|row| row.rule == rule)
            .unwrap()
    };
    assert_eq!(row(Rule::Depth).reason, Reason::NotVisible);
    assert_eq!(row(Rule::BackRounding).reason, Reason::NoData);
    assert!(
        report.practise[0].starts_with("Form could not be assessed"),
        "{:?}",
        report.practise
    );
    assert!(report.balance.is_none() && !report.html(0).contains("Centre of pressure</b>"));
}

#[test]
fn workouts_of_a_session_are_one_report() {
    let later = START.plus(600_000);
    let both = [
        workout(START, reps(START, 4)),
        workout(later, reps(later, 6)),
    ];
    let report = Report::new("two", &both, &[], 10_000, Language::En);
    assert_eq!((report.totals.reps, report.totals.workouts), (10, 2));
    let last = report.reps.last().unwrap();
    assert_eq!((last.workout, last.number), (2, 6));
    assert!(report.html(0).contains("<th scope=\"row\">2–6</th>"));
}

#[test]
fn a_mistake_that_came_once_is_not_practised() {
    let mut once = reps(START, 3);
    for record in &mut once[1..] {
        record.rep.verdicts.clear();
    }
    let report = Report::new("once", &[workout(START, once)], &[], 10_000, Language::En);
    assert_eq!(
        report.practise,
        ["No mistake came twice: go on as calmly as now."]
    );
}

#[test]
fn a_long_session_keeps_its_table_on_two_pages() {
    let report = Report::new(
        "long",
        &[workout(START, reps(START, 130))],
        &[],
        10_000,
        Language::En,
    );
    let html = report.html(0);
    let (_, table) = html.split_once("<h2>Each repetition</h2>").unwrap();
    let rows = table.matches("<td class=\"text\">").count();
    assert_eq!(rows, 100);
    assert!(report.html(0).contains("Repetitions not shown: 30"));
    assert_eq!(report.csv().lines().count(), 131);
}

#[test]
fn a_recording_without_a_date_has_none() {
    let start = UnixMillis(5_000);
    let report = Report::new(
        "table.csv",
        &[workout(start, reps(start, 2))],
        &[workout(UnixMillis(0), reps(UnixMillis(0), 2))],
        10_000,
        Language::En,
    );
    assert!(!report.html(540).contains("1970"));
    assert!(!report.csv().contains("1970"));
    assert!(report.html(0).contains("<title>Squat report</title>"));
}

#[test]
fn a_depth_that_was_not_assessed_is_not_shown() {
    let mut seen = rep(2, START.plus(4_000));
    let good = Assessment::Good;
    let depth = Verdict::new(Rule::Depth, good, Unit::Ratio, Source::Camera);
    seen.rep.verdicts.push(depth.with_evidence(0.93, 0.7, 0.9));
    let of = |reps| Report::new("d", &[workout(START, reps)], &[], 10_000, Language::En);
    let without = of(vec![rep(1, START)]);
    assert_eq!(without.totals.depth, None);
    assert!(!without.html(0).contains("<b>Depth</b>") && !without.html(0).contains("92 %"));
    let with = of(vec![rep(1, START), seen]);
    assert_eq!(with.totals.depth, Some(0.93));
    assert!(with.html(0).contains("<b>Depth</b>") && with.html(0).contains("<td>93 %</td>"));
    assert!(!with.html(0).contains("<td>92 %</td>"));
}

#[test]
fn a_fault_is_said_with_its_direction_and_unit() {
    let of = |rule, value, limit, unit| labels::measured(rule, value, limit, unit, Language::En);
    assert_eq!(
        of(Rule::HeelShare, 14.0, 25.0, Unit::Percent),
        "too little weight on the heel: 14 % (at least 25 %)"
    );
    assert_eq!(
        of(Rule::KneeProjectionAngle, 12.0, 10.0, Unit::Degrees),
        "knee turned in: 12° beyond own standing (up to 10°)"
    );
    assert_eq!(
        labels::measured(Rule::DescentTempo, 0.5, 0.8, Unit::Seconds, Language::Ko),
        "너무 빨리 내려감: 0.5초 (0.8초 이상이어야 해요)"
    );
}

#[test]
fn who_reads_sees_no_identifier_before_they_look_for_it() {
    let html = report(Language::En).html(0);
    let (head, _) = html.split_once("<details>").unwrap();
    assert!(!head.contains("<code>"));
}

#[test]
fn times_are_told_where_the_reader_is() {
    let report = report(Language::En);
    assert!(report.html(0).contains(">2025-11-09 07:10 UTC<"));
    assert!(report.html(540).contains(">2025-11-09 16:10 (UTC+9:00)<"));
    assert!(report.html(-210).contains(">2025-11-09 03:40 (UTC−3:30)<"));
}
