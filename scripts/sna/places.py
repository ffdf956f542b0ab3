"""Where results are: the names of folders and files that several parts of the project look for."""

#: The folder of all results, from the folder where Snakemake runs: those of each study, the models and the reviews.
RESULTS = "results"
#: The folder of the records, in that of a study, of the models or of the reviews.
RECORDS = "records"
#: What a job that fetches leaves beside its data: where they came from.
ORIGIN = "origin.json"
#: What a job that tunes a model leaves beside that: the prompts that it was tuned on.
TRAINING = "training.tsv"
#: The folder of the locks that runs hold.
LOCKS = f"{RESULTS}/.locks"
