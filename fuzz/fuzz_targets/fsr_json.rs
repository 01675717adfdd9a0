#![no_main]

use libfuzzer_sys::fuzz_target;
use squirret::wire::fuzzing;

fuzz_target!(|data: &[u8]| {
    fuzzing::fsr_json(data);
});
