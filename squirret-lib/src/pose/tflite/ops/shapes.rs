//! Operators that move values about and do not change them: margins, joins, other shapes and sizes.

use super::{super::limits, Attribute, Layout, Op, Operator, Result, code, onnx};

impl Op<'_, '_, '_> {
    pub(super) fn pad(self) -> Result<()> {
        let data = self.input(0)?;
        let paddings = self.integers(1)?;
        let sizes = paddings
            .iter()
            .map(|n| usize::try_from(*n).ok().filter(|n| *n <= 1024))
            .collect::<Option<_>>();
        let sizes: Vec<usize> = sizes.ok_or_else(|| self.refuse("its paddings are no sizes"))?;
        let [0, 0, top, bottom, left, right, front, back] = *sizes.as_slice() else {
            return Err(self.refuse("only height, width and channels are padded"));
        };
        let margin = [top, left, bottom, right];
        let layout = self.converter.layout(data);
        let folds = layout == Layout::ChannelsFirst && front == 0 && back == 0;
        let valid = |reader: &Operator<'_>| {
            let padding: i8 = reader
                .options
                .map_or(Ok(0), |options| options.scalar(0, 0))
                .unwrap_or(0);
            matches!(reader.code, code::CONV_2D | code::DEPTHWISE_CONV_2D)
                && padding == 1
                && reader.inputs.first() == Some(&self.output)
        };
        if folds && self.converter.readers(self.output).all(valid) {
            return self.converter.define_margin(self.output, data, margin);
        }
        let pads = match layout {
            Layout::ChannelsLast => [0, top, left, front, 0, bottom, right, back],
            Layout::ChannelsFirst => [0, front, top, left, 0, back, bottom, right],
        };
        let raw: Vec<u8> = pads
            .iter()
            .flat_map(|pad| (*pad as i64).to_le_bytes())
            .collect();
        let name = format!("pads_{}", self.output);
        self.converter.small(&name, onnx::Datum::I64, &[8], &raw);
        let data = self.converter.read(data, layout)?;
        self.emit("Pad", &[data, name], &[], 0, layout)
    }

    pub(super) fn concatenation(self) -> Result<()> {
        let rank = self.converter.tensor(self.output)?.shape.len();
        let axis: i32 = self.option(0, 0)?;
        let from_end = i32::try_from(rank)
            .ok()
            .and_then(|rank| axis.checked_add(rank));
        let axis = usize::try_from(if axis < 0 {
            from_end.unwrap_or(-1)
        } else {
            axis
        })
        .unwrap_or(usize::MAX);
        if axis >= rank {
            return Err(self.refuse("its axis lies outside"));
        }
        let activation: i8 = self.option(1, 0)?;
        let layout = if rank == 4 {
            Layout::ChannelsFirst
        } else {
            Layout::ChannelsLast
        };
        let axis = match (layout, axis) {
            (Layout::ChannelsFirst, 3) => 1,
            (Layout::ChannelsFirst, 1 | 2) => axis.saturating_add(1),
            _ => axis,
        };
        let mut inputs = Vec::new();
        for input in &self.operator.inputs {
            if self.converter.tensor(*input)?.shape.len() != rank {
                return Err(self.refuse("its inputs have different dimensions"));
            }
            inputs.push(self.converter.read(*input, layout)?);
        }
        self.emit(
            "Concat",
            &inputs,
            &[("axis", Attribute::Int(axis as i64))],
            activation,
            layout,
        )
    }

    pub(super) fn depth_to_space(self) -> Result<()> {
        let data = self.input(0)?;
        let block = self.size(0, 1)?;
        let [_, _, channels] = self.picture(data)?;
        if !channels.is_multiple_of(block.saturating_mul(block)) {
            return Err(self.refuse("its channels do not fill its blocks"));
        }
        let data = self.converter.read(data, Layout::ChannelsFirst)?;
        let attributes = [
            ("blocksize", Attribute::Int(block as i64)),
            ("mode", Attribute::Text("DCR")),
        ];
        self.emit(
            "DepthToSpace",
            &[data],
            &attributes,
            0,
            Layout::ChannelsFirst,
        )
    }

    pub(super) fn resize(self) -> Result<()> {
        let data = self.input(0)?;
        let [from_h, from_w, channels] = self.picture(data)?;
        let [to_h, to_w, made] = self.picture(self.output)?;
        if made != channels || from_h == 0 || from_w == 0 {
            return Err(self.refuse("it changes the channels"));
        }
        let corners: u8 = self.option(2, 0)?;
        let centres: u8 = self.option(3, 0)?;
        let mode = match (corners != 0, centres != 0) {
            (true, _) => "align_corners",
            (false, true) => "half_pixel",
            (false, false) => "asymmetric",
        };
        let scales = [
            1.0,
            1.0,
            to_h as f32 / from_h as f32,
            to_w as f32 / from_w as f32,
        ];
        let name = format!("scales_{}", self.output);
        let raw: Vec<u8> = scales
            .iter()
            .flat_map(|scale| scale.to_le_bytes())
            .collect();
        self.converter.small(&name, onnx::Datum::F32, &[4], &raw);
        self.converter
            .small("no_region", onnx::Datum::F32, &[0], &[]);
        let data = self.converter.read(data, Layout::ChannelsFirst)?;
        let attributes = [
            ("coordinate_transformation_mode", Attribute::Text(mode)),
            ("mode", Attribute::Text("linear")),
        ];
        self.emit(
            "Resize",
            &[data, "no_region".into(), name],
            &attributes,
            0,
            Layout::ChannelsFirst,
        )
    }

    pub(super) fn reshape(self) -> Result<()> {
        let data = self.input(0)?;
        let from = &self.converter.tensor(data)?.shape;
        let to = &self.converter.tensor(self.output)?.shape;
        if limits::elements(from)? != limits::elements(to)? {
            return Err(self.refuse("it changes the number of elements"));
        }
        // Where height and width are one, both orders are the same in memory.
        let flat = matches!(from.as_slice(), [_, 1, 1, _]);
        let layout = if flat {
            self.converter.layout(data)
        } else {
            Layout::ChannelsLast
        };
        let name = format!("shape_{}", self.output);
        let raw: Vec<u8> = to
            .iter()
            .flat_map(|size| (*size as i64).to_le_bytes())
            .collect();
        self.converter
            .small(&name, onnx::Datum::I64, &[to.len()], &raw);
        let data = self.converter.read(data, layout)?;
        self.emit("Reshape", &[data, name], &[], 0, Layout::ChannelsLast)
    }
}
