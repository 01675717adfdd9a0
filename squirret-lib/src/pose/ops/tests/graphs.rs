//! Small ONNX graphs that mix what we know with what we do not: every path gives what the engine's operators give.

use super::paths;
use crate::pose::{Dispatch, Network};
use prost::Message;
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
    TensorShapeProto, TypeProto, ValueInfoProto, attribute_proto::AttributeType,
    tensor_shape_proto, type_proto,
};

/// An ONNX graph as it grows; constants are made up.
#[derive(Default)]
struct Graph {
    graph: GraphProto,
    seed: u32,
}

impl Graph {
    fn input(mut self, dims: &[i64]) -> Self {
        self.graph.input.push(value("x", dims));
        self
    }

    fn output(mut self, name: &str, dims: &[i64]) -> Self {
        self.graph.output.push(value(name, dims));
        self
    }

    fn floats(mut self, name: &str, dims: &[i64]) -> Self {
        let count: i64 = dims.iter().product();
        let mut next = || {
            self.seed = self
                .seed
                .wrapping_mul(1_664_525)
                .wrapping_add(1_013_904_223);
            (self.seed >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        let data = (0..count).map(|_| next()).collect();
        self.graph.initializer.push(tensor(name, dims, data));
        self
    }

    fn exactly(mut self, name: &str, dims: &[i64], data: &[f32]) -> Self {
        self.graph
            .initializer
            .push(tensor(name, dims, data.to_vec()));
        self
    }

    fn integers(mut self, name: &str, data: &[i64]) -> Self {
        self.graph.initializer.push(TensorProto {
            name: name.to_owned(),
            dims: vec![data.len() as i64],
            data_type: 7,
            int64_data: data.to_vec(),
            ..TensorProto::default()
        });
        self
    }

    fn node(mut self, op: &str, inputs: &[&str], output: &str, ints: &[(&str, &[i64])]) -> Self {
        let attribute = ints.iter().map(|(name, values)| {
            let mut attribute = AttributeProto {
                name: (*name).to_owned(),
                r#type: AttributeType::Ints as i32,
                ints: values.to_vec(),
                ..AttributeProto::default()
            };
            if let ("group" | "axis" | "blocksize", [one]) = (*name, *values) {
                attribute.r#type = AttributeType::Int as i32;
                attribute.i = *one;
                attribute.ints.clear();
            }
            attribute
        });
        self.graph.node.push(NodeProto {
            op_type: op.to_owned(),
            name: output.to_owned(),
            input: inputs.iter().map(|input| (*input).to_owned()).collect(),
            output: vec![output.to_owned()],
            attribute: attribute.collect(),
            ..NodeProto::default()
        });
        self
    }

    fn text(mut self, name: &str, value: &str) -> Self {
        if let Some(node) = self.graph.node.last_mut() {
            node.attribute.push(AttributeProto {
                name: name.to_owned(),
                r#type: AttributeType::String as i32,
                s: value.as_bytes().to_vec(),
                ..AttributeProto::default()
            });
        }
        self
    }

    fn bytes(self) -> Vec<u8> {
        let model = ModelProto {
            ir_version: 7,
            opset_import: vec![OperatorSetIdProto {
                domain: String::new(),
                version: 13,
            }],
            graph: Some(self.graph),
            ..ModelProto::default()
        };
        model.encode_to_vec()
    }

    /// Every path returns what the engine alone returns, as far as its numbers can tell.
    fn check(self) {
        let bytes = self.bytes();
        let expected = outputs(&bytes, Dispatch::Stock);
        for (dispatch, path) in paths() {
            let tolerance = if path.bf16().is_some() { 3e-2 } else { 1e-4 };
            let got = outputs(&bytes, dispatch);
            assert_eq!(got.len(), expected.len());
            for (at, (got, want)) in got.iter().zip(&expected).enumerate() {
                let near = (got - want).abs() <= tolerance * (1.0 + want.abs());
                assert!(near, "{dispatch:?}, number {at}: {got} instead of {want}");
            }
        }
    }
}

fn tensor(name: &str, dims: &[i64], data: Vec<f32>) -> TensorProto {
    TensorProto {
        name: name.to_owned(),
        dims: dims.to_vec(),
        data_type: 1,
        float_data: data,
        ..TensorProto::default()
    }
}

fn value(name: &str, dims: &[i64]) -> ValueInfoProto {
    let dim = dims.iter().map(|size| tensor_shape_proto::Dimension {
        value: Some(tensor_shape_proto::dimension::Value::DimValue(*size)),
        ..tensor_shape_proto::Dimension::default()
    });
    ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(TypeProto {
            value: Some(type_proto::Value::TensorType(type_proto::Tensor {
                elem_type: 1,
                shape: Some(TensorShapeProto { dim: dim.collect() }),
            })),
            ..TypeProto::default()
        }),
        ..ValueInfoProto::default()
    }
}

fn outputs(bytes: &[u8], dispatch: Dispatch) -> Vec<f32> {
    let network = Network::load_with("graph", bytes, dispatch).unwrap();
    let fill = |input: &mut [f32]| {
        let values = input.iter_mut().enumerate();
        values.for_each(|(i, value)| *value = ((i * 37 % 101) as f32 - 50.0) / 25.0);
    };
    let read = |outputs: &[&[f32]]| outputs.concat();
    let first = network.run(fill, read).unwrap();
    // Buffers that serve again hold nothing that matters.
    assert_eq!(network.run(fill, read).unwrap(), first);
    first
}

#[test]
fn an_unknown_operation_between_convolutions() {
    Graph::default()
        .input(&[1, 5, 9, 11])
        .floats("w1", &[12, 5, 3, 3])
        .floats("b1", &[12])
        .floats("w2", &[7, 12, 1, 1])
        .floats("b2", &[7])
        .node("Conv", &["x", "w1", "b1"], "a", &[("pads", &[1, 1, 1, 1])])
        .node("Relu", &["a"], "b", &[])
        .node("Tanh", &["b"], "c", &[])
        .node("Conv", &["c", "w2", "b2"], "d", &[])
        .output("d", &[1, 7, 9, 11])
        .check();
}

#[test]
fn a_way_around_an_unknown_operation() {
    Graph::default()
        .input(&[1, 6, 8, 8])
        .floats("w1", &[6, 1, 3, 3])
        .floats("w2", &[6, 6, 1, 1])
        .floats("b", &[6])
        .node(
            "Conv",
            &["x", "w1", "b"],
            "a",
            &[("group", &[6]), ("pads", &[1, 1, 1, 1])],
        )
        .node("Sigmoid", &["a"], "s", &[])
        .node("Mul", &["a", "s"], "swish", &[])
        .node("Conv", &["swish", "w2", "b"], "c", &[])
        .node("Add", &["c", "a"], "sum", &[])
        .node("Relu", &["sum"], "y", &[])
        .output("y", &[1, 6, 8, 8])
        .output("a", &[1, 6, 8, 8])
        .check();
}

#[test]
fn channels_last_in_and_out() {
    Graph::default()
        .input(&[1, 13, 10, 3])
        .floats("w", &[10, 3, 3, 3])
        .floats("b", &[10])
        .integers("pads", &[0, 1, 1, 0, 0, 1, 1, 0])
        .exactly("low", &[], &[-0.5])
        .exactly("high", &[], &[2.5])
        .node("Pad", &["x", "pads"], "p", &[])
        .node("Transpose", &["p"], "t", &[("perm", &[0, 3, 1, 2])])
        .node("Conv", &["t", "w", "b"], "c", &[("strides", &[2, 2])])
        .node("Clip", &["c", "low", "high"], "k", &[])
        .node("Transpose", &["k"], "y", &[("perm", &[0, 2, 3, 1])])
        .output("y", &[1, 7, 5, 10])
        .check();
}

#[test]
fn groups_dilations_and_odd_windows() {
    Graph::default()
        .input(&[1, 8, 12, 9])
        .floats("w1", &[8, 4, 3, 3])
        .floats("w2", &[5, 8, 3, 1])
        .floats("w3", &[5, 1, 1, 3])
        .floats("b", &[5])
        .node(
            "Conv",
            &["x", "w1"],
            "grouped",
            &[("group", &[2]), ("pads", &[1, 1, 1, 1])],
        )
        .node(
            "Conv",
            &["grouped", "w2", "b"],
            "tall",
            &[("dilations", &[2, 1]), ("pads", &[2, 0, 2, 0])],
        )
        .node(
            "Conv",
            &["tall", "w3", "b"],
            "y",
            &[("group", &[5]), ("strides", &[1, 2])],
        )
        .output("y", &[1, 5, 12, 4])
        .check();
}

#[test]
fn pools_resizes_blocks_and_sums() {
    Graph::default()
        .input(&[1, 8, 6, 6])
        .floats("w1", &[12, 8, 1, 1])
        .floats("b1", &[12])
        .floats("w2", &[12, 8, 2, 2])
        .exactly("none", &[0], &[])
        .exactly("scales", &[4], &[1.0, 1.0, 2.0, 2.0])
        .node(
            "MaxPool",
            &["x"],
            "pool",
            &[("kernel_shape", &[2, 2]), ("strides", &[2, 2])],
        )
        .node("Resize", &["pool", "none", "scales"], "large", &[])
        .text("mode", "linear")
        .node("Conv", &["large", "w1", "b1"], "a", &[])
        .node("Relu", &["a"], "ra", &[])
        .node("Conv", &["x", "w2", "b1"], "c", &[("pads", &[0, 0, 1, 1])])
        .node("Add", &["ra", "c"], "sum", &[])
        .node("DepthToSpace", &["sum"], "dcr", &[("blocksize", &[2])])
        .node("DepthToSpace", &["sum"], "crd", &[("blocksize", &[2])])
        .text("mode", "CRD")
        .node("Add", &["dcr", "crd"], "y", &[])
        .output("y", &[1, 3, 12, 12])
        .check();
}

#[test]
fn bounds_and_sums_with_other_shapes_stay_the_engines() {
    Graph::default()
        .input(&[1, 4, 5, 5])
        .floats("w", &[4, 4, 1, 1])
        .floats("row", &[1, 4, 1, 1])
        .floats("many", &[1, 4, 5, 5])
        .node("Conv", &["x", "w"], "a", &[])
        .node("Add", &["a", "row"], "b", &[])
        .node("Max", &["b", "many"], "c", &[])
        .node("Conv", &["c", "w"], "d", &[])
        .node("Add", &["d", "d"], "e", &[])
        .node("Conv", &["e", "w"], "y", &[])
        .output("y", &[1, 4, 5, 5])
        .check();
}

#[test]
fn graphs_without_convolutions_stay_as_they_are() {
    Graph::default()
        .input(&[1, 4, 6, 6])
        .node(
            "MaxPool",
            &["x"],
            "a",
            &[("kernel_shape", &[2, 2]), ("strides", &[2, 2])],
        )
        .node("Relu", &["a"], "y", &[])
        .output("y", &[1, 4, 3, 3])
        .check();
}
