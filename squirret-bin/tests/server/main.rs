//! The real server over real sockets.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(unreachable_pub, reason = "one crate, its modules share their tools")]

mod access_table;
mod attackers;
mod bodies;
mod broker;
mod browsers;
mod clients;
mod data_folder;
mod documents;
mod floods;
mod frame_clocks;
mod frame_limits;
mod frames;
mod fsr_stream;
mod handshake;
mod hostile;
mod http;
mod input_limits;
mod insole_clocks;
mod keys;
mod limits;
mod nginx;
mod openid;
mod page;
mod plane;
mod process;
mod proxy;
mod raw;
mod record;
mod recordings;
mod report;
mod rest;
mod shares;
mod signed;
mod stepped_clock;
mod stomp;
mod store;
mod support;
mod two_sessions;
mod watch;
mod workouts;
