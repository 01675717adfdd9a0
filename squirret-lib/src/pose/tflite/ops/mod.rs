//! The operators, each from TensorFlow Lite's to ONNX's.

mod shapes;
mod window;

use super::{
    ImportError,
    convert::{Converter, Layout, Margin, Result},
    onnx,
    onnx::Attribute,
    schema::Operator,
};
use window::Window;

/// TensorFlow Lite's numbers (`BuiltinOperator`).
mod code {
    pub(super) const ADD: i32 = 0;
    pub(super) const CONCATENATION: i32 = 2;
    pub(super) const CONV_2D: i32 = 3;
    pub(super) const DEPTHWISE_CONV_2D: i32 = 4;
    pub(super) const DEPTH_TO_SPACE: i32 = 5;
    pub(super) const DEQUANTIZE: i32 = 6;
    pub(super) const LOGISTIC: i32 = 14;
    pub(super) const MAX_POOL_2D: i32 = 17;
    pub(super) const RELU: i32 = 19;
    pub(super) const RELU6: i32 = 21;
    pub(super) const RESHAPE: i32 = 22;
    pub(super) const RESIZE_BILINEAR: i32 = 23;
    pub(super) const PAD: i32 = 34;
    pub(super) const DENSIFY: i32 = 124;
}

/// How a constant is turned on its way.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Turn {
    /// Not at all.
    Same,
    /// Output, height, width, input → output, input, height, width.
    Convolution,
    /// 1, height, width, channels → channels, 1, height, width.
    Depthwise,
}

impl Turn {
    /// The new sizes, and the bytes in the new order.
    pub(super) fn apply(
        self,
        shape: &[usize],
        bytes: &[u8],
        size: usize,
    ) -> Result<(Vec<usize>, Vec<u8>)> {
        if self == Self::Same {
            return Ok((shape.to_vec(), bytes.to_vec()));
        }
        let [d0, d1, d2, d3] = *shape else {
            return Err(ImportError::Broken {
                what: "shape of weights",
            });
        };
        // Sizes were checked against the number of bytes: products stay below the limit of elements.
        let inner = d1.saturating_mul(d2);
        let dims = if self == Self::Convolution {
            vec![d0, d3, d1, d2]
        } else {
            vec![d3, 1, d1, d2]
        };
        if self == Self::Depthwise && d0 != 1 {
            return Err(ImportError::Broken {
                what: "shape of depthwise weights",
            });
        }
        let mut out = Vec::with_capacity(bytes.len());
        let block = inner.saturating_mul(d3).saturating_mul(size).max(1);
        for block in bytes.chunks_exact(block) {
            for channel in 0..d3 {
                let from = channel.saturating_mul(size);
                for pixel in block.chunks_exact(d3.saturating_mul(size)) {
                    out.extend_from_slice(
                        pixel
                            .get(from..from.saturating_add(size))
                            .unwrap_or_default(),
                    );
                }
            }
        }
        Ok((dims, out))
    }
}

/// Whether an operator only unpacks a constant.
pub(super) const fn unpacks(operator: &Operator<'_>) -> bool {
    matches!(operator.code, code::DEQUANTIZE | code::DENSIFY)
}

/// Writes one operator.
pub(super) fn write(converter: &mut Converter<'_>, operator: &Operator<'_>) -> Result<()> {
    let &[output] = operator.outputs.as_slice() else {
        return Err(ImportError::Broken {
            what: "operator outputs",
        });
    };
    let tensor = converter.tensor(output)?.name.clone();
    let Some(name) = name(operator.code) else {
        return Err(ImportError::UnknownOperator {
            code: operator.code,
            tensor,
        });
    };
    let op = Op {
        converter,
        operator,
        output,
        name,
        tensor,
    };
    match operator.code {
        code::CONV_2D => op.convolution(false),
        code::DEPTHWISE_CONV_2D => op.convolution(true),
        code::MAX_POOL_2D => op.max_pool(),
        code::ADD => op.add(),
        code::PAD => op.pad(),
        code::CONCATENATION => op.concatenation(),
        code::DEPTH_TO_SPACE => op.depth_to_space(),
        code::RESIZE_BILINEAR => op.resize(),
        code::RESHAPE => op.reshape(),
        code::LOGISTIC => op.element_wise("Sigmoid"),
        code::RELU => op.activation(1),
        code::RELU6 => op.activation(3),
        _ => op.unpack(),
    }
}

/// The names of the operators that we know.
const fn name(code: i32) -> Option<&'static str> {
    Some(match code {
        code::ADD => "ADD",
        code::CONCATENATION => "CONCATENATION",
        code::CONV_2D => "CONV_2D",
        code::DEPTHWISE_CONV_2D => "DEPTHWISE_CONV_2D",
        code::DEPTH_TO_SPACE => "DEPTH_TO_SPACE",
        code::DEQUANTIZE => "DEQUANTIZE",
        code::LOGISTIC => "LOGISTIC",
        code::MAX_POOL_2D => "MAX_POOL_2D",
        code::RELU => "RELU",
        code::RELU6 => "RELU6",
        code::RESHAPE => "RESHAPE",
        code::RESIZE_BILINEAR => "RESIZE_BILINEAR",
        code::PAD => "PAD",
        code::DENSIFY => "DENSIFY",
        _ => return None,
    })
}

/// An operator that is being written.
struct Op<'c, 'a, 'o> {
    converter: &'c mut Converter<'a>,
    operator: &'o Operator<'o>,
    output: i32,
    name: &'static str,
    tensor: String,
}

/// Height and width.
type Pair = [usize; 2];

impl Op<'_, '_, '_> {
    fn refuse(&self, detail: &str) -> ImportError {
        ImportError::Operator {
            op: self.name,
            tensor: self.tensor.clone(),
            detail: detail.to_owned(),
        }
    }

    /// The input at `position`, if it is there.
    fn input(&self, position: usize) -> Result<i32> {
        let input = self
            .operator
            .inputs
            .get(position)
            .copied()
            .filter(|input| *input >= 0);
        input.ok_or_else(|| self.refuse(&format!("input {position} is missing")))
    }

    /// A number among its options.
    fn option<S: super::flatbuffer::Scalar>(&self, slot: u16, default: S) -> Result<S> {
        self.operator
            .options
            .map_or(Ok(default), |options| options.scalar(slot, default))
    }

    /// A positive size among its options.
    fn size(&self, slot: u16, default: i32) -> Result<usize> {
        let value: i32 = self.option(slot, default)?;
        let size = usize::try_from(value)
            .ok()
            .filter(|size| (1..=1024).contains(size));
        size.ok_or_else(|| self.refuse(&format!("{value} is no size")))
    }

    /// Sizes of a tensor as height, width and channels, with a batch of one.
    fn picture(&self, index: i32) -> Result<[usize; 3]> {
        match *self.converter.tensor(index)?.shape.as_slice() {
            [1, height, width, channels] => Ok([height, width, channels]),
            ref other => {
                Err(self.refuse(&format!("{other:?} is not 1 × height × width × channels")))
            }
        }
    }

    /// Nothing is written for a constant that is unpacked: its reader unpacks it.
    fn unpack(self) -> Result<()> {
        match self.converter.constant(self.output)? {
            Some(_) => Ok(()),
            None => Err(self.refuse("only constants are unpacked")),
        }
    }

    fn convolution(self, depthwise: bool) -> Result<()> {
        let (data, kernel) = (self.input(0)?, self.input(1)?);
        let bias = self
            .operator
            .inputs
            .get(2)
            .copied()
            .filter(|bias| *bias >= 0);
        let [height, width, channels] = self.picture(data)?;
        let [outputs, kernel_h, kernel_w, inputs] = self.kernel(kernel)?;
        let (group, made) = if depthwise {
            (channels, inputs)
        } else {
            (1, outputs)
        };
        let fits = if depthwise {
            outputs == 1 && inputs.is_multiple_of(channels) && inputs > 0
        } else {
            inputs == channels
        };
        if !fits || made != self.picture(self.output)?[2] {
            return Err(self.refuse("its weights do not fit its channels"));
        }
        let [dilation_w, dilation_h] = if depthwise { [5, 6] } else { [4, 5] };
        let activation: i8 = self.option(if depthwise { 4 } else { 3 }, 0)?;
        let stride = [self.size(2, 1)?, self.size(1, 1)?];
        let dilation = [self.size(dilation_h, 1)?, self.size(dilation_w, 1)?];
        let window = Window {
            size: [height, width],
            kernel: [kernel_h, kernel_w],
            stride,
            dilation,
        };
        let own = self.padding(&window)?;

        let (data, margin) = self.converter.read_with_margin(data)?;
        let turn = if depthwise {
            Turn::Depthwise
        } else {
            Turn::Convolution
        };
        let kernel = self.converter.weights(kernel, turn)?;
        let mut inputs = vec![data, kernel];
        if let Some(bias) = bias {
            if self.converter.tensor(bias)?.shape != [made] {
                return Err(self.refuse("its bias does not fit its channels"));
            }
            inputs.push(self.converter.weights(bias, Turn::Same)?);
        }
        let [a, b] = [own, margin];
        let pads = [
            a[0].saturating_add(b[0]),
            a[1].saturating_add(b[1]),
            a[2].saturating_add(b[2]),
            a[3].saturating_add(b[3]),
        ];
        let mut attributes = window.attributes(pads);
        attributes.push(("dilations", ints(&dilation)));
        attributes.push(("group", Attribute::Int(group as i64)));
        self.emit(
            "Conv",
            &inputs,
            &attributes,
            activation,
            Layout::ChannelsFirst,
        )
    }

    /// The four sizes of a kernel.
    fn kernel(&self, index: i32) -> Result<[usize; 4]> {
        let shape = &self.converter.tensor(index)?.shape;
        let sizes = shape
            .as_slice()
            .try_into()
            .ok()
            .filter(|sizes: &[usize; 4]| !sizes.contains(&0));
        sizes.ok_or_else(|| self.refuse(&format!("{shape:?} are no weights")))
    }

    /// Zeros that the operator itself asks for.
    fn padding(&self, window: &Window) -> Result<Margin> {
        match self.option(0, 0i8)? {
            0 => Ok(window.same()),
            1 => Ok([0; 4]),
            other => Err(self.refuse(&format!("padding {other} is not known"))),
        }
    }

    fn max_pool(self) -> Result<()> {
        let data = self.input(0)?;
        let [height, width, _] = self.picture(data)?;
        let stride = [self.size(2, 1)?, self.size(1, 1)?];
        let kernel = [self.size(4, 1)?, self.size(3, 1)?];
        let window = Window {
            size: [height, width],
            kernel,
            stride,
            dilation: [1, 1],
        };
        let pads = self.padding(&window)?;
        let activation: i8 = self.option(5, 0)?;
        let data = self.converter.read(data, Layout::ChannelsFirst)?;
        self.emit(
            "MaxPool",
            &[data],
            &window.attributes(pads),
            activation,
            Layout::ChannelsFirst,
        )
    }

    fn add(self) -> Result<()> {
        let (a, b) = (self.input(0)?, self.input(1)?);
        let shapes =
            [a, b, self.output].map(|index| self.converter.tensor(index).map(|t| &t.shape));
        let [Ok(first), Ok(second), Ok(sum)] = shapes else {
            return Err(ImportError::Broken { what: "ADD" });
        };
        if first != second || first != sum {
            return Err(self.refuse("only tensors of the same shape are added"));
        }
        let activation: i8 = self.option(0, 0)?;
        let layout = self.converter.layout(a);
        let inputs = [
            self.converter.read(a, layout)?,
            self.converter.read(b, layout)?,
        ];
        self.emit("Add", &inputs, &[], activation, layout)
    }

    fn element_wise(self, op: &str) -> Result<()> {
        let data = self.input(0)?;
        let layout = self.converter.layout(data);
        let data = self.converter.read(data, layout)?;
        self.emit(op, &[data], &[], 0, layout)
    }

    /// An activation that stands alone.
    fn activation(self, kind: i8) -> Result<()> {
        let data = self.input(0)?;
        let layout = self.converter.layout(data);
        let data = self.converter.read(data, layout)?;
        let output = self.converter.define(self.output, layout);
        self.activate(kind, &data, &output)
    }

    /// The integers of a constant input.
    fn integers(&self, position: usize) -> Result<Vec<i32>> {
        match self.converter.constant(self.input(position)?)? {
            Some(constant) => constant.integers(),
            None => Err(self.refuse(&format!("input {position} must be a constant"))),
        }
    }

    /// Writes the node and, behind it, its activation.
    fn emit(
        self,
        op: &str,
        inputs: &[String],
        attributes: &[(&str, Attribute)],
        activation: i8,
        layout: Layout,
    ) -> Result<()> {
        let output = self.converter.define(self.output, layout);
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        if activation == 0 {
            self.converter.writer.node(op, &inputs, &output, attributes);
            return Ok(());
        }
        let raw = format!("{output}_raw");
        self.converter.writer.node(op, &inputs, &raw, attributes);
        self.activate(activation, &raw, &output)
    }

    /// TensorFlow Lite's `ActivationFunctionType`.
    fn activate(self, kind: i8, input: &str, output: &str) -> Result<()> {
        let [low, high] = match kind {
            1 => {
                self.converter.writer.node("Relu", &[input], output, &[]);
                return Ok(());
            }
            2 => [-1.0f32, 1.0],
            3 => [0.0, 6.0],
            other => return Err(self.refuse(&format!("activation {other} is not known"))),
        };
        let names = [low, high].map(|bound| format!("clip_{bound}"));
        for (name, bound) in names.iter().zip([low, high]) {
            self.converter
                .small(name, onnx::Datum::F32, &[], &bound.to_le_bytes());
        }
        self.converter
            .writer
            .node("Clip", &[input, &names[0], &names[1]], output, &[]);
        Ok(())
    }
}

fn ints(sizes: &[usize]) -> Attribute {
    Attribute::Ints(sizes.iter().map(|size| *size as i64).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_turned_channels_first() {
        // Two outputs of a 1×2 kernel over three inputs.
        let bytes: Vec<u8> = (0..12).collect();
        let (dims, turned) = Turn::Convolution.apply(&[2, 1, 2, 3], &bytes, 1).unwrap();
        assert_eq!(dims, [2, 3, 1, 2]);
        assert_eq!(turned, [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11]);
        let (dims, turned) = Turn::Depthwise.apply(&[1, 1, 2, 3], &bytes, 2).unwrap();
        assert_eq!(dims, [3, 1, 1, 2]);
        assert_eq!(turned, [0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11]);
    }
}
