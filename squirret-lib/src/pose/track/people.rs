//! People that a finder saw in one picture.

use crate::pose::Roi;

/// More are never told apart in a picture of one squatter.
const MAX_PEOPLE: usize = 8;

/// Regions of people, the surest first; room for eight, on the stack.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(in crate::pose) struct People([Option<Roi>; MAX_PEOPLE]);

impl People {
    /// One more; those beyond the room are left out.
    pub(in crate::pose) fn push(&mut self, region: Roi) {
        if let Some(place) = self.0.iter_mut().find(|place| place.is_none()) {
            *place = Some(region);
        }
    }

    /// The surest.
    pub(in crate::pose) const fn first(&self) -> Option<Roi> {
        self.0[0]
    }

    /// Whether there is nobody.
    pub(super) const fn is_empty(&self) -> bool {
        self.0[0].is_none()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Roi> {
        self.0.iter().copied().flatten()
    }

    /// Who stands nearest to `place`, if that is within `reach` sizes of it.
    pub(super) fn nearest(&self, place: &Roi, reach: f32) -> Option<Roi> {
        self.iter()
            .filter(|region| region.is_like(place) && region.apart(place) <= reach)
            .min_by(|a, b| a.apart(place).total_cmp(&b.apart(place)))
    }
}

impl FromIterator<Roi> for People {
    fn from_iter<I: IntoIterator<Item = Roi>>(regions: I) -> Self {
        let mut people = Self::default();
        regions.into_iter().for_each(|region| people.push(region));
        people
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f32) -> Roi {
        Roi {
            x,
            y: 0.0,
            size: 100.0,
            rotation: 0.0,
        }
    }

    #[test]
    fn the_nearest_within_reach_is_chosen_and_the_surest_stays_first() {
        let people: People = [at(300.0), at(40.0), at(10.0)].into_iter().collect();
        assert_eq!(people.first(), Some(at(300.0)));
        assert_eq!(people.nearest(&at(0.0), 0.3), Some(at(10.0)));
        assert_eq!(people.nearest(&at(100.0), 0.3), None);
        assert!(!people.is_empty() && People::default().is_empty());
    }

    #[test]
    fn a_crowd_fits_as_far_as_there_is_room() {
        let people: People = (0..20).map(|i| at(i as f32)).collect();
        assert_eq!(people.iter().count(), MAX_PEOPLE);
        assert_eq!(people.first(), Some(at(0.0)));
    }
}
