//! `POST /internal/ai/status`: what another AI sees.

use super::{
    BodyError,
    fields::{FieldScalar, Fields},
};
use crate::{Mark, feedback::AiStatus, session::SessionId};

/// An AI's status and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatusBody {
    /// The three marks.
    pub status: AiStatus,
    /// `sessionId`.
    pub session: Option<SessionId>,
}

fn place(name: &str) -> Option<usize> {
    ["lumbar", "knee", "ankle", "sessionId"]
        .iter()
        .position(|known| *known == name)
}

/// Reads an AI status: each of the three is `good`, `bad` or `null` in any case, JSON `null`, or absent.
///
/// # Errors
/// [`BodyError::Status`] for any other mark; the others of [`BodyError`].
pub fn parse_status(body: &[u8]) -> Result<StatusBody, BodyError> {
    let fields = Fields::<4>::parse(body, place)?;
    let [lumbar, knee, ankle, _] = &fields.0;
    let status = AiStatus {
        lumbar: mark(lumbar, "lumbar")?,
        knee: mark(knee, "knee")?,
        ankle: mark(ankle, "ankle")?,
    };
    Ok(StatusBody {
        status,
        session: fields.uuid(3, "sessionId")?.map(SessionId),
    })
}

fn mark(value: &FieldScalar<'_>, field: &'static str) -> Result<Mark, BodyError> {
    match value {
        FieldScalar::Null => Ok(Mark::Null),
        FieldScalar::Text(text) if text.eq_ignore_ascii_case("good") => Ok(Mark::Good),
        FieldScalar::Text(text) if text.eq_ignore_ascii_case("bad") => Ok(Mark::Bad),
        FieldScalar::Text(text) if text.eq_ignore_ascii_case("null") => Ok(Mark::Null),
        _ => Err(BodyError::Status { field }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(body: &str) -> [Mark; 3] {
        let AiStatus {
            lumbar,
            knee,
            ankle,
        } = parse_status(body.as_bytes()).unwrap().status;
        [lumbar, knee, ankle]
    }

    #[test]
    fn reads_marks_in_any_case_and_absent_ones() {
        use Mark::{Bad, Good, Null};
        assert_eq!(
            marks(r#"{"lumbar":"good","knee":"bad","ankle":"null"}"#),
            [Good, Bad, Null]
        );
        assert_eq!(
            marks(r#"{"lumbar":"GOOD","knee":"Bad","ankle":null}"#),
            [Good, Bad, Null]
        );
        assert_eq!(marks("{}"), [Null, Null, Null]);
    }

    #[test]
    fn other_marks_are_invalid_statuses() {
        for (body, field) in [
            (r#"{"lumbar":"fine"}"#, "lumbar"),
            (r#"{"knee":true}"#, "knee"),
            (r#"{"ankle":""}"#, "ankle"),
            (r#"{"ankle":0}"#, "ankle"),
        ] {
            let error = parse_status(body.as_bytes()).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("{field} must be good, bad or null")
            );
            assert_eq!(error.code().as_str(), "INVALID_STATUS");
        }
    }

    #[test]
    fn the_session_is_a_uuid() {
        let id = "e0e1c6af-0000-4000-8000-00000000000f";
        let body = format!(r#"{{"knee":"bad","sessionId":"{id}"}}"#);
        assert_eq!(
            parse_status(body.as_bytes()).unwrap().session,
            id.parse().ok()
        );
        let error = parse_status(br#"{"sessionId":"x"}"#).unwrap_err();
        assert_eq!(error.to_string(), "sessionId must be a UUID");
        assert_eq!(error.code().as_str(), "VALIDATION_ERROR");
    }
}
