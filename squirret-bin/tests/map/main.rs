//! Holds the sources of both crates to the map in `ARCHITECTURE.md`: who may use whom, and no circle.
#![expect(clippy::unwrap_used, reason = "a test")]

mod source;

use source::{Crate, Module};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn architecture() -> String {
    fs::read_to_string(workspace().join("ARCHITECTURE.md")).unwrap()
}

/// One row of the map.
#[derive(Debug)]
struct Room {
    name: String,
    uses: BTreeSet<String>,
}

/// The rows of the table below a heading: cells of the rows, without the table's head.
fn table(heading: &str) -> Vec<Vec<String>> {
    let text = architecture();
    let (_, section) = text
        .split_once(&format!("\n### {heading}\n"))
        .unwrap_or_else(|| panic!("ARCHITECTURE.md has no section {heading:?}"));
    let section = section.split("\n#").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| {
        let cells = row.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().to_owned()).collect()
    })
    .collect()
}

/// The words between backticks.
fn code_words(cell: &str) -> impl Iterator<Item = String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned)
}

fn rooms(folder: &str) -> Vec<Room> {
    let room = |row: Vec<String>| Room {
        name: code_words(&row[0]).next().unwrap(),
        uses: code_words(&row[2]).collect(),
    };
    table(&format!("`{folder}`"))
        .into_iter()
        .map(room)
        .collect()
}

/// The room of a module; the crate's root is `main` or `lib`.
fn room_of(module: &[String], root: &str) -> String {
    module.first().cloned().unwrap_or_else(|| root.to_owned())
}

/// The name of the crate's root file, without its extension.
fn root_of(folder: &str) -> &'static str {
    if workspace().join(folder).join("main.rs").exists() {
        "main"
    } else {
        "lib"
    }
}

/// The line in which each room first uses another.
fn arrows(folder: &str) -> BTreeMap<(String, String), String> {
    let root = root_of(folder);
    let all = Crate::read(&workspace().join(folder));
    let mut arrows = BTreeMap::new();
    for (module, source) in &all.0 {
        for import in &source.imports {
            let target = room_of(&all.definition(&import.path), root);
            let own = room_of(module, root);
            if own != target && own != root {
                let file = source.file.strip_prefix(workspace()).unwrap();
                let line = format!("{}:{}", file.display(), import.line);
                arrows.entry((own, target)).or_insert(line);
            }
        }
    }
    arrows
}

fn check_rooms(folder: &str) -> Vec<String> {
    let rooms = rooms(folder);
    let mut wrong = Vec::new();
    let place = |name: &str| rooms.iter().position(|room| room.name == name);
    for (own, room) in rooms.iter().enumerate() {
        for used in &room.uses {
            if place(used).is_none_or(|place| place <= own) {
                wrong.push(format!(
                    "`{}` may not use `{used}`: it does not stand below it",
                    room.name
                ));
            }
        }
    }
    let arrows = arrows(folder);
    for ((from, to), line) in &arrows {
        match place(from) {
            None => wrong.push(format!("{line}: `{from}` is not in the map")),
            Some(own) if !rooms[own].uses.contains(to) => {
                wrong.push(format!("{line}: `{from}` may not use `{to}`"));
            }
            Some(_) => {}
        }
    }
    for room in &rooms {
        for used in &room.uses {
            if !arrows.contains_key(&(room.name.clone(), used.clone())) {
                wrong.push(format!("`{}` does not use `{used}` any more", room.name));
            }
        }
    }
    wrong
}

/// Files that import each other, directly or over others. A file's use of the module that it is a part of is no arrow.
fn circles(folder: &str) -> Vec<BTreeSet<String>> {
    let all = Crate::read(&workspace().join(folder));
    let targets = |module: &Module| -> BTreeSet<Module> {
        let imports = all.0[module].imports.iter();
        imports
            .map(|import| all.definition(&import.path))
            .filter(|target| !module.starts_with(target))
            .collect()
    };
    let edges: BTreeMap<&Module, BTreeSet<Module>> = all
        .0
        .keys()
        .map(|module| (module, targets(module)))
        .collect();
    let reach = |from: &Module| {
        let (mut reached, mut open) = (BTreeSet::new(), vec![from.clone()]);
        while let Some(module) = open.pop() {
            for next in &edges[&module] {
                if reached.insert(next.clone()) {
                    open.push(next.clone());
                }
            }
        }
        reached
    };
    let reached: BTreeMap<&Module, BTreeSet<Module>> =
        all.0.keys().map(|module| (module, reach(module))).collect();
    let circle = |module: &&Module| -> BTreeSet<String> {
        let mutual = reached[*module]
            .iter()
            .filter(|other| reached[other].contains(*module));
        mutual.map(|module| module.join("/")).collect()
    };
    let circles: BTreeSet<_> = all
        .0
        .keys()
        .collect::<Vec<_>>()
        .iter()
        .map(circle)
        .collect();
    circles
        .into_iter()
        .filter(|circle| circle.len() > 1)
        .collect()
}

#[test]
fn rooms_use_only_what_the_map_allows() {
    let folders = ["squirret-bin/src", "squirret-lib/src"];
    let wrong: Vec<String> = folders
        .iter()
        .flat_map(|folder| check_rooms(folder))
        .collect();
    assert!(wrong.is_empty(), "ARCHITECTURE.md:\n{}", wrong.join("\n"));
}

#[test]
fn no_files_import_each_other() {
    let known: Vec<BTreeSet<String>> = table("Files that still import each other")
        .iter()
        .map(|row| code_words(&row[0]).collect())
        .collect();
    let found = [circles("squirret-bin/src"), circles("squirret-lib/src")].concat();
    let new: Vec<_> = found
        .iter()
        .filter(|circle| !known.iter().any(|known| circle.is_subset(known)))
        .collect();
    assert!(new.is_empty(), "files import each other: {new:#?}");
}
