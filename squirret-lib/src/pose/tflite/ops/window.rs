//! A window that slides over a picture, as convolutions and pools have it.

use super::{
    super::{convert::Margin, onnx::Attribute},
    Pair, ints,
};

/// A window that slides over a picture.
pub(super) struct Window {
    pub(super) size: Pair,
    pub(super) kernel: Pair,
    pub(super) stride: Pair,
    pub(super) dilation: Pair,
}

impl Window {
    /// Zeros so that the output has the input's size over the stride, the odd one behind.
    pub(super) fn same(&self) -> Margin {
        let zeros = |size: usize, kernel: usize, stride: usize, dilation: usize| {
            let reach = kernel
                .saturating_sub(1)
                .saturating_mul(dilation)
                .saturating_add(1);
            let steps = size.div_ceil(stride.max(1)).saturating_sub(1);
            let total = steps
                .saturating_mul(stride)
                .saturating_add(reach)
                .saturating_sub(size);
            let before = total / 2;
            [before, total.saturating_sub(before)]
        };
        let [top, bottom] = zeros(
            self.size[0],
            self.kernel[0],
            self.stride[0],
            self.dilation[0],
        );
        let [left, right] = zeros(
            self.size[1],
            self.kernel[1],
            self.stride[1],
            self.dilation[1],
        );
        [top, left, bottom, right]
    }

    pub(super) fn attributes(&self, pads: Margin) -> Vec<(&'static str, Attribute)> {
        vec![
            ("kernel_shape", ints(&self.kernel)),
            ("strides", ints(&self.stride)),
            ("pads", ints(&pads)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_odd_zero_stands_behind() {
        let window = |size, kernel, stride| Window {
            size,
            kernel,
            stride,
            dilation: [1, 1],
        };
        assert_eq!(window([256, 256], [3, 3], [2, 2]).same(), [0, 0, 1, 1]);
        assert_eq!(window([16, 17], [5, 5], [1, 2]).same(), [2, 2, 2, 2]);
        assert_eq!(window([4, 4], [2, 2], [2, 2]).same(), [0, 0, 0, 0]);
        assert_eq!(window([1, 1], [1, 1], [3, 3]).same(), [0, 0, 0, 0]);
    }
}
