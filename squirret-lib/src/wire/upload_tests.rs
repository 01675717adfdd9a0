use super::*;
use proptest::prelude::*;

const NOW: UnixMillis = UnixMillis(1_730_892_345_000);
const RATIO_PART: &str =
    r#""ratio1":12.3,"ratio2":8.4,"ratio3":5.1,"ratio4":20,"ratio5":32.5,"ratio6":21.7"#;
const VOLT_PART: &str =
    r#""voltage1":1,"voltage2":0.5,"voltage3":0.5,"voltage4":0.5,"voltage5":1.0,"voltage6":0.5"#;

fn one(body: &str) -> Upload<'_> {
    match parse_upload(body.as_bytes(), NOW).unwrap() {
        Uploads::One(upload) => upload,
        Uploads::Many(_) => panic!("one object is one upload"),
    }
}

fn message(body: &str) -> String {
    let error = parse_upload(body.as_bytes(), NOW).unwrap_err();
    assert_eq!(error.code().status(), 400);
    error.to_string()
}

fn with(part: &str) -> String {
    format!(r#"{{"side":"left",{RATIO_PART},{part}}}"#)
}

#[test]
fn reads_the_seeds_sample() {
    let body = format!(r#"{{"side":"left",{RATIO_PART}}}"#);
    let upload = one(&body);
    assert_eq!(upload.sample.side, Side::Left);
    assert_eq!(upload.sample.ratios, [12.3, 8.4, 5.1, 20.0, 32.5, 21.7]);
    assert_eq!((upload.sample.at, upload.sample.voltages), (NOW, None));
    assert_eq!((upload.device, upload.session), (None, None));
}

#[test]
fn sent_ratios_stay_as_sent_beside_voltages() {
    let body = with(VOLT_PART);
    let sample = one(&body).sample;
    assert_eq!(sample.ratios[0], 12.3);
    assert_eq!(sample.voltages, Some([1.0, 0.5, 0.5, 0.5, 1.0, 0.5]));
}

#[test]
fn ratios_come_from_voltages_alone() {
    let body = format!(r#"{{"side":"RIGHT",{VOLT_PART}}}"#);
    let sample = one(&body).sample;
    assert_eq!((sample.side, sample.ratios[0]), (Side::Right, 25.0));
}

#[test]
fn names_device_and_session() {
    let body = with(
        r#""deviceId":"pair-1","sessionId":"E0E1C6AF-0000-4000-8000-00000000000F","battery":[3,{"v":1}]"#,
    );
    let upload = one(&body);
    assert_eq!(upload.device, DeviceId::new("pair-1").ok());
    assert_eq!(
        upload.session.unwrap().to_string(),
        "e0e1c6af-0000-4000-8000-00000000000f"
    );
    let absent = with(r#""deviceId":null,"sessionId":null,"ts":null,"voltage1":null"#);
    assert_eq!(one(&absent).device, None);
}

#[test]
fn a_clock_that_is_60_s_off_is_believed_and_no_more() {
    let at = |ts: &str| one(&with(&format!(r#""ts":{ts}"#))).sample.at;
    assert_eq!(at("1730892344.5"), UnixMillis(1_730_892_344_500));
    assert_eq!(at("1730892285"), UnixMillis(1_730_892_285_000));
    assert_eq!(at("1730892284.999"), NOW);
    assert_eq!(at("1730892405000"), UnixMillis(1_730_892_405_000));
    assert_eq!(at("1730892405001"), NOW);
    assert_eq!(at("0"), NOW);
    assert_eq!(at("-1e300"), NOW);
    assert_eq!(
        at(r#""2024-11-06T11:25:44Z""#),
        UnixMillis(1_730_892_344_000)
    );
    assert_eq!(
        message(&with(r#""ts":"yesterday""#)),
        "ts must be epoch seconds, epoch milliseconds or an RFC 3339 time"
    );
}

#[test]
fn messages_name_the_field_and_the_rule() {
    let six = |first: &str| {
        format!(
            r#"{{"side":"left","ratio1":{first},"ratio2":0,"ratio3":0,"ratio4":0,"ratio5":0,"ratio6":0}}"#
        )
    };
    for (body, expected) in [
        (six("100.0001"), "ratio1 must be between 0 and 100"),
        (six("-0.0001"), "ratio1 must be between 0 and 100"),
        (six("1e300"), "ratio1 must be between 0 and 100"),
        (six("\"12\""), "ratio1 must be a number"),
        (six("[1]"), "ratio1 must be a number"),
        (six("true"), "ratio1 must be a number"),
        (six("null"), "ratio1 is required"),
        (format!("{{{RATIO_PART}}}"), "side is required"),
        (
            format!(r#"{{"side":"both",{RATIO_PART}}}"#),
            "side must be left or right",
        ),
        (
            format!(r#"{{"side":1,{RATIO_PART}}}"#),
            "side must be a string",
        ),
        (
            r#"{"side":"left"}"#.into(),
            "ratio1 to ratio6 or voltage1 to voltage6 are required",
        ),
        (r#"{"side":"left","ratio4":1}"#.into(), "ratio1 is required"),
        (with(r#""voltage3":1"#), "voltage1 is required"),
        (
            with(&VOLT_PART.replace(":1.0", ":3.31")),
            "voltage5 must be between 0 and 3.3",
        ),
        (
            with(r#""deviceId":"""#),
            "deviceId must have 1 to 64 visible ASCII characters",
        ),
        (with(r#""deviceId":7"#), "deviceId must be a string"),
        (with(r#""sessionId":"me""#), "sessionId must be a UUID"),
    ] {
        assert_eq!(message(&body), expected, "{body}");
    }
    assert_eq!(one(&six("100")).sample.ratios[0], 100.0);
}

#[test]
fn a_device_id_has_at_most_64_characters() {
    let of = |length| with(&format!(r#""deviceId":"{}""#, "d".repeat(length)));
    assert_eq!(one(&of(64)).device.unwrap().as_str().len(), 64);
    assert!(message(&of(65)).starts_with("deviceId"));
    for wrong in ["깔창", "a pair"] {
        let upload = with(&format!(r#""deviceId":"{wrong}""#));
        assert!(
            message(&upload).starts_with("deviceId must have"),
            "{wrong}"
        );
    }
}

#[test]
fn a_burst_keeps_its_order_and_one_bad_element_refuses_all() {
    let element = |ts: i64| format!(r#"{{"side":"left",{RATIO_PART},"ts":{ts}}}"#);
    let body = format!("[{},{}]", element(1_730_892_340), element(1_730_892_339));
    let uploads = parse_upload(body.as_bytes(), NOW).unwrap();
    let times: Vec<i64> = uploads
        .as_slice()
        .iter()
        .map(|upload| upload.sample.at.since(NOW))
        .collect();
    assert_eq!(times, [-5000, -6000]);

    let good = element(0);
    for (bad, expected) in [
        (r#"{"side":"left","ratio1":1}"#, "[3].ratio2 is required"),
        ("7", "[3] must be an object"),
        ("null", "[3] must be an object"),
        ("[]", "[3] must be an object"),
        (r#""text""#, "[3] must be an object"),
        ("true", "[3] must be an object"),
        ("-1.5", "[3] must be an object"),
    ] {
        assert_eq!(
            message(&format!("[{good},{good},{good},{bad},{good}]")),
            expected
        );
    }
}

#[test]
fn a_burst_has_1_to_256_samples() {
    let burst = |count| {
        format!(
            "[{}]",
            vec![format!(r#"{{"side":"left",{RATIO_PART}}}"#); count].join(",")
        )
    };
    assert_eq!(
        parse_upload(burst(256).as_bytes(), NOW)
            .unwrap()
            .as_slice()
            .len(),
        256
    );
    let shape = "body must be an object or an array of 1 to 256 objects";
    assert_eq!(message(&burst(257)), shape);
    assert_eq!(message("[]"), shape);
    assert_eq!(message("\"left\""), shape);
}

#[test]
fn what_is_no_json_is_malformed() {
    for body in [
        "",
        "{",
        "[{}",
        "{\"side\":\"left\"} x",
        "side=left",
        "{'side':'left'}",
        "{\"ratio1\":NaN}",
        "{\"ratio1\":Infinity}",
        "\u{feff}{}",
    ] {
        let error = parse_upload(body.as_bytes(), NOW).unwrap_err();
        assert_eq!(error.code().as_str(), "MALFORMED_JSON", "{body}");
    }
}

#[test]
fn of_a_field_that_comes_twice_the_last_counts() {
    assert_eq!(one(&with(r#""ratio1":99"#)).sample.ratios[0], 99.0);
}

/// A number as some firmware might print it.
fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        (0..100_000_u32, 0..7_usize)
            .prop_map(|(whole, places)| format!("{:.places$}", f64::from(whole) / 1e3)),
        (-5.0..105.0_f64).prop_map(|value| value.to_string()),
        "-?[0-9]{0,3}(\\.[0-9]{0,18})?([eE][+-]?[0-9]{1,2})?",
        Just("null".to_owned()),
    ]
}

fn value(name: &'static str) -> impl Strategy<Value = String> {
    match name {
        "side" => prop_oneof![
            Just("\"left\"".to_owned()),
            Just("\"RIGHT\"".to_owned()),
            "\"[a-zA-Z\\\\]{0,5}\""
        ]
        .boxed(),
        "deviceId" => "\"[ -~]{0,66}\"".boxed(),
        "sessionId" => prop_oneof![
            Just("\"e0e1c6af-0000-4000-8000-00000000000f\"".to_owned()),
            "\"[0-9a-f-]{36}\""
        ]
        .boxed(),
        _ => number().boxed(),
    }
}

fn body() -> impl Strategy<Value = String> {
    let names = ["side", "deviceId", "sessionId", "ts", "x"]
        .into_iter()
        .chain(RATIOS)
        .chain(VOLTAGES);
    let fields: Vec<_> = names
        .map(|name| {
            let likely = RATIOS.contains(&name) || name == "side";
            (
                prop::bool::weighted(if likely { 0.97 } else { 0.2 }),
                value(name),
                "[ \n]?",
            )
                .prop_map(move |(there, value, blank)| {
                    there.then(|| format!("\"{name}\"{blank}:{blank}{value}{blank}"))
                })
        })
        .collect();
    (fields, prop::bool::weighted(0.3), "[ \t]?").prop_map(|(fields, list, blank)| {
        let object = format!(
            "{{{}}}",
            fields.into_iter().flatten().collect::<Vec<_>>().join(",")
        );
        if list {
            format!("[{blank}{object}{blank},{object}]")
        } else {
            object + &blank
        }
    })
}

proptest! {
    #[test]
    fn the_short_way_reads_as_the_full_one(body in body()) {
        if let Some(short) = upload_fast::parse(body.as_bytes(), NOW) {
            prop_assert_eq!(Ok(short), parse_fully(body.as_bytes(), NOW));
        }
    }

    #[test]
    fn the_short_way_takes_what_insoles_send(values in prop::array::uniform6(0..1_000_000_u32), places in 0..7_usize) {
        let fields: Vec<String> = RATIOS.iter().zip(values)
            .map(|(name, value)| format!("\"{name}\": {:.places$}", f64::from(value) / 1e4)).collect();
        let body = format!("{{\"side\":\"left\", {} }}", fields.join(", "));
        prop_assert!(upload_fast::parse(body.as_bytes(), NOW).is_some());
    }

    #[test]
    fn any_bytes_give_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse_upload(&bytes, NOW);
    }

    #[test]
    fn what_is_accepted_is_in_range(values in prop::array::uniform6(-10.0..110.0_f64), volts in prop::array::uniform6(-0.5..4.0_f64)) {
        let fields: Vec<String> = RATIOS.iter().zip(values).chain(VOLTAGES.iter().zip(volts))
            .map(|(name, value)| format!(r#""{name}":{value}"#)).collect();
        let body = format!(r#"{{"side":"left",{}}}"#, fields.join(","));
        let fits = values.iter().all(|value| (0.0..=100.0).contains(value)) && volts.iter().all(|value| (0.0..=3.3).contains(value));
        prop_assert_eq!(parse_upload(body.as_bytes(), NOW).is_ok(), fits);
    }
}
