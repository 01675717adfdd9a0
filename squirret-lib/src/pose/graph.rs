//! An ONNX graph before the engine reads it: what the engine would run otherwise than ONNX defines it is refused by name.
//!
//! Each rule was found by running the same graph with tract 0.23.9, ONNX Runtime 1.32 and ONNX's reference evaluator 1.23.

use tract_onnx::pb::{
    GraphProto, ModelProto, NodeProto, TensorProto, tensor_proto::DataLocation,
    tensor_shape_proto::dimension::Value as Dimension, type_proto::Value as Kind,
};

/// Graphs within graphs (`If`, `Loop`) that are looked into.
const MAX_DEPTH: usize = 8;

/// Refuses a model whose weights lie elsewhere, or with an operator that the engine runs otherwise.
pub(super) fn check(model: &ModelProto) -> Result<(), String> {
    let graph = model.graph.as_ref().ok_or("it has no graph")?;
    check_graph(graph, 0)
}

fn check_graph(graph: &GraphProto, depth: usize) -> Result<(), String> {
    if depth > MAX_DEPTH {
        return Err(format!("its graphs are nested more than {MAX_DEPTH} deep"));
    }
    graph.initializer.iter().try_for_each(check_tensor)?;
    for node in &graph.node {
        check_node(node)?;
        for attribute in &node.attribute {
            attribute
                .t
                .iter()
                .chain(&attribute.tensors)
                .try_for_each(check_tensor)?;
            for inner in attribute.g.iter().chain(&attribute.graphs) {
                check_graph(inner, depth + 1)?;
            }
        }
    }
    Ok(())
}

fn check_tensor(tensor: &TensorProto) -> Result<(), String> {
    if tensor.data_location != Some(DataLocation::External as i32) {
        return Ok(());
    }
    let file = tensor
        .external_data
        .iter()
        .find(|entry| entry.key == "location");
    Err(format!(
        "its weights lie in another file ({}): save the model again with its weights inside, e.g. onnx.save(onnx.load(\"in.onnx\"), \"out.onnx\")",
        file.map_or("unnamed", |entry| &entry.value)
    ))
}

fn check_node(node: &NodeProto) -> Result<(), String> {
    let Some(why) = misread(node) else {
        return Ok(());
    };
    let name = if node.name.is_empty() {
        node.output.first()
    } else {
        Some(&node.name)
    };
    let name = name.map_or("", |name| name);
    Err(format!("{} {name:?} {why}", node.op_type))
}

/// Returns why the engine would run a node otherwise than ONNX defines it.
fn misread(node: &NodeProto) -> Option<&'static str> {
    let attribute = |name: &str| node.attribute.iter().find(|it| it.name == name);
    let is = |name: &str, value: &str| {
        attribute(name).is_some_and(|it| it.s.eq_ignore_ascii_case(value.as_bytes()))
    };
    let number = |name: &str| attribute(name).map_or(1.0, |it| it.f);
    let has_input = |index: usize| node.input.get(index).is_some_and(|name| !name.is_empty());
    let (is_misread, why) = match node.op_type.as_str() {
        "ConvTranspose" if attribute("output_shape").is_some() => (
            true,
            "has an output_shape, which the engine pads on the wrong side: export it with pads",
        ),
        "ConvTranspose" => (
            attribute("output_padding").is_some()
                && (is("auto_pad", "SAME_UPPER") || is("auto_pad", "SAME_LOWER")),
            "has an output_padding beside auto_pad, which the engine leaves out: export it with pads",
        ),
        "LSTM" | "GRU" | "RNN" => (
            is("direction", "reverse"),
            "runs in reverse, which the engine runs forwards: export it as bidirectional or flip its input",
        ),
        "NonMaxSuppression" => (
            !has_input(2),
            "has no max_output_boxes_per_class: by ONNX it then selects nothing, and the engine keeps all; export it with a limit",
        ),
        "Celu" | "Swish" => (
            (number("alpha") - 1.0).abs() > f32::EPSILON,
            "has an alpha other than 1, which the engine does not apply: export it as its elementary operators",
        ),
        "SpaceToDepth" => (
            is("mode", "CRD"),
            "has the mode CRD, which the engine runs as DCR: export it as Reshape and Transpose",
        ),
        "GlobalLpPool" => (
            true,
            "is averaged by the engine in place of summed: export it as ReduceL1 or ReduceL2",
        ),
        "GridSample" => (
            is("padding_mode", "border") && (is("mode", "cubic") || is("mode", "bicubic")),
            "samples cubically beyond a border, where the engine has other values: use the mode linear, or pad with zeros",
        ),
        "Attention" => (
            attribute("left_window_size").is_some()
                || attribute("right_window_size").is_some()
                || (attribute("is_causal").is_some_and(|it| it.i != 0) && has_input(4)),
            "has a window, or a causal mask beside past keys, which the engine leaves out: export it as its elementary operators",
        ),
        _ => return None,
    };
    is_misread.then_some(why)
}

/// Sizes that a model declares for its picture; `None` for those that it leaves open.
pub(super) fn input_sizes(model: &ModelProto) -> Option<Vec<Option<usize>>> {
    let graph = model.graph.as_ref()?;
    // Old models list their weights among the inputs.
    let is_weight = |name: &str| graph.initializer.iter().any(|tensor| tensor.name == name);
    let input = graph.input.iter().find(|input| !is_weight(&input.name))?;
    let Some(Kind::TensorType(tensor)) = &input.r#type.as_ref()?.value else {
        return None;
    };
    let sizes = tensor
        .shape
        .as_ref()?
        .dim
        .iter()
        .map(|dimension| match &dimension.value {
            Some(Dimension::DimValue(size)) => usize::try_from(*size).ok().filter(|size| *size > 0),
            _ => None,
        });
    Some(sizes.collect())
}

#[cfg(test)]
mod tests {
    use super::super::{
        Network,
        tflite::onnx::{Attribute, Datum, GraphWriter},
    };
    use super::{NodeProto, misread};
    use tract_onnx::pb::AttributeProto;

    fn refused(build: impl FnOnce(&mut GraphWriter)) -> String {
        let mut graph = GraphWriter::default();
        graph.input("picture", &[1, 3, 8, 8]);
        build(&mut graph);
        Network::load("mine", &graph.finish())
            .unwrap_err()
            .to_string()
    }

    fn zeros(count: usize) -> Vec<u8> {
        vec![0; count * 4]
    }

    #[test]
    fn a_transposed_convolution_with_an_output_shape_is_refused_by_name() {
        let text = refused(|graph| {
            graph.initializer("w", Datum::F32, &[3, 3, 3, 3], &zeros(81));
            let ints = |values: &[i64]| Attribute::Ints(values.to_vec());
            let attributes = [
                ("strides", ints(&[2, 2])),
                ("output_shape", ints(&[16, 16])),
            ];
            graph.node("ConvTranspose", &["picture", "w"], "up", &attributes);
            graph.output("up", &[1, 3, 16, 16]);
        });
        assert!(
            text.contains("ConvTranspose \"up\" has an output_shape"),
            "{text}"
        );
    }

    #[test]
    fn recurrent_layers_in_reverse_are_refused_by_name() {
        for kind in ["LSTM", "GRU"] {
            let text = refused(|graph| {
                let attributes = [
                    ("hidden_size", Attribute::Int(4)),
                    ("direction", Attribute::Text("reverse")),
                ];
                graph.node(kind, &["picture", "w", "r"], "y", &attributes);
                graph.output("y", &[1, 1, 1, 4]);
            });
            assert!(
                text.contains(&format!("{kind} \"y\" runs in reverse")),
                "{text}"
            );
        }
    }

    /// A node with input names in order and attributes that are numbers, words or neither.
    fn node(kind: &str, inputs: &[&str], attributes: &[AttributeProto]) -> NodeProto {
        NodeProto {
            op_type: kind.to_owned(),
            input: inputs.iter().map(|name| (*name).to_owned()).collect(),
            attribute: attributes.to_vec(),
            ..NodeProto::default()
        }
    }

    fn attribute(name: &str) -> AttributeProto {
        AttributeProto {
            name: name.to_owned(),
            ..AttributeProto::default()
        }
    }

    fn word(name: &str, value: &str) -> AttributeProto {
        AttributeProto {
            s: value.into(),
            ..attribute(name)
        }
    }

    fn alpha(f: f32) -> AttributeProto {
        AttributeProto {
            f,
            ..attribute("alpha")
        }
    }

    #[test]
    fn attributes_that_the_engine_does_not_apply_are_refused() {
        let is_causal = AttributeProto {
            i: 1,
            ..attribute("is_causal")
        };
        let (cubic, border) = (word("mode", "cubic"), word("padding_mode", "border"));
        let with_past = ["q", "k", "v", "", "past_key", "past_value"];
        for refused in [
            node("Celu", &["x"], &[alpha(2.0)]),
            node("Swish", &["x"], &[alpha(2.0)]),
            node("SpaceToDepth", &["x"], &[word("mode", "CRD")]),
            node("GlobalLpPool", &["x"], &[]),
            node(
                "GridSample",
                &["x", "grid"],
                &[cubic.clone(), border.clone()],
            ),
            node(
                "Attention",
                &["q", "k", "v"],
                &[attribute("left_window_size")],
            ),
            node("Attention", &with_past, std::slice::from_ref(&is_causal)),
            node(
                "ConvTranspose",
                &["x", "w"],
                &[word("auto_pad", "SAME_LOWER"), attribute("output_padding")],
            ),
        ] {
            assert!(misread(&refused).is_some(), "{}", refused.op_type);
        }
        for accepted in [
            node("Celu", &["x"], &[]),
            node("Celu", &["x"], &[alpha(1.0)]),
            node("SpaceToDepth", &["x"], &[word("mode", "DCR")]),
            node(
                "GridSample",
                &["x", "grid"],
                &[word("mode", "linear"), border],
            ),
            node("GridSample", &["x", "grid"], &[cubic]),
            node("Attention", &["q", "k", "v"], &[is_causal]),
            node(
                "LSTM",
                &["x", "w", "r"],
                &[word("direction", "bidirectional")],
            ),
            node("ConvTranspose", &["x", "w"], &[attribute("output_padding")]),
        ] {
            assert_eq!(misread(&accepted), None, "{}", accepted.op_type);
        }
    }

    #[test]
    fn a_suppression_without_a_limit_is_refused_by_name() {
        for inputs in [&["boxes", "scores"][..], &["boxes", "scores", "", "iou"]] {
            let text = refused(|graph| {
                graph.node("NonMaxSuppression", inputs, "kept", &[]);
                graph.output("kept", &[1, 3]);
            });
            assert!(
                text.contains("NonMaxSuppression \"kept\" has no max_output_boxes"),
                "{text}"
            );
        }
    }

    #[test]
    fn weights_in_another_file_are_told_with_its_name() {
        use tract_onnx::pb::{
            GraphProto, ModelProto, StringStringEntryProto, TensorProto, tensor_proto::DataLocation,
        };
        let tensor = TensorProto {
            data_location: Some(DataLocation::External as i32),
            external_data: vec![StringStringEntryProto {
                key: "location".to_owned(),
                value: "model.onnx_data".to_owned(),
            }],
            ..TensorProto::default()
        };
        let model = ModelProto {
            graph: Some(GraphProto {
                initializer: vec![tensor],
                ..GraphProto::default()
            }),
            ..ModelProto::default()
        };
        let text = super::check(&model).unwrap_err();
        assert!(text.contains("another file (model.onnx_data)"), "{text}");
    }

    #[test]
    fn a_negative_pad_is_refused_by_name() {
        let text = refused(|graph| {
            let pads: Vec<u8> = [0i64, 0, -1, 0, 0, 0, 0, 0]
                .iter()
                .flat_map(|pad| pad.to_le_bytes())
                .collect();
            graph.initializer("pads", Datum::I64, &[8], &pads);
            graph.node("Pad", &["picture", "pads"], "cut", &[]);
            graph.output("cut", &[1, 3, 7, 8]);
        });
        assert!(
            text.contains("Pad \"cut\"") && text.contains("negative"),
            "{text}"
        );
    }
}
