//! Import of `.tflite` files: the BlazePose networks as they are published, to ONNX.
//!
//! A `.tflite` file is a FlatBuffer with a graph in channels-last order and weights as 16-bit floats, some of them
//! sparse. The ONNX has the same graph channels-first, weights dense and still 16 bits wide (cast when loaded), and
//! only the outputs that are no pictures: the segmentation and the heat maps, with all that leads to them alone, are
//! cut off. The bytes may come from anywhere: each offset, length and size is checked, and the memory bounded.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)
)]

mod convert;
mod flatbuffer;
mod limits;
pub(in crate::pose) mod onnx;
mod ops;
mod schema;
mod sparse;

/// Why a `.tflite` file could not be converted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// It does not begin as such a file does.
    #[error("it is not a .tflite file")]
    NotTflite,
    /// Of a version that nobody has published.
    #[error("schema version {version} is not known, only 3")]
    Version {
        /// The version it tells.
        version: u32,
    },
    /// Cut, or written over.
    #[error("it is damaged: {what} does not fit the file")]
    Broken {
        /// What was being read.
        what: &'static str,
    },
    /// More than any network of this kind has.
    #[error("it is too large: {value} {what}, at most {max}")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much.
        value: usize,
        /// The limit.
        max: usize,
    },
    /// An operator that pose networks do not use.
    #[error("operator {code} that makes {tensor} is not known")]
    UnknownOperator {
        /// TensorFlow Lite's number of it.
        code: i32,
        /// Its output.
        tensor: String,
    },
    /// An operator used in a way that pose networks do not.
    #[error("operator {op} that makes {tensor}: {detail}")]
    Operator {
        /// Its name.
        op: &'static str,
        /// Its output.
        tensor: String,
        /// What is wrong.
        detail: String,
    },
    /// A tensor that cannot be used as it is.
    #[error("tensor {tensor}: {detail}")]
    Tensor {
        /// Its name.
        tensor: String,
        /// What is wrong.
        detail: String,
    },
    /// Nothing would be left of it.
    #[error("it has no output that is not a picture")]
    NoOutput,
}

/// Converts one of the BlazePose `.tflite` files to ONNX bytes (operator set 13).
///
/// # Errors
/// [`ImportError`] when the bytes are damaged, ask for too much, or hold an operator that is not known here.
///
/// ```
/// use squirret::pose::tflite::{ImportError, to_onnx};
/// assert!(matches!(to_onnx(b"PK\x03\x04 a zip"), Err(ImportError::NotTflite)));
/// ```
pub fn to_onnx(tflite: &[u8]) -> Result<Vec<u8>, ImportError> {
    convert::convert(&schema::Graph::read(tflite)?)
}

/// A fuzz target's body: whatever the bytes, an answer, no panic and bounded memory.
#[doc(hidden)]
pub fn fuzz_import(data: &[u8]) {
    if let Ok(onnx) = to_onnx(data) {
        // Each constant may be written in two layouts; names and nodes are small beside the limit.
        assert!(onnx.len() < limits::WEIGHT_BYTES.saturating_mul(2));
    }
}
