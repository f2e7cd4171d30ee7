/// A keyword in small letters, in capitals and with one in front. What is looked up folds case within ASCII only, so that ways that
/// differ no further are one; all have small letters of ASCII.
fn ways(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    let mut ways = vec![text.to_uppercase(), first, text];
    ways.iter_mut().for_each(|way| way.make_ascii_lowercase());
    ways.sort();
    ways.dedup();
    ways
}
