//! From operations to steps: which convolutions run as a chain, where each map lies, and which buffers serve again.

use super::bf16::{self, PairedDense};
use super::dense::Dense;
use super::depthwise::Depthwise;
use super::fuse::{Op, fuse};
use super::lanes::Path;
use super::layout::{Map, Rim, Rows};
use super::net::{Conv, Net, ValueId, Window};
use super::program::{Chain, Place, Program, Stage, Step, Weights};

/// Pixels of a chain's last map that are made at a time: enough for the weights to be used often, few enough for
/// what lies between the convolutions to stay near.
const BAND_PIXELS: usize = 128;

/// Makes the steps of a part of a graph.
pub(super) fn compile(mut net: Net, path: Path) -> Program {
    if path.bf16().is_some() {
        bf16::round_weights(&mut net, path);
    }
    let mut ops = fuse(&mut net);
    let mut packed = vec![false; net.values.len()];
    if path.bf16().is_some() {
        packed = pack(&mut net, &mut ops);
    }
    let groups = groups(&net, &ops);
    let mut placing = Placing::new(&net, &ops, &groups, path, packed);
    let imports = net
        .inputs
        .iter()
        .map(|port| (placing.whole(port.value), port.order));
    let imports = imports.collect();
    let mut ops: Vec<Option<Op>> = ops.into_iter().map(Some).collect();
    let mut steps = Vec::new();
    for (at, group) in groups.iter().enumerate() {
        let members: Vec<Op> = group.iter().filter_map(|op| ops[*op].take()).collect();
        steps.extend(placing.step(members));
        placing.release(at);
    }
    let exports = net.outputs.iter();
    let exports = exports
        .filter_map(|port| Some((placing.places[port.value]?, port.order)))
        .collect();
    Program {
        path,
        buffers: placing.buffers,
        imports,
        steps,
        exports,
    }
}

/// Decides which maps are packed: those that convolutions on 16-bit floats read and nobody else. Where others read the
/// same map, these convolutions get a packed copy.
fn pack(net: &mut Net, ops: &mut Vec<Op>) -> Vec<bool> {
    let is_paired = |op: &Op| matches!(op, Op::Conv { conv, output, .. } if bf16::is_paired(conv, net.values[*output]));
    let paired: Vec<bool> = ops.iter().map(is_paired).collect();
    let mut packed = vec![false; net.values.len()];
    let mut copies: Vec<Option<ValueId>> = vec![None; net.values.len()];
    for value in 0..packed.len() {
        let made = ops.iter().zip(&paired).find(|(op, _)| op.output() == value);
        let can_be = made.is_some_and(|(op, paired)| {
            *paired || matches!(op, Op::Conv { conv, .. } if conv.depthwise)
        });
        let exported = net.outputs.iter().any(|port| port.value == value);
        let mut readers = ops.iter().zip(&paired);
        let only_paired = readers.all(|(op, paired)| *paired || !op.inputs().contains(&value));
        packed[value] = can_be && only_paired && !exported;
        let mut inputs = ops.iter().zip(&paired);
        let is_input = inputs.any(|(op, paired)| *paired && op.inputs()[0] == value);
        if is_input && !packed[value] {
            net.values.push(net.values[value]);
            copies[value] = Some(net.values.len() - 1);
        }
    }
    packed.resize(net.values.len(), true);
    let mut all = Vec::with_capacity(ops.len());
    let mut ready = vec![false; copies.len()];
    for (mut op, paired) in std::mem::take(ops).into_iter().zip(paired) {
        if let Op::Conv { input, .. } = &mut op
            && let Some(copy) = copies[*input].filter(|_| paired)
        {
            if !std::mem::replace(&mut ready[*input], true) {
                all.push(Op::Pack {
                    input: *input,
                    output: copy,
                });
            }
            *input = copy;
        }
        all.push(op);
    }
    *ops = all;
    packed
}

/// Operations that run together, in order: chains of convolutions, and everything else alone.
fn groups(net: &Net, ops: &[Op]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (at, op) in ops.iter().enumerate() {
        let before = match op {
            Op::Conv { conv, input, .. } if conv.depthwise || conv.window.is_pointwise() => {
                let reads: usize = ops.iter().map(|op| reads(op, *input)).sum();
                let exported = net.outputs.iter().any(|port| port.value == *input);
                let is_tail = |group: &Vec<usize>| {
                    let tail = group.last().map(|at| &ops[*at]);
                    tail.is_some_and(|op| matches!(op, Op::Conv { .. }) && op.output() == *input)
                };
                let alone = reads == 1 && !exported;
                groups.iter().position(is_tail).filter(|_| alone)
            }
            _ => None,
        };
        // A chain runs where its last member does.
        let mut group = before.map_or_else(Vec::new, |before| groups.remove(before));
        group.push(at);
        groups.push(group);
    }
    groups
}

fn reads(op: &Op, value: ValueId) -> usize {
    op.inputs().iter().filter(|input| **input == value).count()
}

/// The rim that a convolution needs around its input.
fn rim(conv: &Conv, net: &Net, input: ValueId, output: ValueId) -> Rim {
    let (from, to) = (net.values[input], net.values[output]);
    let Window {
        size,
        stride,
        dilation,
        pad,
    } = conv.window;
    let reach = |axis: usize, outputs: usize| {
        outputs.saturating_sub(1) * stride[axis] + (size[axis] - 1) * dilation[axis] + 1
    };
    Rim {
        top: pad.top,
        left: pad.left,
        bottom: reach(0, to.height).saturating_sub(pad.top + from.height),
        right: reach(1, to.width).saturating_sub(pad.left + from.width),
    }
}

/// Where maps lie.
struct Placing<'a> {
    net: &'a Net,
    path: Path,
    rims: Vec<Rim>,
    /// Maps of 16-bit floats.
    packed: Vec<bool>,
    /// Pictures whose channels lie side by side.
    interleaved: Vec<bool>,
    /// The last group that reads a value; `None` for ever.
    last_use: Vec<Option<usize>>,
    places: Vec<Option<Place>>,
    buffers: Vec<usize>,
    /// Buffers without a rim that nobody uses now.
    free: Vec<usize>,
    /// Maps between the stages of chains, with the buffer that each has.
    between: Vec<Place>,
}

impl<'a> Placing<'a> {
    fn new(net: &'a Net, ops: &[Op], groups: &[Vec<usize>], path: Path, packed: Vec<bool>) -> Self {
        let mut rims = vec![Rim::default(); net.values.len()];
        let mut interleaved = vec![false; net.values.len()];
        for port in &net.inputs {
            interleaved[port.value] = net.values[port.value].channels < path.lanes()
                && !net.outputs.iter().any(|out| out.value == port.value);
        }
        for op in ops {
            let mut dense = None;
            if let Op::Conv {
                conv,
                input,
                output,
                ..
            } = op
            {
                rims[*input] = rims[*input].max(rim(conv, net, *input, *output));
                dense = Some(*input).filter(|_| !conv.depthwise);
            }
            let mut inputs = op.inputs();
            if dense.is_some() {
                inputs.remove(0);
            }
            inputs.iter().for_each(|other| interleaved[*other] = false);
        }
        let mut last_use = vec![Some(0); net.values.len()];
        for (at, group) in groups.iter().enumerate() {
            for input in group.iter().flat_map(|op| ops[*op].inputs()) {
                last_use[input] = Some(at);
            }
        }
        for port in &net.outputs {
            last_use[port.value] = None;
        }
        Self {
            net,
            path,
            rims,
            packed,
            interleaved,
            last_use,
            places: vec![None; net.values.len()],
            buffers: Vec::new(),
            free: Vec::new(),
            between: Vec::new(),
        }
    }

    /// The layout of a map with its channels in blocks.
    fn map(&self, value: ValueId, rows: Rows) -> Map {
        let (shape, rim) = (self.net.values[value], self.rims[value]);
        if self.packed[value] {
            Map::packed(shape, rim, rows)
        } else {
            Map::new(shape, rim, rows, self.path.lanes())
        }
    }

    /// Makes the place of a map that is there as a whole.
    fn whole(&mut self, value: ValueId) -> Place {
        let (shape, rim) = (self.net.values[value], self.rims[value]);
        let map = if self.interleaved[value] {
            Map::interleaved(shape, rim)
        } else {
            self.map(value, Rows::All)
        };
        let reusable = (rim == Rim::default()).then(|| self.free.pop()).flatten();
        let buffer = reusable.unwrap_or_else(|| {
            self.buffers.push(0);
            self.buffers.len() - 1
        });
        self.buffers[buffer] = self.buffers[buffer].max(map.len());
        let place = Place { buffer, map };
        self.places[value] = Some(place);
        place
    }

    /// Buffers of maps that no later group reads serve again, if they have no rim to keep at zero.
    fn release(&mut self, at: usize) {
        for value in 0..self.places.len() {
            let over = self.last_use[value].is_some_and(|last| last <= at);
            if let Some(place) = self.places[value].filter(|_| over) {
                self.places[value] = None;
                if place.map.rim == Rim::default() {
                    self.free.push(place.buffer);
                }
            }
        }
    }

    fn there(&self, value: ValueId) -> Option<Place> {
        self.places[value]
    }

    fn step(&mut self, members: Vec<Op>) -> Option<Step> {
        if members.len() > 1 || matches!(members.first(), Some(Op::Conv { .. })) {
            return self.chain(members).map(Step::Chain);
        }
        let op = members.into_iter().next()?;
        let from = self.there(op.inputs()[0])?;
        let second = op.inputs().get(1).copied();
        let to = self.whole(op.output());
        Some(match op {
            Op::Conv { .. } => return None,
            Op::Add { clip, .. } => Step::Add {
                from: [from, self.there(second?)?],
                clip,
                to,
            },
            Op::Clip { clip, .. } => Step::Clip { from, clip, to },
            Op::MaxPool { window, .. } => Step::MaxPool { from, window, to },
            Op::Resize { resize, clip, .. } => Step::Resize {
                from,
                resize,
                clip,
                to,
            },
            Op::DepthToSpace { how, .. } => Step::DepthToSpace { from, how, to },
            Op::Pad { rim, .. } => Step::Pad {
                from,
                top: rim.top,
                left: rim.left,
                to,
            },
            Op::Pack { .. } => Step::Pack { from, to },
        })
    }

    fn chain(&mut self, members: Vec<Op>) -> Option<Chain> {
        let last = self.net.values[members.last()?.output()];
        let band = (BAND_PIXELS / last.width.max(1)).clamp(1, last.height.max(1));
        let slots = slots(&members, band);
        let mut used = Vec::new();
        let mut from = self.there(members.first()?.inputs()[0])?;
        let mut stages = Vec::new();
        let count = members.len();
        for (i, op) in members.into_iter().enumerate() {
            let Op::Conv {
                conv,
                residual,
                clips,
                output,
                ..
            } = op
            else {
                return None;
            };
            let to = if i + 1 == count {
                self.whole(output)
            } else {
                self.stage_map(output, slots[i], &mut used)
            };
            stages.push(Stage {
                weights: self.weights(&conv, &from.map),
                window: conv.window,
                from,
                to,
                residual: match residual {
                    Some(value) => Some(self.there(value)?),
                    None => None,
                },
                clips,
            });
            from = to;
        }
        Some(Chain { stages, band })
    }

    /// A convolution's weights for an input in the layout of `map`.
    fn weights(&self, conv: &Conv, map: &Map) -> Weights {
        let (lanes, most) = (self.path.lanes(), self.path.tile_vectors());
        if conv.depthwise {
            Weights::Depthwise(Depthwise::new(conv, lanes))
        } else if map.is_packed() {
            Weights::Paired(PairedDense::new(conv, map, most))
        } else {
            Weights::Dense(Dense::new(conv, map, lanes, most))
        }
    }

    /// A map between two stages, in a buffer that another chain may use in the same layout.
    fn stage_map(&mut self, value: ValueId, rows: Rows, used: &mut Vec<usize>) -> Place {
        let map = self.map(value, rows);
        let same = |place: &&Place| place.map == map && !used.contains(&place.buffer);
        let place = match self.between.iter().find(same) {
            Some(place) => *place,
            None => {
                self.buffers.push(map.len());
                let buffer = self.buffers.len() - 1;
                self.between.push(Place { buffer, map });
                Place { buffer, map }
            }
        };
        used.push(place.buffer);
        place
    }
}

/// How many rows each stage but the last keeps, so that the stage behind it finds all that it needs at once.
fn slots(members: &[Op], band: usize) -> Vec<Rows> {
    let mut rows = band;
    let mut slots = Vec::new();
    for op in members.iter().skip(1).rev() {
        let Op::Conv { conv, .. } = op else { continue };
        let window = &conv.window;
        if window.is_pointwise() {
            slots.push(Rows::Band(rows));
        } else {
            rows = (rows - 1) * window.stride[0] + (window.size[0] - 1) * window.dilation[0] + 1;
            slots.push(Rows::Ring(rows));
        }
    }
    slots.reverse();
    slots
}
