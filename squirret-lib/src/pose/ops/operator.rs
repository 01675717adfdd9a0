//! The engine's view of a program: an operator with a memory of its own for each session.

use super::program::{Memory, Program};
use tract_onnx::tract_core::internal::*;

/// A part of a graph as one operator.
#[derive(Clone, Debug)]
pub(super) struct Fused {
    program: Arc<Program>,
    shapes: TVec<ShapeFact>,
}

impl Fused {
    pub(super) fn new(program: Program, shapes: TVec<ShapeFact>) -> Self {
        Self {
            program: Arc::new(program),
            shapes,
        }
    }
}

impl PartialEq for Fused {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.program, &other.program)
    }
}

impl Eq for Fused {}

impl Op for Fused {
    fn name(&self) -> StaticName {
        "Fused".into()
    }

    fn info(&self) -> TractResult<Vec<String>> {
        Ok(vec![format!("{:?}", self.program.path)])
    }

    op_as_typed_op!();
}

impl EvalOp for Fused {
    not_out_of_plan!();

    fn state(&self, _ctx: &EvalContext) -> TractResult<Option<Box<dyn OpState>>> {
        let outputs = self.shapes.iter().map(new_tensor);
        Ok(Some(Box::new(FusedState {
            memory: self.program.memory(),
            outputs: outputs.collect::<TractResult<_>>()?,
        })))
    }
}

impl TypedOp for Fused {
    fn output_facts(&self, _inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        Ok(self
            .shapes
            .iter()
            .map(|shape| f32::fact(shape.clone()))
            .collect())
    }

    as_op!();
}

/// Buffers, and the tensors that go out: they serve again when nobody holds them any more.
#[derive(Clone, Debug)]
struct FusedState {
    memory: Memory,
    outputs: TVec<Arc<Tensor>>,
}

impl OpState for FusedState {
    fn eval(
        &mut self,
        _ctx: &EvalContext,
        op: &dyn Op,
        inputs: TVec<TValue>,
    ) -> TractResult<TVec<TValue>> {
        let fused = op.downcast_ref::<Fused>().context("not a fused operator")?;
        for (index, input) in inputs.iter().enumerate() {
            let floats = input.try_as_plain_ram()?.as_slice::<f32>()?;
            fused.program.import(&mut self.memory, index, floats);
        }
        fused.program.compute(&mut self.memory);
        for (index, output) in self.outputs.iter_mut().enumerate() {
            if Arc::get_mut(output).is_none() {
                *output = new_tensor(&fused.shapes[index])?;
            }
            let tensor = Arc::get_mut(output).context("an output is held")?;
            let mut plain = tensor.try_as_plain_ram_mut()?;
            fused
                .program
                .export(&self.memory, index, plain.as_slice_mut::<f32>()?);
        }
        let outputs = self.outputs.iter().cloned().map(TValue::from_const);
        Ok(outputs.collect())
    }

    fn reset_lanes(&mut self, _lanes: &[LaneId]) -> TractResult<()> {
        Ok(())
    }
}

fn new_tensor(shape: &ShapeFact) -> TractResult<Arc<Tensor>> {
    let shape = shape.as_concrete().context("a size is not fixed")?;
    Ok(Arc::new(Tensor::zero::<f32>(shape)?))
}
