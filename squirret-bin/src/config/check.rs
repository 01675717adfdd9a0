//! What a value must be besides readable.

use super::{AuthConfig, Config, Problem, Secret};

impl Config {
    /// Adds what is out of its range, or does not fit together.
    pub(super) fn check(&self, problems: &mut Vec<Problem>) {
        let mut refuse = |key: &str, message: &str| {
            problems.push(Problem {
                key: key.into(),
                source: "value".into(),
                message: message.into(),
            });
        };
        if self
            .auth
            .secret
            .as_ref()
            .is_some_and(|secret| secret.reveal().len() < 32)
        {
            refuse("auth.secret", "must have at least 32 bytes");
        }
        let is_old_key = |key: &Secret| {
            key.reveal()
                .split_once(':')
                .is_some_and(|(_, secret)| secret.len() >= 32)
        };
        if !self.auth.old_secrets.iter().all(is_old_key) {
            refuse(
                "auth.old_secrets",
                "each must be id:secret with a secret of at least 32 bytes",
            );
        }
        let AuthConfig {
            oidc_issuer,
            oidc_audience,
            oidc_keys,
            ..
        } = &self.auth;
        let set = [
            oidc_issuer.is_some(),
            oidc_audience.is_some(),
            oidc_keys.is_some(),
        ];
        if set.contains(&true) && set.contains(&false) {
            refuse(
                "auth.oidc_issuer",
                "auth.oidc_issuer, auth.oidc_audience and auth.oidc_keys go together",
            );
        }
        if let Some(url) = &self.inference.public_url
            && !(url.starts_with("ws://") || url.starts_with("wss://"))
        {
            refuse("inference.public_url", "must begin with ws:// or wss://");
        }
        if let Some(url) = &self.inference.control_url
            && !url.starts_with("http://")
        {
            refuse("inference.control_url", "must begin with http://");
        }
        if self.server.tls_certificate.is_some() != self.server.tls_key.is_some() {
            refuse(
                "server.tls_key",
                "server.tls_certificate and server.tls_key go together",
            );
        }
        if self.server.demo && !self.fsr.shared_default {
            refuse(
                "server.demo",
                "needs fsr.shared_default: the demonstration is seen through it",
            );
        }
        self.check_limits(&mut refuse);
    }

    fn check_limits(&self, refuse: &mut impl FnMut(&str, &str)) {
        let limits = &self.limits;
        for (key, rate) in [
            ("limits.connects_per_second", limits.connects_per_second),
            ("limits.connect_burst", limits.connect_burst),
            ("limits.handshakes_per_second", limits.handshakes_per_second),
            ("limits.handshake_burst", limits.handshake_burst),
            (
                "limits.all_handshakes_per_second",
                limits.all_handshakes_per_second,
            ),
            ("limits.all_handshake_burst", limits.all_handshake_burst),
            ("limits.requests_per_second", limits.requests_per_second),
            ("limits.request_burst", limits.request_burst),
            (
                "limits.session_requests_per_second",
                limits.session_requests_per_second,
            ),
            ("limits.session_request_burst", limits.session_request_burst),
            ("limits.sessions_per_second", limits.sessions_per_second),
            ("limits.session_burst", limits.session_burst),
            ("limits.samples_per_second", limits.samples_per_second),
            ("limits.sample_burst", limits.sample_burst),
            ("limits.messages_per_second", limits.messages_per_second),
            ("limits.message_burst", limits.message_burst),
        ] {
            if rate <= 0.0 {
                refuse(key, "must be above 0");
            }
        }
        self.check_frames(refuse);
        for (key, count) in [
            ("limits.max_connections", limits.max_connections),
            (
                "limits.max_connections_per_address",
                limits.max_connections_per_address,
            ),
            ("limits.max_queued_messages", limits.max_queued_messages),
            ("inference.max_streams", self.inference.max_streams),
            ("session.max", self.session.max),
        ] {
            if count == 0 {
                refuse(key, "must be at least 1");
            }
        }
        if limits.send_buffer_bytes < 8192 {
            refuse("limits.send_buffer_bytes", "must be at least 8192");
        }
        if limits.max_body_bytes < 1024
            || limits.max_message_bytes < 1024
            || self.stomp.max_frame_bytes < 1024
        {
            refuse(
                "limits",
                "max_body_bytes, max_message_bytes and stomp.max_frame_bytes must be at least 1024",
            );
        }
    }

    fn check_frames(&self, refuse: &mut impl FnMut(&str, &str)) {
        let inference = &self.inference;
        if inference.max_frame_age.is_zero() {
            refuse("inference.max_frame_age", "must be above 0");
        }
        if inference.target_stream_fps <= 0.0 {
            refuse("inference.target_stream_fps", "must be above 0");
        }
        if inference.min_stream_fps < 0.0 || inference.min_stream_fps > inference.target_stream_fps
        {
            refuse(
                "inference.min_stream_fps",
                "must be from 0 to inference.target_stream_fps",
            );
        }
    }
}
