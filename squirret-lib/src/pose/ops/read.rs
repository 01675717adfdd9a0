//! Reads the engine's graph: which nodes are operations on maps that we know.

use super::layout::{Rim, Shape};
use super::net::{Between, Clip, Conv, DepthToSpace, Kind, Order, Resize, Window};
use std::collections::HashMap;
use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::array::{Pad, PadMode};
use tract_onnx::tract_core::ops::binary::TypedBinOp;
use tract_onnx::tract_core::ops::cnn::{Conv as ConvOp, KernelFormat, MaxPool, PoolSpec};
use tract_onnx::tract_core::ops::math::{Add, Max, Min};
use tract_onnx::tract_core::ops::nn::DataFormat;
use tract_onnx::tract_core::ops::nn::resize::{CoordTransformer, Interpolator};
use tract_onnx_opl::resize::{CoordTransform, Resize as ResizeOp};

/// What a node does to maps.
#[derive(Clone, Debug)]
pub(super) enum Known {
    /// An operation on these inputs.
    Operation {
        kind: Box<Kind>,
        inputs: TVec<OutletId>,
    },
    /// The same map with its channels elsewhere.
    Transpose(OutletId),
    /// Part of an operation that ends at another node.
    Part,
}

/// A graph and what is known of it.
pub(super) struct Reader<'a> {
    pub(super) model: &'a TypedModel,
    order: Vec<usize>,
    constants: HashMap<OutletId, Arc<Tensor>>,
    orders: HashMap<OutletId, Order>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(model: &'a TypedModel) -> TractResult<Self> {
        let mut reader = Self {
            model,
            order: model.eval_order()?,
            constants: HashMap::new(),
            orders: HashMap::new(),
        };
        reader.fold_constants();
        Ok(reader)
    }

    /// Nodes in an order in which they can run.
    pub(super) fn order(&self) -> &[usize] {
        &self.order
    }

    /// All that is known, by node.
    pub(super) fn known(&mut self) -> TractResult<HashMap<usize, Known>> {
        let mut known = HashMap::new();
        for id in self.order.clone() {
            let Some(found) = self.node(id)? else {
                continue;
            };
            if let Known::Operation { kind, .. } = &found
                && matches!(**kind, Kind::DepthToSpace(_))
            {
                self.parts_before(id).into_iter().for_each(|part| {
                    known.insert(part, Known::Part);
                });
            }
            known.insert(id, found);
        }
        Ok(known)
    }

    /// Channels, rows and columns of an outlet that holds the map of one picture.
    pub(super) fn shape(&self, outlet: OutletId, order: Order) -> Option<Shape> {
        let fact = self.model.outlet_fact(outlet).ok()?;
        if fact.datum_type != f32::datum_type() {
            return None;
        }
        let (channels, height, width) = match (fact.shape.as_concrete()?, order) {
            (&[1, channels, height, width], Order::ChannelsFirst) => (channels, height, width),
            (&[1, height, width, channels], Order::ChannelsLast) => (channels, height, width),
            _ => return None,
        };
        (channels * height * width > 0).then_some(Shape {
            channels,
            height,
            width,
        })
    }

    pub(super) fn is_constant(&self, outlet: OutletId) -> bool {
        self.constants.contains_key(&outlet)
    }

    /// In which order an outlet holds its map.
    pub(super) fn order_of(&mut self, outlet: OutletId) -> Order {
        if let Some(order) = self.orders.get(&outlet) {
            return *order;
        }
        let order = self
            .order_as_made(outlet)
            .or_else(|| self.order_as_read(outlet, 0))
            .unwrap_or(Order::ChannelsFirst);
        self.orders.insert(outlet, order);
        order
    }

    fn order_as_made(&mut self, outlet: OutletId) -> Option<Order> {
        let node = &self.model.nodes[outlet.node];
        match node.op_as::<AxisOp>() {
            Some(AxisOp::Move(1, 3)) => return Some(Order::ChannelsLast),
            Some(_) => return Some(Order::ChannelsFirst),
            None => {}
        }
        let passes = node.op_is::<TypedBinOp>() || node.op_is::<Pad>();
        if !passes {
            let makes =
                node.op_is::<ConvOp>() || node.op_is::<MaxPool>() || node.op_is::<ResizeOp>();
            return makes.then_some(Order::ChannelsFirst);
        }
        let from = node.inputs.iter().find(|input| !self.is_constant(**input));
        from.copied().map(|from| self.order_of(from))
    }

    /// What those who read an outlet take it for.
    fn order_as_read(&self, outlet: OutletId, depth: usize) -> Option<Order> {
        let readers = self.model.outlet_successors(outlet).iter();
        let mut votes = readers.map(|inlet| {
            let node = &self.model.nodes[inlet.node];
            match node.op_as::<AxisOp>() {
                Some(AxisOp::Move(3, 1)) => return Some(Order::ChannelsLast),
                Some(AxisOp::Move(1, 3)) => return Some(Order::ChannelsFirst),
                _ => {}
            }
            if node.op_is::<ConvOp>() {
                return Some(Order::ChannelsFirst);
            }
            let passes = node.op_is::<TypedBinOp>() || node.op_is::<Pad>();
            (passes && depth < 8)
                .then(|| self.order_as_read(node.id.into(), depth + 1))
                .flatten()
        });
        votes.find_map(|vote| vote)
    }

    /// Values that depend on no input, such as weights stored as 16-bit floats.
    fn fold_constants(&mut self) {
        for id in &self.order {
            let node = &self.model.nodes[*id];
            for (slot, output) in node.outputs.iter().enumerate() {
                if let Some(value) = &output.fact.konst {
                    self.constants
                        .insert(OutletId::new(*id, slot), value.clone());
                }
            }
            let outlet = OutletId::from(*id);
            let single = node.outputs.len() == 1 && !node.inputs.is_empty();
            if !single || self.constants.contains_key(&outlet) {
                continue;
            }
            let inputs: Option<TVec<TValue>> = node
                .inputs
                .iter()
                .map(|input| self.constants.get(input).cloned().map(TValue::from_const))
                .collect();
            if let Some(Ok(Some(mut outputs))) =
                inputs.map(|inputs| node.op.eval_out_of_plan(inputs))
                && let Some(value) = outputs.pop()
            {
                self.constants.insert(outlet, value.into_arc_tensor());
            }
        }
    }

    fn floats(&self, outlet: OutletId) -> Option<&[f32]> {
        let tensor = self.constants.get(&outlet)?;
        tensor.try_as_plain_ram().ok()?.as_slice::<f32>().ok()
    }

    fn node(&mut self, id: usize) -> TractResult<Option<Known>> {
        let model = self.model;
        let node = &model.nodes[id];
        let outlet = OutletId::from(id);
        if node.outputs.len() != 1 || self.is_constant(outlet) {
            return Ok(None);
        }
        let order = self.order_of(outlet);
        if self.shape(outlet, order).is_none() {
            return Ok(None);
        }
        if let Some(AxisOp::Move(from, to)) = node.op_as::<AxisOp>() {
            let input = node.inputs[0];
            let before = self.order_of(input);
            let is_transpose = match (from, to) {
                (3, 1) => before == Order::ChannelsLast,
                (1, 3) => before == Order::ChannelsFirst,
                _ => false,
            };
            let is_known = is_transpose && self.shape(input, before).is_some();
            return Ok(is_known.then_some(Known::Transpose(input)));
        }
        let kind = if let Some(op) = node.op_as::<ConvOp>() {
            self.conv(op, node)
        } else if let Some(op) = node.op_as::<TypedBinOp>() {
            self.binary(op, node)
        } else if let Some(op) = node.op_as::<MaxPool>() {
            self.max_pool(op, node)
        } else if let Some(op) = node.op_as::<Pad>() {
            pad(op, order)
        } else if let Some(op) = node.op_as::<ResizeOp>() {
            self.resize(op, node)
        } else if node.op_is::<AxisOp>() {
            return Ok(self.depth_to_space(id));
        } else {
            None
        };
        let Some(kind) = kind else { return Ok(None) };
        let inputs: TVec<OutletId> = node
            .inputs
            .iter()
            .copied()
            .filter(|input| !self.is_constant(*input))
            .collect();
        for input in &inputs {
            if self.order_of(*input) != order || self.shape(*input, order).is_none() {
                return Ok(None);
            }
        }
        Ok((!inputs.is_empty()).then(|| Known::Operation {
            kind: Box::new(kind),
            inputs,
        }))
    }

    fn window(&self, spec: &PoolSpec, input: OutletId) -> Option<Window> {
        let shape = self.shape(input, Order::ChannelsFirst)?;
        let (&[rows, columns], DataFormat::NCHW) = (&*spec.kernel_shape, spec.data_format) else {
            return None;
        };
        let padding = spec.computed_padding(&[shape.height, shape.width]);
        Some(Window {
            size: [rows, columns],
            stride: [spec.stride(0), spec.stride(1)],
            dilation: [spec.dilation(0), spec.dilation(1)],
            pad: Rim {
                top: padding[0].pad_before,
                left: padding[1].pad_before,
                bottom: padding[0].pad_after,
                right: padding[1].pad_after,
            },
        })
    }

    fn conv(&self, op: &ConvOp, node: &TypedNode) -> Option<Kind> {
        let window = self.window(&op.pool_spec, node.inputs[0])?;
        let (inputs, outputs) = (op.input_channels(), op.output_channels());
        let depthwise = op.group > 1 && op.group == inputs && op.group == outputs;
        let plain = op.q_params.is_none() && op.kernel_fmt == KernelFormat::OIHW;
        if !plain || (op.group != 1 && !depthwise) || self.is_constant(node.inputs[0]) {
            return None;
        }
        let weights = self.floats(*node.inputs.get(1)?)?.to_vec();
        let bias = match self.floats(*node.inputs.get(2)?)? {
            [one] => vec![*one; outputs],
            many => many.to_vec(),
        };
        let inputs_each = if depthwise { 1 } else { inputs };
        let expected = outputs * inputs_each * window.size[0] * window.size[1];
        (weights.len() == expected && bias.len() == outputs).then_some(Kind::Conv(Conv {
            window,
            depthwise,
            inputs,
            outputs,
            weights,
            bias,
        }))
    }

    /// A sum of two maps, or a bound.
    fn binary(&self, op: &TypedBinOp, node: &TypedNode) -> Option<Kind> {
        let &[a, b] = &*node.inputs else { return None };
        if op.0.is::<Add>() {
            let fact = |outlet| self.model.outlet_fact(outlet).ok();
            let same = fact(a)?.shape == fact(b)?.shape;
            let maps = !self.is_constant(a) && !self.is_constant(b);
            return (same && maps).then_some(Kind::Add);
        }
        let bound = self.scalar(a).or_else(|| self.scalar(b))?;
        if op.0.is::<Max>() {
            return Some(Kind::Clip(Clip {
                low: bound,
                ..Clip::NONE
            }));
        }
        op.0.is::<Min>().then_some(Kind::Clip(Clip {
            high: bound,
            ..Clip::NONE
        }))
    }

    fn scalar(&self, outlet: OutletId) -> Option<f32> {
        match self.floats(outlet)? {
            [one] if !one.is_nan() => Some(*one),
            _ => None,
        }
    }

    fn max_pool(&self, op: &MaxPool, node: &TypedNode) -> Option<Kind> {
        if op.with_index_outputs.is_some() {
            return None;
        }
        self.window(&op.pool_spec, node.inputs[0])
            .map(Kind::MaxPool)
    }

    fn resize(&self, op: &ResizeOp, node: &TypedNode) -> Option<Kind> {
        let plain = op.coord_transformer == CoordTransform::Plain(CoordTransformer::HalfPixel)
            && op.interpolator == Interpolator::Linear
            && op.axes.is_none()
            && !op.antialias
            && !op.exclude_outside;
        if !plain {
            return None;
        }
        let from = self.shape(node.inputs[0], Order::ChannelsFirst)?;
        let to = self.shape(node.id.into(), Order::ChannelsFirst)?;
        let &[one, same, down, right] =
            self.floats(*node.inputs.get(op.optional_scales_input?)?)?
        else {
            return None;
        };
        (one == 1.0 && same == 1.0).then(|| {
            Kind::Resize(Resize {
                rows: Between::half_pixel(from.height, to.height, down),
                columns: Between::half_pixel(from.width, to.width, right),
            })
        })
    }

    /// Four moves of axes that together spread channels over blocks of pixels; `last` is the fourth.
    fn depth_to_space(&mut self, last: usize) -> Option<Known> {
        let parts = self.parts_before(last);
        let &[merge, second, first, split] = &*parts else {
            return None;
        };
        let axes = |id: usize| self.model.nodes[id].op_as::<AxisOp>();
        let (Some(AxisOp::Reshape(1, _, into)), Some(AxisOp::Reshape(2, _, _))) =
            (axes(split), axes(merge))
        else {
            return None;
        };
        let into: Vec<usize> = into
            .iter()
            .map(|d| d.to_usize())
            .collect::<Result<_, _>>()
            .ok()?;
        let depth_first = matches!(
            (axes(first), axes(second)),
            (Some(AxisOp::Move(2, 5)), Some(AxisOp::Move(1, 3)))
        );
        let columns_first = matches!(
            (axes(first), axes(second)),
            (Some(AxisOp::Move(3, 5)), Some(AxisOp::Move(2, 3)))
        );
        let &[a, b, c] = &*into else { return None };
        let (block, other) = if depth_first { (a, b) } else { (b, c) };
        let input = self.model.nodes[split].inputs[0];
        let from = self.shape(input, Order::ChannelsFirst)?;
        let to = self.shape(last.into(), Order::ChannelsFirst)?;
        let fits = block == other
            && from.channels == to.channels * block * block
            && [from.height * block, from.width * block] == [to.height, to.width];
        let is_known = fits
            && (depth_first || columns_first)
            && self.order_of(input) == Order::ChannelsFirst
            && !self.is_constant(input);
        is_known.then(|| Known::Operation {
            kind: Box::new(Kind::DepthToSpace(DepthToSpace { block, depth_first })),
            inputs: tvec!(input),
        })
    }

    /// A node and the three moves of axes before it that nobody else reads, the last one first.
    fn parts_before(&self, last: usize) -> Vec<usize> {
        let mut parts = vec![last];
        while parts.len() < 4 {
            let node = &self.model.nodes[parts[parts.len() - 1]];
            let before = node.inputs[0];
            let is_output = self.model.outputs.contains(&before);
            let alone = self.model.outlet_successors(before).len() == 1 && !is_output;
            if !alone || !self.model.nodes[before.node].op_is::<AxisOp>() {
                break;
            }
            parts.push(before.node);
        }
        parts
    }
}

/// Zeroes around rows and columns.
fn pad(op: &Pad, order: Order) -> Option<Kind> {
    let PadMode::Constant(value) = &op.mode else {
        return None;
    };
    if value.cast_to_scalar::<f32>().ok()? != 0.0 {
        return None;
    }
    let ((&[batch, channels, rows, columns], Order::ChannelsFirst)
    | (&[batch, rows, columns, channels], Order::ChannelsLast)) = (&*op.pads, order)
    else {
        return None;
    };
    (batch == (0, 0) && channels == (0, 0)).then_some(Kind::Pad(Rim {
        top: rows.0,
        left: columns.0,
        bottom: rows.1,
        right: columns.1,
    }))
}
