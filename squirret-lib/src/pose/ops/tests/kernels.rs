//! Odd sizes, strides, paddings and numbers that are none, on every path.

use super::super::bf16;
use super::super::compile::compile;
use super::super::lanes::Path;
use super::super::layout::{Rim, Shape};
use super::super::net::{
    Between, Clip, Conv, DepthToSpace, Kind, Net, Node, Order, Port, Resize, ValueId, Window,
};
use super::{naive, paths};
use proptest::prelude::*;

/// Numbers that look random and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }

    fn take(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.next()).collect()
    }
}

/// A net that grows by one operation at a time.
struct Growing {
    net: Net,
    numbers: Numbers,
}

impl Growing {
    fn new(shape: Shape, order: Order) -> Self {
        let mut net = Net::default();
        net.values.push(shape);
        net.inputs.push(Port { value: 0, order });
        Self {
            net,
            numbers: Numbers(7),
        }
    }

    fn push(&mut self, kind: Kind, inputs: Vec<ValueId>, shape: Shape) -> ValueId {
        self.net.values.push(shape);
        let output = self.net.values.len() - 1;
        self.net.nodes.push(Node {
            kind,
            inputs,
            output,
        });
        output
    }

    fn conv(&mut self, input: ValueId, outputs: Option<usize>, window: Window) -> ValueId {
        let from = self.net.values[input];
        let (channels, inputs) = match outputs {
            Some(outputs) => (outputs, from.channels),
            None => (from.channels, 1),
        };
        let taps = window.size[0] * window.size[1];
        let conv = Conv {
            window,
            depthwise: outputs.is_none(),
            inputs: from.channels,
            outputs: channels,
            weights: self.numbers.take(channels * inputs * taps),
            bias: self.numbers.take(channels),
        };
        let shape = windowed(from, &window, channels);
        self.push(Kind::Conv(conv), vec![input], shape)
    }

    fn clip(&mut self, input: ValueId, low: f32, high: f32) -> ValueId {
        let shape = self.net.values[input];
        self.push(Kind::Clip(Clip { low, high }), vec![input], shape)
    }

    fn add(&mut self, a: ValueId, b: ValueId) -> ValueId {
        let shape = self.net.values[a];
        self.push(Kind::Add, vec![a, b], shape)
    }

    /// Every path with 16-bit floats returns for `output`, which no convolution rounds again, what the definition
    /// says on rounded numbers.
    fn check_rounded(mut self, output: ValueId, spoil: &[(usize, f32)]) {
        self.net.outputs = vec![Port {
            value: output,
            order: Order::ChannelsFirst,
        }];
        let shape = self.net.values[0];
        let count = shape.channels * shape.height * shape.width;
        let mut input = self.numbers.take(count);
        for (at, value) in spoil {
            input[at % count] = *value;
        }
        for (dispatch, path) in paths() {
            if path.bf16().is_none() {
                continue;
            }
            let want = &rounded(&self.net, path, &input)[output];
            let got = &run(self.net.clone(), path, &input)[0];
            for (at, (got, want)) in got.iter().zip(want).enumerate() {
                assert!(
                    agree(*got, *want, FINE),
                    "{dispatch:?}, number {at}: {got} instead of {want}"
                );
            }
        }
    }

    /// All paths give what the definitions say, for values `outputs`.
    fn check(mut self, outputs: &[ValueId], spoil: &[(usize, f32)]) {
        self.net.outputs = outputs
            .iter()
            .map(|value| Port {
                value: *value,
                order: Order::ChannelsFirst,
            })
            .collect();
        let shape = self.net.values[0];
        let count = shape.channels * shape.height * shape.width;
        let mut input = self.numbers.take(count);
        for (at, value) in spoil {
            input[at % count] = *value;
        }
        let exact = naive::run(&self.net, &[input.clone()]);
        for (dispatch, path) in paths() {
            let (expected, tolerance) = if path.bf16().is_some() {
                (&rounded(&self.net, path, &input), COARSE)
            } else {
                (&exact, FINE)
            };
            let got = run(self.net.clone(), path, &input);
            for (value, got) in outputs.iter().zip(got) {
                for (at, (got, want)) in got.iter().zip(&expected[*value]).enumerate() {
                    assert!(
                        agree(*got, *want, tolerance),
                        "{dispatch:?}, value {value}, number {at}: {got} instead of {want}"
                    );
                }
            }
        }
    }
}

/// Sums of 32-bit floats in any order.
const FINE: f32 = 1e-4;
/// The same where a sum that lies between two 16-bit floats may be rounded to either before others read it.
const COARSE: f32 = 3e-2;

fn agree(got: f32, want: f32, tolerance: f32) -> bool {
    got == want
        || (got.is_nan() && want.is_nan())
        || (got - want).abs() <= tolerance * (1.0 + want.abs())
}

/// What the definitions say when weights and what convolutions read are 16-bit floats.
fn rounded(net: &Net, path: Path, input: &[f32]) -> Vec<Vec<f32>> {
    let mut net = net.clone();
    bf16::round_weights(&mut net, path);
    naive::run_rounded(&net, &[input.to_vec()])
}

fn windowed(from: Shape, window: &Window, channels: usize) -> Shape {
    let pad = window.pad;
    let len = |from: usize, pads: usize, axis: usize| {
        let span = (window.size[axis] - 1) * window.dilation[axis] + 1;
        (from + pads - span) / window.stride[axis] + 1
    };
    Shape {
        channels,
        height: len(from.height, pad.top + pad.bottom, 0),
        width: len(from.width, pad.left + pad.right, 1),
    }
}

/// Runs twice, so that what a run leaves behind would show.
fn run(net: Net, path: Path, input: &[f32]) -> Vec<Vec<f32>> {
    let shapes: Vec<Shape> = net
        .outputs
        .iter()
        .map(|port| net.values[port.value])
        .collect();
    let (shape, order) = (net.values[0], net.inputs[0].order);
    let program = compile(net, path);
    let mut memory = program.memory();
    let spoilt = vec![f32::NAN; input.len()];
    for input in [spoilt, ordered(input, shape, order)] {
        program.import(&mut memory, 0, &input);
        program.compute(&mut memory);
    }
    let outputs = shapes.iter().enumerate();
    outputs
        .map(|(index, shape)| {
            let mut floats = vec![0.0; shape.channels * shape.height * shape.width];
            program.export(&memory, index, &mut floats);
            floats
        })
        .collect()
}

fn ordered(input: &[f32], shape: Shape, order: Order) -> Vec<f32> {
    if order == Order::ChannelsFirst {
        return input.to_vec();
    }
    let pixels = shape.height * shape.width;
    (0..input.len())
        .map(|i| input[i % shape.channels * pixels + i / shape.channels])
        .collect()
}

fn point() -> Window {
    square(1, 1, 0)
}

fn square(size: usize, stride: usize, pad: usize) -> Window {
    Window {
        size: [size; 2],
        stride: [stride; 2],
        dilation: [1; 2],
        pad: Rim {
            top: pad,
            left: pad,
            bottom: pad,
            right: pad,
        },
    }
}

prop_compose! {
    fn windows()(
        size in [1usize..=5, 1..=5],
        stride in [1usize..=3, 1..=3],
        dilation in [1usize..=2, 1..=2],
        pad in [0usize..=2, 0..=2, 0..=2, 0..=2],
        is_square in any::<bool>(),
    ) -> Window {
        let pad = Rim { top: pad[0], left: pad[1], bottom: pad[2], right: pad[3] };
        if is_square {
            let (size, stride) = ([3, 5][size[0] % 2], 1 + stride[0] % 2);
            return Window { pad, ..square(size, stride, 0) };
        }
        Window { size, stride, dilation, pad }
    }
}

prop_compose! {
    fn shapes(most: usize)(
        channels in 1..=most,
        height in 9usize..=20,
        width in 9usize..=20,
    ) -> Shape {
        Shape { channels, height, width }
    }
}

fn orders() -> impl Strategy<Value = Order> {
    prop_oneof![Just(Order::ChannelsFirst), Just(Order::ChannelsLast)]
}

fn odd_numbers() -> impl Strategy<Value = Vec<(usize, f32)>> {
    let values = prop_oneof![
        Just(f32::NAN),
        Just(f32::INFINITY),
        Just(f32::NEG_INFINITY),
        Just(-0.0),
        Just(1e30)
    ];
    proptest::collection::vec((any::<usize>(), values), 0..3)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_convolution_of_all_channels_is_its_definition(
        shape in shapes(20),
        outputs in 1usize..=40,
        window in windows(),
        order in orders(),
        odd in odd_numbers(),
    ) {
        let mut net = Growing::new(shape, order);
        let conv = net.conv(0, Some(outputs), window);
        let clip = net.clip(conv, -3.0, 6.0);
        net.check(&[clip], &odd);
    }

    #[test]
    fn a_convolution_on_16_bit_floats_is_its_definition_on_rounded_numbers(
        shape in shapes(40),
        outputs in 1usize..=70,
        window in windows(),
        order in orders(),
        low in prop_oneof![Just(f32::NEG_INFINITY), Just(0.0f32)],
        odd in odd_numbers(),
    ) {
        let mut net = Growing::new(shape, order);
        let conv = net.conv(0, Some(outputs), window);
        let clip = net.clip(conv, low, 6.0);
        net.check_rounded(clip, &odd);
    }

    #[test]
    fn a_convolution_of_each_channel_is_its_definition(
        shape in shapes(40),
        window in windows(),
        order in orders(),
        odd in odd_numbers(),
    ) {
        let mut net = Growing::new(shape, order);
        let conv = net.conv(0, None, window);
        let clip = net.clip(conv, 0.0, 6.0);
        net.check(&[clip], &odd);
    }

    #[test]
    fn a_bottleneck_is_its_parts(
        shape in shapes(40),
        expanded in 1usize..=70,
        size in prop_oneof![Just(3usize), Just(5)],
        stride in 1usize..=2,
        order in orders(),
        odd in proptest::collection::vec((any::<usize>(), Just(f32::NAN)), 0..2),
    ) {
        let mut net = Growing::new(shape, order);
        let wide = net.conv(0, Some(expanded), point());
        let wide = net.clip(wide, 0.0, 6.0);
        let deep = net.conv(wide, None, square(size, stride, size / 2));
        let deep = net.clip(deep, 0.0, 6.0);
        let narrow = net.conv(deep, Some(shape.channels), point());
        let last = if stride == 1 { net.add(narrow, 0) } else { narrow };
        let next = net.conv(last, Some(9), point());
        net.check(&[last, next], &odd);
    }

    #[test]
    fn what_stands_around_convolutions_is_its_definition(
        shape in shapes(10),
        block in 1usize..=3,
        depth_first in any::<bool>(),
        pool in windows(),
        rim in [0usize..=2, 0..=2, 0..=2, 0..=2],
        order in orders(),
    ) {
        let mut net = Growing::new(shape, order);
        let channels = 5 * block * block;
        let conv = net.conv(0, Some(channels), point());
        let how = DepthToSpace { block, depth_first };
        let spread = Shape {
            channels: 5,
            height: shape.height * block,
            width: shape.width * block,
        };
        let spread = net.push(Kind::DepthToSpace(how), vec![conv], spread);
        let pooled = windowed(net.net.values[spread], &pool, 5);
        let pooled = net.push(Kind::MaxPool(pool), vec![spread], pooled);
        let rim = Rim { top: rim[0], left: rim[1], bottom: rim[2], right: rim[3] };
        let padded = Shape {
            channels,
            height: shape.height + rim.top + rim.bottom,
            width: shape.width + rim.left + rim.right,
        };
        let padded = net.push(Kind::Pad(rim), vec![conv], padded);
        let convolved = net.conv(padded, None, square(3, 2, 0));
        net.check(&[spread, pooled, padded, convolved], &[]);
    }

    #[test]
    fn a_convolution_may_change_places_with_a_resize(
        shape in shapes(24),
        outputs in 1usize..=24,
        order in orders(),
    ) {
        let mut net = Growing::new(shape, order);
        let resize = Resize {
            rows: Between::half_pixel(shape.height, shape.height * 2, 2.0),
            columns: Between::half_pixel(shape.width, shape.width * 2, 2.0),
        };
        let large = Shape { height: shape.height * 2, width: shape.width * 2, ..shape };
        let first = net.clip(0, -0.5, 0.5);
        let large = net.push(Kind::Resize(resize), vec![first], large);
        let conv = net.conv(large, Some(outputs), point());
        let clip = net.clip(conv, 0.0, 6.0);
        let sum = net.add(clip, clip);
        net.check(&[sum], &[]);
    }
}

#[test]
fn a_deep_convolution_in_parts_is_its_definition() {
    for channels in [256, 257, 700] {
        let mut net = Growing::new(
            Shape {
                channels,
                height: 3,
                width: 5,
            },
            Order::ChannelsFirst,
        );
        let wide = net.conv(0, Some(33), point());
        let sum = net.conv(0, Some(33), square(2, 1, 0));
        net.check(&[wide, sum], &[]);
    }
}

#[test]
fn a_chain_of_every_kind_keeps_its_rows() {
    let shape = Shape {
        channels: 3,
        height: 61,
        width: 67,
    };
    let mut net = Growing::new(shape, Order::ChannelsLast);
    let stem = net.conv(0, Some(20), square(3, 2, 1));
    let stem = net.clip(stem, 0.0, 6.0);
    let deep = net.conv(stem, None, square(3, 1, 1));
    let deeper = net.conv(deep, None, square(5, 2, 2));
    let narrow = net.conv(deeper, Some(7), point());
    let wide = net.conv(narrow, Some(30), point());
    let last = net.conv(wide, None, square(3, 1, 1));
    let last = net.clip(last, -1.0, 1.0);
    net.check(&[last], &[]);
}
