//! Runs networks on demand, so that a peer in another language can take turns with them: each line of the input names
//! a model file, a dispatch, a number of runs, a file of 32-bit floats to read and one to write the outputs to; each
//! line of the output is the median of the runs in ms.
//!
//! `benches/peers/onnxruntime/compare.py` drives it. By hand:
//!
//! ```sh
//! echo models/blazepose-full.onnx auto 100 - - | cargo run --release -p squirret-benches --example networks
//! ```

use squirret::pose::{Dispatch, Network};
use std::collections::HashMap;
use std::error::Error;
use std::io::{BufRead, Write};
use std::time::Instant;

fn dispatch(name: &str) -> Result<Dispatch, String> {
    Ok(match name {
        "auto" => Dispatch::Auto,
        "avx512-bf16" => Dispatch::Avx512Bf16,
        "portable-bf16" => Dispatch::PortableBf16,
        "avx512" => Dispatch::Avx512,
        "avx2" => Dispatch::Avx2,
        "neon" => Dispatch::Neon,
        "portable" => Dispatch::Portable,
        "portable-wide" => Dispatch::PortableWide,
        "stock" => Dispatch::Stock,
        _ => return Err(format!("no dispatch {name}")),
    })
}

fn floats(path: &str, len: usize) -> std::io::Result<Vec<f32>> {
    if path == "-" {
        return Ok((0..len).map(|i| (i % 251) as f32 / 251.0).collect());
    }
    let bytes = std::fs::read(path)?;
    let numbers = bytes.chunks_exact(4).map(|b| [b[0], b[1], b[2], b[3]]);
    Ok(numbers.map(f32::from_le_bytes).collect())
}

/// One line of the input: the median, ms.
fn answer(line: &str, loaded: &mut HashMap<String, Network>) -> Result<f64, Box<dyn Error>> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let &[model, choice, runs, input, output] = &*words else {
        return Err("expected: MODEL DISPATCH RUNS INPUT OUTPUT".into());
    };
    let key = format!("{model} {choice}");
    if !loaded.contains_key(&key) {
        let network = Network::load_with(model, &std::fs::read(model)?, dispatch(choice)?)?;
        loaded.insert(key.clone(), network);
    }
    let network = &loaded[&key];
    let picture = floats(input, network.input().iter().product())?;
    let mut times = Vec::new();
    let mut written = Vec::new();
    for _ in 0..runs.parse::<usize>()?.max(1) {
        let start = Instant::now();
        network.run(
            |to| to.copy_from_slice(&picture),
            |outputs| {
                written.clear();
                written.extend(outputs.iter().flat_map(|o| o.iter().copied()));
            },
        )?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    if output != "-" {
        let bytes: Vec<u8> = written.iter().flat_map(|v| v.to_le_bytes()).collect();
        std::fs::write(output, bytes)?;
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut loaded = HashMap::new();
    for line in std::io::stdin().lock().lines() {
        let median = answer(&line?, &mut loaded)?;
        println!("{median:.3}");
        std::io::stdout().flush()?;
    }
    Ok(())
}
