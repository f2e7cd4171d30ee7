//! `--removal`: what policies and maps say is taken out piece by piece. What no test misses is a promise that nobody tests.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::officer::expect::Shown;
use crate::officer::ran::Ran;
use crate::policy::Plan;
use crate::policy::document::{Layer, Piece, Span};
use crate::policy::syntax::Bundle;
use crate::policy::test_file::TestCase;

use super::test::{Bench, Suite, ready};
use super::{Exit, say};

/// A file of which pieces were taken out.
pub(super) struct Tried {
    /// How many.
    pub(super) all: usize,
    /// Those without which no test fails.
    pub(super) unmissed: Vec<Piece>,
}

/// What is tried of a file.
enum Whole<'b> {
    Layer(&'b Layer),
    /// A map, by number.
    Map(usize),
}

/// A test, what it came to, and the layers under which it stands.
struct Tested<'t> {
    suite: &'t Suite,
    test: &'t TestCase,
    ran: &'t Ran,
    layers: Vec<String>,
}

impl Tested<'_> {
    /// Whether something goes wrong without a piece that did not go wrong before: of a test that fails already the rest still counts.
    fn misses(&self, without: &Ran) -> bool {
        without.complaints.iter().any(|complaint| !self.ran.complaints.contains(complaint))
    }
}

/// Tells which pieces of what was asked for no test misses.
pub(super) fn tell(bench: &Bench, ran: &[(&Suite, Vec<Ran>)], paths: &[PathBuf], maps: bool) -> Exit {
    let tried = bench.removal(ran, paths, maps);
    let bundle = &bench.library.bundle;
    for piece in tried.iter().flat_map(|tried| &tried.unmissed) {
        let (line, _) = bundle.line_column(piece.span);
        say(&format!("{}:{line}: no test fails without {piece}", bundle.name(piece.span.file)));
    }
    for Tried { all, unmissed } in &tried {
        if let Some(piece) = unmissed.first() {
            let missed = all - unmissed.len();
            say(&format!("{}: {missed} of {all} pieces are missed", bundle.name(piece.span.file)));
        }
    }
    let all: usize = tried.iter().map(|tried| tried.all).sum();
    let unmissed: usize = tried.iter().map(|tried| tried.unmissed.len()).sum();
    say(&format!("{} pieces are missed when they are taken out, {unmissed} are not", all - unmissed));
    if unmissed == 0 { Exit::Done } else { Exit::Failed }
}

/// Pieces of the layers in a folder of policies without which no test of it fails, with the files in which they stand.
///
/// # Errors
///
/// How the command ends; the message was printed.
pub(super) fn unmissed(folder: &Path) -> Result<(Bundle, Vec<Piece>), Exit> {
    let paths = [folder.to_owned()];
    let (bench, suites) = ready(&paths)?;
    let ran = |suite| (suite, bench.suite(suite).into_iter().map(|(ran, _)| ran).collect());
    let ran: Vec<_> = suites.iter().map(ran).collect();
    let unmissed = bench.removal(&ran, &paths, false).into_iter().flat_map(|tried| tried.unmissed).collect();
    Ok((bench.library.bundle.clone(), unmissed))
}

impl Bench {
    /// Takes every piece of the files below the folders that were named, and of those beside the files of tests that were, out. Of maps
    /// below a folder only with `maps`.
    fn removal(&self, ran: &[(&Suite, Vec<Ran>)], paths: &[PathBuf], maps: bool) -> Vec<Tried> {
        let tests: Vec<_> = ran
            .iter()
            .flat_map(|(suite, ran)| suite.tests.tests.iter().zip(ran).map(|(test, ran)| self.tested(suite, test, ran)))
            .collect();
        let layers = self.library.layers.values().map(|layer| (layer.id.span, Whole::Layer(layer)));
        let all = self.library.maps.all().iter().enumerate();
        let all = all.map(|(number, map)| (map.head.id.span, Whole::Map(number)));
        let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let (root, paths) = (whole(&self.root), paths.iter().map(|path| whole(path)).collect::<Vec<_>>());
        let is_asked = |(span, whole): &(Span, Whole<'_>)| {
            let file = root.join(self.library.bundle.name(span.file));
            let tests = file.with_extension("test.toml");
            let with_folder = maps || matches!(whole, Whole::Layer(_));
            paths.iter().any(|path| [&file, &tests].contains(&path) || with_folder && file.starts_with(path))
        };
        let asked: Vec<_> = layers.chain(all).filter(is_asked).map(|(_, whole)| whole).collect();
        // A file is nobody else's business: as many at once as there are processors.
        let next = AtomicUsize::new(0);
        let work = || {
            let mut tried = Vec::new();
            while let Some(whole) = asked.get(next.fetch_add(1, Ordering::Relaxed)) {
                tried.push(match whole {
                    Whole::Layer(layer) => self.layer(layer, &tests),
                    Whole::Map(number) => self.map(*number, &tests),
                });
            }
            tried
        };
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        let mut tried: Vec<Tried> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
            let tried = |worker: std::thread::ScopedJoinHandle<'_, Vec<Tried>>| {
                worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            workers.into_iter().flat_map(tried).collect()
        });
        tried.sort_by_key(|tried| tried.unmissed.first().map(|piece| piece.span));
        tried
    }

    fn tested<'t>(&self, suite: &'t Suite, test: &'t TestCase, ran: &'t Ran) -> Tested<'t> {
        let policies = suite.tests.given(test).policy;
        let layers = policies.iter().flat_map(|policy| self.library.layers_of(&policy.value));
        Tested { suite, test, ran, layers: layers.map(|layer| layer.id.value.clone()).collect() }
    }

    fn layer(&self, layer: &Layer, tests: &[Tested<'_>]) -> Tried {
        let id = &layer.id.value;
        let file = self.root.join(self.library.bundle.name(layer.id.span.file)).with_extension("test.toml");
        let mut pieces = layer.pieces();
        let all = pieces.len();
        pieces.retain(|piece| {
            let rule = piece.table.strip_prefix("rule.").map(|rule| format!("{id}.{rule}"));
            // Where a rule took no part in an event, neither does any of its rows.
            let takes = |ran: &Ran| rule.as_ref().is_none_or(|name| ran.shown.is_none() || ran.rules.contains(name));
            let under = tests.iter().filter(|tested| tested.layers.contains(id) && takes(tested.ran));
            // Those that are likely to fail come first.
            let mut tests: Vec<_> = under.collect();
            tests.sort_by_key(|Tested { suite, test, ran, .. }| {
                let took = rule
                    .as_ref()
                    .map(|name| (test.rules.iter().any(|rule| rule.value == *name), ran.rules.contains(name)));
                std::cmp::Reverse((took, suite.path.file_name() == file.file_name()))
            });
            let library = Arc::new(self.library.without(id, piece.span));
            let without = Bench { library, root: self.root.clone(), host: self.host.clone() };
            !tests.iter().any(|tested| tested.misses(&without.test(tested.suite, tested.test)))
        });
        Tried { all, unmissed: pieces }
    }

    /// Hardly any line has to be taken out: of one that alone says what a value is, a test that says that all is classified fails.
    fn map(&self, number: usize, tests: &[Tested<'_>]) -> Tried {
        let map = self.library.maps.all().get(number).and_then(|map| map.document(&self.library.bundle));
        let pieces = map.map(|map| map.pieces()).unwrap_or_default();
        let tests = tests.iter().filter_map(|tested| Some((tested, tested.ran.shown.as_ref()?)));
        let tests: Vec<_> = tests.filter(|(_, shown)| shown.map == number).collect();
        let plans: Vec<Option<Plan>> = tests.iter().map(|(own, _)| self.plan(own.suite, own.test).ok()).collect();
        let is_missed = |piece: &Piece| {
            let is_alone = |(own, shown): &(&Tested<'_>, &Shown)| {
                let is_sure = own.test.classified && own.ran.complaints.is_empty();
                is_sure && shown.lines.get(&piece.span).copied().unwrap_or_default()
            };
            if tests.iter().any(is_alone) {
                return true;
            }
            // A template is met where one of its holes is; kinds, insides and what has no hole are seen at no value.
            let is_template = piece.row.is_none();
            let holes = pieces.iter().filter(|hole| is_template && hole.table == piece.table && hole.row.is_some());
            let mut spans: Vec<_> = holes.map(|hole| hole.span).collect();
            if !is_template && !["inside", "events"].contains(&piece.table.as_str()) {
                spans.push(piece.span);
            }
            let meets = |shown: &Shown| spans.is_empty() || spans.iter().any(|span| shown.lines.contains_key(span));
            let met: Vec<_> = tests.iter().zip(&plans).filter(|((_, shown), _)| meets(shown)).collect();
            if met.is_empty() {
                return false;
            }
            let library = Arc::new(self.library.without_line(number, piece.span));
            met.into_iter().any(|((own, _), plan)| {
                let plan = plan.as_ref().map(|plan| plan.among(library.clone()));
                plan.is_some_and(|plan| own.misses(&self.under(plan, own.suite, own.test)))
            })
        };
        let unmissed: Vec<_> = pieces.iter().filter(|piece| !is_missed(piece)).cloned().collect();
        Tried { all: pieces.len(), unmissed }
    }
}
