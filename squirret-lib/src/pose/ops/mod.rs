//! Our own operators for the engine: convolutions and what stands around them in pose networks, in vectors of the
//! machine that they run on.
//!
//! [`island::replace`] reads a graph before the engine declutters it, puts all operations that it knows into few
//! operators and leaves everything else to the engine, so that any network still runs.
//!
//! | file | idea |
//! |---|---|
//! | `lanes` | vectors and the choice of an instruction set |
//! | `layout` | how a map lies in memory |
//! | `net` | maps and operations, free of the engine's types |
//! | `read`, `island`, `operator` | from the engine's graph to ours, and back as operators |
//! | `fuse`, `compile`, `program` | from operations to steps, and how they run |
//! | `dense` with `tile`, `depthwise`, `plain` | the kernels |
//! | `bf16` | the same on 16-bit floats |

mod bf16;
mod compile;
mod dense;
mod depthwise;
mod fuse;
mod island;
mod lanes;
mod layout;
mod net;
mod operator;
mod plain;
mod program;
mod read;
#[cfg(test)]
mod tests;
mod tile;

pub(super) use island::replace;
pub use lanes::Dispatch;
