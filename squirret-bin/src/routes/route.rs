//! What each path of both planes leads to: its methods, its name in the metrics, what limits it.

use super::page;
use crate::plane::Plane;

/// What a path leads to; the name is the metrics' label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route<'a> {
    IssueGuest,
    Upgrade,
    CreateInference,
    Refresh(&'a str),
    Finish(&'a str),
    Devices(&'a str),
    Report(&'a str),
    ReportLink(&'a str),
    Workouts(&'a str),
    LinkedReport(&'a str),
    LinkedWorkouts(&'a str),
    User(&'a str),
    Pairing(&'a str),
    Usage,
    Upload,
    Latest,
    Feedback,
    Combined,
    AiStatus,
    Stomp,
    Insole,
    Analyses,
    Inference(&'a str),
    Health,
    Ready,
    Metrics,
    PublicKeys,
    #[cfg(test)]
    Echo,
    Page(&'static page::Asset),
    Unknown,
}

impl<'a> Route<'a> {
    pub(super) fn of(plane: Plane, path: &'a str) -> Self {
        match plane {
            Plane::Control => Self::control(path),
            Plane::Inference => Self::inference(path),
        }
    }

    fn control(path: &'a str) -> Self {
        match path {
            "/api/fsr_data" => Self::Upload,
            "/api/fsr_data/latest" => Self::Latest,
            "/api/fsr_data/feedback" => Self::Feedback,
            "/api/fsr_data/feedback/combined" => Self::Combined,
            "/internal/session" => Self::IssueGuest,
            "/internal/ai/status" => Self::AiStatus,
            "/internal/usage" => Self::Usage,
            "/auth/upgrade" => Self::Upgrade,
            "/api/session" => Self::CreateInference,
            "/ws" => Self::Stomp,
            "/ws/fsr-data" => Self::Insole,
            "/ws/analysis" => Self::Analyses,
            "/.well-known/jwks.json" => Self::PublicKeys,
            #[cfg(test)]
            "/echo" => Self::Echo,
            _ => Self::of_session(path)
                .or_else(|| Self::of_user(path))
                .or_else(|| Self::operation(path))
                .unwrap_or_else(|| Self::asset(path)),
        }
    }

    fn inference(path: &'a str) -> Self {
        match path.strip_prefix("/ws/") {
            Some(session) if !session.contains('/') => Self::Inference(session),
            _ => Self::operation(path).unwrap_or(Self::Unknown),
        }
    }

    fn of_session(path: &'a str) -> Option<Self> {
        let (session, call) = path.strip_prefix("/api/session/")?.split_once('/')?;
        match call {
            "refresh" => Some(Self::Refresh(session)),
            "finish" => Some(Self::Finish(session)),
            "devices" => Some(Self::Devices(session)),
            "report" => Some(Self::Report(session)),
            "workouts" => Some(Self::Workouts(session)),
            "report/link" => Some(Self::ReportLink(session)),
            _ => None,
        }
    }

    fn of_user(path: &'a str) -> Option<Self> {
        let one = |name: &'a str| (!name.is_empty() && !name.contains('/')).then_some(name);
        if let Some(link) = path.strip_prefix("/api/report/") {
            return one(link).map(Self::LinkedReport);
        }
        if let Some(link) = path.strip_prefix("/api/workouts/") {
            return one(link).map(Self::LinkedWorkouts);
        }
        let user = path.strip_prefix("/api/user/")?;
        match user.strip_suffix("/pairing") {
            Some(user) => one(user).map(Self::Pairing),
            None => one(user).map(Self::User),
        }
    }

    fn operation(path: &str) -> Option<Self> {
        match path {
            "/healthz" => Some(Self::Health),
            "/readyz" => Some(Self::Ready),
            "/metrics" => Some(Self::Metrics),
            _ => None,
        }
    }

    fn asset(path: &str) -> Self {
        page::asset(path).map_or(Self::Unknown, Self::Page)
    }

    /// The methods it knows, as `Allow` lists them.
    pub(super) const fn allow(self) -> &'static str {
        match self {
            Self::IssueGuest
            | Self::Upgrade
            | Self::CreateInference
            | Self::Refresh(_)
            | Self::Finish(_)
            | Self::Pairing(_)
            | Self::ReportLink(_) => "POST",
            Self::Upload | Self::AiStatus => "POST",
            Self::Devices(_) => "GET, HEAD, POST, DELETE",
            Self::Stomp | Self::Insole | Self::Analyses | Self::Inference(_) => "GET",
            Self::User(_) | Self::Workouts(_) | Self::LinkedWorkouts(_) => "GET, HEAD, DELETE",
            _ => "GET, HEAD",
        }
    }

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::IssueGuest => "/internal/session",
            Self::Upgrade => "/auth/upgrade",
            Self::CreateInference => "/api/session",
            Self::Refresh(_) => "/api/session/{id}/refresh",
            Self::Finish(_) => "/api/session/{id}/finish",
            Self::Devices(_) => "/api/session/{id}/devices",
            Self::Report(_) => "/api/session/{id}/report",
            Self::ReportLink(_) => "/api/session/{id}/report/link",
            Self::Workouts(_) => "/api/session/{id}/workouts",
            Self::LinkedReport(_) => "/api/report/{link}",
            Self::LinkedWorkouts(_) => "/api/workouts/{link}",
            Self::User(_) => "/api/user/{id}",
            Self::Pairing(_) => "/api/user/{id}/pairing",
            Self::Usage => "/internal/usage",
            Self::Upload => "/api/fsr_data",
            Self::Latest => "/api/fsr_data/latest",
            Self::Feedback => "/api/fsr_data/feedback",
            Self::Combined => "/api/fsr_data/feedback/combined",
            Self::AiStatus => "/internal/ai/status",
            Self::Stomp => "/ws",
            Self::Insole => "/ws/fsr-data",
            Self::Analyses => "/ws/analysis",
            Self::Inference(_) => "/ws/{id}",
            Self::Health => "/healthz",
            Self::Ready => "/readyz",
            Self::Metrics => "/metrics",
            Self::PublicKeys => "/.well-known/jwks.json",
            #[cfg(test)]
            Self::Echo => "/echo",
            Self::Page(_) => "page",
            Self::Unknown => "unknown",
        }
    }

    /// The session that its path names. Calls that name it elsewhere count against its rate where that is read.
    pub(super) const fn session(self) -> Option<&'a str> {
        match self {
            Self::Refresh(id)
            | Self::Finish(id)
            | Self::Devices(id)
            | Self::Report(id)
            | Self::ReportLink(id) => Some(id),
            _ => None,
        }
    }

    /// Whether it becomes a WebSocket, which browsers let any page open.
    pub(super) const fn is_socket(self) -> bool {
        matches!(
            self,
            Self::Stomp | Self::Insole | Self::Analyses | Self::Inference(_)
        )
    }

    /// Whether requests of it count against the rate of their address: probes and scrapes do not.
    pub(super) const fn is_limited(self) -> bool {
        !matches!(self, Self::Health | Self::Ready | Self::Metrics)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_of_a_session_counts_against_its_rate() {
        for call in ["refresh", "finish", "devices", "report", "report/link"] {
            let path = format!("/api/session/abc/{call}");
            let route = Route::of(Plane::Control, &path);
            assert_eq!(route.session(), Some("abc"), "{path}");
        }
    }

    #[test]
    fn each_plane_knows_its_own_paths() {
        assert_eq!(Route::of(Plane::Control, "/api/fsr_data"), Route::Upload);
        assert_eq!(
            Route::of(Plane::Control, "/api/session/abc/refresh"),
            Route::Refresh("abc")
        );
        assert_eq!(
            Route::of(Plane::Control, "/api/session/a/b/refresh"),
            Route::Unknown
        );
        assert_eq!(Route::of(Plane::Control, "/ws/abc"), Route::Unknown);
        assert_eq!(
            Route::of(Plane::Inference, "/ws/abc"),
            Route::Inference("abc")
        );
        assert_eq!(Route::of(Plane::Inference, "/ws/abc/d"), Route::Unknown);
        assert_eq!(Route::of(Plane::Inference, "/api/fsr_data"), Route::Unknown);
        assert_eq!(Route::of(Plane::Inference, "/healthz"), Route::Health);
    }
}
