//! The table of routes: for each path its planes, its methods and what answers them. `Allow`, the label in the metrics
//! and the limits follow from it; a test compares it with both contracts.

use std::{future::ready, sync::Arc};

use futures_util::future::BoxFuture;
use hyper::{Method, Request, body::Incoming};

use super::{Answer, Call, ai, auth, fsr, ops, page, report, sessions, usage, user, workouts};
use crate::{app::App, endpoints, fanout::StreamKind, plane::Plane};

/// What answers a method of a path; handlers get the path's parameter, or an empty text.
#[derive(Clone, Copy, Debug)]
pub(super) enum Action {
    /// An upload of samples: by far the most frequent request, so its future is not boxed.
    Upload,
    /// Any other request.
    Handler(fn(Call, String) -> BoxFuture<'static, Answer>),
    /// An upgrade to a WebSocket.
    Socket(fn(&Arc<App>, Request<Incoming>, &str) -> Answer),
}

/// Wraps an async handler: `call!(f)` for `f(call)`, `call!(f, id)` for `f(call, id)`.
macro_rules! call {
    ($handler:path) => {
        Action::Handler(|call, _| Box::pin($handler(call)))
    };
    ($handler:path, id) => {
        Action::Handler(|call, id| Box::pin(async move { $handler(call, &id).await }))
    };
}

/// Wraps a handler that answers without waiting: `now!(f)` for `f(&call)`, `now!(f, id)` for `f(&call, id)`.
macro_rules! now {
    ($handler:path) => {
        Action::Handler(|call, _| Box::pin(ready($handler(&call))))
    };
    ($handler:path, id) => {
        Action::Handler(|call, id| Box::pin(ready($handler(&call, &id))))
    };
}

/// One row of the table.
#[derive(Debug)]
pub(super) struct Spec {
    /// The path, with at most one parameter in braces; also the label in the metrics.
    pub(super) path: &'static str,
    planes: &'static [Plane],
    methods: &'static [(&'static str, Action)],
}

const CONTROL: &[Plane] = &[Plane::Control];
const INFERENCE: &[Plane] = &[Plane::Inference];
const BOTH: &[Plane] = &[Plane::Control, Plane::Inference];

/// What begins the path of each request about a session.
const OF_SESSION: &str = "/api/session/{id}/";

/// Probes and scrapes, which do not count against the rate of their address.
const UNLIMITED: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

const fn spec(
    planes: &'static [Plane],
    path: &'static str,
    methods: &'static [(&'static str, Action)],
) -> Spec {
    Spec {
        path,
        planes,
        methods,
    }
}

/// All routes besides the files of the page.
static ROUTES: &[Spec] = &[
    spec(CONTROL, "/api/fsr_data", &[("POST", Action::Upload)]),
    spec(
        CONTROL,
        "/api/fsr_data/latest",
        &[("GET", now!(fsr::latest))],
    ),
    spec(
        CONTROL,
        "/api/fsr_data/feedback",
        &[("GET", now!(fsr::feedback))],
    ),
    spec(
        CONTROL,
        "/api/fsr_data/feedback/combined",
        &[("GET", now!(fsr::combined))],
    ),
    spec(
        CONTROL,
        "/internal/session",
        &[("POST", call!(sessions::issue_guest))],
    ),
    spec(
        CONTROL,
        "/internal/ai/status",
        &[("POST", call!(ai::status))],
    ),
    spec(CONTROL, "/internal/usage", &[("GET", call!(usage::usage))]),
    spec(CONTROL, "/auth/upgrade", &[("POST", call!(auth::upgrade))]),
    spec(
        CONTROL,
        "/api/session",
        &[("POST", call!(sessions::create_inference))],
    ),
    spec(
        CONTROL,
        "/api/session/{id}/refresh",
        &[("POST", now!(sessions::refresh, id))],
    ),
    spec(
        CONTROL,
        "/api/session/{id}/finish",
        &[("POST", call!(sessions::finish, id))],
    ),
    spec(
        CONTROL,
        "/api/session/{id}/devices",
        &[
            ("GET", now!(sessions::devices, id)),
            ("POST", call!(sessions::bind_device, id)),
            ("DELETE", call!(sessions::unbind_device, id)),
        ],
    ),
    spec(
        CONTROL,
        "/api/session/{id}/report",
        &[("GET", call!(report::report, id))],
    ),
    spec(
        CONTROL,
        "/api/session/{id}/report/link",
        &[("POST", call!(report::create_link, id))],
    ),
    spec(
        CONTROL,
        "/api/session/{id}/workouts",
        &[
            ("GET", call!(workouts::list, id)),
            ("DELETE", call!(workouts::delete, id)),
        ],
    ),
    spec(
        CONTROL,
        "/api/report/{link}",
        &[("GET", call!(report::linked, id))],
    ),
    spec(
        CONTROL,
        "/api/workouts/{link}",
        &[
            ("GET", call!(workouts::list_linked, id)),
            ("DELETE", call!(workouts::delete_linked, id)),
        ],
    ),
    spec(
        CONTROL,
        "/api/user/{id}",
        &[
            ("GET", call!(user::export, id)),
            ("DELETE", call!(user::erase, id)),
        ],
    ),
    spec(
        CONTROL,
        "/api/user/{id}/pairing",
        &[("POST", now!(user::pair, id))],
    ),
    spec(
        CONTROL,
        "/.well-known/jwks.json",
        &[("GET", now!(ops::public_keys))],
    ),
    spec(BOTH, "/healthz", &[("GET", now!(ops::health))]),
    spec(BOTH, "/readyz", &[("GET", now!(ops::ready))]),
    spec(BOTH, "/metrics", &[("GET", now!(ops::metrics))]),
    spec(
        CONTROL,
        "/ws",
        &[(
            "GET",
            Action::Socket(|app, request, _| endpoints::stomp::upgrade(app, request)),
        )],
    ),
    spec(
        CONTROL,
        "/ws/fsr-data",
        &[(
            "GET",
            Action::Socket(|app, request, _| {
                endpoints::streams::upgrade(app, request, StreamKind::Insole)
            }),
        )],
    ),
    spec(
        CONTROL,
        "/ws/analysis",
        &[(
            "GET",
            Action::Socket(|app, request, _| {
                endpoints::streams::upgrade(app, request, StreamKind::Analysis)
            }),
        )],
    ),
    spec(
        INFERENCE,
        "/ws/{id}",
        &[("GET", Action::Socket(endpoints::inference::upgrade))],
    ),
    #[cfg(test)]
    spec(
        CONTROL,
        "/echo",
        &[(
            "GET",
            Action::Socket(|app, request, _| endpoints::conformance::upgrade(app, request)),
        )],
    ),
];

/// The files of the page.
static PAGE: Spec = spec(CONTROL, "page", &[("GET", now!(page::get))]);

/// Every other path.
static UNKNOWN: Spec = spec(BOTH, "unknown", &[]);

/// A row of the table, and the parameter of the path that led to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Route<'a> {
    pub(super) spec: &'static Spec,
    pub(super) param: &'a str,
}

impl<'a> Route<'a> {
    /// Finds the route of a path.
    pub(super) fn of(plane: Plane, path: &'a str) -> Self {
        let own = ROUTES.iter().filter(|spec| spec.planes.contains(&plane));
        let found = own
            .filter_map(|spec| spec.param(path).map(|param| Self { spec, param }))
            .next();
        found.unwrap_or_else(|| {
            let is_file = plane == Plane::Control && page::asset(path).is_some();
            Self {
                spec: if is_file { &PAGE } else { &UNKNOWN },
                param: "",
            }
        })
    }

    /// Returns the session that the path names. Requests that name it elsewhere count against its rate where that is
    /// read.
    pub(super) fn session(self) -> Option<&'a str> {
        self.spec.path.starts_with(OF_SESSION).then_some(self.param)
    }
}

impl Spec {
    /// Returns the parameter of a path that matches, empty when the template has none.
    fn param<'a>(&self, path: &'a str) -> Option<&'a str> {
        let Some((prefix, rest)) = self.path.split_once('{') else {
            return (self.path == path).then_some("");
        };
        let (_, suffix) = rest.split_once('}')?;
        let param = path.strip_prefix(prefix)?.strip_suffix(suffix)?;
        (!param.is_empty() && !param.contains('/')).then_some(param)
    }

    /// Returns what answers a method; HEAD is answered as GET.
    pub(super) fn action(&self, method: &Method) -> Option<Action> {
        self.methods.iter().find_map(|(name, action)| {
            let is_head = *name == "GET" && method == Method::HEAD && !self.is_socket();
            (method.as_str() == *name || is_head).then_some(*action)
        })
    }

    /// Returns the methods as `Allow` lists them; empty for a path that does not exist.
    pub(super) fn allow(&self) -> String {
        let names = self.methods.iter().map(|(name, _)| match *name {
            "GET" if !self.is_socket() => "GET, HEAD",
            name => name,
        });
        names.collect::<Vec<_>>().join(", ")
    }

    /// Returns whether the route becomes a WebSocket, which browsers let any page open.
    pub(super) fn is_socket(&self) -> bool {
        matches!(self.methods, [(_, Action::Socket(_))])
    }

    /// Returns whether requests count against the rate of their address.
    pub(super) fn is_limited(&self) -> bool {
        !UNLIMITED.contains(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::collections::BTreeSet;

    const OPENAPI: &str = include_str!("../../assets/openapi.json");
    const ASYNCAPI: &str = include_str!("../../assets/asyncapi.json");

    fn path(plane: Plane, path: &str) -> &'static str {
        Route::of(plane, path).spec.path
    }

    #[test]
    fn every_path_of_a_session_counts_against_its_rate() {
        for call in [
            "refresh",
            "finish",
            "devices",
            "report",
            "report/link",
            "workouts",
        ] {
            let path = format!("/api/session/abc/{call}");
            let route = Route::of(Plane::Control, &path);
            assert_eq!(route.session(), Some("abc"), "{path}");
        }
        assert_eq!(Route::of(Plane::Control, "/api/user/abc").session(), None);
    }

    #[test]
    fn each_plane_knows_its_own_paths() {
        let (control, inference) = (Plane::Control, Plane::Inference);
        assert_eq!(path(control, "/api/fsr_data"), "/api/fsr_data");
        assert_eq!(
            path(control, "/api/session/abc/refresh"),
            "/api/session/{id}/refresh"
        );
        assert_eq!(path(control, "/api/session/a/b/refresh"), "unknown");
        assert_eq!(path(control, "/api/session//refresh"), "unknown");
        assert_eq!(path(control, "/"), "page");
        assert_eq!(path(control, "/ws/abc"), "unknown");
        assert_eq!(Route::of(inference, "/ws/abc").param, "abc");
        assert_eq!(path(inference, "/ws/abc/d"), "unknown");
        assert_eq!(path(inference, "/api/fsr_data"), "unknown");
        assert_eq!(path(inference, "/"), "unknown");
        assert_eq!(path(inference, "/healthz"), "/healthz");
    }

    #[test]
    fn allow_lists_the_methods_and_head_is_answered_as_get() {
        let spec = |path| Route::of(Plane::Control, path).spec;
        assert_eq!(
            spec("/api/session/abc/devices").allow(),
            "GET, HEAD, POST, DELETE"
        );
        assert_eq!(spec("/ws").allow(), "GET");
        assert!(spec("/healthz").action(&Method::HEAD).is_some());
        assert!(spec("/ws").action(&Method::HEAD).is_none());
        assert!(spec("/healthz").action(&Method::POST).is_none());
    }

    #[test]
    fn the_table_has_exactly_the_paths_and_methods_of_the_openapi_document() {
        let document: Value = serde_json::from_str(OPENAPI).unwrap();
        let mut documented = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in ["get", "post", "put", "patch", "delete"] {
                if item.get(method).is_some() {
                    documented.insert((path.clone(), method.to_uppercase()));
                }
            }
        }
        let served: BTreeSet<_> = ROUTES
            .iter()
            .filter(|spec| !spec.is_socket())
            .flat_map(|spec| spec.methods.iter().map(|(method, _)| (spec.path, *method)))
            .map(|(path, method)| (path.to_owned(), method.to_owned()))
            .collect();
        let is_file = |path: &str, method: &str| method == "GET" && page::asset(path).is_some();
        for (path, method) in &documented {
            let known = served.contains(&(path.clone(), method.clone())) || is_file(path, method);
            assert!(known, "openapi.json has {method} {path}, the table has not");
        }
        let missing: Vec<_> = served.difference(&documented).collect();
        assert!(missing.is_empty(), "openapi.json lacks {missing:?}");
    }

    #[test]
    fn the_table_has_exactly_the_sockets_of_the_asyncapi_document() {
        let document: Value = serde_json::from_str(ASYNCAPI).unwrap();
        let channels = document["channels"].as_object().unwrap().values();
        let addresses = channels.filter_map(|channel| channel["address"].as_str());
        let documented: BTreeSet<_> = addresses
            .filter(|address| *address == "/ws" || address.starts_with("/ws/"))
            .map(|address| address.replace("{sessionId}", "{id}"))
            .collect();
        let sockets = ROUTES
            .iter()
            .filter(|spec| spec.is_socket() && spec.path != "/echo");
        let served: BTreeSet<_> = sockets.map(|spec| spec.path.to_owned()).collect();
        assert_eq!(served, documented);
    }
}
