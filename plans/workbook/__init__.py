"""Target workbooks: which columns there are, how a file is read, how a cell is understood."""
