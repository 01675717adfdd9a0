//! What is known to be published, and by which digest it is known.

/// A published package that holds networks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Package {
    /// Name and version as its package manager writes them.
    pub(crate) requirement: &'static str,
    /// Who fetches it.
    pub(crate) manager: Manager,
    /// Its size in bytes.
    pub(crate) bytes: u64,
    /// SHA-256 of the file, hexadecimal.
    pub(crate) sha256: &'static str,
}

/// The tools that fetch packages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Manager {
    /// Python's.
    Pip,
    /// Node's.
    Npm,
}

/// A network in a package.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Artefact {
    /// What we call it: its file is this with `.onnx`.
    pub(crate) name: &'static str,
    /// Its file's name as published.
    pub(crate) published: &'static str,
    /// SHA-256 of the published file, hexadecimal.
    pub(crate) sha256: &'static str,
    /// Where it is found.
    pub(crate) package: Package,
    /// Another file that holds the same network, and its SHA-256.
    pub(crate) also: Option<(&'static str, &'static str)>,
}

/// The wheel with detector and landmarks; later versions of it carry neither.
const WHEEL: Package = Package {
    requirement: "mediapipe==0.10.14",
    manager: Manager::Pip,
    bytes: 35_664_771,
    sha256: "a807328339e7356fda0bb14df12fedbf1d33bdf81649c5f8666b0026b1cc30b4",
};

/// The package with the lighter and the heavier landmarks.
const NODE_PACKAGE: Package = Package {
    requirement: "@mediapipe/pose@0.5.1675469404",
    manager: Manager::Npm,
    bytes: 40_985_403,
    sha256: "8bb349a7b3a3ba699df23be804ddd3b3eab810b50b15406894be257859388a84",
};

/// Finds the person; all BlazePose landmarks need it.
pub(crate) const DETECTOR: Artefact = Artefact {
    name: "blazepose-detector",
    published: "pose_detection.tflite",
    sha256: "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
    package: WHEEL,
    // The node package packs its files into one, which is the detector alone.
    also: Some((
        "pose_solution_packed_assets.data",
        "a63c614bef30d35947f13be361820b1e4e3bec9cfeebf4d11216a18373108e85",
    )),
};

/// The default landmarks.
pub(crate) const FULL: Artefact = Artefact {
    name: "blazepose-full",
    published: "pose_landmark_full.tflite",
    sha256: "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
    package: WHEEL,
    also: None,
};

/// Half the work of the default, and less exact.
pub(crate) const LITE: Artefact = Artefact {
    name: "blazepose-lite",
    published: "pose_landmark_lite.tflite",
    sha256: "f17bfbecadb61c3be1baa8b8d851cc6619c870a87167b32848ad20db306b9d61",
    package: NODE_PACKAGE,
    also: None,
};

/// Four times the work of the default, and more exact.
pub(crate) const HEAVY: Artefact = Artefact {
    name: "blazepose-heavy",
    published: "pose_landmark_heavy.tflite",
    sha256: "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe",
    package: NODE_PACKAGE,
    also: None,
};

impl Artefact {
    /// All that can be installed.
    pub(crate) const ALL: [Self; 4] = [DETECTOR, FULL, LITE, HEAVY];
    /// What a server needs.
    pub(crate) const DEFAULT: [Self; 2] = [DETECTOR, FULL];

    /// What a server needs to run this.
    pub(crate) fn with_detector(self) -> Vec<Self> {
        let mut all = vec![DETECTOR];
        all.extend((self != DETECTOR).then_some(self));
        all
    }

    /// The one of that name, with or without `blazepose-`.
    pub(crate) fn by_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|artefact| artefact.name == name || artefact.short_name() == name)
    }

    /// Its name without `blazepose-`.
    pub(crate) fn short_name(&self) -> &'static str {
        self.name.strip_prefix("blazepose-").unwrap_or(self.name)
    }

    /// Whether this is the digest of one of its files.
    pub(crate) fn has_digest(&self, sha256: &str) -> bool {
        self.sha256 == sha256 || self.also.is_some_and(|(_, also)| also == sha256)
    }

    /// The one whose published file has this digest.
    pub(crate) fn by_digest(sha256: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|artefact| artefact.has_digest(sha256))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_artefact_is_known_by_one_digest() {
        for artefact in Artefact::ALL {
            assert_eq!(artefact.sha256.len(), 64);
            assert_eq!(Artefact::by_digest(artefact.sha256), Some(artefact));
        }
        assert_eq!(Artefact::by_digest(""), None);
    }

    #[test]
    fn names_may_be_short() {
        assert_eq!(Artefact::by_name("lite"), Some(LITE));
        assert_eq!(Artefact::by_name("blazepose-heavy"), Some(HEAVY));
        assert_eq!(Artefact::by_name("pose"), None);
        assert_eq!(LITE.with_detector(), [DETECTOR, LITE]);
        assert_eq!(DETECTOR.with_detector(), [DETECTOR]);
    }
}
