//! The walk over the graph: which operators are needed, in which layout each value is, which constants are written.

use super::{
    ImportError, limits, onnx,
    onnx::{Attribute, GraphWriter},
    ops,
    schema::{Datum, Graph, Operator, Sparsity, Tensor},
    sparse,
};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

pub(super) type Result<T> = std::result::Result<T, ImportError>;

/// Order of the four dimensions of an activation. Others have only one order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Layout {
    /// As in the file.
    ChannelsLast,
    /// As ONNX convolutions have it.
    ChannelsFirst,
}

/// Zeros around an activation that its convolutions add themselves: top, left, bottom, right.
pub(super) type Margin = [usize; 4];

/// A value that was written.
#[derive(Clone, Debug)]
struct Value {
    name: String,
    layout: Layout,
    margin: Margin,
}

/// Converts a graph.
pub(super) fn convert(graph: &Graph<'_>) -> Result<Vec<u8>> {
    let mut converter = Converter::new(graph)?;
    let outputs = converter.outputs()?;
    let needed = converter.needed(&outputs)?;
    converter.write_inputs()?;
    for index in needed {
        let operator = graph.operators.get(index).ok_or(ImportError::Broken {
            what: "operator index",
        })?;
        ops::write(&mut converter, operator)?;
    }
    for output in outputs {
        converter.write_output(output)?;
    }
    Ok(converter.writer.finish())
}

/// A graph on its way to ONNX.
#[derive(Debug)]
pub(super) struct Converter<'a> {
    graph: &'a Graph<'a>,
    pub(super) writer: GraphWriter,
    /// Which operator makes a tensor.
    producers: BTreeMap<i32, usize>,
    /// What reads a tensor, among the operators that are needed.
    consumers: BTreeMap<i32, Vec<usize>>,
    values: BTreeMap<i32, Value>,
    /// Transposed copies of values, by tensor.
    transposed: BTreeMap<i32, String>,
    /// Names of constants that were written, by tensor and how they were turned.
    constants: BTreeMap<(i32, ops::Turn), String>,
    /// Bytes of constants so far.
    weight_bytes: usize,
    /// Small constants that were written, e.g. the bounds of a clip.
    small: BTreeSet<String>,
}

impl<'a> Converter<'a> {
    fn new(graph: &'a Graph<'a>) -> Result<Self> {
        let mut producers = BTreeMap::new();
        for (index, operator) in graph.operators.iter().enumerate() {
            for output in &operator.outputs {
                if producers.insert(*output, index).is_some() {
                    return Err(refuse(graph.tensor(*output)?, "two operators make it"));
                }
            }
        }
        Ok(Self {
            graph,
            writer: GraphWriter::default(),
            producers,
            consumers: BTreeMap::new(),
            values: BTreeMap::new(),
            transposed: BTreeMap::new(),
            constants: BTreeMap::new(),
            weight_bytes: 0,
            small: BTreeSet::new(),
        })
    }

    /// The outputs that stay: those that are no pictures.
    fn outputs(&self) -> Result<Vec<i32>> {
        let mut outputs = Vec::new();
        for index in &self.graph.outputs {
            if self.graph.tensor(*index)?.shape.len() < 4 && !outputs.contains(index) {
                outputs.push(*index);
            }
        }
        if outputs.is_empty() {
            Err(ImportError::NoOutput)
        } else {
            Ok(outputs)
        }
    }

    /// The operators that the outputs need, in the order of the file; each may only read what stands before it.
    fn needed(&mut self, outputs: &[i32]) -> Result<Vec<usize>> {
        let mut wanted: Vec<i32> = outputs.to_vec();
        let mut needed = BTreeSet::new();
        while let Some(tensor) = wanted.pop() {
            let Some(&index) = self.producers.get(&tensor) else {
                continue;
            };
            if !needed.insert(index) {
                continue;
            }
            let operator = self
                .graph
                .operators
                .get(index)
                .ok_or(ImportError::Broken { what: "operators" })?;
            for input in operator.inputs.iter().filter(|input| **input >= 0) {
                if self
                    .producers
                    .get(input)
                    .is_some_and(|producer| *producer >= index)
                {
                    return Err(refuse(
                        self.graph.tensor(*input)?,
                        "it is read before it is made",
                    ));
                }
                self.consumers.entry(*input).or_default().push(index);
                wanted.push(*input);
            }
        }
        Ok(needed.into_iter().collect())
    }

    fn write_inputs(&mut self) -> Result<()> {
        for index in &self.graph.inputs {
            let tensor = self.graph.tensor(*index)?;
            if tensor.datum != Datum::F32 {
                return Err(refuse(tensor, "an input must be 32-bit floats"));
            }
            let name = self.public_name(*index)?;
            self.writer.input(&name, &tensor.shape);
            self.values.insert(
                *index,
                Value {
                    name,
                    layout: Layout::ChannelsLast,
                    margin: [0; 4],
                },
            );
        }
        Ok(())
    }

    fn write_output(&mut self, index: i32) -> Result<()> {
        let tensor = self.graph.tensor(index)?;
        let name = self.read(index, Layout::ChannelsLast)?;
        let public = self.public_name(index)?;
        self.writer.node("Identity", &[&name], &public, &[]);
        self.writer.output(&public, &tensor.shape);
        Ok(())
    }

    /// A name that a person sees: the file's own, as far as it is one.
    fn public_name(&self, index: i32) -> Result<String> {
        let name = &self.graph.tensor(index)?.name;
        let plain = !name.is_empty() && name.len() < 64 && !name.starts_with("value_");
        Ok(if plain {
            name.clone()
        } else {
            format!("value_{index}_public")
        })
    }

    pub(super) fn tensor(&self, index: i32) -> Result<&'a Tensor<'a>> {
        self.graph.tensor(index)
    }

    /// The operators that read a tensor.
    pub(super) fn readers(&self, index: i32) -> impl Iterator<Item = &'a Operator<'a>> {
        let readers = self
            .consumers
            .get(&index)
            .map(Vec::as_slice)
            .unwrap_or_default();
        readers
            .iter()
            .filter_map(|reader| self.graph.operators.get(*reader))
    }

    /// The layout that a value is in, channels-last when it is not written yet.
    pub(super) fn layout(&self, index: i32) -> Layout {
        self.values
            .get(&index)
            .map_or(Layout::ChannelsLast, |value| value.layout)
    }

    /// Notes that `index` is now written in `layout`, and gives the name to write it under.
    pub(super) fn define(&mut self, index: i32, layout: Layout) -> String {
        let name = format!("value_{index}");
        self.values.insert(
            index,
            Value {
                name: name.clone(),
                layout,
                margin: [0; 4],
            },
        );
        name
    }

    /// Notes that `index` is `of` with zeros around it, which its readers add themselves.
    pub(super) fn define_margin(&mut self, index: i32, of: i32, margin: Margin) -> Result<()> {
        let value = self.value(of)?;
        if value.margin != [0; 4] {
            return Err(refuse(self.tensor(index)?, "it is padded twice"));
        }
        self.values.insert(index, Value { margin, ..value });
        Ok(())
    }

    fn value(&self, index: i32) -> Result<Value> {
        match self.values.get(&index) {
            Some(value) => Ok(value.clone()),
            None => Err(refuse(self.graph.tensor(index)?, "nothing makes it")),
        }
    }

    /// The name of a value in channels-first layout, and the zeros that its reader has to add around it.
    pub(super) fn read_with_margin(&mut self, index: i32) -> Result<(String, Margin)> {
        let margin = self.value(index)?.margin;
        Ok((self.read_as(index, Layout::ChannelsFirst)?, margin))
    }

    /// The name of a value in `layout`.
    pub(super) fn read(&mut self, index: i32, layout: Layout) -> Result<String> {
        if self.value(index)?.margin != [0; 4] {
            return Err(refuse(
                self.tensor(index)?,
                "its padding is read by something other than a convolution",
            ));
        }
        self.read_as(index, layout)
    }

    fn read_as(&mut self, index: i32, layout: Layout) -> Result<String> {
        let value = self.value(index)?;
        if value.layout == layout || self.tensor(index)?.shape.len() != 4 {
            return Ok(value.name);
        }
        if let Some(name) = self.transposed.get(&index) {
            return Ok(name.clone());
        }
        let name = format!("value_{index}_turned");
        let order = match layout {
            Layout::ChannelsFirst => vec![0, 3, 1, 2],
            Layout::ChannelsLast => vec![0, 2, 3, 1],
        };
        self.writer.node(
            "Transpose",
            &[&value.name],
            &name,
            &[("perm", Attribute::Ints(order))],
        );
        self.transposed.insert(index, name.clone());
        Ok(name)
    }

    /// A constant's type, shape and bytes: its own, or those of what it is unpacked from. `None` for an activation.
    pub(super) fn constant(&self, index: i32) -> Result<Option<Constant<'a>>> {
        let mut index = index;
        // At most: numbers from 16 to 32 bits, of what was sparse.
        for _ in 0..3 {
            let tensor = self.graph.tensor(index)?;
            match self
                .producers
                .get(&index)
                .and_then(|producer| self.graph.operators.get(*producer))
            {
                Some(operator) if ops::unpacks(operator) => match operator.inputs.first() {
                    Some(source) => index = *source,
                    None => return Err(refuse(tensor, "what it is unpacked from is missing")),
                },
                Some(_) => return Ok(None),
                None if tensor.data.is_empty() => return Ok(None),
                None => return Ok(Some(Constant { tensor })),
            }
        }
        Err(refuse(
            self.graph.tensor(index)?,
            "it is unpacked too often",
        ))
    }

    /// Writes a constant's numbers, turned as ONNX wants them, once; gives the name of the 32-bit float value.
    pub(super) fn weights(&mut self, index: i32, turn: ops::Turn) -> Result<String> {
        if let Some(name) = self.constants.get(&(index, turn)) {
            return Ok(name.clone());
        }
        let wanted = self.tensor(index)?;
        let Some(constant) = self.constant(index)? else {
            return Err(refuse(wanted, "it must be a constant"));
        };
        if constant.tensor.shape != wanted.shape {
            return Err(refuse(
                wanted,
                "it has another shape than what it is unpacked from",
            ));
        }
        self.charge(constant.tensor)?;
        let (datum, bytes) = constant.numbers()?;
        let (dims, bytes) = turn.apply(&wanted.shape, &bytes, constant.tensor.datum.size())?;
        let name = format!("weights_{index}_{turn:?}");
        if datum == onnx::Datum::F32 {
            self.writer.initializer(&name, datum, &dims, &bytes);
        } else {
            let packed = format!("{name}_packed");
            self.writer.initializer(&packed, datum, &dims, &bytes);
            let to = Attribute::Int(onnx::Datum::F32 as i64);
            self.writer.node("Cast", &[&packed], &name, &[("to", to)]);
        }
        self.constants.insert((index, turn), name.clone());
        Ok(name)
    }

    /// Counts what a constant will take, before it is made.
    fn charge(&mut self, tensor: &Tensor<'_>) -> Result<()> {
        let bytes = limits::elements(&tensor.shape)?.saturating_mul(tensor.datum.size());
        self.weight_bytes = self.weight_bytes.saturating_add(bytes);
        limits::check("bytes of weights", self.weight_bytes, limits::WEIGHT_BYTES)
    }

    /// Writes a small constant once.
    pub(super) fn small(&mut self, name: &str, datum: onnx::Datum, dims: &[usize], raw: &[u8]) {
        if self.small.insert(name.to_owned()) {
            self.writer.initializer(name, datum, dims, raw);
        }
    }
}

/// A tensor with data.
#[derive(Clone, Copy, Debug)]
pub(super) struct Constant<'a> {
    tensor: &'a Tensor<'a>,
}

impl<'a> Constant<'a> {
    /// Its floats, dense.
    fn numbers(&self) -> Result<(onnx::Datum, Cow<'a, [u8]>)> {
        let datum = match self.tensor.datum {
            Datum::F32 => onnx::Datum::F32,
            Datum::F16 => onnx::Datum::F16,
            other => {
                return Err(refuse(
                    self.tensor,
                    &format!("its numbers ({other:?}) are no floats"),
                ));
            }
        };
        let bytes = match self.tensor.sparsity {
            Some(sparsity) => {
                let elements = limits::elements(&self.tensor.shape)?;
                let sparsity = Sparsity::read(sparsity, elements)?;
                Cow::Owned(sparse::densify(self.tensor, &sparsity)?)
            }
            None => Cow::Borrowed(self.tensor.data),
        };
        let expected =
            limits::elements(&self.tensor.shape)?.saturating_mul(self.tensor.datum.size());
        if bytes.len() != expected {
            return Err(refuse(
                self.tensor,
                &format!("it has {} bytes instead of {expected}", bytes.len()),
            ));
        }
        Ok((datum, bytes))
    }

    /// Its 32-bit integers.
    pub(super) fn integers(&self) -> Result<Vec<i32>> {
        if self.tensor.datum != Datum::I32 || self.tensor.sparsity.is_some() {
            return Err(refuse(self.tensor, "its numbers must be 32-bit integers"));
        }
        limits::check("integers of an operand", self.tensor.data.len(), 256)?;
        let whole = self
            .tensor
            .data
            .chunks_exact(4)
            .filter_map(|bytes| bytes.first_chunk());
        Ok(whole.map(|bytes| i32::from_le_bytes(*bytes)).collect())
    }
}

/// An error about a tensor.
pub(super) fn refuse(tensor: &Tensor<'_>, detail: &str) -> ImportError {
    ImportError::Tensor {
        tensor: tensor.name.clone(),
        detail: detail.to_owned(),
    }
}
