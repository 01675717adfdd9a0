//! What the pass over a graph understood: maps and the few operations on them, free of the engine's types.

use super::layout::{Rim, Shape};

/// Index of a map.
pub(super) type ValueId = usize;

/// In which order the engine's tensor holds a map.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Order {
    ChannelsFirst,
    ChannelsLast,
}

/// A part of a graph: one picture, maps of 32-bit floats.
#[derive(Clone, Debug, Default)]
pub(super) struct Net {
    pub(super) values: Vec<Shape>,
    /// In an order in which they can run.
    pub(super) nodes: Vec<Node>,
    pub(super) inputs: Vec<Port>,
    pub(super) outputs: Vec<Port>,
}

/// A map that comes from or goes to the engine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Port {
    pub(super) value: ValueId,
    pub(super) order: Order,
}

/// An operation and the maps that it reads and writes.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) inputs: Vec<ValueId>,
    pub(super) output: ValueId,
}

/// The operations.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Conv(Conv),
    /// Of two maps of one size.
    Add,
    Clip(Clip),
    MaxPool(Window),
    /// Bilinear.
    Resize(Resize),
    DepthToSpace(DepthToSpace),
    /// A rim of zeroes.
    Pad(Rim),
}

/// Least and greatest value.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Clip {
    pub(super) low: f32,
    pub(super) high: f32,
}

impl Clip {
    /// Lets everything through.
    pub(super) const NONE: Self = Self {
        low: f32::NEG_INFINITY,
        high: f32::INFINITY,
    };

    /// This one and then another.
    pub(super) fn then(self, next: Self) -> Self {
        Self {
            low: self.low.max(next.low).min(next.high),
            high: self.high.max(next.low).min(next.high),
        }
    }
}

/// How a window moves over a map; `[rows, columns]`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Window {
    pub(super) size: [usize; 2],
    pub(super) stride: [usize; 2],
    pub(super) dilation: [usize; 2],
    /// What lies before and after the map, as if it were there.
    pub(super) pad: Rim,
}

impl Window {
    /// One pixel at a time.
    pub(super) fn is_pointwise(&self) -> bool {
        self.size == [1, 1] && self.stride == [1, 1] && self.pad == Rim::default()
    }
}

/// A convolution: of all channels, or of each channel by itself.
#[derive(Clone, Debug)]
pub(super) struct Conv {
    pub(super) window: Window,
    pub(super) depthwise: bool,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    /// `[output][input][row][column]`; a depthwise one has one input an output.
    pub(super) weights: Vec<f32>,
    /// One an output.
    pub(super) bias: Vec<f32>,
}

impl Conv {
    pub(super) fn weight(&self, output: usize, input: usize, row: usize, column: usize) -> f32 {
        let [rows, columns] = self.window.size;
        let inputs = if self.depthwise { 1 } else { self.inputs };
        self.weights[((output * inputs + input) * rows + row) * columns + column]
    }
}

/// Where the rows and columns of a resized map come from.
#[derive(Clone, Debug)]
pub(super) struct Resize {
    pub(super) rows: Vec<Between>,
    pub(super) columns: Vec<Between>,
}

/// A place between two pixels: `first · (1 − share) + second · share`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Between {
    pub(super) first: usize,
    pub(super) second: usize,
    pub(super) share: f32,
}

impl Between {
    /// Pixel centres at halves, as ONNX's `half_pixel` has them, for every pixel of the larger axis.
    pub(super) fn half_pixel(from: usize, to: usize, scale: f32) -> Vec<Self> {
        let last = from.saturating_sub(1);
        let place = |i: usize| {
            let at = ((i as f32 + 0.5) / scale - 0.5).clamp(0.0, last as f32);
            let first = (at.floor() as usize).min(last);
            Self {
                first,
                second: (first + 1).min(last),
                share: at - first as f32,
            }
        };
        (0..to).map(place).collect()
    }
}

/// Channels become blocks of pixels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct DepthToSpace {
    /// Side of a block.
    pub(super) block: usize,
    /// Whether a pixel of the block takes neighbouring channels (ONNX's CRD is the other way round).
    pub(super) depth_first: bool,
}
