//! Uploads and sessions over a kept HTTP connection.

use std::io;

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A kept connection to the control plane.
#[derive(Debug)]
pub(crate) struct Client {
    tcp: TcpStream,
    authority: String,
    answer: Vec<u8>,
}

impl Client {
    /// To `http://host:port`.
    pub(crate) async fn connect(url: &str) -> io::Result<Self> {
        let wrong = || io::Error::other("the address must be http://host:port");
        let authority = url.strip_prefix("http://").ok_or_else(wrong)?;
        let authority = authority.trim_end_matches('/').to_owned();
        let tcp = TcpStream::connect(&authority).await?;
        tcp.set_nodelay(true)?;
        let answer = Vec::new();
        Ok(Self {
            tcp,
            authority,
            answer,
        })
    }

    /// Posts a body; gives the answer's status and body.
    pub(crate) async fn post(&mut self, path: &str, body: &str) -> io::Result<(u16, &[u8])> {
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.authority,
            body.len()
        );
        self.tcp.write_all(request.as_bytes()).await?;
        self.answer.clear();
        loop {
            if self.tcp.read_buf(&mut self.answer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some((status, start, end)) = whole(&self.answer) {
                return Ok((status, &self.answer[start..end]));
            }
        }
    }

    /// A sample of the left foot, of the `default` scope or a session's.
    pub(crate) async fn upload(&mut self, ratio1: f64, session: Option<&str>) -> io::Result<()> {
        let session = session.map_or(String::new(), |id| format!(r#","sessionId":"{id}""#));
        let body = format!(
            r#"{{"side":"left","ratio1":{ratio1},"ratio2":8.4,"ratio3":5.1,"ratio4":20.0,"ratio5":32.5,"ratio6":21.7{session}}}"#
        );
        match self.post("/api/fsr_data", &body).await? {
            (202, _) => Ok(()),
            (status, answer) => {
                let answer = String::from_utf8_lossy(answer);
                Err(io::Error::other(format!(
                    "upload refused: {status} {answer}"
                )))
            }
        }
    }

    /// A guest's session and its token.
    pub(crate) async fn guest(&mut self) -> io::Result<(String, String)> {
        self.issue("/internal/session").await
    }

    /// A fresh token of a session.
    pub(crate) async fn refresh(&mut self, session: &str) -> io::Result<String> {
        let path = format!("/api/session/{session}/refresh");
        Ok(self.issue(&path).await?.1)
    }

    async fn issue(&mut self, path: &str) -> io::Result<(String, String)> {
        let (_, answer) = self.post(path, "").await?;
        let answer: Value = serde_json::from_slice(answer)?;
        let text = |field: &str| answer[field].as_str().map(str::to_owned);
        text("sessionId").zip(text("wsToken")).ok_or_else(|| {
            io::Error::other(format!(
                "no session but {answer}: are the server's limits off?"
            ))
        })
    }
}

/// Status and body of a whole answer.
fn whole(answer: &[u8]) -> Option<(u16, usize, usize)> {
    let start = memchr::memmem::find(answer, b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&answer[..start]).ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        is_length.then(|| value.trim().parse().ok()).flatten()
    });
    let end = start + length.unwrap_or(0);
    let status = head.get(9..12)?.parse().ok()?;
    (answer.len() >= end).then_some((status, start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_with_its_last_byte() {
        let answer = b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(whole(&answer[..answer.len() - 1]), None);
        assert_eq!(whole(answer), Some((202, answer.len() - 2, answer.len())));
    }
}
