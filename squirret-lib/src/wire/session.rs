//! Bodies and replies of the session calls.

use super::{
    BodyError, FieldRule, TokenText,
    fields::{Fields, required},
};
use crate::{
    coach::Workout,
    feedback::Status,
    session::{DeviceId, FinishReport, SessionId},
    squat::NotCounting,
    verdict::Language,
};
use serde::Serialize;
use std::borrow::Cow;
use uuid::Uuid;

/// Characters of an inference session's `userId` at most.
const MAX_USER_ID: usize = 128;

/// Characters of an ID token's subject at most (OpenID Connect Core 1.0, section 2).
const MAX_SUBJECT: usize = 255;

/// Characters of a pair's claim code at most.
const MAX_CLAIM: usize = 128;

/// Characters of an e-mail address at most (RFC 5321, section 4.5.3.1.3).
const MAX_ADDRESS: usize = 254;

/// Body of `POST /auth/upgrade`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UpgradeBody<'a> {
    /// The user: a UUID, or with an OpenID provider the subject of its ID token, of any form.
    pub user_id: Cow<'a, str>,
    /// The guest's session.
    pub session_id: SessionId,
    /// Address.
    pub email: Cow<'a, str>,
    /// The OpenID provider's token, where one is asked for.
    pub id_token: Option<TokenText>,
    /// What an earlier sign-in of this user was answered, for signing in again.
    pub user_key: Option<TokenText>,
    /// A code that another phone of this user shows.
    pub pairing_code: Option<TokenText>,
}

impl UpgradeBody<'_> {
    /// The user as a UUID.
    ///
    /// # Errors
    /// [`BodyError`] for any other form.
    pub fn user_uuid(&self) -> Result<Uuid, BodyError> {
        let SessionId(user) = self
            .user_id
            .parse()
            .map_err(|_| BodyError::field("userId", FieldRule::Uuid))?;
        Ok(user)
    }
}

/// Reads the body of `POST /auth/upgrade`.
///
/// # Errors
/// [`BodyError`] names the field and the rule.
pub fn parse_upgrade(body: &[u8]) -> Result<UpgradeBody<'_>, BodyError> {
    let place = |name: &str| {
        [
            "userId",
            "sessionId",
            "email",
            "idToken",
            "userKey",
            "pairingCode",
        ]
        .iter()
        .position(|known| *known == name)
    };
    let fields = Fields::<6>::parse(body, place)?;
    let user_id = required(fields.name(0, "userId", MAX_SUBJECT)?, "userId")?;
    let session_id = SessionId(required(fields.uuid(1, "sessionId")?, "sessionId")?);
    let email = required(fields.name(2, "email", MAX_ADDRESS)?, "email")?;
    if !is_address(&email) {
        return Err(BodyError::field("email", FieldRule::Address));
    }
    let secret = |index, name| {
        let text = fields.text(index, name)?;
        Ok::<_, BodyError>(text.map(|text| TokenText::new(text.to_string())))
    };
    Ok(UpgradeBody {
        user_id,
        session_id,
        id_token: secret(3, "idToken")?,
        user_key: secret(4, "userKey")?,
        pairing_code: secret(5, "pairingCode")?,
        email,
    })
}

/// Something before and after one `@`, no blanks: whether it is an address only a letter to it can tell.
fn is_address(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@')
    }) && !text.contains(char::is_whitespace)
}

/// Body of `POST /api/session`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreateBody<'a> {
    /// A user's id, a guest's session id, or any other name.
    pub user_id: Cow<'a, str>,
}

/// Reads the body of `POST /api/session`.
///
/// # Errors
/// [`BodyError`] names the field and the rule.
pub fn parse_create(body: &[u8]) -> Result<CreateBody<'_>, BodyError> {
    let fields = Fields::<1>::parse(body, |name| (name == "userId").then_some(0))?;
    let user_id = required(fields.name(0, "userId", MAX_USER_ID)?, "userId")?;
    Ok(CreateBody { user_id })
}

/// Reads the body of `POST /api/session/{id}/finish`.
///
/// # Errors
/// [`BodyError`] names the field and the rule.
pub fn parse_finish(body: &[u8]) -> Result<FinishReport, BodyError> {
    let place = |name: &str| {
        ["framesIn", "framesOut", "durationSeconds"]
            .iter()
            .position(|known| *known == name)
    };
    let fields = Fields::<3>::parse(body, place)?;
    Ok(FinishReport {
        frames_in: fields.whole(0, "framesIn")?,
        frames_out: fields.whole(1, "framesOut")?,
        duration_seconds: fields.whole(2, "durationSeconds")?,
    })
}

/// Body of `POST` and `DELETE /api/session/{id}/devices`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeviceBody<'a> {
    /// The pair of insoles.
    pub device_id: DeviceId<'a>,
    /// The claim code that the pair shows or carries, where it has one.
    pub claim: Option<TokenText>,
}

/// Reads the body of `POST` and `DELETE /api/session/{id}/devices`.
///
/// # Errors
/// [`BodyError`] names the field and the rule.
pub fn parse_device(body: &[u8]) -> Result<DeviceBody<'_>, BodyError> {
    let place = |name: &str| {
        ["deviceId", "claim"]
            .iter()
            .position(|known| *known == name)
    };
    let fields = Fields::<2>::parse(body, place)?;
    let device_id = required(fields.device(0, "deviceId")?, "deviceId")?;
    let claim = fields
        .name(1, "claim", MAX_CLAIM)?
        .map(|text| TokenText::new(text.to_string()));
    Ok(DeviceBody { device_id, claim })
}

/// Reply of `POST /internal/session`, `/auth/upgrade` and `/api/session/{id}/refresh`.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SessionReply<'a> {
    session_id: SessionId,
    ws_token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_key: Option<&'a str>,
}

impl<'a> SessionReply<'a> {
    /// Of a session and its token.
    #[must_use]
    pub const fn new(session_id: SessionId, ws_token: &'a str) -> Self {
        Self {
            session_id,
            ws_token,
            user_id: None,
            user_key: None,
        }
    }

    /// With the id that the session's user has in all other calls.
    #[must_use]
    pub const fn with_user(mut self, user_id: Uuid) -> Self {
        self.user_id = Some(user_id);
        self
    }

    /// With what proves the user when they sign in again, where the server itself keeps who a user is.
    #[must_use]
    pub const fn with_user_key(mut self, user_key: &'a str) -> Self {
        self.user_key = Some(user_key);
        self
    }
}

/// Reply of `POST /api/user/{id}/pairing`.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PairingReply<'a> {
    user_id: Uuid,
    pairing_code: &'a str,
    expires_in: u64,
}

impl<'a> PairingReply<'a> {
    /// Of a user and a code that is good for so many seconds.
    #[must_use]
    pub const fn new(user_id: Uuid, pairing_code: &'a str, expires_in: u64) -> Self {
        Self {
            user_id,
            pairing_code,
            expires_in,
        }
    }
}

/// Reply of `POST /api/session`.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct InferenceCreated<'a> {
    session_id: SessionId,
    ws_url: &'a str,
    ws_token: &'a str,
}

impl<'a> InferenceCreated<'a> {
    /// Of a session, the inference plane's URL for it (`INFERENCE_WS_BASE_URL` + `/ws/` + id), and its token.
    #[must_use]
    pub const fn new(session_id: SessionId, ws_url: &'a str, ws_token: &'a str) -> Self {
        Self {
            session_id,
            ws_url,
            ws_token,
        }
    }
}

/// Reply of `POST /api/session/{id}/finish`.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Finished {
    status: &'static str,
    session_id: SessionId,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<FinalOutcome>,
}

/// What a finished session came to.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FinalOutcome {
    status: Status,
    reps: u32,
    clean_reps: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f64>,
    /// Why there is no repetition, as a code and as a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_counting: Option<NotCounting>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    summary: String,
}

impl Finished {
    /// Of this session.
    #[must_use]
    pub const fn new(session_id: SessionId) -> Self {
        Self {
            status: "completed",
            session_id,
            outcome: None,
        }
    }

    /// With what the session's workouts came to, in `language`.
    #[must_use]
    pub fn with_outcome(mut self, workout: &Workout, language: Language) -> Self {
        self.outcome = Some(FinalOutcome {
            status: workout.status(),
            reps: workout.reps,
            clean_reps: workout.clean_reps,
            score: workout.score,
            not_counting: workout.not_counting,
            reason: workout.not_counting.map(|reason| reason.explain(language)),
            summary: workout.summary(language),
        });
        self
    }
}

/// Reply of `POST /api/fsr_data`: `{"status":"ACCEPTED"}`.
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct Accepted {
    status: &'static str,
}

impl Accepted {
    /// The reply as bytes, for the path that is called most.
    pub const JSON: &'static [u8] = br#"{"status":"ACCEPTED"}"#;

    /// The one reply that there is.
    #[must_use]
    pub const fn new() -> Self {
        Self { status: "ACCEPTED" }
    }
}

impl Default for Accepted {
    fn default() -> Self {
        Self::new()
    }
}

/// Reply of `POST /internal/ai/status`: `{"ok":true}`.
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct StatusAccepted {
    ok: bool,
}

impl StatusAccepted {
    /// The one reply that there is.
    #[must_use]
    pub const fn new() -> Self {
        Self { ok: true }
    }
}

impl Default for StatusAccepted {
    fn default() -> Self {
        Self::new()
    }
}

/// Reply of `POST` and `DELETE /api/session/{id}/devices`.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeviceReply<'a> {
    session_id: SessionId,
    device_id: &'a str,
    bound: bool,
}

impl<'a> DeviceReply<'a> {
    /// `bound`: whether the device belongs to the session from now on.
    #[must_use]
    pub const fn new(session_id: SessionId, device_id: &'a str, bound: bool) -> Self {
        Self {
            session_id,
            device_id,
            bound,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::to_json;

    const ID: &str = "e0e1c6af-0000-4000-8000-00000000000f";

    fn json(view: &impl Serialize) -> String {
        String::from_utf8(to_json(view)).unwrap()
    }

    fn message<T: std::fmt::Debug>(result: Result<T, BodyError>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn reads_an_upgrade() {
        let body = format!(r#"{{"userId":"{ID}","sessionId":"{ID}","email":"user@example.com"}}"#);
        let upgrade = parse_upgrade(body.as_bytes()).unwrap();
        assert_eq!(upgrade.user_id, ID);
        assert_eq!(upgrade.user_uuid().unwrap().to_string(), ID);
        assert_eq!(upgrade.email, "user@example.com");
    }

    #[test]
    fn an_upgrade_names_what_is_wrong() {
        let of = |user: &str, session: &str, email: &str| {
            let body = format!(r#"{{"userId":{user},"sessionId":{session},"email":{email}}}"#);
            message(parse_upgrade(body.as_bytes()))
        };
        let (id, mail) = (&format!("{ID:?}"), "\"a@b\"");
        assert_eq!(of("null", id, mail), "userId is required");
        assert!(of("\"\"", id, mail).starts_with("userId must have 1 to 255 characters"));
        assert_eq!(of(id, "7", mail), "sessionId must be a string");
        assert_eq!(of(id, id, "null"), "email is required");
        for bad in ["\"a\"", "\"@b\"", "\"a@\"", "\"a@b@c\"", "\"a b@c\""] {
            assert_eq!(of(id, id, bad), "email must be an e-mail address");
        }
        let long = format!("\"{}@b\"", "a".repeat(253));
        assert!(of(id, id, &long).starts_with("email must have 1 to 254 characters"));
    }

    #[test]
    fn the_subject_of_an_id_token_need_not_be_a_uuid() {
        for subject in [
            "001234.0123456789abcdef.1234",
            "110169484474386276334",
            "auth0|5f7c8ec7c33c6c004bbafe82",
        ] {
            let body = format!(r#"{{"userId":"{subject}","sessionId":"{ID}","email":"a@b"}}"#);
            let upgrade = parse_upgrade(body.as_bytes()).unwrap();
            assert_eq!(upgrade.user_id, subject);
            assert_eq!(
                upgrade.user_uuid().unwrap_err().to_string(),
                "userId must be a UUID"
            );
        }
    }

    #[test]
    fn any_plain_name_may_ask_for_inference() {
        assert_eq!(
            parse_create(br#"{"userId":"user123"}"#).unwrap().user_id,
            "user123"
        );
        assert_eq!(message(parse_create(b"{}")), "userId is required");
        let long = format!(r#"{{"userId":"{}"}}"#, "u".repeat(129));
        assert!(parse_create(long.as_bytes()).is_err());
    }

    #[test]
    fn a_finish_has_three_counts() {
        let report =
            parse_finish(br#"{"framesIn":150,"framesOut":149.0,"durationSeconds":30}"#).unwrap();
        assert_eq!(
            report,
            FinishReport {
                frames_in: 150,
                frames_out: 149,
                duration_seconds: 30
            }
        );
        assert_eq!(
            message(parse_finish(br#"{"framesIn":1,"framesOut":1}"#)),
            "durationSeconds is required"
        );
        assert!(
            message(parse_finish(br#"{"framesIn":-1}"#))
                .starts_with("framesIn must be a whole number")
        );
    }

    #[test]
    fn replies_have_the_seeds_shapes() {
        let id: SessionId = ID.parse().unwrap();
        insta::assert_snapshot!(json(&SessionReply::new(id, "T")), @r#"{"sessionId":"e0e1c6af-0000-4000-8000-00000000000f","wsToken":"T"}"#);
        insta::assert_snapshot!(json(&InferenceCreated::new(id, "ws://localhost:8000/ws/e0", "T")), @r#"{"sessionId":"e0e1c6af-0000-4000-8000-00000000000f","wsUrl":"ws://localhost:8000/ws/e0","wsToken":"T"}"#);
        insta::assert_snapshot!(json(&Finished::new(id)), @r#"{"status":"completed","sessionId":"e0e1c6af-0000-4000-8000-00000000000f"}"#);
        insta::assert_snapshot!(json(&DeviceReply::new(id, "pair-1", true)), @r#"{"sessionId":"e0e1c6af-0000-4000-8000-00000000000f","deviceId":"pair-1","bound":true}"#);
        assert_eq!(json(&StatusAccepted::new()), r#"{"ok":true}"#);
        assert_eq!(to_json(&Accepted::new()), Accepted::JSON);
    }
}
