//! What we need of TensorFlow Lite's schema (version 3), read and checked.

use super::{
    ImportError,
    flatbuffer::{Table, Vector},
    limits,
};

type Result<T> = std::result::Result<T, ImportError>;

/// Type of a tensor's numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Datum {
    F32,
    F16,
    I32,
    Other(i8),
}

impl Datum {
    /// Bytes of one number; 0 for the types that we do not convert.
    pub(super) const fn size(self) -> usize {
        match self {
            Self::F32 | Self::I32 => 4,
            Self::F16 => 2,
            Self::Other(_) => 0,
        }
    }
}

/// A tensor: an activation when it has no data, else a constant.
#[derive(Debug)]
pub(super) struct Tensor<'a> {
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
    pub(super) datum: Datum,
    pub(super) data: &'a [u8],
    /// How its data is stored when there are gaps: read when it is needed, as it may be long.
    pub(super) sparsity: Option<Table<'a>>,
}

/// How the numbers of a sparse tensor are stored, level by level.
#[derive(Debug)]
pub(super) struct Sparsity {
    pub(super) order: Vec<i32>,
    pub(super) has_blocks: bool,
    pub(super) levels: Vec<Level>,
}

/// One dimension of a sparse tensor.
#[derive(Debug)]
pub(super) enum Level {
    Dense(usize),
    /// Compressed: of each parent the range of its children, and their positions.
    Sparse {
        segments: Vec<usize>,
        indices: Vec<usize>,
    },
}

/// An operator; `-1` among the inputs stands for one that is left out.
#[derive(Debug)]
pub(super) struct Operator<'a> {
    pub(super) code: i32,
    pub(super) inputs: Vec<i32>,
    pub(super) outputs: Vec<i32>,
    pub(super) options: Option<Table<'a>>,
}

/// A graph with one way through it.
#[derive(Debug)]
pub(super) struct Graph<'a> {
    pub(super) tensors: Vec<Tensor<'a>>,
    pub(super) inputs: Vec<i32>,
    pub(super) outputs: Vec<i32>,
    pub(super) operators: Vec<Operator<'a>>,
}

impl<'a> Graph<'a> {
    /// Reads the first subgraph of a `.tflite` file.
    pub(super) fn read(file: &'a [u8]) -> Result<Self> {
        limits::check("bytes of the file", file.len(), limits::FILE_BYTES)?;
        let model = Table::root(file, b"TFL3", "model")?;
        let version: u32 = model.scalar(0, 0)?;
        if version != 3 {
            return Err(ImportError::Version { version });
        }
        let codes = all(
            model.tables(1, "operator codes")?,
            limits::OPERATORS,
            read_code,
        )?;
        let buffers = all(model.tables(4, "buffers")?, limits::TENSORS, |buffer| {
            buffer.bytes(0, "buffer")
        })?;
        let graphs = model.tables(2, "subgraphs")?;
        let graph = graphs
            .iter()
            .next()
            .ok_or(ImportError::Broken { what: "subgraphs" })??;
        Ok(Self {
            tensors: all(graph.tables(0, "tensors")?, limits::TENSORS, |t| {
                read_tensor(t, &buffers)
            })?,
            inputs: graph.scalars(1, limits::LINKS, "graph inputs")?,
            outputs: graph.scalars(2, limits::LINKS, "graph outputs")?,
            operators: all(graph.tables(3, "operators")?, limits::OPERATORS, |o| {
                read_operator(o, &codes)
            })?,
        })
    }

    /// The tensor with that index.
    pub(super) fn tensor(&self, index: i32) -> Result<&Tensor<'a>> {
        let tensor = usize::try_from(index)
            .ok()
            .and_then(|index| self.tensors.get(index));
        tensor.ok_or(ImportError::Broken {
            what: "tensor index",
        })
    }
}

/// Reads all tables of a vector, at most `max`.
fn all<'a, T>(
    tables: Vector<'a>,
    max: usize,
    read: impl FnMut(Table<'a>) -> Result<T>,
) -> Result<Vec<T>> {
    limits::check("tables in a row", tables.len(), max)?;
    let mut read = read;
    tables.iter().map(|table| read(table?)).collect()
}

/// Old files have the code in a byte; it is 127 when the newer field holds it.
fn read_code(code: Table<'_>) -> Result<i32> {
    let old: i8 = code.scalar(0, 0)?;
    let new: i32 = code.scalar(3, 0)?;
    Ok(new.max(i32::from(old)))
}

fn read_operator<'a>(operator: Table<'a>, codes: &[i32]) -> Result<Operator<'a>> {
    let index: u32 = operator.scalar(0, 0)?;
    let code = usize::try_from(index)
        .ok()
        .and_then(|index| codes.get(index));
    Ok(Operator {
        code: *code.ok_or(ImportError::Broken {
            what: "operator code index",
        })?,
        inputs: operator.scalars(1, limits::LINKS, "operator inputs")?,
        outputs: operator.scalars(2, limits::LINKS, "operator outputs")?,
        options: operator.table(4, "operator options")?,
    })
}

fn read_tensor<'a>(tensor: Table<'a>, buffers: &[&'a [u8]]) -> Result<Tensor<'a>> {
    let shape: Vec<i32> = tensor.scalars(0, limits::RANK, "dimensions of a tensor")?;
    let size = |size: &i32| {
        usize::try_from(*size).map_err(|_| ImportError::Broken {
            what: "tensor shape",
        })
    };
    let shape = shape.iter().map(size).collect::<Result<Vec<_>>>()?;
    limits::elements(&shape)?;
    let buffer: u32 = tensor.scalar(2, 0)?;
    let data = usize::try_from(buffer)
        .ok()
        .and_then(|buffer| buffers.get(buffer));
    Ok(Tensor {
        name: tensor.text(3, "tensor name")?,
        shape,
        datum: match tensor.scalar(1, 0i8)? {
            0 => Datum::F32,
            1 => Datum::F16,
            2 => Datum::I32,
            other => Datum::Other(other),
        },
        data: data.ok_or(ImportError::Broken {
            what: "buffer index",
        })?,
        sparsity: tensor.table(6, "sparsity")?,
    })
}

impl Sparsity {
    /// Reads how a tensor of `elements` numbers is stored: no level has more positions than that.
    pub(super) fn read(sparsity: Table<'_>, elements: usize) -> Result<Self> {
        Ok(Self {
            order: sparsity.scalars(0, limits::RANK, "traversal order")?,
            has_blocks: !sparsity
                .scalars::<i32>(1, limits::RANK, "block map")?
                .is_empty(),
            levels: all(
                sparsity.tables(2, "sparse dimensions")?,
                limits::RANK,
                |level| read_level(level, elements),
            )?,
        })
    }
}

fn read_level(level: Table<'_>, elements: usize) -> Result<Level> {
    let format: i8 = level.scalar(0, 0)?;
    if format == 0 {
        let size: i32 = level.scalar(1, 0)?;
        return Ok(Level::Dense(
            usize::try_from(size).map_err(|_| ImportError::Broken { what: "dense size" })?,
        ));
    }
    Ok(Level::Sparse {
        segments: read_positions(level, 2, elements.saturating_add(1))?,
        indices: read_positions(level, 4, elements)?,
    })
}

/// A union of vectors of three widths: its type in `slot`, its value in the next.
fn read_positions(level: Table<'_>, slot: u16, max: usize) -> Result<Vec<usize>> {
    let what = "sparse indices";
    let broken = || ImportError::Broken { what };
    let kind: u8 = level.scalar(slot, 0)?;
    let Some(vector) = level.table(slot.saturating_add(1), what)? else {
        return Err(broken());
    };
    match kind {
        1 => vector
            .scalars::<i32>(0, max, what)?
            .into_iter()
            .map(|value| usize::try_from(value).map_err(|_| broken()))
            .collect(),
        2 => Ok(vector
            .scalars::<u16>(0, max, what)?
            .into_iter()
            .map(usize::from)
            .collect()),
        3 => Ok(vector
            .scalars::<u8>(0, max, what)?
            .into_iter()
            .map(usize::from)
            .collect()),
        _ => Err(broken()),
    }
}
