"""What the data and the stored runs say about shift: relation, shift, selection, overlap."""
