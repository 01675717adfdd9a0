//! The engine behind three words: load a network, ask for its model, run it. The only place, besides its operators,
//! that names tract.

use super::ops::{self, Dispatch};
use super::{EstimateError, ModelError, graph};
use std::sync::{Arc, Mutex, PoisonError};
use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_hir::infer::InferenceModelExt;

/// Sessions of a network that wait for their next run; more than one a core is never of use.
const MAX_IDLE: usize = 64;

type Plan = Arc<TypedSimplePlan>;

/// A network with one input picture and fixed sizes, ready to run. Threads share it: each run takes a session with
/// its own buffers and gives it back.
pub struct Network {
    name: String,
    plan: Plan,
    input: Vec<usize>,
    /// Whether the input is bytes, 0 to 255, instead of 32-bit floats.
    takes_bytes: bool,
    outputs: Vec<Vec<usize>>,
    output_names: Vec<String>,
    idle: Mutex<Vec<Session>>,
}

/// What one run at a time needs: the engine's state and the input that it reads.
struct Session {
    state: TypedSimpleState,
    input: Arc<Tensor>,
    /// What is written for a network that takes bytes, before it is rounded.
    floats: Vec<f32>,
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Network")
            .field("name", &self.name)
            .field("input", &self.input)
            .field("outputs", &self.outputs)
            .finish_non_exhaustive()
    }
}

impl Network {
    /// Reads ONNX bytes and makes the plan; `name` stands in errors.
    ///
    /// # Errors
    /// [`ModelError::Load`] when the bytes are no ONNX, an operator is not known, a size is not fixed, or it does
    /// not take one picture of bytes or 32-bit floats and give 32-bit floats.
    pub fn load(name: &str, onnx: &[u8]) -> Result<Self, ModelError> {
        Self::load_with(name, onnx, Dispatch::Auto)
    }

    /// The same on vector instructions of your choice, for tests and measurements.
    ///
    /// # Errors
    /// As [`load`](Self::load), and when this machine lacks the instructions.
    pub fn load_with(name: &str, onnx: &[u8], dispatch: Dispatch) -> Result<Self, ModelError> {
        Self::load_input(name, onnx, None, dispatch)
    }

    /// The same for a network whose input has sizes that are not fixed, such as the number of pictures: they become
    /// `input`.
    ///
    /// # Errors
    /// As [`load`](Self::load), and when the network's own sizes contradict.
    pub fn load_sized(name: &str, onnx: &[u8], input: &[usize]) -> Result<Self, ModelError> {
        Self::load_input(name, onnx, Some(input), Dispatch::Auto)
    }

    fn load_input(
        name: &str,
        onnx: &[u8],
        input: Option<&[usize]>,
        dispatch: Dispatch,
    ) -> Result<Self, ModelError> {
        let failed = |detail: String| ModelError::Load {
            name: name.to_owned(),
            detail,
        };
        // The engine believes a file that contradicts itself, and may panic then.
        let loaded = std::panic::catch_unwind(|| {
            let (plan, output_names) = plan(onnx, input, dispatch)?;
            let shapes = shapes(&plan)?;
            Ok((plan, output_names, shapes))
        });
        let loaded: TractResult<_> =
            loaded.map_err(|_| failed("it contradicts itself".to_owned()))?;
        let (plan, output_names, shapes) = loaded.map_err(|e| failed(format!("{e:#}")))?;
        let Shapes {
            input,
            takes_bytes,
            outputs,
        } = shapes;
        Ok(Self {
            name: name.to_owned(),
            plan,
            input,
            takes_bytes,
            outputs,
            output_names,
            idle: Mutex::default(),
        })
    }

    /// Returns the sizes that ONNX bytes declare for their picture, `None` for those that they leave open; an empty list
    /// when they declare nothing or are no ONNX.
    #[must_use]
    pub fn declared_input(onnx: &[u8]) -> Vec<Option<usize>> {
        let model = tract_onnx::onnx().proto_model_for_read(&mut &*onnx);
        model
            .ok()
            .and_then(|model| graph::input_sizes(&model))
            .unwrap_or_default()
    }

    /// Runs the network once on a grey picture, so that what it cannot do shows when it is loaded and not later.
    ///
    /// # Errors
    /// [`ModelError::Load`] when the engine fails or panics.
    pub fn try_run(&self) -> Result<(), ModelError> {
        let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            self.run(|input| input.fill(0.5), |_| ())
        }));
        let failed = |detail: String| ModelError::Load {
            name: self.name.clone(),
            detail,
        };
        match ran {
            Ok(ran) => ran.map_err(|error| failed(format!("it does not run: {error}"))),
            Err(_) => Err(failed("the engine panics when it runs it".to_owned())),
        }
    }

    /// The name given to `load`.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.name
    }

    /// Sizes of the input.
    #[must_use]
    pub fn input(&self) -> &[usize] {
        &self.input
    }

    /// Sizes of the outputs.
    #[must_use]
    pub fn outputs(&self) -> &[Vec<usize>] {
        &self.outputs
    }

    /// Names of the outputs, in the same order.
    #[must_use]
    pub fn output_names(&self) -> &[String] {
        &self.output_names
    }

    /// Runs the network: `fill` writes the input, `read` gets the outputs in their order. Values for a network that
    /// takes bytes are rounded and stop at 0 and 255.
    ///
    /// # Errors
    /// [`EstimateError::Engine`] when the engine fails.
    pub fn run<R>(
        &self,
        fill: impl FnOnce(&mut [f32]),
        read: impl FnOnce(&[&[f32]]) -> R,
    ) -> Result<R, EstimateError> {
        let failed = |e: TractError| EstimateError::Engine {
            detail: format!("{}: {e:#}", self.name),
        };
        let taken = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let mut session = match taken {
            Some(session) => session,
            None => self.session().map_err(failed)?,
        };
        let result = session.run(fill, read).map_err(failed)?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MAX_IDLE {
            idle.push(session);
        }
        Ok(result)
    }

    fn session(&self) -> TractResult<Session> {
        let datum = if self.takes_bytes {
            u8::datum_type()
        } else {
            f32::datum_type()
        };
        let input = Arc::new(Tensor::zero_dt(datum, &self.input)?);
        let floats = if self.takes_bytes {
            vec![0.0; input.len()]
        } else {
            Vec::new()
        };
        Ok(Session {
            state: self.plan.spawn()?,
            input,
            floats,
        })
    }
}

impl Session {
    fn run<R>(
        &mut self,
        fill: impl FnOnce(&mut [f32]),
        read: impl FnOnce(&[&[f32]]) -> R,
    ) -> TractResult<R> {
        if Arc::get_mut(&mut self.input).is_none() {
            self.input = Arc::new(Tensor::zero_dt(
                self.input.datum_type(),
                self.input.shape(),
            )?);
        }
        if let Some(tensor) = Arc::get_mut(&mut self.input) {
            let mut plain = tensor.try_as_plain_ram_mut()?;
            if self.floats.is_empty() {
                fill(plain.as_slice_mut::<f32>()?);
            } else {
                fill(&mut self.floats);
                let bytes = plain.as_slice_mut::<u8>()?;
                // The cast stops at 0 and 255.
                bytes
                    .iter_mut()
                    .zip(&self.floats)
                    .for_each(|(byte, value)| *byte = (value + 0.5) as u8);
            }
        }
        let outputs = self
            .state
            .run(tvec!(TValue::from_const(self.input.clone())))?;
        let slices = outputs
            .iter()
            .map(|output| output.try_as_plain_ram()?.as_slice::<f32>())
            .collect::<TractResult<TVec<_>>>()?;
        Ok(read(&slices))
    }
}

/// From ONNX bytes to the engine's plan, with the input's sizes if they are told, and the names of the outputs.
fn plan(
    onnx: &[u8],
    input: Option<&[usize]>,
    dispatch: Dispatch,
) -> TractResult<(Plan, Vec<String>)> {
    let reader = tract_onnx::onnx().with_ignore_output_shapes(input.is_some());
    let proto = reader.proto_model_for_read(&mut &*onnx)?;
    graph::check(&proto).map_err(|rule| format_err!("{rule}"))?;
    let mut model = reader.model_for_proto_model(&proto)?;
    drop(proto);
    if let Some(sizes) = input {
        let fact = model.input_fact(0)?.clone().with_shape(sizes);
        model.set_input_fact(0, fact)?;
    }
    let name = |outlet: &OutletId| model.outlet_label(*outlet).unwrap_or_default().to_owned();
    let names = model.outputs.iter().map(name).collect();
    let mut typed = model.into_typed()?;
    check_pads(&typed)?;
    if dispatch != Dispatch::Stock {
        typed = ops::replace(&typed, dispatch)?;
    }
    let optimised = typed.into_optimized()?;
    Ok((TypedSimplePlan::new(optimised)?, names))
}

/// Refuses pads that cut edges off: the engine takes them for enormous ones.
fn check_pads(model: &TypedModel) -> TractResult<()> {
    let is_negative = |pad: usize| isize::try_from(pad).is_err();
    for node in &model.nodes {
        let Some(pad) = node.op_as::<tract_onnx::tract_core::ops::array::Pad>() else {
            continue;
        };
        if pad
            .pads
            .iter()
            .any(|(before, after)| is_negative(*before) || is_negative(*after))
        {
            bail!(
                "Pad {:?} has a negative pad, which the engine cannot run: export it as a Slice",
                node.name
            );
        }
    }
    Ok(())
}

/// What a network takes and gives.
struct Shapes {
    input: Vec<usize>,
    takes_bytes: bool,
    outputs: Vec<Vec<usize>>,
}

fn shapes(plan: &Plan) -> TractResult<Shapes> {
    let model = plan.model();
    if model.inputs.len() != 1 {
        bail!("it takes {} inputs instead of one", model.inputs.len());
    }
    let fixed = |fact: &TypedFact| -> TractResult<Vec<usize>> {
        let shape = fact.shape.as_concrete().context("a size is not fixed")?;
        Ok(shape.to_vec())
    };
    let taken = model.input_fact(0)?;
    let takes_bytes = taken.datum_type == u8::datum_type();
    if !takes_bytes && taken.datum_type != f32::datum_type() {
        bail!(
            "it takes {:?} instead of bytes or 32-bit floats",
            taken.datum_type
        );
    }
    let given = |i: usize| -> TractResult<Vec<usize>> {
        let fact = model.output_fact(i)?;
        if fact.datum_type != f32::datum_type() {
            bail!(
                "output {i} is {:?} instead of 32-bit floats",
                fact.datum_type
            );
        }
        fixed(fact).with_context(|| format!("output {i}"))
    };
    let input = fixed(taken).context("input")?;
    let outputs = (0..model.outputs.len())
        .map(given)
        .collect::<TractResult<_>>()?;
    Ok(Shapes {
        input,
        takes_bytes,
        outputs,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_model_name_the_model() {
        let error = Network::load("blazepose-full", b"not a model").unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("model blazepose-full cannot be loaded: "),
            "{error}"
        );
        assert!(Network::load("empty", &[]).is_err());
    }

    #[test]
    fn networks_go_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Network>();
    }
}
