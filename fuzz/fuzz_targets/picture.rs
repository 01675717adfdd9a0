#![no_main]

use libfuzzer_sys::fuzz_target;
use squirret::pose;

fuzz_target!(|data: &[u8]| {
    pose::fuzz_picture(data);
});
