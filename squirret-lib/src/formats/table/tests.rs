use proptest::prelude::*;

use super::*;
use crate::UnixMillis;

const VALUES: &str = "20,15,5,25,20,15";
const HEADER: &str = "seconds,side,ratio1,ratio2,ratio3,ratio4,ratio5,ratio6";

fn table(text: &str) -> InsoleRecording {
    read(text.as_bytes(), &TableMap::default()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn refused(text: &str) -> String {
    read(text.as_bytes(), &TableMap::default())
        .unwrap_err()
        .to_string()
}

fn times(text: &str) -> Vec<i64> {
    table(text).parts[0]
        .iter()
        .map(|sample| sample.at.0)
        .collect()
}

fn map(json: &str) -> TableMap {
    serde_json::from_str(json).unwrap()
}

/// Lines of the left foot at these times.
fn at(name: &str, stamps: &[&str]) -> String {
    let lines: String = stamps
        .iter()
        .map(|stamp| format!("{stamp},left,{VALUES}\n"))
        .collect();
    format!("{name},side,ratio1,ratio2,ratio3,ratio4,ratio5,ratio6\n{lines}")
}

#[test]
fn columns_stand_in_any_order_and_case() {
    let text = format!(
        "side,extra,Seconds,RATIO1,ratio2,ratio3,ratio4,ratio5,ratio6\nRIGHT,x,1.5,{VALUES}\nl,x,1.6,{VALUES}\n"
    );
    let samples = &table(&text).parts[0];
    assert_eq!(
        (samples[0].side, samples[0].at),
        (Side::Right, UnixMillis(1500))
    );
    assert_eq!(samples[1].side, Side::Left);
}

#[test]
fn a_header_must_name_time_side_and_values() {
    assert_eq!(
        refused("side,ratio1\nleft,1\n"),
        "line 1: the header must name a column of the time, such as seconds or ms; it names \"side\", \"ratio1\""
    );
    assert!(
        refused("seconds,side,ratio1\n")
            .contains("ratio1 to ratio6, voltage1 to voltage6, or both")
    );
    assert!(refused("seconds,ratio1\n").contains("side (left, right)"));
    assert_eq!(refused(""), "it has no samples");
    assert_eq!(refused(HEADER), "it has no samples");
}

#[test]
fn a_faulty_line_is_left_out_and_named_with_its_rule() {
    let bad = |line: &str| {
        let recording = table(&format!(
            "{HEADER}\n0,left,{VALUES}\n{line}\n0.1,left,{VALUES}\n"
        ));
        assert_eq!(recording.parts[0].len(), 2, "{line}");
        recording.remarks.texts().join("; ")
    };
    assert_eq!(
        bad("0,up,1,1,1,1,1,1"),
        "line 3: left out: side must be left or right, is \"up\""
    );
    assert_eq!(
        bad("0,left,1,1,x,1,1,1"),
        "line 3: left out: ratio3 must be a number, is \"x\""
    );
    assert_eq!(
        bad("0,left,1,1,NaN,1,1,1"),
        "line 3: left out: ratio3 is blank"
    );
    assert_eq!(
        bad("0,left,1,1,1,1,1"),
        "line 3: left out: the line ends before ratio6"
    );
    assert_eq!(
        bad("-1,left,1,1,1,1,1,1"),
        "line 3: left out: seconds must be at least 0, is \"-1\""
    );
    assert_eq!(
        bad("0,left,1,1,1,1,1,101"),
        "line 3: left out: ratio6 must be 0 to 100, is \"101\""
    );
    assert!(bad("soon,left,1,1,1,1,1,1").contains("ISO 8601"));
    assert_eq!(
        refused(&format!("{HEADER}\n0,left,1,2,3,4,5,700\n")),
        "line 2: ratio6 must be 0 to 100, is \"700\"; no other line is a sample either"
    );
}

#[test]
fn cells_are_separated_as_each_tool_does() {
    let expected = table(&format!("{HEADER}\n0.5,left,20,15,5.5,24.5,20,15\n")).parts;
    for (what, text) in [
        ("byte order mark", format!("\u{feff}{HEADER}\r\n0.5,left,20,15,5.5,24.5,20,15\r\n")),
        ("tabs", format!("{HEADER}\n0.5,left,20,15,5.5,24.5,20,15\n").replace(',', "\t")),
        ("tabs and commas", format!("{HEADER}\n0.5,left,20,15,5.5,24.5,20,15\n").replace(',', "\t").replace('.', ",")),
        ("semicolons", format!("{}\n0,5;left;20;15;5,5;24,5;20;15\n", HEADER.replace(',', ";"))),
        ("Excel's sep=", format!("sep=;\n{}\n0,5;left;20;15;5,5;24,5;20;15\n", HEADER.replace(',', ";"))),
        ("quotes", "\"seconds\",\"side\",\"ratio1\",\"ratio2\",\"ratio3\",\"ratio4\",\"ratio5\",\"ratio6\"\n\"0.5\",\"left\",20,15,5.5,24.5,20,\"15\"\n".to_owned()),
        ("R with a column of names", format!("\"\",{HEADER}\n\"1\",0.5,left,20,15,5.5,24.5,20,15\n")),
        ("R without", format!("{HEADER}\n\"1\",0.5,left,20,15,5.5,24.5,20,15\n")),
        ("a comma at the end", format!("{HEADER},\n0.5,left,20,15,5.5,24.5,20,15,\n")),
        ("comments", format!("# fw=3\n#\n{HEADER}\n# a\n0.5,left,20,15,5.5,24.5,20,15\n")),
        ("a header in a comment", format!("# made by numpy\n# {HEADER}\n0.5,left,20,15,5.5,24.5,20,15\n")),
        ("blank lines", format!("\n{HEADER}\n\n0.5,left,20,15,5.5,24.5,20,15\n\n")),
    ] {
        let recording = read(text.as_bytes(), &TableMap::default()).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(recording.parts, expected, "{what}");
        assert!(recording.remarks.is_empty(), "{what}: {:?}", recording.remarks);
    }
}

#[test]
fn the_unit_of_a_time_comes_from_its_name_or_its_steps() {
    assert_eq!(times(&at("ms", &["0", "1", "2"])), [0, 1, 2]);
    assert_eq!(times(&at("time_us", &["0", "20000"])), [0, 20]);
    assert_eq!(times(&at("t", &["0.00", "0.02", "0.04"])), [0, 20, 40]);
    assert_eq!(times(&at("t", &["0", "20", "40"])), [0, 20, 40]);
    assert_eq!(
        times(&at("timestamp", &["1730892345000", "1730892345020"])),
        [1_730_892_345_000, 1_730_892_345_020]
    );
    assert_eq!(
        times(&at("timestamp", &["1730892345.5", "1730892345.6"])),
        [1_730_892_345_500, 1_730_892_345_600]
    );
    assert_eq!(
        times(&at("timestamp", &["1730892345500000", "1730892345520000"])),
        [1_730_892_345_500, 1_730_892_345_520]
    );
    assert_eq!(
        times(&at(
            "time",
            &["2025-11-09 07:10:23.500", "2025-11-09 07:10:23.6"]
        )),
        [1_762_672_223_500, 1_762_672_223_600]
    );
    assert!(refused(&at("t", &["0", "1", "2", "3"])).contains("the unit of column \"t\""));
}

#[test]
fn times_in_whole_seconds_are_spread_evenly() {
    let stamps: Vec<String> = (3..43).map(|step| (step / 10).to_string()).collect();
    let stamps: Vec<&str> = stamps.iter().map(String::as_str).collect();
    let expected: Vec<i64> = (3..43).map(|step| step * 100).collect();
    assert_eq!(times(&at("seconds", &stamps)), expected);
    let recording = table(&at("t", &stamps));
    assert!(
        recording.remarks.texts()[0].contains("in steps of 1.000 s"),
        "{:?}",
        recording.remarks
    );
}

#[test]
fn a_foot_after_the_other_is_one_recording() {
    let foot = |side: &str| {
        (0..200)
            .map(|step| format!("{}.{},{side},{VALUES}\n", step / 10, step % 10))
            .collect::<String>()
    };
    let recording = table(&format!("{HEADER}\n{}{}", foot("left"), foot("right")));
    assert_eq!(recording.parts.len(), 1);
    let samples = &recording.parts[0];
    assert_eq!((samples.len(), samples[1].side), (400, Side::Right));
    assert!(samples.is_sorted_by_key(|sample| sample.at));
    assert!(recording.remarks.is_empty(), "{:?}", recording.remarks);
}

#[test]
fn a_clock_that_starts_again_or_is_set_begins_another_part() {
    let lines = |range: std::ops::Range<u32>| -> String {
        range
            .flat_map(|step| {
                ["left", "right"]
                    .map(|side| format!("{},{side},{VALUES}\n", f64::from(step) / 10.0))
            })
            .collect()
    };
    let again = table(&format!(
        "{HEADER}\n{}{HEADER}\n{}",
        lines(0..50),
        lines(0..30)
    ));
    assert_eq!(
        again.parts.iter().map(Vec::len).collect::<Vec<_>>(),
        [100, 60]
    );
    assert_eq!(
        again.remarks.texts(),
        [
            "line 102: the header comes again",
            "line 103: the clock of the left foot starts again (-4.9 s): part 2 of the recording begins, and is taken to follow at once"
        ]
    );
    let set = table(&format!(
        "{HEADER}\n{}{}",
        lines(0..50),
        lines(17_000_000..17_000_010)
    ));
    assert_eq!(
        set.parts.iter().map(Vec::len).collect::<Vec<_>>(),
        [100, 20]
    );
}

#[test]
fn lines_that_are_a_little_out_of_order_are_sorted() {
    let text = at("ms", &["0", "40", "20", "60"]);
    assert_eq!(times(&text), [0, 20, 40, 60]);
    assert_eq!(
        table(&text).remarks.texts(),
        ["1 lines were out of order and were sorted"]
    );
}

#[test]
fn both_feet_may_stand_in_a_line() {
    let six = |side: &str| {
        (1..=6)
            .map(|n| format!("{side}_ratio{n}"))
            .collect::<Vec<_>>()
            .join(",")
    };
    let text = format!(
        "ms,{},{}\n0,{VALUES},{VALUES}\n20,{VALUES},,,,,,\n",
        six("left"),
        six("right")
    );
    let recording = table(&text);
    let sides: Vec<_> = recording.parts[0]
        .iter()
        .map(|sample| sample.side)
        .collect();
    assert_eq!(sides, [Side::Left, Side::Right, Side::Left]);
    assert_eq!(
        recording.remarks.texts(),
        ["1 lines have no values of the right foot"]
    );
}

#[test]
fn a_map_names_columns_and_units() {
    let text = "t,foot,A0,A1,A2,A3,A4,A5\n0,L,4095,2048,0,0,0,0\n20,R,0,0,0,0,0,5000\n";
    let counts = map(
        r#"{"time":"t","time_unit":"ms","side":"foot","side_values":["L","R"],
        "sensors":["A5","A4","A3","A2","A1","A0"],"unit":"counts","full_scale":4095}"#,
    );
    let recording = read(text.as_bytes(), &counts).unwrap();
    let volts = recording.parts[0][0].voltages.unwrap();
    assert_eq!((volts[5], volts[0]), (3.3, 0.0));
    assert!((volts[4] - 1.65).abs() < 1e-3, "{volts:?}");
    assert_eq!(
        recording.remarks.texts(),
        ["line 3: left out: A5 must be 0 to 4095 counts, is \"5000\""]
    );

    let volts = |unit: &str, cell: &str| {
        let text = format!("ms,a,b,c,d,e,f\n0,{cell},0,0,0,0,0\n");
        let map = map(&format!(r#"{{"left":["a","b","c","d","e","f"],{unit}}}"#));
        read(text.as_bytes(), &map).unwrap().parts[0][0]
            .voltages
            .unwrap()[0]
    };
    assert_eq!(volts(r#""unit":"ohms""#, "10000"), 1.65);
    assert_eq!(volts(r#""unit":"ohms""#, "inf"), 0.0);
    assert_eq!(
        volts(r#""unit":"newtons","newtons_at_half_supply":20"#, "20"),
        1.65
    );
    assert_eq!(volts(r#""unit":"millivolts""#, "1100"), 1.1);
}

#[test]
fn a_map_that_contradicts_itself_is_refused_by_key() {
    let refused = |json: &str| {
        serde_json::from_str::<TableMap>(json)
            .unwrap_err()
            .to_string()
    };
    let six = r#"["a","b","c","d","e","f"]"#;
    assert!(
        refused(&format!(r#"{{"sensors":{six},"left":{six}}}"#))
            .contains("sensors excludes left and right")
    );
    assert!(
        refused(&format!(r#"{{"left":{six},"unit":"counts"}}"#)).contains("full_scale is required")
    );
    assert!(
        refused(&format!(r#"{{"left":{six},"unit":"newtons"}}"#))
            .contains("newtons_at_half_supply is required")
    );
    assert!(refused(r#"{"full_scale":4095}"#).contains("belongs to another unit"));
    assert!(refused(r#"{"unit":"ohms"}"#).contains("unit needs sensors"));
    assert!(refused(r#"{"times":"t"}"#).contains("unknown field"));
    let missing = read(
        "ms,x\n0,1\n".as_bytes(),
        &map(&format!(r#"{{"left":{six}}}"#)),
    )
    .unwrap_err();
    assert!(
        missing
            .to_string()
            .contains("a column \"a\", as the map says"),
        "{missing}"
    );
}

proptest! {
    #[test]
    fn no_text_panics_and_what_is_read_is_in_order(
        lines in proptest::collection::vec("[0-9.,;\\-:TZ\"#a-z\t ]{0,40}", 0..20),
        header in proptest::sample::select(vec![
            "seconds,side,ratio1,ratio2,ratio3,ratio4,ratio5,ratio6",
            "t;foot;voltage1;voltage2;voltage3;voltage4;voltage5;voltage6",
            "ms\tside\tratio1\tratio2\tratio3\tratio4\tratio5\tratio6",
            "",
        ]),
    ) {
        let text = format!("{header}\n{}", lines.join("\n"));
        if let Ok(recording) = read(text.as_bytes(), &TableMap::default()) {
            prop_assert!(recording.parts.iter().all(|part| !part.is_empty()));
            prop_assert!(recording.joined().is_sorted_by_key(|sample| sample.at));
        }
    }

    /// Each sample of a recording with lost lines is read, whatever the order of its lines within a second.
    #[test]
    fn every_good_line_is_a_sample(
        keep in proptest::collection::vec(proptest::bool::weighted(0.9), 50),
        swaps in proptest::collection::vec(0usize..48, 0..10),
    ) {
        let mut order: Vec<usize> = (0..keep.len()).collect();
        for place in swaps {
            order.swap(place, place + 1);
        }
        let lines: Vec<String> = order
            .into_iter()
            .filter(|step| keep[*step])
            .map(|step| format!("{},left,{VALUES}", step * 20))
            .collect();
        prop_assume!(!lines.is_empty());
        let name = HEADER.replace("seconds", "ms");
        let recording = table(&format!("{name}\n{}\n", lines.join("\n")));
        prop_assert_eq!(recording.parts.len(), 1);
        prop_assert_eq!(recording.parts[0].len(), lines.len());
    }
}
