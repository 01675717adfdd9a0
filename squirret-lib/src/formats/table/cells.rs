//! Lines and their cells, whatever separates them.

use std::{
    borrow::Cow,
    io::{self, Chain, Cursor, Read},
};

use csv::ByteRecord;

/// How much of a file is looked at to find the separator and the header, bytes.
const HEAD: u64 = 64 << 10;
/// Separators, the first of equals wins.
const SEPARATORS: [u8; 4] = [b'\t', b';', b',', b'|'];

/// One line of a table.
pub(super) struct TextLine<'a> {
    /// Its number in the file, from 1.
    pub(super) number: u64,
    cells: &'a ByteRecord,
    decimal_comma: bool,
}

impl TextLine<'_> {
    /// Returns a cell without blanks around it; `None` behind the end of the line.
    pub(super) fn cell(&self, index: usize) -> Option<Cow<'_, str>> {
        self.cells
            .get(index)
            .map(|cell| String::from_utf8_lossy(cell.trim_ascii()))
    }

    pub(super) fn cells(&self) -> impl Iterator<Item = Cow<'_, str>> {
        (0..self.len()).filter_map(|index| self.cell(index))
    }

    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    /// Reads a number with a point, or with a comma where commas do not separate cells.
    pub(super) fn number(&self, cell: &str) -> Option<f64> {
        let value = if self.decimal_comma && cell.contains(',') && !cell.contains('.') {
            cell.replace(',', ".").parse::<f64>()
        } else {
            cell.parse::<f64>()
        };
        value.ok()
    }

    /// Returns its cells for an error message, at most 80 characters.
    pub(super) fn shortened(&self) -> String {
        let cells: Vec<String> = self.cells().map(|cell| format!("{cell:?}")).collect();
        let text = cells.join(", ");
        if text.chars().count() > 80 {
            text.chars().take(80).chain("…".chars()).collect()
        } else {
            text
        }
    }
}

/// The lines of a file.
pub(super) struct RowReader<R: Read> {
    reader: csv::Reader<Chain<Cursor<Vec<u8>>, R>>,
    record: ByteRecord,
    decimal_comma: bool,
    /// Names of the columns when they stand in the last comment before the first line.
    commented: Option<(u64, ByteRecord)>,
}

impl<R: Read> RowReader<R> {
    /// Looks at the beginning of a file to find out how its cells are separated.
    pub(super) fn open(mut source: R) -> io::Result<Self> {
        let mut head = Vec::new();
        source.by_ref().take(HEAD).read_to_end(&mut head)?;
        if head.starts_with(b"\xef\xbb\xbf") {
            head.drain(..3);
        }
        let Beginning { separator, comment } = Beginning::of(&String::from_utf8_lossy(&head));
        let mut options = csv::ReaderBuilder::new();
        options
            .has_headers(false)
            .flexible(true)
            .delimiter(separator);
        let commented = match comment {
            Some((number, text)) => {
                let mut record = ByteRecord::new();
                options
                    .from_reader(text.as_bytes())
                    .read_byte_record(&mut record)?;
                Some((number, record))
            }
            None => None,
        };
        Ok(Self {
            reader: options
                .comment(Some(b'#'))
                .from_reader(Cursor::new(head).chain(source)),
            record: ByteRecord::new(),
            decimal_comma: separator != b',',
            commented,
        })
    }

    /// Returns the header.
    pub(super) fn header(&mut self) -> io::Result<Option<TextLine<'_>>> {
        let Some((number, cells)) = self.commented.take() else {
            return self.next_line();
        };
        self.record = cells;
        Ok(Some(TextLine {
            number,
            cells: &self.record,
            decimal_comma: self.decimal_comma,
        }))
    }

    /// Returns the next line that is neither blank nor a comment.
    pub(super) fn next_line(&mut self) -> io::Result<Option<TextLine<'_>>> {
        loop {
            if !self.reader.read_byte_record(&mut self.record)? {
                return Ok(None);
            }
            let is_blank = self.record.iter().all(|cell| cell.trim_ascii().is_empty());
            // Excel writes the separator that it used into the first line.
            if !is_blank
                && !self
                    .record
                    .get(0)
                    .is_some_and(|cell| cell.starts_with(b"sep="))
            {
                break;
            }
        }
        Ok(Some(TextLine {
            number: self.record.position().map_or(0, csv::Position::line),
            cells: &self.record,
            decimal_comma: self.decimal_comma,
        }))
    }
}

/// What the beginning of a file says about its form.
struct Beginning {
    separator: u8,
    /// Line number and text of the comment that holds the names of the columns.
    comment: Option<(u64, String)>,
}

impl Beginning {
    fn of(head: &str) -> Self {
        let mut comment = None;
        let mut stated = None;
        for (number, line) in (1..).zip(head.lines()) {
            if let Some(text) = line.strip_prefix('#') {
                comment = Some((number, text.trim()));
            } else if let Some(separator) = line.strip_prefix("sep=") {
                stated = separator.bytes().next();
            } else if !line.trim().is_empty() {
                let separator = stated.unwrap_or_else(|| most_frequent(line));
                let cells = |line: &str| outside_quotes(line, separator);
                let has_no_header = line
                    .split(char::from(separator))
                    .next()
                    .is_some_and(|cell| cell.trim().starts_with(|c: char| c.is_ascii_digit()));
                let comment =
                    comment.filter(|(_, text)| has_no_header && cells(text) == cells(line));
                return Self {
                    separator,
                    comment: comment.map(|(number, text)| (number, text.to_owned())),
                };
            }
        }
        Self {
            separator: b',',
            comment: None,
        }
    }
}

fn most_frequent(line: &str) -> u8 {
    let mut best = (0, b',');
    for separator in SEPARATORS {
        let count = outside_quotes(line, separator);
        if count > best.0 {
            best = (count, separator);
        }
    }
    best.1
}

/// How often a separator stands outside of quotes.
fn outside_quotes(line: &str, separator: u8) -> usize {
    let mut quoted = false;
    line.bytes()
        .filter(|byte| {
            quoted ^= *byte == b'"';
            !quoted && *byte == separator
        })
        .count()
}
