//! The models that the runners use.

use super::ModelTier;
use squirret::pose::PoseEstimator;
use std::{sync::Arc, time::Duration};

/// A model that is ready: loaded and warm.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    name: Arc<str>,
    estimator: Arc<dyn PoseEstimator>,
    cost: Duration,
}

impl Model {
    /// `cost`: what one frame took when it was warm.
    pub(crate) fn new(estimator: Arc<dyn PoseEstimator>, cost: Duration) -> Self {
        Self {
            name: estimator.model().into(),
            estimator,
            cost,
        }
    }

    /// As the wire tells it.
    pub(crate) const fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// What runs it.
    pub(super) fn estimator(&self) -> &dyn PoseEstimator {
        &*self.estimator
    }

    /// What one frame took when it was warm.
    pub(crate) const fn cost(&self) -> Duration {
        self.cost
    }
}

/// What a plane has to choose from.
#[derive(Clone, Debug)]
pub(crate) struct Models {
    /// The one that the server is set to.
    pub(crate) usual: Model,
    /// A lighter one with the same points, for overload.
    pub(crate) lite: Option<Model>,
}

impl Models {
    /// The model of a tier.
    pub(crate) fn of(&self, tier: ModelTier) -> &Model {
        match (tier, &self.lite) {
            (ModelTier::Lite, Some(lite)) => lite,
            _ => &self.usual,
        }
    }
}
