//! Every path against arithmetic that is too simple to be wrong, and against the engine's own operators.

mod bf16;
mod graphs;
mod kernels;
mod naive;

use super::lanes::{Dispatch, Path};

/// All paths that this machine can run.
fn paths() -> Vec<(Dispatch, Path)> {
    let all = [
        Dispatch::Avx512Bf16,
        Dispatch::Avx512,
        Dispatch::Avx2,
        Dispatch::Neon,
        Dispatch::Portable,
        Dispatch::PortableWide,
        Dispatch::PortableBf16,
    ];
    let paths = all.into_iter();
    paths
        .filter_map(|dispatch| Some((dispatch, Path::new(dispatch)?)))
        .collect()
}

#[test]
fn the_best_path_is_one_that_this_machine_has() {
    assert!(Path::new(Dispatch::Auto).is_some());
    assert!(paths().len() >= 2);
    #[cfg(target_arch = "x86_64")]
    {
        let avx2 = std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma");
        assert_eq!(Path::new(Dispatch::Avx2).is_some(), avx2);
        assert!(Path::new(Dispatch::Neon).is_none());
    }
}
