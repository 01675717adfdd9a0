//! Every known way to get a token accepted that is not ours, in the spirit of the Wycheproof project's JWS cases and
//! of RFC 8725.

use super::{
    Audience, Grant, JwtService, Key, KeyRing, Role, TokenService, VerifyError,
    service::{open, sign},
    testing::{self, bytes, ec_private, ec_public, ed_private, ed_public},
};
use crate::UnixMillis;
use base64_simd::URL_SAFE_NO_PAD;

const NOW: UnixMillis = UnixMillis(1_730_892_345_000);
const CLAIMS: &str = r#"{"sub":"s","aud":"stomp-ws","iat":1730892345,"exp":1730893245}"#;

fn ed() -> Key {
    Key::from_pem("ed", ed_private().as_bytes()).unwrap()
}

fn ec() -> Key {
    Key::from_pem("ec", ec_private().as_bytes()).unwrap()
}

fn service(keys: impl IntoIterator<Item = Key>) -> JwtService {
    JwtService::new(KeyRing::new(keys).unwrap())
}

fn verify(service: &JwtService, token: &str) -> Result<(), VerifyError> {
    service.verify(token, Audience::StompWs, NOW).map(|_| ())
}

fn message(header: &str) -> String {
    format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode_to_string(header),
        URL_SAFE_NO_PAD.encode_to_string(CLAIMS)
    )
}

fn with_signature(message: &str, signature: &[u8]) -> String {
    format!("{message}.{}", URL_SAFE_NO_PAD.encode_to_string(signature))
}

fn signature_of(token: &str) -> (String, Vec<u8>) {
    let (message, signature) = token.rsplit_once('.').unwrap();
    (message.to_owned(), bytes(signature))
}

#[test]
fn the_standards_own_examples_have_right_signatures() {
    let ring = KeyRing::new([
        Key::hs256("hs", &bytes(testing::HS_K)).unwrap(),
        Key::from_pem("ec", ec_public().as_bytes()).unwrap(),
        Key::from_pem("ed", ed_public().as_bytes()).unwrap(),
    ])
    .unwrap();
    for example in [
        testing::HS256_EXAMPLE,
        testing::ES256_EXAMPLE,
        testing::EDDSA_EXAMPLE,
    ] {
        assert!(open(&ring, example, 4096).is_ok(), "{example}");
        let (message, mut signature) = signature_of(example);
        signature[7] ^= 1;
        assert_eq!(
            open(&ring, &with_signature(&message, &signature), 4096),
            Err(VerifyError::Signature)
        );
    }
}

#[test]
fn key_pairs_sign_what_public_keys_verify() {
    for (private, public) in [(ed_private(), ed_public()), (ec_private(), ec_public())] {
        let signer = service([Key::from_pem("1", private.as_bytes()).unwrap()]);
        let verifier = service([Key::from_pem("1", public.as_bytes()).unwrap()]);
        let grant = Grant {
            subject: "s".into(),
            audience: Audience::StompWs,
            role: Role::Guest,
            user: None,
        };
        let token = signer.issue(&grant, NOW).unwrap();
        assert_eq!(verify(&verifier, token.as_str()), Ok(()));
        assert_eq!(
            verifier.issue(&grant, NOW),
            Err(super::IssueError::NoSigningKey)
        );
    }
}

#[test]
fn a_public_key_is_never_a_secret() {
    for (kid, public) in [("ed", ed_public()), ("ec", ec_public())] {
        let verifier = service([Key::from_pem(kid, public.as_bytes()).unwrap()]);
        let der = bytes_of_pem(&public);
        for secret in [
            public.as_bytes(),
            public.trim().as_bytes(),
            &der,
            &der[der.len() - 32..],
        ] {
            let forger = Key::hs256(kid, secret).unwrap();
            let forged = sign(&forger, CLAIMS.as_bytes()).unwrap();
            assert_eq!(
                verify(&verifier, forged.as_str()),
                Err(VerifyError::Algorithm)
            );
            let unnamed = message(r#"{"alg":"HS256"}"#);
            let unnamed = format!("{unnamed}.{}", forger.sign(unnamed.as_bytes()).unwrap());
            assert_eq!(verify(&verifier, &unnamed), Err(VerifyError::Algorithm));
        }
    }
}

fn bytes_of_pem(pem: &str) -> Vec<u8> {
    let text: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    base64_simd::STANDARD.decode_to_vec(text).unwrap()
}

#[test]
fn a_key_is_used_with_its_own_algorithm_only() {
    let both = service([ed(), ec(), Key::hs256("hs", &[7; 32]).unwrap()]);
    for (alg, kid) in [
        ("HS256", "ed"),
        ("HS256", "ec"),
        ("ES256", "ed"),
        ("EdDSA", "ec"),
        ("EdDSA", "hs"),
        ("RS256", "ec"),
    ] {
        let header = format!(r#"{{"alg":"{alg}","kid":"{kid}"}}"#);
        let forged = with_signature(&message(&header), &[1; 64]);
        assert_eq!(
            verify(&both, &forged),
            Err(VerifyError::Algorithm),
            "{alg} with {kid}"
        );
    }
}

#[test]
fn keys_that_the_token_brings_along_are_not_looked_at() {
    let other = Key::hs256("mine", &[9; 32]).unwrap();
    let ours = service([Key::hs256("ours", &[7; 32]).unwrap()]);
    for extra in [
        r#""jwk":{"kty":"oct","k":"CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk"}"#,
        r#""jku":"https://evil.example.com/jwks.json""#,
        r#""x5u":"https://evil.example.com/x.pem""#,
        r#""x5c":["AAAA"]"#,
    ] {
        let header = format!(r#"{{"alg":"HS256",{extra}}}"#);
        let message = message(&header);
        let forged = format!("{message}.{}", other.sign(message.as_bytes()).unwrap());
        assert_eq!(
            verify(&ours, &forged),
            Err(VerifyError::Signature),
            "{extra}"
        );
    }
}

#[test]
fn key_ids_are_names_and_nothing_else() {
    let ours = service([Key::hs256("ours", &[7; 32]).unwrap()]);
    for kid in [
        "",
        "../../dev/null",
        "' OR 1=1 --",
        "OURS",
        "ours ",
        "ours\\u0000",
        "#0",
        &"k".repeat(1000),
    ] {
        let forged = with_signature(
            &message(&format!(r#"{{"alg":"HS256","kid":"{kid}"}}"#)),
            &[0; 32],
        );
        assert_eq!(
            verify(&ours, &forged),
            Err(VerifyError::UnknownKey),
            "{kid}"
        );
    }
}

#[test]
fn ecdsa_signatures_of_special_numbers_are_refused() {
    // The order of P-256 (SEC 2, section 2.4.2).
    let order = bytes("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE");
    let (zero, one, full) = ([0; 32], [[0; 31].as_slice(), &[1]].concat(), [0xff; 32]);
    let numbers: [&[u8]; 4] = [&zero, &one, &order, &full];
    let verifier = service([Key::from_pem("ec", ec_public().as_bytes()).unwrap()]);
    let message = message(r#"{"alg":"ES256"}"#);
    for r in numbers {
        for s in numbers {
            let forged = with_signature(&message, &[r, s].concat());
            assert_eq!(verify(&verifier, &forged), Err(VerifyError::Signature));
        }
    }
}

#[test]
fn a_right_signature_in_another_form_is_refused() {
    for (key, kid) in [(ec(), "ec"), (ed(), "ed")] {
        let token = sign(&key, CLAIMS.as_bytes()).unwrap();
        let verifier = service([key]);
        assert_eq!(verify(&verifier, token.as_str()), Ok(()));
        let (message, right) = signature_of(token.as_str());
        let (r, s) = right.split_at(32);
        let der = [&[0x30, 70, 2, 33, 0], r, &[2, 33, 0], s].concat();
        let swapped = [s, r].concat();
        let long = [right.as_slice(), &[0]].concat();
        for form in [
            &der[..],
            &swapped,
            &long,
            &right[..63],
            &right[1..],
            &[0; 64],
            &[],
        ] {
            assert_eq!(
                verify(&verifier, &with_signature(&message, form)),
                Err(VerifyError::Signature),
                "{kid}"
            );
        }
    }
}

#[test]
fn an_ed25519_signature_has_one_form() {
    // The order of the base point (RFC 8032, section 5.1), little-endian.
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let token = sign(&ed(), CLAIMS.as_bytes()).unwrap();
    let (message, mut signature) = signature_of(token.as_str());
    let mut carry = 0;
    for (byte, order) in signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
    assert_eq!(
        verify(&service([ed()]), &with_signature(&message, &signature)),
        Err(VerifyError::Signature)
    );
}

#[test]
fn texts_around_a_token_do_not_count() {
    let ours = service([ed()]);
    let token = sign(&ed(), CLAIMS.as_bytes()).unwrap();
    let token = token.as_str();
    for spoiled in [
        format!(" {token}"),
        format!("{token} "),
        format!("{token}\n"),
        format!("{token}\0"),
        format!("{token}="),
        format!("{token}."),
        format!(".{token}"),
        format!("Bearer {token}"),
        format!("\"{token}\""),
        format!("{token}.{token}"),
        token.replace('.', "．"),
        token.replace('.', ".."),
        token.replace('-', "+").replace('_', "/") + "A",
    ] {
        assert!(verify(&ours, &spoiled).is_err(), "{spoiled}");
    }
}

#[test]
fn other_serialisations_are_malformed() {
    let ours = service([ed()]);
    for other in [
        r#"{"payload":"e30","signatures":[{"protected":"e30","signature":"AA"}]}"#,
        "eyJhbGciOiJSU0EtT0FFUCJ9.AAAA.AAAA.AAAA.AAAA",
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..AAAA.AAAA.AAAA",
    ] {
        assert_eq!(verify(&ours, other), Err(VerifyError::Malformed), "{other}");
    }
    let unencoded = with_signature(
        &message(r#"{"alg":"EdDSA","b64":false,"crit":["b64"]}"#),
        &[1; 64],
    );
    assert_eq!(verify(&ours, &unencoded), Err(VerifyError::Malformed));
}

#[test]
fn a_signed_token_with_doubled_claims_is_malformed() {
    let ours = service([ed()]);
    for claims in [
        CLAIMS.replace("\"exp\"", "\"exp\":9999999999,\"exp\""),
        CLAIMS.replace("\"sub\"", "\"sub\":\"admin\",\"s\\u0075b\""),
        CLAIMS.replace('}', ",\"aud\":[\"stomp-ws\"]}"),
    ] {
        let token = sign(&ed(), claims.as_bytes()).unwrap();
        assert_eq!(
            verify(&ours, token.as_str()),
            Err(VerifyError::Malformed),
            "{claims}"
        );
    }
}

#[test]
fn a_signed_token_that_is_not_utf8_is_malformed() {
    let ours = service([ed()]);
    for place in ["jti", "nobody reads this"] {
        let mut claims = CLAIMS
            .replace('}', &format!(r#","{place}":"?"}}"#))
            .into_bytes();
        let mark = claims.iter().rposition(|byte| *byte == b'?').unwrap();
        claims[mark] = 0xff;
        let token = sign(&ed(), &claims).unwrap();
        assert_eq!(
            verify(&ours, token.as_str()),
            Err(VerifyError::Malformed),
            "{place}"
        );
    }
}

#[test]
fn claims_that_nest_deep_cost_no_stack() {
    let ours = service([ed()]);
    for (open, close) in [("[", "]"), (r#"{"x":"#, "}")] {
        let depth = 2000 / (open.len() + close.len());
        let nested = format!("{}0{}", open.repeat(depth), close.repeat(depth));
        let claims = CLAIMS.replace('}', &format!(r#","x":{nested}}}"#));
        let token = sign(&ed(), claims.as_bytes()).unwrap();
        let told = verify(&ours, token.as_str());
        let looked_at = matches!(told, Ok(()) | Err(VerifyError::Malformed));
        assert!(looked_at, "within the size that is looked at: {told:?}");
    }
}

#[test]
fn times_that_are_no_plain_numbers_are_malformed() {
    let ours = service([ed()]);
    for exp in [
        r#""1730893245""#,
        "true",
        "null",
        "[1730893245]",
        r#"{"$gt":0}"#,
        "1e400",
        "-1e3",
        "253402300800",
        "9223372036854775808",
        "NaN",
        "0x7fffffff",
        "1730893245.",
    ] {
        for field in ["exp", "iat", "nbf"] {
            let claims = CLAIMS
                .replace(
                    r#""exp":1730893245"#,
                    r#""exp":1730893245,"nbf":1730892345"#,
                )
                .replace("1730892345", "1730892300");
            let at = claims.find(&format!("\"{field}\":")).unwrap() + field.len() + 3;
            let end = claims[at..].find([',', '}']).unwrap() + at;
            let claims = format!("{}{exp}{}", &claims[..at], &claims[end..]);
            let token = sign(&ed(), claims.as_bytes()).unwrap();
            // JSON's null leaves a claim out, and only `nbf` may be.
            let expected = if (field, exp) == ("nbf", "null") {
                Ok(())
            } else {
                Err(VerifyError::Malformed)
            };
            assert_eq!(verify(&ours, token.as_str()), expected, "{claims}");
        }
    }
    for fine in ["1730893245.5", "1.730893245e9", "253402300799"] {
        let claims = CLAIMS.replace("1730893245", fine);
        let token = sign(&ed(), claims.as_bytes()).unwrap();
        assert_eq!(verify(&ours, token.as_str()), Ok(()), "{fine}");
    }
}

#[test]
fn headers_that_ask_for_more_than_a_signature_are_not_obeyed() {
    let ours = service([ed()]);
    let signed = |header: &str| {
        let message = message(header);
        let signature = ed().sign(message.as_bytes()).unwrap();
        format!("{message}.{signature}")
    };
    for refused in [
        r#"{"alg":"EdDSA","crit":["exp"],"exp":0}"#,
        r#"{"alg":"EdDSA","crit":[]}"#,
        r#"{"alg":"EdDSA","typ":"dpop+jwt"}"#,
        r#"{"alg":"EdDSA","typ":"at+jwt"}"#,
        r#"{"alg":"EdDSA","kid":["ed"]}"#,
        r#"{"alg":"EdDSA","kid":{"$ne":""}}"#,
    ] {
        assert_eq!(
            verify(&ours, &signed(refused)),
            Err(VerifyError::Malformed),
            "{refused}"
        );
    }
    // What is not marked as critical may be there and is not looked at: the payload stays encoded and uncompressed.
    for ignored in [
        r#"{"alg":"EdDSA","b64":false}"#,
        r#"{"alg":"EdDSA","zip":"DEF"}"#,
        r#"{"alg":"EdDSA","cty":"JWT"}"#,
    ] {
        assert_eq!(verify(&ours, &signed(ignored)), Ok(()), "{ignored}");
    }
}
