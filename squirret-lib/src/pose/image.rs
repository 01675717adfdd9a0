//! Pictures in memory.

/// A borrowed RGB picture, 8 bits a channel, rows top down without padding. It may be a reduced copy of a larger one.
#[derive(Clone, Copy)]
pub struct RgbImage<'a> {
    width: u32,
    height: u32,
    data: &'a [u8],
    /// Sizes of the picture that this is a copy of.
    whole: [u32; 2],
    /// Px of the whole picture to one of this.
    reduction: u32,
}

impl<'a> RgbImage<'a> {
    /// `None` unless `data` holds exactly `width * height * 3` bytes and both are positive.
    ///
    /// ```
    /// use squirret::pose::RgbImage;
    /// assert!(RgbImage::new(2, 1, &[0; 6]).is_some());
    /// assert!(RgbImage::new(2, 1, &[0; 5]).is_none());
    /// ```
    #[must_use]
    pub fn new(width: u32, height: u32, data: &'a [u8]) -> Option<Self> {
        let bytes = u64::from(width)
            .checked_mul(u64::from(height))?
            .checked_mul(3)?;
        let whole = [width, height];
        (bytes > 0 && bytes == data.len() as u64).then_some(Self {
            width,
            height,
            data,
            whole,
            reduction: 1,
        })
    }

    /// This picture as a copy of one of `whole` px, each side divided by `reduction` and rounded up. `None` when the
    /// sizes do not fit.
    #[must_use]
    pub fn reduced_from(self, whole: [u32; 2], reduction: u32) -> Option<Self> {
        let fits = reduction > 0
            && whole.map(|side| side.div_ceil(reduction)) == [self.width, self.height];
        fits.then_some(Self {
            whole,
            reduction,
            ..self
        })
    }

    /// Width and height of the whole picture in px: of this one, unless it is a reduced copy.
    #[must_use]
    pub const fn whole(&self) -> [u32; 2] {
        self.whole
    }

    /// Px of the whole picture to one of this, 1 unless it is a reduced copy.
    #[must_use]
    pub const fn reduction(&self) -> u32 {
        self.reduction
    }

    /// Width in px, at least 1.
    #[must_use]
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Height in px, at least 1.
    #[must_use]
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// The pixels, `width * height * 3` bytes.
    #[must_use]
    pub const fn data(&self) -> &'a [u8] {
        self.data
    }

    /// Width over height of the whole picture.
    #[must_use]
    pub fn aspect(&self) -> f32 {
        self.whole[0] as f32 / self.whole[1] as f32
    }
}

impl std::fmt::Debug for RgbImage<'_> {
    /// Without the pixels: pictures of people do not belong in a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RgbImage({}x{})", self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_that_do_not_fit_the_bytes_are_refused() {
        assert!(RgbImage::new(0, 0, &[]).is_none());
        assert!(RgbImage::new(u32::MAX, u32::MAX, &[0; 3]).is_none());
        assert!(RgbImage::new(1, 1, &[0; 4]).is_none());
        assert_eq!(
            RgbImage::new(1, 1, &[0; 3]).map(|i| (i.width(), i.height())),
            Some((1, 1))
        );
    }

    #[test]
    fn a_reduced_copy_tells_the_whole() {
        let image = RgbImage::new(2, 1, &[7; 6]).unwrap();
        let reduced = image.reduced_from([7, 3], 4).unwrap();
        assert_eq!(
            (reduced.whole(), reduced.reduction(), reduced.width()),
            ([7, 3], 4, 2)
        );
        assert!((reduced.aspect() - 7.0 / 3.0).abs() < 1e-6);
        assert!(image.reduced_from([9, 3], 4).is_none());
        assert!(image.reduced_from([7, 3], 0).is_none());
    }

    #[test]
    fn pixels_stay_out_of_debug() {
        let image = RgbImage::new(2, 1, &[7; 6]).unwrap();
        assert_eq!(format!("{image:?}"), "RgbImage(2x1)");
    }
}
