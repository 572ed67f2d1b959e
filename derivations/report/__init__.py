"""The report: one page of HTML that shows every claim, what was run for it, and what came of it."""
