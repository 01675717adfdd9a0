//! Usage as a table (RFC 4180).

use std::fmt::Write as _;

use super::UsageRow;

const HEADER: &str = "day,user,sessions,frames_in,frames_out,dropped,seconds,bytes_in\r\n";

/// A line a day and user. A user's name that a spreadsheet would take for a formula gets an apostrophe before it.
///
/// ```
/// use squirret::{archive::{UsageRow, usage_csv}, session::Usage, time::Day};
/// let row = UsageRow::new(Day(0), "=1+\"1\"", 2, Usage { frames_in: 3, ..Usage::default() });
/// let table = usage_csv(&[row]);
/// assert_eq!(table.lines().nth(1), Some(r#"1970-01-01,"'=1+""1""",2,3,0,0,0,0"#));
/// ```
#[must_use]
pub fn usage_csv(rows: &[UsageRow]) -> String {
    let mut text = String::from(HEADER);
    for row in rows {
        let usage = &row.usage;
        let _ = write!(
            text,
            "{},{},{},{},{},{},{},{}\r\n",
            row.day,
            cell(&row.user),
            row.sessions,
            usage.frames_in,
            usage.frames_out,
            usage.dropped,
            usage.duration_seconds,
            usage.bytes_in
        );
    }
    text
}

fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let sign = if formula { "'" } else { "" };
    if text.contains(['"', ',', '\n', '\r']) || formula {
        format!("\"{sign}{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
