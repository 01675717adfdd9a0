#![no_main]

use libfuzzer_sys::fuzz_target;
use squirret::wire::fuzzing;

fuzz_target!(|data: &[u8]| {
    fuzzing::client_message(data);
});
