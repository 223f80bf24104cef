"""What every number of the site means, in plain words."""

from pathlib import Path

import streamlit as st

from leaderboard.fit import LEAST, TENTATIVE

TEXT = f"""
### The data
A task has one **ID** set, of the kind models are fitted on, and up to three shifted **OOD** sets: other
places, times or kinds of text with the same labels. A **stand-in** suite is made of other public datasets
than BOSS and gives no BOSS numbers. A set whose examples all have one class gives the **recall** of that
class; it has a column of its own and is in no mean.

### The numbers of the board
- **ID**, **OOD mean**, **OOD worst set**: clean texts, the task's metric (accuracy; span F1 for entities;
  token F1 for questions). In the OOD mean every set counts equally, whatever its size.
- **Average copy**: each example is copied several times with up to the chosen **degree** of its text
  changed; the mean over copies, then over examples.
- **Worst copy**: an example counts as its worst copy, at this degree or a smaller one, or as its clean
  answer if that is worse. It falls with the number of copies, so models attacked with different numbers
  are not compared.
- **Area**: the area under the curve of a number over the degrees, from degree 0 on, divided by their
  range. 100 is a model that is always right and never falls.
- **Overall**: the area under the worst-copy curve on the OOD sets, meant over all attacks of the run. It
  exists only where a run attacked the model in every way that most models were attacked in.

### Degree and tag
**Malicious** attacks count changed characters, **general** ones changed words, both out of all of the
text; attacks on whole sentences are measured by how far the meaning moved. A copy never exceeds its
degree. A text in which not even one edit fits keeps its clean answer and is counted.

### Intervals
Every interval is at 95 %. Shares of independent examples have Wilson's; everything else is resampled
(bootstrap), and where several texts stem from one source, whole sources are. The interval of a mean over
sets takes the sets for independent and combines the sides of theirs (Zou and Donner 2008). An interval
covers the choice of examples. It does not cover the chance in training: a model is one set of weights.

### Rank
One more than the number of comparable models with a higher number. The **interval of the rank** counts
only models whose intervals lie wholly above or below: it does not use that models answered the same
examples, so it is wider than needed. To tell two models apart, **compare** them: the difference is
resampled on the same examples for both (paired bootstrap), and McNemar's exact test asks whether the
examples on which only one is right could be a coin's work. Nothing is corrected for looking at many
pairs.

### Effective robustness
A straight line between the logits of ID and OOD mean is fitted on models made without a robustness
method, as in Taori et al. 2020. Effective robustness is how far a model lies above it. Below {LEAST}
baselines it is withheld, below {TENTATIVE} the line is called tentative, and inside the band of a new
model it is no claim. **Relative robustness** is the OOD mean less that of the same model made by a
baseline method.

### Which run counts
Of a model's versions the one with the most finished cells counts, of equal ones the newest. Of its runs
each cell is taken from a complete run, then the one on most examples, then the newest. A row of several
runs says so; the model's page names them. Rows on other data, with sets missing, or of unfinished runs
stand last, have no rank and stay listed.

### Verification
**Self-reported**: as the run says. **Rescored**: every number was computed again from the stored answers.
**Spot-checked**: a sample of the examples was run again. **Rerun**: all were.

Sources: BOSS, Yuan et al. 2023 (arXiv:2306.04618); RobTest, Chen et al. 2023 (arXiv:2305.18503).
"""


def show(folder: Path) -> None:
    """Show the page; it is the same for every ``folder``."""
    st.title("What the numbers mean")
    st.markdown(TEXT)
