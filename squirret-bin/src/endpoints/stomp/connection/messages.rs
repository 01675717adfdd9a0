//! What the app says to `/app/session.message`.

use super::{Connection, Link, Login, Socket, Tenure};
use squirret::{
    coach::Command,
    wire::{ClientMessage, ErrorCode, Push},
};

impl Connection {
    /// Answers a message of the app.
    pub(super) fn on_app_message(&mut self, link: &mut Link<Socket>, body: &[u8]) {
        let now = self.app.clock.stamp_now();
        match ClientMessage::parse(body) {
            ClientMessage::Ping { ts } => self.tell(Push::Pong {
                ts: ts.as_ref(),
                now,
            }),
            ClientMessage::Event { .. } if self.is_suspended() => self.tell(Push::Error {
                code: ErrorCode::Forbidden,
                message: "the session's user signed in: a TOKEN of theirs must come first",
            }),
            ClientMessage::Event { name, ts } => {
                self.note(&name);
                self.tell(Push::Ack {
                    name: &name,
                    ts: ts.as_ref(),
                    now,
                });
            }
            ClientMessage::Token(token) => match self.renew(link, token.as_str()) {
                Ok(()) => self.tell(Push::Ack {
                    name: "TOKEN",
                    ts: None,
                    now,
                }),
                Err((code, message)) => self.tell(Push::Error {
                    code,
                    message: &message,
                }),
            },
            ClientMessage::Invalid(message) => self.tell(Push::Error {
                code: ErrorCode::ValidationError,
                message,
            }),
            _ => {
                let message = "type must be PING, CLIENT_EVENT or TOKEN";
                self.tell(Push::Error {
                    code: ErrorCode::UnknownType,
                    message,
                });
            }
        }
    }

    fn note(&self, event: &str) {
        let Some(member) = &self.member else { return };
        tracing::info!(session = %member.login.session, event, "client event");
        let command = match event {
            "start" => Some(Command::Start),
            "stop" => Some(Command::Stop),
            "calibrate" => Some(Command::Calibrate),
            _ => None,
        };
        member
            .subscription
            .visible_scope()
            .client_event(event, command);
    }

    /// A fresh token for the same session keeps the connection.
    fn renew(&mut self, link: &mut Link<Socket>, token: &str) -> Result<(), (ErrorCode, String)> {
        let login = Login::verify(&self.app, token)
            .map_err(|error| (ErrorCode::Unauthorized, error.to_string()))?;
        let member = self.member.as_mut();
        let Some(member) = member.filter(|member| member.login.session == login.session) else {
            return Err((ErrorCode::Forbidden, "token is for another session".into()));
        };
        member.tenure = Tenure::begin(&self.app, login.claims.clone())
            .map_err(|lost| (ErrorCode::Forbidden, lost.to_string()))?;
        member.login = login;
        member.suspended = None;
        self.keep_until_the_token_ends(link);
        Ok(())
    }
}
