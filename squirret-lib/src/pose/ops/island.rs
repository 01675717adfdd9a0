//! Puts what is known of a graph into operators of ours: everything that can run together becomes one of them, and
//! what lies between stays the engine's.

use super::compile::compile;
use super::lanes::{Dispatch, Path};
use super::net::{Kind, Net, Node, Order, Port, ValueId};
use super::operator::Fused;
use super::read::{Known, Reader};
use std::collections::HashMap;
use tract_onnx::tract_core::internal::*;

/// The same graph with what is known replaced.
///
/// # Errors
/// When this machine lacks the instructions, or the engine refuses a node.
pub(in crate::pose) fn replace(model: &TypedModel, dispatch: Dispatch) -> TractResult<TypedModel> {
    let path = Path::new(dispatch);
    let path = path.with_context(|| format!("this machine has no {dispatch:?}"))?;
    let mut reader = Reader::new(model)?;
    let mut known = reader.known()?;
    let levels = loop {
        let levels = levels(&reader, &known);
        if !drop_idle(&mut known, &levels) {
            break levels;
        }
    };
    let most = levels.values().copied().max().unwrap_or(0);
    let mut rewiring = Rewiring {
        reader,
        known,
        levels,
        path,
        new: TypedModel {
            symbols: model.symbols.clone(),
            ..TypedModel::default()
        },
        wires: HashMap::new(),
    };
    rewiring.sources()?;
    for level in 0..=most {
        rewiring.island(level)?;
        rewiring.others(level)?;
    }
    rewiring.finish()
}

/// Known nodes with one level can run together; a way from one level to the next leads through an unknown node. So
/// no level needs its own outcome.
fn levels(reader: &Reader<'_>, known: &HashMap<usize, Known>) -> HashMap<usize, usize> {
    let mut levels: HashMap<usize, usize> = HashMap::new();
    for id in reader.order() {
        let node = &reader.model.nodes[*id];
        let is_known = known.contains_key(id);
        let inputs = node
            .inputs
            .iter()
            .filter(|input| !(is_known && reader.is_constant(**input)));
        let level = inputs
            .map(|input| {
                let enters = is_known && !known.contains_key(&input.node);
                levels.get(&input.node).copied().unwrap_or(0) + usize::from(enters)
            })
            .max();
        levels.insert(*id, level.unwrap_or(0));
    }
    levels
}

/// Forgets known nodes on levels without a convolution: to change the layout for them costs more than they gain.
fn drop_idle(known: &mut HashMap<usize, Known>, levels: &HashMap<usize, usize>) -> bool {
    let is_conv = |found: &Known| {
        let Known::Operation { kind, .. } = found else {
            return false;
        };
        matches!(**kind, Kind::Conv(_))
    };
    let busy: Vec<usize> = known
        .iter()
        .filter(|(_, found)| is_conv(found))
        .filter_map(|(id, _)| levels.get(id).copied())
        .collect();
    let before = known.len();
    known.retain(|id, _| levels.get(id).is_some_and(|level| busy.contains(level)));
    known.len() != before
}

struct Rewiring<'a> {
    reader: Reader<'a>,
    known: HashMap<usize, Known>,
    levels: HashMap<usize, usize>,
    path: Path,
    new: TypedModel,
    /// Outlets of the old graph in the new one.
    wires: HashMap<OutletId, OutletId>,
}

impl Rewiring<'_> {
    fn sources(&mut self) -> TractResult<()> {
        let model = self.reader.model;
        for input in &model.inputs {
            let node = &model.nodes[input.node];
            let wire = self
                .new
                .add_source(&*node.name, model.outlet_fact(*input)?.clone())?;
            self.wires.insert(*input, wire);
        }
        Ok(())
    }

    fn on_level(&self, level: usize, known: bool) -> Vec<usize> {
        let order = self.reader.order().iter().copied();
        order
            .filter(|id| {
                self.levels.get(id) == Some(&level) && self.known.contains_key(id) == known
            })
            .collect()
    }

    /// The engine's nodes of a level.
    fn others(&mut self, level: usize) -> TractResult<()> {
        let model = self.reader.model;
        for id in self.on_level(level, false) {
            let node = &model.nodes[id];
            if self.wires.contains_key(&OutletId::from(id)) || !self.is_wanted(id) {
                continue;
            }
            let inputs: TVec<OutletId> = node
                .inputs
                .iter()
                .map(|input| self.wire(*input))
                .collect::<TractResult<_>>()?;
            let outlets = self.new.wire_node(&*node.name, node.op.clone(), &inputs)?;
            for (slot, outlet) in outlets.into_iter().enumerate() {
                self.wires.insert(OutletId::new(id, slot), outlet);
            }
        }
        Ok(())
    }

    /// Whether anybody but our operators reads what a node gives: they hold their weights already.
    fn is_wanted(&self, id: usize) -> bool {
        let model = self.reader.model;
        if !self.reader.is_constant(id.into()) {
            return true;
        }
        let outputs = &model.nodes[id].outputs;
        let mut readers = outputs.iter().flat_map(|output| &output.successors);
        model.outputs.contains(&id.into())
            || readers
                .any(|inlet| !self.known.contains_key(&inlet.node) && self.is_wanted(inlet.node))
    }

    fn wire(&self, old: OutletId) -> TractResult<OutletId> {
        let wire = self.wires.get(&old).copied();
        wire.with_context(|| format!("nothing gives {old:?}"))
    }

    /// Our nodes of a level.
    fn island(&mut self, level: usize) -> TractResult<()> {
        let members = self.on_level(level, true);
        if members.is_empty() {
            return Ok(());
        }
        let mut island = Island::default();
        for id in &members {
            island.add(*id, &self.known[id], &mut self.reader)?;
        }
        island.find_outputs(&members, &self.known, &mut self.reader)?;
        let model = self.reader.model;
        let inputs: TVec<OutletId> = island
            .inputs
            .iter()
            .map(|input| self.wire(*input))
            .collect::<TractResult<_>>()?;
        let shapes = island
            .outputs
            .iter()
            .map(|outlet| Ok(model.outlet_fact(*outlet)?.shape.clone()))
            .collect::<TractResult<_>>()?;
        let op = Fused::new(compile(island.net, self.path), shapes);
        let outlets = self.new.wire_node(format!("fused.{level}"), op, &inputs)?;
        self.wires
            .extend(island.outputs.iter().copied().zip(outlets));
        Ok(())
    }

    fn finish(mut self) -> TractResult<TypedModel> {
        let model = self.reader.model;
        let outputs: Vec<OutletId> = model
            .outputs
            .iter()
            .map(|output| self.wire(*output))
            .collect::<TractResult<_>>()?;
        for (old, new) in model.outputs.iter().zip(&outputs) {
            if let Some(label) = model.outlet_label(*old) {
                self.new.set_outlet_label(*new, label.to_owned())?;
            }
        }
        self.new.select_output_outlets(&outputs)?;
        Ok(self.new)
    }
}

/// A level's part of the graph as it grows.
#[derive(Default)]
struct Island {
    net: Net,
    values: HashMap<OutletId, ValueId>,
    inputs: Vec<OutletId>,
    outputs: Vec<OutletId>,
}

impl Island {
    fn add(&mut self, id: usize, known: &Known, reader: &mut Reader<'_>) -> TractResult<()> {
        let outlet = OutletId::from(id);
        match known {
            Known::Part => {}
            Known::Transpose(input) => {
                let value = self.value(*input, reader)?;
                self.values.insert(outlet, value);
            }
            Known::Operation { kind, inputs } => {
                let inputs = inputs
                    .iter()
                    .map(|input| self.value(*input, reader))
                    .collect::<TractResult<_>>()?;
                let output = self.new_value(outlet, reader)?;
                self.net.nodes.push(Node {
                    kind: kind.as_ref().clone(),
                    inputs,
                    output,
                });
            }
        }
        Ok(())
    }

    fn new_value(&mut self, outlet: OutletId, reader: &mut Reader<'_>) -> TractResult<ValueId> {
        let order = reader.order_of(outlet);
        let shape = reader.shape(outlet, order).context("no map")?;
        self.net.values.push(shape);
        let value = self.net.values.len() - 1;
        self.values.insert(outlet, value);
        Ok(value)
    }

    /// The value of an outlet; one that nobody here makes is an input.
    fn value(&mut self, outlet: OutletId, reader: &mut Reader<'_>) -> TractResult<ValueId> {
        if let Some(value) = self.values.get(&outlet) {
            return Ok(*value);
        }
        let value = self.new_value(outlet, reader)?;
        self.inputs.push(outlet);
        self.net.inputs.push(Port {
            value,
            order: reader.order_of(outlet),
        });
        Ok(value)
    }

    /// What others read, and what nobody reads.
    fn find_outputs(
        &mut self,
        members: &[usize],
        known: &HashMap<usize, Known>,
        reader: &mut Reader<'_>,
    ) -> TractResult<()> {
        for id in members {
            let outlet = OutletId::from(*id);
            let Some(value) = self.values.get(&outlet).copied() else {
                continue;
            };
            let readers = reader.model.outlet_successors(outlet);
            let inside = |inlet: &InletId| members.contains(&inlet.node);
            let is_read = reader.model.outputs.contains(&outlet) || !readers.iter().all(inside);
            if is_read || (readers.is_empty() && !matches!(known[id], Known::Transpose(_))) {
                let order: Order = reader.order_of(outlet);
                self.outputs.push(outlet);
                self.net.outputs.push(Port { value, order });
            }
        }
        Ok(())
    }
}
