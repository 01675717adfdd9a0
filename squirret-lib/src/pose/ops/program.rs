//! A part of a graph as steps on buffers, and how it runs.

use super::bf16::{PackMap, PairedDense, Work};
use super::dense::{Dense, DenseRows};
use super::depthwise::{Depthwise, DepthwiseRows};
use super::lanes::Path;
use super::layout::{Buffer, Map};
use super::net::{Clip, DepthToSpace, Order, Resize, Window};
use super::plain::{self, AddMaps, ClipMap, PoolMap, ResizeMap};
use std::ops::Range;

/// Steps in order; shared by all who run it, each with a [`Memory`] of its own.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) path: Path,
    /// Floats of each buffer.
    pub(super) buffers: Vec<usize>,
    pub(super) imports: Vec<(Place, Order)>,
    pub(super) steps: Vec<Step>,
    pub(super) exports: Vec<(Place, Order)>,
}

/// A map and the buffer that holds it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) buffer: usize,
    pub(super) map: Map,
}

#[derive(Debug)]
pub(super) enum Step {
    Chain(Chain),
    Add {
        from: [Place; 2],
        clip: Clip,
        to: Place,
    },
    Clip {
        from: Place,
        clip: Clip,
        to: Place,
    },
    MaxPool {
        from: Place,
        window: Window,
        to: Place,
    },
    Resize {
        from: Place,
        resize: Resize,
        clip: Clip,
        to: Place,
    },
    DepthToSpace {
        from: Place,
        how: DepthToSpace,
        to: Place,
    },
    Pad {
        from: Place,
        top: usize,
        left: usize,
        to: Place,
    },
    Pack {
        from: Place,
        to: Place,
    },
}

/// Convolutions one behind the other, run a few rows at a time: what is between them never leaves the caches.
#[derive(Debug)]
pub(super) struct Chain {
    pub(super) stages: Vec<Stage>,
    /// Rows of the last stage's output at a time.
    pub(super) band: usize,
}

/// A convolution of a chain.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) weights: Weights,
    pub(super) window: Window,
    pub(super) from: Place,
    pub(super) to: Place,
    pub(super) residual: Option<Place>,
    pub(super) clips: [Clip; 2],
}

#[derive(Debug)]
pub(super) enum Weights {
    Dense(Dense),
    /// Of a packed map.
    Paired(PairedDense),
    Depthwise(Depthwise),
}

/// What one run at a time needs.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    buffers: Vec<Buffer>,
    /// Of each stage of the chain that runs.
    made: Vec<Made>,
}

/// The rows that a stage has made.
#[derive(Clone, Copy, Default, Debug)]
struct Made {
    /// How many in all.
    rows: usize,
    /// Where the last ones began.
    first: usize,
}

impl Program {
    /// Zeroed buffers.
    pub(super) fn memory(&self) -> Memory {
        let stages = |step: &Step| match step {
            Step::Chain(chain) => chain.stages.len(),
            _ => 0,
        };
        let most = self.steps.iter().map(stages).max().unwrap_or(0);
        Memory {
            buffers: self.buffers.iter().map(|len| Buffer::new(*len)).collect(),
            made: vec![Made::default(); most],
        }
    }

    /// Takes an input from the engine's tensor.
    pub(super) fn import(&self, memory: &mut Memory, index: usize, tensor: &[f32]) {
        let (place, order) = &self.imports[index];
        let buffer = memory.buffers[place.buffer].as_mut_slice();
        plain::import(tensor, *order, buffer, &place.map);
    }

    /// Writes an output into the engine's tensor.
    pub(super) fn export(&self, memory: &Memory, index: usize, tensor: &mut [f32]) {
        let (place, order) = &self.exports[index];
        plain::export(memory.map(place), *order, tensor);
    }

    /// Runs all steps.
    pub(super) fn compute(&self, memory: &mut Memory) {
        for step in &self.steps {
            self.one(memory, step);
        }
    }

    /// Runs a step.
    pub(super) fn one(&self, memory: &mut Memory, step: &Step) {
        match step {
            Step::Chain(chain) => chain.run(self.path, memory),
            _ => self.step(memory, step),
        }
    }

    fn step(&self, memory: &mut Memory, step: &Step) {
        let (Step::Add { to, .. }
        | Step::Clip { to, .. }
        | Step::MaxPool { to, .. }
        | Step::Resize { to, .. }
        | Step::DepthToSpace { to, .. }
        | Step::Pad { to, .. }
        | Step::Pack { to, .. }) = step
        else {
            return;
        };
        let mut taken = std::mem::take(&mut memory.buffers[to.buffer]);
        let output = taken.as_mut_slice();
        let map = &to.map;
        match step {
            Step::Chain(_) => {}
            Step::Add { from, clip, .. } => self.path.run(AddMaps {
                a: memory.map(&from[0]),
                b: memory.map(&from[1]),
                output,
                map,
                clip: *clip,
            }),
            Step::Clip { from, clip, .. } => self.path.run(ClipMap {
                input: memory.map(from),
                output,
                map,
                clip: *clip,
            }),
            Step::MaxPool { from, window, .. } => self.path.run(PoolMap {
                window,
                input: memory.map(from),
                output,
                map,
            }),
            Step::Resize {
                from, resize, clip, ..
            } => self.path.run(ResizeMap {
                resize,
                input: memory.map(from),
                output,
                map,
                clip: *clip,
            }),
            Step::DepthToSpace { from, how, .. } => {
                plain::depth_to_space(memory.map(from), output, map, *how);
            }
            Step::Pad {
                from, top, left, ..
            } => plain::copy(memory.map(from), output, map, *top, *left),
            Step::Pack { from, .. } => self.path.run_bf16(&mut Work::Pack(PackMap {
                input: memory.map(from),
                output,
                map,
            })),
        }
        memory.buffers[to.buffer] = taken;
    }
}

impl Memory {
    fn map<'a>(&'a self, place: &'a Place) -> (&'a [f32], &'a Map) {
        (self.buffers[place.buffer].as_slice(), &place.map)
    }
}

impl Chain {
    fn run(&self, path: Path, memory: &mut Memory) {
        memory.made.fill(Made::default());
        let Some(last) = self.stages.last() else {
            return;
        };
        let height = last.to.map.shape.height;
        let mut rows = 0;
        while rows < height {
            rows = (rows + self.band).min(height);
            self.make(path, memory, self.stages.len() - 1, rows);
        }
    }

    /// Makes a stage's rows up to `until`, and before that the rows that they need.
    fn make(&self, path: Path, memory: &mut Memory, index: usize, until: usize) {
        let stage = &self.stages[index];
        let from = memory.made[index].rows;
        if until <= from {
            return;
        }
        if index > 0 {
            self.make(path, memory, index - 1, stage.reach(until));
        }
        memory.made[index] = Made {
            rows: until,
            first: from,
        };
        let input_first = match index {
            0 => 0,
            _ => memory.made[index - 1].first,
        };
        let mut y = from;
        while y < until {
            let end = y + stage.to.map.unbroken(y, until - y);
            stage.run(path, memory, y..end, input_first, from);
            y = end;
        }
    }
}

impl Stage {
    /// How many rows of its input the rows up to `until` need.
    fn reach(&self, until: usize) -> usize {
        let window = &self.window;
        let below = (until - 1) * window.stride[0] + (window.size[0] - 1) * window.dilation[0] + 1;
        let rows = below.saturating_sub(window.pad.top);
        rows.min(self.from.map.shape.height)
    }

    fn run(
        &self,
        path: Path,
        memory: &mut Memory,
        rows: Range<usize>,
        input_first: usize,
        output_first: usize,
    ) {
        let mut taken = std::mem::take(&mut memory.buffers[self.to.buffer]);
        let output = taken.as_mut_slice();
        let (input, input_map) = memory.map(&self.from);
        let output_map = &self.to.map;
        let residual = self.residual.as_ref().map(|place| memory.map(place));
        match &self.weights {
            Weights::Dense(dense) => path.run(DenseRows {
                dense,
                window: &self.window,
                input,
                input_map,
                input_first,
                output,
                output_map,
                residual,
                clips: self.clips,
                rows,
                output_first,
            }),
            Weights::Paired(dense) => path.run_bf16(&mut Work::Dense(DenseRows {
                dense,
                window: &self.window,
                input,
                input_map,
                input_first,
                output,
                output_map,
                residual,
                clips: self.clips,
                rows,
                output_first,
            })),
            Weights::Depthwise(depthwise) => {
                let rows = DepthwiseRows {
                    depthwise,
                    input,
                    input_map,
                    output,
                    output_map,
                    clip: self.clips[0],
                    rows,
                    output_first,
                };
                if output_map.is_packed() {
                    path.run_bf16(&mut Work::Depthwise(rows));
                } else {
                    path.run(rows);
                }
            }
        }
        memory.buffers[self.to.buffer] = taken;
    }
}
