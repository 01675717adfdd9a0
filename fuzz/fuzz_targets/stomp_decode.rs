#![no_main]

use libfuzzer_sys::fuzz_target;
use squirret::stomp::fuzzing;

fuzz_target!(|data: &[u8]| {
    fuzzing::check_decode(data);
});
