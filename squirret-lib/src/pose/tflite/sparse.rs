//! Sparse weights made dense.

use super::{
    ImportError, limits,
    schema::{Level, Sparsity, Tensor},
};

/// The bytes of a sparse tensor with zeros in the gaps.
pub(super) fn densify(tensor: &Tensor<'_>, sparsity: &Sparsity) -> Result<Vec<u8>, ImportError> {
    let refuse = |detail: &str| ImportError::Tensor {
        tensor: tensor.name.clone(),
        detail: detail.to_owned(),
    };
    let rank = tensor.shape.len();
    if sparsity.has_blocks {
        return Err(refuse("its sparse weights are stored in blocks"));
    }
    let order = sparsity
        .order
        .iter()
        .map(|axis| usize::try_from(*axis).ok())
        .collect::<Option<Vec<_>>>();
    let order =
        order.filter(|order| (0..rank).all(|axis| order.contains(&axis)) && order.len() == rank);
    let Some(order) = order.filter(|_| sparsity.levels.len() == rank) else {
        return Err(refuse(
            "its sparse weights have other dimensions than its shape",
        ));
    };
    let size = tensor.datum.size();
    let bytes = limits::elements(&tensor.shape)?.saturating_mul(size);
    if bytes == 0 {
        return Err(refuse("its sparse weights are of no size"));
    }
    let walk = Walk {
        strides: strides(&tensor.shape),
        shape: &tensor.shape,
        order: &order,
        levels: &sparsity.levels,
    };

    let mut dense = vec![0; bytes];
    let mut values = tensor.data.chunks_exact(size.max(1));
    let mut broken = false;
    let counted = walk.visit(0, 0, 0, &mut |element| {
        let start = element.saturating_mul(size);
        let place = dense.get_mut(start..start.saturating_add(size));
        match (place, values.next()) {
            (Some(place), Some(value)) => place.copy_from_slice(value),
            _ => broken = true,
        }
    });
    if counted.is_none() || broken || values.next().is_some() {
        return Err(refuse("its sparse weights do not fit their indices"));
    }
    Ok(dense)
}

/// Elements from one index of an axis to the next.
fn strides(shape: &[usize]) -> Vec<usize> {
    let mut stride = 1usize;
    let mut strides = Vec::new();
    for size in shape.iter().rev() {
        strides.push(stride);
        stride = stride.saturating_mul(*size);
    }
    strides.reverse();
    strides
}

struct Walk<'a> {
    shape: &'a [usize],
    strides: Vec<usize>,
    order: &'a [usize],
    levels: &'a [Level],
}

impl Walk<'_> {
    /// Calls `found` with the place of each stored value in turn. `parent` counts the entries of the level above.
    /// `None` when an index lies outside. The depth is that of the shape, and each dense entry is at most an element
    /// of the tensor, so the walk is bounded.
    fn visit(
        &self,
        depth: usize,
        parent: usize,
        place: usize,
        found: &mut impl FnMut(usize),
    ) -> Option<()> {
        let Some(level) = self.levels.get(depth) else {
            found(place);
            return Some(());
        };
        let axis = *self.order.get(depth)?;
        let (size, stride) = (*self.shape.get(axis)?, *self.strides.get(axis)?);
        let next = depth.checked_add(1)?;
        match level {
            Level::Dense(stored) if *stored == size => {
                for index in 0..size {
                    let child = parent.checked_mul(size)?.checked_add(index)?;
                    self.visit(
                        next,
                        child,
                        place.checked_add(index.checked_mul(stride)?)?,
                        found,
                    )?;
                }
            }
            Level::Dense(_) => return None,
            Level::Sparse { segments, indices } => {
                let (from, to) = (
                    *segments.get(parent)?,
                    *segments.get(parent.checked_add(1)?)?,
                );
                let positions = indices.get(from..to)?;
                // Rising positions: none twice, so never more than the tensor's elements.
                if !positions.is_sorted_by(|a, b| a < b)
                    || positions.last().is_some_and(|last| *last >= size)
                {
                    return None;
                }
                for (child, index) in (from..to).zip(positions) {
                    self.visit(
                        next,
                        child,
                        place.checked_add(index.checked_mul(stride)?)?,
                        found,
                    )?;
                }
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::schema::Datum;
    use super::*;

    fn tensor(data: &[u8]) -> Tensor<'_> {
        Tensor {
            name: "weights".into(),
            shape: vec![2, 3],
            datum: Datum::F16,
            data,
            sparsity: None,
        }
    }

    fn rows(segments: &[usize], indices: &[usize]) -> Sparsity {
        let sparse = Level::Sparse {
            segments: segments.to_vec(),
            indices: indices.to_vec(),
        };
        Sparsity {
            order: vec![0, 1],
            has_blocks: false,
            levels: vec![Level::Dense(2), sparse],
        }
    }

    #[test]
    fn gaps_become_zeros() {
        let dense = densify(&tensor(&[1, 1, 2, 2, 3, 3]), &rows(&[0, 1, 3], &[2, 0, 1])).unwrap();
        assert_eq!(dense, [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 0, 0]);
    }

    #[test]
    fn columns_may_come_first() {
        let levels = vec![
            Level::Dense(3),
            Level::Sparse {
                segments: vec![0, 1, 1, 2],
                indices: vec![1, 0],
            },
        ];
        let sparsity = Sparsity {
            order: vec![1, 0],
            has_blocks: false,
            levels,
        };
        let dense = densify(&tensor(&[1, 1, 2, 2]), &sparsity).unwrap();
        assert_eq!(dense, [0, 0, 0, 0, 2, 2, 1, 1, 0, 0, 0, 0]);
    }

    #[test]
    fn indices_that_do_not_fit_are_refused_with_the_tensors_name() {
        let six = [0; 6];
        for (data, sparsity) in [
            (&six[..], rows(&[0, 1, 3], &[2, 0, 3])),    // outside
            (&six[..], rows(&[0, 1, 3], &[2, 1, 1])),    // twice
            (&six[..], rows(&[0, 1, 9], &[2, 0, 1])),    // behind the indices
            (&six[..], rows(&[0, 1], &[2, 0, 1])),       // a row without a segment
            (&six[..], rows(&[1, 0, 3], &[2, 0, 1])),    // backwards
            (&six[..4], rows(&[0, 1, 3], &[2, 0, 1])),   // too few values
            (&[0; 8][..], rows(&[0, 1, 3], &[2, 0, 1])), // too many
            (
                &six[..],
                Sparsity {
                    order: vec![0, 0],
                    ..rows(&[0, 1, 3], &[2, 0, 1])
                },
            ),
            (
                &six[..],
                Sparsity {
                    has_blocks: true,
                    ..rows(&[0, 1, 3], &[2, 0, 1])
                },
            ),
        ] {
            let error = densify(&tensor(data), &sparsity).unwrap_err();
            assert!(error.to_string().contains("weights"), "{error}");
        }
    }
}
