"""What can be proved and repaired afterwards: sums, what consumers took, comparisons, kept files, files sent again."""
