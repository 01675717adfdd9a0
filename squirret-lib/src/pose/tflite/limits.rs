//! How much a file may ask of us. BlazePose heavy, the largest of its family, has 27 MB, 1,100 tensors and 2 million
//! numbers in its largest tensor.

use super::ImportError;

/// Bytes of a file.
pub(super) const FILE_BYTES: usize = 64 << 20;
/// Operators of a graph.
pub(super) const OPERATORS: usize = 4096;
/// Tensors of a graph.
pub(super) const TENSORS: usize = 16384;
/// Inputs or outputs of an operator or of a graph.
pub(super) const LINKS: usize = 64;
/// Bytes of a name that are kept.
pub(super) const NAME_BYTES: usize = 200;
/// Dimensions of a tensor.
pub(super) const RANK: usize = 8;
/// Numbers in a tensor.
pub(super) const ELEMENTS: usize = 16 << 20;
/// Bytes of all constants that are written.
pub(super) const WEIGHT_BYTES: usize = 128 << 20;

/// Refuses what is above `max`.
pub(super) const fn check(what: &'static str, value: usize, max: usize) -> Result<(), ImportError> {
    if value > max {
        Err(ImportError::TooLarge { what, value, max })
    } else {
        Ok(())
    }
}

/// Numbers in a tensor of that shape, at most [`ELEMENTS`].
pub(super) fn elements(shape: &[usize]) -> Result<usize, ImportError> {
    let elements = shape
        .iter()
        .try_fold(1usize, |product, size| product.checked_mul(*size));
    let elements = elements.unwrap_or(usize::MAX);
    check("numbers in a tensor", elements, ELEMENTS)?;
    Ok(elements)
}
