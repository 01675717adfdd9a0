//! A writer of ONNX: as much of its protobuf (`onnx.proto`, IR version 7, operator set 13) as the graphs need.

/// Types of numbers in `TensorProto`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::pose) enum Datum {
    F32 = 1,
    I64 = 7,
    F16 = 10,
}

/// A value of a node's attribute.
#[derive(Clone, Debug)]
pub(in crate::pose) enum Attribute {
    Int(i64),
    Ints(Vec<i64>),
    Text(&'static str),
}

/// A protobuf message in the making.
#[derive(Clone, Debug, Default)]
pub(super) struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value > 0x7f {
            self.0.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn key(&mut self, field: u8, wire: u8) {
        self.varint(u64::from(field) << 3 | u64::from(wire));
    }

    /// An integer; negative ones take ten bytes, as protobuf has it.
    fn int(&mut self, field: u8, value: i64) {
        self.key(field, 0);
        self.varint(value.cast_unsigned());
    }

    fn bytes(&mut self, field: u8, bytes: &[u8]) {
        self.key(field, 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn text(&mut self, field: u8, text: &str) {
        self.bytes(field, text.as_bytes());
    }

    fn message(&mut self, field: u8, message: &Self) {
        self.bytes(field, &message.0);
    }
}

/// A graph in the making.
#[derive(Debug, Default)]
pub(in crate::pose) struct GraphWriter {
    graph: Message,
}

impl GraphWriter {
    /// A constant with its numbers in little-endian bytes.
    pub(in crate::pose) fn initializer(
        &mut self,
        name: &str,
        datum: Datum,
        dims: &[usize],
        raw: &[u8],
    ) {
        let mut tensor = Message::default();
        for dim in dims {
            tensor.int(1, *dim as i64);
        }
        tensor.int(2, datum as i64);
        tensor.text(8, name);
        tensor.bytes(9, raw);
        self.graph.message(5, &tensor);
    }

    /// A node with one output; an empty input is one that is left out.
    pub(in crate::pose) fn node(
        &mut self,
        op: &str,
        inputs: &[&str],
        output: &str,
        attributes: &[(&str, Attribute)],
    ) {
        let mut node = Message::default();
        for input in inputs {
            node.text(1, input);
        }
        node.text(2, output);
        node.text(3, output);
        node.text(4, op);
        for (name, value) in attributes {
            let mut attribute = Message::default();
            attribute.text(1, name);
            match value {
                Attribute::Int(value) => {
                    attribute.int(3, *value);
                    attribute.int(20, 2);
                }
                Attribute::Text(value) => {
                    attribute.text(4, value);
                    attribute.int(20, 3);
                }
                Attribute::Ints(values) => {
                    values.iter().for_each(|value| attribute.int(8, *value));
                    attribute.int(20, 7);
                }
            }
            node.message(5, &attribute);
        }
        self.graph.message(1, &node);
    }

    /// An input of the graph, 32-bit floats.
    pub(in crate::pose) fn input(&mut self, name: &str, dims: &[usize]) {
        self.graph.message(11, &value_info(name, dims));
    }

    /// An input whose first size, the number of pictures, is not fixed.
    #[cfg(all(test, feature = "tract"))]
    pub(in crate::pose) fn open_input(&mut self, name: &str, dims: &[usize]) {
        self.graph
            .message(11, &value_info(name, &[&[0], dims].concat()));
    }

    /// An output of the graph, 32-bit floats.
    pub(in crate::pose) fn output(&mut self, name: &str, dims: &[usize]) {
        self.graph.message(12, &value_info(name, dims));
    }

    /// The file.
    pub(in crate::pose) fn finish(mut self) -> Vec<u8> {
        self.graph.text(2, "pose");
        let mut opset = Message::default();
        opset.text(1, "");
        opset.int(2, 13);
        let mut model = Message::default();
        model.int(1, 7);
        model.text(2, "squirret");
        model.message(8, &opset);
        model.message(7, &self.graph);
        model.0
    }
}

fn value_info(name: &str, dims: &[usize]) -> Message {
    let mut shape = Message::default();
    for size in dims {
        let mut dim = Message::default();
        // A size that is not there is not fixed; none of ours is zero.
        if *size > 0 {
            dim.int(1, *size as i64);
        }
        shape.message(1, &dim);
    }
    let mut tensor = Message::default();
    tensor.int(1, Datum::F32 as i64);
    tensor.message(2, &shape);
    let mut kind = Message::default();
    kind.message(1, &tensor);
    let mut info = Message::default();
    info.text(1, name);
    info.message(2, &kind);
    info
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_protobuf_has_them() {
        let mut message = Message::default();
        message.int(1, 300);
        message.int(2, -1);
        message.text(3, "hi");
        let mut expect = vec![0x08, 0xac, 0x02, 0x10];
        expect.extend([0xff; 9]);
        expect.extend([0x01, 0x1a, 2, b'h', b'i']);
        assert_eq!(message.0, expect);
    }
}
