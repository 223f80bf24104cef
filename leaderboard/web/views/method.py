"""What every number of the site means, in plain words."""

import streamlit as st

from boss.results.schema import COMPARED
from leaderboard.board.display import MARK
from leaderboard.stats.fit import LEAST, TENTATIVE
from leaderboard.store.folder import Folders

LEVELS = "\n".join(f"- **{level}**: {what}." for level, what in COMPARED.items())
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
degree: it is rounded down, or, where a run says so, up as in RobTest. A text in which not even one edit
fits keeps its clean answer and is counted.

### What was changed
An attack that cannot edit a text leaves it alone, and the text counts as robust. So every number under
attack says of what share of its examples some copy was **changed**, where that is not all: at the degree
for an average, at it or a lower one for a worst copy; of an area the mean over the degrees above 0, of
a mean over sets the mean of theirs. Where less than half of a set was changed, the number says more of the
clean texts than of the attack: it is grey and has no rank. The pages of models and of two models show the
number **on these**, the changed examples alone. Older runs do not say what was changed.

### Intervals
Every interval is at 95 %. Shares of independent examples have Wilson's; everything else is resampled
(bootstrap), and where several texts stem from one source, whole sources are. The interval of a mean over
sets takes the sets for independent and combines the sides of theirs (Zou and Donner 2008). An interval
covers the choice of examples. It does not cover the chance in training: a model is one set of weights.

### Rank
Every two models of a board are tested on the examples that both answered: the examples are resampled
within each dataset, whole sources at a time and the same for all models (paired bootstrap), and Holm's
correction over all pairs keeps the chance of any false difference at 5 %. **Rank**: down the board a
model shares the rank of those before it until one of them is better beyond chance. **From–to**: one
more than the models that are better beyond chance, up to all but those that are worse beyond chance.
**P(best)**: the share of resamples in which the model is first. All three answer whether the order
would survive another sample of examples of the same datasets, not other datasets. Where a model's
answers are not stored, only intervals that do not overlap tell it from others, and the page says so.

To look at two models more closely, **compare** them; there, McNemar's exact test asks whether the
examples on which only one is right could be a coin's work, and nothing is corrected for looking at many
pairs. The matrix below it is the test of the ranks, pair by pair, with that correction; its numbers are the
share of the examples that one model gets right and the other does not.

### Grey numbers
A number in grey with {MARK} is not ranked; the reason stands beside it: few texts changed, other
settings, a set that is missing. A **contaminated** set, from
which the model may have learnt, is left out of its mean, and what is left is a mean over fewer sets
than the others'. Of an ID set that is contaminated the number itself is grey. The row stays, and is
ranked by its other numbers.

### Calibration
**Brier score** and **ECE** ask whether the model's probabilities can be believed; lower is better, and
rank 1 is the lowest. Both are of answered examples only.

### Effective robustness
A straight line between the logits of ID and OOD mean is fitted on models made without a robustness
method, as in Taori et al. 2020. Effective robustness is how far a model lies above it. Below {LEAST}
baselines it is withheld, below {TENTATIVE} the line is called tentative, and inside the band of a new
model it is no claim. **Relative robustness** is the OOD mean less that of the same model plainly
fine-tuned, which is all of its weights trained on the task and nothing else.

### Preferences
The score is the sum of the weights, made to sum to 1, times what each number counts between fixed ends:
who guesses counts 0. An axis with a target counts only what is lacking. A model is **dominated** if
another is at least as good on every axis and on one its interval lies wholly above. Weights are redrawn
around the chosen ones (Dirichlet, concentration 20), examples from the stored answers, the same for all
models. Equal scores share a place, so shares of first places may sum to more than 100 %.

### Which run counts
Of a model's versions the one with the most finished measurements counts, of equal ones the newest. Of its
runs each measurement is taken from a complete run, then the one on most examples, then the newest. A row of
several runs says so; the model's page names them. Rows on other data, with sets missing, or of unfinished
runs stand last, have no rank and stay listed.

### Verification
How far a number was verified says what was compared.
{LEVELS}

Sources: BOSS, Yuan et al. 2023 (arXiv:2306.04618); RobTest, Chen et al. 2023 (arXiv:2305.18503).
"""


def show(folders: Folders) -> None:
    """Show the page; it is the same whatever the ``folders``."""
    st.title("What the numbers mean")
    st.markdown(TEXT)
