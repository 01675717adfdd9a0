//! Files of other tools: readers take bytes and return values, writers take values and return bytes.
//!
//! | format | module | reads | writes |
//! |---|---|---|---|
//! | tables of insole samples | [`table`] | yes | – |
//! | text exports of Moticon's OpenGo | [`moticon`] | yes | – |
//! | keypoints in JSON | [`keypoints`] | yes | – |
//! | TRC | [`trc`] | yes | yes |
//! | MOT, STO | [`storage`] | – | yes |
//! | C3D | [`c3d`] | – | yes |
//! | a recording as CSV | [`motion`] | – | yes |
//! | what a file is by its first bytes | [`FileKind`] | yes | – |
//!
//! ```
//! use squirret::formats::table;
//!
//! let text = "ms;foot;voltage1;voltage2;voltage3;voltage4;voltage5;voltage6\n\
//!             0;left;1,65;0,80;0,75;1,10;1,38;1,36\n";
//! let recording = table::read(text.as_bytes(), &table::TableMap::default())?;
//! assert_eq!(recording.parts[0][0].voltages.unwrap()[0], 1.65);
//! # Ok::<(), table::TableError>(())
//! ```

mod kind;
pub use kind::FileKind;

mod remarks;
pub use remarks::{Remark, Remarks};

pub mod c3d;

pub mod keypoints;

pub mod moticon;

pub mod motion;

pub mod storage;

pub mod table;

pub mod trc;
