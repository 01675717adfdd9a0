#![no_main]

use libfuzzer_sys::fuzz_target;
use squirret::auth::fuzzing;

fuzz_target!(|data: &[u8]| {
    fuzzing::openid(data);
});
