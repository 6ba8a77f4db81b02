//! Copies a transcriber, with what the variables captured in their places.
//!
//! In: the right side of a rule and the captures of its left. Out: tokens, still with the marks of captured fragments.

use proc_macro2::TokenTree;

use super::definition::Output;
use super::matcher::{Captured, Stop};
use super::token::group;

/// More trees than this are not worth having.
const LIMIT: usize = 1 << 18;

/// The expansion.
pub(super) fn transcribe(output: &[Output], captured: &[Captured]) -> Result<Vec<TokenTree>, Stop> {
    let mut run = Run { captured, iteration: Vec::new(), count: 0 };
    let mut out = Vec::new();
    run.copy(output, &mut out)?;
    Ok(out)
}

struct Run<'c> {
    captured: &'c [Captured],
    /// Which iteration each of the repetitions around is in.
    iteration: Vec<usize>,
    count: usize,
}

impl<'c> Run<'c> {
    fn copy(&mut self, output: &[Output], out: &mut Vec<TokenTree>) -> Result<(), Stop> {
        for part in output {
            match part {
                Output::Tree(tree) => self.put(std::slice::from_ref(tree), out)?,
                Output::Group { like, body } => {
                    let mut inner = Vec::new();
                    self.copy(body, &mut inner)?;
                    self.put(&[group(like.delimiter(), inner, Some(like))], out)?;
                }
                Output::Variable(variable) => match self.lookup(*variable)? {
                    Captured::Trees(trees) => self.put(trees, out)?,
                    // Still repeating at this depth.
                    Captured::List(_) => return Err(Stop::Refused),
                },
                Output::Repeat { body, separator, variables } => {
                    for iteration in 0..self.length(variables)? {
                        if iteration > 0 {
                            self.put(separator, out)?;
                        }
                        self.iteration.push(iteration);
                        let result = self.copy(body, out);
                        self.iteration.pop();
                        result?;
                    }
                }
            }
        }
        Ok(())
    }

    fn put(&mut self, trees: &[TokenTree], out: &mut Vec<TokenTree>) -> Result<(), Stop> {
        self.count += trees.len();
        if self.count > LIMIT {
            return Err(Stop::Unsure);
        }
        out.extend_from_slice(trees);
        Ok(())
    }

    /// How often to repeat: all variables that repeat here must agree.
    fn length(&self, variables: &[usize]) -> Result<usize, Stop> {
        let mut length = None;
        for variable in variables {
            if let Captured::List(elements) = self.lookup(*variable)? {
                match length {
                    None => length = Some(elements.len()),
                    Some(length) if length == elements.len() => {}
                    Some(_) => return Err(Stop::Refused),
                }
            }
        }
        length.ok_or(Stop::Refused)
    }

    /// The capture in the present iterations; one that is in fewer repetitions is the same in each.
    fn lookup(&self, variable: usize) -> Result<&'c Captured, Stop> {
        let mut captured = &self.captured[variable];
        for iteration in &self.iteration {
            let Captured::List(elements) = captured else { break };
            captured = elements.get(*iteration).ok_or(Stop::Refused)?;
        }
        Ok(captured)
    }
}
