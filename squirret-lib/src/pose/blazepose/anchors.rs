//! Where the detector looks: the fixed points that its boxes are relative to.

/// Strides of the detector's feature maps in px of its 224 px input, and boxes per cell of each: two a cell at 8 and
/// 16, three layers of two at 32.
const LAYERS: [(usize, usize); 3] = [(8, 2), (16, 2), (32, 6)];

/// Centres of the anchors in units of the input's side, in the order of the detector's outputs: layer by layer, row
/// by row. All have the size of the input, so boxes come in px.
pub(super) fn anchors(side: usize) -> Vec<[f32; 2]> {
    let mut centres = Vec::new();
    for (stride, per_cell) in LAYERS {
        let cells = side.div_ceil(stride);
        for row in 0..cells {
            for column in 0..cells {
                let centre = [column, row].map(|i| (i as f32 + 0.5) / cells as f32);
                centres.extend(std::iter::repeat_n(centre, per_cell));
            }
        }
    }
    centres
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_for_each_of_the_detectors_rows() {
        let anchors = anchors(224);
        assert_eq!(anchors.len(), 2254);
        assert_eq!(anchors[0], [0.5 / 28.0, 0.5 / 28.0]);
        assert_eq!(anchors[2], [1.5 / 28.0, 0.5 / 28.0]);
        assert_eq!(anchors[28 * 28 * 2], [0.5 / 14.0, 0.5 / 14.0]);
        assert_eq!(anchors[2253], [6.5 / 7.0, 6.5 / 7.0]);
    }
}
