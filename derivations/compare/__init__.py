"""The conventions side by side: formulas, shapes, numbers that both packages compute, and the lines that did."""
