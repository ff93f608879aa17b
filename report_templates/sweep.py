# %% [markdown]
# # The sweep
#
# The study was repeated with other values of some options; jobs that such a value does not change were computed once. Of
# each trained subspace that it does change, the corners (ends of a curve, vertices of a simplex) and the validation are
# those after the epoch whose weights the analyses use.

# %%
from lossgeo.report.sweep import fit_table, headline_table
from lossgeo.swept import swept_fits

fits = swept_fits(study)
seen = " and ".join(quantity.name for quantity in shown(study.spec.resolved_problem.task, "accuracy", "loss"))
paths = ", ".join(f"`{path}`" for path in study.spec.sweep)
if not study.settings:
    show(note(f"No value of the sweep of {paths} differs from the value of the spec."))
elif not fits:
    show(note(f"The sweep of {paths} changes no trained subspace of which there are results."))
else:
    figure_of_fits = figure(
        figures.sweep(fits),
        "sweep",
        f"Mean cosine and distance over pairs of corners, and validation {seen} as the mean over five fixed points of "
        "a subspace, against the swept value. Dots are seeds, lines their mean; the dashed line marks the value of the spec. "
        "Values that no axis can show to scale, such as 0 beside powers of ten, stand at equal distances.",
        study.folder,
    )
    show(figure_of_fits)
    show(
        table(
            fit_table(study),
            f"The same numbers for each setting of {paths.replace('`', '')}: mean over seeds with its 95 % interval (Student's t).",
        )
    )

# %%
differing = headline_table(study)
if len(differing):
    show(
        table(
            differing,
            "Headline numbers of the analyses that are repeated at every setting, where they differ: mean over seeds with its 95 % interval.",
        )
    )
elif study.settings:
    show(note("No headline number of an analysis differs between the settings."))
