# %% [markdown]
# # Provenance
#
# Every number above was computed from stored results, each kept under the SHA-256 of all its inputs. The tables are in
# `tables/`, the arrays in `arrays/`, the figures in `figures/` beside this page, and `notebook.ipynb` is the notebook that made it.

# %%
import json

spec = (study.folder / "study.yaml").read_text(encoding="utf-8")
listing(spec, "The spec, with every default written out")

# %%
records = [study.store.provenance(job) for job in study.jobs.targets if job not in study.missing]
seconds = sum(record["seconds"] for record in records)
machines = {(record["processor"], record["cores"]) for record in records}
where = ", ".join(f"{processor} ({cores} cores)" for processor, cores in sorted(machines, key=str))
prose(f"{len(records)} results took {seconds / 60:.1f} minutes of computing, one thread each, on {literal(where)}.")

# %%
shared = (
    {key: value for key, value in records[0].items() if key not in {"started", "ended", "seconds", "process"}}
    if records
    else {}
)
listing(json.dumps(shared, indent=2, ensure_ascii=False), "Versions and numerics of the first result")

# %%
import pandas as pd

plugins = {(plugin["name"], plugin["sha256"]) for record in records for plugin in record.get("plugins", ())}
if plugins:
    frame = pd.DataFrame(sorted(plugins), columns=["plugin", "SHA-256"])
    show(table(frame, "Plugins that the results were computed with: files and packages of somebody's own."))
