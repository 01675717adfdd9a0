#![no_main]

use libfuzzer_sys::fuzz_target;
use squirret::stomp::fuzzing;

fuzz_target!(|data: &[u8]| {
    fuzzing::check_session(data, std::time::Instant::now());
});
