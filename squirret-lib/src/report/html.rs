//! The report as a page: complete in itself, without script, printable.

use std::fmt::{self, Display, Write as _};

use super::{
    RepRow, Report, SCRIPT, STYLE, labels,
    numbers::{dash, percent, short},
    plot::plots,
};
use crate::{
    UnixMillis,
    feedback::Wording,
    time::Rfc3339,
    verdict::{Language, Rule},
};

/// Times before the year 2000 are not dates, but seconds of a recording.
pub(super) const DATED: UnixMillis = UnixMillis(946_684_800_000);

/// Repetitions from which on thirds of a workout are compared ([`Trend`](crate::coach::Trend)).
const FEWEST_FOR_A_TREND: u32 = 6;
/// Most repetitions in the table: with more it would not fit on two pages.
const MAX_ROWS: usize = 100;

/// A text with the five characters escaped that mean something in HTML.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                _ => f.write_char(letter)?,
            }
        }
        Ok(())
    }
}

impl Report {
    /// A page of HTML; times are told `utc_offset_minutes` ahead of UTC.
    #[must_use]
    pub fn html(&self, utc_offset_minutes: i32) -> String {
        let page = Page {
            report: self,
            offset: utc_offset_minutes,
            html: String::with_capacity(16 << 10),
        };
        page.write()
    }
}

/// A page for a person whose link does not open a report: what may have happened, and what to do.
#[must_use]
pub fn dead_link(language: Language) -> String {
    let lang = lang(language);
    let [title, why, what] = [labels::DEAD_TITLE, labels::DEAD_WHY, labels::DEAD_WHAT]
        .map(|text| text.in_language(language));
    format!(
        "<!doctype html>\n<html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><meta name=\"robots\" content=\"noindex\">\
         <title>{title}</title><style>{STYLE}</style></head><body><main><header><h1>{title}</h1>\
         <p class=\"summary\">{why}</p><p>{what}</p></header></main></body></html>\n"
    )
}

const fn lang(language: Language) -> &'static str {
    match language {
        Language::Ko => "ko",
        Language::En => "en",
    }
}

/// A page that is being written.
struct Page<'a> {
    report: &'a Report,
    offset: i32,
    html: String,
}

impl Page<'_> {
    fn write(mut self) -> String {
        let lang = lang(self.report.language);
        let title = self.say(labels::TITLE);
        let day = self.day(self.report.start);
        let dash = if day.is_empty() { "" } else { " · " };
        self.put(format_args!(
            "<!doctype html>\n<html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"color-scheme\" content=\"light dark\"><meta name=\"robots\" content=\"noindex\">\
             <title>{title}{dash}{day}</title><style>{STYLE}</style></head><body><main>"
        ));
        self.head();
        self.figures();
        self.practise();
        self.plots();
        self.faults();
        self.missing();
        self.comparison();
        self.reps();
        self.details();
        let footer = self.say(labels::FOOTER);
        self.put(format_args!(
            "</main><footer><p>{footer}</p></footer><script>{SCRIPT}</script></body></html>\n"
        ));
        self.html
    }

    fn say(&self, words: Wording) -> &'static str {
        words.in_language(self.report.language)
    }

    fn put(&mut self, text: fmt::Arguments<'_>) {
        let _ = self.html.write_fmt(text);
    }

    fn begin(&mut self, heading: Wording) {
        let heading = self.say(heading);
        self.put(format_args!("<section><h2>{heading}</h2>"));
    }

    fn end(&mut self) {
        self.html.push_str("</section>");
    }

    fn head(&mut self) {
        let title = self.say(labels::TITLE);
        let [print, share] = [labels::PRINT, labels::SHARE].map(|label| self.say(label));
        let (when, summary) = (self.when(), Escaped(&self.report.summary));
        let status = self.report.status.as_str();
        self.put(format_args!(
            "<header><div class=\"tools\"><button id=\"share\" type=\"button\" hidden>{share}</button>\
             <button id=\"print\" type=\"button\" hidden>{print}</button></div>\
             <h1>{title}</h1>{when}<p class=\"summary\" data-status=\"{status}\">{summary}</p></header>"
        ));
    }

    /// When it began; nothing for a recording that counts from zero.
    fn when(&self) -> String {
        let start = self.report.start;
        if start < DATED {
            return String::new();
        }
        let (machine, people) = (Rfc3339(start), self.time(start));
        format!("<p class=\"when\"><time datetime=\"{machine}\">{people}</time></p>")
    }

    /// What only those who look for something need.
    fn details(&mut self) {
        let [details, session] = [labels::DETAILS, labels::SESSION].map(|label| self.say(label));
        let name = Escaped(&self.report.name);
        self.put(format_args!(
            "<details><summary>{details}</summary><p>{session}: <code>{name}</code></p></details>"
        ));
    }

    fn figures(&mut self) {
        let totals = self.report.totals.clone();
        let (of, trend) = (self.report.language, self.say(labels::TREND_SCORE));
        let figure = |value: Option<f64>, digits: usize, unit: &str| match value {
            Some(value) => format!("{value:.digits$}{unit}"),
            None => "–".to_owned(),
        };
        // Fewer repetitions have no trend, and so say nothing of one.
        let has_trend = totals.reps >= FEWEST_FOR_A_TREND;
        let note = |change| match has_trend {
            true => format!("{trend}: {}", labels::trend(change).in_language(of)),
            false => String::new(),
        };
        let depth = totals.depth.map(|depth| depth * 100.0);
        let tempo = match (totals.descent_seconds, totals.ascent_seconds) {
            (Some(down), Some(up)) => format!("{down:.1} / {up:.1}"),
            _ => "–".to_owned(),
        };
        let cards = [
            (
                labels::MEAN_SCORE,
                figure(totals.score, 0, ""),
                note(totals.score_trend),
            ),
            (labels::REPS, totals.reps.to_string(), self.sets_note()),
            (labels::CLEAN, totals.clean_reps.to_string(), String::new()),
            (
                labels::MEAN_DEPTH,
                figure(depth, 0, " %"),
                depth.map_or_else(String::new, |_| note(totals.depth_trend)),
            ),
            (
                labels::TEMPO,
                tempo,
                self.say(labels::TEMPO_SHORT).to_owned(),
            ),
            (
                labels::BALANCE,
                self.balance(),
                self.report
                    .balance
                    .map_or_else(String::new, |_| self.say(labels::LEFT_SHARE).to_owned()),
            ),
        ];
        self.html.push_str("<dl class=\"cards\">");
        for (label, value, note) in cards {
            let label = self.say(label);
            self.put(format_args!(
                "<div><dt>{label}</dt><dd><b>{value}</b><small>{note}</small></dd></div>"
            ));
        }
        self.html.push_str("</dl>");
    }

    fn sets_note(&self) -> String {
        format!("{}: {}", self.say(labels::SETS), self.report.sets.len())
    }

    fn balance(&self) -> String {
        match &self.report.balance {
            Some(balance) => format!(
                "{:.0} : {:.0}",
                balance.left_load,
                100.0 - balance.left_load
            ),
            None => self.say(labels::NO_DATA).to_owned(),
        }
    }

    fn practise(&mut self) {
        if self.report.practise.is_empty() {
            return;
        }
        self.begin(labels::PRACTISE);
        self.html.push_str("<ol class=\"practise\">");
        for text in &self.report.practise {
            let _ = write!(self.html, "<li>{}</li>", Escaped(text));
        }
        self.html.push_str("</ol>");
        self.end();
    }

    fn plots(&mut self) {
        let drawn = plots(self.report);
        if !drawn.is_empty() {
            self.begin(labels::PLOTS);
            self.put(format_args!("<div class=\"plots\">{drawn}</div>"));
            self.end();
        }
    }

    fn faults(&mut self) {
        if self.report.faults.is_empty() {
            return;
        }
        self.begin(labels::FOUND);
        self.table_head(&[
            labels::RULE,
            labels::HOW_OFTEN,
            labels::WORST,
            labels::SOURCE,
        ]);
        for row in &self.report.faults {
            let class = if row.faults > 0 { "bad" } else { "good" };
            let (evidence, source) = self.evidence(row);
            let often = match self.report.language {
                Language::Ko => format!("{}회 중 {}회", row.assessed, row.faults),
                Language::En => format!("{} of {}", row.faults, row.assessed),
            };
            let _ = write!(
                self.html,
                "<tr><th scope=\"row\">{}</th><td class=\"{class}\">{often}</td><td class=\"text\">{evidence}</td><td>{source}</td></tr>",
                row.title
            );
        }
        self.html.push_str("</tbody></table></div>");
        self.end();
    }

    /// What was measured furthest off and where, and whose data it rests on.
    fn evidence(&self, row: &super::FaultRow) -> (String, &'static str) {
        let Some(worst) = &row.evidence else {
            return (dash(), "–");
        };
        let text = match self.report.language {
            Language::Ko => format!("{}번째 · {}", worst.rep, worst.text),
            Language::En => format!("no. {} · {}", worst.rep, worst.text),
        };
        (text, self.say(labels::source(worst.source)))
    }

    fn missing(&mut self) {
        self.begin(labels::NOT_ASSESSED);
        if self.report.not_assessed.is_empty() {
            let none = self.say(labels::NONE);
            self.put(format_args!("<p>{none}</p>"));
        } else {
            self.html.push_str("<ul class=\"missing\">");
            // What has the same reason stands together.
            let mut reasons: Vec<&str> = Vec::new();
            for row in &self.report.not_assessed {
                if !reasons.contains(&row.why) {
                    reasons.push(row.why);
                }
            }
            for why in reasons {
                let rows = self.report.not_assessed.iter();
                let titles: Vec<&str> = rows
                    .filter(|row| row.why == why)
                    .map(|row| row.title)
                    .collect();
                let _ = write!(
                    self.html,
                    "<li>{why}: <span>{}</span></li>",
                    titles.join(", ")
                );
            }
            self.html.push_str("</ul>");
        }
        self.end();
    }

    fn comparison(&mut self) {
        let Some(comparison) = self.report.comparison.clone() else {
            return;
        };
        self.begin(labels::BEFORE);
        self.put(format_args!("<p>{}</p>", Escaped(&comparison.text)));
        self.table_head(&[
            labels::WHEN,
            labels::REPS,
            labels::CLEAN,
            labels::MEAN_SCORE,
            labels::MEAN_DEPTH,
        ]);
        let totals = self.report.totals.clone();
        let now = self.say(labels::TODAY).to_owned();
        self.earlier_row(
            &now,
            totals.reps,
            totals.clean_reps,
            totals.score,
            totals.depth,
        );
        for earlier in &comparison.earlier {
            let when = self.time(earlier.start);
            self.earlier_row(
                &when,
                earlier.reps,
                earlier.clean_reps,
                earlier.score,
                earlier.depth,
            );
        }
        self.html.push_str("</tbody></table></div>");
        self.end();
    }

    fn earlier_row(
        &mut self,
        when: &str,
        reps: u32,
        clean: u32,
        score: Option<f64>,
        depth: Option<f64>,
    ) {
        let (score, depth) = (score.map(short), depth.map(|depth| percent(depth * 100.0)));
        self.put(format_args!(
            "<tr><th scope=\"row\">{when}</th><td>{reps}</td><td>{clean}</td><td>{}</td><td>{}</td></tr>",
            score.unwrap_or_else(dash),
            depth.unwrap_or_else(dash)
        ));
    }

    fn reps(&mut self) {
        if self.report.reps.is_empty() {
            return;
        }
        self.begin(labels::EACH);
        self.table_head(&[
            labels::NUMBER,
            labels::SCORE,
            labels::DEPTH,
            labels::TEMPO,
            labels::KNEE,
            labels::LEFT,
            labels::FAULTS,
        ]);
        let many = self.report.totals.workouts > 1;
        for rep in self.report.reps.iter().take(MAX_ROWS) {
            let row = self.rep(rep, many);
            self.html.push_str(&row);
        }
        self.html.push_str("</tbody></table></div>");
        let hidden = self.report.reps.len().saturating_sub(MAX_ROWS);
        if hidden > 0 {
            let more = self.say(labels::MORE);
            self.put(format_args!("<p>{more} {hidden}</p>"));
        }
        self.end();
    }

    fn rep(&self, rep: &RepRow, many: bool) -> String {
        let number = if many {
            format!("{}–{}", rep.workout, rep.number)
        } else {
            rep.number.to_string()
        };
        let names = |rules: &[Rule]| -> Vec<&str> {
            rules
                .iter()
                .map(|rule| self.say(labels::rule(*rule)))
                .collect()
        };
        let mut cost = names(&rep.faults).join(", ");
        if !rep.warnings.is_empty() {
            let comma = if cost.is_empty() { "" } else { ", " };
            let (slightly, what) = (self.say(labels::NEARLY), names(&rep.warnings).join(", "));
            let _ = write!(cost, "{comma}<i>{slightly} {what}</i>");
        }
        if cost.is_empty() {
            cost = dash();
        }
        let depth = rep.depth_is_assessed().then(|| percent(rep.depth * 100.0));
        format!(
            "<tr><th scope=\"row\">{number}</th><td class=\"{}\">{:.0}</td><td>{}</td>\
             <td>{:.1} · {:.1} · {:.1}</td><td>{}</td><td>{}</td><td class=\"text\">{cost}</td></tr>",
            score_class(rep.score),
            rep.score,
            depth.unwrap_or_else(dash),
            rep.descent_seconds,
            rep.bottom_seconds,
            rep.ascent_seconds,
            rep.knee_flexion
                .map_or_else(dash, |angle| format!("{angle:.0}°")),
            rep.left_load.map_or_else(dash, percent),
        )
    }

    fn table_head(&mut self, columns: &[Wording]) {
        // Reachable by keyboard, as it may scroll on a narrow screen.
        let label = columns.first().map_or("", |first| self.say(*first));
        self.put(format_args!(
            "<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"{label}\"><table><thead><tr>"
        ));
        for column in columns {
            let column = self.say(*column);
            self.put(format_args!("<th scope=\"col\">{column}</th>"));
        }
        self.html.push_str("</tr></thead><tbody>");
    }

    fn local(&self, time: UnixMillis) -> String {
        Rfc3339(time.plus(i64::from(self.offset) * 60_000)).to_string()
    }

    /// The day; empty for a recording that counts from zero.
    fn day(&self, time: UnixMillis) -> String {
        if time < DATED {
            return String::new();
        }
        self.local(time).chars().take(10).collect()
    }

    /// Day and minute, and how far the clock is ahead of UTC.
    fn time(&self, time: UnixMillis) -> String {
        if time < DATED {
            return dash();
        }
        let minute: String = self.local(time).chars().take(16).collect();
        let minute = minute.replace('T', " ");
        if self.offset == 0 {
            return format!("{minute} UTC");
        }
        let (sign, ahead) = (if self.offset < 0 { '−' } else { '+' }, self.offset.abs());
        format!("{minute} (UTC{sign}{}:{:02})", ahead / 60, ahead % 60)
    }
}

/// The colour of a score, as the live page has it too.
pub(super) const fn score_class(score: f64) -> &'static str {
    if score >= 80.0 {
        "good"
    } else if score >= 50.0 {
        "warn"
    } else {
        "bad"
    }
}
