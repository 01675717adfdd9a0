#![no_main]

use libfuzzer_sys::fuzz_target;
use squirret::pose::tflite;

fuzz_target!(|data: &[u8]| {
    tflite::fuzz_import(data);
});
