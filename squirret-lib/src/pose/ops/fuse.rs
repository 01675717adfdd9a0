//! From operations as a graph has them to few that do more: rims instead of padding, bounds and additions in the
//! convolution before them, and convolutions before a resize instead of behind it.

use super::layout::{Rim, Shape};
use super::net::{Clip, Conv, DepthToSpace, Kind, Net, Node, Resize, ValueId, Window};

/// An operation with what was fused into it.
#[derive(Debug)]
pub(super) enum Op {
    Conv {
        conv: Conv,
        input: ValueId,
        residual: Option<ValueId>,
        /// Before the addition, and after.
        clips: [Clip; 2],
        output: ValueId,
    },
    Add {
        inputs: [ValueId; 2],
        clip: Clip,
        output: ValueId,
    },
    Clip {
        input: ValueId,
        clip: Clip,
        output: ValueId,
    },
    MaxPool {
        input: ValueId,
        window: Window,
        output: ValueId,
    },
    Resize {
        input: ValueId,
        resize: Resize,
        clip: Clip,
        output: ValueId,
    },
    DepthToSpace {
        input: ValueId,
        how: DepthToSpace,
        output: ValueId,
    },
    Pad {
        input: ValueId,
        rim: Rim,
        output: ValueId,
    },
    /// From 32-bit to 16-bit floats.
    Pack { input: ValueId, output: ValueId },
}

impl Op {
    pub(super) fn inputs(&self) -> Vec<ValueId> {
        match self {
            Self::Conv {
                input, residual, ..
            } => std::iter::once(*input).chain(*residual).collect(),
            Self::Add { inputs, .. } => inputs.to_vec(),
            Self::Clip { input, .. }
            | Self::MaxPool { input, .. }
            | Self::Resize { input, .. }
            | Self::DepthToSpace { input, .. }
            | Self::Pad { input, .. }
            | Self::Pack { input, .. } => vec![*input],
        }
    }

    pub(super) fn output(&self) -> ValueId {
        match self {
            Self::Conv { output, .. }
            | Self::Add { output, .. }
            | Self::Clip { output, .. }
            | Self::MaxPool { output, .. }
            | Self::Resize { output, .. }
            | Self::DepthToSpace { output, .. }
            | Self::Pad { output, .. }
            | Self::Pack { output, .. } => *output,
        }
    }
}

/// Fuses what can be. The operations stay in an order in which they can run.
pub(super) fn fuse(net: &mut Net) -> Vec<Op> {
    fold_pads(net);
    resize_late(net);
    let mut gone = vec![false; net.nodes.len()];
    let mut ops = Vec::new();
    for at in 0..net.nodes.len() {
        if !gone[at] {
            let tail = Tail::follow(net, at, &mut gone);
            ops.push(op(&net.nodes[at], tail));
        }
    }
    ops
}

/// Nodes that read a value.
fn readers(net: &Net, value: ValueId) -> Vec<usize> {
    let reads = |(_, node): &(usize, &Node)| node.inputs.contains(&value);
    let nodes = net.nodes.iter().enumerate();
    nodes.filter(reads).map(|(at, _)| at).collect()
}

fn is_exported(net: &Net, value: ValueId) -> bool {
    net.outputs.iter().any(|port| port.value == value)
}

/// The only node that reads a value, when nobody else does.
fn only_reader(net: &Net, value: ValueId) -> Option<usize> {
    match readers(net, value)[..] {
        [reader] if !is_exported(net, value) => Some(reader),
        _ => None,
    }
}

/// Zeroes around a map that only convolutions read become their padding.
fn fold_pads(net: &mut Net) {
    for at in 0..net.nodes.len() {
        let Kind::Pad(rim) = net.nodes[at].kind else {
            continue;
        };
        let (input, padded) = (net.nodes[at].inputs[0], net.nodes[at].output);
        let readers = readers(net, padded);
        let are_convs = readers
            .iter()
            .all(|at| matches!(net.nodes[*at].kind, Kind::Conv(_)));
        if !are_convs || is_exported(net, padded) {
            continue;
        }
        for reader in readers {
            let node = &mut net.nodes[reader];
            node.inputs[0] = input;
            if let Kind::Conv(conv) = &mut node.kind {
                let pad = &mut conv.window.pad;
                pad.top += rim.top;
                pad.left += rim.left;
                pad.bottom += rim.bottom;
                pad.right += rim.right;
            }
        }
    }
    let read: Vec<bool> = net
        .nodes
        .iter()
        .map(|node| is_exported(net, node.output) || !readers(net, node.output).is_empty())
        .collect();
    let mut read = read.iter();
    net.nodes
        .retain(|node| *read.next().unwrap_or(&true) || !matches!(node.kind, Kind::Pad(_)));
}

/// A convolution of single pixels and an interpolation between pixels can change places: both are linear, and the
/// shares of an interpolation add up to one. On the smaller map the convolution is cheaper.
fn resize_late(net: &mut Net) {
    for at in 0..net.nodes.len() {
        let Kind::Resize(_) = net.nodes[at].kind else {
            continue;
        };
        let Some(reader) = only_reader(net, net.nodes[at].output) else {
            continue;
        };
        let (small, large) = (
            net.values[net.nodes[at].inputs[0]],
            net.values[net.nodes[at].output],
        );
        let grows = small.height * small.width < large.height * large.width;
        let Kind::Conv(conv) = &net.nodes[reader].kind else {
            continue;
        };
        if !grows || conv.depthwise || !conv.window.is_pointwise() {
            continue;
        }
        let shape = Shape {
            channels: conv.outputs,
            ..small
        };
        let between = net.values.len();
        net.values.push(shape);
        let resize = net.nodes[at].kind.clone();
        let conv = std::mem::replace(&mut net.nodes[reader].kind, resize);
        net.nodes[at].kind = conv;
        net.nodes[at].output = between;
        net.nodes[reader].inputs = vec![between];
    }
}

/// What follows a node and becomes part of it.
#[derive(Clone, Copy)]
struct Tail {
    residual: Option<ValueId>,
    clips: [Clip; 2],
    output: ValueId,
}

impl Tail {
    fn follow(net: &Net, at: usize, gone: &mut [bool]) -> Self {
        let node = &net.nodes[at];
        let mut tail = Self {
            residual: None,
            clips: [Clip::NONE; 2],
            output: node.output,
        };
        let (clips, adds) = match &node.kind {
            Kind::Conv(conv) => (true, !conv.depthwise),
            Kind::Add | Kind::Resize(_) => (true, false),
            _ => (false, false),
        };
        while let Some(next) = only_reader(net, tail.output) {
            match &net.nodes[next].kind {
                Kind::Clip(clip) if clips => {
                    let stage = usize::from(tail.residual.is_some());
                    tail.clips[stage] = tail.clips[stage].then(*clip);
                }
                Kind::Add if adds && tail.residual.is_none() => {
                    let other = net.nodes[next].inputs.iter().find(|i| **i != tail.output);
                    match other.filter(|other| is_made_before(net, **other, at)) {
                        Some(other) => tail.residual = Some(*other),
                        None => break,
                    }
                }
                _ => break,
            }
            gone[next] = true;
            tail.output = net.nodes[next].output;
        }
        tail
    }
}

/// Whether a value is there when node `at` runs.
fn is_made_before(net: &Net, value: ValueId, at: usize) -> bool {
    net.inputs.iter().any(|port| port.value == value)
        || net.nodes[..at].iter().any(|node| node.output == value)
}

fn op(node: &Node, tail: Tail) -> Op {
    let input = node.inputs[0];
    let output = tail.output;
    match node.kind.clone() {
        Kind::Conv(conv) => Op::Conv {
            conv,
            input,
            residual: tail.residual,
            clips: tail.clips,
            output,
        },
        Kind::Add => Op::Add {
            inputs: [input, node.inputs[1]],
            clip: tail.clips[0],
            output,
        },
        Kind::Clip(clip) => Op::Clip {
            input,
            clip,
            output,
        },
        Kind::MaxPool(window) => Op::MaxPool {
            input,
            window,
            output,
        },
        Kind::Resize(resize) => Op::Resize {
            input,
            resize,
            clip: tail.clips[0],
            output,
        },
        Kind::DepthToSpace(how) => Op::DepthToSpace { input, how, output },
        Kind::Pad(rim) => Op::Pad { input, rim, output },
    }
}
